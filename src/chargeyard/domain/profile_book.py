"""The book of charging profiles as items in the store, and what commands and reports change in it.

What charge points hold is worked out by `installed_profiles`; here its books are read from items, and the
difference of two books becomes events.
"""

from collections.abc import Iterable, Sequence

import msgspec
from msgspec.structs import replace

from chargeyard.domain import commands, reports
from chargeyard.domain.answers import ACKNOWLEDGED, DynamicValuesTold
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.charging_needs import Priority
from chargeyard.domain.charging_profiles import ChargingProfile, Period
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.events import (
    ChargingLimitCleared,
    ChargingLimitTold,
    Event,
    ItemsInstalled,
    ItemsRemoved,
    ListingAdvanced,
    ListingAsked,
    PriorityChargingTold,
    TransactionStopped,
)
from chargeyard.domain.installed_profiles import (
    Book,
    Installed,
    Source,
    cleared,
    confirmed,
    ended,
    put,
    refreshed,
)
from chargeyard.domain.items import Item
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import NothingToList, ProfileInstalled, ProfilesCleared

OPERATOR = "CSO"
"""The charge point's word for limits that come from us."""

PRIORITY = "priority"
"""The key of the item that tells whether an EVSE charges with priority."""

_SOURCES: tuple[Source, ...] = ("ours", "reported", "external")


