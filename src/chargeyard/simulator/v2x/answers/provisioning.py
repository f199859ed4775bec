"""Answers to the requests about variables, resets and networks (B), and vendors' own (P)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.device_model import Spot

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse


_EVSE_RESET_S = 5.0
_SLOTS = 3

VENDOR_ID = "org.chargeyard.simulator"
"""The DataTransfer vendor that is understood; its one message is ``Echo``."""


def data_transfer(cp: ChargePoint, request: m.DataTransferRequest) -> Message:
    """Echo what the one known vendor sends."""
    if request.vendor_id != VENDOR_ID:
        return m.DataTransferResponse(status="UnknownVendorId")
    if request.message_id != "Echo":
        return m.DataTransferResponse(status="UnknownMessageId")
    return m.DataTransferResponse(status="Accepted", data=request.data)


# -------------------------------------------------------------- variables


def get_variables(cp: ChargePoint, request: m.GetVariablesRequest) -> Message:
    """Read variables, each with its own status (B06)."""
    most = cp.model.whole("DeviceDataCtrlr.ItemsPerMessage[GetVariables]")
    results = [
        _read(cp, wanted, is_too_much=number >= most)
        for number, wanted in enumerate(request.get_variable_data)
    ]
    return m.GetVariablesResponse(get_variable_result=results)


def _read(cp: ChargePoint, wanted: m.GetVariableDataType, *, is_too_much: bool) -> m.GetVariableResultType:
    spot = cp.model.find(wanted.component, wanted.variable)
    status: m.GetVariableStatusEnumType = "Accepted"
    value: str | msgspec.UnsetType = msgspec.UNSET
    if is_too_much:
        status = "Rejected"
    elif isinstance(spot, str):
        status = "UnknownComponent" if spot == "UnknownComponent" else "UnknownVariable"
    elif wanted.attribute_type not in (msgspec.UNSET, "Actual"):
        status = "NotSupportedAttributeType"
    elif cp.model.variable(spot).mutability == "WriteOnly":
        status = "Rejected"
    else:
        value = cp.model.value(spot)
    return m.GetVariableResultType(
        attribute_status=status,
        attribute_type=wanted.attribute_type,
        attribute_value=value,
        component=wanted.component,
        variable=wanted.variable,
    )


def set_variables(cp: ChargePoint, request: m.SetVariablesRequest) -> Message:
    """Write variables, each with its own status (B05); intervals begin to count anew."""
    most = cp.model.whole("DeviceDataCtrlr.ItemsPerMessage[SetVariables]")
    results = [
        _write(cp, wanted, is_too_much=number >= most)
        for number, wanted in enumerate(request.set_variable_data)
    ]
    for wanted, result in zip(request.set_variable_data, results, strict=True):
        spot = cp.model.find(wanted.component, wanted.variable)
        if result.attribute_status == "Accepted" and isinstance(spot, Spot):
            _take_effect(cp, spot, wanted.attribute_value)
    return m.SetVariablesResponse(set_variable_result=results)


def _take_effect(cp: ChargePoint, spot: Spot, value: str) -> None:
    if spot.variable == "HeartbeatInterval":
        cp.schedule_heartbeat()
    elif (spot.component, spot.variable) == ("AlignedDataCtrlr", "Interval"):
        cp.charging.schedule_aligned()
    elif spot.variable == "BasicAuthPassword":
        cp.use_password(value)


def _write(cp: ChargePoint, wanted: m.SetVariableDataType, *, is_too_much: bool) -> m.SetVariableResultType:
    spot = cp.model.find(wanted.component, wanted.variable)
    status: m.SetVariableStatusEnumType
    if is_too_much:
        status = "Rejected"
    elif isinstance(spot, str):
        status = "UnknownComponent" if spot == "UnknownComponent" else "UnknownVariable"
    elif wanted.attribute_type not in (msgspec.UNSET, "Actual"):
        status = "NotSupportedAttributeType"
    else:
        status = cp.model.write(spot, wanted.attribute_value)
    return m.SetVariableResultType(
        attribute_status=status,
        attribute_type=wanted.attribute_type,
        component=wanted.component,
        variable=wanted.variable,
    )


# -------------------------------------------------------------- resets and networks


def reset(cp: ChargePoint, request: m.ResetRequest) -> Message:
    """Go down and boot again, or reset one EVSE; OnIdle not before nobody charges (B11, B12)."""
    evses = cp.connectors
    if not isinstance(request.evse_id, msgspec.UnsetType) and request.evse_id != 0:
        evse = cp.connector(request.evse_id)
        if evse is None:
            return m.ResetResponse(status="Rejected")
        evses = (evse,)
    is_whole = len(evses) == len(cp.connectors) and request.evse_id in (msgspec.UNSET, 0)
    act = partial(_reset_all, cp, request.type) if is_whole else partial(_reset_evse, cp, evses[0])
    if request.type == "OnIdle" and any(evse.is_in_use for evse in evses):
        cp.waiting_reset = (evses, partial(_reset_all, cp, "Scheduled") if is_whole else act)
        return m.ResetResponse(status="Scheduled")
    cp.later(0.0, act)
    return m.ResetResponse(status="Accepted")


def _reset_all(cp: ChargePoint, kind: str) -> None:
    if kind == "ImmediateAndResume":
        cp.resume_after_boot()
        return
    reason: m.BootReasonEnumType = "ScheduledReset" if kind == "Scheduled" else "RemoteReset"
    cp.reboot(reason, "ResetCommand", "ImmediateReset")


def _reset_evse(cp: ChargePoint, evse: Evse) -> None:
    """An EVSE goes and comes back, without a boot (B12.FR.04)."""
    cp.charging.end(evse, "ResetCommand", "ImmediateReset")
    was_operative, evse.is_operative = evse.is_operative, False
    cp.report_status()

    def back() -> None:
        evse.is_operative = was_operative
        cp.report_status()

    cp.later(_EVSE_RESET_S, back)


def set_network_profile(cp: ChargePoint, request: m.SetNetworkProfileRequest) -> Message:
    """Store where to connect after NetworkConfigurationPriority says so; a lower security is refused (B09)."""
    data = request.connection_data
    if data.ocpp_transport != "JSON" or not data.ocpp_csms_url.startswith(("ws://", "wss://")):
        return m.SetNetworkProfileResponse(status="Failed")
    is_lower = data.security_profile < cp.model.whole("SecurityCtrlr.SecurityProfile")
    if is_lower or not 1 <= request.configuration_slot <= _SLOTS:
        return m.SetNetworkProfileResponse(status="Rejected")
    cp.network_profiles[request.configuration_slot] = data.ocpp_csms_url
    return m.SetNetworkProfileResponse(status="Accepted")
