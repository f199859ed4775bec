"""Transactions told event by event, on their way into the store: in any order, over any number of sessions."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.authorization import IdToken, Status
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.domain.metering import Reading, Sample, reading
from chargeyard.domain.records import TransactionRecord
from chargeyard.services.ports import Paging, TransactionFilter
from tests.domain.made import at, register, told
from tests.services.node import Node

POLICY = Policy()
SESSION = (
    told(0, trigger="CablePluggedIn", charging_state="EVConnected", evse=2, connector=1),
    told(1, trigger="Authorized", id_token="CARD1", readings=(register(1, 1000),)),
    told(2, charging_state="Charging", readings=(register(2, 1800),)),
    told(3, charging_state="SuspendedEV"),
    told(4, phase="Ended", trigger="EVDeparted", reason="EVDisconnected", readings=(register(4, 2500),)),
)


async def _node() -> Node:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"))
    return node


async def _reloaded(node: Node, charge_point: str = "CP1") -> ChargePoint:
    loaded = await node.store.load(charge_point)
    assert loaded is not None
    return loaded.state


async def _heard(node: Node, state: ChargePoint, report: reports.TransactionReported) -> Status | None:
    answer = await node.inbound.take(state, report, POLICY)
    assert isinstance(answer, TransactionHeard)
    return answer.verdict.status if answer.verdict else None


async def _records(node: Node) -> list[TransactionRecord]:
    return (await node.store.list_transactions(TransactionFilter(), Paging())).items


@given(
    st.permutations(range(len(SESSION))),
    st.lists(st.sampled_from(range(len(SESSION))), max_size=4),
    st.sets(st.integers(0, 8)),
)
def test_neither_order_nor_new_sessions_change_what_is_stored(
    order: list[int], again: list[int], reconnects: set[int]
) -> None:
    async def store(arriving: list[int], lost: set[int]) -> TransactionRecord:
        node = await _node()
        state = await _reloaded(node)
        for place, index in enumerate(arriving):
            if place in lost:
                state = await _reloaded(node)
            await _heard(node, state, SESSION[index])
        (record,) = await _records(node)
        return replace(record, id=0)

    expected = asyncio.run(store(list(range(len(SESSION))), set()))
    assert (expected.energy_wh, expected.quality, expected.charging_state) == (1500, "ok", "SuspendedEV")
    assert (expected.events, expected.gaps, expected.evse, expected.id_token) == (5, 0, 2, "CARD1")
    assert asyncio.run(store([*order, *again], reconnects)) == expected


async def test_a_closed_transaction_that_memory_forgot_is_found_again() -> None:
    node = await _node()
    state = await _reloaded(node)
    for report in (SESSION[0], SESSION[4]):
        await _heard(node, state, report)
    state.transactions.clear()
    await _heard(node, state, SESSION[2])
    (record,) = await _records(node)
    assert (record.events, record.gaps, record.energy_wh) == (3, 2, 700)
    assert len(node.journal.of(events.TransactionStarted)) == 1


async def test_a_token_that_comes_after_the_plug_counts_at_all_charge_points() -> None:
    """Both plug in, and then present the same card at once: only one of them may charge."""
    node = await _node()
    await node.register("CP2")
    states = [await _reloaded(node, name) for name in ("CP1", "CP2")]
    for state in states:
        await _heard(node, state, SESSION[0])
    verdicts = await asyncio.gather(*(_heard(node, state, SESSION[1]) for state in states))
    assert sorted(map(str, verdicts)) == [Status.ACCEPTED, Status.CONCURRENT]
    assert await node.store.count_running("CARD1") == 2


async def test_what_happened_offline_is_booked_and_never_one_too_many() -> None:
    node = await _node()
    await node.register("CP2")
    one, two = [await _reloaded(node, name) for name in ("CP1", "CP2")]
    await _heard(node, one, replace(SESSION[1], phase="Started"))
    verdicts = [await _heard(node, two, replace(report, is_offline=True)) for report in SESSION]
    assert verdicts == [None, Status.ACCEPTED, None, None, None]


async def test_an_id_that_is_used_again_names_the_newest_transaction() -> None:
    node = await _node()
    state = await _reloaded(node)
    for report in SESSION:
        await _heard(node, state, report)
    state = await _reloaded(node)
    node.later(600)
    second: list[Any] = [told(0, 600, evse=2, connector=1), told(1, 601, readings=(register(601, 7),))]
    for report in (*second, *second):
        await _heard(node, state, report)
    new, old = await _records(node)
    assert (new.wire_id, new.stopped_at, new.events, new.meter_start_wh) == ("TX", None, 2, 7)
    assert (old.wire_id, old.energy_wh, old.events) == ("TX", 1500, 5)
    found = await node.store.find_transaction("CP1", "TX")
    assert found is not None
    assert found.number == new.id


async def _energy(node: Node, *arriving: reports.TransactionReported) -> tuple[int, str]:
    state = await _reloaded(node)
    for report in arriving:
        await _heard(node, state, report)
    (record,) = await _records(node)
    return record.energy_wh, record.quality


def _begin(minutes: float, energy_wh: int) -> Reading:
    sample = Sample(Decimal(energy_wh), context="Transaction.Begin")
    return reading(at(minutes), (sample,))


@pytest.mark.parametrize(
    ("missing", "energy"),
    [
        ({0}, (1500, "estimated")),
        ({1}, (700, "estimated")),
        ({2}, (1500, "ok")),
        ({2, 3}, (1500, "ok")),
        ({1, 2}, (0, "suspect")),
        ({0, 3}, (1500, "estimated")),
    ],
    ids=str,
)
async def test_a_gap_before_the_first_register_leaves_an_estimate(
    missing: set[int], energy: tuple[int, str]
) -> None:
    """The numbers that are missing may have told an earlier one; those in between change nothing (E04.FR.07)."""
    came = [report for report in SESSION if report.sequence not in missing]
    assert await _energy(await _node(), *came) == energy


async def test_an_end_without_a_register_leaves_an_estimate() -> None:
    session = (*SESSION[:4], replace(SESSION[4], readings=()))
    assert await _energy(await _node(), *session) == (800, "estimated")


async def test_a_register_that_is_marked_as_the_begin_is_the_first_one() -> None:
    session = [replace(SESSION[2], readings=(_begin(2, 1800),)), SESSION[4]]
    assert await _energy(await _node(), *session) == (700, "ok")


async def test_what_comes_late_closes_the_gap() -> None:
    node = await _node()
    assert await _energy(node, *(SESSION[index] for index in (0, 2, 4))) == (700, "estimated")
    assert await _energy(node, SESSION[1]) == (1500, "ok")


async def test_parking_asks_for_nothing_and_takes_nothing() -> None:
    session = [replace(report, readings=()) for report in SESSION]
    assert await _energy(await _node(), *session) == (0, "ok")


async def test_spikes_between_the_events_are_left_out() -> None:
    spikes = (register(2.5, 0), register(2.6, 4_296_944_685))
    session = [*SESSION[:3], replace(SESSION[3], readings=spikes), SESSION[4]]
    assert await _energy(await _node(), *session) == (1500, "ok")
