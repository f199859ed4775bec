"""Reports on their way: stored before they are answered, known again when they are repeated."""

import asyncio
from collections import Counter
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, TimeTold, TransactionNumbered
from chargeyard.domain.authorization import IdToken, Status
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.domain.transactions import start_key
from chargeyard.errors import Conflict, Poisoned, Unavailable
from tests.domain.made import at, register, start, stop, values
from tests.services.node import NOW, Node

POLICY = Policy()


async def _node() -> tuple[Node, ChargePoint]:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"), IdToken("CARD2", max_transactions=None))
    return node, ChargePoint(id="CP1", booted=True)


async def _begin(node: Node, state: ChargePoint, report: reports.TransactionStarted) -> int:
    answer = await node.inbound.take(state, report, POLICY)
    assert isinstance(answer, TransactionNumbered)
    return answer.number


async def test_a_transaction_is_stored_and_announced() -> None:
    node, state = await _node()
    number = await _begin(node, state, start())
    node.later(60)
    await node.inbound.take(state, values(30, 5000, transaction=number), POLICY)
    await node.inbound.take(state, stop(number), POLICY)
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert (record.energy_wh, record.completeness, record.authorization) == (
        7000,
        "reported",
        Status.ACCEPTED,
    )
    assert [type(event).__name__ for event in node.heard] == [
        "TransactionStarted",
        "MeterValuesTaken",
        "TransactionStopped",
    ]


@pytest.mark.parametrize("forget", [False, True])
async def test_a_repeated_start_is_one_transaction_whoever_remembers_it(forget: bool) -> None:
    node, state = await _node()
    number = await _begin(node, state, start())
    again = ChargePoint(id="CP1", booted=True) if forget else state
    assert await _begin(node, again, start()) == number
    assert len(node.journal.of(events.TransactionStarted)) == 1


async def test_the_same_start_at_another_charge_point_is_another_transaction() -> None:
    node, state = await _node()
    number = await _begin(node, state, start(id_token="CARD2"))
    assert await _begin(node, ChargePoint(id="CP2"), start(id_token="CARD2")) != number


async def test_a_start_whose_key_was_taken_meanwhile_is_looked_up_again() -> None:
    node, state = await _node()
    node.journal.conflicts = 1
    await _begin(node, state, start())
    assert len(node.journal.of(events.TransactionStarted)) == 1
    node.journal.conflicts = 2
    with pytest.raises(Conflict):
        await node.inbound.take(state, start(60), POLICY)


@pytest.mark.parametrize(("fault", "raised"), [("is_away", Unavailable), ("poison", Poisoned)])
async def test_what_is_not_stored_has_not_happened(fault: str, raised: type[Exception]) -> None:
    node, state = await _node()
    setattr(node.journal, fault, events.TransactionStarted if fault == "poison" else True)
    with pytest.raises(raised):
        await node.inbound.take(state, start(), POLICY)
    assert not state.transactions
    assert not node.heard
    setattr(node.journal, fault, None)
    assert await _begin(node, state, start()) == next(iter(state.transactions))


async def test_two_starts_of_one_card_at_once_are_not_both_accepted() -> None:
    """Neither is in the store when the other looks."""
    for _ in range(20):
        node, state = await _node()
        others = [ChargePoint(id=f"CP{number}", booted=True) for number in range(2, 6)]
        answers = await asyncio.gather(*(node.inbound.take(one, start(), POLICY) for one in (state, *others)))
        verdicts = [answer.verdict.status for answer in answers if isinstance(answer, TransactionNumbered)]
        assert Counter(verdicts) == {Status.ACCEPTED: 1, Status.CONCURRENT: 4}


