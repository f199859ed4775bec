"""An EVSE of OCPP 2.x with its connectors: what is plugged in, who is authorized, what follows from it."""

from __future__ import annotations

from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.connectors import Connector, Plug
from chargeyard.simulator.smart_charging import Outlet
from chargeyard.simulator.v2x.transactions import Transaction

ConnectorNumber = int


class Evse(Connector):
    """One EVSE. Connector statuses and charging states are never set: they follow from the rest.

    ``authorization`` is the token that energy is given for; ``is_refused`` that the central system has taken
    it back and energy is held; ``plugged`` the connector in use.
    """

    __slots__ = (
        "authorization",
        "facts_known",
        "group",
        "has_priority",
        "is_refused",
        "limit_told_w",
        "out_of_order",
        "plugged",
        "remote_start_id",
        "reported",
        "reservation_id",
        "stop_reason",
        "transaction",
        "wants_reset",
    )

    def __init__(self, number: int, plug: Plug, energy_wh: float) -> None:
        super().__init__(number, plug, energy_wh)
        self.transaction: Transaction | None = None
        self.authorization: m.IdTokenType | None = None
        self.group: str | None = None
        self.is_refused = False
        self.has_priority = False
        self.plugged: ConnectorNumber = 1
        self.remote_start_id: int | None = None
        self.reservation_id: int | None = None
        self.stop_reason: m.ReasonEnumType | None = None
        self.facts_known: frozenset[str] = frozenset()
        self.wants_reset = False
        self.limit_told_w = plug.power_w
        # Connectors that were made inoperative one by one.
        self.out_of_order: set[ConnectorNumber] = set()
        # What the central system was told last of each connector.
        self.reported: dict[ConnectorNumber, m.ConnectorStatusEnumType] = {}

    @property
    def token(self) -> str | None:
        """The text of the token that is authorized."""
        return None if self.authorization is None else self.authorization.id_token

    @property
    def is_energized(self) -> bool:
        """Authorized, and not refused since."""
        return self.authorization is not None and not self.is_refused and self.error == "NoError"

    @property
    def is_in_use(self) -> bool:
        """Somebody is authorized, or there is a transaction."""
        return self.transaction is not None or self.authorization is not None

    @property
    def started_at(self) -> float | None:
        """The start of the transaction."""
        return None if self.transaction is None else self.transaction.started_at

    def outlet(self) -> Outlet:
        """Itself, as smart charging sees it."""
        return Outlet(self.id, self.phases, self.started_at, self.has_priority)

    @property
    def connector_ids(self) -> range:
        """The numbers of its connectors."""
        return range(1, self.plug.connectors + 1)

    @property
    def connector_type(self) -> str:
        """What its connectors look like (ConnectorEnumType)."""
        return "cCCS2" if self.plug.is_dc else "cType2"

    def settle(self, now: float, speed: float) -> float:
        """Let the car charge up to ``now``, and count the time it does."""
        seconds = (now - self.settled_at) * speed
        if self.transaction is not None and self.charging_state() == "Charging":
            self.transaction.charged_s += max(0.0, seconds)
        return super().settle(now, speed)

    def charging_state(self) -> m.ChargingStateEnumType:
        """The state that a TransactionEvent tells (E02)."""
        if self.vehicle is None:
            return "Idle"
        if self.authorization is None:
            return "EVConnected"
        if not self.is_energized or self.is_throttled:
            return "SuspendedEVSE"
        return "SuspendedEV" if self.vehicle.is_full else "Charging"

    def facts(self) -> frozenset[str]:
        """Which of the points where transactions may start or stop (TxStartPoint, TxStopPoint) hold now."""
        is_plugged, is_authorized = self.vehicle is not None, self.authorization is not None
        is_closed = is_plugged and is_authorized and not self.is_refused
        flows = self.charging_state() == "Charging"
        held: dict[str, bool] = {
            "ParkingBayOccupancy": is_plugged,
            "EVConnected": is_plugged,
            "Authorized": is_authorized,
            "DataSigned": flows,
            "PowerPathClosed": is_closed,
            "EnergyTransfer": flows,
        }
        return frozenset(point for point, holds in held.items() if holds)

    def status(self, connector_id: ConnectorNumber, *, is_reserved: bool) -> m.ConnectorStatusEnumType:
        """The status of one of its connectors (G01). While one is in use the others cannot be."""
        if self.error != "NoError":
            return "Faulted"
        if self.vehicle is not None:
            return "Occupied" if connector_id == self.plugged else "Unavailable"
        if not self.is_operative or connector_id in self.out_of_order:
            return "Unavailable"
        return "Reserved" if is_reserved else "Available"
