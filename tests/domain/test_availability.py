"""Connector states, in and out of order."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain import reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from tests.domain.made import NOW, apply, at, context


def _status(status: str, minutes: float | None, **fields: Any) -> reports.ConnectorStatusChanged:
    when = None if minutes is None else at(minutes)
    return reports.ConnectorStatusChanged(
        **{"evse": 1, "connector": 1, "status": status, "at": when, **fields}
    )


def test_an_older_state_changes_nothing_and_is_acknowledged() -> None:
    state = ChargePoint(id="CP1")
    apply(state, _status("Charging", -5), context())
    late = apply(state, _status("Available", -10), context())
    assert late.events == ()
    assert late.answer == ACKNOWLEDGED
    assert state.connectors[1, 1].status == "Charging"


def test_a_state_without_a_time_is_of_now() -> None:
    state = ChargePoint(id="CP1")
    apply(state, _status("Available", None), context())
    assert state.connectors[1, 1].at == NOW


def test_a_clock_that_was_ahead_does_not_freeze_the_state() -> None:
    """Local time labelled Z until the first synchronisation (steve#136)."""
    state = ChargePoint(id="CP1")
    apply(state, _status("Available", 120), context())
    apply(state, _status("Charging", 1), context(now=at(1)))
    assert state.connectors[1, 1].status == "Charging"


def test_connectors_are_independent() -> None:
    state = ChargePoint(id="CP1")
    apply(state, _status("Faulted", 0, evse=0, connector=0, error_code="HighTemperature"), context())
    apply(state, _status("Available", -1), context())
    assert state.connectors[0, 0].error_code == "HighTemperature"
    assert state.connectors[1, 1].status == "Available"


@given(st.permutations(range(6)))
def test_whatever_the_order_the_newest_state_stays(order: list[int]) -> None:
    state = ChargePoint(id="CP1")
    for minute in order:
        apply(state, _status(f"state {minute}", minute - 10), context())
    assert state.connectors[1, 1].status == "state 5"
