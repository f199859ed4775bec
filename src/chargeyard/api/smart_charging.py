"""Charging profiles: set, cleared, listed; the composite schedule, ours and the charge point's; what 2.x adds."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromQuery, JSONBody, QueryParameter
from msgspec import Meta, Struct, structs

from chargeyard.api.commands import OutletOrWhole
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.problems import INVALID_REQUEST, TRANSACTION_NOT_RUNNING, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import ApiServices, Services
from chargeyard.domain.charging_profiles import (
    LARGEST,
    ChargingProfile,
    ChargingSchedule,
    Kind,
    Period,
    Purpose,
    Recurrency,
    Unit,
    is_countable,
)
from chargeyard.domain.commands import (
    AllowEnergyTransfer,
    ClearChargingProfiles,
    GetCompositeSchedule,
    ReadChargingProfiles,
    SendGridSignal,
    SetChargingProfile,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.records import TransactionRecord
from chargeyard.domain.results import ScheduleTold
from chargeyard.domain.smart_charging import CompositeSchedule, Deviation, Horizon, deviations
from chargeyard.errors import NotFound
from chargeyard.services.smart_charging import TOLERANCES

_TAGS = ["smart charging"]
_HIGHEST = 2**31 - 1

Number = Annotated[int, Meta(ge=0, le=_HIGHEST)]
Signed = Annotated[int, Meta(ge=-(2**31), le=_HIGHEST)]
TransactionId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Word = Annotated[str, Meta(min_length=1, max_length=50)]
LONGEST_S = 7 * 86_400
Length = Annotated[int, QueryParameter(ge=1, le=LONGEST_S, description="In seconds, at most a week.")]


class ProfileWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A charging profile. `id` is a number of yours: the same one again replaces the profile. `connectorId` 0 or
    left out: the charge point, or with `transactionId` the EVSE where that runs."""

    id: Annotated[int, Meta(ge=1, le=_HIGHEST)]
    purpose: Purpose
    kind: Kind
    schedules: Annotated[tuple[ChargingSchedule, ...], Meta(min_length=1, max_length=3)]
    stack_level: Number = 0
    connector_id: Number = 0
    transaction_id: TransactionId | None = None
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    max_offline_s: Number | None = None
    invalid_after_offline: bool = False
    update_interval_s: Number | None = None
    price_signature: Annotated[str, Meta(max_length=256)] = ""


class ClearWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which profiles shall go: the one with that id, or all that fit the rest; of nothing, all."""

    id: Signed | None = None
    connector_id: Number | None = None
    purpose: Purpose | None = None
    stack_level: Number | None = None


class ReadWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which profiles shall be listed; of nothing, all. `limitSources` are the version's words, such as EMS or CSO."""

    ids: Annotated[tuple[Signed, ...], Meta(max_length=100)] = ()
    connector_id: Number | None = None
    purpose: Purpose | None = None
    stack_level: Number | None = None
    limit_sources: Annotated[tuple[Word, ...], Meta(max_length=4)] = ()


class ValuesWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """New values of the Dynamic profile with that id: those of a period; its `startS` is 0."""

    id: Signed
    values: Period


class PriorityWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Whether a transaction shall charge with priority."""

    transaction_id: TransactionId
    activate: bool = True


class TransferWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """In which ways a transaction may exchange energy, in the version's words: AC_three_phase, DC_BPT, …"""

    transaction_id: TransactionId
    modes: Annotated[tuple[Word, ...], Meta(min_length=1, max_length=20)]


class SignalWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The grid operator's signal; `at` left out: now."""

    signal: Signed
    at: datetime | None = None


class CompositeWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """For which EVSE (0: the charge point), how many seconds from now, and in which unit; left out: its own."""

    connector_id: Number = 0
    duration: Annotated[int, Meta(ge=1, le=LONGEST_S)] = 3600
    unit: Unit | None = None


class DeviationRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """From this instant on the charge point allows `theirs` where we reckon with `ours`; null: no limit."""

    at: datetime
    ours: float
    theirs: float | None


class ComparedAnswer(CommandAnswer, frozen=True, kw_only=True, rename="camel"):
    """The charge point's own composite schedule (`result`), ours for the same time, and where they differ."""

    ours: Any = None
    deviations: list[DeviationRow] | None = None


@post(
    "/charge-point/{cpId:str}/set-charging-profile",
    status_code=200,
    summary="Set a charging profile",
    tags=_TAGS,
)
async def set_profile(
    charge_point: KnownChargePoint, data: JSONBody[ProfileWish], services: Services, dispatch: Dispatching
) -> Response[CommandAnswer]:
    transaction = None
    if data.transaction_id is not None:
        transaction = await running(charge_point.id, data.transaction_id, services)
    return await dispatch.run(charge_point.id, SetChargingProfile(profile=profile_of(data, transaction)))


def profile_of(data: ProfileWish, transaction: TransactionRecord | None = None) -> ChargingProfile:
    """The profile as the domain knows it, for `transaction` if it names one. Raises `Problem` for an instant
    without an offset: a limit that begins at the wrong hour may blow a fuse."""
    fields = structs.asdict(data)
    evse = fields.pop("connector_id")
    del fields["transaction_id"]
    instants = [data.valid_from, data.valid_to, *(schedule.start for schedule in data.schedules)]
    if any(instant is not None and instant.tzinfo is None for instant in instants):
        raise Problem(INVALID_REQUEST, "an instant needs its offset from UTC: Z or +02:00")
    return ChargingProfile(
        **fields,
        evse=evse or (transaction.evse if transaction else 0),
        transaction=transaction.id if transaction else None,
        wire_id=transaction.wire_id if transaction else "",
    )


async def running(charge_point: str, transaction: int, services: ApiServices) -> TransactionRecord:
    """A transaction of that charge point that has not ended. Raises `NotFound` and `Problem`."""
    record = await services.store.find_transaction_record(transaction)
    if record is None or record.charge_point != charge_point:
        raise NotFound(f"no transaction {transaction} of this charge point")
    if record.stopped_at is not None and record.completeness != "inferred":
        raise Problem(TRANSACTION_NOT_RUNNING, members={"transactionId": record.id})
    return record


