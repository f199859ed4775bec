"""Starts and stops that come twice, late, out of order, with odd numbers, or not at all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain import events
from chargeyard.domain.answers import ACKNOWLEDGED, TransactionClosed, TransactionNumbered
from chargeyard.domain.authorization import IdToken, Status, Verdict
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.rules import decide
from chargeyard.domain.transactions import may_be_ours, orphan_key, start_key
from tests.domain.made import (
    TOKEN,
    apply,
    at,
    context,
    only,
    register,
    snapshot,
    start,
    stop,
    taken,
    values,
)

ACCEPTED = Verdict(Status.ACCEPTED)


def _stopped(found: tuple[events.Event, ...]) -> events.TransactionStopped:
    (event,) = [event for event in found if isinstance(event, events.TransactionStopped)]
    return event


def _kinds(found: tuple[events.Event, ...]) -> list[str]:
    return [type(event).__name__ for event in found]


@pytest.fixture
def state() -> ChargePoint:
    return ChargePoint(id="CP1", booted=True)


@pytest.mark.parametrize(
    ("number", "ours"),
    [(1, True), (2**31 - 1, True), (2**31, False), (0, False), (-1, False), (2**63 - 1, False)],
)
def test_numbers_that_may_be_ours(number: int, ours: bool) -> None:
    assert may_be_ours(number) is ours


# --- start


def test_a_transaction_from_start_to_stop(state: ChargePoint) -> None:
    assert taken(state, start(), context(7)) == TransactionNumbered(7, ACCEPTED)
    apply(state, values(30, 5000, transaction=7), context())
    end = apply(state, stop(7), context())
    assert end.answer == TransactionClosed(None)
    stopped = _stopped(end.events)
    assert (stopped.transaction, stopped.energy_wh, stopped.quality) == (7, 7000, "ok")
    assert (stopped.reason, stopped.completeness) == ("Local", "reported")
    assert not state.open_transactions()


def test_a_repeated_start_gets_its_number_again(state: ChargePoint) -> None:
    first = taken(state, start(), context(7))
    again = apply(state, start(), context(8))
    assert again.answer == first
    assert again.events == ()


def test_a_repeated_start_gets_its_number_again_when_the_transaction_is_over(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, stop(7), context())
    assert taken(state, start(), context(8)) == TransactionNumbered(7, ACCEPTED)


def test_a_start_that_only_the_store_knows_gets_its_number_again(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    other = ChargePoint(id="CP1")
    again = apply(other, start(), context(8, known=only(state)))
    assert again.answer == TransactionNumbered(7, ACCEPTED)
    assert again.events == ()


@pytest.mark.parametrize(
    "other",
    [
        {"evse": 2},
        {"id_token": "CARD2"},
        {"meter_start_wh": 1001},
        {"reservation_id": 5},
        {"said": "2026-11-21T12:00:01Z"},
    ],
    ids=str,
)
def test_each_value_of_the_natural_key_counts(other: dict[str, Any]) -> None:
    assert start_key(start()) != start_key(start(**other))


def test_case_and_blanks_of_the_token_do_not_count_in_the_key() -> None:
    assert start_key(start(id_token="card1 ")) == start_key(start(id_token="CARD1"))


def test_a_retry_with_a_new_timestamp_is_the_same_transaction(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    assert taken(state, start(3), context(8)) == TransactionNumbered(7, ACCEPTED)


@pytest.mark.parametrize("minutes", [11, 60])
def test_the_same_start_much_later_is_another_transaction(state: ChargePoint, minutes: int) -> None:
    taken(state, start(0), context(7))
    answer = taken(state, start(minutes), context(8, now=at(minutes)))
    assert answer == TransactionNumbered(8, ACCEPTED)


def test_the_same_start_after_progress_is_another_transaction(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, values(1, 1500), context())
    assert taken(state, start(3), context(8)) == TransactionNumbered(8, ACCEPTED)


def test_a_clock_that_was_never_set_does_not_make_all_starts_one(state: ChargePoint) -> None:
    """Every session says 1970 and begins with register 0 (MicroOcpp#311, lbbrhzn/ocpp#919)."""
    unset = {"said": "1970-01-01T00:00:12Z", "is_dated": False, "meter_start_wh": 0}
    taken(state, start(0, **unset), context(7))
    taken(state, stop(7, 30), context())
    assert taken(state, start(90, **unset), context(8, now=at(90))) == TransactionNumbered(8, ACCEPTED)


def test_a_retry_from_a_clock_that_was_never_set_is_the_same_transaction(state: ChargePoint) -> None:
    unset = {"said": "1970-01-01T00:00:12Z", "is_dated": False}
    taken(state, start(0, **unset), context(7))
    assert taken(state, start(2, **unset), context(8, now=at(2))) == TransactionNumbered(7, ACCEPTED)


# --- who may


@pytest.mark.parametrize(
    ("token", "status"),
    [
        (None, Status.UNKNOWN),
        (IdToken("CARD1", blocked=True), Status.BLOCKED),
        (IdToken("CARD1", expires_at=at(-1)), Status.EXPIRED),
    ],
)
def test_a_refused_token_still_gets_a_number(
    state: ChargePoint, token: IdToken | None, status: Status
) -> None:
    """The field is required, and the energy may flow all the same."""
    answer = taken(state, start(), context(7, token=token))
    assert isinstance(answer, TransactionNumbered)
    assert (answer.number, answer.verdict.status) == (7, status)
    assert only(state).authorization is status


def test_a_token_in_use_elsewhere_is_concurrent(state: ChargePoint) -> None:
    answer = taken(state, start(), context(7, running=1))
    assert isinstance(answer, TransactionNumbered)
    assert answer.verdict.status is Status.CONCURRENT
    # A retry is told the same, and is never concurrent with itself.
    assert taken(state, start(), context(8, running=2)) == answer


def test_a_repeated_start_is_not_concurrent_with_itself(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    assert taken(state, start(), context(8, running=1)) == TransactionNumbered(7, ACCEPTED)


def test_the_next_start_at_the_same_outlet_is_not_concurrent_with_the_lost_one(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    answer = taken(state, start(60, meter_start_wh=5000), context(8, now=at(60), running=1))
    assert answer == TransactionNumbered(8, ACCEPTED)


def test_history_is_never_concurrent(state: ChargePoint) -> None:
    answer = taken(state, start(-600), context(7, running=1))
    assert answer == TransactionNumbered(7, ACCEPTED)


def test_a_token_is_judged_at_the_time_of_the_start(state: ChargePoint) -> None:
    """An offline queue may be days old: the card was good then."""
    expired = IdToken("CARD1", expires_at=at(-60))
    answer = taken(state, start(-600), context(7, token=expired))
    assert isinstance(answer, TransactionNumbered)
    assert answer.verdict.accepted


# --- the stop was lost


@pytest.mark.parametrize(
    ("readings", "next_start_wh", "end"),
    [
        ([], 4000, (4000, 3000, at(60))),
        ([(20, 3000), (40, 3500)], 4000, (3500, 2500, at(40))),
        # Samples after the following start began do not belong to this one.
        ([(20, 4100)], 4000, (4000, 3000, at(20))),
        # Another register: only what was read in between counts.
        ([(20, 3000)], 0, (3000, 2000, at(20))),
        ([], 0, (None, 0, at(60))),
    ],
)
def test_a_second_start_ends_the_first_by_inference(
    state: ChargePoint,
    readings: list[tuple[int, int]],
    next_start_wh: int,
    end: tuple[int | None, int, datetime],
) -> None:
    taken(state, start(0), context(7))
    for minutes, energy in readings:
        taken(state, values(minutes, energy), context())
    found = apply(state, start(60, meter_start_wh=next_start_wh), context(8, now=at(60))).events
    assert _kinds(found) == ["TransactionStopped", "TransactionStarted"]
    inferred = _stopped(found)
    assert (inferred.meter_stop_wh, inferred.energy_wh, inferred.stopped_at) == end
    assert (inferred.quality, inferred.completeness) == ("estimated", "inferred")
    assert [one.number for one in state.open_transactions()] == [8]


def test_the_late_stop_replaces_the_inference(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, start(60, meter_start_wh=5000), context(8, now=at(60)))
    late = _stopped(apply(state, stop(7, 55, meter_stop_wh=4800), context(now=at(70))).events)
    assert (late.transaction, late.energy_wh, late.completeness) == (7, 3800, "reported")
    assert [one.number for one in state.open_transactions()] == [8]


def test_a_stop_with_the_number_before_ends_the_one_that_runs(state: ChargePoint) -> None:
    """Stop and meter values carry the number of an older transaction (lbbrhzn/ocpp#1491, #1749)."""
    taken(state, start(0), context(7))
    taken(state, start(60, meter_start_wh=5000), context(8, now=at(60)))
    found = _stopped(apply(state, stop(7, 90, meter_stop_wh=9000), context(now=at(90))).events)
    assert (found.transaction, found.energy_wh) == (8, 4000)
    assert not state.open_transactions()


def test_replayed_history_does_not_end_what_runs_now(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, start(-600, meter_start_wh=10), context(8))
    assert [one.number for one in state.open_transactions()] == [7, 8]
    assert _stopped(apply(state, stop(8, -500, meter_stop_wh=90), context()).events).energy_wh == 80


def test_another_outlet_goes_on(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, start(60, evse=2, id_token="CARD2"), context(8, now=at(60)))
    assert [one.number for one in state.open_transactions()] == [7, 8]


# --- stop


def test_a_repeated_stop_is_acknowledged_and_stored_once(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, stop(7), context())
    again = apply(state, stop(7), context())
    assert (again.events, again.answer) == ((), TransactionClosed(None))


def test_a_contradicting_stop_is_kept_beside_the_first(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, stop(7), context())
    (conflict,) = apply(state, stop(7, 61, meter_stop_wh=9000), context()).events
    assert isinstance(conflict, events.StopConflicted)
    assert (conflict.transaction, conflict.meter_stop_wh) == (7, 9000)
    assert only(state).meter_stop_wh == 8000


def test_a_stop_with_a_token_is_told_its_verdict(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    assert taken(state, stop(7, id_token="CARD1"), context()) == TransactionClosed(ACCEPTED)


def test_power_loss_falls_back_to_the_last_reading(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, values(30, 5000), context())
    stopped = _stopped(apply(state, stop(7, meter_stop_wh=0, reason="PowerLoss"), context()).events)
    assert (stopped.energy_wh, stopped.quality, stopped.reason) == (4000, "estimated", "PowerLoss")


def test_power_loss_falls_back_to_the_last_reading_although_the_stop_tells_the_first(
    state: ChargePoint,
) -> None:
    """Transaction data may hold the begin alone; what came as meter values counts too."""
    taken(state, start(), context(7))
    taken(state, values(30, 5000), context())
    end = stop(7, meter_stop_wh=0, readings=(register(0, 1000),))
    assert _stopped(apply(state, end, context()).events).energy_wh == 4000


def test_transaction_data_is_kept(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    found = apply(state, stop(7, readings=(register(0, 1000), register(60, 8000))), context()).events
    assert _kinds(found) == ["MeterValuesTaken", "TransactionStopped"]
    assert isinstance(found[0], events.MeterValuesTaken)
    assert (found[0].transaction, found[0].evse, len(found[0].readings)) == (7, 1, 2)


@pytest.mark.parametrize("number", [-1, 0, -7, 2**31, 2**63 - 1])
def test_a_stop_without_a_usable_number_ends_the_one_that_fits(state: ChargePoint, number: int) -> None:
    taken(state, start(), context(7))
    assert _stopped(apply(state, stop(number), context(9)).events).transaction == 7


@pytest.mark.parametrize(
    "odd",
    [{"minutes": -5}, {"meter_stop_wh": 900}, {"id_token": "CARD2"}],
    ids=["before the start", "register below the start", "another token"],
)
def test_a_stop_without_a_number_that_does_not_fit_becomes_an_orphan(
    state: ChargePoint, odd: dict[str, Any]
) -> None:
    taken(state, start(), context(7))
    found = apply(state, stop(-1, **odd), context(9)).events
    assert _kinds(found) == ["TransactionStarted", "TransactionStopped"]
    assert _stopped(found).completeness == "orphan"
    assert [one.number for one in state.open_transactions()] == [7]


def test_of_two_that_fit_neither_is_ended(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, start(evse=2), context(8))
    assert _stopped(apply(state, stop(-1), context(9)).events).transaction == 9
    assert len(state.open_transactions()) == 2


def test_a_stop_without_a_number_is_known_again(state: ChargePoint) -> None:
    """The repetition must neither make a second record nor end the next transaction (MicroOcpp#50)."""
    taken(state, start(0), context(7))
    taken(state, start(0, evse=2, id_token="CARD2", meter_start_wh=9000), context(8))
    assert _stopped(apply(state, stop(-1), context(9)).events).transaction == 7
    taken(state, start(30, id_token="CARD3", meter_start_wh=7000), context(10, now=at(61)))
    again = apply(state, stop(-1), context(11))
    assert (again.events, again.answer) == ((), TransactionClosed(None))
    assert [one.number for one in state.open_transactions()] == [8, 10]


def test_the_stop_comes_again_with_minus_one(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    taken(state, stop(7), context())
    assert apply(state, stop(-1), context(9)).events == ()


def test_an_unknown_number_never_ends_what_runs(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    found = apply(state, stop(4711), context(9)).events
    assert _stopped(found).transaction == 9
    assert [one.number for one in state.open_transactions()] == [7]


def test_an_orphan_tells_what_its_stop_told(state: ChargePoint) -> None:
    end = stop(4711, id_token="CARD1", readings=(register(0, 500), register(60, 8000)))
    found = apply(state, end, context(9)).events
    assert _kinds(found) == ["TransactionStarted", "MeterValuesTaken", "TransactionStopped"]
    started, _, stopped = found
    assert isinstance(started, events.TransactionStarted)
    assert isinstance(stopped, events.TransactionStopped)
    assert (started.wire_id, started.started_at, started.meter_start_wh) == ("4711", at(0), 500)
    assert (started.authorization, started.start_key) == (Status.ACCEPTED, orphan_key(end))
    assert (stopped.energy_wh, stopped.quality) == (7500, "suspect")


def test_an_orphan_without_a_start_has_no_energy(state: ChargePoint) -> None:
    assert _stopped(apply(state, stop(4711), context(9)).events).energy_wh == 0


def test_a_repeated_orphan_is_one(state: ChargePoint) -> None:
    taken(state, stop(4711), context(9))
    again = apply(state, stop(4711), context(10, known=only(state)))
    assert (again.events, again.answer) == ((), TransactionClosed(None))


def test_a_transaction_that_memory_has_forgotten_is_ended(state: ChargePoint) -> None:
    taken(state, start(), context(7))
    forgetful = ChargePoint(id="CP1")
    assert _stopped(apply(forgetful, stop(7), context(known=only(state))).events).energy_wh == 7000


# --- meter values


def _transaction_of(found: tuple[events.Event, ...]) -> int | None:
    (event,) = found
    assert isinstance(event, events.MeterValuesTaken)
    return event.transaction


def test_meter_values_without_a_number_belong_to_what_runs_there_then(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    assert _transaction_of(apply(state, values(5, 1100), context()).events) == 7
    assert _transaction_of(apply(state, values(-5, 900), context()).events) is None
    assert _transaction_of(apply(state, values(5, 1100, evse=2), context()).events) is None
    assert _transaction_of(apply(state, values(5, 1100, evse=0), context()).events) is None


def test_the_main_meter_is_never_a_transactions(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    assert _transaction_of(apply(state, values(5, 1100, evse=0, transaction=7), context()).events) is None


def test_late_samples_belong_to_the_one_that_ran_then(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, stop(7, 60), context())
    assert _transaction_of(apply(state, values(61, 8000, transaction=7), context()).events) == 7
    assert _transaction_of(apply(state, values(30, 4000), context()).events) == 7
    assert _transaction_of(apply(state, values(61, 8000), context()).events) is None


def test_samples_with_the_number_before_belong_to_what_runs(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, stop(7, 60), context())
    taken(state, start(70, meter_start_wh=8000), context(8, now=at(70)))
    assert _transaction_of(apply(state, values(80, 8500, transaction=7), context()).events) == 8
    assert _transaction_of(apply(state, values(30, 4000, transaction=7), context()).events) == 7


def test_of_two_that_run_there_the_later_one_measures(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, start(-600, meter_start_wh=10), context(8))
    assert _transaction_of(apply(state, values(5, 1100), context()).events) == 7
    assert _transaction_of(apply(state, values(-300, 50), context()).events) == 8


def test_samples_of_an_unknown_transaction_are_kept(state: ChargePoint) -> None:
    assert _transaction_of(apply(state, values(5, 1100, transaction=4711), context()).events) is None


def test_no_readings_no_event(state: ChargePoint) -> None:
    decision = apply(state, values(5, 1100, readings=()), context())
    assert (decision.events, decision.answer) == ((), ACKNOWLEDGED)


def test_the_last_reading_never_goes_back(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, values(30, 5000), context())
    taken(state, values(10, 2000), context())
    assert (only(state).last_energy_wh, only(state).last_reading_at) == (5000, at(30))


def test_deciding_changes_nothing(state: ChargePoint) -> None:
    taken(state, start(0), context(7))
    taken(state, values(30, 5000), context())
    before = snapshot(state)
    for report in (start(60, meter_start_wh=6000), stop(7), stop(-1), stop(99), values(40, 6000)):
        decide(state, report, context(8, now=at(60)))
    assert snapshot(state) == before


def test_the_year_of_the_epoch_is_no_obstacle(state: ChargePoint) -> None:
    """Whatever instant a dialect lets through, arithmetic with it must not overflow."""
    for extreme in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)):
        taken(state, replace(start(), at=extreme, said=str(extreme)), context(7, token=TOKEN))
        taken(state, replace(stop(7), at=extreme), context())
