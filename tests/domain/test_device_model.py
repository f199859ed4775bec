"""Variables of the device model: every part is kept, no secret is."""

import pytest

from chargeyard.domain import events
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.device_model import without_secret
from chargeyard.domain.reports import Variable, VariablesReported
from chargeyard.domain.rules import decide
from tests.domain.made import NOW, at, context


def variable(
    name: str = "HeartbeatInterval", value: str | None = "300", mutability: str = "ReadWrite"
) -> Variable:
    return Variable(component="OCPPCommCtrlr", name=name, value=value, mutability=mutability)


def test_a_part_is_kept_and_acknowledged_whatever_comes_after_it() -> None:
    part = VariablesReported(request_id=4, sequence=2, is_last=False, at=at(-1), variables=(variable(),))
    decision = decide(ChargePoint(id="CP1", booted=True), part, context())
    assert decision.answer == ACKNOWLEDGED
    assert decision.events == (
        events.VariablesReported(
            recorded_at=NOW,
            charge_point="CP1",
            request_id=4,
            sequence=2,
            is_last=False,
            at=at(-1),
            variables=(variable(),),
        ),
    )


def test_no_value_that_may_be_secret_leaves_the_report() -> None:
    told = (variable("BasicAuthPassword", "hunter2"), variable("Interval", "1"))
    part = VariablesReported(request_id=1, sequence=0, is_last=True, at=NOW, variables=told)
    (kept,) = decide(ChargePoint(id="CP1", booted=True), part, context()).events
    assert isinstance(kept, events.VariablesReported)
    assert [one.value for one in kept.variables] == [None, "1"]
    assert "hunter2" not in repr(kept)


@pytest.mark.parametrize(
    ("told", "value"),
    [
        (variable(), "300"),
        (variable(value=""), ""),
        (variable(value=None), None),
        (variable("BasicAuthPassword", "x"), None),
        (variable(mutability="WriteOnly"), None),
        (variable(mutability="ReadOnly"), "300"),
    ],
)
def test_what_may_be_secret_loses_its_value_and_nothing_else(told: Variable, value: str | None) -> None:
    kept = without_secret(told)
    assert kept.value == value
    assert (kept.component, kept.name, kept.mutability) == (told.component, told.name, told.mutability)
