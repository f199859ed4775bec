"""What is kept of readings when their detail goes: one roll-up for each transaction, and the energy of every 15 minutes.

Pure arithmetic. It does not matter in which order readings come, or how often. The energy of a transaction is what was
booked for it (`domain.energy`); here it is only laid out over its time, so that its intervals add up to exactly that.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.registers import FIELD, PERIODIC, Ends, Level, segments_of

INTERVAL = timedelta(minutes=15)
LONGEST = timedelta(days=1)
"""What has flowed in a longer time than this between two registers is booked where the second one was read."""

LATE = timedelta(hours=12)
"""Readings that are this far from the clock when they come may belong to what was rolled up before. Nothing is rolled
up sooner than that."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Point(Struct, frozen=True, gc=False):
    """What a roll-up wants of one reading."""

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    soc_percent: float | None = None


class RollUp(Struct, frozen=True, kw_only=True):
    """The readings of one transaction in short. `energy_wh` is what was booked for it; registers and state of charge
    are the first and the last that were told, None where none was."""

    readings: int = 0
    energy_wh: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    first_register_at: datetime | None = None
    first_register_wh: int | None = None
    last_register_at: datetime | None = None
    last_register_wh: int | None = None
    max_power_w: int | None = None
    first_soc_percent: float | None = None
    last_soc_percent: float | None = None


class Interval(Struct, frozen=True, kw_only=True):
    """15 minutes from `starts_at`: the energy that flowed, the power of its readings, its first and last register."""

    starts_at: datetime
    energy_wh: int = 0
    readings: int = 0
    average_power_w: int | None = None
    max_power_w: int | None = None
    first_register_at: datetime | None = None
    first_register_wh: int | None = None
    last_register_at: datetime | None = None
    last_register_wh: int | None = None


class Span(Struct, frozen=True, kw_only=True):
    """A transaction that has ended, as far as its intervals need it."""

    started_at: datetime
    stopped_at: datetime
    start_wh: int | None = None
    stop_wh: int | None = None
    energy_wh: int = 0


class Flow(Struct, frozen=True, gc=False):
    """So much energy in that time."""

    since: datetime
    until: datetime
    wh: int


def start_of(at: datetime) -> datetime:
    """The beginning of the interval that `at` is in."""
    return at - (at - _EPOCH) % INTERVAL


def day_of(at: datetime) -> datetime:
    """The beginning of the day, in UTC, that `at` is in."""
    return at - (at - _EPOCH) % LONGEST


def rolled_up(points: Iterable[Point], energy_wh: int) -> RollUp:
    """The readings of a transaction for which `energy_wh` was booked."""
    told = _in_order(points)
    if not told:
        return RollUp(energy_wh=energy_wh)
    charges = [one.soc_percent for one in told if one.soc_percent is not None]
    return RollUp(
        readings=len(told),
        energy_wh=energy_wh,
        first_at=told[0].at,
        last_at=told[-1].at,
        max_power_w=_highest(told),
        first_soc_percent=charges[0] if charges else None,
        last_soc_percent=charges[-1] if charges else None,
        **_registers(told),
    )


def intervals_of(points: Iterable[Point], span: Span) -> list[Interval]:
    """The intervals of a transaction in which something was told or has flowed; together the energy booked for it.

    Along its registers; where there are none along the power; else evenly over its time.
    """
    told = _in_order(points)
    flows = _along_registers(told, span) or _along_power(told) or _evenly(span)
    return _joined(told, _laid_out(flows, span.energy_wh))


def idle_intervals(
    points: Iterable[Point], busy: Sequence[tuple[datetime, datetime]], since: datetime, until: datetime
) -> list[Interval]:
    """The intervals from `since` to `until` of readings that belong to no transaction.

    `points` may reach beyond: the energy between two registers is spread over the time between them. None is booked
    between registers with a transaction in between (`busy`): it has booked that itself.
    """
    told = _in_order(points)
    levels = _levels(told)
    flows = _flows(segments_of(levels, Ends())[1]) if levels else []
    free = [flow for flow in flows if not _meets(flow, busy)]
    energies = _laid_out(free, sum(flow.wh for flow in free))
    within = [one for one in told if since <= one.at < until]
    return _joined(within, {at: wh for at, wh in energies.items() if since <= at < until})


def with_kept(made: Sequence[Interval], kept: Iterable[Interval]) -> list[Interval]:
    """`made` from what is left of the detail, with the readings of `kept`, which were made while it was there.

    The energy is that of `made`: it adds up to what is booked now.
    """
    found = {one.starts_at: one for one in made}
    for one in kept:
        known = found.get(one.starts_at)
        found[one.starts_at] = replace(one, energy_wh=known.energy_wh if known else 0)
    return sorted(found.values(), key=lambda one: one.starts_at)


def points_of(kept: Iterable[Interval]) -> list[Point]:
    """The readings that are still known from intervals: the first and the last register of each."""
    found = []
    for one in kept:
        for at, wh in (
            (one.first_register_at, one.first_register_wh),
            (one.last_register_at, one.last_register_wh),
        ):
            if at is not None:
                found.append(Point(at, wh))
    return _in_order(found)


def total(kept: RollUp | None, told: RollUp) -> RollUp:
    """The roll-up `kept` from the time when the detail was there, and what was told since."""
    if kept is None or not told.readings:
        return replace(kept or told, energy_wh=told.energy_wh)
    first, last = _ends_of(kept, told)
    return replace(
        told,
        readings=max(kept.readings, told.readings),
        max_power_w=max((w for w in (kept.max_power_w, told.max_power_w) if w is not None), default=None),
        first_at=first.first_at,
        first_soc_percent=first.first_soc_percent,
        last_at=last.last_at,
        last_soc_percent=last.last_soc_percent,
    )


