"""What is asked of our own accord about transactions: events that are missing, profiles after a power failure."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest

from chargeyard.domain import events, outcomes
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Period, Purpose
from chargeyard.domain.commands import GetTransactionStatus, SetChargingProfile
from chargeyard.domain.consequences import consequences
from chargeyard.domain.decision import Scene
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import TransactionStatusTold
from chargeyard.services.follow_ups import FOLLOW_UPS, FollowUps
from chargeyard.services.outbound import pack, subject_of, unpack
from chargeyard.services.transactions import ASKED_AGAIN_AFTER_S, is_end, is_resumption
from tests.contract import happenings as h
from tests.services.node import Node
from tests.services.test_follow_ups import hands_of

STARTED = h.advanced(1, 0, phase="Started", trigger="CablePluggedIn")
ENDED = h.advanced(1, 3, phase="Ended", trigger="EVDeparted")


def _told(has_messages: bool) -> AnyOutcome:
    return outcomes.Accepted(result=TransactionStatusTold(is_ongoing=False, has_messages=has_messages))


async def _followed(
    answers: Sequence[AnyOutcome], *before: events.Event, meanwhile: Sequence[events.Event] = ()
) -> tuple[Node, list[Any], list[float]]:
    """The node, what it asked, and the rests between, when transaction 1 ends after `before`."""
    node, asked, rests, left = Node(), [], [], list(answers)

    async def answer(body: bytes) -> bytes:
        asked.append(unpack(body).command)
        return pack(left.pop(0))

    async def rest(seconds: float) -> None:
        if seconds:
            rests.append(seconds)
            await node.journal.commit(meanwhile)

    node.bus.serve(subject_of("CP1"), answer)
    rules = FollowUps(hands_of(node, rest), node.bus, FOLLOW_UPS)
    rules.begin()
    happened = [h.started(1, wire_id="TX"), *before, ENDED, h.stopped(1)]
    await node.journal.commit(happened)
    node.bus.publish(happened)
    await rules.settled()
    await rules.aclose()
    return node, asked, rests


async def test_nothing_is_asked_about_what_is_whole() -> None:
    _, asked, _ = await _followed([], STARTED, h.advanced(1, 1), h.advanced(1, 2))
    assert asked == []


@pytest.mark.parametrize("before", [[STARTED], [h.advanced(1, 1), h.advanced(1, 2)]], ids=["gap", "no start"])
async def test_what_is_missing_is_asked_for_once(before: list[events.Event]) -> None:
    node, asked, rests = await _followed([_told(False)], *before)
    assert (asked, rests) == ([GetTransactionStatus(transaction=1, wire_id="TX")], [])
    record = await node.store.find_transaction_record(1)
    assert record is not None
    assert record.account.queue is not None
    assert (record.account.queue.is_ongoing, record.account.queue.has_messages) == (False, False)


async def test_while_messages_wait_it_is_asked_again_and_less_and_less_often() -> None:
    _, asked, rests = await _followed([_told(True)] * 9, STARTED)
    assert len(asked) == 1 + len(ASKED_AGAIN_AFTER_S)
    assert tuple(rests) == ASKED_AGAIN_AFTER_S
    assert list(rests) == sorted(rests)


async def test_what_has_come_meanwhile_is_not_asked_for() -> None:
    _, asked, rests = await _followed([_told(True)], STARTED, meanwhile=[h.advanced(1, 1), h.advanced(1, 2)])
    assert (len(asked), len(rests)) == (1, 1)


async def test_who_does_not_answer_is_asked_again_and_who_does_not_know_is_not() -> None:
    _, asked, _ = await _followed([outcomes.Offline(), outcomes.TimedOut(after_s=1), _told(False)], STARTED)
    assert len(asked) == 3
    _, asked, _ = await _followed([outcomes.Unsupported()], STARTED)
    assert len(asked) == 1


def test_only_an_end_is_looked_at() -> None:
    assert [is_end(one) for one in (STARTED, h.advanced(1, 1), ENDED)] == [False, False, True]


# --- what goes on after a power failure

RESUMED = h.advanced(1, 4, trigger="TxResumed")


def _set(number: int, purpose: Purpose, **fields: Any) -> Sequence[events.Event]:
    """What is in the book once a profile was set."""
    schedule = ChargingSchedule(unit="A", periods=(Period(start_s=0, limit=Decimal(10)),))
    profile = ChargingProfile(
        id=number, stack_level=number, purpose=purpose, kind="Relative", schedules=(schedule,), **fields
    )
    command = SetChargingProfile(profile=profile)
    return consequences(command, outcomes.Accepted(), Scene("CP1", h.NOON))


async def _profiles_sent(*before: events.Event) -> list[int]:
    """The ids of the profiles that are set when transaction 1 resumes."""
    node, sent = Node(), []

    async def answer(body: bytes) -> bytes:
        command = unpack(body).command
        assert isinstance(command, SetChargingProfile)
        sent.append(command.profile.id)
        return pack(outcomes.Accepted())

    node.bus.serve(subject_of("CP1"), answer)
    rules = FollowUps(hands_of(node), node.bus, FOLLOW_UPS)
    rules.begin()
    await node.journal.commit([h.started(1, wire_id="TX"), *before])
    node.bus.publish([RESUMED])
    await rules.settled()
    await rules.aclose()
    return sent


async def test_what_resumes_gets_its_own_profiles_again() -> None:
    profiles = (
        *_set(1, "Tx", evse=1, transaction=1, wire_id="TX"),
        *_set(2, "Tx", evse=2, transaction=2, wire_id="OTHER"),
        *_set(3, "TxDefault", evse=1),
        *_set(4, "Tx", evse=1, wire_id="TX"),
    )
    assert await _profiles_sent(*profiles) == [1, 4]
    assert await _profiles_sent(*profiles, h.stopped(1)) == []


@pytest.mark.parametrize(("value", "sent"), [("true", []), ("True", []), ("false", [1]), (None, [1])])
async def test_what_keeps_its_profiles_is_not_sent_them(value: str | None, sent: list[int]) -> None:
    told = h.variable(
        "ChargingProfilePersistence", value, component="SmartChargingCtrlr", instance="TxProfile"
    )
    profiles = _set(1, "Tx", evse=1, transaction=1, wire_id="TX")
    assert await _profiles_sent(h.variables(told), *profiles) == sent


def test_only_what_goes_on_resumes() -> None:
    assert [
        is_resumption(one)
        for one in (RESUMED, h.advanced(1, 5), h.advanced(1, 4, trigger="TxResumed", phase="Ended"))
    ] == [True, False, False]
