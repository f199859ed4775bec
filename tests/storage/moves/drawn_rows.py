"""Random rows of every table, with everything in them that databases treat differently."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Double,
    Integer,
    LargeBinary,
    String,
    Table,
    insert,
    select,
)

from chargeyard.storage.tables import Instant, metadata

Row = dict[str, Any]
Rows = dict[str, list[Row]]

_PIECES = (
    *("a", "A", "é", "e\u0301", "ß", "ss", "ı", "I", "ÿ", "\U0001f50c", "中"),
    *(" ", "'", '"', "\\", "%", "_", "\n", "\t", "\x1f", "0", "-", ":x", "{}", "$1", "?"),
)
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
_DOUBLES = (0.0, 0.1, -1 / 3, 1e-300, 1.7976931348623157e308, 5e-324, 230.25)


def drawn(seed: int, most: int = 40) -> Rows:
    """Up to `most` rows of each table; the same for the same seed."""
    random = Random(seed)
    return {
        table.name: list(_rows(random, table, random.randint(0, most))) for table in metadata.sorted_tables
    }


def put(connection: Connection, rows: Rows) -> None:
    for table in metadata.sorted_tables:
        if rows[table.name]:
            connection.execute(insert(table), rows[table.name])


def read_all(connection: Connection) -> Rows:
    """All rows of all tables, in an order that no collation decides."""
    return {
        table.name: in_order(table, [dict(row) for row in connection.execute(select(table)).mappings()])
        for table in metadata.sorted_tables
    }


def in_order(table: Table, rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: [str(row[column.name]) for column in table.primary_key])


def _rows(random: Random, table: Table, count: int) -> Iterator[Row]:
    taken: set[tuple[object, ...]] = set()
    for _ in range(count):
        row = {column.name: _value(random, column) for column in table.columns}
        keys = {tuple((name, row[name]) for name in names) for names in _unique(table)}
        if not keys & taken:
            taken |= keys
            yield row


def _unique(table: Table) -> Iterator[tuple[str, ...]]:
    yield tuple(column.name for column in table.primary_key)
    for constraint in table.constraints:
        if (columns := getattr(constraint, "columns", None)) is not None and type(
            constraint
        ).__name__ == "UniqueConstraint":
            yield tuple(column.name for column in columns)
    for column in table.columns:
        if column.unique:
            yield (column.name,)


def _value(random: Random, column: Column[Any]) -> Any:
    if column.nullable and random.random() < 0.3:
        return None
    kind = column.type
    underneath = getattr(kind, "impl_instance", kind)
    if isinstance(kind, Instant):
        return _instant(random)
    if isinstance(underneath, Boolean):
        return random.random() < 0.5
    if isinstance(underneath, Double):
        return random.choice((*_DOUBLES, random.uniform(-1e6, 1e6), random.random()))
    if isinstance(underneath, LargeBinary):
        return bytes(random.randrange(256) for _ in range(random.choice((1, 32, 64))))
    if isinstance(underneath, BigInteger | Integer):
        return _number(random, column)
    assert isinstance(underneath, String), column
    return _text(random, underneath.length)


def _number(random: Random, column: Column[Any]) -> int:
    top = 2**63 - 1 if isinstance(column.type, BigInteger) and not column.primary_key else 2**31 - 1
    least = 1 if column.primary_key else -top - 1
    return random.choice((least, top, random.randint(least, top), random.randint(max(least, 0), 1000)))


def _instant(random: Random) -> datetime:
    span = (_LATEST - _EARLIEST) // timedelta(microseconds=1)
    return _EARLIEST + timedelta(microseconds=random.choice((0, span, random.randint(0, span))))


def _text(random: Random, longest: int | None) -> str:
    length = random.choice((0, 1, 2, 3, longest or 3000))
    return "".join(random.choice(_PIECES)[0] for _ in range(length))
