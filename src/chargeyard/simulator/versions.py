"""The versions of OCPP that a simulated charge point may speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chargeyard.simulator import v16
from chargeyard.simulator.charge_point import Design, Fate, SimulatedChargePoint

Maker = Callable[[str, Design, Fate], SimulatedChargePoint[Any]]

MAKERS: Mapping[str, Maker] = {
    "1.6": v16.ChargePoint,
}
"""By the number that people call a version by: makes a charge point of a name and a design."""
