"""Charging profiles in the words of OCPP 2.x, and limits from outside (K)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.smart_charging import (
    RECURRENCE_S,
    UNLIMITED_W,
    Period,
    Profile,
    Purpose,
)

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint

PURPOSES: Mapping[m.ChargingProfilePurposeEnumType, Purpose] = {
    "ChargingStationMaxProfile": Purpose.STATION,
    "ChargingStationExternalConstraints": Purpose.EXTERNAL,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
    "PriorityCharging": Purpose.PRIORITY,
    "LocalGeneration": Purpose.GENERATION,
}

_EXTERNAL_ID = 1_000_000
"""Profiles from outside have ids that no central system gives."""


def profile_for(evse_id: int, told: m.ChargingProfileType, now: float) -> Profile:
    """The profile for an EVSE (0: all); ``now`` stands in for a start that was left out.

    Of several schedules (ISO 15118) the first is followed.
    """
    schedule = told.charging_schedule[0]
    start = instants.read(schedule.start_schedule)
    recurrence = None if told.recurrency_kind is msgspec.UNSET else RECURRENCE_S[told.recurrency_kind]
    is_dynamic = told.charging_profile_kind == "Dynamic"
    return Profile(
        id=told.id,
        place=evse_id,
        purpose=PURPOSES[told.charging_profile_purpose],
        stack_level=told.stack_level,
        periods=tuple(_period(period) for period in schedule.charging_schedule_period),
        in_watts=schedule.charging_rate_unit == "W",
        start_at=None
        if told.charging_profile_kind == "Relative"
        else now
        if start is None or is_dynamic
        else start,
        told=told,
        duration_s=None if isinstance(schedule.duration, msgspec.UnsetType) else schedule.duration,
        recurrence_s=recurrence if told.charging_profile_kind == "Recurring" else None,
        valid_from=instants.read(told.valid_from),
        valid_to=instants.read(told.valid_to),
    )


def _period(period: m.ChargingSchedulePeriodType) -> Period:
    phases = None if isinstance(period.number_phases, msgspec.UnsetType) else period.number_phases
    return Period(period.start_period, _limit(period.limit, period.setpoint), phases)


def _limit(limit: float | msgspec.UnsetType, setpoint: float | msgspec.UnsetType) -> float:
    """A setpoint is followed as far as a car that only charges can: never above it."""
    told = [value for value in (limit, setpoint) if not isinstance(value, msgspec.UnsetType)]
    return max(0.0, min(told, default=UNLIMITED_W))


def updated(profile: Profile, update: m.ChargingScheduleUpdateType, now: float) -> Profile:
    """A Dynamic profile with new values; its duration counts anew (2.1 K28)."""
    told: m.ChargingProfileType = profile.told
    schedule = told.charging_schedule[0]
    changes = {
        field: value
        for field, value in msgspec.structs.asdict(update).items()
        if value is not msgspec.UNSET and field != "custom_data"
    }
    period = msgspec.structs.replace(schedule.charging_schedule_period[0], **changes)
    schedule = msgspec.structs.replace(schedule, charging_schedule_period=[period])
    told = msgspec.structs.replace(told, charging_schedule=[schedule], dyn_update_time=instants.written(now))
    return profile_for(profile.place, told, now)


def matching(request: m.ClearChargingProfileRequest) -> Callable[[Profile], bool]:
    """What a request wants cleared; what came from outside is not the central system's (K10)."""
    number, criteria = request.charging_profile_id, request.charging_profile_criteria
    if not isinstance(number, msgspec.UnsetType):
        return lambda profile: profile.id == number and profile.purpose is not Purpose.EXTERNAL
    if isinstance(criteria, msgspec.UnsetType):
        return lambda profile: profile.purpose is not Purpose.EXTERNAL
    purpose = criteria.charging_profile_purpose
    return lambda profile: (
        profile.purpose is not Purpose.EXTERNAL
        and all(
            asked is msgspec.UNSET or asked == has
            for asked, has in (
                (criteria.evse_id, profile.place),
                (
                    msgspec.UNSET if isinstance(purpose, msgspec.UnsetType) else PURPOSES[purpose],
                    profile.purpose,
                ),
                (criteria.stack_level, profile.stack_level),
            )
        )
    )


