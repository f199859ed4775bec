"""Configuration keys of 1.6 as variables: read, written, kept to what the charge point takes."""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from chargeyard.dialects.v16 import V16
from chargeyard.domain import commands, outcomes
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.variables import Address
from tests.domain.made import reading

Payload = dict[str, Any]


def play(
    command: commands.Command, answers: Callable[[Payload], Payload]
) -> tuple[list[Payload], AnyOutcome]:
    """What a charge point that answers so is asked for, and what becomes of the command."""
    script, asked = V16.phrase(command), []
    try:
        request = next(script)
        while True:
            payload = json.loads(msgspec.json.encode(request))
            asked.append(payload)
            raw = msgspec.Raw(json.dumps(answers(payload)).encode())
            request = script.send(V16.understand(V16.action_of(request), raw))
    except StopIteration as end:
        return asked, end.value


KNOWN: dict[str, tuple[bool, str | None]] = {
    "HeartbeatInterval": (False, "300"),
    "NumberOfConnectors": (True, "2"),
    "AuthorizationKey": (False, "hush"),
    "Empty": (False, None),
}


def _configuration(payload: Payload) -> Payload:
    keys = payload.get("key", list(KNOWN))
    known = [
        {"key": key, "readonly": KNOWN[key][0]} | ({"value": KNOWN[key][1]} if KNOWN[key][1] else {})
        for key in keys
        if key in KNOWN
    ]
    return {"configurationKey": known, "unknownKey": [key for key in keys if key not in KNOWN]}


def _words(outcome: AnyOutcome) -> tuple[VariableWord, ...]:
    result = getattr(outcome, "result", None)
    assert isinstance(result, VariablesAnswered)
    return result.variables


def test_keys_are_told_as_variables() -> None:
    asked, outcome = play(commands.ReadInventory(request_id=1), _configuration)
    assert asked == [{}]
    assert isinstance(outcome, outcomes.Accepted)
    heartbeat, number, secret, empty = _words(outcome)
    assert heartbeat == VariableWord(
        key="HeartbeatInterval",
        variable=Address("OCPPCommCtrlr", "HeartbeatInterval"),
        status="Accepted",
        value="300",
        mutability="ReadWrite",
    )
    assert (number.variable, number.mutability) == (
        Address("Configuration", "NumberOfConnectors"),
        "ReadOnly",
    )
    assert (secret.variable.name, secret.value) == ("BasicAuthPassword", None)
    assert empty.value is None


def test_no_more_keys_are_asked_for_at_once_than_it_takes_and_unknown_ones_are_told() -> None:
    command = reading(
        "OCPPCommCtrlr.HeartbeatInterval", "Colour", "HeartbeatInterval", "NumberOfConnectors", max_items=2
    )
    asked, outcome = play(command, _configuration)
    assert asked == [{"key": ["HeartbeatInterval", "Colour"]}, {"key": ["NumberOfConnectors"]}]
    assert isinstance(outcome, outcomes.Accepted)
    assert [(one.key, one.status) for one in _words(outcome)] == [
        ("HeartbeatInterval", "Accepted"),
        ("Colour", "UnknownVariable"),
        ("NumberOfConnectors", "Accepted"),
    ]


def test_one_key_after_the_other_is_set_and_the_worst_word_counts() -> None:
    status = {"A": "Accepted", "B": "NotSupported", "C": "RebootRequired", "AuthorizationKey": "Accepted"}
    given = tuple(commands.VariableGiven(variable=key, value="1") for key in status)
    asked, outcome = play(
        commands.SetVariables(variables=given), lambda payload: {"status": status[payload["key"]]}
    )
    assert asked == [{"key": key, "value": "1"} for key in status]
    assert isinstance(outcome, outcomes.Unsupported)
    assert [(one.key, one.status, one.value) for one in _words(outcome)] == [
        ("A", "Accepted", "1"),
        ("B", "NotSupported", "1"),
        ("C", "RebootRequired", "1"),
        ("AuthorizationKey", "Accepted", None),
    ]


def test_what_no_key_stands_for_is_not_asked() -> None:
    for one in (
        commands.VariableWanted(variable=Address("EVSE", "Power", evse=1)),
        commands.VariableWanted(variable="HeartbeatInterval", attribute="MaxSet"),
    ):
        asked, outcome = play(commands.GetVariables(variables=(one,)), _configuration)
        assert (asked, type(outcome)) == ([], outcomes.Invalid)
