"""What reports need of the store: nothing, where memory knows enough."""

import msgspec
import pytest

from chargeyard.domain import reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.transactions import orphan_key, start_key
from chargeyard.services.needs import NOTHING, Needs, needs_of
from tests.domain.made import TOKEN, apply, at, context, register, start, stop, told, values


@pytest.fixture
def state() -> ChargePoint:
    return ChargePoint(id="CP1", booted=True, may_hold_reservations=False)


@pytest.fixture
def charging(state: ChargePoint) -> ChargePoint:
    """Transaction 7 of 1.6 and TX, number 8, of 2.x are open, at EVSE 1 and 2."""
    apply(state, start(), context(7))
    apply(state, told(0, evse=2, id_token="CARD1", readings=(register(0, 100),)), context(8))
    return state


def test_what_is_only_kept_needs_nothing(state: ChargePoint) -> None:
    kept = (
        reports.Alive(),
        reports.Reported(action="Any", payload=msgspec.Raw(b"{}")),
        reports.ConnectorStatusChanged(evse=1, connector=1, status="Available", at=at()),
    )
    assert [needs_of(state, report) for report in kept] == [NOTHING] * 3


def test_readings_of_what_runs_need_nothing(charging: ChargePoint) -> None:
    assert needs_of(charging, values(1, 2000, transaction=7)) is NOTHING
    assert needs_of(charging, values(1, 2000)) is NOTHING
    assert needs_of(charging, told(1, readings=(register(1, 200),))) is NOTHING


def test_readings_of_what_has_ended_need_the_others(charging: ChargePoint) -> None:
    apply(charging, stop(7), context())
    assert needs_of(charging, values(1, 2000, transaction=7)) == Needs(metered=(7,))


def test_readings_of_what_is_forgotten_need_the_transaction(
    state: ChargePoint, charging: ChargePoint
) -> None:
    report = values(1, 2000, transaction=99)
    forgotten = ChargePoint(id="CP1")
    assert needs_of(forgotten, report) == Needs(wire_id="99")
    known = charging.transactions[7]
    assert needs_of(forgotten, report, known) is NOTHING
    apply(charging, stop(7), context())
    assert needs_of(forgotten, report, known) == Needs(metered=(7,))


def test_a_start_needs_its_token_its_number_and_whether_it_is_known(state: ChargePoint) -> None:
    needs = needs_of(state, start())
    assert needs == Needs(token="CARD1", start_key=start_key(start()), number=True)
    apply(state, start(), context(7))
    assert needs_of(state, start()) == Needs(token="CARD1")


def test_a_start_needs_what_was_measured_in_those_it_ends(charging: ChargePoint) -> None:
    assert needs_of(charging, start(5)).metered == ()
    apply(charging, values(1, 2000, transaction=7), context())
    assert needs_of(charging, start(5)).metered == (7,)


def test_a_stop_needs_the_readings_or_else_the_transaction(charging: ChargePoint) -> None:
    assert needs_of(charging, stop(7)) is NOTHING
    apply(charging, values(1, 2000, transaction=7), context())
    assert needs_of(charging, stop(7, id_token="CARD1")) == Needs(token="CARD1", metered=(7,))
    unknown = ChargePoint(id="CP1")
    assert needs_of(unknown, stop(7)) == Needs(wire_id="7", number=True)
    assert needs_of(unknown, stop(-1)) == Needs(start_key=orphan_key(stop(-1)), number=True)
    assert needs_of(unknown, stop(7), charging.transactions[7]) == Needs(metered=(7,))


def test_an_event_needs_its_transaction_and_at_the_end_all_that_was_measured(charging: ChargePoint) -> None:
    unknown = ChargePoint(id="CP1", may_hold_reservations=False)
    assert needs_of(unknown, told(0)) == Needs(wire_id="TX", number=True)
    assert needs_of(charging, told(1)) is NOTHING
    assert needs_of(charging, told(1, id_token=TOKEN.id_token)).token == TOKEN.id_token
    end = told(2, phase="Ended")
    assert needs_of(charging, end) == Needs(metered=(8,), told_events=8)


def test_reservations_are_asked_for_only_where_some_may_be_held() -> None:
    assert needs_of(ChargePoint(id="CP1"), start()).held
    assert not needs_of(ChargePoint(id="CP1", may_hold_reservations=False), start()).held