def _ends_of(one: RollUp, other: RollUp) -> tuple[RollUp, RollUp]:
    dated = [each for each in (one, other) if each.first_at is not None] or [one]
    first = min(dated, key=lambda each: each.first_at or _EPOCH)
    return first, max(dated, key=lambda each: each.last_at or _EPOCH)


# --- readings -------------------------------------------------------------------------------------------------


def _in_order(points: Iterable[Point]) -> list[Point]:
    told = sorted(points, key=_at)
    if all(one.at < other.at for one, other in pairwise(told)):
        return told
    return sorted(set(told), key=_order)


def _at(one: Point) -> datetime:
    return one.at


def _order(one: Point) -> tuple[object, ...]:
    # What is not told comes before every value.
    values = (one.energy_wh, one.power_w, one.soc_percent)
    return one.at, *((value is not None, value or 0) for value in values)


def _registers(told: Sequence[Point]) -> dict[str, Any]:
    there = [one for one in told if one.energy_wh is not None]
    if not there:
        return {}
    first, last = there[0], there[-1]
    return {
        "first_register_at": first.at,
        "first_register_wh": first.energy_wh,
        "last_register_at": last.at,
        "last_register_wh": last.energy_wh,
    }


def _highest(told: Iterable[Point]) -> int | None:
    return max((one.power_w for one in told if one.power_w is not None), default=None)


def _joined(told: Iterable[Point], energies: dict[datetime, int]) -> list[Interval]:
    """What was told and what has flowed, interval by interval."""
    there: dict[datetime, list[Point]] = {at: [] for at in energies}
    for one in told:
        there.setdefault(start_of(one.at), []).append(one)
    return [_interval(at, there[at], energies.get(at, 0)) for at in sorted(there)]


def _interval(starts_at: datetime, told: Sequence[Point], energy_wh: int) -> Interval:
    powers = [one.power_w for one in told if one.power_w is not None]
    return Interval(
        starts_at=starts_at,
        energy_wh=energy_wh,
        readings=len(told),
        average_power_w=sum(powers) // len(powers) if powers else None,
        max_power_w=max(powers, default=None),
        **_registers(told),
    )


# --- what has flowed ------------------------------------------------------------------------------------------


def _along_registers(told: Sequence[Point], span: Span) -> list[Flow]:
    """From register to register, those of start and stop included; what was read outside of them does not count."""
    ends = Ends(_level(span.started_at, span.start_wh, FIELD), _level(span.stopped_at, span.stop_wh, FIELD))
    between = [level for level in _levels(told) if _is_between(level, ends)]
    levels = [level for level in (ends.start, *between, ends.stop) if level]
    return _flows(segments_of(levels, ends)[1]) if levels else []


def _is_between(level: Level, ends: Ends) -> bool:
    is_early = ends.start is not None and level.since < ends.start.since
    return not is_early and (ends.stop is None or level.since <= ends.stop.since)


def _levels(told: Iterable[Point]) -> list[Level]:
    return [level for one in told if (level := _level(one.at, one.energy_wh, PERIODIC))]


def _level(at: datetime, wh: int | None, trust: int) -> Level | None:
    return Level(at, at, wh, trust) if wh is not None and wh >= 0 else None


def _flows(segments: Iterable[Sequence[Level]]) -> list[Flow]:
    """What flowed between the levels of each segment; where nothing did, there is none."""
    return [
        Flow(one.since, other.since, other.wh - one.wh)
        for segment in segments
        for one, other in pairwise(segment)
        if other.wh > one.wh
    ]


def _along_power(told: Sequence[Point]) -> list[Flow]:
    """In proportion to the power between two samples of it; the sum is scaled to the energy booked."""
    samples = [(one.at, one.power_w) for one in told if one.power_w is not None and one.power_w >= 0]
    return [
        Flow(since, until, weight)
        for (since, one_w), (until, other_w) in pairwise(samples)
        if (weight := (until - since) // timedelta(milliseconds=1) * (one_w + other_w))
    ]


def _evenly(span: Span) -> list[Flow]:
    return [Flow(min(span.started_at, span.stopped_at), span.stopped_at, 1)]


def _meets(flow: Flow, busy: Iterable[tuple[datetime, datetime]]) -> bool:
    return any(since < flow.until and flow.since < until for since, until in busy)


def _laid_out(flows: Sequence[Flow], energy_wh: int) -> dict[datetime, int]:
    """`energy_wh` over the intervals in which `flows` were, in proportion to them; the sum is exact."""
    whole = sum(flow.wh for flow in flows)
    found: dict[datetime, int] = {}
    before = booked = 0
    for flow in flows:
        for at, part, of in _parts(flow):
            upto = (before * of + flow.wh * part) * energy_wh // (whole * of)
            if upto > booked:
                found[at] = found.get(at, 0) + upto - booked
                booked = upto
        before += flow.wh
    return found


def _parts(flow: Flow) -> Iterator[tuple[datetime, int, int]]:
    """The intervals that `flow` is in, with how much of it has flowed at the end of each: (interval, part, of)."""
    length = flow.until - flow.since
    if not timedelta() < length <= LONGEST:
        yield start_of(flow.until), 1, 1
        return
    at = start_of(flow.since)
    if flow.until <= at + INTERVAL:
        yield at, 1, 1
        return
    whole = length // timedelta(microseconds=1)
    while at < flow.until:
        end = min(at + INTERVAL, flow.until)
        yield at, (end - flow.since) // timedelta(microseconds=1), whole
        at += INTERVAL
