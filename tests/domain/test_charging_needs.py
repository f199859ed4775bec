"""A schedule for a vehicle's needs: within its bounds, enough in time, and as level as can be."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain.charging_needs import (
    MARGIN,
    NO_LIMIT,
    ChargingNeeds,
    excesses,
    horizon_s,
    most_w,
    planned,
)
from chargeyard.domain.charging_profiles import ChargingSchedule, Limits, faults
from chargeyard.domain.smart_charging import CompositeSchedule
from tests.domain.made import NOW, at
from tests.domain.profiles import periods, profile, schedule, second

V = Decimal(230)
CAR = ChargingNeeds(
    transfer="AC_three_phase",
    phases=3,
    energy_wh=Decimal(10_000),
    min_current_a=Decimal(6),
    max_current_a=Decimal(16),
)


def _others(*steps: tuple[int, Any], duration_s: int = 7200) -> CompositeSchedule:
    """What other profiles leave, in W."""
    return CompositeSchedule(evse=1, start=NOW, duration_s=duration_s, unit="W", periods=periods(*steps))


def _plan(needs: ChargingNeeds, others: CompositeSchedule, most: int | None = None) -> ChargingSchedule:
    return planned(needs, others, "W", most, V)


def _steps(plan: ChargingSchedule) -> list[tuple[int, str]]:
    return [(period.start_s, str(period.limit)) for period in plan.periods]


def test_the_load_is_level_until_the_departure() -> None:
    # 11 kWh (with what goes lost) in two hours.
    plan = _plan(replace(CAR, departure=at(120)), _others((0, 20_000)))
    assert _steps(plan) == [(0, "5500.0"), (7200, "11040.0")]
    assert (plan.start, plan.unit, plan.periods[0].phases) == (NOW, "W", 3)


def test_where_others_leave_less_the_rest_gets_more() -> None:
    plan = _plan(replace(CAR, departure=at(120)), _others((0, 2_000), (3600, 20_000)))
    assert _steps(plan) == [(0, "2000.0"), (3600, "9000.0"), (7200, "2000.0")]


@pytest.mark.parametrize(
    "needs",
    [
        CAR,
        replace(CAR, departure=at(120), energy_wh=None),
        replace(CAR, departure=at(120), energy_wh=Decimal(90_000)),
    ],
)
def test_without_a_time_or_enough_of_it_all_is_taken_that_may_be(needs: ChargingNeeds) -> None:
    assert _steps(_plan(needs, _others((0, 20_000), (3600, 7_000)))) == [(0, "11040.0"), (3600, "7000.0")]


def test_little_energy_is_not_stretched_below_what_the_vehicle_takes() -> None:
    plan = _plan(replace(CAR, departure=at(120), energy_wh=Decimal(100)), _others((0, 20_000)))
    assert _steps(plan)[0] == (0, "4140.0")


def test_nobody_limits_anything() -> None:
    unlimited = CompositeSchedule(
        evse=1, start=NOW, duration_s=60, unit="W", periods=(replace(periods((0, 1))[0], limit=None),)
    )
    plan = _plan(ChargingNeeds(transfer="DC", phases=0), unlimited)
    assert [(period.limit, period.phases) for period in plan.periods] == [(NO_LIMIT, None)]


def test_amperes_are_per_phase() -> None:
    plan = planned(CAR, _others((0, 6_900)), "A", None, V)
    assert [(period.limit, period.phases) for period in plan.periods] == [(Decimal(10), 3)]


def test_too_many_periods_become_fewer_and_lower() -> None:
    others = _others((0, 9_000), (600, 3_000), (1200, 7_000), (1800, 5_000))
    assert _steps(_plan(CAR, others, most=2)) == [(0, "9000.0"), (600, "3000.0")]
    assert _steps(_plan(CAR, others, most=1)) == [(0, "3000.0")]


@pytest.mark.parametrize(
    ("needs", "watts"),
    [
        (CAR, 11_040),
        (replace(CAR, phases=1), 3_680),
        (replace(CAR, max_power_w=Decimal(5_000)), 5_000),
        (
            ChargingNeeds(transfer="DC", phases=0, max_current_a=Decimal(100), max_voltage_v=Decimal(400)),
            40_000,
        ),
        (ChargingNeeds(transfer="?"), None),
    ],
)
def test_the_most_that_a_vehicle_takes(needs: ChargingNeeds, watts: int | None) -> None:
    assert most_w(needs, V) == watts


def test_a_schedule_looks_as_far_as_the_departure_and_no_further_than_a_day() -> None:
    assert horizon_s(replace(CAR, departure=at(10)), NOW) == 600
    assert horizon_s(replace(CAR, departure=at(-10)), NOW) == 1
    assert horizon_s(replace(CAR, departure=at(10_000)), NOW) == 86_400
    assert horizon_s(CAR, NOW) == 86_400


bounds = st.lists(
    st.tuples(st.integers(1, 7199), st.integers(0, 22_000)), max_size=5, unique_by=lambda step: step[0]
).map(sorted)


@given(
    st.integers(0, 22_000),
    bounds,
    st.integers(0, 40_000),
    st.sampled_from((None, 1, 2, 3)),
)
def test_a_plan_keeps_its_bounds_brings_what_can_be_and_is_lawful(
    first: int, rest: list[tuple[int, int]], energy_wh: int, most: int | None
) -> None:
    others = _others((0, first), *rest)
    needs = replace(CAR, departure=at(120), energy_wh=Decimal(energy_wh))
    plan = _plan(needs, others, most)
    got_ws = possible_ws = Decimal(0)
    for moment in range(7200):
        limit = [period.limit for period in plan.periods if period.start_s <= moment][-1]
        allowed = others.at(moment).limit
        assert limit is not None
        assert allowed is not None
        assert limit <= min(allowed, Decimal(11_040))
        got_ws += limit
        possible_ws += min(allowed, Decimal(11_040))
    if most is None:
        wanted = min(possible_ws, Decimal(energy_wh) * MARGIN * 3600)
        # Rounded down to a tenth of a watt.
        assert got_ws >= wanted - 720
    assert most is None or len(plan.periods) <= most
    made = profile("Tx", plan)
    assert faults(made, Limits(max_periods=most)) == ()


def _allowed(*steps: tuple[int, Any]) -> CompositeSchedule:
    return replace(_others(*steps), unit="A", duration_s=600)


@pytest.mark.parametrize(
    ("wish", "found"),
    [
        (schedule((0, 16)), [(300, 8, 16)]),
        (schedule((0, "16.05"), (300, 8)), []),
        (schedule((0, 6), (100, 20)), [(100, 16, 20), (300, 8, 20)]),
        # It ends, or begins, where nothing is exceeded any more, or yet.
        (schedule((0, 16), duration_s=300), []),
        (schedule((0, 16), begins=-400, duration_s=500), []),
        (schedule((0, 9), begins=400), [(400, 8, 9)]),
        (schedule((0, 99), begins=600), []),
        (schedule((0, 17), begins=None), [(0, 16, 17), (300, 8, 17)]),
    ],
)
def test_what_a_vehicle_means_to_take_too_much(wish: ChargingSchedule, found: list[Any]) -> None:
    exceeded = excesses(wish, _allowed((0, 16), (300, 8)), Decimal("0.1"))
    assert [(one.at, one.ours, one.theirs) for one in exceeded] == [
        (second(begins), Decimal(limit), Decimal(taken)) for begins, limit, taken in found
    ]
