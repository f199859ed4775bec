"""A whole table, page by page: each page begins after the primary key at which the one before ended."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    LargeBinary,
    String,
    Table,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    text,
)

Row = dict[str, Any]
Key = tuple[Any, ...]

REPLACEMENT = "\ufffd"
"""What stands for the character NUL, which PostgreSQL cannot hold."""


def count(connection: Connection, table: Table) -> int:
    """How many rows there are."""
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def page(connection: Connection, table: Table, after: Key | None, at_once: int) -> list[Row]:
    """At most `at_once` rows after the one with the primary key `after`."""
    keys = list(table.primary_key)
    wanted = select(table).order_by(*keys).limit(at_once)
    if after is not None:
        wanted = wanted.where(_beyond(keys, after))
    return [dict(row) for row in connection.execute(wanted).mappings()]


def key_of(table: Table, row: Row) -> Key:
    """The primary key of a row."""
    return tuple(row[column.name] for column in table.primary_key)


def _beyond(keys: Sequence[Column[Any]], after: Key) -> ColumnElement[bool]:
    """Rows that come after `after`: written out, since MariaDB does not look up `(a, b) > (x, y)` in an index."""
    steps = []
    for number, column in enumerate(keys):
        same = [keys[before] == after[before] for before in range(number)]
        steps.append(and_(*same, column > after[number]))
    return and_(keys[0] >= after[0], or_(*steps))


def write(connection: Connection, table: Table, rows: Sequence[Row]) -> None:
    """Add `rows` as they are."""
    connection.execute(insert(table), list(rows))


def without_nuls(table: Table, rows: Sequence[Row]) -> int:
    """Replace the character NUL in the texts of `rows`; how many texts had one."""
    found = 0
    names = [column.name for column in table.columns if _is_text(column)]
    for row in rows:
        for name in names:
            value = row[name]
            if value is not None and "\0" in value:
                row[name] = value.replace("\0", REPLACEMENT)
                found += 1
    return found


def characters(rows: Sequence[Row]) -> int:
    """How long the texts of `rows` are together; never 0."""
    return 1 + sum(len(value) for row in rows for value in row.values() if isinstance(value, str))


def _is_text(column: Column[Any]) -> bool:
    """Also a type that is a text underneath."""
    kind = getattr(column.type, "impl_instance", column.type)
    return isinstance(kind, String) and not isinstance(kind, LargeBinary)


def count_on(connection: Connection, table: Table) -> None:
    """Let the numbers that the database gives by itself go on after the greatest one that is there.

    SQLite looks for it every time, and MariaDB and MySQL have seen it.
    """
    column = table.autoincrement_column
    if column is None or connection.dialect.name != "postgresql":
        return
    greatest = connection.execute(select(func.max(column))).scalar()
    sequence = select(func.pg_get_serial_sequence(table.name, column.name))
    name = connection.execute(sequence).scalar()
    if name is not None:
        connection.execute(select(func.setval(bindparam("of", name), greatest or 1, greatest is not None)))


def empty(connection: Connection, table: Table) -> None:
    """Remove all rows, the quickest way there is."""
    quickly = {"postgresql": "TRUNCATE TABLE", "mysql": "TRUNCATE TABLE"}
    word = quickly.get(connection.dialect.name, "DELETE FROM")
    name = connection.dialect.identifier_preparer.format_table(table)
    connection.execute(text(f"{word} {name}"))
