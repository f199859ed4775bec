"""The rows of exported tables: pages that each begin where the one before ended, so that any number of rows costs
the memory of one page, and no long transaction holds anybody up."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, func, or_, select

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
    """Those measured in the span: by charge point and outlet, there in the order of time."""
    outlet: _Outlet | None = None
    while (outlet := await database.read(_next_outlet, wanted, outlet)) is not None:
        after: _Mark | None = None
        while True:
            rows, after = await database.read(_page, wanted, outlet, after, at_once)
            yield rows
            if after is None:
                break


class _Outlet(NamedTuple):
    charge_point: str
    evse: int


class _Mark(NamedTuple):
    """Where a page ended."""

    at: datetime
    digest: int


_VALUE = meter_value.c
_TAKEN = (
    *(_VALUE.charge_point, _VALUE.evse, _VALUE.at, _VALUE.transaction_id),
    *(_VALUE.energy_wh, _VALUE.export_wh, _VALUE.power_w),
    *(_VALUE.current_a, _VALUE.voltage_v, _VALUE.soc_percent, _VALUE.samples),
)
assert len(_TAKEN) == len(METER_VALUES)


def _next_outlet(connection: Connection, wanted: Span, last: _Outlet | None) -> _Outlet | None:
    """The outlet after `last`: a step or two into the unique index, however many values each has."""
    if last is not None:
        evse = _least(
            connection, select(func.min(_VALUE.evse)), _of(last.charge_point), _VALUE.evse > last.evse
        )
        if evse is not None:
            return _Outlet(last.charge_point, evse)
        if wanted.charge_point is not None:
            return None
    charge_point = wanted.charge_point or _least(
        connection,
        select(func.min(_VALUE.charge_point)),
        *([_VALUE.charge_point > last.charge_point] if last else []),
    )
    if charge_point is None:
        return None
    evse = _least(connection, select(func.min(_VALUE.evse)), _of(charge_point))
    return None if evse is None else _Outlet(charge_point, evse)


def _least(connection: Connection, statement: Select[Any], *conditions: Any) -> Any:
    return connection.execute(statement.where(*conditions)).scalar()


def _of(charge_point: str) -> Any:
    return _VALUE.charge_point == charge_point


def _page(
    connection: Connection, wanted: Span, outlet: _Outlet, after: _Mark | None, at_once: int
) -> tuple[list[Row], _Mark | None]:
    """A page, and where the next one begins; None: there is none."""
    statement = select(_VALUE.digest, *_TAKEN).where(_of(outlet.charge_point), _VALUE.evse == outlet.evse)
    if wanted.since is not None and after is None:
        statement = statement.where(_VALUE.at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(_VALUE.at < wanted.until)
    if after is not None:
        later = or_(_VALUE.at > after.at, and_(_VALUE.at == after.at, _VALUE.digest > after.digest))
        statement = statement.where(_VALUE.at >= after.at, later)
    rows = connection.execute(statement.order_by(_VALUE.at, _VALUE.digest).limit(at_once + 1)).all()
    shown = rows[:at_once]
    more = _Mark(shown[-1].at, shown[-1].digest) if len(rows) > at_once else None
    return [tuple(row[1:]) for row in shown], more
