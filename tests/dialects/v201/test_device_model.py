"""Inventories, and the two ways to name a variable."""

from typing import Any

import pytest

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.reports import Variable
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.variables import Address
from tests.dialects.v201.wire import BOTH, NOW, OF_201, STAMP, Payload, Version, named, play
from tests.domain.made import reading


def _report(*data: Any, version: Version = OF_201, **rest: Any) -> reports.VariablesReported:
    payload = {"requestId": 3, "seqNo": 1, "generatedAt": STAMP, "reportData": list(data), **rest}
    report = version.hear("NotifyReport", payload).report
    assert isinstance(report, reports.VariablesReported)
    return report


WHOLE = {
    "component": {"name": "Connector", "instance": "left", "evse": {"id": 2, "connectorId": 1}},
    "variable": {"name": "Power", "instance": "max"},
    "variableAttribute": [
        {"type": "Actual", "value": "7400", "mutability": "ReadOnly"},
        {"type": "MaxSet", "value": ""},
        {},
    ],
    "variableCharacteristics": {"dataType": "decimal", "supportsMonitoring": True, "unit": "W"},
}


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_part_is_heard_whole(version: Version) -> None:
    report = _report(WHOLE, version=version, tbc=True)
    assert (report.request_id, report.sequence, report.is_last) == (3, 1, False)
    common: dict[str, Any] = {
        "component": "Connector",
        "component_instance": "left",
        "name": "Power",
        "instance": "max",
        "place": (2, 1),
        "data_type": "decimal",
        "unit": "W",
    }
    assert report.variables[0] == Variable(**common, attribute="Actual", value="7400", mutability="ReadOnly")
    # Tolerantly read, "" is nothing.
    assert [one.attribute for one in report.variables] == ["Actual", "MaxSet", "Actual"]
    assert [one.mutability for one in report.variables[1:]] == ["ReadWrite", "ReadWrite"]
    assert report.variables[2].value is None


@pytest.mark.parametrize(("more", "is_last"), [({}, True), ({"tbc": False}, True), ({"tbc": True}, False)])
def test_the_last_part_announces_no_other(more: dict[str, Any], is_last: bool) -> None:
    assert _report(WHOLE, **more).is_last is is_last


def test_a_part_may_be_empty_or_broken_and_still_counts() -> None:
    report = _report({"component": {}}, WHOLE, {"variable": 7})
    assert len(report.variables) == 3
    empty = OF_201.hear("NotifyReport", {"reportData": []}).report
    assert isinstance(empty, reports.VariablesReported)
    assert (empty.request_id, empty.sequence, empty.at, empty.variables) == (0, 0, NOW, ())


def test_traits_that_no_list_names_are_kept() -> None:
    odd = {
        "component": {"name": "C"},
        "variable": {"name": "V"},
        "variableAttribute": [{"type": "Dream", "mutability": "Sometimes", "value": "1"}],
        "variableCharacteristics": {"dataType": "complex"},
    }
    (variable,) = _report(odd).variables
    assert (variable.attribute, variable.mutability, variable.data_type) == ("Dream", "Sometimes", "complex")


def _answers(action: str, payload: Payload) -> Payload:
    """As a charge point answers that knows every variable: with its name, twice."""
    if action == "GetVariables":
        told = [
            {**one, "attributeStatus": "Accepted", "attributeValue": one["variable"]["name"] * 2}
            for one in payload["getVariableData"]
        ]
        return {"getVariableResult": told}
    taken = [
        {"attributeStatus": "Accepted", **{name: of for name, of in one.items() if name != "attributeValue"}}
        for one in payload["setVariableData"]
    ]
    return {"setVariableResult": taken}


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_no_more_is_asked_at_once_than_it_takes(version: Version) -> None:
    asked, outcome = play(version, reading("C.a", "C.b", "C.c", "C.d", "C.e", max_items=2), _answers)
    assert [len(payload["getVariableData"]) for _, payload in asked] == [2, 2, 1]
    assert isinstance(outcome, outcomes.Accepted)
    assert isinstance(outcome.result, VariablesAnswered)
    assert [(one.key, one.value) for one in outcome.result.variables] == [
        (f"C.{letter}", letter * 2) for letter in "abcde"
    ]
    assert bytes(outcome.said).count(b"getVariableResult") == 3


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_no_more_is_set_at_once_than_it_takes_and_attributes_are_named(version: Version) -> None:
    given = tuple(
        commands.VariableGiven(variable=Address("C", name), value="1", attribute=attribute)
        for name in "ab"
        for attribute in ("Actual", "MaxSet")
    )
    asked, outcome = play(version, commands.SetVariables(variables=given, max_items=3), _answers)
    assert [len(payload["setVariableData"]) for _, payload in asked] == [3, 1]
    assert [one.get("attributeType") for one in asked[0][1]["setVariableData"]] == [None, "MaxSet", None]
    assert isinstance(outcome, outcomes.Accepted)
    assert isinstance(outcome.result, VariablesAnswered)
    assert outcome.result.variables[1] == VariableWord(
        key="C.a", variable=Address("C", "a"), status="Accepted", value="1", attribute="MaxSet"
    )


def test_a_variable_is_not_set_twice_at_once() -> None:
    given = tuple(commands.VariableGiven(variable=name, value="1") for name in ("HeartbeatInterval",) * 2)
    asked, outcome = play(OF_201, commands.SetVariables(variables=given), _answers)
    assert asked == []
    assert outcome == outcomes.Invalid(detail="OCPPCommCtrlr.HeartbeatInterval is named twice")


def test_no_secret_is_told_in_a_result() -> None:
    hidden = "SecurityCtrlr.BasicAuthPassword"
    for command in (
        reading(hidden),
        commands.SetVariables(variables=(commands.VariableGiven(variable=hidden, value="hush"),)),
    ):
        _, outcome = play(OF_201, command, _answers)
        assert isinstance(outcome, outcomes.Accepted)
        assert isinstance(outcome.result, VariablesAnswered)
        assert [one.value for one in outcome.result.variables] == [None]


def test_a_report_that_asks_for_more_than_it_takes_is_not_asked_for() -> None:
    wanted = tuple(commands.ComponentWanted(component=name) for name in "abc")
    command = commands.ReadReport(request_id=1, components=wanted, max_items=2)
    asked, outcome = play(OF_201, command, _answers)
    assert (asked, type(outcome)) == ([], outcomes.Invalid)
