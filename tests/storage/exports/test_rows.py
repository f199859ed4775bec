"""Every row of the span, once, however the pages fall."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest

from chargeyard.domain import events as e
from chargeyard.domain.exports import METER_VALUES, TRANSACTIONS, Row
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.exports import rows
from chargeyard.storage.exports.rows import Span
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.store import SqlStore
from tests.conftest import RequireDatabase
from tests.contract import happenings as h
from tests.contract.conftest import migrated
from tests.databases import SERVERS, Templates

CHARGE_POINT, EVSE, AT = (
    [column.name for column in METER_VALUES].index(name) for name in ("charge_point", "evse", "at")
)


def _taken(charge_point: str, evse: int, *minutes: float) -> e.MeterValuesTaken:
    readings = tuple(h.measured(h.after(minute), int(minute) + 100) for minute in minutes)
    return e.MeterValuesTaken(recorded_at=h.NOON, charge_point=charge_point, evse=evse, readings=readings)


_TWICE = (h.measured(h.after(3), 7), h.measured(h.after(3), 8))
_MEASURED = (
    _taken("B", 2, 0, 1, 2),
    _taken("A", 1, 5, 4, 0),
    _taken("B", 1, 2),
    _taken("A", 0, 9),
    e.MeterValuesTaken(recorded_at=h.NOON, charge_point="C", evse=1, readings=_TWICE),
)


@pytest.fixture
async def measured(journal: SqlJournal) -> None:
    await journal.commit(_MEASURED)


async def _all(pages: AsyncIterator[list[Row]]) -> list[Row]:
    return [row async for page in pages for row in page]


def _places(found: list[Row]) -> list[tuple[str, int, float]]:
    return [
        (str(row[CHARGE_POINT]), int(str(row[EVSE])), (row[AT] - h.NOON).total_seconds() / 60)  # type: ignore[operator,union-attr]
        for row in found
    ]


_PLACES = [
    ("A", 1, 0),
    ("B", 2, 0),
    ("B", 2, 1),
    ("B", 1, 2),
    ("B", 2, 2),
    ("C", 1, 3),
    ("C", 1, 3),
    ("A", 1, 4),
    ("A", 1, 5),
    ("A", 0, 9),
]


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
async def test_meter_values_come_in_the_order_of_time(database: Database, at_once: int) -> None:
    found = await _all(rows.meter_values(database, Span(), at_once))
    assert _places(found) == _PLACES
    assert len(set(found)) == len(found)


@pytest.mark.parametrize("kind", SERVERS)
async def test_servers_give_the_same_rows(
    templates: Templates, database_server: RequireDatabase, kind: str
) -> None:
    database_server(kind)
    async with templates.copy(kind, migrated) as url:
        database = connect(url)
        journal = SqlJournal(database)
        await journal.commit(_MEASURED)
        found = await _all(rows.meter_values(database, Span(until=h.after(9)), 2))
        await journal.aclose()
        await database.aclose()
    assert _places(found) == [place for place in _PLACES if place[2] < 9]


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("charge_point", "since", "until"),
    [
        ("A", None, None),
        ("B", 1, None),
        (None, 2, 5),
        (None, None, 3),
        ("nobody", None, None),
        (None, 60, None),
    ],
)
async def test_a_span_of_meter_values(
    database: Database, charge_point: str | None, since: float | None, until: float | None
) -> None:
    def instant(minutes: float | None) -> datetime | None:
        return None if minutes is None else h.after(minutes)

    found = await _all(rows.meter_values(database, Span(charge_point, instant(since), instant(until)), 2))
    assert _places(found) == [
        place
        for place in _PLACES
        if (charge_point is None or place[0] == charge_point)
        and (since is None or place[2] >= since)
        and (until is None or place[2] < until)
    ]


async def test_nothing_measured_is_no_row(database: Database) -> None:
    assert await _all(rows.meter_values(database, Span())) == []


async def test_transactions_of_a_span(journal: SqlJournal, store: SqlStore) -> None:
    await journal.commit(
        (
            *(h.started(number, h.after(number), evse=number) for number in (1, 2, 3, 4)),
            h.stopped(2, h.after(30), energy_wh=1500),
            h.started(5, h.after(3), charge_point="CP2"),
        )
    )
    found = await _all(rows.transactions(store, Span("CP1", h.after(2), h.after(4)), 1))
    said = [dict(zip([column.name for column in TRANSACTIONS], row, strict=True)) for row in found]
    assert [row["transaction_id"] for row in said] == [3, 2]
    assert [row["energy_wh"] for row in said] == [0, 1500]
    assert [row["stopped_at"] for row in said] == [None, h.after(30)]