class Shelved(ChargingProfile, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A profile as it stands in the body of an item; `limit_source` is the charge point's word for who set it."""

    limit_source: str = ""


class ExternalLimit(ChargingProfile, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A limit from outside in the body of an item, as a profile with a schedule; without one it only exists."""

    limit_source: str = ""
    is_grid_critical: bool = False


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_read_shelved = msgspec.json.Decoder(Shelved).decode
_read_limit = msgspec.json.Decoder(ExternalLimit).decode
_read_priority = msgspec.json.Decoder(Priority).decode


def body_of(thing: msgspec.Struct) -> msgspec.Raw:
    """The body of an item."""
    return msgspec.Raw(_ENCODER.encode(thing))


def book_of(records: Iterable[ItemRecord]) -> Book:
    """The profiles among `records`."""
    return tuple(_entry(record) for record in records if record.kind == "ChargingProfile")


def _entry(record: ItemRecord) -> Installed:
    shelved = _read_shelved(record.body)
    fields = {name: getattr(shelved, name) for name in ChargingProfile.__struct_fields__}
    return Installed(
        profile=ChargingProfile(**fields),
        source=record.source,
        at=record.at,
        limit_source=shelved.limit_source,
    )


def limits_of(records: Iterable[ItemRecord]) -> tuple[ChargingProfile, ...]:
    """The limits from outside among `records`, as profiles that cap or add."""
    found = (_read_limit(record.body) for record in records if record.kind == "ExternalLimit")
    return tuple(limit for limit in found if limit.schedules)


def has_priority(records: Iterable[ItemRecord], transaction: int | None) -> bool:
    """Whether the vehicles' items say that `transaction` charges with priority."""
    found = (_read_priority(record.body) for record in records if record.key == PRIORITY)
    return any(one.activated and one.transaction == transaction for one in found)


# --- from books to events ---------------------------------------------------------------------------------------


def _item(entry: Installed) -> Item:
    fields = {name: getattr(entry.profile, name) for name in ChargingProfile.__struct_fields__}
    shelved = Shelved(**fields, limit_source=entry.limit_source)
    return Item(key=_key(entry)[1], evse=entry.profile.evse, body=body_of(shelved))


def _key(entry: Installed) -> tuple[int, str]:
    """Limits from outside may have numbers of ours."""
    is_external = entry.profile.purpose == "ExternalConstraints"
    return entry.profile.evse, f"external-{entry.profile.id}" if is_external else str(entry.profile.id)


def changes(before: Book, after: Book, scene: Scene, *, told: Sequence[Installed] = ()) -> tuple[Event, ...]:
    """What makes the book `before` to `after`; `told` are entries to be stored although they did not change."""
    old = {_key(entry): entry for entry in before}
    new = {_key(entry): entry for entry in after}
    fresh = [entry for key, entry in new.items() if entry in told or old.get(key) != entry]
    installed = (
        _installed(source, [entry for entry in fresh if entry.source == source], scene) for source in _SOURCES
    )
    gone = tuple(sorted(old.keys() - new.keys()))
    removed = ItemsRemoved(
        recorded_at=scene.now, charge_point=scene.charge_point, kind="ChargingProfile", keys=gone
    )
    return (*([removed] if gone else []), *(event for event in installed if event.items))


def _installed(source: Source, entries: Sequence[Installed], scene: Scene) -> ItemsInstalled:
    return ItemsInstalled(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="ChargingProfile",
        items=tuple(map(_item, entries)),
        source=source,
    )


# --- what follows from commands ---------------------------------------------------------------------------------


def after_set(command: commands.SetChargingProfile, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """The profile is there, and those that it has taken the place of are not."""
    if not isinstance(outcome, Accepted):
        return ()
    result = outcome.result
    replaces = result.replaces if isinstance(result, ProfileInstalled) else "id"
    before = book_of(scene.book)
    entry = Installed(profile=command.profile, source="ours", at=scene.now)
    return changes(before, put(before, entry, replaces), scene)


def after_start(command: commands.StartTransaction, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """A profile that went with the request waits for the transaction that it is for."""
    if command.profile is None or not isinstance(outcome, Accepted):
        return ()
    entry = Installed(profile=command.profile, source="ours", at=scene.now)
    return changes((), put((), entry, "id"), scene)


def after_clear(command: commands.ClearChargingProfiles, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """What was meant is gone, or was not there, whatever we believed."""
    if not isinstance(getattr(outcome, "result", None), ProfilesCleared):
        return ()
    before = book_of(scene.book)
    return changes(before, cleared(before, command.criteria), scene)


def after_read(command: commands.ReadChargingProfiles, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """Reports will follow; or there is nothing at all."""
    if isinstance(getattr(outcome, "result", None), NothingToList):
        return changes(book_of(scene.book), (), scene) if command.is_whole else ()
    if not isinstance(outcome, Accepted):
        return ()
    asked = ListingAsked(
        recorded_at=scene.asked_at,
        charge_point=scene.charge_point,
        kind="ChargingProfile",
        request_id=command.request_id,
        is_whole=command.is_whole,
    )
    return (asked,)


def after_update(
    command: commands.UpdateDynamicSchedule, outcome: Outcome, scene: Scene
) -> tuple[Event, ...]:
    """The Dynamic profile has its new values from now on."""
    before = book_of(scene.book)
    after = refreshed(before, command.profile_id, command.values, scene.now)
    if after is None or not isinstance(outcome, Accepted):
        return ()
    return changes(before, after, scene)


def after_priority(
    command: commands.UsePriorityCharging, outcome: Outcome, scene: Scene
) -> tuple[Event, ...]:
    """The transaction charges with priority, or no more (2.1 K21)."""
    if not isinstance(outcome, Accepted):
        return ()
    said = Priority(transaction=command.transaction, activated=command.activate)
    return (of_vehicle(command.evse, PRIORITY, said, scene),)


def of_vehicle(evse: int, key: str, thing: msgspec.Struct, scene: Scene) -> ItemsInstalled:
    """What is now known of the vehicle at an EVSE; what was known of the one before it goes."""
    return ItemsInstalled(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="Vehicle",
        items=(Item(key=key, evse=evse, body=body_of(thing)),),
        source="reported",
    )


# --- what charge points tell ------------------------------------------------------------------------------------


def decide_listed(state: ChargePoint, report: reports.ChargingProfilesListed, context: Context) -> Decision:
    """Every profile listed is there; who set it stays known where the book says the same (K09)."""
    scene = Scene(state.id, context.now)
    before = after = book_of(context.book)
    entries = [_listed(state, report, profile, context) for profile in report.profiles]
    known = {_key(entry)[1]: entry for entry in before}
    told = [confirmed(known.get(_key(entry)[1]), entry) for entry in entries]
    for entry in told:
        after = put(after, entry, "id")
    advanced = ListingAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        kind="ChargingProfile",
        request_id=report.request_id,
        sequence=None,
        is_last=report.is_last,
        items=len(told),
    )
    return Decision((*changes(before, after, scene, told=told), advanced), ACKNOWLEDGED)


def _listed(
    state: ChargePoint,
    report: reports.ChargingProfilesListed,
    profile: ChargingProfile,
    context: Context,
) -> Installed:
    number = next((one.number for one in state.open_transactions() if one.wire_id == profile.wire_id), None)
    is_external = report.limit_source != OPERATOR or profile.purpose == "ExternalConstraints"
    return Installed(
        profile=replace(profile, evse=report.evse, transaction=number),
        source="external" if is_external else "reported",
        at=context.now,
        limit_source=report.limit_source,
    )


def decide_limit(state: ChargePoint, report: reports.ChargingLimitTold, context: Context) -> Decision:
    """A limit from outside holds until it is said to be gone (K12)."""
    fields = {name: getattr(report, name) for name in report.__struct_fields__}
    told = ChargingLimitTold(recorded_at=context.now, charge_point=state.id, **fields)
    limit = ExternalLimit(
        id=0,
        stack_level=0,
        purpose="LocalGeneration" if report.is_local_generation else "ExternalConstraints",
        kind="Absolute",
        evse=report.evse,
        schedules=report.schedules,
        limit_source=report.limit_source,
        is_grid_critical=report.is_grid_critical,
    )
    kept = ItemsInstalled(
        recorded_at=context.now,
        charge_point=state.id,
        kind="ExternalLimit",
        items=(Item(key=report.limit_source, evse=report.evse, body=body_of(limit)),),
        source="external",
    )
    return Decision((told, kept), ACKNOWLEDGED)


def decide_limit_cleared(
    state: ChargePoint, report: reports.ChargingLimitCleared, context: Context
) -> Decision:
    """The limit is gone, and the profile that it was listed as (K13)."""
    told = ChargingLimitCleared(
        recorded_at=context.now, charge_point=state.id, evse=report.evse, limit_source=report.limit_source
    )
    before = book_of(context.book)
    after = tuple(entry for entry in before if not _is_cleared(entry, report))
    keys = tuple(
        (record.evse, record.key)
        for record in context.book
        if record.kind == "ExternalLimit"
        and record.key == report.limit_source
        and report.evse in (None, record.evse)
    )
    gone = ItemsRemoved(recorded_at=context.now, charge_point=state.id, kind="ExternalLimit", keys=keys)
    scene = Scene(state.id, context.now)
    return Decision((told, *([gone] if keys else []), *changes(before, after, scene)), ACKNOWLEDGED)


def _is_cleared(entry: Installed, report: reports.ChargingLimitCleared) -> bool:
    return (
        entry.profile.purpose == "ExternalConstraints"
        and entry.limit_source == report.limit_source
        and report.evse in (None, entry.profile.evse)
    )


def decide_priority(state: ChargePoint, report: reports.PriorityChargingTold, context: Context) -> Decision:
    """Kept; and known at the EVSE of the transaction, if we know that (2.1 K22)."""
    here = (one for one in state.transactions.values() if one.wire_id == report.wire_id)
    known = context.known or next(here, None)
    told = PriorityChargingTold(
        recorded_at=context.now,
        charge_point=state.id,
        wire_id=report.wire_id,
        activated=report.activated,
        transaction=known.number if known else None,
    )
    if known is None:
        return Decision((told,), ACKNOWLEDGED)
    said = Priority(transaction=known.number, activated=report.activated)
    kept = of_vehicle(known.evse, PRIORITY, said, Scene(state.id, context.now))
    return Decision((told, kept), ACKNOWLEDGED)


def decide_values(state: ChargePoint, report: reports.DynamicValuesAsked, context: Context) -> Decision:
    """The values of a Dynamic profile of ours, which then count from now (2.1 K28.FR.07, FR.12)."""
    before = book_of(context.book)
    ours = tuple(entry for entry in before if entry.source == "ours")
    if refreshed(ours, report.profile_id, Period(start_s=0), context.now) is None:
        return Decision((), DynamicValuesTold(None))
    after = refreshed(before, report.profile_id, Period(start_s=0), context.now) or before
    asked = next(entry for entry in after if _key(entry)[1] == str(report.profile_id))
    values = asked.profile.schedules[0].periods[0]
    return Decision(changes(before, after, Scene(state.id, context.now)), DynamicValuesTold(values))


def evolve_installed(state: ChargePoint, event: ItemsInstalled) -> None:
    """From now on a transaction that ends may leave profiles behind."""
    if event.kind == "ChargingProfile":
        state.may_hold_profiles = True


def after_end(book: Sequence[ItemRecord], stopped: TransactionStopped) -> tuple[Event, ...]:
    """A transaction's own profiles end with it (1.6 §5.16, 2.x K01)."""
    before = book_of(book)
    scene = Scene(stopped.charge_point, stopped.recorded_at)
    return changes(before, ended(before, stopped.evse, stopped.transaction), scene)
