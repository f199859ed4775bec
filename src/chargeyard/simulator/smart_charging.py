"""Charging profiles and the power they leave to a connector, for all versions.

The charge point's own maximum, limits from outside and the transaction's limit all hold; of one purpose the
highest stack level that has a period now leads (1.6 §3.13, 2.x K01). Limits are in watts here; amperes are per
phase at nominal voltage.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import msgspec

from chargeyard.simulator.vehicle import VOLTAGE_V

DC_VOLTAGE_V = 400.0
UNLIMITED_W = math.inf
RECURRENCE_S = {"Daily": 86_400.0, "Weekly": 604_800.0}
WHOLE = 0
"""The place of a profile that is not for one connector or EVSE."""


class Purpose(enum.Enum):
    """What a profile is for; GENERATION is power that is added (2.1 LocalGeneration)."""

    STATION = "station"
    EXTERNAL = "external"
    DEFAULT = "default"
    TRANSACTION = "transaction"
    PRIORITY = "priority"
    GENERATION = "generation"


class Outlet(msgspec.Struct, frozen=True):
    """What a limit is for: a connector, its phases (0: direct current) and when its transaction began.

    ``has_priority``: priority charging is on (2.1 K21).
    """

    connector_id: int
    phases: int
    started_at: float | None
    has_priority: bool = False

    @property
    def volts(self) -> float:
        """Watts per ampere and phase."""
        return VOLTAGE_V if self.phases else DC_VOLTAGE_V


class Period(msgspec.Struct, frozen=True):
    """From ``start_s`` on (seconds in its schedule) no more than ``limit``, in the unit of the schedule."""

    start_s: float
    limit: float
    phases: int | None = None


class Profile(msgspec.Struct, frozen=True):
    """One installed profile. Times are epoch seconds, ``place`` a connector, an EVSE or `WHOLE`.

    ``start_at`` is None for a schedule that begins with the transaction. ``told`` is the profile as it came.
    """

    id: int
    place: int
    purpose: Purpose
    stack_level: int
    periods: tuple[Period, ...]
    in_watts: bool
    start_at: float | None
    told: Any
    duration_s: float | None = None
    recurrence_s: float | None = None
    valid_from: float | None = None
    valid_to: float | None = None

    def start(self, outlet: Outlet, now: float) -> float | None:
        """When the schedule that covers ``now`` began; None if it has nothing to count from."""
        start = outlet.started_at if self.start_at is None else self.start_at
        if start is not None and self.recurrence_s and now > start:
            start += (now - start) // self.recurrence_s * self.recurrence_s
        return start

    def is_valid(self, now: float) -> bool:
        """It holds at this moment."""
        begins = self.valid_from is None or self.valid_from <= now
        return begins and (self.valid_to is None or now < self.valid_to)

    def watts(self, outlet: Outlet, now: float) -> float | None:
        """What it allows now; None when it has no period for this moment."""
        start = self.start(outlet, now)
        if start is None or now < start or not self.is_valid(now):
            return None
        elapsed = now - start
        if self.duration_s is not None and elapsed >= self.duration_s:
            return None
        begun = [period for period in self.periods if period.start_s <= elapsed]
        if not begun:
            return None
        return self._in_watts(max(begun, key=lambda period: period.start_s), outlet)

    def _in_watts(self, period: Period, outlet: Outlet) -> float:
        if self.in_watts:
            return period.limit
        phases = 3 if period.phases is None else period.phases
        return period.limit * outlet.volts * max(1, min(phases, outlet.phases))

    def bounds(self, outlet: Outlet, now: float) -> Iterator[float]:
        """Moments at which what it allows may change."""
        yield from filter(None, (self.valid_from, self.valid_to))
        start = self.start(outlet, now)
        if start is None:
            return
        yield start
        yield from (start + period.start_s for period in self.periods)
        if self.duration_s:
            yield start + self.duration_s
        if self.recurrence_s:
            yield start + self.recurrence_s


class Profiles:
    """The charging profiles of one charge point."""

    __slots__ = ("_installed",)

    def __init__(self) -> None:
        self._installed: tuple[Profile, ...] = ()

    def __len__(self) -> int:
        return len(self._installed)

    def __iter__(self) -> Iterator[Profile]:
        return iter(self._installed)

    def install(self, profile: Profile) -> None:
        """Add a profile; one with the same id, or the same purpose and stack level there, is replaced."""
        kept = (entry for entry in self._installed if not _replaces(profile, entry))
        self._installed = (*kept, profile)

    def clear(self, matches: Callable[[Profile], bool]) -> bool:
        """Remove what matches; True if anything did."""
        kept = tuple(entry for entry in self._installed if not matches(entry))
        found = len(kept) < len(self._installed)
        self._installed = kept
        return found

    def end_transaction(self, place: int) -> None:
        """A profile for a transaction lives as long as that."""
        self.clear(lambda entry: entry.place == place and entry.purpose is Purpose.TRANSACTION)

    def limit_w(self, outlet: Outlet, now: float, shared_by: int = 1) -> float:
        """Watts for a connector now; infinity when no profile speaks.

        What holds for the whole charge point is shared out to those that charge.
        """
        whole = [self._lead(purpose, WHOLE, outlet, now) for purpose in (Purpose.STATION, Purpose.EXTERNAL)]
        shares = [watts / max(1, shared_by) for watts in whole if watts is not None]
        own = (self._lead(Purpose.EXTERNAL, outlet.connector_id, outlet, now), self._own(outlet, now))
        limit = min((*shares, *(watts for watts in own if watts is not None)), default=UNLIMITED_W)
        added = self._lead(Purpose.GENERATION, WHOLE, outlet, now)
        return limit if added is None else limit + added / max(1, shared_by)

    def _own(self, outlet: Outlet, now: float) -> float | None:
        """What the transaction may have: a priority, its own profile, or a default."""
        places: list[tuple[Purpose, int]] = []
        if outlet.has_priority:
            places += [(Purpose.PRIORITY, outlet.connector_id), (Purpose.PRIORITY, WHOLE)]
        places += [
            (Purpose.TRANSACTION, outlet.connector_id),
            (Purpose.DEFAULT, outlet.connector_id),
            (Purpose.DEFAULT, WHOLE),
        ]
        found = (self._lead(purpose, place, outlet, now) for purpose, place in places)
        return next((watts for watts in found if watts is not None), None)

    def composite(
        self, outlet: Outlet, now: float, duration_s: int, ceiling_w: float
    ) -> list[tuple[int, float]]:
        """(second from now, watts) wherever the limit changes within ``duration_s``; never above ``ceiling_w``."""
        bounds = {
            at for entry in self._installed for at in entry.bounds(outlet, now) if now < at < now + duration_s
        }
        steps: list[tuple[int, float]] = []
        for at in sorted({now} | bounds):
            watts = min(ceiling_w, self.limit_w(outlet, at))
            if not steps or steps[-1][1] != watts:
                steps.append((round(at - now), watts))
        return steps

    def _lead(self, purpose: Purpose, place: int, outlet: Outlet, now: float) -> float | None:
        entries = [entry for entry in self._installed if entry.place == place and entry.purpose is purpose]
        for entry in sorted(entries, key=lambda entry: -entry.stack_level):
            if (watts := entry.watts(outlet, now)) is not None:
                return watts
        return None


def in_unit(
    steps: Iterable[tuple[int, float]], outlet: Outlet, *, watts: bool
) -> Iterator[tuple[int, float]]:
    """The steps of `Profiles.composite` in watts, or in amperes per phase."""
    divisor = 1.0 if watts else outlet.volts * max(1, outlet.phases)
    return ((second, round(limit_w / divisor, 1)) for second, limit_w in steps)


def _replaces(profile: Profile, entry: Profile) -> bool:
    if entry.id == profile.id:
        return True
    same_place = entry.place == profile.place and entry.stack_level == profile.stack_level
    return same_place and entry.purpose is profile.purpose
