"""Variables of the device model: every part is kept, no secret is."""

import pytest

from chargeyard.domain import commands, events, outcomes
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.consequences import Scene, consequences
from chargeyard.domain.device_model import without_secret
from chargeyard.domain.reports import Variable, VariablesReported
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.rules import decide
from chargeyard.domain.variables import Address
from tests.domain.made import NOW, at, context, reading, setting


def variable(
    name: str = "HeartbeatInterval", value: str | None = "300", mutability: str = "ReadWrite"
) -> Variable:
    return Variable(component="OCPPCommCtrlr", name=name, value=value, mutability=mutability)


def test_a_part_is_kept_and_acknowledged_whatever_comes_after_it() -> None:
    part = VariablesReported(request_id=4, sequence=2, is_last=False, at=at(-1), variables=(variable(),))
    decision = decide(ChargePoint(id="CP1", booted=True), part, context())
    assert decision.answer == ACKNOWLEDGED
    assert decision.events == (
        events.ListingAdvanced(
            recorded_at=NOW,
            charge_point="CP1",
            kind="Variable",
            request_id=4,
            sequence=2,
            is_last=False,
            items=1,
        ),
        events.VariablesReported(recorded_at=NOW, charge_point="CP1", at=at(-1), variables=(variable(),)),
    )


def test_an_empty_part_counts_as_one() -> None:
    part = VariablesReported(request_id=4, sequence=0, is_last=True, at=NOW, variables=())
    (advanced,) = decide(ChargePoint(id="CP1", booted=True), part, context()).events
    assert isinstance(advanced, events.ListingAdvanced)
    assert (advanced.items, advanced.is_last) == (0, True)


def test_no_value_that_may_be_secret_leaves_the_report() -> None:
    told = (variable("BasicAuthPassword", "hunter2"), variable("Interval", "1"))
    part = VariablesReported(request_id=1, sequence=0, is_last=True, at=NOW, variables=told)
    _, kept = decide(ChargePoint(id="CP1", booted=True), part, context()).events
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


SCENE = Scene("CP1", NOW)


def _word(name: str, status: str = "Accepted", value: str | None = "1", **fields: str) -> VariableWord:
    return VariableWord(key=name, variable=Address("C", name), status=status, value=value, **fields)


def test_what_an_answer_told_is_as_good_as_a_report() -> None:
    words = (_word("a"), _word("b", "UnknownVariable", None), _word("BasicAuthPassword", value="hush"))
    outcome = outcomes.Accepted(result=VariablesAnswered(variables=words))
    for command in (reading("a"), commands.ReadInventory(request_id=1)):
        (told,) = consequences(command, outcome, SCENE)
        assert isinstance(told, events.VariablesReported)
        assert [(one.name, one.value, one.mutability) for one in told.variables] == [
            ("a", "1", ""),
            ("BasicAuthPassword", None, ""),
        ]
        assert told.at == NOW


def test_what_was_taken_is_kept_though_other_values_were_refused() -> None:
    words = (_word("a"), _word("b", "Rejected"), _word("c", "RebootRequired", attribute="MaxSet"))
    outcome = outcomes.Rejected(reason="Rejected", result=VariablesAnswered(variables=words))
    (written,) = consequences(setting("a", "1"), outcome, SCENE)
    assert isinstance(written, events.VariablesWritten)
    assert [(one.name, one.attribute) for one in written.variables] == [("a", "Actual"), ("c", "MaxSet")]
    assert consequences(setting("a", "1"), outcomes.TimedOut(after_s=1), SCENE) == ()


@pytest.mark.parametrize(
    ("command", "is_whole"),
    [
        (commands.ReadInventory(request_id=7), True),
        (commands.ReadInventory(request_id=7, scope="Summary"), False),
        (commands.ReadReport(request_id=7), False),
    ],
)
def test_a_promised_inventory_is_waited_for(command: commands.AnyCommand, is_whole: bool) -> None:
    (asked,) = consequences(command, outcomes.Accepted(), SCENE)
    assert isinstance(asked, events.ListingAsked)
    assert (asked.kind, asked.request_id, asked.is_whole) == ("Variable", 7, is_whole)
    assert consequences(command, outcomes.Rejected(reason="Rejected"), SCENE) == ()
