"""What follows from a command that was answered: the events that are stored together with its outcome.

Each noun says what its commands change. Nothing is concluded from a command whose outcome nobody knows.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec import Struct

from chargeyard.domain.commands import Command
from chargeyard.domain.events import Event
from chargeyard.domain.outcomes import Outcome


class Scene(Struct, frozen=True):
    """Where and when a command was settled. `submitted_at` is when it was asked; None: at the same instant."""

    charge_point: str
    now: datetime
    submitted_at: datetime | None = None

    @property
    def asked_at(self) -> datetime:
        """From when on a charge point may have told what it was asked for: its first part can be stored before
        the outcome is."""
        return self.submitted_at or self.now


Consequence = Callable[[Any, Outcome, Scene], tuple[Event, ...]]

CONSEQUENCES: Mapping[type[Command], Consequence] = {}


def consequences(command: Command, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """What is true now that `command` has come to `outcome`."""
    follow = CONSEQUENCES.get(type(command))
    return follow(command, outcome, scene) if follow is not None else ()
