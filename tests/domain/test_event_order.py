"""Where the clock goes back, the numbers of events and the order of arrival tell what came first."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import (
    A_MOMENT,
    SLACK,
    Place,
    Told,
    energy_in_order,
    has_order_of_arrival,
    is_mixed,
    redated,
    step_back,
)
from tests.domain.made import at


def heard(*events: tuple[int, float]) -> list[Told]:
    """Events by number and minute, in the order of arrival; what the store tells of them."""
    places = sorted(
        (Place(sequence, at(minutes), arrival) for arrival, (sequence, minutes) in enumerate(events)),
        key=lambda one: (one.sequence, one.arrival),
    )
    return [Told(here, "Updated", before) for here, before in zip(places, (None, *places), strict=False)]


def read(*told: tuple[float, int]) -> list[Metered]:
    return [Metered(at(minutes), wh) for minutes, wh in told]


# --- the order of events


@pytest.mark.parametrize(
    ("events", "step", "is_by_arrival"),
    [
        pytest.param([], 0, False, id="none"),
        pytest.param([(0, 0), (1, 1), (2, 2)], 0, False, id="straight"),
        pytest.param([(0, 0), (2, 2), (1, 1)], 0, False, id="late"),
        pytest.param([(0, 0), (1, 30), (2, 5), (3, 60)], 25, True, id="turned back"),
        pytest.param([(1, 30), (2, 5), (0, 0)], 25, True, id="turned back, and late"),
        pytest.param([(0, 0), (1, 1), (2, 0.9)], 0.1, True, id="a little"),
        pytest.param([(0, 0), (2, 0.9), (1, 1)], 0.1, False, id="a little, and late"),
        pytest.param([(0, 9), (0, 1), (0, 5)], 0, False, id="one number for all"),
        pytest.param([(-1, 9), (-1, 1), (0, 5)], 0, False, id="without numbers"),
    ],
)
def test_how_far_the_clock_was_set_back(
    events: list[tuple[int, float]], step: float, is_by_arrival: bool
) -> None:
    told = heard(*events)
    assert step_back(told) == timedelta(minutes=step)
    assert has_order_of_arrival(told) is is_by_arrival


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 300)), unique_by=lambda one: one[0], min_size=1),
)
def test_the_event_just_told_counts_as_if_it_were_stored(events: list[tuple[int, float]]) -> None:
    *stored, (sequence, minutes) = events
    every, before = heard(*events), heard(*stored)
    steps = [
        one.stepped_back
        for one in every
        if sequence in (one.here.sequence, one.before and one.before.sequence)
    ]
    assert step_back(before, sequence, at(minutes)) == max([step_back(before), *steps])
    assert is_mixed(before, sequence) is is_mixed(every)
    # Told again it is no news.
    assert step_back(every, sequence, at(minutes)) == step_back(every)
    assert is_mixed(every, sequence) is is_mixed(every)


# --- the energy


@given(
    st.integers(0, 10**6),
    st.lists(
        st.tuples(st.integers(1, 400), st.sampled_from((5, 15, -1, -60, -1440, 1440))),
        min_size=1,
        max_size=30,
    ),
)
def test_a_growing_register_tells_last_minus_first_whatever_the_clock_does(
    first_wh: int, steps: list[tuple[int, int]]
) -> None:
    told = [(0, first_wh)]
    for wh, minutes in steps:
        told.append((told[-1][0] + minutes, told[-1][1] + wh))
    readings = read(*told)
    found = energy_in_order([*readings, readings[-1]], stop_wh=told[-1][1])
    assert (found.energy_wh, found.last_wh) == (told[-1][1] - first_wh, told[-1][1])
    assert found.quality == "ok"


@given(st.lists(st.tuples(st.integers(-3000, 3000), st.none() | st.integers(-9, 10**9)), max_size=20))
def test_a_clock_that_never_goes_back(told: list[tuple[int, int | None]]) -> None:
    readings = [Metered(at(minutes), wh) for minutes, wh in told]
    by_ours = redated(readings)
    assert [one.energy_wh for one in by_ours] == [one.energy_wh for one in readings]
    instants = [one.at for one in by_ours]
    assert instants == sorted(instants)
    if [one.at for one in readings] == sorted(one.at for one in readings):
        assert by_ours == readings


def test_a_step_back_takes_as_long_as_the_step_before() -> None:
    by_ours = redated(read((0, 1), (15, 2), (-45, 3), (-30, 4)))
    assert [one.at for one in by_ours] == [at(0), at(15), at(30), at(45)]
    a_little, moment = SLACK.total_seconds() / 60, A_MOMENT.total_seconds() / 60
    by_ours = redated(read((0, 1), (15, 2), (15 - a_little, 3)))
    assert [one.at for one in by_ours] == [at(0), at(15), at(15 + moment)]


@given(
    st.lists(st.tuples(st.integers(-90, 90), st.integers(0, 10**7)), max_size=20),
    st.none() | st.integers(0, 10**7),
)
def test_never_more_than_the_registers_are_apart(told: list[tuple[int, int]], stop_wh: int | None) -> None:
    found = energy_in_order(read(*told), stop_wh)
    values = [wh for _, wh in told]
    assert 0 <= found.energy_wh <= (max(values) - min(values) if values else 0)


def test_what_is_told_again_at_the_end_is_not_charged_twice() -> None:
    """The last event may bring all readings once more, at other instants (2.0.1 TxEndedMeasurands)."""
    live = read((0, 1000), (15, 2000), (-40, 3000))
    again = read((1, 1000), (20, 2100), (-20, 3100))
    found = energy_in_order([*live, *again], stop_wh=3100)
    assert (found.energy_wh, found.quality) == (2100, "suspect")


def test_a_lost_register_is_left_out_and_a_reset_is_seen() -> None:
    spike = read((0, 100_000), (15, 0), (-40, 102_000), (-25, 103_000))
    assert (energy_in_order(spike, 103_000).energy_wh, energy_in_order(spike, 103_000).quality) == (
        3000,
        "ok",
    )
    reset = read((0, 100_000), (15, 102_000), (-40, 0), (-25, 1500))
    assert (energy_in_order(reset, 1500).energy_wh, energy_in_order(reset, 1500).quality) == (
        3500,
        "estimated",
    )


def test_without_readings_the_stop_tells_nothing() -> None:
    assert energy_in_order([]).energy_wh == 0
    assert energy_in_order([], 5000).energy_wh == 0
