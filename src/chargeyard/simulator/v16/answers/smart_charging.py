"""Answers to the requests about charging profiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.ocpp.violations import Fault
from chargeyard.simulator.conversation import Refusal
from chargeyard.simulator.smart_charging import Outlet, in_unit
from chargeyard.simulator.v16.smart_charging import matching, profile_for

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


def set_charging_profile(cp: ChargePoint, request: m.SetChargingProfileRequest) -> Message:
    """Install a profile, and let its limit hold at once."""
    if not 0 <= request.connector_id <= len(cp.connectors):
        raise Refusal(Fault.VALUE, "no such connector at $.connectorId")
    if not _is_installable(cp, request.connector_id, request.cs_charging_profiles):
        return m.SetChargingProfileResponse(status="Rejected")
    cp.profiles.install(profile_for(request.connector_id, request.cs_charging_profiles, cp.clock))
    cp.later(0.0, lambda: _apply_limits(cp))
    return m.SetChargingProfileResponse(status="Accepted")


def _apply_limits(cp: ChargePoint) -> None:
    cp.refresh_limits()
    cp.report_status()


def _is_installable(cp: ChargePoint, connector_id: int, profile: m.ChargingProfile) -> bool:
    keys, periods = cp.configuration, profile.charging_schedule.charging_schedule_period
    if not 0 <= profile.stack_level <= keys.number("ChargeProfileMaxStackLevel"):
        return False
    if not 1 <= len(periods) <= keys.number("ChargingScheduleMaxPeriods") or periods[0].start_period != 0:
        return False
    if len(cp.profiles) >= keys.number("MaxChargingProfilesInstalled"):
        return False
    if profile.charging_profile_purpose == "ChargePointMaxProfile":
        return connector_id == 0 and profile.charging_profile_kind != "Relative"
    return profile.charging_profile_purpose == "TxDefaultProfile" or _fits_transaction(
        cp, connector_id, profile
    )


def _fits_transaction(cp: ChargePoint, connector_id: int, profile: m.ChargingProfile) -> bool:
    connector = cp.connector(connector_id)
    if connector is None or connector.transaction is None:
        return False
    return profile.transaction_id in (msgspec.UNSET, connector.transaction.id)


def clear_charging_profile(cp: ChargePoint, request: m.ClearChargingProfileRequest) -> Message:
    """Remove profiles."""
    found = cp.profiles.clear(matching(request))
    cp.later(0.0, lambda: _apply_limits(cp))
    return m.ClearChargingProfileResponse(status="Accepted" if found else "Unknown")


def composite_schedule(cp: ChargePoint, request: m.GetCompositeScheduleRequest) -> Message:
    """Say what limits will hold for the next seconds."""
    connector = cp.connector(request.connector_id)
    if (connector is None and request.connector_id != 0) or request.duration <= 0:
        return m.GetCompositeScheduleResponse(status="Rejected")
    outlet = (
        connector.outlet() if connector else Outlet(0, max(each.plug.phases for each in cp.connectors), None)
    )
    ceiling_w = connector.plug.power_w if connector else sum(each.plug.power_w for each in cp.connectors)
    steps = cp.profiles.composite(outlet, cp.clock, request.duration, ceiling_w)
    unit = "W" if request.charging_rate_unit is msgspec.UNSET else request.charging_rate_unit
    schedule = m.ChargingSchedule(
        charging_rate_unit=unit,
        duration=request.duration,
        charging_schedule_period=[
            m.ChargingSchedulePeriod(start_period=second, limit=limit)
            for second, limit in in_unit(steps, outlet, watts=unit == "W")
        ],
    )
    return m.GetCompositeScheduleResponse(
        status="Accepted",
        connector_id=request.connector_id,
        schedule_start=cp.timestamp(),
        charging_schedule=schedule,
    )