async def test_a_start_that_ends_while_another_looks_still_counts() -> None:
    """Between the count and the decision there is a look-up, in which the other one may be stored."""
    node, state = await _node()
    other = ChargePoint(id="CP2", booted=True)
    first: asyncio.Task[Any] | None = None
    find_start = node.store.find_start

    async def slow(charge_point: str, key: str) -> Any:
        if charge_point == "CP2" and first is not None:
            node.journal.gate.set()
            await first
        return await find_start(charge_point, key)

    node.store.find_start = slow  # type: ignore[assignment, method-assign]  # the database takes its time
    node.journal.gate.clear()
    node.journal.entered.clear()
    first = asyncio.create_task(node.inbound.take(state, start(), POLICY))
    await node.journal.entered.wait()
    second = asyncio.create_task(node.inbound.take(other, start(), POLICY))
    await asyncio.sleep(0)
    node.journal.gate.set()
    answers = await asyncio.wait_for(asyncio.gather(first, second), 5)
    verdicts = [answer.verdict.status for answer in answers if isinstance(answer, TransactionNumbered)]
    assert sorted(verdicts) == [Status.ACCEPTED, Status.CONCURRENT]


async def test_a_card_without_a_limit_starts_anywhere() -> None:
    node, state = await _node()
    others = [ChargePoint(id=f"CP{number}") for number in range(2, 6)]
    answers = await asyncio.gather(
        *(node.inbound.take(one, start(id_token="CARD2"), POLICY) for one in (state, *others))
    )
    assert all(isinstance(one, TransactionNumbered) and one.verdict.accepted for one in answers)


async def test_a_stop_that_only_the_store_remembers_ends_its_transaction() -> None:
    node, state = await _node()
    number = await _begin(node, state, start())
    await node.inbound.take(ChargePoint(id="CP1"), stop(number), POLICY)
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert record.energy_wh == 7000


async def test_nobody_ends_the_transaction_of_another() -> None:
    node, state = await _node()
    number = await _begin(node, state, start())
    await node.inbound.take(ChargePoint(id="CP2"), stop(number), POLICY)
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert record.stopped_at is None
    (orphan,) = [event for event in node.heard if isinstance(event, events.TransactionStopped)]
    assert (orphan.charge_point, orphan.completeness) == ("CP2", "orphan")


@pytest.mark.parametrize("number", [4711, -1, 0, 2**63 - 1])
@pytest.mark.parametrize("forget", [False, True])
async def test_a_repeated_orphan_is_one(number: int, forget: bool) -> None:
    node, state = await _node()
    await node.inbound.take(state, stop(number), POLICY)
    again = ChargePoint(id="CP1") if forget else state
    await node.inbound.take(again, stop(number), POLICY)
    assert len(node.journal.of(events.TransactionStopped)) == 1


async def test_samples_of_a_transaction_long_forgotten_find_it() -> None:
    node, state = await _node()
    number = await _begin(node, state, start())
    await node.inbound.take(state, stop(number), POLICY)
    fresh = ChargePoint(id="CP1", booted=True)
    await node.inbound.take(fresh, values(30, 5000, transaction=number), POLICY)
    (taken,) = node.journal.of(events.MeterValuesTaken)
    assert isinstance(taken, events.MeterValuesTaken)
    assert taken.transaction == number


async def test_a_heartbeat_is_answered_without_a_commit() -> None:
    node, state = await _node()
    before = len(node.journal.events)
    promise = node.inbound.begin(state, reports.Alive(), POLICY)
    assert promise is not None
    assert (promise.answer, promise.stored) == (TimeTold(NOW), None)
    assert node.inbound.begin(state, start(), POLICY) is None
    assert await node.inbound.take(state, reports.Alive(), POLICY) == TimeTold(NOW)
    assert len(node.journal.events) == before


async def test_what_comes_along_is_stored_with_the_report() -> None:
    node, state = await _node()
    finding = events.FindingRecorded(
        recorded_at=NOW, charge_point="CP1", action="Heartbeat", rule="r", path="$", detail="d"
    )
    await node.inbound.take(state, reports.Alive(), POLICY, (finding,))
    assert node.journal.events[-1] == finding


async def test_a_parked_message_is_kept_with_its_fault() -> None:
    node, state = await _node()
    await node.inbound.park(state, "MeterValues", msgspec.Raw(b'{"a":"\xff\\u0000"}'), "Poisoned")
    (kept,) = node.journal.of(events.ReportKept)
    assert isinstance(kept, events.ReportKept)
    assert (kept.action, kept.fault, kept.payload) == (
        "MeterValues",
        "Poisoned",
        '{"a":"\N{REPLACEMENT CHARACTER}"}',
    )