@post(
    "/charge-point/{cpId:str}/clear-charging-profiles",
    status_code=200,
    summary="Remove charging profiles",
    tags=_TAGS,
)
async def clear_profiles(
    charge_point: KnownChargePoint, data: JSONBody[ClearWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    criteria = Criteria(
        id=data.id, evse=data.connector_id, purpose=data.purpose, stack_level=data.stack_level
    )
    return await dispatch.run(charge_point.id, ClearChargingProfiles(criteria=criteria))


@post(
    "/charge-point/{cpId:str}/read-charging-profiles",
    status_code=200,
    summary="Have it list its charging profiles",
    tags=_TAGS,
)
async def read_profiles(
    charge_point: KnownChargePoint, data: JSONBody[ReadWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = ReadChargingProfiles(
        request_id=await dispatch.fresh_number(),
        ids=data.ids,
        evse=data.connector_id,
        purpose=data.purpose,
        stack_level=data.stack_level,
        sources=data.limit_sources,
    )
    return await dispatch.run(charge_point.id, command)


@get(
    "/charge-point/{cpId:str}/composite-schedule",
    summary="What all charging profiles leave, as we reckon",
    tags=_TAGS,
)
async def reckon_composite(
    charge_point: KnownChargePoint,
    services: Services,
    connector_id: OutletOrWhole = 0,
    duration: Length = 3600,
    unit: FromQuery[Unit] = "A",
) -> Response[Any]:
    horizon = Horizon(services.clock(), duration, unit)
    return Response(_plain(await services.smart_charging.composite(charge_point.id, connector_id, horizon)))


@post(
    "/charge-point/{cpId:str}/composite-schedule",
    status_code=200,
    summary="Ask what all charging profiles leave, and compare",
    tags=_TAGS,
)
async def ask_composite(
    charge_point: KnownChargePoint,
    data: JSONBody[CompositeWish],
    services: Services,
    dispatch: Dispatching,
) -> Response[CommandAnswer]:
    command = GetCompositeSchedule(evse=data.connector_id, duration_s=data.duration, unit=data.unit)
    response = await dispatch.run(charge_point.id, command)
    if isinstance(response.content.result, ScheduleTold):
        theirs = response.content.result.schedule
        horizon = Horizon(theirs.start, max(1, theirs.duration_s), theirs.unit)
        ours = await services.smart_charging.composite(charge_point.id, data.connector_id, horizon)
        response.content = compared(response.content, ours, theirs)
    return response


def compared(answer: CommandAnswer, ours: CompositeSchedule, theirs: CompositeSchedule) -> ComparedAnswer:
    """The answer with our own reckoning beside it."""
    found = deviations(ours, theirs, TOLERANCES[theirs.unit])
    fields = {**structs.asdict(answer), "result": _plain(answer.result)}
    return ComparedAnswer(**fields, ours=_plain(ours), deviations=[_row(one) for one in found])


def _row(one: Deviation) -> DeviationRow:
    return DeviationRow(
        at=one.at, ours=float(one.ours), theirs=None if one.theirs is None else float(one.theirs)
    )


_ENCODER = msgspec.json.Encoder(decimal_format="number")


def _plain(thing: Any) -> Any:
    """As JSON has it, limits as numbers."""
    return msgspec.json.decode(_ENCODER.encode(thing))


@post(
    "/charge-point/{cpId:str}/update-dynamic-schedule",
    status_code=200,
    summary="Give a Dynamic profile new values",
    tags=_TAGS,
)
async def update_dynamic(
    charge_point: KnownChargePoint, data: JSONBody[ValuesWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    if not is_countable(data.values):
        raise Problem(INVALID_REQUEST, f"values: no number up to {LARGEST}")
    command = UpdateDynamicSchedule(profile_id=data.id, values=data.values)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/use-priority-charging",
    status_code=200,
    summary="Charge with priority, or no more",
    tags=_TAGS,
)
async def use_priority(
    charge_point: KnownChargePoint, data: JSONBody[PriorityWish], services: Services, dispatch: Dispatching
) -> Response[CommandAnswer]:
    transaction = await running(charge_point.id, data.transaction_id, services)
    command = UsePriorityCharging(
        evse=transaction.evse,
        transaction=transaction.id,
        wire_id=transaction.wire_id,
        activate=data.activate,
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/allow-energy-transfer",
    status_code=200,
    summary="Change in which ways a transaction may exchange energy",
    tags=_TAGS,
)
async def allow_transfer(
    charge_point: KnownChargePoint, data: JSONBody[TransferWish], services: Services, dispatch: Dispatching
) -> Response[CommandAnswer]:
    transaction = await running(charge_point.id, data.transaction_id, services)
    command = AllowEnergyTransfer(transaction=transaction.id, wire_id=transaction.wire_id, modes=data.modes)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/send-grid-signal",
    status_code=200,
    summary="Pass on a signal of the grid operator",
    tags=_TAGS,
)
async def send_signal(
    charge_point: KnownChargePoint, data: JSONBody[SignalWish], services: Services, dispatch: Dispatching
) -> Response[CommandAnswer]:
    if data.at is not None and data.at.tzinfo is None:
        raise Problem(INVALID_REQUEST, "an instant needs its offset from UTC: Z or +02:00")
    command = SendGridSignal(signal=data.signal, at=data.at or services.clock())
    return await dispatch.run(charge_point.id, command)
