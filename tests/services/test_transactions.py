"""What is asked of our own accord about transactions with events missing."""

from collections.abc import Sequence
from typing import Any

import pytest

from chargeyard.domain import events, outcomes
from chargeyard.domain.commands import GetTransactionStatus
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import TransactionStatusTold
from chargeyard.services.follow_ups import FOLLOW_UPS, FollowUps
from chargeyard.services.outbound import pack, subject_of, unpack
from chargeyard.services.transactions import ASKED_AGAIN_AFTER_S, is_end
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
