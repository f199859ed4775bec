"""Answers to the requests of the grid operator (2.1 Q, R)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.grid import UNSUPPORTED, reported

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


def afrr_signal(cp: ChargePoint, request: m.AFRRSignalRequest) -> Message:
    """Take a signal of the transmission system operator, if somebody is there to follow it (Q08)."""
    is_used = any(evse.transaction is not None for evse in cp.connectors)
    return m.AFRRSignalResponse(status="Accepted" if is_used else "Rejected")


def set_control(cp: ChargePoint, request: m.SetDERControlRequest) -> Message:
    """Take a control; one that has a time is told when it starts."""
    status, superseded = cp.grid.set(request)
    if status == "Accepted" and not request.is_default:
        notify = m.NotifyDERStartStopRequest(
            control_id=request.control_id,
            started=True,
            timestamp=cp.timestamp(),
            superseded_ids=superseded or msgspec.UNSET,
        )
        cp.follow("NotifyDERStartStop", notify)
    return m.SetDERControlResponse(status=status, superseded_ids=superseded or msgspec.UNSET)


def get_control(cp: ChargePoint, request: m.GetDERControlRequest) -> Message:
    """Promise the controls that fit; they follow in ReportDERControl, one each."""
    kind = request.control_type
    if not isinstance(kind, msgspec.UnsetType) and kind in UNSUPPORTED:
        return m.GetDERControlResponse(status="NotSupported")
    found = cp.grid.find(is_default=request.is_default, kind=kind, number=request.control_id)
    if not found:
        return m.GetDERControlResponse(status="NotFound")
    for number, control in enumerate(found, start=1):
        field, entry = reported(control)
        parts: dict[str, Any] = {field: [entry]}
        follow = m.ReportDERControlRequest(request_id=request.request_id, tbc=number < len(found), **parts)
        cp.follow("ReportDERControl", follow)
    return m.GetDERControlResponse(status="Accepted")


def clear_control(cp: ChargePoint, request: m.ClearDERControlRequest) -> Message:
    """Forget the controls that fit."""
    found = cp.grid.find(is_default=request.is_default, kind=request.control_type, number=request.control_id)
    cp.grid.clear(found)
    return m.ClearDERControlResponse(status="Accepted" if found else "NotFound")
