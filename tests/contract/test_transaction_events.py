"""Transactions that are told event by event: each event kept once, the state never turned back."""

from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest

from chargeyard.domain.authorization import Status
from chargeyard.domain.event_order import FIRST_EVENTS
from chargeyard.services.ports import Paging, TransactionFilter
from tests.contract.conftest import Backend
from tests.contract.happenings import NOON, advanced, after, detailed, started, stopped


async def test_an_event_is_kept_as_it_was_told(backend: Backend) -> None:
    event = advanced(
        1,
        5,
        phase="Ended",
        trigger="EVDeparted",
        said="2026-11-21T12:05:00Z",
        is_offline=True,
        charging_state="Idle",
        payload='{"seqNo":5,"vendor":"Ä"}',
        recorded_at=after(60),
    )
    await backend.journal.commit([started(1), event])
    (record,) = (await backend.store.list_transaction_events(1, Paging())).items
    assert (record.charge_point, record.transaction, record.sequence) == ("CP1", 1, 5)
    assert (record.phase, record.trigger, record.charging_state) == ("Ended", "EVDeparted", "Idle")
    assert (record.at, record.recorded_at, record.said) == (after(5), after(60), "2026-11-21T12:05:00Z")
    assert record.is_offline is True
    assert msgspec.json.decode(record.payload) == {"seqNo": 5, "vendor": "Ä"}


async def test_events_come_in_the_order_of_their_numbers(backend: Backend) -> None:
    await backend.journal.commit([started(1), started(2), *(advanced(1, n) for n in (2, 0, 3, 1))])
    await backend.journal.commit([advanced(2, 9), advanced(1, 1, payload='{"other":1}')])
    first = await backend.store.list_transaction_events(1, Paging(2))
    second = await backend.store.list_transaction_events(1, Paging(2, first.next_cursor))
    third = await backend.store.list_transaction_events(1, Paging(2, second.next_cursor))
    pages = [first.items, second.items, third.items]
    assert [[one.sequence for one in items] for items in pages] == [[0, 1], [1, 2], [3]]
    assert third.next_cursor is None
    assert (await backend.store.list_transaction_events(3, Paging())).items == []


async def test_a_repeated_event_is_kept_once_and_a_contradicting_one_beside_it(backend: Backend) -> None:
    await backend.journal.commit([started(1), advanced(1, 0), advanced(1, 0)])
    await backend.journal.commit([advanced(1, 0, recorded_at=after(9)), advanced(1, 0, payload="[]")])
    told = (await backend.store.list_transaction_events(1, Paging())).items
    assert [bytes(one.payload) for one in told] == [b'{"seqNo":0}', b"[]"]
    assert told[0].recorded_at == NOON


async def test_a_repeated_event_harms_no_other_in_its_commit(backend: Backend) -> None:
    await backend.journal.commit([started(1), advanced(1, 0)])
    await backend.journal.commit([advanced(1, 0), stopped(1, after(1))])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.stopped_at == after(1)


async def test_the_charging_state_is_that_of_the_highest_number_that_tells_one(backend: Backend) -> None:
    await backend.journal.commit([started(1), advanced(1, 4, charging_state="Charging"), advanced(1, 9)])
    await backend.journal.commit([advanced(1, 2, charging_state="EVConnected")])
    await backend.journal.commit([advanced(1, 4, charging_state="Idle", payload="[]")])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.charging_state == "Charging"
    await backend.journal.commit([advanced(1, 6, charging_state="SuspendedEV")])
    (listed,) = (await backend.store.list_transactions(TransactionFilter(), Paging())).items
    assert listed.charging_state == "SuspendedEV"


async def test_an_event_of_another_charge_point_changes_no_state(backend: Backend) -> None:
    await backend.journal.commit([started(1), advanced(1, 0, charging_state="Idle", charge_point="CP2")])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.charging_state == ""


@pytest.mark.parametrize(
    ("sequences", "events", "gaps"),
    [((), 0, 0), ((7,), 1, 0), ((3, 1, 2), 3, 0), ((1, 5, 6), 3, 3), ((0, 0, 4), 3, 3)],
)
async def test_events_and_gaps_are_counted(
    backend: Backend, sequences: tuple[int, ...], events: int, gaps: int
) -> None:
    told = [advanced(1, number, payload=f"[{n}]") for n, number in enumerate(sequences)]
    await backend.journal.commit([started(1), started(2), advanced(2, 90), *told])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.events, record.gaps) == (events, gaps)
    page = await backend.store.list_transactions(TransactionFilter(), Paging())
    assert [(one.id, one.events, one.gaps) for one in page.items] == [(2, 1, 0), (1, events, gaps)]


