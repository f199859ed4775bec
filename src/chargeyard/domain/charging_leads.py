"""Which charging profile speaks for its purpose at a moment: validity, recurrence, duration, stack level.

Everything is laid on a horizon and counted in whole seconds from its start: dates of any size cannot overflow.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from msgspec import Struct

from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Period, Purpose, Unit

CAPS: tuple[Purpose, ...] = ("ChargePointMax", "ExternalConstraints")
"""The purposes that hold whatever the transaction's own limit is."""

ALLOTS: tuple[Purpose, ...] = ("PriorityCharging", "Tx", "TxDefault")
"""The purposes of which the first that has a lead is the transaction's limit."""

_SECOND = timedelta(seconds=1)
_REPEAT_S = {"Daily": 86_400, "Weekly": 604_800}


class Situation(Struct, frozen=True, kw_only=True):
    """What holds at an EVSE now. `phases` 0: direct current; `voltage_v`: nominal, phase to neutral, above 0.

    Give `charging_since` (the power path closed, 2.x PowerPathClosed) the start of the horizon to ask what
    a transaction that began now would get.
    """

    transaction: int | None = None
    charging_since: datetime | None = None
    priority: bool = False
    chosen_schedule: int | None = None
    phases: int = 3
    voltage_v: Decimal = Decimal(230)


class Lead(Struct, frozen=True):
    """What a purpose says at one moment."""

    unit: Unit
    period: Period


class Leads(Struct, frozen=True):
    """All that is said at one moment; `allotted` is the transaction's own, or the default for it."""

    caps: tuple[Lead, ...] = ()
    allotted: Lead | None = None
    generation: Lead | None = None

    @property
    def bounds(self) -> tuple[Lead, ...]:
        """What limits, the transaction's own first."""
        return self.caps if self.allotted is None else (self.allotted, *self.caps)


