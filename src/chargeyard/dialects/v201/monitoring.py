"""Monitors of variables and what they notice, on the wire of 2.x."""

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET, UnsetType

from chargeyard.dialects import keys
from chargeyard.dialects.dialect import NUMBERS, Hearing, Script, asked_all, parts, said_in
from chargeyard.dialects.v201.device_model import (
    address_from,
    component_at,
    component_variable,
    unaddressed,
    variable_at,
)
from chargeyard.dialects.v201.outcomes import following, judged, settled, worst
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.monitors import DeviceEvent, Monitor
from chargeyard.domain.results import MonitorCleared, MonitorsCleared, MonitorsSet, MonitorWord
from chargeyard.domain.variables import Address
from chargeyard.ocpp.v201 import messages as m


def events_from(request: m.NotifyEventRequest, hearing: Hearing) -> reports.EventsNotified:
    """NotifyEvent."""
    return reports.EventsNotified(
        sequence=hearing.whole(request.seq_no, NUMBERS, 0, "$.seqNo"),
        is_last=not request.tbc,
        at=hearing.instant(request.generated_at, "$.generatedAt"),
        events=tuple(_event_from(one, hearing) for one in request.event_data),
    )


def _event_from(told: m.EventDataType, hearing: Hearing) -> DeviceEvent:
    path = "$.eventData[]"
    at = hearing.instant(told.timestamp, f"{path}.timestamp")
    # Only 2.1 tells how severe it is.
    severity = getattr(told, "severity", UNSET)
    return DeviceEvent(
        number=hearing.whole(told.event_id, NUMBERS, 0, f"{path}.eventId"),
        at=at,
        said=told.timestamp,
        is_dated=hearing.is_dated(at),
        trigger=told.trigger,
        origin=told.event_notification_type,
        variable=address_from(told.component, told.variable),
        value=told.actual_value,
        cause=hearing.whole(told.cause, NUMBERS, None, f"{path}.cause"),
        tech_code=told.tech_code or "",
        tech_info=told.tech_info or "",
        cleared=None if isinstance(told.cleared, UnsetType) else told.cleared,
        transaction=told.transaction_id or "",
        monitor_id=hearing.whole(told.variable_monitoring_id, NUMBERS, None, f"{path}.variableMonitoringId"),
        severity=hearing.whole(severity, NUMBERS, None, f"{path}.severity"),
    )


def events_answer(answer: Acknowledged) -> m.NotifyEventResponse:
    """NotifyEventResponse."""
    return m.NotifyEventResponse()


def monitors_from(request: m.NotifyMonitoringReportRequest, hearing: Hearing) -> reports.MonitorsReported:
    """NotifyMonitoringReport; the last part is the one that announces no further one."""
    return reports.MonitorsReported(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        sequence=hearing.whole(request.seq_no, NUMBERS, 0, "$.seqNo"),
        is_last=not request.tbc,
        monitors=tuple(monitor for one in request.monitor or () for monitor in _monitors_from(one, hearing)),
    )


def _monitors_from(data: m.MonitoringDataType, hearing: Hearing) -> Iterator[Monitor]:
    address = address_from(data.component, data.variable)
    path = "$.monitor[].variableMonitoring[]"
    for one in data.variable_monitoring:
        number = hearing.whole(one.id, NUMBERS, None, f"{path}.id")
        if number is None:
            continue
        yield Monitor(
            id=number,
            variable=address,
            type=one.type,
            value=one.value,
            severity=hearing.whole(one.severity, NUMBERS, 9, f"{path}.severity"),
            is_for_transactions=one.transaction,
            # Only 2.1 tells who made it.
            origin=getattr(one, "event_notification_type", "") or "",
        )


def monitors_answer(answer: Acknowledged) -> m.NotifyMonitoringReportResponse:
    """NotifyMonitoringReportResponse."""
    return m.NotifyMonitoringReportResponse()


