"""Transactions of a simulated charge point, and the queue that brings their messages to the central system.

The queue is unlimited and strictly in order: a transaction that ran offline is told hours later as if it had
just happened (1.6 §3.7.1).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16.messages import MeterValue, MeterValuesRequest, StopTransactionRequest

UNKNOWN_ID = -1
"""What a charge point says when it never learnt the number of a transaction (errata 3.18)."""

KEPT_SAMPLES = 200
"""Longest transactionData; a real charge point runs out of memory too."""


class Transaction:
    """One transaction; ``id`` is the central system's number, None as long as it did not answer."""

    __slots__ = ("connector_id", "id", "id_tag", "is_accepted", "samples", "started_at")

    def __init__(self, connector_id: int, id_tag: str, started_at: float) -> None:
        self.connector_id = connector_id
        self.id_tag = id_tag
        self.started_at = started_at
        self.id: int | None = None
        self.is_accepted = True
        self.samples: list[MeterValue] = []

    def keep(self, value: MeterValue) -> None:
        """Remember a meter value for the StopTransaction; the oldest but the first gives way."""
        self.samples.append(value)
        if len(self.samples) > KEPT_SAMPLES:
            del self.samples[1]

    @property
    def wire_id(self) -> int:
        """The number to put into messages."""
        return UNKNOWN_ID if self.id is None else self.id


class Delivery:
    """One transaction message on its way. `settle` gets the response, or None when it was given up."""

    __slots__ = ("action", "number", "refusals", "request", "sends", "settle", "transaction")

    def __init__(
        self,
        action: str,
        request: Message,
        transaction: Transaction | None,
        settle: Callable[[Message | None], None],
    ) -> None:
        self.action = action
        self.request = request
        self.transaction = transaction
        self.settle = settle
        self.number = 0
        self.sends = 0
        self.refusals = 0

    def ready(self) -> Message:
        """The request as it has to be said now: the number may have been learnt while it waited."""
        if self.transaction is None or not isinstance(
            self.request, MeterValuesRequest | StopTransactionRequest
        ):
            return self.request
        return msgspec.structs.replace(self.request, transaction_id=self.transaction.wire_id)


class DeliveryQueue:
    """Messages in order; the first one holds up the rest until it is answered or given up."""

    __slots__ = ("_entries", "_not_before")

    def __init__(self) -> None:
        self._entries: deque[Delivery] = deque()
        self._not_before = 0.0

    def __len__(self) -> int:
        return len(self._entries)

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
        """The head got no answer; it waits the interval times the number of sends so far (1.6 §3.7.1)."""
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
