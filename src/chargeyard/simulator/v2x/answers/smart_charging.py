"""Answers to the requests about charging profiles (K)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.smart_charging import WHOLE, Outlet, Profile, Purpose, in_unit
from chargeyard.simulator.v2x.smart_charging import matching, profile_for, pull_updates, source_of, updated

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


_MOST = 32


def set_charging_profile(cp: ChargePoint, request: m.SetChargingProfileRequest) -> Message:
    """Install a profile, and let its limit hold at once."""
    refusal = _refusal(cp, request.evse_id, request.charging_profile)
    if refusal is not None:
        info = m.StatusInfoType(reason_code=refusal)
        return m.SetChargingProfileResponse(status="Rejected", status_info=info)
    cp.profiles.install(profile_for(request.evse_id, request.charging_profile, cp.clock))
    cp.later(0.0, cp.charging.apply_limits)
    pull_updates(cp, request.charging_profile.id)
    return m.SetChargingProfileResponse(status="Accepted")


def _refusal(cp: ChargePoint, evse_id: int, profile: m.ChargingProfileType) -> str | None:
    """Why a profile cannot be installed, in the reason codes of part 2; None if it can."""
    if evse_id != WHOLE and cp.connector(evse_id) is None:
        return "UnknownEvse"
    if not 0 <= profile.stack_level <= cp.model.whole("SmartChargingCtrlr.ProfileStackLevel"):
        return "InvalidStackLevel"
    periods = profile.charging_schedule[0].charging_schedule_period
    most = cp.model.whole("SmartChargingCtrlr.PeriodsPerSchedule")
    if len(periods) > most or periods[0].start_period != 0:
        return "InvalidSchedule"
    if len(cp.profiles) >= _MOST and all(each.id != profile.id for each in cp.profiles):
        return "TooManyElements"
    if profile.charging_profile_kind == "Recurring" and profile.recurrency_kind is msgspec.UNSET:
        return "InvalidProfile"
    return _purpose_refusal(cp, evse_id, profile)


def _purpose_refusal(cp: ChargePoint, evse_id: int, profile: m.ChargingProfileType) -> str | None:
    purpose = profile.charging_profile_purpose
    if purpose == "ChargingStationExternalConstraints":
        return "InvalidProfile"
    if purpose in ("ChargingStationMaxProfile", "LocalGeneration"):
        is_fit = evse_id == WHOLE and profile.charging_profile_kind != "Relative"
        return None if is_fit else "InvalidProfile"
    if purpose == "TxProfile":
        return _transaction_refusal(cp, evse_id, profile)
    return None


def _transaction_refusal(cp: ChargePoint, evse_id: int, profile: m.ChargingProfileType) -> str | None:
    """A TxProfile names a transaction that runs there (K01.FR.03, FR.09)."""
    evse = cp.connector(evse_id)
    if evse is None:
        return "InvalidProfile"
    if evse.transaction is None:
        return "TxNotFound"
    return None if profile.transaction_id == evse.transaction.id else "TxNotFound"


def clear_charging_profile(cp: ChargePoint, request: m.ClearChargingProfileRequest) -> Message:
    """Remove profiles."""
    found = cp.profiles.clear(matching(request))
    cp.later(0.0, cp.charging.apply_limits)
    return m.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")


def get_charging_profiles(cp: ChargePoint, request: m.GetChargingProfilesRequest) -> Message:
    """Promise the profiles that fit; they follow in ReportChargingProfiles, one message per EVSE and source."""
    chosen: dict[tuple[int, str], list[m.ChargingProfileType]] = {}
    for profile in cp.profiles:
        is_there = request.evse_id in (msgspec.UNSET, profile.place)
        if is_there and _is_wanted(request.charging_profile, profile):
            chosen.setdefault((profile.place, source_of(profile)), []).append(profile.told)
    for number, ((evse_id, source), profiles) in enumerate(chosen.items(), start=1):
        follow = m.ReportChargingProfilesRequest(
            request_id=request.request_id,
            charging_limit_source=source,
            evse_id=evse_id,
            charging_profile=profiles,
            tbc=number < len(chosen),
        )
        cp.follow("ReportChargingProfiles", follow)
    return m.GetChargingProfilesResponse(status="Accepted" if chosen else "NoProfiles")


def _is_wanted(criteria: m.ChargingProfileCriterionType, profile: Profile) -> bool:
    ids, sources = criteria.charging_profile_id, criteria.charging_limit_source
    if not isinstance(ids, msgspec.UnsetType):
        return profile.id in ids
    if not isinstance(sources, msgspec.UnsetType) and source_of(profile) not in sources:
        return False
    purpose, told = criteria.charging_profile_purpose, profile.told.charging_profile_purpose
    return purpose in (msgspec.UNSET, told) and criteria.stack_level in (msgspec.UNSET, profile.stack_level)


def composite_schedule(cp: ChargePoint, request: m.GetCompositeScheduleRequest) -> Message:
    """Say what limits will hold for the next seconds (K08)."""
    evse = cp.connector(request.evse_id)
    if (evse is None and request.evse_id != WHOLE) or request.duration <= 0:
        return m.GetCompositeScheduleResponse(status="Rejected")
    outlet = (
        Outlet(WHOLE, max(each.plug.phases for each in cp.connectors), None)
        if evse is None
        else evse.outlet()
    )
    ceiling_w = sum(each.plug.power_w for each in cp.connectors) if evse is None else evse.plug.power_w
    steps = cp.profiles.composite(outlet, cp.clock, request.duration, ceiling_w)
    unit = "W" if isinstance(request.charging_rate_unit, msgspec.UnsetType) else request.charging_rate_unit
    schedule = m.CompositeScheduleType(
        evse_id=request.evse_id,
        duration=request.duration,
        schedule_start=cp.timestamp(),
        charging_rate_unit=unit,
        charging_schedule_period=[
            m.ChargingSchedulePeriodType(start_period=second, limit=limit)
            for second, limit in in_unit(steps, outlet, watts=unit == "W")
        ],
    )
    return m.GetCompositeScheduleResponse(status="Accepted", schedule=schedule)


def update_dynamic_schedule(cp: ChargePoint, request: m.UpdateDynamicScheduleRequest) -> Message:
    """Put new values into a Dynamic profile (2.1 K28)."""
    found = next((each for each in cp.profiles if each.id == request.charging_profile_id), None)
    if found is None or found.told.charging_profile_kind != "Dynamic":
        info = m.StatusInfoType(reason_code="InvalidProfileId")
        return m.UpdateDynamicScheduleResponse(status="Rejected", status_info=info)
    cp.profiles.install(updated(found, request.schedule_update, cp.clock))
    cp.later(0.0, cp.charging.apply_limits)
    return m.UpdateDynamicScheduleResponse(status="Accepted")


def use_priority_charging(cp: ChargePoint, request: m.UsePriorityChargingRequest) -> Message:
    """Let the priority profile lead for a transaction, or no more (2.1 K21, K22)."""
    evse = cp.find_transaction(request.transaction_id)
    if evse is None:
        return m.UsePriorityChargingResponse(status="Rejected")
    places = (WHOLE, evse.id)
    if not any(each.purpose is Purpose.PRIORITY and each.place in places for each in cp.profiles):
        return m.UsePriorityChargingResponse(status="NoProfile")
    evse.has_priority = request.activate
    notify = m.NotifyPriorityChargingRequest(
        transaction_id=request.transaction_id, activated=request.activate
    )
    cp.follow("NotifyPriorityCharging", notify)
    cp.later(0.0, cp.charging.apply_limits)
    return m.UsePriorityChargingResponse(status="Accepted")
