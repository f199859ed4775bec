"""From the first register of a transaction to the last: spikes left out, resets bridged.

The registers come as levels in the order of time. Nothing here knows who told them, only how far each is trusted.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct

from chargeyard.domain.metering import Energy

PERIODIC, FIELD, EDGE, SIGNED = range(4)
"""How far a register is trusted: read in between, a field of start or stop, marked as the transaction's begin or
end, that and signed by the meter."""

HIGHEST_POWER_W = 4_500_000
"""More than this no plug carries (3000 A at 1250 V, and a fifth for meters and clocks)."""

HASTE_W = 100_000
"""A start register of 0 is doubted only where more than this would have flowed before the first reading."""

SLACK_S = 20
"""Clocks and readings may be this far apart."""

JITTER_WH = 50
"""A register this much lower than the one before it was rounded, or read a moment earlier."""


class Level(Struct, frozen=True):
    """A register value and the time that it stood there."""

    since: datetime
    until: datetime
    wh: int
    trust: int
    begins: bool = False
    ends: bool = False


class Ends(Struct, frozen=True):
    """The registers that were told as those of start and stop, None where none was.

    `is_dated` false: the times cannot be believed, and no limit of power can be applied.
    """

    start: Level | None = None
    stop: Level | None = None
    is_dated: bool = True


def joined(levels: Sequence[Level]) -> list[Level]:
    """The same with neighbours of equal value joined to one."""
    found: list[Level] = []
    for level in levels:
        if found and found[-1].wh == level.wh:
            found.append(_both(found.pop(), level))
        else:
            found.append(level)
    return found


def _both(one: Level, other: Level) -> Level:
    trust, begins, ends = max(one.trust, other.trust), one.begins or other.begins, one.ends or other.ends
    return Level(one.since, other.until, one.wh, trust, begins, ends)


def walked(levels: Sequence[Level], ends: Ends) -> Energy:
    """The energy over `levels`, which hold those of `ends`: the sum over all segments.

    `ok` only if the register at the stop is among what is left.
    """
    quality, segments = segments_of(levels, ends)
    last = segments[-1][-1]
    if len(segments) == 1 == len(segments[0]) < len(levels):
        return Energy(0, "suspect", last.wh)
    energy_wh = sum(segment[-1].wh - segment[0].wh for segment in segments) + _since_zero(
        segments, ends.start
    )
    return Energy(energy_wh, worse(quality, "ok" if _is_end(last, ends) else "estimated"), last.wh)


def segments_of(levels: Sequence[Level], ends: Ends) -> tuple[str, list[list[Level]]]:
    """How far to trust it, and the levels that are left in the order of time, cut where the register was reset."""
    quality = "ok"
    if ends.start is not None and _is_hasty(levels):
        quality, levels = "ok" if levels[1].begins else "estimated", levels[1:]
    walk = _Walk(levels[0], ends.is_dated)
    for place in range(1, len(levels)):
        walk.take(levels[place], levels[place + 1] if place + 1 < len(levels) else None)
    segments = _trusted(walk.segments)
    return worse(quality, walk.quality), segments


def _is_end(last: Level, ends: Ends) -> bool:
    return last.ends or (ends.stop is not None and abs(last.wh - ends.stop.wh) <= JITTER_WH)


class _Walk:
    """Along the levels in the order of time: spikes are left out, each reset begins a segment."""

    def __init__(self, first: Level, is_dated: bool) -> None:
        self.segments = [[first]]
        self.quality = "ok"
        self._is_dated = is_dated

    def take(self, level: Level, following: Level | None) -> None:
        """The next level, with a look at the one after it."""
        last = self.segments[-1][-1]
        if self._follows(last, level):
            self.segments[-1].append(level)
        elif level.wh > last.wh:
            self._leap(level, following)
        else:
            self._fall(level, following)

    def _follows(self, one: Level, other: Level | None) -> bool:
        if other is None or other.wh < one.wh:
            return False
        return not self._is_dated or other.wh - one.wh <= most_between(one.until, other.since)

    def _leap(self, level: Level, following: Level | None) -> None:
        """More than can have flowed: a spike, or the first register was of another kind."""
        is_first = self.segments == [[self.segments[-1][-1]]]
        if self._follows(self.segments[-1][-1], following):
            return
        if self._follows(level, following):
            if is_first:
                self.segments = []
            self._worsen("ok" if is_first and level.begins else "estimated" if is_first else "suspect")
            self.segments.append([level])
        elif is_first and following is None:
            self._worsen("suspect")
            self.segments[-1].append(level)

    def _fall(self, level: Level, following: Level | None) -> None:
        """Less than before: rounding, a spike down, the end of a spike up, or a reset."""
        segment = self.segments[-1]
        last = segment[-1]
        if last.wh - level.wh <= JITTER_WH:
            if level.trust > last.trust and (len(segment) == 1 or segment[-2].wh <= level.wh):
                segment[-1] = level
        elif self._follows(last, following):
            return
        elif (
            len(segment) > 1 and self._follows(segment[-2], level) and self._is_end_of_spike(level, following)
        ):
            segment[-1] = level
        elif self._follows(level, following):
            self._worsen("estimated")
            self.segments.append([level])

    def _is_end_of_spike(self, level: Level, following: Level | None) -> bool:
        """At the very end nobody can tell which of the two is wrong: the lower one is booked, with a doubt."""
        if following is None:
            self._worsen("suspect")
            return True
        return self._follows(level, following)

    def _worsen(self, quality: str) -> None:
        self.quality = worse(self.quality, quality)


def _is_hasty(levels: Sequence[Level]) -> bool:
    """A start register of 0 that the readings give the lie: from there to the first of them far more would have
    flowed, in the time, than ever after."""
    if len(levels) < 3 or levels[0].wh or levels[0].trust != FIELD:
        return False
    first, *others = (_power_w(one, other) for one, other in pairwise(levels))
    return first > max(HASTE_W, 10 * max(others))


def _power_w(one: Level, other: Level) -> int:
    seconds = max(SLACK_S, (other.since - one.until) // timedelta(seconds=1))
    return (other.wh - one.wh) * 3600 // seconds


def _trusted(segments: list[list[Level]]) -> list[list[Level]]:
    """The same between what the charge point marks as begin and end, where that is better than what is outside."""
    first = segments[0]
    begin = max(range(len(first)), key=lambda place: (_trust(first[place].begins, first[place]), -place))
    if first[begin].trust > first[0].trust:
        segments[0] = first[begin:]
    last = segments[-1]
    end = max(range(len(last)), key=lambda place: (_trust(last[place].ends, last[place]), place))
    if last[end].trust > last[-1].trust:
        segments[-1] = last[: end + 1]
    return segments


def _trust(is_marked: bool, level: Level) -> int:
    return level.trust if is_marked else PERIODIC


def _since_zero(segments: Sequence[Sequence[Level]], start: Level | None) -> int:
    """What a register that counts the session showed when it was read first, after a start that told another."""
    if start is None or len(segments) < 2 or len(segments[0]) > 1 or segments[0][0].trust != FIELD:
        return 0
    first = segments[1][0]
    return first.wh if first.wh <= most_between(start.until, first.since) else 0


def most_between(since: datetime, until: datetime) -> int:
    """What can have flowed in the time, in Wh."""
    seconds = max(0, (until - since) // timedelta(seconds=1)) + SLACK_S
    return HIGHEST_POWER_W * seconds // 3600


def worse(*qualities: str) -> str:
    """The worst of `qualities`."""
    return max(qualities, key=("ok", "estimated", "suspect").index)
