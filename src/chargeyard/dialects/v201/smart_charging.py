"""Smart charging on the wire of 2.x: profiles, limits from outside, and what vehicles need (chapter K).

Every function takes the words of the version: 2.1 says the same with more names.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Reply, Script
from chargeyard.dialects.profiles import (
    Words,
    composite_of,
    decimal_of,
    instant_of,
    or_unset,
    profile_of,
    said,
    schedule_of,
)
from chargeyard.dialects.v16.smart_charging import WORDS as WORDS_16
from chargeyard.dialects.v201.outcomes import following, settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged, NeedsHeard
from chargeyard.domain.charging_needs import ChargingNeeds, VehicleSchedule
from chargeyard.domain.charging_profiles import ChargingSchedule, Limits
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Invalid, Rejected
from chargeyard.domain.results import NothingToList, ProfileInstalled, ProfilesCleared, ScheduleTold
from chargeyard.ocpp.v201 import messages as m

WORDS = Words(
    profile=m.ChargingProfileType,
    periods={**WORDS_16.periods, "phase_to_use": "phaseToUse"},
    schedules={**WORDS_16.schedules, "id": "id"},
    profiles={**WORDS_16.profiles, "id": "id"},
    purposes={
        "ChargePointMax": "ChargingStationMaxProfile",
        "ExternalConstraints": "ChargingStationExternalConstraints",
        "TxDefault": "TxDefaultProfile",
        "Tx": "TxProfile",
    },
    limits=Limits(
        purposes=("ChargePointMax", "TxDefault", "Tx"), kinds=("Absolute", "Recurring", "Relative")
    ),
    prices=("salesTariff",),
)

PHASES: Mapping[str, int] = {
    # how energy flows: over how many phases, 0 for direct current; of others it is not known
    "AC_single_phase": 1,
    "AC_two_phase": 2,
    "AC_three_phase": 3,
    "DC": 0,
    "DC_BPT": 0,
    "DC_ACDP": 0,
    "DC_ACDP_BPT": 0,
}
NO_NEEDS = m.ChargingNeedsType(requested_energy_transfer="")  # type: ignore[arg-type]
"""What is read where a vehicle's needs cannot be."""

_BIDIRECTIONAL = "BPT"
"""What is in the word for every mode in which energy may also flow back."""


# --- what charge points tell ------------------------------------------------------------------------------------


def profiles_from(
    words: Words, request: m.ReportChargingProfilesRequest, hearing: Hearing
) -> reports.ChargingProfilesListed:
    """ReportChargingProfiles; the last part is the one that announces no further one."""
    found = (profile_of(words, one, hearing, "$.chargingProfile") for one in request.charging_profile)
    return reports.ChargingProfilesListed(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        is_last=not request.tbc,
        evse=hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId"),
        limit_source=request.charging_limit_source,
        profiles=tuple(profile for profile in found if profile is not None),
    )


def profiles_answer(answer: Acknowledged) -> m.ReportChargingProfilesResponse:
    """ReportChargingProfilesResponse."""
    return m.ReportChargingProfilesResponse()


def limit_from(
    words: Words, request: m.NotifyChargingLimitRequest, hearing: Hearing
) -> reports.ChargingLimitTold:
    """NotifyChargingLimit; a schedule that does not tell when it begins, begins now."""
    limit = request.charging_limit
    told = (schedule_of(words, one, hearing, "$.chargingSchedule") for one in request.charging_schedule or ())
    return reports.ChargingLimitTold(
        evse=hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId"),
        limit_source=limit.charging_limit_source,
        is_grid_critical=bool(limit.is_grid_critical),
        is_local_generation=bool(getattr(limit, "is_local_generation", False)),
        schedules=tuple(_begun(one, hearing) for one in told if one is not None),
    )


def _begun(schedule: ChargingSchedule, hearing: Hearing) -> ChargingSchedule:
    # On the whole second, as everything that is reckoned with it.
    return msgspec.structs.replace(schedule, start=schedule.start or hearing.now.replace(microsecond=0))


def limit_answer(answer: Acknowledged) -> m.NotifyChargingLimitResponse:
    """NotifyChargingLimitResponse."""
    return m.NotifyChargingLimitResponse()


def cleared_from(request: m.ClearedChargingLimitRequest, hearing: Hearing) -> reports.ChargingLimitCleared:
    """ClearedChargingLimit."""
    return reports.ChargingLimitCleared(
        evse=hearing.whole(request.evse_id, OUTLETS, None, "$.evseId"),
        limit_source=request.charging_limit_source,
    )


