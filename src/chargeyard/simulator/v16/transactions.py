"""Transactions as OCPP 1.6 knows them: numbered by the central system."""

from __future__ import annotations

from chargeyard.ocpp.v16.messages import MeterValue

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
