"""The charging curve."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.simulator.vehicle import MODELS, Vehicle, VehicleModel, draw_vehicle

shares = st.floats(0.0, 1.0)
limits = st.floats(0.0, 400_000.0)
spans = st.lists(st.floats(0.1, 20_000.0), min_size=1, max_size=10)


@st.composite
def vehicles(draw: st.DrawFn) -> Vehicle:
    model = draw(st.sampled_from(MODELS))
    dc = bool(model.dc_limit_w) and draw(st.booleans())
    low, high = sorted((draw(shares), draw(shares)))
    return Vehicle(model, random.Random(draw(st.integers(0, 999))), soc=low, target_soc=high, dc=dc)


@given(vehicles(), limits, spans)
def test_never_more_power_than_offered_or_possible(
    vehicle: Vehicle, limit_w: float, seconds: list[float]
) -> None:
    """Energy is never negative, and its mean power is below both the offer and what the car can take."""
    top_w = vehicle.model.dc_limit_w if vehicle.dc else vehicle.model.ac_limit_w
    for span in seconds:
        energy_wh = vehicle.advance(span, limit_w)
        assert 0.0 <= energy_wh <= min(limit_w, top_w) * span / 3600 * (1 + 1e-9)


@given(vehicles(), limits, spans)
def test_battery_only_fills_and_never_over_its_target(
    vehicle: Vehicle, limit_w: float, seconds: list[float]
) -> None:
    for span in seconds:
        before = vehicle.soc
        energy_wh = vehicle.advance(span, limit_w)
        stored_wh = (vehicle.soc - before) * vehicle.model.capacity_wh
        assert before <= vehicle.soc <= vehicle.target_soc
        # Less arrives in the battery than left the meter.
        assert stored_wh <= energy_wh * (1 + 1e-6) + 1e-6


@given(vehicles())
def test_any_car_is_full_after_a_week_and_then_takes_nothing(vehicle: Vehicle) -> None:
    vehicle.advance(604_800.0, 400_000.0)
    assert vehicle.is_full
    assert vehicle.advance(3_600.0, 400_000.0) == 0.0
    assert vehicle.power_w == 0.0


@given(st.sampled_from(MODELS), shares, shares)
def test_the_fuller_the_less_power(model: VehicleModel, one: float, other: float) -> None:
    rng = random.Random(1)
    low, high = sorted((one, other))
    emptier, fuller = Vehicle(model, rng, soc=low), Vehicle(model, rng, soc=high)
    assert emptier.accepts_w(50_000.0) >= fuller.accepts_w(50_000.0)


def test_constant_power_first_then_taper() -> None:
    """A DC charge holds its power up to the knee and has lost most of it at 95 %."""
    sedan = Vehicle(MODELS[3], random.Random(1), soc=0.1, dc=True)
    assert sedan.accepts_w(1e6) == sedan.model.dc_limit_w
    sedan.soc = 0.95
    assert sedan.accepts_w(1e6) < 0.3 * sedan.model.dc_limit_w


def test_below_six_amperes_an_ac_car_does_not_charge() -> None:
    """IEC 61851-1: the pilot cannot offer less than 6 A per phase."""
    car = Vehicle(MODELS[1], random.Random(1), soc=0.1)
    assert car.advance(60.0, 3 * 230 * 5.9) == 0.0
    assert car.advance(60.0, 3 * 230 * 6.1) > 0.0


@given(st.integers(0, 9_999), st.booleans())
def test_same_seed_same_car_same_curve(seed: int, dc: bool) -> None:
    one, other = (draw_vehicle(random.Random(seed), dc=dc) for _ in range(2))
    assert one.model is other.model
    assert [one.advance(300, 50_000) for _ in range(5)] == [other.advance(300, 50_000) for _ in range(5)]


def test_impossible_cars_are_refused() -> None:
    with pytest.raises(ValueError, match="shares"):
        Vehicle(MODELS[0], random.Random(1), soc=1.2)
    with pytest.raises(ValueError, match="no DC inlet"):
        Vehicle(MODELS[6], random.Random(1), soc=0.2, dc=True)
