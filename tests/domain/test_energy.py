"""Which registers count, whatever a meter tells: spikes, resets, other registers, other units, nothing at all."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from chargeyard.domain.energy import Course, Metered, assess, metered, metered_in
from chargeyard.domain.metering import ENERGY_EXPORT, ENERGY_INTERVAL, Sample, reading, summarise
from chargeyard.domain.registers import HIGHEST_POWER_W
from tests.domain.made import at

FLOOD = 4_296_944_685
"""What a wallbox told when asked for its main meter, about 2³² (evcc#29190)."""


def read(*told: tuple[float, int] | tuple[float, int | None, int], **marks: Any) -> tuple[Metered, ...]:
    """Readings: minute, register, and if wanted power."""
    return tuple(Metered(at(one[0]), one[1], one[2] if len(one) > 2 else None, **marks) for one in told)


def course(
    start_wh: int | None, stop_wh: int | None, *readings: Metered, minutes: float = 60, **fields: Any
) -> Course:
    """A transaction from now until in an hour; a register that is None is not told."""
    start = None if start_wh is None else Metered(at(0), start_wh)
    stop = None if stop_wh is None else Metered(at(minutes), stop_wh)
    return Course(readings=readings, start=start, stop=stop, **fields)


def energy_of(told: Course) -> tuple[int, str]:
    found = assess(told)
    return found.energy_wh, found.quality


def charging(power_w: int, unit_wh: int = 1) -> tuple[Metered, ...]:
    """An hour of even power, a register counting units of `unit_wh`, a reading each six minutes."""
    return read(*((n * 6, power_w * n // 10 // unit_wh, power_w) for n in range(11)))


BEGIN = replace(read((0, 123_000))[0], begins=True)
END = replace(read((60, 130_000))[0], ends=True)


@pytest.mark.parametrize(
    ("told", "energy"),
    [
        pytest.param(course(1000, 8000), (7000, "ok"), id="start and stop alone"),
        pytest.param(course(1000, 8000, *read((30, 5000))), (7000, "ok"), id="a reading in between"),
        pytest.param(course(1000, 1000), (0, "ok"), id="nothing was charged"),
        pytest.param(course(None, None), (0, "ok"), id="parking"),
        pytest.param(course(None, 1_234_567), (0, "suspect"), id="only the stop of an old meter"),
        pytest.param(course(1000, None), (0, "suspect"), id="only the start"),
        pytest.param(course(None, None, *read((5, 70))), (0, "suspect"), id="only one reading"),
        pytest.param(course(None, 70, *read((60, 70))), (0, "suspect"), id="only one, told twice"),
        # Power loss (OpenEVSE#787): the stop says 0, or nothing.
        pytest.param(course(1000, 0, *read((30, 5000))), (4000, "estimated"), id="power loss"),
        pytest.param(course(0, 0, *read((30, 5000))), (5000, "estimated"), id="power loss, from 0"),
        pytest.param(course(1000, None, *read((30, 5000))), (4000, "estimated"), id="no stop"),
        pytest.param(course(1000, 0, *read((5, 1000), (9, 1000))), (0, "estimated"), id="lost, unused"),
        pytest.param(course(1000, 500), (0, "suspect"), id="a stop below the start"),
        pytest.param(course(1000, 500, *read((30, 800))), (0, "suspect"), id="falling all the time"),
        pytest.param(course(1000, 4999, *read((30, 5000))), (3999, "ok"), id="rounded at the stop"),
        # Spikes (evcc#29190).
        pytest.param(course(1000, 8000, *read((9, 2000), (10, 0), (11, 2100))), (7000, "ok"), id="a 0"),
        pytest.param(course(1000, 8000, *read((9, 0), (10, 0), (11, 2100))), (7000, "ok"), id="zeros"),
        pytest.param(course(1000, 8000, *read((9, 2000), (10, FLOOD), (11, 2100))), (7000, "ok"), id="2^32"),
        pytest.param(
            course(1000, 8000, *read((9, 2000), (10, 9000), (11, 2100))), (7000, "ok"), id="a small spike"
        ),
        pytest.param(
            course(1000, FLOOD, *read((9, 2000), (50, 7000))), (6000, "estimated"), id="2^32 at the stop"
        ),
        pytest.param(
            course(FLOOD, 8000, *read((9, 2000), (50, 7000))), (8000, "estimated"), id="2^32 at the start"
        ),
        pytest.param(
            course(1000, 4000, *read((20, 3000), (40, 6000))), (3000, "suspect"), id="a stop below the last"
        ),
        pytest.param(course(1000, 8000, *read((9, -5))), (7000, "ok"), id="below zero"),
        # Resets.
        pytest.param(
            course(100_000, 3000, *read((10, 102_000), (20, 0), (30, 1500))), (5000, "estimated"), id="reset"
        ),
        pytest.param(
            course(90_000, 300, *read((9, 91_000), (15, 0), (18, 400), (20, 800), (25, 10), (30, 200))),
            (1000 + 800 + 290, "estimated"),
            id="reset twice",
        ),
        # The register of the session in one message, the absolute one in the other (lbbrhzn#919, #934).
        pytest.param(
            course(0, 130_000, *read((1, 123_000), (9, 124_000), (50, 129_000))),
            (7000, "estimated"),
            id="a start of 0 before an absolute register",
        ),
        pytest.param(
            course(0, 130_000, BEGIN, *read((9, 124_000), (50, 129_000))),
            (7000, "ok"),
            id="a start of 0, but the begin was sampled",
        ),
        pytest.param(
            course(100_000, 7000, *read((1, 100), (9, 1000), (50, 6000))),
            (7000, "estimated"),
            id="an absolute start before the register of the session",
        ),
        pytest.param(
            course(100_000, 107_000, *read((1, 0), (9, 1000), (59, 6950))), (7000, "ok"), id="both, agreeing"
        ),
        pytest.param(
            course(0, 7000, *read((1, 123_000), (9, 124_000), (59, 129_950))),
            (7000, "ok"),
            id="the other way",
        ),
        pytest.param(
            course(100_000, 107_000, *read((1, 0), (9, 100), (59, 200))), (7000, "suspect"), id="disagreeing"
        ),
        pytest.param(
            course(5, 5, *read((1, 123_000), (9, 124_000), (59, 130_000))),
            (7000, "estimated"),
            id="fields that stand still",
        ),
        pytest.param(
            course(0, 0, BEGIN, *read((9, 124_000)), END), (7000, "ok"), id="fields always 0, ends sampled"
        ),
        # Trust: what is marked as begin and end is better than the fields.
        pytest.param(
            course(122_990, 130_004, BEGIN, *read((9, 124_000)), END), (7000, "ok"), id="ends outweigh fields"
        ),
        # Kilowatt-hours that are called watt-hours (OpenEVSE#703).
        pytest.param(course(0, 11, *charging(11_000, 1000)), (11_000, "estimated"), id="kWh"),
        pytest.param(course(0, 11_000, *charging(11_000)), (11_000, "ok"), id="Wh"),
        pytest.param(
            course(0, 11, *read((6, 1, 11_000), (12, 2, 11_000))), (11, "ok"), id="too little to be sure"
        ),
        pytest.param(
            course(0, 100, *charging(11_000, 110)),
            (100, "suspect"),
            id="neither kWh nor what the power tells",
        ),
        pytest.param(
            course(0, 0, *read(*((n * 6, 0, 9000) for n in range(11)))), (0, "suspect"), id="frozen"
        ),
        # Readings after the stop add nothing, unless the stop is lost (Ocular BS-EV22).
        pytest.param(course(1000, 8000, *read((61, 8100))), (7000, "ok"), id="after the stop"),
        pytest.param(course(1000, 0, *read((61, 8100))), (7100, "estimated"), id="after a lost stop"),
        pytest.param(course(1000, 8000, *read((-1, 900))), (7000, "ok"), id="before the start"),
        # More than a plug can carry.
        pytest.param(
            course(0, 10**9), (HIGHEST_POWER_W * 3620 // 3600, "suspect"), id="impossible without readings"
        ),
        pytest.param(
            course(0, 90_000, minutes=0, is_dated=False), (90_000, "ok"), id="a clock that was never set"
        ),
    ],
)
def test_energy(told: Course, energy: tuple[int, str]) -> None:
    assert energy_of(told) == energy


def _intervals(*told_wh: int) -> tuple[Metered, ...]:
    return tuple(Metered(at(15 * n), interval_wh=told) for n, told in enumerate(told_wh, 1))


@pytest.mark.parametrize(
    ("told", "energy"),
    [
        pytest.param(
            course(None, None, *_intervals(900, 1100, 500)), (2500, "estimated"), id="intervals only"
        ),
        pytest.param(course(1000, 3600, *_intervals(900, 1100, 500)), (2600, "ok"), id="agreeing"),
        pytest.param(course(1000, 9600, *_intervals(900, 1100, 500)), (8600, "suspect"), id="contradicting"),
        # Wrong intervals are no reason to doubt a register that the power confirms (lbbrhzn#1688).
        pytest.param(
            course(0, 11_000, *charging(11_000), *_intervals(60_000, 60_000)), (11_000, "ok"), id="outvoted"
        ),
        pytest.param(
            Course(readings=tuple(replace(one, energy_wh=None) for one in charging(9000))),
            (9000, "estimated"),
            id="power only",
        ),
        pytest.param(
            Course(
                readings=(
                    *(replace(one, energy_wh=None) for one in charging(9000)),
                    *_intervals(30_000, 30_000),
                )
            ),
            (60_000, "suspect"),
            id="power and intervals that contradict it",
        ),
        pytest.param(Course(readings=read((0, None, 0), (9, None, 0))), (0, "ok"), id="no power"),
    ],
)
def test_energy_beside_intervals_and_power(told: Course, energy: tuple[int, str]) -> None:
    assert energy_of(told) == energy


def test_the_last_register_that_counts_is_told() -> None:
    assert assess(course(1000, FLOOD, *read((9, 2000), (50, 7000)))).last_wh == 7000


def test_what_a_reading_tells() -> None:
    """Phases without a total are added up (evcc#19590); what is exported stays apart."""
    samples = (
        *(Sample(Decimal(5), phase=phase, context="Transaction.Begin") for phase in ("L1", "L2", "L3")),
        Sample(Decimal(700), ENERGY_EXPORT),
        *(Sample(Decimal(2), ENERGY_INTERVAL, phase=phase) for phase in ("L1", "L2")),
        Sample(Decimal(9), ENERGY_INTERVAL, location="Inlet"),
    )
    told = metered(at(0), samples, summarise(samples))
    assert told == Metered(at(0), 15, None, 4, begins=True)
    (signed,) = metered_in([reading(at(0), (Sample(Decimal(5), signed="OCMF|{}"),))])
    assert signed == Metered(at(0), 5, signed=True)


def test_signed_ends_outweigh_others() -> None:
    begin, end = (replace(one, signed=True) for one in (BEGIN, END))
    plain_begin, plain_end = replace(begin, signed=False, energy_wh=122_900), replace(END, energy_wh=130_100)
    told = course(122_800, 130_200, plain_begin, begin, end, plain_end)
    assert energy_of(told) == (7000, "ok")


# --- laws

registers = st.one_of(
    st.integers(-10, 200_000), st.sampled_from([0, FLOOD, 2**62]), st.integers(10**6, 10**6 + 50_000)
)
readings = st.builds(
    Metered,
    st.integers(-30, 150).map(at),
    st.none() | registers,
    st.none() | st.integers(-5, 400_000),
    st.none() | st.integers(-5, 400_000),
    st.booleans(),
    st.booleans(),
    st.booleans(),
)
courses = st.builds(
    lambda some, start, stop, minutes, is_dated: course(
        start, stop, *some, minutes=minutes, is_dated=is_dated
    ),
    st.lists(readings, max_size=14),
    st.none() | registers,
    st.none() | registers,
    st.integers(-5, 120),
    st.booleans(),
)


@st.composite
def clean(draw: st.DrawFn) -> Course:
    """A register that grows as registers do, read now and then, and told at start and stop."""
    steps = draw(st.lists(st.integers(0, 40_000), min_size=2, max_size=12))
    values = [draw(st.integers(0, 10**7))]
    for step in steps:
        values.append(values[-1] + step)
    inner = read(*((10 * n, wh) for n, wh in enumerate(values) if 0 < n < len(steps)))
    return course(values[0], values[-1], *inner, minutes=10 * len(steps))


@given(courses, st.randoms(use_true_random=False))
def test_order_and_repetition_never_matter(told: Course, random: Any) -> None:
    mixed = [*told.readings, *random.choices(told.readings, k=len(told.readings))] if told.readings else []
    random.shuffle(mixed)
    assert assess(replace(told, readings=tuple(mixed))) == assess(told)


@given(courses)
def test_energy_is_never_negative_nor_more_than_can_have_flowed(told: Course) -> None:
    energy = assess(told)
    assert energy.quality in ("ok", "estimated", "suspect")
    assert energy.energy_wh >= 0
    assert isinstance(energy.energy_wh, int)
    times = [one.at for one in (*told.readings, told.start, told.stop) if one]
    if told.is_dated and times:
        seconds = (max(times) - min(times)).total_seconds()
        assert energy.energy_wh <= HIGHEST_POWER_W * (seconds + 20) / 3600


@given(clean())
def test_a_clean_series_tells_last_minus_first(told: Course) -> None:
    assert told.start is not None
    assert told.stop is not None
    assume(told.start.energy_wh)
    assert energy_of(told) == ((told.stop.energy_wh or 0) - (told.start.energy_wh or 0), "ok")


@given(clean(), st.integers(0, 11), st.sampled_from(["zero", "half", "flood"]))
def test_a_spike_changes_nothing(told: Course, place: int, kind: str) -> None:
    assert told.start is not None
    assume(told.start.energy_wh and told.start.energy_wh > 200 and told.readings)
    near = told.readings[place % len(told.readings)]
    value = {"zero": 0, "half": (told.start.energy_wh or 0) // 2, "flood": FLOOD + 10**7}[kind]
    spike = Metered(at((near.at - at(0)).total_seconds() / 60 + 5), value)
    assert energy_of(replace(told, readings=(*told.readings, spike))) == energy_of(told)


@given(clean(), clean())
def test_a_reset_adds_up_what_was_before_and_after(before: Course, after: Course) -> None:
    """The second begins at 0 and stays below where the first began."""
    first = [one for one in (before.start, *before.readings, before.stop) if one]
    second = [one for one in (after.start, *after.readings, after.stop) if one]
    lift, fall, pause = 10**7, second[0].energy_wh or 0, first[-1].at - at(0)
    early = [replace(one, energy_wh=(one.energy_wh or 0) + lift) for one in first]
    late = [replace(one, at=one.at + pause * 2, energy_wh=(one.energy_wh or 0) - fall) for one in second]
    assume((late[1].energy_wh or 0) > 50 and (early[0].energy_wh or 0) > (late[-1].energy_wh or 0))
    assume((early[1].energy_wh or 0) > (early[0].energy_wh or 0))
    told = Course(readings=(*early[1:], *late[:-1]), start=early[0], stop=late[-1])
    expected = early[-1].energy_wh - early[0].energy_wh + late[-1].energy_wh  # type: ignore[operator]
    assert energy_of(told) == (expected, "estimated")


@pytest.mark.parametrize("place", [0, 60])
def test_two_registers_for_one_end_are_a_contradiction(place: float) -> None:
    torn = course(None, None, *read((0, 1000), (30, 3000), (60, 5000), (place, 4000)))
    assert energy_of(torn)[1] == "suspect"
    rounded = course(
        None, None, *read((0, 1000), (30, 3000), (60, 5000), (place, 1010 if not place else 4990))
    )
    assert energy_of(rounded)[1] != "suspect"
