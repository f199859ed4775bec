"""Answers to the requests about monitors and streams (N)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.parts import batched

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


_PART = 20


def set_monitoring(cp: ChargePoint, request: m.SetVariableMonitoringRequest) -> Message:
    """Set monitors, each with its own status; those beyond the limit are rejected."""
    most = cp.model.whole("MonitoringCtrlr.ItemsPerMessage[SetVariableMonitoring]")
    told = request.set_monitoring_data
    results = [cp.monitoring.set(each) for each in told[:most]]
    results += [
        m.SetMonitoringResultType(
            status="Rejected",
            type=each.type,
            component=each.component,
            variable=each.variable,
            severity=each.severity,
        )
        for each in told[most:]
    ]
    return m.SetVariableMonitoringResponse(set_monitoring_result=results)


def clear_monitoring(cp: ChargePoint, request: m.ClearVariableMonitoringRequest) -> Message:
    """Remove monitors by their ids."""
    return m.ClearVariableMonitoringResponse(
        clear_monitoring_result=[cp.monitoring.clear(number) for number in request.id]
    )


def set_base(cp: ChargePoint, request: m.SetMonitoringBaseRequest) -> Message:
    """Choose what is monitored at all."""
    cp.monitoring.set_base(request.monitoring_base)
    return m.SetMonitoringBaseResponse(status="Accepted")


def set_level(cp: ChargePoint, request: m.SetMonitoringLevelRequest) -> Message:
    """Choose how severe an event must be to be told."""
    if not 0 <= request.severity <= 9:
        return m.SetMonitoringLevelResponse(status="Rejected")
    cp.monitoring.level = request.severity
    return m.SetMonitoringLevelResponse(status="Accepted")


def monitoring_report(cp: ChargePoint, request: m.GetMonitoringReportRequest) -> Message:
    """Promise the monitors that fit; they follow in NotifyMonitoringReport."""
    found = cp.monitoring.report(request.component_variable, request.monitoring_criteria)
    if not found:
        return m.GetMonitoringReportResponse(status="EmptyResultSet")
    parts = list(batched(found, _PART))
    for number, part in enumerate(parts):
        notify = m.NotifyMonitoringReportRequest(
            request_id=request.request_id,
            seq_no=number,
            generated_at=cp.timestamp(),
            monitor=part,
            tbc=number + 1 < len(parts),
        )
        cp.follow("NotifyMonitoringReport", notify)
    return m.GetMonitoringReportResponse(status="Accepted")


def get_streams(cp: ChargePoint, request: m.GetPeriodicEventStreamRequest) -> Message:
    """List the streams."""
    listed = list(cp.streams.listed())
    return m.GetPeriodicEventStreamResponse(constant_stream_data=listed or msgspec.UNSET)


def adjust_stream(cp: ChargePoint, request: m.AdjustPeriodicEventStreamRequest) -> Message:
    """Change how often a stream tells."""
    found = cp.streams.adjust(request.id, request.params)
    return m.AdjustPeriodicEventStreamResponse(status="Accepted" if found else "Rejected")
