"""The last readings of some transactions: for each one step into an index, however many readings it has.

Asked for when it is known which transactions are meant: joined to the search for them, PostgreSQL may look through
all readings there are.
"""

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, select, true

from chargeyard.storage.tables import charging_transaction as tx
from chargeyard.storage.tables import meter_value

TOGETHER = 5000
"""Transactions of one statement."""

_LAST = meter_value.alias("last_reading")
_NEWEST_FIRST = (meter_value.c.at.desc(), meter_value.c.id.desc())
_OF = tx.c.id.in_(bindparam("numbers", expanding=True))


def last_readings(connection: Connection, transactions: Sequence[int]) -> dict[int, Row[Any]]:
    """The last reading of each: `at`, `energy_wh`, `power_w`, `soc_percent`. Those without any are left out."""
    return _found(connection, transactions, with_energy=False)


def last_registers(connection: Connection, transactions: Sequence[int]) -> dict[int, Row[Any]]:
    """The same of the last reading that tells the register."""
    return _found(connection, transactions, with_energy=True)


def _found(connection: Connection, transactions: Sequence[int], with_energy: bool) -> dict[int, Row[Any]]:
    statement = _statement(connection.dialect.name, with_energy)
    found: dict[int, Row[Any]] = {}
    for start in range(0, len(transactions), TOGETHER):
        numbers = transactions[start : start + TOGETHER]
        found |= {row.of: row for row in connection.execute(statement, {"numbers": numbers})}
    return found


@cache
def _statement(kind: str, with_energy: bool) -> Select[Any]:
    mine = meter_value.c.transaction_id == tx.c.id
    where = (mine, meter_value.c.energy_wh.is_not(None)) if with_energy else (mine,)
    return _lateral(where) if kind == "postgresql" else _by_number(where)


def _lateral(where: tuple[Any, ...]) -> Select[Any]:
    """A partition is found by the time, not by the number: so the reading is fetched where it is found."""
    told = (meter_value.c.at, meter_value.c.energy_wh, meter_value.c.power_w, meter_value.c.soc_percent)
    last = select(*told).where(*where).order_by(*_NEWEST_FIRST).limit(1).lateral("last_reading")
    return select(tx.c.id.label("of"), *last.c).select_from(tx.join(last, true())).where(_OF)


def _by_number(where: tuple[Any, ...]) -> Select[Any]:
    """MariaDB has no lateral joins."""
    newest = select(meter_value.c.id).where(*where).order_by(*_NEWEST_FIRST).limit(1)
    told = (_LAST.c.at, _LAST.c.energy_wh, _LAST.c.power_w, _LAST.c.soc_percent)
    joined = tx.join(_LAST, _LAST.c.id == newest.correlate(tx).scalar_subquery())
    return select(tx.c.id.label("of"), *told).select_from(joined).where(_OF)