class _Claim(Struct, frozen=True):
    """A profile laid on the horizon."""

    profile: ChargingProfile
    schedule: ChargingSchedule
    periods: tuple[Period, ...]
    begins: int
    repeat_s: int | None
    valid_from: int | None
    valid_to: int | None

    def lead(self, second: int) -> Lead | None:
        """The period that the profile has at this second; one that has none yields to a lower stack level."""
        elapsed = second - self.begins
        if elapsed < 0 or not _within(self.valid_from, second, self.valid_to):
            return None
        if self.repeat_s is not None:
            elapsed %= self.repeat_s
        index = bisect_right(self.periods, elapsed, key=start_of) - 1
        if index < 0 or not _within(None, elapsed, self.schedule.duration_s):
            return None
        return Lead(self.schedule.unit, self.periods[index])

    def changes(self, until: int) -> Iterator[int]:
        """The seconds at which the period may change before `until`; some may lie before 0 or change nothing."""
        yield from (second for second in (self.valid_from, self.valid_to) if second is not None)
        offsets = [0, *(period.start_s for period in self.periods)]
        if self.schedule.duration_s is not None:
            offsets.append(self.schedule.duration_s)
        for begin in self._beginnings(until):
            yield from (begin + offset for offset in offsets)

    def _beginnings(self, until: int) -> Iterable[int]:
        if self.repeat_s is None:
            return (self.begins,)
        skipped = max(0, -self.begins // self.repeat_s)
        return range(self.begins + skipped * self.repeat_s, until, self.repeat_s)


class Stacks(Struct, frozen=True):
    """The claims on an EVSE by purpose and EVSE, the highest stack level first."""

    evse: int
    claims: dict[tuple[Purpose, int], list[_Claim]]

    def at(self, second: int) -> Leads:
        """Who leads at this second after the start of the horizon."""
        places = (0, self.evse) if self.evse else (0,)
        caps = (self._lead(purpose, evse, second) for purpose in CAPS for evse in places)
        allots = (self._lead(purpose, evse, second) for purpose in ALLOTS for evse in reversed(places))
        adds = (self._lead("LocalGeneration", evse, second) for evse in reversed(places))
        return Leads(
            caps=tuple(lead for lead in caps if lead is not None),
            allotted=next((lead for lead in allots if lead is not None), None),
            generation=next((lead for lead in adds if lead is not None), None),
        )

    def _lead(self, purpose: Purpose, evse: int, second: int) -> Lead | None:
        leads = (claim.lead(second) for claim in self.claims.get((purpose, evse), ()))
        return next((lead for lead in leads if lead is not None), None)

    def changes(self, until: int) -> set[int]:
        """Every second from 0 up to `until` at which the leads may change, 0 included."""
        found = (
            second for claims in self.claims.values() for claim in claims for second in claim.changes(until)
        )
        return {0, *(second for second in found if 0 <= second < until)}


def stacked(profiles: Iterable[ChargingProfile], evse: int, start: datetime, situation: Situation) -> Stacks:
    """The profiles that concern an EVSE, laid on a horizon that begins at `start`.

    Of two with the same purpose, EVSE and stack level the higher id comes first, so that order of input never
    matters.
    """
    claims: dict[tuple[Purpose, int], list[_Claim]] = {}
    for profile in sorted(profiles, key=_rank, reverse=True):
        claim = _claim(profile, start, situation) if _concerns(profile, evse, situation) else None
        if claim is not None:
            claims.setdefault((profile.purpose, profile.evse), []).append(claim)
    return Stacks(evse, claims)


def _rank(profile: ChargingProfile) -> tuple[int, int]:
    return profile.stack_level, profile.id


def start_of(period: Period) -> int:
    """The key that periods are sorted by."""
    return period.start_s


def _within(begin: int | None, second: int, end: int | None) -> bool:
    return (begin is None or begin <= second) and (end is None or second < end)


def _concerns(profile: ChargingProfile, evse: int, situation: Situation) -> bool:
    if profile.purpose in ALLOTS and evse == 0:
        return False
    if profile.purpose == "Tx":
        return profile.evse == evse and _is_of_transaction(profile, situation)
    if profile.purpose == "PriorityCharging" and not situation.priority:
        return False
    return profile.evse in (0, evse)


def _is_of_transaction(profile: ChargingProfile, situation: Situation) -> bool:
    """An unnamed profile came with the request to start, and is for the transaction that runs."""
    if situation.transaction is None:
        return False
    unnamed = profile.transaction is None and not profile.wire_id
    return unnamed or profile.transaction == situation.transaction


def _claim(profile: ChargingProfile, start: datetime, situation: Situation) -> _Claim | None:
    """None if the profile has no schedule, or nothing to count from yet."""
    schedule = _schedule(profile, situation)
    since = None if schedule is None else _counts_from(profile, schedule, start, situation)
    if schedule is None or since is None:
        return None
    recurs = profile.recurrency if profile.kind == "Recurring" else None
    return _Claim(
        profile=profile,
        schedule=schedule,
        periods=tuple(sorted(schedule.periods, key=start_of)),
        begins=_seconds(since, start),
        repeat_s=None if recurs is None else _REPEAT_S[recurs],
        valid_from=None if profile.valid_from is None else _seconds(profile.valid_from, start),
        valid_to=None if profile.valid_to is None else _seconds(profile.valid_to, start),
    )


def _schedule(profile: ChargingProfile, situation: Situation) -> ChargingSchedule | None:
    chosen = (each for each in profile.schedules if each.id == situation.chosen_schedule is not None)
    return next(chosen, profile.schedules[0] if profile.schedules else None)


def _counts_from(
    profile: ChargingProfile, schedule: ChargingSchedule, start: datetime, situation: Situation
) -> datetime | None:
    if profile.kind == "Relative":
        return situation.charging_since
    if profile.kind == "Dynamic":
        return profile.updated_at or schedule.start or start
    return schedule.start or situation.charging_since


def _seconds(at: datetime, start: datetime) -> int:
    """Whole seconds from `start`, upwards: what begins within a second holds from the next."""
    return -((start - at) // _SECOND)
