"""Intervals add up to what was booked, whatever was told, in whatever order, however often."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.energy import Course, Metered, assess
from chargeyard.domain.roll_ups import (
    INTERVAL,
    Interval,
    Point,
    Span,
    idle_intervals,
    intervals_of,
    points_of,
    rolled_up,
    start_of,
    total,
    with_kept,
)

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
times = st.integers(-100, 3000).map(lambda minute: NOON + timedelta(minutes=minute))
registers = st.none() | st.integers(-5, 100_000) | st.integers(0, 2**62)
points = st.builds(
    Point, times, registers, st.none() | st.integers(-100, 400_000), st.none() | st.floats(0, 100)
)
spans = st.builds(
    Span,
    started_at=times,
    stopped_at=times,
    start_wh=registers,
    stop_wh=registers,
    energy_wh=st.integers(0, 10_000_000),
)


def at(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def energies(found: list[Interval]) -> dict[float, int]:
    """By the minute after noon."""
    return {(one.starts_at - NOON) / timedelta(minutes=1): one.energy_wh for one in found}


@given(told=st.lists(points, max_size=30), span=spans)
def test_the_intervals_of_a_transaction_add_up_to_its_energy(told: list[Point], span: Span) -> None:
    found = intervals_of(told, span)
    assert sum(one.energy_wh for one in found) == span.energy_wh
    assert all(one.energy_wh >= 0 for one in found)
    assert sum(one.readings for one in found) == len(set(told))
    assert [one.starts_at for one in found] == sorted({start_of(one.starts_at) for one in found})


@given(told=st.lists(points, max_size=12), span=spans, data=st.data())
def test_order_and_repetition_do_not_matter(told: list[Point], span: Span, data: st.DataObject) -> None:
    again = data.draw(st.permutations([*told, *told]))
    assert intervals_of(again, span) == intervals_of(told, span)
    assert rolled_up(again, span.energy_wh) == rolled_up(told, span.energy_wh)
    assert idle_intervals(again, (), at(0), at(600)) == idle_intervals(told, (), at(0), at(600))


@given(steps=st.lists(st.tuples(st.integers(1, 1440), st.integers(0, 20_000)), min_size=1, max_size=30))
def test_the_energy_of_all_windows_together_is_what_the_register_rose_by(
    steps: list[tuple[int, int]],
) -> None:
    """Also where a window ends between two readings."""
    told = [Point(NOON, 1000)]
    for minutes, wh in steps:
        last = told[-1]
        told.append(Point(last.at + timedelta(minutes=minutes), (last.energy_wh or 0) + wh))
    window, until, booked = at(-720), told[-1].at + INTERVAL, 0
    while window < until:
        following = window + timedelta(days=1)
        booked += sum(one.energy_wh for one in idle_intervals(told, (), window, following))
        window = following
    assert booked == sum(wh for _, wh in steps)


def test_energy_is_spread_over_the_time_between_two_registers() -> None:
    told = [Point(at(5), 1000, 8000), Point(at(35), 4001, 6000)]
    span = Span(started_at=at(5), stopped_at=at(35), start_wh=1000, stop_wh=4001, energy_wh=3001)
    found = intervals_of(told, span)
    assert energies(found) == {0: 1000, 15: 1500, 30: 501}
    first, between, last = found
    assert (first.readings, first.average_power_w, first.last_register_wh) == (1, 8000, 1000)
    assert (between.readings, between.average_power_w, between.first_register_wh) == (0, None, None)
    assert (last.max_power_w, last.first_register_at) == (6000, at(35))


def test_a_spike_moves_no_energy() -> None:
    told = [
        Point(at(0), 0),
        Point(at(15), 1000),
        Point(at(16), 2**40),
        Point(at(20), 1100),
        Point(at(30), 2000),
    ]
    span = Span(started_at=at(0), stopped_at=at(30), start_wh=0, stop_wh=2000, energy_wh=2000)
    assert energies(intervals_of(told, span)) == {0: 1000, 15: 1000, 30: 0}


def test_energy_booked_for_power_alone_lies_where_the_power_was() -> None:
    told = [Point(at(minute), None, 6000 if minute < 15 else 0) for minute in range(0, 31, 5)]
    span = Span(started_at=at(0), stopped_at=at(30), energy_wh=1500)
    assert energies(intervals_of(told, span)) == {0: 1500, 15: 0, 30: 0}


def test_without_any_evidence_energy_lies_evenly() -> None:
    span = Span(started_at=at(0), stopped_at=at(45), energy_wh=10)
    assert energies(intervals_of([], span)) == {0: 3, 15: 3, 30: 4}


def test_a_clock_that_was_wrong_makes_no_million_intervals() -> None:
    told = [Point(datetime(1970, 1, 1, tzinfo=UTC), 1000), Point(at(10), 3000)]
    span = Span(started_at=told[0].at, stopped_at=at(10), start_wh=1000, stop_wh=3000, energy_wh=2000)
    assert [(one.starts_at, one.energy_wh) for one in intervals_of(told, span)] == [
        (told[0].at, 0),
        (at(0), 2000),
    ]


def test_readings_around_a_transaction_do_not_book_its_energy_again() -> None:
    told = [Point(at(0), 1000), Point(at(15), 1010), Point(at(60), 9000), Point(at(75), 9020)]
    found = idle_intervals(told, [(at(20), at(50))], at(0), at(120))
    assert energies(found) == {0: 10, 15: 0, 60: 20, 75: 0}


def test_a_roll_up_has_both_ends_and_the_highest_power() -> None:
    told = [
        Point(at(1), None, 10, 20.0),
        Point(at(2), 1000, 11000),
        Point(at(9), 3000, 50, 80.0),
        Point(at(10)),
    ]
    made = rolled_up(told, 1990)
    assert (made.readings, made.energy_wh, made.max_power_w) == (4, 1990, 11000)
    assert (made.first_at, made.last_at) == (at(1), at(10))
    assert (made.first_register_at, made.first_register_wh) == (at(2), 1000)
    assert (made.last_register_at, made.last_register_wh) == (at(9), 3000)
    assert (made.first_soc_percent, made.last_soc_percent) == (20.0, 80.0)
    assert total(made, rolled_up([], 5)) == rolled_up(told, 5)


@given(told=st.lists(points, max_size=20), late=st.lists(points, max_size=5), span=spans)
def test_what_is_told_after_the_detail_has_gone_leaves_the_sum_right(
    told: list[Point], late: list[Point], span: Span
) -> None:
    kept = intervals_of(told, span)
    found = with_kept(intervals_of([*points_of(kept), *late], span), kept)
    assert sum(one.energy_wh for one in found) == span.energy_wh
    by_start = {one.starts_at: one for one in found}
    assert all(by_start[one.starts_at].readings == one.readings for one in kept)


@given(steps=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 20_000)), min_size=2, max_size=60))
def test_a_transaction_is_assessed_the_same_from_its_intervals(steps: list[tuple[int, int]]) -> None:
    """Where nothing was odd about its registers."""
    told = [Point(NOON, 1000)]
    for minutes, wh in steps:
        told.append(Point(told[-1].at + timedelta(minutes=minutes), (told[-1].energy_wh or 0) + wh))
    start, stop = (Metered(one.at, one.energy_wh) for one in (told[0], told[-1]))
    energies_wh = [
        assess(
            Course(readings=tuple(Metered(one.at, one.energy_wh) for one in readings), start=start, stop=stop)
        )
        for readings in (told, points_of(intervals_of(told, Span(started_at=NOON, stopped_at=told[-1].at))))
    ]
    assert energies_wh[0] == energies_wh[1]
