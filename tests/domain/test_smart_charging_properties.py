"""What holds of every composite schedule, asked second by second."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Situation
from chargeyard.domain.charging_profiles import ChargingProfile, Period
from chargeyard.domain.smart_charging import (
    CompositeSchedule,
    Horizon,
    composite_schedule,
    deviations,
    merged,
    station_schedule,
)
from tests.domain.drawn_profiles import (
    SecondOpinion,
    any_profiles,
    books,
    horizons,
    recurring,
    situations,
    speaks,
)
from tests.domain.made import NOW
from tests.domain.profiles import periods

CHARGING = Situation(transaction=7, charging_since=NOW)


def _moments(composite: CompositeSchedule) -> list[tuple[int, datetime]]:
    return [(s, composite.start + timedelta(seconds=s)) for s in range(max(1, composite.duration_s))]


@given(books, horizons, situations)
def test_every_second_is_as_the_rules_say(
    profiles: list[ChargingProfile], horizon: Horizon, situation: Situation
) -> None:
    composite = composite_schedule(profiles, 1, horizon, situation)
    opinion = SecondOpinion(profiles, situation, composite.start)
    for at, now in _moments(composite):
        assert composite.at(at).limit == opinion.limit(1, now, horizon.unit)
        assert composite.at(at).phases == (
            opinion.phases(opinion.bounds(1, now)) or None if opinion.bounds(1, now) else None
        )


@given(books, horizons, situations)
def test_no_lead_is_ever_exceeded(
    profiles: list[ChargingProfile], horizon: Horizon, situation: Situation
) -> None:
    limiting = [each for each in profiles if each.purpose != "LocalGeneration"]
    composite = composite_schedule(limiting, 1, replace(horizon, unit="W"), situation)
    opinion = SecondOpinion(limiting, situation, composite.start)
    for at, now in _moments(composite):
        limit = composite.at(at).limit
        for unit, period in opinion.bounds(1, now):
            allowed = opinion.watts((unit, period), min(situation.phases, period.phases or 3))
            assert limit is not None
            assert Fraction(limit) <= allowed


@given(books, horizons, situations)
def test_a_schedule_is_whole(profiles: list[ChargingProfile], horizon: Horizon, situation: Situation) -> None:
    """It begins at 0, ascends, ends in time, and no neighbours are alike."""
    composite = composite_schedule(profiles, 1, horizon, situation)
    starts = [period.start_s for period in composite.periods]
    assert starts[0] == 0
    assert starts == sorted(set(starts))
    assert starts[-1] < max(1, horizon.duration_s)
    assert merged(composite.periods) == composite.periods


@given(books.flatmap(lambda book: st.tuples(st.just(book), st.permutations(book))), horizons, situations)
def test_the_order_of_profiles_does_not_matter(
    books_: tuple[list[ChargingProfile], list[ChargingProfile]], horizon: Horizon, situation: Situation
) -> None:
    one, other = (composite_schedule(book, 1, horizon, situation) for book in books_)
    assert one == other


@given(books.filter(bool), any_profiles(), horizons, situations, st.data())
def test_a_lower_stack_level_changes_nothing_where_a_higher_speaks(
    profiles: list[ChargingProfile],
    lower: ChargingProfile,
    horizon: Horizon,
    situation: Situation,
    data: st.DataObject,
) -> None:
    higher = data.draw(st.sampled_from(profiles))
    lower = replace(
        lower,
        id=99,
        stack_level=higher.stack_level - 1,
        purpose=higher.purpose,
        evse=higher.evse,
        transaction=higher.transaction,
    )
    before = composite_schedule(profiles, 1, horizon, situation)
    after = composite_schedule([*profiles, lower], 1, horizon, situation)
    for at, now in _moments(before):
        if speaks(higher, now, before.start, situation):
            assert replace(after.at(at), start_s=0) == replace(before.at(at), start_s=0)


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.integers(0, 2)), min_size=1, unique_by=lambda step: step[0]
    ).map(sorted)
)
def test_merging_loses_nothing_and_is_done_once(steps: list[tuple[int, int]]) -> None:
    loose = periods(*steps)
    tight = merged(loose)
    assert merged(tight) == tight
    assert all(one.limit != next_.limit for one, next_ in pairwise(tight))

    def limit_at(of: Sequence[Period], at: int) -> Decimal | None:
        return [period.limit for period in of if period.start_s <= at][-1]

    for at in range(steps[0][0], 61):
        assert limit_at(tight, at) == limit_at(loose, at)


@given(st.lists(recurring(), min_size=1, max_size=4), horizons, st.integers(0, 60))
def test_recurrences_shift_by_whole_weeks(
    profiles: list[ChargingProfile], horizon: Horizon, weeks: int
) -> None:
    """From the last start on, every week (and every day of a daily one) is like the other."""
    book = [replace(each, id=number, stack_level=number) for number, each in enumerate(profiles)]
    settled = replace(horizon, start=horizon.start + timedelta(weeks=1))
    later = replace(settled, start=settled.start + timedelta(weeks=weeks))
    one, other = (composite_schedule(book, 1, each, CHARGING) for each in (settled, later))
    assert one.periods == other.periods
    daily = [each for each in book if each.recurrency == "Daily"]
    tomorrow = replace(settled, start=settled.start + timedelta(days=1))
    one, other = (composite_schedule(daily, 1, each, CHARGING) for each in (settled, tomorrow))
    assert one.periods == other.periods


@given(books, horizons, situations)
def test_both_units_say_the_same(
    profiles: list[ChargingProfile], horizon: Horizon, situation: Situation
) -> None:
    amperes = composite_schedule(profiles, 1, replace(horizon, unit="A"), situation)
    watts = composite_schedule(profiles, 1, replace(horizon, unit="W"), situation)
    for at, _now in _moments(watts):
        in_a, in_w = amperes.at(at), watts.at(at)
        assert in_a.phases == in_w.phases
        assert (in_a.limit is None) == (in_w.limit is None)
        if in_a.limit is not None and in_w.limit is not None:
            factor = situation.voltage_v * (in_a.phases or 1)
            assert 0 <= in_w.limit - in_a.limit * factor + Decimal("0.001") <= (factor + 1) * Decimal("0.001")


@given(books, horizons, situations)
def test_the_whole_is_never_more_than_its_caps_and_generation(
    profiles: list[ChargingProfile], horizon: Horizon, situation: Situation
) -> None:
    evses = {1: situation, 2: replace(situation, transaction=8)}
    alone = composite_schedule(profiles, 0, horizon, situation)
    total = station_schedule(profiles, horizon, situation, evses)
    for at, _now in _moments(total):
        cap, said = alone.at(at).limit, total.at(at).limit
        assert cap is None or (said is not None and said <= cap)


@given(books, horizons, situations, st.integers(0, 90), st.integers(1, 50))
def test_what_is_computed_alike_deviates_nowhere_and_what_is_not_is_found(
    profiles: list[ChargingProfile], horizon: Horizon, situation: Situation, later_s: int, more: int
) -> None:
    """A charge point that is asked a little later, and reckons as we do, agrees; one that allows more does not."""
    ours = composite_schedule(profiles, 1, horizon, situation)
    later = replace(horizon, start=ours.start + timedelta(seconds=later_s))
    # What counts from the beginning of charging must count from the same instant.
    begun = replace(situation, charging_since=situation.charging_since or ours.start)
    settled = composite_schedule(profiles, 1, replace(horizon, start=ours.start), begun)
    theirs = composite_schedule(
        [each for each in profiles if each.kind != "Dynamic" or each.updated_at], 1, later, begun
    )
    if all(each.kind != "Dynamic" or each.updated_at for each in profiles):
        assert deviations(settled, theirs, Decimal(0)) == ()
    generous = replace(
        settled,
        periods=tuple(
            replace(period, limit=None if period.limit is None else period.limit + more)
            for period in settled.periods
        ),
    )
    found = deviations(settled, generous, Decimal(more) - Decimal("0.5"))
    limited = [period for period in settled.periods if period.limit is not None]
    assert len(found) == (len(limited) if settled.duration_s else 0)
