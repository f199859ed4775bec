"""Something a charge point goes through step by step, telling each: an update, an upload."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Protocol

from chargeyard.simulator import instants
from chargeyard.simulator.agenda import Appointment

SCHEMES = ("ftp://", "ftps://", "sftp://", "http://", "https://")
"""Where files may come from and go to; anything else fails as a download would."""

_LAST_STEP_S = 2.0


class Life(Protocol):
    """The charge point, as far as an errand needs it."""

    @property
    def clock(self) -> float:
        """Its idea of the time."""

    @property
    def speed(self) -> float:
        """How much faster than the clock its life is."""

    def later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Do something after so many seconds of life."""


class Errand:
    """One errand of a kind at a time; `start` cancels the one before."""

    __slots__ = ("_life", "_steps")

    def __init__(self, life: Life) -> None:
        self._life = life
        self._steps: list[Appointment] = []

    @property
    def is_running(self) -> bool:
        """There are steps to come."""
        return any(step.action is not None for step in self._steps)

    def cancel(self) -> None:
        """Give it up."""
        for step in self._steps:
            step.cancel()
        self._steps.clear()

    def start(
        self,
        steps: Sequence[tuple[float, Any]],
        tell: Callable[[Any], None],
        done: Callable[[], None],
        wait_s: float = 0.0,
    ) -> None:
        """``tell`` each (seconds after the one before, status) and then be ``done``; times are seconds of life."""
        self.cancel()
        for pause_s, status in steps:
            wait_s += pause_s
            self._steps.append(self._life.later(wait_s, partial(tell, status)))
        self._steps.append(self._life.later(wait_s + _LAST_STEP_S, done))

    def until(self, date: str) -> float:
        """Seconds of life until a date on the wire; 0 for the past."""
        at = instants.read(date)
        return 0.0 if at is None else max(0.0, at - self._life.clock) * self._life.speed


def leads_somewhere(location: str) -> bool:
    """A file can be fetched from there, or brought there."""
    return location.lower().startswith(SCHEMES)
