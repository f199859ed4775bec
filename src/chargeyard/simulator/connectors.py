"""A connector as a thing: its meter, the car in it, what it may give. What is said about it is the versions'."""

from __future__ import annotations

import abc
from typing import Literal

import msgspec

from chargeyard.simulator.agenda import Appointment
from chargeyard.simulator.metering import Reading
from chargeyard.simulator.smart_charging import Outlet
from chargeyard.simulator.vehicle import MIN_CURRENT_A, VOLTAGE_V, Vehicle

Trouble = Literal[
    "ConnectorLockFailure",
    "EVCommunicationError",
    "GroundFailure",
    "HighTemperature",
    "InternalError",
    "LocalListConflict",
    "NoError",
    "OtherError",
    "OverCurrentFailure",
    "OverVoltage",
    "PowerMeterFailure",
    "PowerSwitchFailure",
    "ReaderFailure",
    "ResetFailure",
    "UnderVoltage",
    "WeakSignal",
]
"""What may be wrong with a connector, in the words of 1.6; NoError when nothing is."""


class Plug(msgspec.Struct, frozen=True):
    """What a connector can give. ``phases`` is 0 for direct current.

    ``connectors``: how many of them share this power and one car at a time (2.x: the connectors of an EVSE).
    """

    phases: int
    power_w: float
    connectors: int = 1

    @property
    def is_dc(self) -> bool:
        """Direct current."""
        return self.phases == 0


AC_11_KW = Plug(3, 11_000)
AC_22_KW = Plug(3, 22_000)
DC_50_KW = Plug(0, 50_000)
DC_150_KW = Plug(0, 150_000)


class Connector(abc.ABC):
    """The state of one connector (of 2.x: EVSE), without a word of any version."""

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
        "settled_at",
        "vehicle",
        "wants_inoperative",
        "welcome",
    )

    def __init__(self, number: int, plug: Plug, energy_wh: float) -> None:
        self.id = number
        self.plug = plug
        self.energy_wh = energy_wh
        self.vehicle: Vehicle | None = None
        self.error: Trouble = "NoError"
        self.is_operative = True
        self.wants_inoperative = False
        self.is_finishing = False
        # The token that may start as soon as a car is plugged in.
        self.welcome: str | None = None
        self.limit_w = plug.power_w
        self.settled_at = 0.0
        self.next_sample: Appointment | None = None
        self.patience: Appointment | None = None

    @property
    @abc.abstractmethod
    def token(self) -> str | None:
        """The token on which it is charging, or None when nobody is."""

    @property
    @abc.abstractmethod
    def is_energized(self) -> bool:
        """The car could draw power now, as far as authorization goes."""

    @property
    @abc.abstractmethod
    def is_in_use(self) -> bool:
        """There is a transaction, authorized or not."""

    @property
    @abc.abstractmethod
    def started_at(self) -> float | None:
        """When Relative profiles begin to count (epoch), or None."""

    @property
    def is_throttled(self) -> bool:
        """It may give less than a car can take at all."""
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
        free = self.vehicle is None and not self.is_in_use and self.welcome is None
        return free and self.is_operative and self.error == "NoError"

    @property
    def is_waiting(self) -> bool:
        """A car is there, and nobody has shown a token for it."""
        return self.vehicle is not None and self.token is None and not self.is_finishing

    def settle(self, now: float, speed: float) -> float:
        """Let the car charge up to ``now``, ``speed`` times as fast as the clock; returns the energy in Wh."""
        seconds, self.settled_at = (now - self.settled_at) * speed, now
        if self.vehicle is None or not self.is_energized:
            return 0.0
        drawn_wh = self.vehicle.advance(seconds, min(self.limit_w, self._ceiling_w())) if seconds > 0 else 0.0
        self.energy_wh += drawn_wh
        return drawn_wh

    def _ceiling_w(self) -> float:
        """A single-phase car gets one phase of a three-phase plug."""
        return self.plug.power_w * self.phases / self.plug.phases if self.plug.phases else self.plug.power_w

    def outlet(self) -> Outlet:
        """Itself, as smart charging sees it."""
        return Outlet(self.id, self.phases, self.started_at)

    def reading(self) -> Reading:
        """What the meter shows now."""
        return Reading(
            energy_wh=self.energy_wh,
            power_w=self.vehicle.power_w if self.is_in_use and self.vehicle else 0.0,
            offered_w=min(self.limit_w, self._ceiling_w()) if self.is_in_use else 0.0,
            phases=self.phases,
            soc=self.vehicle.soc if self.vehicle else None,
        )

    def end_patience(self) -> None:
        """Nobody waits for a car any more."""
        if self.patience is not None:
            self.patience.cancel()
            self.patience = None
