"""The composite schedule: worked examples. Its properties are in `test_smart_charging_properties`."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Situation
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Period
from chargeyard.domain.smart_charging import (
    CompositeSchedule,
    Deviation,
    Horizon,
    composite_schedule,
    deviations,
    station_schedule,
)
from tests.domain.made import NOW
from tests.domain.profiles import DAY_S, drawn, periods, profile, schedule, second

HOUR_S = 3600
IN_A, IN_W = Horizon(NOW, DAY_S, "A"), Horizon(NOW, DAY_S, "W")
CHARGING = Situation(transaction=7, charging_since=NOW)
DC = Situation(transaction=7, charging_since=NOW, phases=0, voltage_v=Decimal(400))


def _of(*profiles: ChargingProfile, evse: int = 1, horizon: Horizon = IN_A, **changes: Any) -> Any:
    return drawn(composite_schedule(profiles, evse, horizon, replace(CHARGING, **changes)))


def test_nothing_installed_is_no_limit() -> None:
    nothing = composite_schedule((), 1, IN_A, CHARGING)
    assert nothing == CompositeSchedule(
        evse=1, start=NOW, duration_s=DAY_S, unit="A", periods=(Period(start_s=0),)
    )


# ---------------------------------------------------------------- several purposes


def _flat(purpose: Any, limit: Any, **fields: Any) -> ChargingProfile:
    unit, phases = fields.pop("unit", "A"), fields.pop("phases", None)
    return profile(purpose, schedule((0, limit), unit=unit, phases=phases), **fields)


@pytest.mark.parametrize(
    ("profiles", "changes", "limit"),
    [
        ([_flat("ChargePointMax", 40), _flat("TxDefault", 16, id=2)], {}, "16"),
        ([_flat("ChargePointMax", 12), _flat("TxDefault", 16, id=2)], {}, "12"),
        ([_flat("ExternalConstraints", 7), _flat("Tx", 16, id=2)], {}, "7"),
        # Station-wide and EVSE-specific constraints both hold.
        ([_flat("ExternalConstraints", 7, evse=0), _flat("ExternalConstraints", 9, id=2)], {}, "7"),
        ([_flat("ExternalConstraints", 11, evse=0), _flat("ExternalConstraints", 9, id=2)], {}, "9"),
        # The transaction's own profile beats the default, upwards too.
        ([_flat("TxDefault", 6), _flat("Tx", 16, id=2)], {}, "16"),
        # The default of the EVSE beats that of all, whatever the stack levels.
        ([_flat("TxDefault", 6, evse=0, stack_level=9), _flat("TxDefault", 20, id=2)], {}, "20"),
        ([_flat("TxDefault", 6, evse=0)], {}, "6"),
        ([_flat("TxDefault", 6, evse=2)], {}, None),
        # Another transaction's profile, one that came with the start, one of a transaction that we do not know.
        ([_flat("Tx", 10, transaction=8)], {}, None),
        ([_flat("Tx", 10, transaction=None)], {}, "10"),
        ([_flat("Tx", 10, transaction=None, wire_id="abc")], {}, None),
        ([_flat("Tx", 10, transaction=None)], {"transaction": None}, None),
        ([_flat("Tx", 10, evse=2)], {}, None),
        # Priority stands in for the transaction's own limit, only when asked for, and never over a cap.
        ([_flat("Tx", 10), _flat("PriorityCharging", 32, id=2)], {}, "10"),
        ([_flat("Tx", 10), _flat("PriorityCharging", 32, id=2)], {"priority": True}, "32"),
        ([_flat("Tx", 10)], {"priority": True}, "10"),
        ([_flat("ChargePointMax", 25), _flat("PriorityCharging", 32, id=2)], {"priority": True}, "25"),
        # Local generation comes on top of the lowest limit; of nothing it makes nothing.
        ([_flat("ChargePointMax", 16), _flat("LocalGeneration", 4, id=2)], {}, "20"),
        ([_flat("Tx", 16), _flat("ChargePointMax", 20, id=2), _flat("LocalGeneration", 4, id=3)], {}, "20"),
        ([_flat("Tx", 16), _flat("LocalGeneration", 4, evse=0, id=2)], {}, "20"),
        (
            [_flat("Tx", 16), _flat("LocalGeneration", 4, evse=0, id=2), _flat("LocalGeneration", 1, id=3)],
            {},
            "17",
        ),
        ([_flat("LocalGeneration", 4)], {}, None),
    ],
)
def test_purposes_meet(profiles: list[ChargingProfile], changes: dict[str, Any], limit: str | None) -> None:
    ((start_s, said, _phases),) = _of(*profiles, **changes)
    assert (start_s, said) == (0, limit)


def test_a_short_transaction_profile_falls_back_to_the_low_default() -> None:
    """The fail-safe of load management: 6 A stays when the central system no longer renews."""
    failsafe = _flat("TxDefault", 6, evse=0)
    renewed = profile("Tx", schedule((0, 25), duration_s=600), id=2)
    maximum = _flat("ChargePointMax", 20, id=3)
    assert _of(failsafe, renewed, maximum) == [(0, "20", 3), (600, "6", 3)]


# ---------------------------------------------------------------- units and phases


@pytest.mark.parametrize(
    ("given_as", "situation", "in_a", "in_w", "phases"),
    [
        (_flat("Tx", 32), CHARGING, "32", "22080", 3),
        (_flat("Tx", 16, phases=1), CHARGING, "16", "3680", 1),
        (_flat("Tx", 22080, unit="W"), CHARGING, "32", "22080", 3),
        # Rounded towards less.
        (_flat("Tx", 11000, unit="W"), CHARGING, "15.942", "11000", 3),
        (_flat("Tx", "10.25"), CHARGING, "10.25", "7072.5", 3),
        # More phases in the profile than are used: the limit is used as it is.
        (_flat("Tx", 16, phases=3), replace(CHARGING, phases=1), "16", "3680", 1),
        (_flat("Tx", 3680, unit="W", phases=3), replace(CHARGING, phases=1), "16", "3680", 1),
        (_flat("Tx", 16, phases=2), CHARGING, "16", "7360", 2),
        # Direct current has no phases, whatever a profile says.
        (_flat("Tx", 125), DC, "125", "50000", None),
        (_flat("Tx", 50000, unit="W", phases=3), DC, "125", "50000", None),
        (_flat("Tx", 0), CHARGING, "0", "0", 3),
    ],
)
def test_limits_in_either_unit(
    given_as: ChargingProfile, situation: Situation, in_a: str, in_w: str, phases: int | None
) -> None:
    assert drawn(composite_schedule([given_as], 1, IN_A, situation)) == [(0, in_a, phases)]
    assert drawn(composite_schedule([given_as], 1, IN_W, situation)) == [(0, in_w, phases)]


def test_mixed_units_are_compared_on_the_phases_in_use() -> None:
    """7 kW on three phases are 10.1 A each, but the one phase in use may have its 16 A of it."""
    mixed = _flat("ChargePointMax", 7000, unit="W"), _flat("Tx", 16, phases=1, id=2)
    assert _of(*mixed) == [(0, "16", 1)]
    assert _of(*mixed, horizon=IN_W) == [(0, "3680", 1)]


def test_generation_on_one_phase_is_spread_over_three() -> None:
    assert _of(_flat("Tx", 10), _flat("LocalGeneration", 6, phases=1, id=2)) == [(0, "12", 3)]
    assert _of(_flat("Tx", 10, phases=1), _flat("LocalGeneration", 6, phases=3, id=2)) == [(0, "16", 1)]


def _all(*values: object) -> list[object]:
    return list(values)


def _tx(period: Period, unit: Any = "A", **fields: Any) -> ChargingProfile:
    return profile("Tx", ChargingSchedule(unit=unit, start=NOW, periods=(period,)), **fields)


def test_limits_of_single_phases() -> None:
    uneven = _tx(Period(start_s=0, limit=Decimal(16), limit_l2=Decimal(10), limit_l3=Decimal(0)))
    cap = _flat("ChargePointMax", 12, id=2)
    (amperes,) = composite_schedule([uneven, cap], 1, IN_A, CHARGING).periods
    (watts,) = composite_schedule([uneven, cap], 1, IN_W, CHARGING).periods
    assert _all(amperes.limit, amperes.limit_l2, amperes.limit_l3) == [12, 10, 0]
    assert _all(watts.limit, watts.limit_l2, watts.limit_l3) == [2760, 2300, 0]
    (two,) = composite_schedule([uneven], 1, IN_A, replace(CHARGING, phases=2)).periods
    assert _all(two.limit, two.limit_l2, two.limit_l3) == [16, 10, None]


def test_phases_that_come_out_alike_need_one_value() -> None:
    uneven = _tx(Period(start_s=0, limit=Decimal(16), limit_l2=Decimal(10)))
    assert _of(uneven, _flat("ChargePointMax", 8, id=2)) == [(0, "8", 3)]


def test_a_setpoint_stays_within_the_limits() -> None:
    charging = _tx(Period(start_s=0, setpoint=Decimal(9000), operation_mode="CentralSetpoint"), "W")
    cap = _flat("ChargePointMax", 7000, unit="W", id=2)
    (period,) = composite_schedule([charging, cap], 1, IN_W, CHARGING).periods
    assert _all(period.limit, period.setpoint, period.operation_mode) == [7000, 7000, "CentralSetpoint"]
    (alone,) = composite_schedule([charging], 1, IN_W, CHARGING).periods
    assert _all(alone.limit, alone.setpoint) == [None, 9000]


def test_discharging_goes_no_further_than_the_mildest_limit() -> None:
    feeding = _tx(
        Period(start_s=0, limit=Decimal(5000), discharge_limit=Decimal(-5000), setpoint=Decimal(-4500)), "W"
    )
    outside = profile(
        "ExternalConstraints",
        ChargingSchedule(
            unit="W",
            start=NOW,
            periods=(Period(start_s=0, limit=Decimal(11000), discharge_limit=Decimal(-4000)),),
        ),
        id=2,
    )
    (period,) = composite_schedule([feeding, outside], 1, IN_W, CHARGING).periods
    assert _all(period.limit, period.discharge_limit, period.setpoint) == [5000, -4000, -4000]
    (amperes,) = composite_schedule([feeding, outside], 1, IN_A, CHARGING).periods
    assert amperes.discharge_limit == Decimal("-5.797")


def test_the_phase_to_use_is_told_for_one_phase_only() -> None:
    one = _tx(Period(start_s=0, limit=Decimal(16), phases=1, phase_to_use=2))
    three = _tx(Period(start_s=0, limit=Decimal(16), phases=3, phase_to_use=2))
    assert composite_schedule([one], 1, IN_A, CHARGING).periods[0].phase_to_use == 2
    assert composite_schedule([three], 1, IN_A, CHARGING).periods[0].phase_to_use is None


# ---------------------------------------------------------------- the charge point as a whole


def test_the_charge_point_as_a_whole_has_its_caps_and_no_default() -> None:
    """A default for EVSE 0 is one for each EVSE."""
    everything = _flat("ChargePointMax", 40), _flat("TxDefault", 6, evse=0, id=2), _flat("Tx", 9, id=3)
    assert _of(*everything, evse=0) == [(0, "40", 3)]


@pytest.mark.parametrize(
    ("profiles", "limit"),
    [
        # libocpp#1062: two EVSEs with a default of 10 A under 32 A take 20 A.
        ([_flat("ChargePointMax", 32), _flat("TxDefault", 10, evse=0, id=2)], "20"),
        ([_flat("ChargePointMax", 32), _flat("TxDefault", 20, evse=0, id=2)], "32"),
        ([_flat("ChargePointMax", 32), _flat("TxDefault", 10, evse=1, id=2)], "32"),
        ([_flat("TxDefault", 10, evse=1), _flat("TxDefault", 6, evse=2, id=2)], "16"),
        ([_flat("TxDefault", 10, evse=1)], None),
        ([_flat("TxDefault", 20, evse=0), _flat("LocalGeneration", 5, evse=0, id=2)], "45"),
        # Generation of the site counts once, and on top of the charge point's maximum.
        (
            [
                _flat("ChargePointMax", 32),
                _flat("TxDefault", 20, evse=0, id=2),
                _flat("LocalGeneration", 5, evse=0, id=3),
            ],
            "37",
        ),
    ],
)
def test_the_sum_of_all_evses(profiles: list[ChargingProfile], limit: str | None) -> None:
    evses = {1: CHARGING, 2: Situation(transaction=8, charging_since=NOW)}
    ((start_s, said, _phases),) = drawn(station_schedule(profiles, IN_A, Situation(), evses))
    assert (start_s, said) == (0, limit)


def test_the_sum_changes_with_each_evse() -> None:
    first = profile("TxDefault", schedule((0, 10), (60, 20)))
    second_ = profile("TxDefault", schedule((0, 5), (90, 6), phases=1), id=2, evse=2)
    total = station_schedule([first, second_], IN_W, Situation(), {1: Situation(), 2: Situation()})
    assert drawn(total) == [(0, "8050", 3), (60, "14950", 3), (90, "15180", 3)]


# ---------------------------------------------------------------- edges


def test_no_duration_asks_for_this_moment() -> None:
    """libocpp#1169: the limit that holds now, not a default of the hardware."""
    maximum = _flat("ChargePointMax", 50000, unit="W")
    assert _of(maximum, evse=0, horizon=Horizon(NOW, 0, "W")) == [(0, "50000", 3)]


