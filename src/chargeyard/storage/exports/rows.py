"""The rows of exported tables: pages that each begin where the one before ended, so that any number of rows costs
the memory of one page, and no long transaction holds anybody up."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, select, tuple_

from chargeyard.domain.exports import METER_VALUES, TRANSACTIONS, Row, taker
from chargeyard.services.ports import Paging, Store, TransactionFilter
from chargeyard.storage.engine import Database
from chargeyard.storage.tables import meter_value

TRANSACTIONS_A_PAGE = 1000
METER_VALUES_A_PAGE = 5000


class Span(NamedTuple):
    """What is wanted: of one charge point or all, from `since` on and before `until`; None does not ask."""

    charge_point: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def transactions(
    store: Store, wanted: Span, at_once: int = TRANSACTIONS_A_PAGE
) -> AsyncIterator[list[Row]]:
    """Those that began in the span, newest first."""
    take = taker(TRANSACTIONS)
    bounds = TransactionFilter(charge_point=wanted.charge_point, since=wanted.since, until=wanted.until)
    cursor = None
    while True:
        page = await store.list_transactions(bounds, Paging(at_once, cursor))
        yield [take(record) for record in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return


async def meter_values(
    database: Database, wanted: Span, at_once: int = METER_VALUES_A_PAGE
) -> AsyncIterator[list[Row]]:
    """Those measured in the span, in the order of time."""
    after: _Mark | None = None
    while True:
        rows, after = await database.read(_page, wanted, after, at_once)
        yield rows
        if after is None:
            return


class _Mark(NamedTuple):
    """Where a page ended."""

    at: datetime
    charge_point: str
    evse: int
    digest: int


_VALUE = meter_value.c
_KEY = (_VALUE.at, _VALUE.charge_point, _VALUE.evse, _VALUE.digest)
_TAKEN = (
    *(_VALUE.charge_point, _VALUE.evse, _VALUE.at, _VALUE.transaction_id),
    *(_VALUE.energy_wh, _VALUE.export_wh, _VALUE.power_w),
    *(_VALUE.current_a, _VALUE.voltage_v, _VALUE.soc_percent, _VALUE.samples),
)
assert len(_TAKEN) == len(METER_VALUES)


def _page(
    connection: Connection, wanted: Span, after: _Mark | None, at_once: int
) -> tuple[list[Row], _Mark | None]:
    """A page, and where the next one begins; None: there is none."""
    statement = select(*_KEY, *(column.label(f"taken_{column.name}") for column in _TAKEN))
    if wanted.charge_point is not None:
        statement = statement.where(_VALUE.charge_point == wanted.charge_point)
    if wanted.since is not None and after is None:
        statement = statement.where(_VALUE.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(_VALUE.at < wanted.until)
    if after is not None:
        # The instant by itself as well: not every database finds a place in its index by a whole tuple.
        statement = statement.where(_VALUE.at >= after.at, tuple_(*_KEY) > after)
    rows = connection.execute(statement.order_by(*_KEY).limit(at_once + 1)).all()
    shown = [tuple(row) for row in rows[:at_once]]
    more = _Mark(*shown[-1][: len(_KEY)]) if len(rows) > at_once else None
    return [row[len(_KEY) :] for row in shown], more
