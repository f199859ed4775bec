"""The clock of a charge point is set back while a car charges: the numbers of the events tell what came first."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain import reports
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.domain.energy import Metered
from chargeyard.domain.records import TransactionRecord
from chargeyard.domain.registers import SLACK_S
from chargeyard.services.inbound import Inbound
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.storage.memory import MemoryMessageSink, MemoryStore
from tests.domain.made import at, register, told, values
from tests.services.node import Node, digest_of_code

POLICY = Policy()
SLACK_MIN = SLACK_S / 60


def session(*told_by: tuple[float, int]) -> list[reports.TransactionReported]:
    """A whole transaction: minute and register of each event, in the order of their numbers."""
    events = [
        told(n, minutes, evse=1, readings=(register(minutes, wh),)) for n, (minutes, wh) in enumerate(told_by)
    ]
    return [*events[:-1], replace(events[-1], phase="Ended", trigger="EVDeparted")]


HOUR_BACK = session((0, 1000), (15, 2000), (30, 3000), (-15, 4000), (0, 5000), (15, 6000))
"""After half an hour the clock is set back by one: by their times, the fourth event is the first of all."""


class Asked(MemoryStore):
    """A store that remembers for which transactions it was asked for the order of arrival."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.journal, MemoryMessageSink())
        self.asked: list[int] = []

    async def list_metered_in_order(self, transaction: int) -> list[Metered]:
        self.asked.append(transaction)
        return await super().list_metered_in_order(transaction)


async def _asking() -> tuple[Node, Asked]:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"))
    store = Asked(node)
    node.inbound = Inbound(node.recorder, store, node.numbers, digest_of_code)
    return node, store


async def _reloaded(node: Node) -> ChargePoint:
    loaded = await node.store.load("CP1")
    assert loaded is not None
    return loaded.state


async def _told(
    node: Node, arriving: list[reports.TransactionReported], reconnects: frozenset[int] = frozenset()
) -> TransactionRecord:
    """The transaction after all of it has been heard, with new sessions in between."""
    state = await _reloaded(node)
    for place, report in enumerate(arriving):
        if place in reconnects:
            state = await _reloaded(node)
        await node.inbound.take(state, report, POLICY)
    (record,) = (await node.store.list_transactions(TransactionFilter(), Paging())).items
    return record


@pytest.mark.parametrize("reconnects", [(), range(6)], ids=["one session", "a session each"])
async def test_registers_are_those_of_the_first_and_the_last_event(reconnects: range) -> None:
    node, _ = await _asking()
    record = await _told(node, HOUR_BACK, frozenset(reconnects))
    assert (record.energy_wh, record.quality) == (5000, "estimated")
    assert (record.meter_start_wh, record.meter_start_at, record.meter_stop_wh) == (1000, at(0), 6000)


steps = st.lists(
    st.tuples(st.integers(0, 400), st.sampled_from((0.5, 5, 15, 1440, -0.1, -SLACK_MIN, -1, -60, -1440))),
    min_size=2,
    max_size=10,
)


@given(st.integers(0, 10**6), steps, st.sets(st.integers(0, 10)))
def test_however_the_clock_is_set_the_energy_is_last_minus_first(
    first_wh: int, drawn: list[tuple[int, float]], reconnects: set[int]
) -> None:
    """It is `ok` if and only if the clock was never set back by more than clocks may differ."""
    series: list[tuple[float, int]] = [(0, first_wh)]
    for wh, minutes in drawn:
        series.append((series[-1][0] + minutes, series[-1][1] + wh))

    async def told_all() -> TransactionRecord:
        node, _ = await _asking()
        return await _told(node, session(*series), frozenset(reconnects))

    record = asyncio.run(told_all())
    assert record.energy_wh == series[-1][1] - first_wh
    assert record.meter_start_wh == first_wh
    is_set_back = any(minutes < -SLACK_MIN for _, minutes in drawn)
    assert record.quality == ("estimated" if is_set_back else "ok")


@given(st.permutations(range(len(HOUR_BACK))), st.lists(st.sampled_from(range(len(HOUR_BACK))), max_size=3))
def test_in_any_order_it_is_never_taken_for_certain(order: list[int], again: list[int]) -> None:
    """Where neither times nor arrivals tell what came first, it says so; no more is booked than was charged."""

    async def told_all() -> TransactionRecord:
        node, _ = await _asking()
        return await _told(node, [HOUR_BACK[index] for index in (*order, *again)])

    record = asyncio.run(told_all())
    assert record.energy_wh <= 5000
    if order == sorted(order):
        assert (record.energy_wh, record.quality) == (5000, "estimated")
    else:
        assert record.quality != "ok"


async def test_meter_values_that_come_late_make_it_no_more_certain() -> None:
    node, _ = await _asking()
    await _told(node, HOUR_BACK)
    for state in (await _reloaded(node), await _reloaded(node)):
        await node.inbound.take(state, values(14, 5990), POLICY)
    (record,) = (await node.store.list_transactions(TransactionFilter(), Paging())).items
    assert record.quality in ("estimated", "suspect")
    assert record.energy_wh == 5000


async def test_one_that_ends_because_the_next_begins_is_booked_once_its_end_is_told() -> None:
    node, _ = await _asking()
    following = told(0, 60, wire_id="NEXT", evse=1)
    state = await _reloaded(node)
    for report in (*HOUR_BACK[:-1], following, HOUR_BACK[-1]):
        await node.inbound.take(state, report, POLICY)
    _, record = (await node.store.list_transactions(TransactionFilter(), Paging())).items
    assert (record.wire_id, record.completeness) == ("TX", "reported")
    assert (record.energy_wh, record.quality) == (5000, "estimated")


async def test_a_clock_that_goes_on_costs_no_look_at_arrivals() -> None:
    node, store = await _asking()
    await _told(node, session((0, 1000), (15, 2000), (30, 3000)))
    assert store.asked == []
    assert (await _told(node, [])).quality == "ok"


async def test_arrivals_are_looked_at_only_when_it_ends() -> None:
    node, store = await _asking()
    await _told(node, HOUR_BACK[:-1])
    assert store.asked == []
    record = await _told(node, HOUR_BACK[-1:])
    assert store.asked == [record.id]
