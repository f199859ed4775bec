"""Commands said in the words of 2.x, each request checked against its schema, and answered."""

import json
from typing import Any

import msgspec
import pytest

from chargeyard.dialects.dialect import Unanswered
from chargeyard.domain import commands, outcomes
from chargeyard.domain.outcomes import AnyOutcome
from tests.dialects.v201.wire import Payload, Version


def said(version: Version, command: commands.Command) -> tuple[str, Any]:
    """The first request of a command: action and payload."""
    request = next(version.dialect.phrase(command))
    name = version.dialect.action_of(request).name
    return name, version.check(f"{name}Request", msgspec.json.encode(request))


def outcome_of(version: Version, command: commands.Command, *answers: Payload) -> AnyOutcome:
    """What becomes of a command whose requests are answered so, one after the other."""
    script = version.dialect.phrase(command)
    request = next(script)
    for answer in answers:
        action = version.dialect.action_of(request)
        raw = msgspec.Raw(json.dumps(answer).encode())
        version.check(f"{action.name}Response", bytes(raw))
        try:
            request = script.send(version.dialect.understand(action, raw))
        except StopIteration as end:
            outcome: AnyOutcome = end.value
            return outcome
    raise AssertionError("it asks for more")


def refusal(version: Version, command: commands.Command) -> outcomes.Invalid:
    """Why nothing of a command may be sent."""
    with pytest.raises(StopIteration) as end:
        next(version.dialect.phrase(command))
    assert isinstance(end.value.value, outcomes.Invalid)
    return end.value.value


def unanswered(version: Version, command: commands.Command, outcome: AnyOutcome) -> AnyOutcome:
    """What becomes of a command whose first request is not answered."""
    script = version.dialect.phrase(command)
    next(script)
    with pytest.raises(Unanswered) as raised:
        script.throw(Unanswered(outcome))
    return raised.value.outcome
