"""Lists find their rows by an index and in its order, however many there are: the databases say so themselves."""

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, select

from benchmarks.filling import Filling, Size
from benchmarks.lists import listings
from benchmarks.query_plans import Plan, plans_of, slow_in
from chargeyard.services.ports import Paging
from chargeyard.storage import migrate, roll_ups
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.queries import (
    authorization,
    commands,
    metering,
    provisioning,
    transaction_events,
    transactions,
)
from chargeyard.storage.tables import charging_transaction as tx
from tests.conftest import RequireService
from tests.databases import KINDS, SERVERS, missing, scratch

SIZE = Size(charge_points=400, transactions=12_000, readings=2, messages=6000, id_tokens=600)
"""So much that MariaDB does not think it quicker to read everything."""
LARGE = (
    "charging_transaction",
    "meter_value",
    "message",
    "energy_interval",
    "transaction_event",
    "finding",
    "command",
)
"""A table of 10 000 charge points may be read whole: that takes less than 50 ms."""

SESSIONS: tuple[tuple[Any, ...], ...] = (
    (transactions.find_starts, [(f"CP{n}", f"s:{n}") for n in range(64)]),
    (transactions.find_transactions, [(f"CP{n}", f"{n}") for n in range(64)]),
    (transactions.count_running, ["tag1", "tag2"]),
    (authorization.find_all, ["tag1", "tag2"]),
    (transactions.find_record, 5),
    (provisioning.load, ["CP1", "CP2"]),
    (metering.list_metered, [5, 6, 7]),
    (metering.list_metered_in_order, 5),
    (transaction_events.list_told, 5, 9),
    (commands.list_open, 10),
)


class Due(NamedTuple):
    """A row of `roll_up_due`."""

    charge_point: str
    evse: int
    day: datetime


class Filled(NamedTuple):
    kind: str
    database: Database


@pytest.fixture(params=KINDS)
async def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, require_service: RequireService
) -> AsyncIterator[Filled]:
    kind = request.param
    if kind not in SERVERS:
        folder = tmp_path_factory.mktemp("plans")
        async for one in _filled(f"sqlite:///{folder}/plans.sqlite"):
            yield one
        return
    why = missing(kind)
    require_service(why is None, why or "")
    async with scratch(kind) as url:
        async for one in _filled(url):
            yield one


async def _filled(url: str) -> AsyncIterator[Filled]:
    database = connect(url)
    await migrate.upgrade(database)
    await Filling(database, SIZE).fill()
    yield Filled(database.dialect_name, database)
    await database.aclose()


async def slow(filled: Filled, query: Callable[..., object], *args: Any, few: bool = False) -> list[str]:
    """What in the plans of `query` would take long over many rows."""

    def plans(connection: Connection) -> list[Plan]:
        return plans_of(connection, query, *args, without_scans=True)

    found = await filled.database.read(plans)
    assert found
    return [f"{plan.statement}: {line}" for plan in found for line in slow_in(plan, filled.kind, LARGE, few)]


async def test_no_list_reads_or_sorts_a_whole_table(filled: Filled) -> None:
    """Neither for its first page nor for one behind it; and nothing that sessions ask does."""
    for listing in listings(SIZE):
        assert await slow(filled, listing.query, Paging(50), few=listing.few) == [], listing.name
        cursor = (await filled.database.read(listing.query, Paging(1))).next_cursor
        assert await slow(filled, listing.query, Paging(50, cursor), few=listing.few) == [], listing.name
    for query, *args in SESSIONS:
        assert await slow(filled, query, *args, few=True) == [], query.__name__


async def test_readings_outside_of_transactions_are_found_by_outlet(filled: Filled) -> None:
    """A day of one outlet does not cost that day of all of them."""
    due = Due("CP1", 1, datetime(2026, 11, 1, tzinfo=UTC))
    plans = await filled.database.read(plans_of, roll_ups._neighbours, due, without_scans=True)
    readings = [line for plan in plans for line in plan.lines if "meter_value" in line]
    assert readings
    if filled.kind == "sqlite":  # the others choose by what they have counted, and here there are none
        assert all("ix_meter_value_idle (transaction_id=? AND charge_point=?" in line for line in readings)


async def test_a_search_without_an_index_would_be_found_out(filled: Filled) -> None:
    def by_reason(connection: Connection) -> object:
        return connection.execute(select(tx.c.id).where(tx.c.reason == "Local")).all()

    def by_energy(connection: Connection) -> object:
        running = select(tx).order_by(tx.c.energy_wh).limit(5)
        return connection.execute(running).all()

    assert await slow(filled, by_reason)
    assert await slow(filled, by_energy)
