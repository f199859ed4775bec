"""What a charge point has to do later: one heap instead of a task or an event-loop timer for each thing."""

from __future__ import annotations

import heapq
from collections.abc import Callable

Action = Callable[[], None]


class Appointment:
    """Something that will happen, unless it is cancelled before; without an action it is over."""

    __slots__ = ("action", "due", "order")

    def __init__(self, due: float, order: int, action: Action) -> None:
        self.due = due
        self.order = order
        self.action: Action | None = action

    def __lt__(self, other: Appointment) -> bool:
        return (self.due, self.order) < (other.due, other.order)

    def cancel(self) -> None:
        """Forget it; harmless when it is over."""
        self.action = None


class Agenda:
    """Appointments in order of time, and of entry for equal times. Times are seconds of the caller's clock."""

    __slots__ = ("_entries", "_order")

    def __init__(self) -> None:
        self._entries: list[Appointment] = []
        self._order = 0

    def at(self, due: float, action: Action) -> Appointment:
        """Enter an appointment; a past ``due`` means as soon as possible."""
        self._order += 1
        entry = Appointment(due, self._order, action)
        heapq.heappush(self._entries, entry)
        return entry

    def next_due(self) -> float | None:
        """When the next appointment is, or None."""
        while self._entries and self._entries[0].action is None:
            heapq.heappop(self._entries)
        return self._entries[0].due if self._entries else None

    def take_due(self, now: float) -> Action | None:
        """Remove and return one action that is due, or None; taken one by one, for each may change the rest."""
        due = self.next_due()
        if due is None or due > now:
            return None
        entry = heapq.heappop(self._entries)
        action, entry.action = entry.action, None
        return action
