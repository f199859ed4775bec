"""Benches for the simulator's tests."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from chargeyard.simulator.vehicle import MODELS, Vehicle
from tests.simulator.bench import Bench


@pytest.fixture
def bench() -> Bench:
    """A booted charge point with two connectors."""
    made = Bench()
    made.run(1.0)
    made.forget()
    return made


@pytest.fixture
def car() -> Callable[[], Vehicle]:
    """Half-empty compact cars (three phases, 11 kW)."""
    return lambda: Vehicle(MODELS[1], random.Random(7), soc=0.3)
