"""What is held for whom, and how that ends."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain import events, outcomes, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import CancelReservation, ReserveNow
from chargeyard.domain.consequences import Scene, beginnings, consequences
from chargeyard.domain.outcomes import Outcome
from chargeyard.domain.records import ReservationRecord
from chargeyard.domain.reservations import state_at
from tests.domain.made import NOW, apply, at, context, start, told

SCENE = Scene("CP1", NOW)
RESERVE = ReserveNow(reservation=7, id_token="CARD1", expires_at=at(60), evse=2)


def _held(number: int = 7, **fields: Any) -> ReservationRecord:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "evse": 1,
        "id_token": "CARD1",
        "expires_at": at(60),
        "state": "active",
        "requested_at": at(-60),
    }
    return ReservationRecord(number=number, **(values | fields))


def _ended(happened: tuple[events.Event, ...]) -> events.ReservationEnded:
    (ended,) = (event for event in happened if isinstance(event, events.ReservationEnded))
    return ended


def test_it_may_be_held_from_when_it_is_asked_for() -> None:
    (asked,) = beginnings(RESERVE, SCENE)
    assert isinstance(asked, events.ReservationRequested)
    assert (asked.reservation, asked.id_token, asked.evse, asked.expires_at) == (7, "CARD1", 2, at(60))


def test_a_key_code_is_kept_by_nobody() -> None:
    (asked,) = beginnings(replace(RESERVE, id_token="4711", token_kind="KeyCode"), SCENE)
    assert isinstance(asked, events.ReservationRequested)
    assert asked.id_token == "***"


@pytest.mark.parametrize(
    ("outcome", "is_held", "reason"),
    [
        (outcomes.Accepted(), True, ""),
        (outcomes.Rejected(reason="Occupied"), False, "Occupied"),
        (outcomes.Unsupported(reason="NotSupported"), False, "NotSupported"),
        (outcomes.Invalid(detail="too long"), False, "too long"),
        (outcomes.Offline(), False, "Offline"),
    ],
)
def test_an_answer_says_whether_it_is_held(outcome: Outcome, is_held: bool, reason: str) -> None:
    (answered,) = consequences(RESERVE, outcome, SCENE)
    assert isinstance(answered, events.ReservationAnswered)
    assert (answered.reservation, answered.is_held, answered.reason) == (7, is_held, reason)


@pytest.mark.parametrize("outcome", [outcomes.TimedOut(after_s=1.0), outcomes.Failed(code="GenericError")])
def test_where_nothing_was_said_nothing_is_concluded(outcome: Outcome) -> None:
    assert consequences(RESERVE, outcome, SCENE) == ()
    assert consequences(CancelReservation(reservation=7), outcome, SCENE) == ()


def test_a_yes_cancels_and_a_no_does_not() -> None:
    (ended,) = consequences(CancelReservation(reservation=7), outcomes.Accepted(), SCENE)
    assert isinstance(ended, events.ReservationEnded)
    assert (ended.reservation, ended.end) == (7, "cancelled")
    assert consequences(CancelReservation(reservation=7), outcomes.Rejected(reason="Rejected"), SCENE) == ()


@pytest.mark.parametrize(
    ("word", "end"), [("Expired", "expired"), ("Removed", "removed"), ("NoTransaction", "removed")]
)
def test_the_charge_point_lets_it_go(word: str, end: str) -> None:
    decision = apply(ChargePoint(id="CP1"), reports.ReservationGone(reservation=7, word=word), context())
    (ended,) = decision.events
    assert isinstance(ended, events.ReservationEnded)
    assert (ended.reservation, ended.end, ended.reason, decision.answer) == (7, end, word, ACKNOWLEDGED)


def test_time_ends_it_without_anybody_saying_so() -> None:
    assert state_at(_held(), at(60) - timedelta(seconds=1)) == "active"
    assert state_at(_held(), at(60)) == "expired"
    assert state_at(_held(state="requested"), at(61)) == "expired"
    assert state_at(_held(state="used"), at(61)) == "used"


@pytest.mark.parametrize(
    ("held", "used"),
    [
        ([_held(evse=2)], None),
        ([_held(id_token="card1 ")], 7),
        ([_held(7, evse=0), _held(8)], 8),
        ([_held(7), _held(8, expires_at=at(30))], 8),
        ([_held(expires_at=at(0))], None),
        ([_held(requested_at=at(1))], None),
        ([_held(id_token="OTHER")], None),
        ([_held(id_token="OTHER", parent="fleet")], 7),
        ([_held(id_token="OTHER", parent="OTHERS")], None),
    ],
)
def test_whoever_it_was_made_for_uses_it(held: list[ReservationRecord], used: int | None) -> None:
    given = context(3, token=IdToken("CARD1", parent="FLEET"), held=tuple(held))
    for report in (start(), told(0, id_token="CARD1", evse=1)):
        happened = apply(ChargePoint(id="CP1", booted=True), report, given).events
        ended = [event for event in happened if isinstance(event, events.ReservationEnded)]
        assert [one.reservation for one in ended] == ([] if used is None else [used])
        assert all((one.end, one.transaction) == ("used", 3) for one in ended)


def test_a_transaction_that_names_a_reservation_uses_that_one() -> None:
    held = (_held(7), _held(8, evse=2, id_token="OTHER"))
    happened = apply(ChargePoint(id="CP1"), start(reservation_id=8), context(3, held=held)).events
    assert _ended(happened).reservation == 8


def test_a_token_that_comes_after_the_plug_uses_it_and_later_events_do_not() -> None:
    state = ChargePoint(id="CP1", booted=True)
    apply(state, told(0, evse=1), context(3, held=(_held(),)))
    named = apply(state, told(1, id_token="CARD1"), context(held=(_held(),))).events
    assert _ended(named).transaction == 3
    late = apply(state, told(2, reservation_id=8), context(held=(_held(8),))).events
    assert _ended(late).reservation == 8
    assert not any(
        isinstance(event, events.ReservationEnded) for event in apply(state, told(3), context()).events
    )
