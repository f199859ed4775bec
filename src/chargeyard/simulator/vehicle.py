"""An electric vehicle at the cable: how much power it takes, and how its battery fills.

Charging is constant power up to the knee of the curve and then tapers, slightly noisy, as in logs of real
cars. Physics is in floats; only what a meter shows is an integer (`metering`).
"""

from __future__ import annotations

import random

import msgspec

VOLTAGE_V = 230.0
"""Nominal voltage between a phase and neutral."""

MIN_CURRENT_A = 6.0
"""The control pilot cannot offer less (IEC 61851-1): below it an AC vehicle does not charge at all."""

AC_EFFICIENCY = 0.9
DC_EFFICIENCY = 0.96
_AC_KNEE = 0.96
_FLOOR = 0.08
_STEP_S = 30.0
_MAX_STEPS = 240
_NOISE = 0.01


class VehicleModel(msgspec.Struct, frozen=True):
    """What a kind of car can do. ``dc_knee`` is the state of charge (0–1) where DC power begins to fall."""

    name: str
    capacity_wh: int
    ac_phases: int
    ac_limit_w: int
    dc_limit_w: int
    dc_knee: float = 0.6


MODELS = (
    VehicleModel("small city car", 36_800, 1, 6_600, 37_000, 0.75),
    VehicleModel("compact", 52_000, 3, 11_000, 120_000, 0.5),
    VehicleModel("hatchback", 62_000, 3, 11_000, 135_000, 0.4),
    VehicleModel("sedan", 75_000, 3, 11_000, 170_000, 0.35),
    VehicleModel("sport utility", 99_800, 3, 22_000, 150_000, 0.7),
    VehicleModel("limousine", 108_000, 3, 22_000, 200_000, 0.5),
    VehicleModel("plug-in hybrid", 13_000, 1, 3_700, 0, 0.9),
    VehicleModel("delivery van", 90_000, 3, 11_000, 115_000, 0.6),
)


class Vehicle:
    """One car. `advance` is its whole life: time and a power limit in, energy out.

    ``soc`` and ``target_soc`` are shares between 0 and 1; it stops by itself at the target.
    """

    __slots__ = ("_rng", "dc", "model", "power_w", "soc", "target_soc")

    def __init__(
        self,
        model: VehicleModel,
        rng: random.Random,
        *,
        soc: float,
        target_soc: float = 1.0,
        dc: bool = False,
    ) -> None:
        """Raises ValueError when a share is out of range or a car without a DC inlet is asked to use it."""
        if not 0.0 <= soc <= 1.0 or not 0.0 <= target_soc <= 1.0:
            raise ValueError("soc and target_soc are shares between 0 and 1")
        if dc and not model.dc_limit_w:
            raise ValueError(f"{model.name} has no DC inlet")
        self.model = model
        self.dc = dc
        self.soc = soc
        self.target_soc = target_soc
        self.power_w = 0.0
        self._rng = rng

    @property
    def phases(self) -> int:
        """Phases in use; 0 for direct current."""
        return 0 if self.dc else self.model.ac_phases

    @property
    def is_full(self) -> bool:
        """It wants no more."""
        return self.soc >= self.target_soc

    def accepts_w(self, limit_w: float) -> float:
        """Power drawn now if ``limit_w`` is offered, without noise."""
        if self.is_full or limit_w < self._least_w:
            return 0.0
        top, knee = (
            (self.model.dc_limit_w, self.model.dc_knee) if self.dc else (self.model.ac_limit_w, _AC_KNEE)
        )
        return min(limit_w, top * _taper(self.soc, knee))

    def advance(self, seconds: float, limit_w: float) -> float:
        """Charge for ``seconds`` under ``limit_w`` and return the energy drawn from the meter, in Wh.

        ``power_w`` is the mean power over that time. Long spans are cut into steps, so that the taper counts.
        """
        if seconds <= 0:
            return 0.0
        step_s = max(_STEP_S, seconds / _MAX_STEPS)
        energy_wh, left_s = 0.0, seconds
        while left_s > 0:
            energy_wh += self._charge(min(step_s, left_s), limit_w)
            left_s -= step_s
        self.power_w = energy_wh * 3600 / seconds
        return energy_wh

    @property
    def _least_w(self) -> float:
        return 1.0 if self.dc else MIN_CURRENT_A * VOLTAGE_V * self.model.ac_phases

    def _charge(self, seconds: float, limit_w: float) -> float:
        power_w = self.accepts_w(limit_w)
        if power_w <= 0:
            return 0.0
        efficiency = DC_EFFICIENCY if self.dc else AC_EFFICIENCY
        room_wh = (self.target_soc - self.soc) * self.model.capacity_wh / efficiency
        # Noise only ever takes away: nobody draws more than is offered.
        noise = max(0.9, 1.0 - abs(self._rng.gauss(0.0, _NOISE)))
        drawn_wh = power_w * noise * seconds / 3600
        if drawn_wh >= room_wh:
            self.soc = self.target_soc
            return room_wh
        self.soc = min(self.target_soc, self.soc + drawn_wh * efficiency / self.model.capacity_wh)
        return drawn_wh


def _taper(soc: float, knee: float) -> float:
    """Share of the full power: 1 up to the knee, then falling in a line to a trickle at a full battery."""
    if soc <= knee:
        return 1.0
    return 1.0 - (1.0 - _FLOOR) * (soc - knee) / (1.0 - knee)


def draw_vehicle(rng: random.Random, *, dc: bool = False) -> Vehicle:
    """A car as one might drive up: any model that fits the plug, rather empty than full, a plausible target."""
    model = rng.choice([model for model in MODELS if model.dc_limit_w or not dc])
    target = 0.8 if dc else rng.choice((0.8, 0.9, 1.0, 1.0))
    return Vehicle(model, rng, soc=rng.uniform(0.08, 0.6), target_soc=target, dc=dc)
