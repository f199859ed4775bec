"""Streams of periodic values, which only 2.1 has, and monitors that send them."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.monitoring import monitoring_fields, set_all
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged, StreamJudged
from chargeyard.domain.monitors import EventStream
from chargeyard.domain.results import EventStreamsListed
from chargeyard.domain.variables import Address
from chargeyard.ocpp.v21 import messages as m

NOWHERE = -1
"""The id of what has none."""

_LONGEST_S = 366 * 24 * 3600.0


def opened_from(request: m.OpenPeriodicEventStreamRequest, hearing: Hearing) -> reports.StreamOpened:
    """OpenPeriodicEventStream."""
    return reports.StreamOpened(stream=_stream_from(request.constant_stream_data, hearing))


def _stream_from(data: m.ConstantStreamDataType, hearing: Hearing) -> EventStream | None:
    path = "$.constantStreamData"
    number = hearing.whole(data.id, _IDS, NOWHERE, f"{path}.id")
    monitor = hearing.whole(data.variable_monitoring_id, _IDS, NOWHERE, f"{path}.variableMonitoringId")
    if NOWHERE in (number, monitor):
        return None
    return EventStream(
        id=number,
        monitor_id=monitor,
        interval_s=hearing.whole(data.params.interval, _IDS, None, f"{path}.params.interval"),
        values=hearing.whole(data.params.values, _IDS, None, f"{path}.params.values"),
    )


_IDS = range(NUMBERS.stop)


def opened_answer(answer: StreamJudged) -> m.OpenPeriodicEventStreamResponse:
    """OpenPeriodicEventStreamResponse."""
    return m.OpenPeriodicEventStreamResponse(status="Accepted" if answer.accepted else "Rejected")


def closed_from(request: m.ClosePeriodicEventStreamRequest, hearing: Hearing) -> reports.StreamClosed:
    """ClosePeriodicEventStream."""
    return reports.StreamClosed(stream_id=hearing.whole(request.id, NUMBERS, NOWHERE, "$.id"))


def closed_answer(answer: Acknowledged) -> m.ClosePeriodicEventStreamResponse:
    """ClosePeriodicEventStreamResponse."""
    return m.ClosePeriodicEventStreamResponse()


def received_from(request: m.NotifyPeriodicEventStreamRequest, hearing: Hearing) -> reports.StreamReceived:
    """NotifyPeriodicEventStream: `t` of a value is the seconds since the base time (schema; part 4 shows dates)."""
    begin = hearing.instant(request.basetime, "$.basetime")
    return reports.StreamReceived(
        stream_id=hearing.whole(request.id, NUMBERS, NOWHERE, "$.id"),
        pending=hearing.whole(request.pending, NUMBERS, 0, "$.pending"),
        values=tuple(_values(begin, request.data, hearing)),
    )


def _values(
    begin: datetime, data: list[m.StreamDataElementType], hearing: Hearing
) -> Iterator[tuple[datetime, str]]:
    for one in data:
        if abs(one.t) > _LONGEST_S:
            hearing.find("clock", "$.data[].t", "no seconds that belong to a stream")
            continue
        yield begin + timedelta(seconds=one.t), one.v


def set_script(command: commands.SetMonitors) -> Script:
    """SetVariableMonitoring, periodic ones as streams where that is wished (N11)."""
    return (yield from set_all(command, _monitoring_data))


def _monitoring_data(given: commands.MonitorGiven, address: Address) -> m.SetMonitoringDataType:
    wants_stream = given.interval_s is not None or given.values is not None
    return m.SetMonitoringDataType(
        **monitoring_fields(given, address),
        periodic_event_stream=_pace(given.interval_s, given.values) if wants_stream else UNSET,
    )


def list_script(command: commands.ReadEventStreams) -> Script:
    """GetPeriodicEventStream; the answer has them all (N13)."""
    reply = yield m.GetPeriodicEventStreamRequest()
    told = getattr(reply.message, "constant_stream_data", UNSET)
    data = [] if isinstance(told, UnsetType) else told
    streams = tuple(
        EventStream(
            id=one.id,
            monitor_id=one.variable_monitoring_id,
            interval_s=one.params.interval or None,
            values=one.params.values or None,
        )
        for one in data
    )
    return outcomes.Accepted(said=reply.said, result=EventStreamsListed(streams=streams))


def adjust_script(command: commands.AdjustEventStream) -> Script:
    """AdjustPeriodicEventStream (N14)."""
    pace = _pace(command.interval_s, command.values)
    return settled((yield m.AdjustPeriodicEventStreamRequest(id=command.stream_id, params=pace)))


def _pace(interval_s: int | None, values: int | None) -> m.PeriodicEventStreamParamsType:
    return m.PeriodicEventStreamParamsType(
        interval=UNSET if interval_s is None else interval_s, values=UNSET if values is None else values
    )
