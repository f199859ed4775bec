"""The queue that brings what happened in transactions to the central system.

The queue is unlimited and strictly in order: a transaction that ran offline is told hours later as if it had
just happened (1.6 §3.7.1, 2.x E04).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from chargeyard.ocpp.struct import Message


class Delivery:
    """One message of a transaction on its way. `settle` gets the response, or None when it was given up.

    ``ready`` makes the request when it is sent: what it has to name may have been learnt while it waited.
    """

    __slots__ = ("action", "number", "ready", "refusals", "sends", "settle", "transaction")

    def __init__(
        self,
        action: str,
        ready: Callable[[], Message],
        settle: Callable[[Message | None], None] = lambda _: None,
        transaction: str | None = None,
    ) -> None:
        self.action = action
        self.ready = ready
        self.settle = settle
        self.transaction = transaction
        self.number = 0
        self.sends = 0
        self.refusals = 0


class DeliveryQueue:
    """Messages in order; the first one holds up the rest until it is answered or given up."""

    __slots__ = ("_entries", "_not_before")

    def __init__(self) -> None:
        self._entries: deque[Delivery] = deque()
        self._not_before = 0.0

    def __len__(self) -> int:
        return len(self._entries)

    def holds(self, transaction: str) -> bool:
        """Something of this transaction is still to be told."""
        return any(entry.transaction == transaction for entry in self._entries)

    def add(self, delivery: Delivery) -> None:
        """Put a message at the end."""
        self._entries.append(delivery)

    def head(self, now: float) -> Delivery | None:
        """The message to send now; None when there is none or it waits for its next attempt."""
        return self._entries[0] if self._entries and now >= self._not_before else None

    def next_due(self) -> float | None:
        """When the head wants to be sent, or None."""
        return self._not_before if self._entries else None

    def take(self) -> Delivery:
        """Remove the head: it was answered."""
        self._not_before = 0.0
        return self._entries.popleft()

    def retry_later(self, now: float, interval_s: float) -> None:
        """The head got no answer; it waits the interval times the number of sends so far (1.6 §3.7.1, E13)."""
        self._not_before = now + interval_s * self._entries[0].sends

    def refused(self, now: float, attempts: int, interval_s: float) -> bool:
        """The head was refused; True when that was its last attempt and it is to be taken out and forgotten."""
        self._entries[0].refusals += 1
        if self._entries[0].refusals >= max(1, attempts):
            return True
        self.retry_later(now, interval_s)
        return False

    def link_is_up(self) -> None:
        """A new connection is a new chance: do not wait any longer."""
        self._not_before = 0.0
