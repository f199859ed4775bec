"""The versions of OCPP that a simulated charge point may speak."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from chargeyard.simulator import v2x, v16
from chargeyard.simulator.charge_point import SimulatedChargePoint
from chargeyard.simulator.design import Design, Fate

Maker = Callable[[str, Design, Fate], SimulatedChargePoint[Any]]

MAKERS: Mapping[str, Maker] = {
    "1.6": v16.ChargePoint,
    "2.0.1": partial(v2x.ChargePoint, v2x.V201),
    "2.1": partial(v2x.ChargePoint, v2x.V21),
}
"""By the number that people call a version by: makes a charge point of a name and a design."""
