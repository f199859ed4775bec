"""Commands said in the words of 1.6, each request checked against its schema, and answered."""

import json
from typing import Any

import msgspec
import pytest

from chargeyard.dialects.dialect import Unanswered
from chargeyard.dialects.v16 import V16
from chargeyard.domain import commands, outcomes
from chargeyard.domain.outcomes import AnyOutcome
from tests.dialects.v16.wire import check

Answer = dict[str, Any] | AnyOutcome
"""What the charge point says to a request, or why it says nothing."""


def conversation(command: commands.Command, *answers: Answer) -> tuple[list[tuple[str, Any]], AnyOutcome]:
    """The requests of a command, action and payload, and what becomes of it when they are answered so in turn."""
    script = V16.phrase(command)
    asked: list[tuple[str, Any]] = []
    request = next(script)
    for answer in answers:
        action = V16.action_of(request)
        asked.append((action.name, check(action.name, msgspec.json.encode(request))))
        try:
            if isinstance(answer, dict):
                raw = msgspec.Raw(json.dumps(answer).encode())
                check(f"{action.name}Response", bytes(raw))
                request = script.send(V16.understand(action, raw))
            else:
                request = script.throw(Unanswered(answer))
        except StopIteration as end:
            outcome: AnyOutcome = end.value
            return asked, outcome
        except Unanswered as unanswered:
            return asked, unanswered.outcome
    raise AssertionError("it asks for more")


def refusal(command: commands.Command) -> outcomes.Invalid:
    """Why nothing of a command may be sent."""
    with pytest.raises(StopIteration) as end:
        next(V16.phrase(command))
    assert isinstance(end.value.value, outcomes.Invalid)
    return end.value.value