def cleared_answer(answer: Acknowledged) -> m.ClearedChargingLimitResponse:
    """ClearedChargingLimitResponse."""
    return m.ClearedChargingLimitResponse()


def needs_from(request: m.NotifyEVChargingNeedsRequest, hearing: Hearing) -> reports.ChargingNeedsTold:
    """NotifyEVChargingNeeds; what 2.1 adds to it is read where it is there."""
    needs = request.charging_needs
    v2x = getattr(needs, "v2x_charging_parameters", UNSET)
    available = tuple(getattr(needs, "available_energy_transfer", ()) or ())
    numbers = {
        **_alternating(needs.ac_charging_parameters),
        **_direct(needs.dc_charging_parameters),
        **_both_ways(v2x),
    }
    path = "$.chargingNeeds.departureTime"
    return reports.ChargingNeedsTold(
        evse=hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId"),
        needs=ChargingNeeds(
            transfer=needs.requested_energy_transfer,
            phases=PHASES.get(needs.requested_energy_transfer),
            departure=instant_of(needs.departure_time, hearing, path) if needs.departure_time else None,
            max_tuples=hearing.whole(request.max_schedule_tuples, OUTLETS, None, "$.maxScheduleTuples"),
            available=available,
            discharges=any(_BIDIRECTIONAL in word for word in (needs.requested_energy_transfer, *available)),
            said=msgspec.Raw(msgspec.json.encode(needs)),
            **numbers,
        ),
    )


def _alternating(told: m.ACChargingParametersType | UnsetType) -> dict[str, Any]:
    if isinstance(told, UnsetType):
        return {}
    return {
        "energy_wh": decimal_of(told.energy_amount),
        "min_current_a": decimal_of(told.ev_min_current),
        "max_current_a": decimal_of(told.ev_max_current),
        "max_voltage_v": decimal_of(told.ev_max_voltage),
    }


def _direct(told: m.DCChargingParametersType | UnsetType) -> dict[str, Any]:
    """The energy is what it asks for, else what is missing in the battery."""
    if isinstance(told, UnsetType):
        return {}
    energy_wh = _known(told.energy_amount)
    capacity_wh, soc = _known(told.ev_energy_capacity), told.state_of_charge
    if energy_wh is None and capacity_wh is not None and not isinstance(soc, UnsetType):
        full = 100 if isinstance(told.full_soc, UnsetType) else told.full_soc
        energy_wh = capacity_wh * max(0, full - soc) / 100
    return {
        "energy_wh": energy_wh,
        "max_current_a": decimal_of(told.ev_max_current),
        "max_voltage_v": decimal_of(told.ev_max_voltage),
        "max_power_w": _known(told.ev_max_power),
        "soc_percent": None if isinstance(soc, UnsetType) else soc,
    }


def _both_ways(told: Any) -> dict[str, Any]:
    """What an ISO 15118-20 vehicle tells, also if it can only charge."""
    if isinstance(told, UnsetType):
        return {}
    powers = (told.max_charge_power, told.max_charge_power_l2, told.max_charge_power_l3)
    lines = [decimal_of(power) for power in powers if not isinstance(power, UnsetType)]
    return {
        "energy_wh": _known(told.ev_target_energy_request),
        "min_current_a": _known(told.min_charge_current),
        "max_current_a": _known(told.max_charge_current),
        "max_voltage_v": _known(told.max_voltage),
        "max_power_w": sum(lines, Decimal(0)) if lines else None,
    }


def _known(value: float | UnsetType) -> Decimal | None:
    return None if isinstance(value, UnsetType) else decimal_of(value)


def needs_answer(answer: NeedsHeard) -> m.NotifyEVChargingNeedsResponse:
    """NotifyEVChargingNeedsResponse: Accepted promises a profile within a minute (K15.FR.08)."""
    return m.NotifyEVChargingNeedsResponse(status="Accepted" if answer.is_promised else "Rejected")


def plan_from(
    words: Words, request: m.NotifyEVChargingScheduleRequest, hearing: Hearing
) -> reports.VehicleScheduleTold | reports.Reported:
    """NotifyEVChargingSchedule; it counts from `timeBase`."""
    schedule = schedule_of(words, request.charging_schedule, hearing, "$.chargingSchedule")
    if schedule is None:
        return reports.Reported(action="NotifyEVChargingSchedule", payload=hearing.payload)
    chosen = getattr(request, "selected_charging_schedule_id", UNSET)
    start = hearing.instant(request.time_base, "$.timeBase")
    return reports.VehicleScheduleTold(
        evse=hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId"),
        plan=VehicleSchedule(
            schedule=msgspec.structs.replace(schedule, start=start),
            # 2.0.1 has no field for it: the id of the schedule is that of the one it was offered.
            chosen=schedule.id if isinstance(chosen, UnsetType) else chosen,
        ),
    )


