"""Benches for the simulator's tests."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from chargeyard.simulator.vehicle import MODELS, Vehicle
from tests.simulator.bench import Bench, LaterBench


@pytest.fixture
def bench() -> Bench:
    """A booted charge point with two connectors."""
    made = Bench()
    made.run(1.0)
    made.forget()
    return made


@pytest.fixture(params=["2.0.1", "2.1"])
def later(request: pytest.FixtureRequest) -> LaterBench:
    """A booted charge point of 2.0.1, and one of 2.1, with two EVSEs."""
    made = LaterBench(request.param)
    made.run(1.0)
    made.forget()
    return made


@pytest.fixture
def car() -> Callable[[], Vehicle]:
    """Half-empty compact cars (three phases, 11 kW)."""
    return lambda: Vehicle(MODELS[1], random.Random(7), soc=0.3)