async def test_a_session_is_told_the_first_events_and_where_order_breaks(backend: Backend) -> None:
    """Two numbers are missing, the clock was set back at 50, 40 came late, and 60 is what it asks about."""
    numbers = [n for n in range(70) if n not in (35, 60)]
    arriving = [n for n in numbers if n != 40] + [40]
    told = [
        advanced(1, n, at=after(n - 30 if n >= 50 else n), phase="Ended" if n == 69 else "") for n in arriving
    ]
    for start in range(0, len(told), 20):
        await backend.journal.commit([*([] if start else [started(1)]), *told[start : start + 20]])
    found = await backend.store.list_told(1, 60)
    assert [one.here.sequence for one in found] == [*range(FIRST_EVENTS), 41, 50, 59, 61]
    assert found[0].before is None
    assert all(one.before == other.here for other, one in pairwise(found[:FIRST_EVENTS]))
    first_in, turned, before, behind = found[FIRST_EVENTS:]
    assert (first_in.overtook, first_in.stepped_back, turned.overtook) == (True, timedelta(), False)
    assert (turned.here.at, turned.stepped_back) == (after(20), timedelta(minutes=29))
    assert (before.here.at, behind.before) == (after(29), before.here)
    assert [one.here.sequence for one in await backend.store.list_told(1, 99)][FIRST_EVENTS:] == [41, 50, 69]
    assert [one.phase for one in await backend.store.list_told(1, 69)][-1] == "Ended"
    assert len(await backend.store.list_told(1, None)) == FIRST_EVENTS + 2
    assert await backend.store.list_told(2, 0) == []


async def test_only_the_details_that_are_told_change(backend: Backend) -> None:
    await backend.journal.commit([started(1, id_token="", evse=0, connector=0, meter_start_wh=None)])
    before = await backend.store.find_transaction_record(1)
    await backend.journal.commit([detailed(1)])
    assert await backend.store.find_transaction_record(1) == before
    await backend.journal.commit([detailed(1, evse=2, connector=1)])
    await backend.journal.commit([detailed(1, started_at=after(-5), meter_start_wh=70, reservation_id=3)])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.evse, record.connector, record.id_token) == (2, 1, "")
    assert (record.started_at, record.meter_start_wh, record.reservation_id) == (after(-5), 70, 3)
    session_sees = await backend.store.find_transaction("CP1", "1")
    assert session_sees is not None
    assert (session_sees.evse, session_sees.meter_start_wh) == (2, 70)


async def test_when_the_first_register_was_read_is_kept(backend: Backend) -> None:
    await backend.journal.commit([started(1, meter_start_at=after(4)), started(2)])
    await backend.journal.commit([detailed(2, meter_start_wh=5, meter_start_at=after(1))])
    for number, at in ((1, after(4)), (2, after(1))):
        record = await backend.store.find_transaction_record(number)
        session_sees = await backend.store.find_start("CP1", f"s:{number}")
        assert record is not None
        assert session_sees is not None
        assert (record.meter_start_at, session_sees.meter_start_at) == (at, at)


async def test_late_readings_correct_the_energy_of_what_has_ended(backend: Backend) -> None:
    await backend.journal.commit([started(1), stopped(1, after(3), energy_wh=0, quality="suspect")])
    await backend.journal.commit([detailed(1, energy_wh=700, quality="estimated", meter_stop_wh=1700)])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.energy_wh, record.quality, record.meter_stop_wh) == (700, "estimated", 1700)
    assert (record.stopped_at, record.completeness) == (after(3), "reported")


async def test_a_token_told_later_is_found_and_counted(backend: Backend) -> None:
    await backend.journal.commit([started(1, id_token="")])
    await backend.journal.commit([detailed(1, id_token="LATE", authorization=Status.BLOCKED)])
    page = await backend.store.list_transactions(TransactionFilter(id_token="late"), Paging())
    assert [(one.id, one.id_token, one.authorization) for one in page.items] == [(1, "LATE", Status.BLOCKED)]
    assert await backend.store.count_running("late") == 1
    assert await backend.store.count_running("") == 0


async def test_details_of_another_charge_point_change_nothing(backend: Backend) -> None:
    await backend.journal.commit([started(1), detailed(1, charge_point="CP2", evse=9), detailed(2, evse=9)])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.evse == 1


async def test_a_reused_wire_id_names_the_newest_transaction(backend: Backend) -> None:
    await backend.journal.commit([started(1, wire_id="TX"), stopped(1, after(1))])
    await backend.journal.commit([started(2, after(9000), wire_id="TX")])
    await backend.journal.commit([advanced(2, 0), advanced(1, 1)])
    found = await backend.store.find_transaction("CP1", "TX")
    assert found is not None
    assert (found.number, found.is_open) == (2, True)
