"""What the databases spell differently, for those who write statements."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache, lru_cache
from importlib import import_module
from operator import itemgetter
from typing import Any

import msgspec
from sqlalchemy import (
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Float,
    FromClause,
    Integer,
    Table,
    case,
    column,
    func,
    literal_column,
    or_,
    text,
)
from sqlalchemy.sql.dml import Insert

from chargeyard.storage.tables import Instant, to_microseconds

_TOGETHER = {"sqlite": 64, "mysql": 256}
"""Rows of one statement: on SQLite a third less CPU than one statement each, and the interpreter lock is given away
once for all of them; more gained nothing (measured with 1 000 producers of meter values)."""

Values = Mapping[str, ColumnElement[Any]]
"""What becomes of the columns of a row that is there already."""


class Merge:
    """An insert that knows what to do where a key is taken. Put together once for each kind of database.

    `changes` gets the new row (its columns as attributes) and tells what becomes of the one that is there, in the
    order in which it must be told: MariaDB and MySQL look at what they have already changed. Empty: it stays.
    `where` gets the new row too and tells whether anything changes at all.
    """

    def __init__(
        self,
        table: Table,
        key: Sequence[str],
        changes: Callable[[Any], Values],
        where: Callable[[Any], ColumnElement[bool]] | None = None,
    ) -> None:
        self.table = table
        self.key = tuple(key)
        self._changes = changes
        self._where = where
        self._statements: dict[str, Insert] = {}

    def on(self, dialect: Dialect) -> Insert:
        """The statement in the words of `dialect`."""
        statement = self._statements.get(dialect.name)
        if statement is None:
            # The constructs of one database alone: importing those of another takes 60 ms that nobody need spend.
            spelled: Any = import_module(f"sqlalchemy.dialects.{dialect.name}").insert(self.table)
            spell = self._on_mysql if dialect.name == "mysql" else self._with_conflict
            statement = self._statements[dialect.name] = spell(spelled).inline()
        return statement

    def execute(self, connection: Connection, rows: Any) -> None:
        """Write one row or several, each a mapping."""
        connection.execute(self.on(connection.dialect), rows)

    def _with_conflict(self, statement: Any) -> Any:
        values = self._changes(statement.excluded)
        if not values:
            return statement.on_conflict_do_nothing()
        condition = self._where(statement.excluded) if self._where else None
        return statement.on_conflict_do_update(index_elements=self.key, set_=values, where=condition)

    def _on_mysql(self, statement: Any) -> Any:
        values = self._changes(statement.inserted)
        known = self.table.c
        if not values:
            first = self.key[0]
            return statement.on_duplicate_key_update([(first, known[first])])
        if self._where is not None:
            condition = self._where(statement.inserted)
            values = {name: case((condition, value), else_=known[name]) for name, value in values.items()}
        return statement.on_duplicate_key_update(list(values.items()))


def upsert(
    table: Table,
    *changed: str,
    filled: tuple[str, ...] = (),
    unless_older: str | None = None,
    **computed: Callable[[Any], ColumnElement[Any]],
) -> Merge:
    """An insert that, where the primary key is taken, updates the columns `changed` instead.

    The text columns `filled` are updated only where the new text is not empty. With `unless_older`, which is one of
    `changed`, a row stays as it is if that column of it is later than the new value; one that is NULL is not. A
    column of `computed` gets what its function makes of the new row.
    """
    stamp = table.c[unless_older] if unless_older else None

    def changes(told: Any) -> Values:
        values = {name: compute(told) for name, compute in computed.items()}
        for name in filled:
            values[name] = func.coalesce(func.nullif(told[name], literal_column("''")), table.c[name])
        values |= {name: told[name] for name in changed if name != unless_older}
        return values | ({unless_older: told[unless_older]} if unless_older else {})

    def is_not_older(told: Any) -> ColumnElement[bool]:
        assert stamp is not None
        later: ColumnElement[bool] = told[stamp.name] >= stamp
        return or_(later, stamp.is_(None)) if stamp.nullable else later

    return Merge(table, _primary_key(table), changes, is_not_older if unless_older else None)


def insert_new(table: Table) -> Merge:
    """An insert that, where a unique key is taken, does nothing."""
    return Merge(table, _primary_key(table), lambda told: {})


def insert_once(table: Table, key: tuple[str, ...], filled: str) -> Merge:
    """An insert that, where the unique `key` is taken, at most gives the column `filled` its first value."""

    def changes(told: Any) -> Values:
        return {filled: func.coalesce(table.c[filled], told[filled])}

    def is_news(told: Any) -> ColumnElement[bool]:
        news: ColumnElement[bool] = table.c[filled].is_(None) & told[filled].is_not(None)
        return news

    return Merge(table, key, changes, is_news)


def _primary_key(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def instants(dialect: Dialect, values: Sequence[datetime]) -> FromClause:
    """A table of instants: the column `value`."""
    if dialect.name == "postgresql":
        from sqlalchemy.dialects.postgresql import array

        unnested = func.unnest(array(values, type_=Instant)).table_valued(column("value", Instant))
        return unnested.render_derived()
    if dialect.name == "mysql":
        told = msgspec.json.encode([_naive(value) for value in values]).decode()
        rows = text(
            "SELECT value FROM JSON_TABLE(:told, '$[*]' COLUMNS (value DATETIME(6) PATH '$')) AS told"
        )
        return rows.bindparams(told=told).columns(column("value", Instant)).subquery()
    numbers = msgspec.json.encode([to_microseconds(value) for value in values]).decode()
    return func.json_each(numbers).table_valued(column("value", Instant))


def _naive(at: datetime) -> str:
    return at.replace(tzinfo=None).isoformat(" ")


# --- many rows at a time, for the hot path --------------------------------------------------------------------


def write_rows(
    connection: Connection, merge: Merge, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Run `merge` for each of `rows`, past SQLAlchemy's handling of parameters.

    `columns` stand in the order of the table; the values are what the driver takes as it is.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        statement, spellings = _unnesting(connection.dialect, merge, columns)
        for wave in _waves(merge, columns, rows):
            arrays = zip(spellings, zip(*wave, strict=True), strict=True)
            connection.exec_driver_sql(statement, tuple([spell(array) for spell, array in arrays]))
        return
    together = _TOGETHER[connection.dialect.name]
    # A rest is one more statement where each is written out anew; where it is prepared, the same one for every row.
    whole = len(rows) if connection.dialect.name == "mysql" else len(rows) - len(rows) % together
    for start in range(0, whole, together):
        some = rows[start : start + together]
        values = tuple([value for row in some for value in row])
        connection.exec_driver_sql(_listing(connection.dialect, merge, columns, len(some)), values)
    if whole < len(rows):
        connection.exec_driver_sql(_listing(connection.dialect, merge, columns, 1), list(rows[whole:]))


def _waves(
    merge: Merge, columns: tuple[str, ...], rows: Sequence[tuple[Any, ...]]
) -> Iterator[Sequence[tuple[Any, ...]]]:
    """`rows` in turns of which none names a key twice: PostgreSQL changes no row twice in one statement."""
    if not set(merge.key) <= set(columns):  # the key is made up by the database
        yield rows
        return
    key_of = itemgetter(*(columns.index(name) for name in merge.key))
    while len(rows) > len(set(map(key_of, rows))):
        wave: dict[Any, tuple[Any, ...]] = {}
        later = [row for row in rows if wave.setdefault(key_of(row), row) is not row]
        yield list(wave.values())
        rows = later
    yield rows


@lru_cache(maxsize=64)
def _listing(dialect: Dialect, merge: Merge, columns: tuple[str, ...], rows: int) -> str:
    """A statement with `rows` times the parameters of one row."""
    single = _compiled(dialect, merge, columns)
    mark = "?" if dialect.name == "sqlite" else "%s"
    row = f"({', '.join([mark] * len(columns))})"
    return single.replace(row, ", ".join([row] * rows), 1)


@cache
def _unnesting(
    dialect: Dialect, merge: Merge, columns: tuple[str, ...]
) -> tuple[str, Sequence[Callable[[Sequence[Any]], Any]]]:
    """A statement with one array of values for each column, parsed and planned once, whatever comes; and what
    each of the arrays is spelled by.

    asyncpg looks at each element of a list whether it is a list too, and that costs more than to write it down. So
    numbers and instants go as the text of an array, in which nothing needs quotation marks but those that JSON has
    as well.
    """
    single = _compiled(dialect, merge, columns)
    types = [merge.table.c[name].type for name in columns]
    are_plain = [isinstance(kind, _PLAIN) for kind in types]
    arrays = ", ".join(
        f"${number}{'::text' * is_plain}::{kind.compile(dialect)}[]"
        for number, (kind, is_plain) in enumerate(zip(types, are_plain, strict=True), 1)
    )
    values = re.compile(r" VALUES \(.*?\)(?= ON CONFLICT|$)")
    statement = values.sub(f" SELECT * FROM unnest({arrays})", single, count=1)  # noqa: S608 - all of it is ours
    return statement, [_text_of if is_plain else _list_of for is_plain in are_plain]


def _list_of(values: Sequence[Any]) -> list[Any]:
    """Where all are NULL none need be sent: the shorter of several arrays ends in NULLs."""
    return [] if values.count(None) == len(values) else list(values)


def _text_of(values: Sequence[Any]) -> str:
    return f"{{{_ARRAY.encode(values)[1:-1].decode()}}}"


_PLAIN = (Boolean, Integer, Float, Instant)
_ARRAY = msgspec.json.Encoder()


def _compiled(dialect: Dialect, merge: Merge, columns: tuple[str, ...]) -> str:
    return str(merge.on(dialect).compile(dialect=dialect, column_keys=columns))
