"""What happens again and again while a charge point lives: looks at charging cars, marks of the clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Protocol, TypeVar

from chargeyard.simulator.agenda import Agenda, Appointment
from chargeyard.simulator.connectors import Connector

PROGRESS_S = 60.0
"""How often a charging car is looked at, in seconds of its life, if no sample is due earlier."""

ConnectorT = TypeVar("ConnectorT", bound=Connector)


class Life(Protocol):
    """The charge point, as far as it is needed here."""

    now: float
    agenda: Agenda

    @property
    def clock(self) -> float:
        """Its idea of the time."""

    def later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Do something after so many seconds of life."""


class Looks(Generic[ConnectorT]):
    """Looks at a charging car every minute of its life, or whenever a sample is due.

    ``interval_s`` is asked each time (0: no samples); ``look`` is told whether a sample is due.
    """

    __slots__ = ("_interval_s", "_life", "_look")

    def __init__(
        self, life: Life, interval_s: Callable[[], int], look: Callable[[ConnectorT, bool], None]
    ) -> None:
        self._life = life
        self._interval_s = interval_s
        self._look = look

    def begin(self, connector: ConnectorT) -> None:
        """A transaction has begun there; cancel its ``next_sample`` when it ends."""
        interval_s = self._interval_s() or PROGRESS_S
        connector.next_sample = self._life.later(
            min(interval_s, PROGRESS_S), lambda: self._proceed(connector, 0.0)
        )

    def _proceed(self, connector: ConnectorT, waited_s: float) -> None:
        interval_s = self._interval_s()
        waited_s += min(interval_s or PROGRESS_S, PROGRESS_S)
        is_due = bool(interval_s) and waited_s >= interval_s
        if is_due:
            waited_s = 0.0
        step_s = min(interval_s - waited_s if interval_s else PROGRESS_S, PROGRESS_S)
        # Entered first: the look may end the transaction, and that cancels it.
        connector.next_sample = self._life.later(max(1.0, step_s), lambda: self._proceed(connector, waited_s))
        self._look(connector, is_due)


class ClockMarks:
    """Something at every multiple of an interval of the charge point's clock (1.6 ClockAlignedDataInterval)."""

    __slots__ = ("_act", "_interval_s", "_life", "_next")

    def __init__(self, life: Life, interval_s: Callable[[], int], act: Callable[[], None]) -> None:
        self._life = life
        self._interval_s = interval_s
        self._act = act
        self._next: Appointment | None = None

    def restart(self) -> None:
        """Begin to count the interval anew; 0 switches it off."""
        if self._next is not None:
            self._next.cancel()
        interval_s = self._interval_s()
        if not interval_s:
            self._next = None
            return
        # Half a second past the mark: rounding must not bring the same mark twice.
        wait_s = interval_s - self._life.clock % interval_s + 0.5
        self._next = self._life.agenda.at(self._life.now + wait_s, self._strike)

    def _strike(self) -> None:
        self._act()
        self.restart()
