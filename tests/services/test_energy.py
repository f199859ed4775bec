"""The energy of a transaction, from all readings that the store has of it; asked for only when they matter."""

import pytest

from chargeyard.domain import events, reports
from chargeyard.domain.answers import TransactionNumbered
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.domain.energy import Metered
from chargeyard.services.inbound import Inbound
from chargeyard.storage.memory import MemoryMessageSink, MemoryStore
from tests.domain.made import register, start, stop, values
from tests.services.node import Node, digest_of_code

POLICY = Policy()


class Asked(MemoryStore):
    """A store that remembers for which transactions it was asked what was measured."""

    def __init__(self, node: Node) -> None:
        super().__init__(node.journal, MemoryMessageSink())
        self.asked: list[int] = []

    async def list_metered(self, transaction: int) -> list[Metered]:
        self.asked.append(transaction)
        return await super().list_metered(transaction)


async def _asking() -> tuple[Node, ChargePoint, Asked]:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"))
    store = Asked(node)
    node.inbound = Inbound(node.recorder, store, node.numbers, digest_of_code)
    return node, ChargePoint(id="CP1", booted=True), store


async def _begin(node: Node, state: ChargePoint, report: reports.TransactionStarted) -> int:
    answer = await node.inbound.take(state, report, POLICY)
    assert isinstance(answer, TransactionNumbered)
    return answer.number


async def _energy(node: Node, number: int) -> tuple[int, str]:
    record = await node.store.find_transaction_record(number)
    assert record is not None
    return record.energy_wh, record.quality


async def test_a_transaction_without_readings_costs_no_look_at_them() -> None:
    node, state, store = await _asking()
    number = await _begin(node, state, start())
    await node.inbound.take(state, stop(number, readings=(register(60, 8000),)), POLICY)
    await node.inbound.take(state, start(90), POLICY)
    assert store.asked == []
    assert await _energy(node, number) == (7000, "ok")


async def test_readings_of_what_runs_cost_no_look_at_the_others() -> None:
    node, state, store = await _asking()
    number = await _begin(node, state, start())
    for minutes in range(1, 5):
        await node.inbound.take(state, values(minutes, 1000 + minutes, transaction=number), POLICY)
    assert store.asked == []
    await node.inbound.take(state, stop(number), POLICY)
    await node.inbound.take(state, stop(number), POLICY)
    assert store.asked == [number]


@pytest.mark.parametrize("forget", [False, True])
async def test_all_readings_count_at_the_end_whoever_remembers_them(forget: bool) -> None:
    """The register was reset in between: neither start and stop nor the last reading tell that."""
    node, state, _ = await _asking()
    number = await _begin(node, state, start(meter_start_wh=100_000))
    for minutes, wh in ((10, 102_000), (20, 0), (30, 1500)):
        await node.inbound.take(state, values(minutes, wh, transaction=number), POLICY)
    if forget:
        state = ChargePoint(id="CP1", booted=True)
    await node.inbound.take(state, stop(number, meter_stop_wh=3000), POLICY)
    assert await _energy(node, number) == (5000, "estimated")


async def test_readings_of_the_stop_itself_count_too() -> None:
    node, state, _ = await _asking()
    number = await _begin(node, state, start(meter_start_wh=100_000))
    data = tuple(register(minutes, wh) for minutes, wh in ((30, 1500), (10, 102_000), (20, 0)))
    await node.inbound.take(state, stop(number, meter_stop_wh=3000, readings=data), POLICY)
    assert await _energy(node, number) == (5000, "estimated")


@pytest.mark.parametrize("forget", [False, True])
async def test_late_readings_correct_the_energy_of_what_has_ended(forget: bool) -> None:
    """Power was lost, and the readings come with the connection (lbbrhzn/ocpp#1767)."""
    node, state, _ = await _asking()
    number = await _begin(node, state, start())
    await node.inbound.take(state, stop(number, meter_stop_wh=0), POLICY)
    assert await _energy(node, number) == (0, "suspect")
    for minutes, wh in ((30, 5000), (50, 6000), (40, 5500), (50, 6000)):
        state = ChargePoint(id="CP1", booted=True) if forget else state
        await node.inbound.take(state, values(minutes, wh, transaction=number), POLICY)
    assert await _energy(node, number) == (5000, "estimated")
    corrections = node.journal.of(events.TransactionDetailed)
    assert len(corrections) == 2


async def test_late_readings_of_the_main_meter_correct_nothing() -> None:
    node, state, store = await _asking()
    number = await _begin(node, state, start())
    await node.inbound.take(state, stop(number), POLICY)
    await node.inbound.take(state, values(30, 10**9, evse=0, transaction=number), POLICY)
    assert store.asked == []
    assert await _energy(node, number) == (7000, "ok")


async def test_a_lost_stop_is_booked_by_all_readings_before_the_next_start() -> None:
    node, state, store = await _asking()
    number = await _begin(node, state, start())
    for minutes, wh in ((10, 3000), (20, 4_296_944_685), (30, 4000), (40, 7)):
        await node.inbound.take(state, values(minutes, wh, transaction=number), POLICY)
    await _begin(node, state, start(60, meter_start_wh=6000))
    assert store.asked == [number]
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert (record.meter_stop_wh, record.energy_wh, record.quality) == (4000, 3000, "estimated")
    assert record.completeness == "inferred"
