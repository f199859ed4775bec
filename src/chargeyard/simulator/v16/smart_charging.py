"""Charging profiles in the words of OCPP 1.6."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import msgspec

from chargeyard.ocpp.v16.messages import (
    ChargingProfile,
    ChargingProfilePurposeType,
    ClearChargingProfileRequest,
)
from chargeyard.simulator import instants
from chargeyard.simulator.smart_charging import RECURRENCE_S, Period, Profile, Purpose

PURPOSES: Mapping[ChargingProfilePurposeType, Purpose] = {
    "ChargePointMaxProfile": Purpose.STATION,
    "TxDefaultProfile": Purpose.DEFAULT,
    "TxProfile": Purpose.TRANSACTION,
}


def profile_for(connector_id: int, told: ChargingProfile, now: float) -> Profile:
    """The profile for a connector; ``now`` stands in for a start that an Absolute schedule left out."""
    schedule = told.charging_schedule
    start = instants.read(schedule.start_schedule)
    recurrence = None if told.recurrency_kind is msgspec.UNSET else RECURRENCE_S[told.recurrency_kind]
    return Profile(
        id=told.charging_profile_id,
        place=connector_id,
        purpose=PURPOSES[told.charging_profile_purpose],
        stack_level=told.stack_level,
        periods=tuple(
            Period(period.start_period, period.limit, _given(period.number_phases))
            for period in schedule.charging_schedule_period
        ),
        in_watts=schedule.charging_rate_unit == "W",
        start_at=None if told.charging_profile_kind == "Relative" else now if start is None else start,
        told=told,
        duration_s=_given(schedule.duration),
        recurrence_s=recurrence if told.charging_profile_kind == "Recurring" else None,
        valid_from=instants.read(told.valid_from),
        valid_to=instants.read(told.valid_to),
    )


def matching(request: ClearChargingProfileRequest) -> Callable[[Profile], bool]:
    """What a request wants cleared. An id makes the other fields irrelevant (errata 3.25)."""
    if request.id is not msgspec.UNSET:
        return lambda profile: profile.id == request.id
    purpose = request.charging_profile_purpose
    return lambda profile: all(
        asked is msgspec.UNSET or asked == has
        for asked, has in (
            (request.connector_id, profile.place),
            (msgspec.UNSET if purpose is msgspec.UNSET else PURPOSES[purpose], profile.purpose),
            (request.stack_level, profile.stack_level),
        )
    )


def _given(value: int | msgspec.UnsetType) -> int | None:
    return None if isinstance(value, msgspec.UnsetType) else value
