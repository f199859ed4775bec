"""Instants as charge points write them, and as we write them.

In: any ISO 8601 that can be understood, and what chargers make of it. Out: whole seconds in UTC with `Z`, the
only form that no charge point is known to reject (lbbrhzn/ocpp#512).
"""

import re
from datetime import UTC, datetime, timedelta

EARLIEST_YEAR = 2015
"""A clock that shows less has not been set yet (MicroOcpp#311)."""

LATEST_AHEAD = timedelta(days=1)
"""A clock this far ahead of ours is not believed."""

BORN = datetime(2026, 1, 1, tzinfo=UTC)
"""We are no older than this. A clock of ours that shows less is not set yet, and refutes nobody's."""

ODD_ZONES = frozenset((-38, -14, 14, 18, 22, 23, 26, 35, 38, 42, 51))
"""The zones that are not whole hours from UTC, in quarters of an hour: India is 22, Nepal 23."""

_LOOSE = re.compile(
    r"""\s*(?P<date>[0-9]{4}-[0-9]{2}-[0-9]{2})[Tt\s]\s*
        (?P<hour>[01][0-9]|2[0-3]|24(?=:00(?!:(?!00)))):(?P<minute>[0-5][0-9])
        (?::(?P<second>[0-5][0-9]|60)(?:[.,](?P<fraction>[0-9]+))?)?
        \s*(?P<zone>[Zz]|[+-](?:0[0-9]|1[0-4])(?::?[0-5][0-9])?)?\s*\Z""",
    re.VERBOSE,
)


def spell(instant: datetime) -> str:
    """`2026-11-21T08:15:00Z`."""
    return instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def parse(text: str) -> datetime | None:
    """The instant that `text` means if it is RFC 3339 or ISO 8601 with a zone, else None."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return instant if instant.tzinfo is UTC else _to_utc(instant)


def parse_loosely(text: str, now: datetime) -> datetime | None:
    """The instant that `text` probably means, None if nothing can be made of it.

    Understands blanks for `T`, lower case, `+02` and `+0200`, any number of decimals, `24:00`, and a missing
    zone: then the zone in which it is about `now` is taken for the charge point's (evcc#10399), else UTC.
    """
    match = _LOOSE.match(text)
    if match is None:
        return None
    try:
        day = datetime.fromisoformat(match["date"]).replace(tzinfo=UTC)
        micros = int((match["fraction"] or "0")[:6].ljust(6, "0"))
        moment = day + timedelta(
            hours=int(match["hour"]),
            minutes=int(match["minute"]),
            seconds=int(match["second"] or 0),
            microseconds=micros,
        )
        return moment - _offset(match["zone"], moment, now)
    except (ValueError, OverflowError):
        return None


def is_believable(instant: datetime, now: datetime) -> bool:
    """Neither from before the clock was set nor from the far future, as far as our own clock can tell."""
    return instant.year >= EARLIEST_YEAR and (instant - now <= LATEST_AHEAD or now < BORN)


def _to_utc(instant: datetime) -> datetime | None:
    if instant.tzinfo is None:
        return None
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        return None


def _offset(zone: str | None, moment: datetime, now: datetime) -> timedelta:
    if zone is None:
        return _guessed_offset(moment, now)
    if zone in "Zz":
        return timedelta(0)
    digits = zone[1:].replace(":", "").ljust(4, "0")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset


def _guessed_offset(moment: datetime, now: datetime) -> timedelta:
    """The charge point's zone, if `moment` is within two minutes of `now` in some zone; else none."""
    quarters = round((moment - now) / _QUARTER)
    is_live = abs(moment - now - quarters * _QUARTER) <= timedelta(minutes=2)
    is_zone = quarters in ODD_ZONES or (quarters % 4 == 0 and -12 <= quarters // 4 <= 14)
    return quarters * _QUARTER if is_live and is_zone else timedelta(0)


_QUARTER = timedelta(minutes=15)
