"""The yard in memory: `yard.py` and `changes.py`. What events make of it must be what the store says after the same events."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chargeyard.domain import events
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import Status
from chargeyard.domain.metering import Sample, reading
from chargeyard.domain.records import TransactionRecord
from chargeyard.services.ports import ChargePointFilter, Paging, TransactionFilter
from chargeyard.storage import tables
from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.store import SqlStore
from chargeyard.web.changes import apply
from chargeyard.web.yard import MOST_ROWS, Query, Row, Show, Yard
from tests.web.stage import NOW, charge_point, connector, transaction

MIDNIGHT = NOW.replace(hour=0)


def minutes(count: int) -> datetime:
    return NOW + timedelta(minutes=count)


def registered(name: str) -> events.ChargePointRegistered:
    return events.ChargePointRegistered(
        recorded_at=NOW, charge_point=name, registration=Registration.ACCEPTED
    )


def connected(name: str, epoch: int, at: int = 0) -> events.ChargePointConnected:
    return events.ChargePointConnected(
        recorded_at=minutes(at), charge_point=name, epoch=epoch, subprotocol="x", remote="192.0.2.1", security_profile=1
    )  # fmt: skip


def disconnected(name: str, epoch: int, at: int) -> events.ChargePointDisconnected:
    return events.ChargePointDisconnected(
        recorded_at=minutes(at), charge_point=name, epoch=epoch, reason="gone"
    )


def status(
    name: str, evse: int, said: str, at: int = 1, error: str = "NoError"
) -> events.ConnectorStatusChanged:
    return events.ConnectorStatusChanged(
        recorded_at=minutes(at), charge_point=name, evse=evse, connector=1, status=said, error_code=error, at=minutes(at)
    )  # fmt: skip


def started(name: str, number: int, at: int = 2) -> events.TransactionStarted:
    return events.TransactionStarted(
        recorded_at=minutes(at), charge_point=name, transaction=number, wire_id=str(number), start_key=str(number),
        evse=1, connector=1, id_token="04A1", authorization=Status.ACCEPTED, meter_start_wh=1000, started_at=minutes(at),
    )  # fmt: skip


def metered(name: str, number: int, at: int, **told: int) -> events.MeterValuesTaken:
    names = {"energy": "Energy.Active.Import.Register", "power": "Power.Active.Import", "soc": "SoC"}
    samples = tuple(Sample(Decimal(value), names[key]) for key, value in told.items())
    return events.MeterValuesTaken(
        recorded_at=minutes(at), charge_point=name, evse=1, transaction=number, readings=(reading(minutes(at), samples),)
    )  # fmt: skip


def advanced(name: str, number: int, sequence: int, state: str) -> events.TransactionAdvanced:
    return events.TransactionAdvanced(
        recorded_at=minutes(4), charge_point=name, transaction=number, sequence=sequence, phase="Updated",
        trigger="ChargingStateChanged", at=minutes(4), charging_state=state,
    )  # fmt: skip


def detailed(name: str, number: int, **told: Any) -> events.TransactionDetailed:
    return events.TransactionDetailed(recorded_at=minutes(8), charge_point=name, transaction=number, **told)


def stopped(name: str, number: int, at: int, energy_wh: int) -> events.TransactionStopped:
    return events.TransactionStopped(
        recorded_at=minutes(at), charge_point=name, transaction=number, evse=1, stopped_at=minutes(at),
        meter_stop_wh=1000 + energy_wh, energy_wh=energy_wh, quality="ok", reason="Local",
    )  # fmt: skip


A_DAY: list[events.Event] = [
    registered("A"),
    registered("B"),
    registered("C"),
    connected("A", 1),
    connected("B", 4),
    events.ChargePointBooted(
        recorded_at=minutes(1), charge_point="A", registration=Registration.PENDING, vendor="V", model="M",
        serial_number="S", firmware_version="1.2",
    ),
    events.ChargePointChanged(recorded_at=minutes(1), charge_point="B", name="Depot"),
    status("A", 2, "Faulted", error="GroundFailure"),
    status("A", 1, "Preparing"),
    status("A", 1, "Charging", at=3),
    status("A", 1, "Available", at=2),  # overtaken: older than what is known
    started("A", 11),
    metered("A", 11, 4, energy=1500, power=7000, soc=40),
    metered("A", 11, 6, energy=2500, power=11000),
    metered("A", 11, 5, energy=2000, power=9000),  # late
    advanced("A", 11, 2, "Charging"),
    advanced("A", 11, 1, "EVConnected"),  # late
    advanced("A", 11, 2, "SuspendedEV"),  # a second word under one number
    started("B", 13),
    detailed("B", 13, evse=3, connector=2, id_token="LATE", started_at=minutes(0)),
    started("B", 12),
    metered("B", 12, 3, energy=900),  # a register that ran backwards
    stopped("B", 12, 9, 4200),
    detailed("B", 12, energy_wh=4300),
    disconnected("B", 3, 10),  # an older session's end
    connected("B", 5, 11),
    disconnected("B", 5, 12),
    events.ChargePointRemoved(recorded_at=minutes(13), charge_point="C"),
]  # fmt: skip


def empty() -> Yard:
    return Yard([], [], [], MIDNIGHT)


async def test_events_make_of_it_what_the_store_says(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "yard.db"))
    await database.write(tables.metadata.create_all)
    journal, store = SqlJournal(database), SqlStore(database)
    told = empty()
    for event in A_DAY:
        await journal.commit([event])
        apply(told, event)
    paging = Paging(100)
    points = (await store.list_charge_points(ChargePointFilter(), paging)).items
    running = (await store.list_transactions(TransactionFilter(running=True), paging)).items
    today = (await store.list_transactions(TransactionFilter(since=MIDNIGHT), paging)).items
    read = Yard(points, running, today, MIDNIGHT)
    await journal.aclose()
    await database.aclose()
    assert told.totals() == read.totals()
    assert told.running == _uncounted(read.running)
    assert {key: plain(row) for key, row in told.rows.items()} == {
        key: plain(row) for key, row in read.rows.items()
    }


def plain(row: Row) -> object:
    """A row without what the page does not take from there: when it was last heard, readings at connectors."""
    point = msgspec.to_builtins(row.point)
    for one in point["connectors"]:
        for name in ("transaction", "power_w", "energy_wh", "soc_percent", "charging_state"):
            one.pop(name)
    for name in ("last_seen_at", "security_profile", "booted_at"):
        point.pop(name)
    return point, tuple(map(_without_count, row.running))


def _uncounted(running: dict[int, TransactionRecord]) -> dict[int, TransactionRecord]:
    """Without what the page does not count."""
    return {number: _without_count(one) for number, one in running.items()}


def _without_count(one: TransactionRecord) -> TransactionRecord:
    return msgspec.structs.replace(one, events=0, gaps=0, last_event_at=None)


def test_being_told_twice_changes_nothing() -> None:
    once, twice = empty(), empty()
    for event in A_DAY:
        apply(once, event)
    for event in [*A_DAY, *A_DAY[:2], *A_DAY[3:-1]]:
        apply(twice, event)
    assert once.totals() == twice.totals()
    assert once.running == twice.running


def test_the_totals_are_those_of_a_fresh_count() -> None:
    yard = empty()
    for event in A_DAY:
        apply(yard, event)
        fresh = Yard([row.point for row in yard.rows.values()], yard.running.values(), [], MIDNIGHT).totals()
        assert msgspec.structs.replace(yard.totals(), energy_wh=0) == fresh


def test_energy_of_today_follows_readings_and_the_corrected_end() -> None:
    yard = empty()
    apply(yard, registered("A"))
    apply(yard, started("A", 1))
    apply(yard, metered("A", 1, 5, energy=1600))
    assert yard.totals().energy_wh == 600
    apply(yard, stopped("A", 1, 6, 700))
    apply(yard, stopped("A", 1, 7, 750))
    assert yard.totals().energy_wh == 750


def test_a_transaction_of_yesterday_does_not_count_for_today() -> None:
    yard = empty()
    apply(yard, started("A", 1, at=-13 * 60))
    apply(yard, stopped("A", 1, 6, 700))
    assert yard.totals().energy_wh == 0


def test_tells_what_changed_until_it_was_shown() -> None:
    yard = Yard([charge_point(1), charge_point(2)], [transaction(5)], [], MIDNIGHT)
    assert not yard.changed
    apply(yard, metered("CP001", 5, 3, power=1))
    assert (yard.changed, yard.touched) == ({"CP001"}, {5})
    yard.forget_changes()
    apply(yard, metered("CP009", 99, 3, power=1))
    assert not yard.changed
    assert not yard.touched


def test_a_started_node_makes_it_stale() -> None:
    yard = empty()
    apply(yard, events.NodeStarted(recorded_at=NOW, node="n1"))
    assert yard.stale


def test_a_transaction_that_names_only_the_evse_shows_at_its_connectors() -> None:
    row = Row(charge_point(1), (transaction(5, connector=0), transaction(6, evse=2, connector=2)))
    assert row.running_at(connector(1)) is row.running[0]
    assert row.running_at(connector(2)) is None


@pytest.mark.parametrize(
    ("word", "charging_state", "shown"),
    [
        ("Occupied", "Charging", "Charging"),
        ("Occupied", "SuspendedEVSE", "SuspendedEVSE"),
        ("Occupied", "EVConnected", "Preparing"),
        ("Occupied", "", "Occupied"),
        ("Occupied", "Dreaming", "Occupied"),
        ("Faulted", "Charging", "Faulted"),
        ("Charging", "", "Charging"),
    ],
)
def test_what_happens_at_a_connector_is_said_in_the_same_words(
    word: str, charging_state: str, shown: str
) -> None:
    there = connector(1, word)
    row = Row(charge_point(1, connectors=(there,)), (transaction(5, charging_state=charging_state),))
    assert row.state_of(there) == shown
    assert Row(row.point).state_of(there) == word


@pytest.mark.parametrize("limit", [0, -1, MOST_ROWS + 1])
def test_a_query_has_bounds(limit: int) -> None:
    with pytest.raises(ValueError, match="rows"):
        Query(limit=limit)


def test_a_query_reads_as_an_address() -> None:
    assert Query().encode() == ""
    assert Query("a b&c", Show.ONLINE, 100).encode() == "q=a+b%26c&show=online&rows=100"
    assert Query(limit=MOST_ROWS).more is None
