"""Smart charging in the words of 1.6: profiles set and cleared, and the composite schedule."""

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import Reply, Script
from chargeyard.dialects.profiles import Words, composite_of, or_unset, said
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands
from chargeyard.domain.charging_profiles import Limits
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Invalid, Rejected
from chargeyard.domain.results import ProfileInstalled, ProfilesCleared, ScheduleTold
from chargeyard.ocpp.v16 import messages as m

WORDS = Words(
    profile=m.ChargingProfile,
    periods={"start_s": "startPeriod", "limit": "limit", "phases": "numberPhases"},
    schedules={
        "unit": "chargingRateUnit",
        "periods": "chargingSchedulePeriod",
        "start": "startSchedule",
        "duration_s": "duration",
        "min_rate": "minChargingRate",
    },
    profiles={
        "id": "chargingProfileId",
        "stack_level": "stackLevel",
        "purpose": "chargingProfilePurpose",
        "kind": "chargingProfileKind",
        "schedules": "chargingSchedule",
        "recurrency": "recurrencyKind",
        "valid_from": "validFrom",
        "valid_to": "validTo",
        "wire_id": "transactionId",
    },
    purposes={"ChargePointMax": "ChargePointMaxProfile", "TxDefault": "TxDefaultProfile", "Tx": "TxProfile"},
    limits=Limits(
        purposes=("ChargePointMax", "TxDefault", "Tx"),
        kinds=("Absolute", "Recurring", "Relative"),
        max_schedules=1,
    ),
    has_many_schedules=False,
    has_text_ids=False,
    decimals=1,
)


def set_profile_script(command: commands.SetChargingProfile) -> Script:
    """SetChargingProfile; one of the same purpose and stack level at the connector gives way (§5.16)."""
    profile = command.profile
    if profile.wire_id and not profile.wire_id.isdecimal():
        return Invalid(detail="the transaction was begun under another version of the protocol")
    told = said(WORDS, profile, command.limits)
    if isinstance(told, Invalid):
        return told
    request = m.SetChargingProfileRequest(connector_id=profile.evse, cs_charging_profiles=told)  # type: ignore[arg-type]
    outcome = settled((yield request))
    if isinstance(outcome, Accepted):
        return Accepted(said=outcome.said, result=ProfileInstalled(replaces="stack"))
    return outcome


def clear_script(command: commands.ClearChargingProfiles) -> Script:
    """ClearChargingProfile. With an id the rest says nothing, and is left out (errata 3.25)."""
    criteria = command.criteria
    if criteria.purpose is not None and criteria.purpose not in WORDS.purposes:
        return Invalid(detail=f"this version has no profiles for {criteria.purpose}")
    if criteria.id is not None:
        request = m.ClearChargingProfileRequest(id=criteria.id)
    else:
        request = m.ClearChargingProfileRequest(
            connector_id=or_unset(criteria.evse),
            charging_profile_purpose=or_unset(criteria.purpose and WORDS.purposes[criteria.purpose]),
            stack_level=or_unset(criteria.stack_level),
        )
    reply = yield request
    status = getattr(reply.message, "status", "")
    if status == "Unknown":
        return Rejected(reason=status, said=reply.said, result=ProfilesCleared(any_found=False))
    outcome = settled(reply)
    if isinstance(outcome, Accepted):
        return Accepted(said=reply.said, result=ProfilesCleared(any_found=True))
    return outcome


def composite_script(command: commands.GetCompositeSchedule) -> Script:
    """GetCompositeSchedule."""
    request = m.GetCompositeScheduleRequest(
        connector_id=command.evse,
        duration=command.duration_s,
        charging_rate_unit=or_unset(command.unit),
    )
    reply = yield request
    return _told(command, reply, settled(reply))


def _told(command: commands.GetCompositeSchedule, reply: Reply, outcome: AnyOutcome) -> AnyOutcome:
    answer = reply.message
    if not (isinstance(answer, m.GetCompositeScheduleResponse) and isinstance(outcome, Accepted)):
        return outcome
    schedule = answer.charging_schedule
    if isinstance(schedule, UnsetType):
        return outcome
    start = answer.schedule_start or schedule.start_schedule or ""
    evse = command.evse if answer.connector_id is UNSET else answer.connector_id
    found = composite_of(WORDS, evse, start, schedule, command.duration_s)
    return Accepted(said=reply.said, result=ScheduleTold(schedule=found) if found else None)
