"""The columns of exported tables; units stand in the names."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any

from msgspec import Struct

Value = str | int | float | datetime | None
Row = tuple[Value, ...]


class Kind(StrEnum):
    """What the values of a column are; all of them may be missing."""

    TEXT = "text"
    INTEGER = "integer"
    REAL = "real"
    INSTANT = "instant"


class Column(Struct, frozen=True):
    """A column, and the field of a record that it is taken from; none named: the one of that name."""

    name: str
    kind: Kind = Kind.TEXT
    field: str = ""


TRANSACTIONS = (
    Column("transaction_id", Kind.INTEGER, "id"),
    Column("ocpp_transaction_id", Kind.TEXT, "wire_id"),
    Column("charge_point"),
    Column("evse", Kind.INTEGER),
    Column("connector", Kind.INTEGER),
    Column("id_token"),
    Column("authorization"),
    Column("started_at", Kind.INSTANT),
    Column("meter_start_wh", Kind.INTEGER),
    Column("stopped_at", Kind.INSTANT),
    Column("meter_stop_wh", Kind.INTEGER),
    Column("energy_wh", Kind.INTEGER),
    Column("quality"),
    Column("reason"),
    Column("completeness"),
    Column("stop_id_token"),
    Column("reservation_id", Kind.INTEGER),
    Column("charging_state"),
    Column("last_reading_at", Kind.INSTANT),
)
"""Of a `TransactionRecord`."""

METER_VALUES = (
    Column("charge_point"),
    Column("evse", Kind.INTEGER),
    Column("at", Kind.INSTANT),
    Column("transaction_id", Kind.INTEGER),
    Column("energy_wh", Kind.INTEGER),
    Column("export_wh", Kind.INTEGER),
    Column("power_w", Kind.INTEGER),
    Column("current_a", Kind.REAL),
    Column("voltage_v", Kind.REAL),
    Column("soc_percent", Kind.REAL),
    Column("samples"),
)
"""Of a row of `meter_value`; `samples` is the JSON of all that was measured."""


def taker(columns: Sequence[Column]) -> Callable[[Any], Row]:
    """A function that takes the values of `columns` from a record."""
    take: Callable[[Any], Row] = attrgetter(*(column.field or column.name for column in columns))
    return take