async def test_acknowledged_means_stored() -> None:
    node, state = await _node()
    node.journal.gate.clear()
    taking = asyncio.create_task(node.inbound.take(state, values(1, 1100), POLICY))
    await asyncio.sleep(0.01)
    assert not taking.done()
    node.journal.gate.set()
    assert await taking == ACKNOWLEDGED
    assert node.journal.of(events.MeterValuesTaken)


# --- laws

minutes = st.integers(-30, 30)
outlets = st.integers(1, 2)
numbers = st.sampled_from([-1, 0, 1, 4711, 2**31, 2**63 - 1]) | st.integers(100, 104)
"""From 100 on they stand for the numbers that were given out, in that order."""
tokens = st.sampled_from(["CARD1", "CARD2", "stranger"])
registers = st.integers(0, 5).map(lambda step: step * 1000)

starts = st.builds(
    lambda when, evse, token, wh: start(when, evse=evse, id_token=token, meter_start_wh=wh),
    minutes,
    outlets,
    tokens,
    registers,
)
stops = st.builds(
    lambda number, when, wh, token, data: stop(
        number, when, meter_stop_wh=wh, id_token=token, readings=(register(when, wh),) if data else ()
    ),
    numbers,
    minutes,
    registers,
    tokens | st.just(""),
    st.booleans(),
)
samples = st.builds(
    lambda when, wh, evse, number: values(when, wh, evse=evse, transaction=number),
    minutes,
    registers,
    st.integers(0, 2),
    st.none() | numbers,
)
histories = st.lists(starts | stops | samples, max_size=14).flatmap(
    lambda some: (
        st.lists(st.sampled_from(some), max_size=8).map(lambda again: some + again) if some else st.just(some)
    )
)


def _meant(report: reports.Report, given_out: list[int]) -> reports.Report:
    """The report with the number that was really given out in the place of its stand-in."""
    number = getattr(report, "transaction", None)
    if number is None or not 100 <= number < 100 + len(given_out):
        return report
    return msgspec.structs.replace(report, transaction=given_out[number - 100])


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(histories)
def test_whatever_is_told_in_whatever_order(history: list[reports.Report]) -> None:
    asyncio.run(_tell_all(history))


async def _tell_all(history: list[reports.Report]) -> None:
    node, state = await _node()
    given_out: list[int] = []
    answered: dict[str, int] = {}
    for told in history:
        report = _meant(told, given_out)
        if isinstance(report, reports.TransactionStarted):
            number = await _begin(node, state, report)
            given_out += [] if number in given_out else [number]
            # A retry stamped anew is known by what runs, and only as long as it runs: it leaves no key.
            keys = {getattr(event, "start_key", "") for event in node.journal.events}
            assert start_key(report) not in keys or answered.setdefault(start_key(report), number) == number
        else:
            await node.inbound.take(state, report, POLICY)
        await _check(node, state, report)


async def _check(node: Node, state: ChargePoint, report: reports.Report) -> None:
    committed = node.journal.events
    begun = [event for event in committed if isinstance(event, events.TransactionStarted)]
    assert len({event.start_key for event in begun}) == len(begun)
    assert len({event.transaction for event in begun}) == len(begun)
    ended = [event for event in committed if isinstance(event, events.TransactionStopped)]
    assert all(event.energy_wh >= 0 for event in ended)
    if isinstance(report, reports.TransactionStopped):
        kept = {(event.stopped_at, event.meter_stop_wh) for event in ended} | {
            (event.stopped_at, event.meter_stop_wh)
            for event in committed
            if isinstance(event, events.StopConflicted)
        }
        assert (report.at, report.meter_stop_wh) in kept
    running = state.open_transactions()
    for one in running:
        later = [two for two in running if two.evse == one.evse and two.number != one.number]
        # Two run at one outlet only where the later message told of an earlier start.
        assert all(_was_replayed(begun, one.number, two.number) for two in later)
    reloaded = await node.store.load("CP1")
    assert reloaded is not None
    assert {one.number for one in reloaded.state.open_transactions()} == {one.number for one in running}


def _was_replayed(begun: list[events.TransactionStarted], one: int, other: int) -> bool:
    first, second = (event for event in begun if event.transaction in (one, other))
    return second.started_at < first.started_at


def test_made_reports_mean_what_they_say() -> None:
    assert start(5).at == at(5)