def source_of(profile: Profile) -> str:
    """Who set a limit (ChargingLimitSource)."""
    return "EMS" if profile.purpose is Purpose.EXTERNAL else "CSO"


def limit_from_outside(cp: ChargePoint, evse_id: int, watts: float | None) -> None:
    """An energy manager limits an EVSE (0: all), or with None lifts that; the central system is told (K12, K13)."""
    number = _EXTERNAL_ID + evse_id
    if watts is None:
        if cp.profiles.clear(lambda profile: profile.id == number):
            gone = m.ClearedChargingLimitRequest(
                charging_limit_source="EMS", evse_id=evse_id or msgspec.UNSET
            )
            cp.ask("ClearedChargingLimit", gone, keep=True)
    else:
        schedule = m.ChargingScheduleType(
            id=number,
            charging_rate_unit="W",
            start_schedule=cp.timestamp(),
            charging_schedule_period=[m.ChargingSchedulePeriodType(start_period=0, limit=watts)],
        )
        profile = m.ChargingProfileType(
            id=number,
            stack_level=0,
            charging_profile_purpose="ChargingStationExternalConstraints",
            charging_profile_kind="Absolute",
            charging_schedule=[schedule],
        )
        cp.profiles.install(profile_for(evse_id, profile, cp.clock - 1.0))
        _tell_limit(cp, evse_id, schedule)
    cp.charging.apply_limits()


def _tell_limit(cp: ChargePoint, evse_id: int, schedule: m.ChargingScheduleType) -> None:
    with_schedules = cp.model.flag("SmartChargingCtrlr.NotifyChargingLimitWithSchedules")
    request = m.NotifyChargingLimitRequest(
        charging_limit=m.ChargingLimitType(charging_limit_source="EMS"),
        evse_id=evse_id or msgspec.UNSET,
        charging_schedule=[schedule] if with_schedules else msgspec.UNSET,
    )
    cp.ask("NotifyChargingLimit", request, keep=True)


def pull_updates(cp: ChargePoint, profile_id: int) -> None:
    """Ask for new values of a Dynamic profile every ``dynUpdateInterval``, as long as it is installed (2.1 K28)."""
    profile = _installed(cp, profile_id)
    interval_s = msgspec.UNSET if profile is None else profile.told.dyn_update_interval
    if isinstance(interval_s, msgspec.UnsetType) or interval_s <= 0:
        return
    if (before := cp.pulls.get(profile_id)) is not None:
        before.cancel()
    cp.pulls[profile_id] = cp.agenda.at(cp.now + interval_s, lambda: _pull(cp, profile_id))


def _pull(cp: ChargePoint, profile_id: int) -> None:
    if _installed(cp, profile_id) is not None:
        request = m.PullDynamicScheduleUpdateRequest(charging_profile_id=profile_id)
        cp.ask("PullDynamicScheduleUpdate", request, lambda answer: _pulled(cp, profile_id, answer))


def _pulled(cp: ChargePoint, profile_id: int, answer: Message | None) -> None:
    profile = _installed(cp, profile_id)
    told = isinstance(answer, m.PullDynamicScheduleUpdateResponse) and answer.schedule_update
    if profile is not None and isinstance(told, m.ChargingScheduleUpdateType):
        cp.profiles.install(updated(profile, told, cp.clock))
        cp.charging.apply_limits()
    pull_updates(cp, profile_id)


def _installed(cp: ChargePoint, profile_id: int) -> Profile | None:
    return next((each for each in cp.profiles if each.id == profile_id), None)
