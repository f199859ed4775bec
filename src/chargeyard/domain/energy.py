"""The energy of a transaction from all that its meter told: which readings to believe, and how far.

Pure arithmetic on whole watt-hours. Chargers send registers that drop to 0 for a moment, jump to 2³², start anew,
count from 0 in one message and from the installation in the next, or count kilowatt-hours under the name of
watt-hours (field quirks 34, 36, 38, 90). What is left out here stays stored as it was told.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.metering import (
    ENERGY_IMPORT,
    ENERGY_INTERVAL,
    Energy,
    Reading,
    Sample,
    Summary,
    total_of,
)
from chargeyard.domain.registers import (
    EDGE,
    FIELD,
    JITTER_WH,
    PERIODIC,
    SIGNED,
    Ends,
    Level,
    joined,
    most_between,
    walked,
    worse,
)

LEAST_SAMPLES = 5
"""Fewer samples of the power are no evidence of energy."""


class Metered(Struct, frozen=True, gc=False):
    """What one reading tells of the energy taken; None where it does not. `interval_wh` is since the one before.

    `begins` and `ends`: the charge point marks it as the first or the last of the transaction. `is_kept`: it stands
    for readings whose detail has gone, of which only some registers are still known.
    """

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    interval_wh: int | None = None
    begins: bool = False
    ends: bool = False
    signed: bool = False
    is_kept: bool = False


class Course(Struct, frozen=True, kw_only=True):
    """All that is known of a transaction's energy, in any order, with repetitions.

    `start` and `stop` are registers told as such, apart from readings. `is_dated` false: the clock cannot be
    believed, so that no limit of power can be applied.
    """

    readings: tuple[Metered, ...] = ()
    start: Metered | None = None
    stop: Metered | None = None
    is_dated: bool = True


def metered(at: datetime, samples: Sequence[Sample], summary: Summary) -> Metered:
    """What the samples of one instant tell of the energy; `summary` is theirs."""
    registers = [one for one in samples if one.measurand == ENERGY_IMPORT]
    return Metered(
        at,
        summary.energy_wh,
        summary.power_w,
        total_of(samples, ENERGY_INTERVAL),
        any(one.context == "Transaction.Begin" for one in registers),
        any(one.context == "Transaction.End" for one in registers),
        any(one.signed and one.value is not None for one in registers),
    )


def metered_in(readings: Iterable[Reading]) -> tuple[Metered, ...]:
    """What each of `readings` tells of the energy."""
    return tuple(metered(one.at, one.samples, one.summary) for one in readings)


def assess(course: Course) -> Energy:
    """The energy taken: from the first register to be believed to the last, over all resets of the register.

    `ok`: the registers at both ends are known and nothing speaks against them. `estimated`: one of them is not,
    or a part is not covered. `suspect`: the evidence contradicts itself, or there is only one register. Never
    negative, never more than `HIGHEST_POWER_W` could have brought in the time.
    """
    told = sorted(set(course.readings), key=_order)
    ends = _ends(course, told)
    within = [one for one in told if _is_within(one, ends)]
    levels = [level for one in within if (level := _level(one))]
    both = [level for level in (ends.start, *levels, ends.stop) if level]
    if _count(levels, ends) > 1:
        found = _of_two_registers(joined(levels), ends) or walked(joined(both), ends)
        found = _checked(found, within, ends)
        if levels and _is_torn(levels):
            found = replace(found, quality="suspect")
    else:
        found = Energy(0, "suspect", both[0].wh) if both else _without_registers(told)
    instants = [one.at for one in told] + [level.since for level in (ends.start, ends.stop) if level]
    most_wh = most_between(min(instants), max(instants)) if instants and ends.is_dated else found.energy_wh
    return found if found.energy_wh <= most_wh else Energy(most_wh, "suspect", found.last_wh)


# --- which registers there are --------------------------------------------------------------------------------


def _order(one: Metered) -> tuple[object, ...]:
    values = one.energy_wh or 0, one.power_w or 0, one.interval_wh or 0
    return one.at, *values, one.begins, one.ends, one.signed


def _ends(course: Course, told: Sequence[Metered]) -> Ends:
    """Start and stop; a stop of 0 after readings above 0 is a lost register (power loss)."""
    stop = _level(course.stop, FIELD)
    if stop is not None and not stop.wh and any(one.energy_wh for one in told):
        stop = None
    return Ends(_level(course.start, FIELD), stop, course.is_dated)


def _is_within(one: Metered, ends: Ends) -> bool:
    """Whether a reading can count: what was read before the start or after the stop does not add to them."""
    if not ends.is_dated:
        return True
    is_early = ends.start is not None and one.at < ends.start.since and not one.begins
    return not is_early and (ends.stop is None or one.at <= ends.stop.since)


def _level(one: Metered | None, least: int = PERIODIC) -> Level | None:
    """The register that was told, if it can be one."""
    if one is None or one.energy_wh is None or one.energy_wh < 0:
        return None
    is_edge = one.begins or one.ends
    trust = SIGNED if one.signed and is_edge else EDGE if is_edge else least
    return Level(one.at, one.at, one.energy_wh, trust, one.begins, one.ends)


def _count(levels: Sequence[Level], ends: Ends) -> int:
    """How many registers there are; a stop that repeats the last reading is none of its own."""
    last, stop = levels[-1] if levels else None, ends.stop
    repeats = last and stop and (last.wh == stop.wh and stop.since - last.since <= _AT_ONCE)
    instants = len({level.since for level in levels})
    return instants + (ends.start is not None) + (stop is not None and not repeats)


_AT_ONCE = timedelta(minutes=1)


def _is_torn(levels: Sequence[Level]) -> bool:
    """Whether two registers, trusted alike, were told for the first instant or for the last: nobody can say which
    one counts."""
    for edge in (levels[0], levels[-1]):
        there = [level for level in levels if level.since == edge.since]
        trust = max(level.trust for level in there)
        values = [level.wh for level in there if level.trust == trust]
        if max(values) - min(values) > JITTER_WH:
            return True
    return False


def _of_two_registers(levels: Sequence[Level], ends: Ends) -> Energy | None:
    """The energy where start and stop tell of another register than all readings do; None: they do not.

    One counts the session, the other everything since it was installed. They should tell the same energy.
    """
    if ends.start is None or ends.stop is None or len(levels) < 2:
        return None
    first_wh, last_wh = ends.start.wh, ends.stop.wh
    values = [level.wh for level in levels]
    if last_wh < first_wh or not (max(values) < first_wh or min(values) > last_wh):
        return None
    read, told_wh = walked(levels, Ends(is_dated=ends.is_dated)), last_wh - first_wh
    if abs(read.energy_wh - told_wh) <= max(200, told_wh // 10):
        return Energy(told_wh, "ok", last_wh)
    if not told_wh or any(level.trust >= EDGE for level in levels):
        return replace(read, quality="estimated")
    return Energy(told_wh, "suspect", last_wh)


# --- what else was measured -----------------------------------------------------------------------------------


def _checked(found: Energy, within: Sequence[Metered], ends: Ends) -> Energy:
    """The energy beside that of the power, else of the intervals."""
    instants = [one.at for one in within] + [level.since for level in (ends.start, ends.stop) if level]
    if not ends.is_dated:
        return found
    power_wh = _over_power(within, max(instants) - min(instants))
    if power_wh is not None:
        return _compared(found, power_wh)
    intervals = _intervals(within)
    if len(intervals) < 2 or _is_near(found.energy_wh, sum(intervals)):
        return found
    return replace(found, quality="suspect")


def _compared(found: Energy, power_wh: int) -> Energy:
    """Beside the energy of the power: near, or a thousandth of it (kilowatt-hours that are called watt-hours)."""
    if _is_near(found.energy_wh, power_wh):
        return found
    thousandfold_wh = found.energy_wh * 1000
    if power_wh >= 2000 and abs(thousandfold_wh - power_wh) <= power_wh // 5 + 1000 and found.energy_wh:
        return Energy(thousandfold_wh, worse(found.quality, "estimated"), found.last_wh)
    return replace(found, quality="suspect")


def _is_near(one_wh: int, other_wh: int) -> bool:
    """Samples are coarse: only what is twice as much, or half, contradicts."""
    return abs(one_wh - other_wh) <= max(one_wh, other_wh) // 2 + 500


def _over_power(during: Sequence[Metered], span: timedelta) -> int | None:
    """The integral of the sampled power in Wh; None where the samples leave too much open."""
    samples = [(one.at, one.power_w) for one in during if one.power_w is not None and one.power_w >= 0]
    if len({at for at, _ in samples}) < LEAST_SAMPLES or samples[-1][0] - samples[0][0] < span * 4 / 5:
        return None
    steps = [(other[0] - one[0], one[1] + other[1]) for one, other in pairwise(samples)]
    if max(step for step, _ in steps) > max(span / 4, _AT_ONCE):
        return None
    return sum(step // timedelta(milliseconds=1) * twice_w for step, twice_w in steps) // 7_200_000


def _intervals(during: Iterable[Metered]) -> list[int]:
    """The energy of each interval in Wh, one for an instant."""
    told = {one.at: one.interval_wh for one in during if one.interval_wh is not None and one.interval_wh >= 0}
    return list(told.values())


def _without_registers(told: Sequence[Metered]) -> Energy:
    """What intervals or power tell where no register does; parking takes no energy, and that is certain."""
    power_wh = _over_power(told, told[-1].at - told[0].at) if told else None
    intervals = _intervals(told)
    energy_wh = sum(intervals) if intervals else power_wh or 0
    if power_wh is not None and not _is_near(energy_wh, power_wh):
        return Energy(energy_wh, "suspect")
    return Energy(energy_wh, "estimated" if energy_wh else "ok")