def test_a_horizon_begins_at_a_whole_second() -> None:
    late = composite_schedule(
        [profile("TxDefault", schedule((0, 16), (10, 8)))], 1, Horizon(second(0.7), 60, "A"), CHARGING
    )
    assert (late.start, drawn(late)) == (NOW, [(0, "16", 3), (10, "8", 3)])


def test_numbers_beyond_the_calendar_do_no_harm() -> None:
    endless = profile(
        "TxDefault",
        schedule((0, 16), (10**18, 8), begins=0, duration_s=10**19),
        valid_to=datetime.max.replace(tzinfo=UTC),
    )
    old = profile("ChargePointMax", schedule((0, "1e300")), valid_from=datetime.min.replace(tzinfo=UTC), id=2)
    assert _of(endless, old) == [(0, "16", 3)]
    assert _of(old)[0][1] == "1" + "0" * 300


def test_a_composite_schedule_tells_what_holds_at_a_second() -> None:
    composite = composite_schedule(
        [profile("TxDefault", schedule((0, 16), (60, 8)))], 1, Horizon(NOW, 90, "A"), CHARGING
    )
    assert [composite.at(moment).limit for moment in (0, 59, 60, 89)] == [16, 16, 8, 8]


def _composite(*steps: tuple[int, Any], begins: float = 0, duration_s: int = 600) -> CompositeSchedule:
    return CompositeSchedule(
        evse=1, start=second(begins), duration_s=duration_s, unit="A", periods=periods(*steps)
    )


