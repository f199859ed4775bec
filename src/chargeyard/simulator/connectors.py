"""A connector: its meter, the car in it, its transaction, and the status that follows from them."""

from __future__ import annotations

import msgspec

from chargeyard.ocpp.v16.messages import ChargePointErrorCode, ChargePointStatus
from chargeyard.simulator.agenda import Appointment
from chargeyard.simulator.metering import Reading
from chargeyard.simulator.smart_charging import Outlet
from chargeyard.simulator.transactions import Transaction
from chargeyard.simulator.vehicle import MIN_CURRENT_A, VOLTAGE_V, Vehicle


class Plug(msgspec.Struct, frozen=True):
    """What a connector can give. ``phases`` is 0 for direct current."""

    phases: int
    power_w: float

    @property
    def is_dc(self) -> bool:
        """Direct current."""
        return self.phases == 0


AC_11_KW = Plug(3, 11_000)
AC_22_KW = Plug(3, 22_000)
DC_50_KW = Plug(0, 50_000)
DC_150_KW = Plug(0, 150_000)


class Connector:
    """The state of one connector. Its status is never set: it follows from the rest (`status`)."""

    __slots__ = (
        "energy_wh",
        "error",
        "id",
        "is_finishing",
        "is_operative",
        "limit_w",
        "next_sample",
        "patience",
        "plug",
        "reported",
        "settled_at",
        "transaction",
        "vehicle",
        "wants_inoperative",
        "welcome",
    )

    def __init__(self, number: int, plug: Plug, energy_wh: float) -> None:
        self.id = number
        self.plug = plug
        self.energy_wh = energy_wh
        self.vehicle: Vehicle | None = None
        self.transaction: Transaction | None = None
        self.error: ChargePointErrorCode = "NoError"
        self.is_operative = True
        self.wants_inoperative = False
        self.is_finishing = False
        # The id tag that may start as soon as a car is plugged in.
        self.welcome: str | None = None
        self.limit_w = plug.power_w
        self.settled_at = 0.0
        self.next_sample: Appointment | None = None
        self.patience: Appointment | None = None
        # What the central system was told last; None: nothing since the boot.
        self.reported: tuple[ChargePointStatus, ChargePointErrorCode] | None = None

    def status(self, *, is_reserved: bool) -> ChargePointStatus:
        """The status of OCPP 1.6 §4.9 that fits."""
        if self.error != "NoError":
            return "Faulted"
        if self.transaction is not None:
            return self._charging_status()
        if not self.is_operative:
            return "Unavailable"
        if self.is_finishing:
            return "Finishing"
        if self.vehicle is not None or self.welcome is not None:
            return "Preparing"
        return "Reserved" if is_reserved else "Available"

    def _charging_status(self) -> ChargePointStatus:
        if self.transaction is None or not self.transaction.is_accepted or self._is_throttled():
            return "SuspendedEVSE"
        if self.vehicle is None or self.vehicle.is_full:
            return "SuspendedEV"
        return "Charging"

    def _is_throttled(self) -> bool:
        least_w = 1.0 if self.plug.is_dc else MIN_CURRENT_A * VOLTAGE_V * max(1, self.phases)
        return self.limit_w < least_w

    @property
    def phases(self) -> int:
        """Phases in use: those that both plug and car have."""
        if self.vehicle is None or self.plug.is_dc:
            return self.plug.phases
        return min(self.plug.phases, self.vehicle.phases)

    @property
    def is_free(self) -> bool:
        """Somebody could come and charge here."""
        free = self.vehicle is None and self.transaction is None and self.welcome is None
        return free and self.is_operative and self.error == "NoError"

    def settle(self, now: float, speed: float) -> float:
        """Let the car charge up to ``now``, ``speed`` times as fast as the clock; returns the energy in Wh."""
        seconds, self.settled_at = (now - self.settled_at) * speed, now
        if self.vehicle is None or self.transaction is None or not self.transaction.is_accepted:
            return 0.0
        drawn_wh = self.vehicle.advance(seconds, min(self.limit_w, self._ceiling_w())) if seconds > 0 else 0.0
        self.energy_wh += drawn_wh
        return drawn_wh

    def _ceiling_w(self) -> float:
        """A single-phase car gets one phase of a three-phase plug."""
        return self.plug.power_w * self.phases / self.plug.phases if self.plug.phases else self.plug.power_w

    def outlet(self) -> Outlet:
        """Itself, as smart charging sees it."""
        started_at = self.transaction.started_at if self.transaction else None
        return Outlet(self.id, self.phases, started_at)

    def reading(self) -> Reading:
        """What the meter shows now."""
        draws = self.transaction is not None and self.vehicle is not None
        return Reading(
            energy_wh=self.energy_wh,
            power_w=self.vehicle.power_w if draws and self.vehicle else 0.0,
            offered_w=min(self.limit_w, self._ceiling_w()) if self.transaction else 0.0,
            phases=self.phases,
            soc=self.vehicle.soc if self.vehicle else None,
        )
