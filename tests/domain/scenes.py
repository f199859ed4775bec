"""Commands that were answered, and what follows."""

from chargeyard.domain.commands import Command
from chargeyard.domain.consequences import consequences
from chargeyard.domain.decision import Scene
from chargeyard.domain.events import Event
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Failed, Invalid, Offline, TimedOut, Unsupported
from chargeyard.domain.results import AnyResult
from tests.domain.made import NOW, at

ASKED = at(-1)

NO_NEWS: tuple[AnyOutcome, ...] = (
    Unsupported(),
    Invalid(detail=""),
    Offline(),
    TimedOut(after_s=1),
    Failed(code="InternalError"),
)
"""Outcomes from which nothing may be concluded."""


def after(command: Command, outcome: AnyOutcome) -> tuple[Event, ...]:
    """What is stored with the outcome; it was asked a minute before `NOW`."""
    return consequences(command, outcome, Scene("CP1", NOW, ASKED))


def accepted(result: AnyResult | None = None) -> Accepted:
    """A yes that tells `result`."""
    return Accepted(result=result)


def named(outcome: AnyOutcome) -> str:
    """For the names of parametrised tests: the same in every process."""
    return type(outcome).__name__
