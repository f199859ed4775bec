"""Who speaks for a purpose at a moment, and when that may change."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Leads, Situation, stacked
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Period
from chargeyard.domain.smart_charging import Horizon, composite_schedule
from tests.domain.drawn_profiles import SPAN_S, books, situations
from tests.domain.made import NOW
from tests.domain.profiles import DAY_S, drawn, periods, profile, schedule, second

HOUR_S = 3600
SITUATION = Situation(transaction=7, charging_since=NOW)


def _of(*profiles: ChargingProfile, horizon: Horizon | None = None, **changes: Any) -> Any:
    """(start, limit, phases) of what is left to EVSE 1."""
    asked = horizon or Horizon(NOW, DAY_S, "A")
    return drawn(composite_schedule(profiles, 1, asked, replace(SITUATION, **changes)))


def test_nobody_speaks_in_an_empty_book() -> None:
    stacks = stacked((), 1, NOW, SITUATION)
    assert stacks.at(0) == Leads()
    assert stacks.changes(60) == {0}


def test_the_transaction_speaks_before_the_caps() -> None:
    profiles = [
        profile("ChargePointMax", schedule((0, 40))),
        profile("Tx", schedule((0, 16)), id=2),
        profile("LocalGeneration", schedule((0, 4)), id=3),
    ]
    leads = stacked(profiles, 1, NOW, SITUATION).at(0)
    assert [lead.period.limit for lead in leads.bounds] == [16, 40]
    assert leads.generation is not None
    assert leads.generation.period.limit == 4


def test_changes_lie_within_the_horizon() -> None:
    daily = profile(
        "TxDefault",
        schedule((0, 16), (3600, 8), begins=1800 - 5 * DAY_S, duration_s=7200),
        kind="Recurring",
        recurrency="Daily",
    )
    stacks = stacked([daily], 1, NOW, SITUATION)
    assert stacks.changes(DAY_S) == {0, 1800, 5400, 9000}
    assert stacks.changes(DAY_S + 5400) == {0, 1800, 5400, 9000, DAY_S + 1800}
    assert stacks.changes(0) == {0}


def test_a_profile_with_nothing_to_count_from_is_left_out() -> None:
    relative = profile("TxDefault", schedule((0, 16), begins=None), kind="Relative")
    stacks = stacked([relative], 1, NOW, Situation())
    assert (stacks.claims, stacks.at(0)) == ({}, Leads())


@given(books, situations)
def test_leads_change_only_where_it_is_told(profiles: list[ChargingProfile], situation: Situation) -> None:
    stacks = stacked(profiles, 1, NOW + timedelta(seconds=1), situation)
    changes = stacks.changes(SPAN_S)
    for moment in range(1, SPAN_S):
        assert moment in changes or stacks.at(moment) == stacks.at(moment - 1)


def test_period_starts_may_be_out_of_order() -> None:
    mixed = profile("TxDefault", schedule((60, 16), (0, 8)))
    lead = stacked([mixed], 1, NOW, SITUATION).at(30).allotted
    assert lead is not None
    assert lead.period == Period(start_s=0, limit=lead.period.limit)
    assert lead.period.limit == 8


# ---------------------------------------------------------------- one purpose: stacks, validity, durations

NIGHT = schedule((0, 10), begins=2 * HOUR_S - 3 * DAY_S, duration_s=6 * HOUR_S)


@pytest.mark.parametrize(
    ("profiles", "expected"),
    [
        pytest.param(
            [profile("TxDefault", schedule((0, 16), (HOUR_S, 8), (2 * HOUR_S, 32)))],
            [(0, "16", 3), (HOUR_S, "8", 3), (2 * HOUR_S, "32", 3)],
            id="a period ends where the next begins",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 16), duration_s=HOUR_S))],
            [(0, "16", 3), (HOUR_S, None, None)],
            id="the duration ends the last period",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 16), (2 * HOUR_S, 8), duration_s=HOUR_S))],
            [(0, "16", 3), (HOUR_S, None, None)],
            id="a period beyond the duration never comes",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 16), begins=HOUR_S))],
            [(0, None, None), (HOUR_S, "16", 3)],
            id="a schedule does not act before its start",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 16)), valid_from=second(60), valid_to=second(90))],
            [(0, None, None), (60, "16", 3), (90, None, None)],
            id="valid from and up to, the end excluded",
        ),
        pytest.param(
            [profile("TxDefault", NIGHT, kind="Recurring", recurrency="Daily")],
            [(0, None, None), (2 * HOUR_S, "10", 3), (8 * HOUR_S, None, None)],
            id="daily recurrence of an earlier start",
        ),
        pytest.param(
            [
                profile("TxDefault", NIGHT, kind="Recurring", recurrency="Daily", id=2, stack_level=1),
                profile("TxDefault", schedule((0, 6), begins=-DAY_S)),
            ],
            [(0, "6", 3), (2 * HOUR_S, "10", 3), (8 * HOUR_S, "6", 3)],
            id="a recurrence with a shorter duration falls back to the lower stack level",
        ),
        pytest.param(
            [
                profile(
                    "TxDefault",
                    schedule((0, 10), (DAY_S + HOUR_S, 20), begins=HOUR_S - DAY_S),
                    kind="Recurring",
                    recurrency="Daily",
                )
            ],
            [(0, "10", 3)],
            id="a period beyond the recurrence is not executed",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 10), begins=HOUR_S), kind="Recurring", recurrency="Weekly")],
            [(0, None, None), (HOUR_S, "10", 3)],
            id="no recurrence before the start",
        ),
        pytest.param(
            [
                profile("TxDefault", schedule((0, 32)), id=2, stack_level=5),
                profile("TxDefault", schedule((0, 6)), stack_level=4),
            ],
            [(0, "32", 3)],
            id="the highest stack level without a duration never yields, not even to less",
        ),
        pytest.param(
            [
                profile("TxDefault", schedule((0, 32)), id=2),
                profile("TxDefault", schedule((0, 6)), id=1),
            ],
            [(0, "32", 3)],
            id="the same stack level: the higher id",
        ),
        pytest.param(
            [profile("TxDefault", schedule((0, 16), begins=0.5), valid_to=second(59.5))],
            [(0, None, None), (1, "16", 3), (60, None, None)],
            id="changes within a second count from the next",
        ),
        pytest.param(
            [profile("TxDefault", schedule((60, 16), (30, 8)))],
            [(0, None, None), (30, "8", 3), (60, "16", 3)],
            id="a reported profile with periods out of order",
        ),
        pytest.param([profile("TxDefault")], [(0, None, None)], id="a reported profile without a schedule"),
    ],
)
def test_one_purpose(profiles: list[ChargingProfile], expected: Any) -> None:
    assert _of(*profiles) == expected


def test_relative_counts_from_the_start_of_charging() -> None:
    """2.x: PowerPathClosed; before that there is nothing to count from."""
    relative = profile("TxDefault", schedule((0, 32), (HOUR_S, 10), begins=None), kind="Relative")
    assert _of(relative, charging_since=second(-600)) == [(0, "32", 3), (3000, "10", 3)]
    assert _of(relative, charging_since=None) == [(0, None, None)]


def test_absolute_without_a_start_counts_from_the_start_of_charging() -> None:
    absolute = profile("TxDefault", schedule((0, 32), (HOUR_S, 10), begins=None))
    assert _of(absolute, charging_since=second(-600)) == [(0, "32", 3), (3000, "10", 3)]


def test_a_dynamic_profile_dies_with_its_duration_unless_updated() -> None:
    dynamic = profile("Tx", schedule((0, 20), begins=None, duration_s=300), kind="Dynamic")
    assert _of(replace(dynamic, updated_at=second(-100))) == [(0, "20", 3), (200, None, None)]
    assert _of(replace(dynamic, updated_at=second(-300))) == [(0, None, None)]
    assert _of(dynamic) == [(0, "20", 3), (300, None, None)]


def test_the_schedule_that_the_vehicle_chose_counts() -> None:
    offers = profile("Tx", schedule((0, 16), id=1), schedule((0, 9), id=2))
    assert _of(offers, chosen_schedule=2) == [(0, "9", 3)]
    assert _of(offers, chosen_schedule=None) == _of(offers, chosen_schedule=3) == [(0, "16", 3)]


def test_a_field_example_of_a_daily_profile_under_an_absolute_one() -> None:
    """libocpp#609: the lower profile must show up within the horizon when the higher one has ended."""
    noon = datetime(2024, 1, 17, 18, tzinfo=UTC)
    high = profile(
        "TxDefault",
        ChargingSchedule(unit="W", start=noon, duration_s=1080, periods=periods((0, 2000), phases=1)),
        stack_level=1,
        recurrency="Daily",
    )
    low = profile(
        "TxDefault",
        ChargingSchedule(
            unit="W",
            start=noon - timedelta(hours=18),
            duration_s=DAY_S,
            periods=periods((0, 11000), (28_800, 6000), (72_000, 12000), phases=3),
        ),
        kind="Recurring",
        recurrency="Daily",
        id=100,
    )
    asked = Horizon(noon, 3 * HOUR_S, "W")
    assert _of(high, low, horizon=asked) == [(0, "2000", 1), (1080, "6000", 3), (2 * HOUR_S, "12000", 3)]