def plan_answer(answer: Acknowledged) -> m.NotifyEVChargingScheduleResponse:
    """NotifyEVChargingScheduleResponse: Accepted says that it was understood, and approves of nothing."""
    return m.NotifyEVChargingScheduleResponse(status="Accepted")


# --- what we ask ------------------------------------------------------------------------------------------------


def set_profile_script(words: Words, command: commands.SetChargingProfile) -> Script:
    """SetChargingProfile; none may go that says the same as another one of the same time (K01.FR.06)."""
    told = said(words, command.profile, command.limits)
    if isinstance(told, Invalid):
        return told
    if command.doubles:
        return Invalid(detail="; ".join(command.doubles))
    profile: Any = told
    request = m.SetChargingProfileRequest(evse_id=command.profile.evse, charging_profile=profile)
    outcome = settled((yield request))
    if isinstance(outcome, Accepted):
        return Accepted(said=outcome.said, result=ProfileInstalled(replaces="id"))
    return outcome


def clear_script(words: Words, command: commands.ClearChargingProfiles) -> Script:
    """ClearChargingProfile; of everything, purpose by purpose: something has to be named (K10.FR.02)."""
    criteria = command.criteria
    if criteria.id is None and criteria.purpose not in (None, *words.limits.purposes):
        return Invalid(detail=f"profiles for {criteria.purpose} cannot be cleared")
    found: Reply | None = None
    for request in _clear_requests(words, criteria):
        reply = yield request
        if getattr(reply.message, "status", "") not in ("Accepted", "Unknown"):
            return settled(reply)
        if getattr(reply.message, "status", "") == "Accepted":
            found = reply
    if found is None:
        return Rejected(reason="Unknown", said=reply.said, result=ProfilesCleared(any_found=False))
    return Accepted(said=found.said, result=ProfilesCleared(any_found=True))


def _clear_requests(words: Words, criteria: Criteria) -> Iterator[m.ClearChargingProfileRequest]:
    if criteria.id is not None:
        yield m.ClearChargingProfileRequest(charging_profile_id=criteria.id)
        return
    is_bare = criteria == Criteria()
    for purpose in words.limits.purposes if is_bare else (criteria.purpose,):
        yield m.ClearChargingProfileRequest(
            charging_profile_criteria=m.ClearChargingProfileType(
                evse_id=or_unset(criteria.evse),
                charging_profile_purpose=or_unset(purpose and words.purposes[purpose]),
                stack_level=or_unset(criteria.stack_level),
            )
        )


def read_profiles_script(words: Words, command: commands.ReadChargingProfiles) -> Script:
    """GetChargingProfiles; with ids only those are named (K09.FR.03). Accepted: reports will follow."""
    if command.purpose is not None and command.purpose not in words.purposes:
        return Invalid(detail=f"this version has no profiles for {command.purpose}")
    sources: Any = list(command.sources) or UNSET
    purpose: Any = or_unset(command.purpose and words.purposes[command.purpose])
    criterion = m.ChargingProfileCriterionType(
        charging_profile_purpose=UNSET if command.ids else purpose,
        stack_level=UNSET if command.ids else or_unset(command.stack_level),
        charging_profile_id=list(command.ids) or UNSET,
        charging_limit_source=UNSET if command.ids else sources,
    )
    request = m.GetChargingProfilesRequest(
        request_id=command.request_id, charging_profile=criterion, evse_id=or_unset(command.evse)
    )
    reply = yield request
    if getattr(reply.message, "status", "") == "NoProfiles":
        return Rejected(reason="NoProfiles", said=reply.said, result=NothingToList())
    return following(reply, command.request_id)


def composite_script(words: Words, command: commands.GetCompositeSchedule) -> Script:
    """GetCompositeSchedule."""
    request = m.GetCompositeScheduleRequest(
        duration=command.duration_s, evse_id=command.evse, charging_rate_unit=or_unset(command.unit)
    )
    reply = yield request
    return _told(words, command, reply, settled(reply))


def _told(
    words: Words, command: commands.GetCompositeSchedule, reply: Reply, outcome: AnyOutcome
) -> AnyOutcome:
    schedule: m.CompositeScheduleType | UnsetType = getattr(reply.message, "schedule", UNSET)
    if isinstance(schedule, UnsetType) or not isinstance(outcome, Accepted):
        return outcome
    found = composite_of(words, schedule.evse_id, schedule.schedule_start, schedule, command.duration_s)
    return Accepted(said=reply.said, result=ScheduleTold(schedule=found) if found else None)
