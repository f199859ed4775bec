"""The book of charging profiles that a charge point holds: what we set, what it reports, limits from outside.

A charge point keeps its profiles over restarts and reconnects (1.6 errata 3.37), and one family of them cannot
list what it has: the book is then all that anybody knows. Every function returns a new book.
"""

from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Fault, Period, Purpose

Source = Literal["ours", "reported", "external"]
"""Who set a profile: we; someone, seen in a report; someone outside (grid, site), seen in a report or notice."""

Replaces = Literal["stack", "id"]
"""What a new profile replaces: besides one with its id, one of the same purpose and stack level on the same
EVSE (1.6 §5.16); or nothing but one with its id (2.0.1 K01.FR.05)."""


class Installed(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A profile at a charge point, and since when. `limit_source` is the charge point's word for who set it."""

    profile: ChargingProfile
    source: Source
    at: datetime
    limit_source: str = ""


Book = tuple[Installed, ...]


class Criteria(Struct, frozen=True, kw_only=True):
    """Which profiles are meant. With an id the rest is ignored (1.6 errata 3.25, 2.0.1 K10.FR.03); none: all."""

    id: int | None = None
    evse: int | None = None
    purpose: Purpose | None = None
    stack_level: int | None = None

    def match(self, profile: ChargingProfile) -> bool:
        """Whether `profile` is meant."""
        if self.id is not None:
            return profile.id == self.id
        asked = (self.evse, self.purpose, self.stack_level)
        has = (profile.evse, profile.purpose, profile.stack_level)
        return all(wanted is None or wanted == value for wanted, value in zip(asked, has, strict=True))


def put(book: Book, entry: Installed, replaces: Replaces) -> Book:
    """The book after `entry` was accepted. A Dynamic profile counts from now if it does not say otherwise."""
    profile = entry.profile
    if profile.kind == "Dynamic" and profile.updated_at is None:
        entry = replace(entry, profile=replace(profile, updated_at=entry.at))
    kept = (other for other in book if not _is_replaced(other.profile, profile, replaces))
    return (*kept, entry)


def _is_replaced(old: ChargingProfile, new: ChargingProfile, replaces: Replaces) -> bool:
    """Limits from outside have ids of their own range and are never replaced by others (2.1)."""
    if _is_external(old) != _is_external(new):
        return False
    return old.id == new.id or (replaces == "stack" and _place(old) == _place(new))


def _is_external(profile: ChargingProfile) -> bool:
    return profile.purpose == "ExternalConstraints"


def _place(profile: ChargingProfile) -> tuple[int, Purpose, int]:
    return profile.evse, profile.purpose, profile.stack_level


def cleared(book: Book, criteria: Criteria) -> Book:
    """The book after a clear. External constraints stay: they are not ours, and to believe them gone is unsafe."""
    return tuple(entry for entry in book if _is_external(entry.profile) or not criteria.match(entry.profile))


def ended(book: Book, evse: int, transaction: int) -> Book:
    """The book after a transaction: its own profiles go, and unnamed ones that came with its start."""
    return tuple(
        entry
        for entry in book
        if entry.profile.purpose != "Tx" or not _belongs(entry.profile, evse, transaction)
    )


def _belongs(profile: ChargingProfile, evse: int, transaction: int) -> bool:
    if profile.transaction is None and not profile.wire_id:
        return profile.evse == evse
    return profile.transaction == transaction


def expired(book: Book, now: datetime) -> Book:
    """The book without profiles whose validity has ended by `now`."""
    return tuple(entry for entry in book if entry.profile.valid_to is None or entry.profile.valid_to > now)


def refreshed(book: Book, profile_id: int, values: Period, at: datetime) -> Book | None:
    """The book after a Dynamic profile got new `values` (None in them: unchanged); None if it has no such one."""
    entry = next((entry for entry in book if _is_dynamic(entry.profile, profile_id)), None)
    if entry is None:
        return None
    profile = replace(
        entry.profile,
        updated_at=at,
        schedules=tuple(_with_values(schedule, values) for schedule in entry.profile.schedules),
    )
    return tuple(replace(other, profile=profile) if other is entry else other for other in book)


def _is_dynamic(profile: ChargingProfile, profile_id: int) -> bool:
    return profile.id == profile_id and profile.kind == "Dynamic"


def _with_values(schedule: ChargingSchedule, values: Period) -> ChargingSchedule:
    default = Period(start_s=0)
    fields = {
        name: value
        for name in values.__struct_fields__
        if name != "start_s" and (value := getattr(values, name)) != getattr(default, name)
    }
    return replace(schedule, periods=tuple(replace(period, **fields) for period in schedule.periods))


def conflicts(
    book: Book, profile: ChargingProfile, replaces: Replaces, max_installed: int | None = None
) -> tuple[Fault, ...]:
    """What in the book forbids to send `profile`: a double under another id, or no room left."""
    stay = [entry.profile for entry in book if not _is_replaced(entry.profile, profile, replaces)]
    found = [
        Fault("Duplicate", f"profile {other.id} has this purpose and stack level at the same time")
        for other in stay
        if _is_double(other, profile)
    ]
    if max_installed is not None and len(stay) >= max_installed:
        found.append(Fault("Full", f"the charge point holds {len(stay)} of {max_installed} profiles"))
    return tuple(found)


def _is_double(other: ChargingProfile, profile: ChargingProfile) -> bool:
    """2.0.1 K01.FR.06; a default for all EVSEs and one for a single EVSE are doubles too (FR.52, FR.53).

    Profiles of different transactions never meet. Where EVSE 0 and another meet, validity is not asked.
    """
    if (other.purpose, other.stack_level) != (profile.purpose, profile.stack_level):
        return False
    if other.evse != profile.evse:
        return profile.purpose == "TxDefault" and 0 in (other.evse, profile.evse)
    return other.transaction == profile.transaction and _overlap(other, profile)


def _overlap(one: ChargingProfile, other: ChargingProfile) -> bool:
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: ChargingProfile, other: ChargingProfile) -> bool:
    return one.valid_from is None or other.valid_to is None or one.valid_from < other.valid_to


def _essence(profile: ChargingProfile) -> ChargingProfile:
    """What limits, without what a charge point may add, drop or number anew when it lists a profile."""
    relative = profile.kind == "Relative"
    return replace(
        profile,
        wire_id="" if profile.transaction is not None else profile.wire_id,
        recurrency=profile.recurrency if profile.kind == "Recurring" else None,
        valid_from=_whole_second(profile.valid_from),
        valid_to=_whole_second(profile.valid_to),
        updated_at=None,
        price_signature="",
        schedules=tuple(_essence_of_schedule(schedule, relative) for schedule in profile.schedules),
    )


def _essence_of_schedule(schedule: ChargingSchedule, relative: bool) -> ChargingSchedule:
    return ChargingSchedule(
        unit=schedule.unit,
        start=None if relative else _whole_second(schedule.start),
        duration_s=schedule.duration_s,
        min_rate=schedule.min_rate,
        soc_limit=schedule.soc_limit,
        randomized_delay_s=schedule.randomized_delay_s,
        use_local_time=schedule.use_local_time,
        periods=tuple(replace(period, phases=period.phases or 3) for period in schedule.periods),
    )


def _whole_second(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(microsecond=0)


def confirmed(known: Installed | None, reported: Installed) -> Installed:
    """`known` where `reported` only repeats it, so that it stays known who set it; else `reported`."""
    if known is None or _essence(known.profile) != _essence(reported.profile):
        return reported
    return replace(known, limit_source=reported.limit_source or known.limit_source)
