"""Inventories, and the two ways to name a variable."""

import re
from pathlib import Path
from typing import Any

import pytest
from ocpp.v201 import enums

from chargeyard.dialects.v201.keys import KEYS, Address, find, parse, spell
from chargeyard.domain import reports
from chargeyard.domain.reports import Variable
from tests.dialects.v201.wire import BOTH, NOW, OF_201, STAMP, Version, named

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "variables.md"


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


ADDRESSES = [
    ("Component.Variable", Address("Component", "Variable")),
    ("C.V[i]", Address("C", "V", "i")),
    ("C[a b]:2.V", Address("C", "V", "", "a b", 2)),
    ("C:2:1.V[i]", Address("C", "V", "i", "", 2, 1)),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert parse(text) == address
    assert spell(address) == text


@pytest.mark.parametrize(
    "text", ["", ".", "C", "C.", ".V", "C[.V", "C[].V", "C:x.V", "C.V.W", "C.V[i", "C:1:2:3.V"]
)
def test_what_is_no_address(text: str) -> None:
    assert parse(text) is None


def test_keys_have_any_case() -> None:
    assert find(" heartbeatINTERVAL ") == KEYS["HeartbeatInterval"]
    assert find("NumberOfConnectors") is None


@pytest.mark.parametrize("key", sorted(KEYS))
def test_keys_mean_variables_that_the_specification_lists(key: str) -> None:
    """As the package `ocpp` lists them, which has them from the specification's appendix."""
    address = KEYS[key]
    names = {one.value for one in getattr(enums, f"{address.component}VariableName")}
    assert address.variable in names
    if address.instance:
        instances = {one.value for one in getattr(enums, f"{address.component}InstanceName")}
        assert address.instance in instances


def test_no_two_keys_mean_the_same() -> None:
    assert len(set(KEYS.values())) == len(KEYS)


def test_the_page_has_the_table() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == {key: spell(address) for key, address in KEYS.items()}