def base_script(command: commands.SetMonitoringBase) -> Script:
    """SetMonitoringBase."""
    return settled((yield m.SetMonitoringBaseRequest(monitoring_base=command.base)))


def level_script(command: commands.SetMonitoringLevel) -> Script:
    """SetMonitoringLevel."""
    return settled((yield m.SetMonitoringLevelRequest(severity=command.severity)))


def set_script(command: commands.SetMonitors) -> Script:
    """SetVariableMonitoring, at most so many at a time as it takes (N04)."""
    if any(one.interval_s is not None or one.values is not None for one in command.monitors):
        return outcomes.Invalid(detail="it has no streams of periodic values")
    return (yield from set_all(command, _monitoring_data))


def set_all(command: commands.SetMonitors, spell: Any) -> Script:
    """SetVariableMonitoring of all; `spell` makes SetMonitoringDataType of a monitor and the address it is of."""
    named = [(one, keys.find(one.variable)) for one in command.monitors]
    for one, address in named:
        if address is None:
            return unaddressed(one.variable)
    data = [spell(one, address) for one, address in named]
    replies = yield from asked_all(
        m.SetVariableMonitoringRequest(set_monitoring_data=list(part))
        for part in parts(data, command.max_items)
    )
    results = [one for reply in replies for one in reply.message.set_monitoring_result]  # type: ignore[attr-defined]
    words = tuple(
        _monitor_word(result, given) for result, given in zip(results, command.monitors, strict=False)
    )
    return judged(worst(one.status for one in results), said_in(replies), MonitorsSet(monitors=words))


def _monitoring_data(given: commands.MonitorGiven, address: Address) -> m.SetMonitoringDataType:
    return m.SetMonitoringDataType(**monitoring_fields(given, address))


def monitoring_fields(given: commands.MonitorGiven, address: Address) -> dict[str, Any]:
    """The fields that SetMonitoringDataType has in every version."""
    return {
        "id": UNSET if given.id is None else given.id,
        "transaction": given.is_for_transactions or UNSET,
        "value": given.value,
        "type": given.type,
        "severity": given.severity,
        "component": component_at(address),
        "variable": variable_at(address),
    }


def _monitor_word(result: m.SetMonitoringResultType, given: commands.MonitorGiven) -> MonitorWord:
    """A charge point answers in the order of the request; what it does not repeat was given."""
    number = given.id if isinstance(result.id, UnsetType) else result.id
    monitor = Monitor(
        id=number if number is not None and number in NUMBERS else None,
        variable=address_from(result.component, result.variable),
        type=result.type,
        value=given.value,
        severity=given.severity,
        is_for_transactions=given.is_for_transactions,
        origin="CustomMonitor",
    )
    return MonitorWord(status=result.status, monitor=monitor)


def clear_script(command: commands.ClearMonitors) -> Script:
    """ClearVariableMonitoring, at most so many at a time as it takes (N06)."""
    ids = list(dict.fromkeys(command.ids))
    replies = yield from asked_all(
        m.ClearVariableMonitoringRequest(id=list(part)) for part in parts(ids, command.max_items)
    )
    results = [one for reply in replies for one in reply.message.clear_monitoring_result]  # type: ignore[attr-defined]
    words = tuple(MonitorCleared(id=one.id, status=one.status) for one in results)
    return judged(worst(one.status for one in results), said_in(replies), MonitorsCleared(monitors=words))


def report_script(command: commands.ReadMonitors) -> Script:
    """GetMonitoringReport; the monitors follow in parts (N02)."""
    wanted = [component_variable(one) for one in dict.fromkeys(command.components)]
    if command.max_items and len(wanted) > command.max_items:
        return outcomes.Invalid(detail=f"it takes at most {command.max_items} components in one request")
    request = m.GetMonitoringReportRequest(
        request_id=command.request_id,
        monitoring_criteria=list(dict.fromkeys(command.criteria)) or UNSET,
        component_variable=wanted or UNSET,
    )
    return following((yield request), command.request_id)
