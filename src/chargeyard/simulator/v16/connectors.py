"""A connector of OCPP 1.6: its transaction, and the status that follows from all the rest."""

from __future__ import annotations

from chargeyard.ocpp.v16.messages import ChargePointErrorCode, ChargePointStatus
from chargeyard.simulator import connectors
from chargeyard.simulator.connectors import Plug
from chargeyard.simulator.v16.transactions import Transaction


class Connector(connectors.Connector):
    """The state of one connector. Its status is never set: it follows from the rest (`status`)."""

    __slots__ = ("reported", "transaction")

    def __init__(self, number: int, plug: Plug, energy_wh: float) -> None:
        super().__init__(number, plug, energy_wh)
        self.transaction: Transaction | None = None
        # What the central system was told last; None: nothing since the boot.
        self.reported: tuple[ChargePointStatus, ChargePointErrorCode] | None = None

    @property
    def token(self) -> str | None:
        """The id tag of the transaction."""
        return None if self.transaction is None else self.transaction.id_tag

    @property
    def is_energized(self) -> bool:
        """There is a transaction that the central system has not refused."""
        return self.transaction is not None and self.transaction.is_accepted

    @property
    def is_in_use(self) -> bool:
        """There is a transaction."""
        return self.transaction is not None

    @property
    def started_at(self) -> float | None:
        """The start of the transaction."""
        return None if self.transaction is None else self.transaction.started_at

    def status(self, *, is_reserved: bool) -> ChargePointStatus:
        """The status of OCPP 1.6 §4.9 that fits."""
        if self.error != "NoError":
            return "Faulted"
        if self.transaction is not None:
            return self._charging_status(self.transaction)
        if not self.is_operative:
            return "Unavailable"
        if self.is_finishing:
            return "Finishing"
        if self.vehicle is not None or self.welcome is not None:
            return "Preparing"
        return "Reserved" if is_reserved else "Available"

    def _charging_status(self, transaction: Transaction) -> ChargePointStatus:
        if not transaction.is_accepted or self.is_throttled:
            return "SuspendedEVSE"
        if self.vehicle is None or self.vehicle.is_full:
            return "SuspendedEV"
        return "Charging"