@pytest.mark.parametrize(
    ("theirs", "found"),
    [
        (_composite((0, 16), (300, 8)), []),
        (_composite((0, "16.1"), (300, "7.9")), []),
        (_composite((0, 16), (310, 8)), [(300, 8, 16)]),
        (_composite((0, 6)), [(0, 16, 6), (300, 8, 6)]),
        # Asked a little later: compared by the clock, where both speak.
        (_composite((0, 16), (290, 8), begins=10), []),
        (_composite((0, 16), (100, 8), begins=200), []),
        (_composite((0, 32), begins=-100, duration_s=150), [(0, 16, 32)]),
        (_composite((0, 32), begins=600), []),
    ],
)
def test_what_a_charge_point_answers_is_compared(theirs: CompositeSchedule, found: list[Any]) -> None:
    ours = _composite((0, 16), (300, 8))
    expected = tuple(Deviation(second(at), Decimal(mine), Decimal(their)) for at, mine, their in found)
    assert deviations(ours, theirs, Decimal("0.1")) == expected


def test_where_we_know_no_limit_any_answer_is_right() -> None:
    ours = composite_schedule((), 1, IN_A, CHARGING)
    assert deviations(ours, _composite((0, 32)), Decimal(0)) == ()
    assert deviations(_composite((0, 32)), ours, Decimal(0)) == (Deviation(NOW, Decimal(32), None),)
