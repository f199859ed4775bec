"""What the meter of a connector shows. How it is written down is the versions'."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import msgspec

from chargeyard.simulator.smart_charging import DC_VOLTAGE_V
from chargeyard.simulator.vehicle import VOLTAGE_V

Phase = Literal["L1", "L2", "L3", "L1-N", "L2-N", "L3-N"]
Unit = Literal["Wh", "W", "A", "V", "Percent", "Celsius"]
Location = Literal["Outlet", "EV", "Body"]
Measurand = Literal[
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
    "Temperature",
]
MEASURANDS: tuple[Measurand, ...] = (
    "Energy.Active.Import.Register",
    "Power.Active.Import",
    "Power.Offered",
    "Current.Import",
    "Current.Offered",
    "Voltage",
    "SoC",
    "Temperature",
)
"""What can be measured."""

LINES: tuple[Phase, ...] = ("L1", "L2", "L3")
TO_NEUTRAL: tuple[Phase, ...] = ("L1-N", "L2-N", "L3-N")


class Reading(msgspec.Struct, frozen=True):
    """The state of a connector at one moment. ``phases`` is 0 for direct current; ``soc`` None if no car tells."""

    energy_wh: float
    power_w: float
    offered_w: float
    phases: int
    soc: float | None


class Sample(msgspec.Struct, frozen=True):
    """One number on a meter, as it shows it."""

    value: str
    measurand: Measurand
    unit: Unit
    phase: Phase | None = None
    location: Location = "Outlet"


Sampler = Callable[[Reading, random.Random], list[Sample]]


def measure(reading: Reading, measurands: Sequence[str], rng: random.Random) -> list[Sample]:
    """The wanted measurands; those that cannot be measured now are left out."""
    samples = [sample for name in measurands for sample in _SAMPLERS[name](reading, rng)]
    # Every meter can at least show its register, and a meter value without a sample is not allowed.
    return samples or _energy(reading, rng)


def _energy(reading: Reading, rng: random.Random) -> list[Sample]:
    return [Sample(str(int(reading.energy_wh)), "Energy.Active.Import.Register", "Wh")]


def _power(reading: Reading, rng: random.Random) -> list[Sample]:
    return [Sample(f"{reading.power_w:.1f}", "Power.Active.Import", "W")]


def _power_offered(reading: Reading, rng: random.Random) -> list[Sample]:
    return [Sample(f"{reading.offered_w:.0f}", "Power.Offered", "W")]


def _current(reading: Reading, rng: random.Random) -> list[Sample]:
    amperes = _amperes(reading.power_w, reading.phases)
    if not reading.phases:
        return [Sample(f"{amperes:.2f}", "Current.Import", "A")]
    return [
        Sample(f"{max(0.0, amperes * rng.gauss(1.0, 0.004)):.2f}", "Current.Import", "A", phase)
        for phase in LINES[: reading.phases]
    ]


def _current_offered(reading: Reading, rng: random.Random) -> list[Sample]:
    return [Sample(f"{_amperes(reading.offered_w, reading.phases):.1f}", "Current.Offered", "A")]


def _voltage(reading: Reading, rng: random.Random) -> list[Sample]:
    if not reading.phases:
        return [Sample(f"{rng.gauss(DC_VOLTAGE_V, 2.0):.1f}", "Voltage", "V")]
    return [
        Sample(f"{rng.gauss(VOLTAGE_V, 0.8):.1f}", "Voltage", "V", phase)
        for phase in TO_NEUTRAL[: reading.phases]
    ]


def _state_of_charge(reading: Reading, rng: random.Random) -> list[Sample]:
    if reading.soc is None:
        return []
    return [Sample(f"{reading.soc * 100:.0f}", "SoC", "Percent", location="EV")]


def _temperature(reading: Reading, rng: random.Random) -> list[Sample]:
    warmth = 18.0 + reading.power_w / 1_000 + rng.gauss(0.0, 0.3)
    return [Sample(f"{warmth:.1f}", "Temperature", "Celsius", location="Body")]


def _amperes(power_w: float, phases: int) -> float:
    return power_w / (phases * VOLTAGE_V) if phases else power_w / DC_VOLTAGE_V


_SAMPLERS: Mapping[str, Sampler] = {
    "Energy.Active.Import.Register": _energy,
    "Power.Active.Import": _power,
    "Power.Offered": _power_offered,
    "Current.Import": _current,
    "Current.Offered": _current_offered,
    "Voltage": _voltage,
    "SoC": _state_of_charge,
    "Temperature": _temperature,
}
