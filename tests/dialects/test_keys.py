"""The two ways to name a variable, from one to the other and back."""

import re
from pathlib import Path

import pytest
from ocpp.v201 import enums

from chargeyard.dialects.keys import KEYS, address_of, find, key_of
from chargeyard.domain.variables import Address, Named, parse

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "variables.md"

ADDRESSES = [
    ("Component.Variable", Address("Component", "Variable")),
    ("C.V[i]", Address("C", "V", "i")),
    ("C[a b]:2.V", Address("C", "V", "", "a b", 2)),
    ("C:2:1.V[i]", Address("C", "V", "i", "", 2, 1)),
]


@pytest.mark.parametrize(("text", "address"), ADDRESSES)
def test_addresses_are_read_and_written(text: str, address: Address) -> None:
    assert parse(text) == address
    assert address.text == text


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
    assert address.name in names
    if address.instance:
        instances = {one.value for one in getattr(enums, f"{address.component}InstanceName")}
        assert address.instance in instances


def test_no_two_keys_mean_the_same() -> None:
    assert len(set(KEYS.values())) == len(KEYS)


def test_the_page_has_the_table() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| `([^`]+)` \|$", PAGE.read_text("utf-8"), re.MULTILINE))
    assert rows == {key: address.text for key, address in KEYS.items()}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_there_and_back(key: str) -> None:
    assert key_of(address_of(key)) == key
    assert key_of(address_of(key.lower()).text.lower()) == key


@pytest.mark.parametrize(
    ("named", "key"),
    [
        ("HeartbeatInterval", "HeartbeatInterval"),
        ("heartbeatinterval", "heartbeatinterval"),
        ("OCPPCommCtrlr.HeartbeatInterval", "HeartbeatInterval"),
        ("Configuration.NumberOfConnectors", "NumberOfConnectors"),
        (Address("Configuration", "NumberOfConnectors"), "NumberOfConnectors"),
        (Address("Configuration", "A", evse=1), None),
        (Address("EVSE", "Power", evse=1), None),
        ("EVSE:1.Power", "EVSE:1.Power"),
        ("Vendor.Own.Key", "Vendor.Own.Key"),
        ("Vendor[x", "Vendor[x"),
    ],
    ids=str,
)
def test_what_a_charge_point_that_goes_by_keys_is_asked_for(named: Named, key: str | None) -> None:
    assert key_of(named) == key


def test_a_key_without_a_counterpart_is_configuration() -> None:
    assert address_of("NumberOfConnectors") == Address("Configuration", "NumberOfConnectors")
