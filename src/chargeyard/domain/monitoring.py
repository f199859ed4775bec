"""Monitors of variables, what they notice, and the streams they send (2.x block N)."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain import availability, commands, events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, StreamJudged
from chargeyard.domain.charge_point import Backlog, ChargePoint
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.device_model import variable_at
from chargeyard.domain.items import Item, ItemKind
from chargeyard.domain.monitors import DeviceEvent, EventStream, Monitor
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import EventStreamsListed, MonitorsCleared, MonitorsSet
from chargeyard.domain.secrets import is_secret

MOST_STREAMS = 1000
"""So many streams of a charge point are watched for values that it cannot send in time."""


class MonitorBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is kept of a monitor in the book of items; its key is the monitor's id."""

    variable: str
    type: str
    value: float
    severity: int
    is_for_transactions: bool = False
    origin: str = ""


class StreamBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is kept of a stream in the book of items; its key is the stream's id."""

    monitor_id: int
    interval_s: int | None = None
    values: int | None = None


class AlertBody(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is kept of something that is wrong now in the book of items; its key is the variable."""

    variable: str
    value: str | None
    since: datetime
    severity: int | None = None
    monitor_id: int | None = None
    tech_code: str = ""
    tech_info: str = ""


# --- what is noticed --------------------------------------------------------------------------------------------


def decide_events(state: ChargePoint, report: reports.EventsNotified, context: Context) -> Decision:
    """Each event is kept; what it tells of a variable or of a connector is true now (N07, 2.1 B01.FR.05)."""
    kept = [_kept(state, event, report.sequence, context) for event in report.events]
    told = [variable_at(event.variable, event.value) for event in report.events if _is_believed(event)]
    happened: list[events.Event] = list(kept)
    if told:
        happened.append(
            events.VariablesReported(
                recorded_at=context.now, charge_point=state.id, at=report.at, variables=tuple(told)
            )
        )
    for event in report.events:
        happened += _connector_state(state, event, context)
    happened += _alerts(state, report.events, context)
    return Decision(tuple(happened), ACKNOWLEDGED)


def _kept(
    state: ChargePoint, event: DeviceEvent, sequence: int, context: Context
) -> events.DeviceEventHappened:
    value = None if is_secret(event.variable.name) else event.value
    return events.DeviceEventHappened(
        recorded_at=context.now,
        charge_point=state.id,
        sequence=sequence,
        device_event=replace(event, value=value),
    )


def _is_believed(event: DeviceEvent) -> bool:
    """A value that was cut or left out says nothing about the variable."""
    return event.value is not None and bool(event.variable.component and event.variable.name)


def _connector_state(state: ChargePoint, event: DeviceEvent, context: Context) -> tuple[events.Event, ...]:
    address = event.variable
    if (address.component, address.name) != ("Connector", "AvailabilityState") or not address.evse:
        return ()
    told = reports.ConnectorStatusChanged(
        evse=address.evse,
        connector=address.connector or 1,
        status=event.value or "",
        at=event.at if event.is_dated else None,
        said=event.said,
    )
    return availability.decide_status(state, told, context).events


def _alerts(state: ChargePoint, told: Iterable[DeviceEvent], context: Context) -> Iterable[events.Event]:
    """What is wrong now, and what is not any more: the last word on each variable counts."""
    last = {_alert_key(event): event for event in told if _is_alarming(event) is not None}
    wrong = tuple(
        Item(key=key, evse=event.variable.evse, body=_alert_body(event))
        for key, event in last.items()
        if _is_alarming(event)
    )
    over = tuple((event.variable.evse, key) for key, event in last.items() if not _is_alarming(event))
    where: dict[str, Any] = {"recorded_at": context.now, "charge_point": state.id}
    if wrong:
        yield events.ItemsInstalled(**where, kind="Alert", items=wrong, source="reported")
    if over:
        yield events.ItemsRemoved(**where, kind="Alert", keys=over)


def _is_alarming(event: DeviceEvent) -> bool | None:
    """Whether something is wrong; None: the event does not say. `Problem` is a variable of its own (2.x appendix)."""
    if event.cleared:
        return False
    if event.variable.name == "Problem" and event.value is not None:
        return event.value.strip().lower() == "true"
    return True if event.trigger == "Alerting" else None


def _alert_key(event: DeviceEvent) -> str:
    """A monitor has its own alert: two of them may watch one variable."""
    suffix = f"#{event.monitor_id}" if event.monitor_id is not None else ""
    return f"{event.variable.text}{suffix}"[:255]


def _alert_body(event: DeviceEvent) -> msgspec.Raw:
    body = AlertBody(
        variable=event.variable.text,
        value=None if is_secret(event.variable.name) else event.value,
        since=event.at,
        severity=event.severity,
        monitor_id=event.monitor_id,
        tech_code=event.tech_code,
        tech_info=event.tech_info,
    )
    return msgspec.Raw(msgspec.json.encode(body))


# --- monitors ---------------------------------------------------------------------------------------------------


def decide_monitors(state: ChargePoint, report: reports.MonitorsReported, context: Context) -> Decision:
    """Keep every part as it comes."""
    where: dict[str, Any] = {"recorded_at": context.now, "charge_point": state.id}
    advanced = events.ListingAdvanced(
        **where,
        kind="Monitor",
        request_id=report.request_id,
        sequence=report.sequence,
        is_last=report.is_last,
        items=len(report.monitors),
    )
    if not report.monitors:
        return Decision((advanced,), ACKNOWLEDGED)
    items = tuple(map(monitor_item, report.monitors))
    installed = events.ItemsInstalled(**where, kind="Monitor", items=items, source="reported")
    # First the things, then that they have come: the last part takes away what was not named.
    return Decision((installed, advanced), ACKNOWLEDGED)


def monitor_item(monitor: Monitor) -> Item:
    """A monitor as the book keeps it; ids are unique at a charge point, whatever the EVSE."""
    body = MonitorBody(
        variable=monitor.variable.text,
        type=monitor.type,
        value=monitor.value,
        severity=monitor.severity,
        is_for_transactions=monitor.is_for_transactions,
        origin=monitor.origin,
    )
    return Item(key=str(monitor.id), body=msgspec.Raw(msgspec.json.encode(body)))


def after_setting(command: commands.SetMonitors, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Monitors that were accepted have an id now, also where others were refused."""
    result = getattr(outcome, "result", None)
    words = result.monitors if isinstance(result, MonitorsSet) else ()
    items = tuple(
        monitor_item(word.monitor)
        for word in words
        if word.status == "Accepted" and word.monitor.id is not None
    )
    if not items:
        return ()
    return (
        events.ItemsInstalled(
            recorded_at=scene.now, charge_point=scene.charge_point, kind="Monitor", items=items, source="ours"
        ),
    )


def after_clearing(
    command: commands.ClearMonitors, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """Monitors that were cleared, and those that it does not know, are not there."""
    result = getattr(outcome, "result", None)
    words = result.monitors if isinstance(result, MonitorsCleared) else ()
    return _removed(scene, "Monitor", [word.id for word in words if word.status in {"Accepted", "NotFound"}])


def after_setting_base(
    command: commands.SetMonitoringBase, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """All custom monitors are gone, except where all monitors are to be active (N03.FR.03 to 05)."""
    if not isinstance(outcome, Accepted) or command.base == "All":
        return ()
    return (
        events.ItemsRemoved(
            recorded_at=scene.now, charge_point=scene.charge_point, kind="Monitor", keys=None
        ),
    )


def after_asking(command: commands.ReadMonitors, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """A list that was promised is waited for."""
    if not isinstance(outcome, Accepted):
        return ()
    return (
        events.ListingAsked(
            recorded_at=scene.asked_at,
            charge_point=scene.charge_point,
            kind="Monitor",
            request_id=command.request_id,
            is_whole=not (command.criteria or command.components),
        ),
    )


# --- streams ----------------------------------------------------------------------------------------------------


def decide_opening(state: ChargePoint, report: reports.StreamOpened, context: Context) -> Decision:
    """A stream that was understood is kept, and welcome (2.1 N11); one without numbers is not."""
    if report.stream is None:
        return Decision((), StreamJudged(accepted=False))
    opened = events.ItemsInstalled(
        recorded_at=context.now,
        charge_point=state.id,
        kind="EventStream",
        items=(stream_item(report.stream),),
        source="reported",
    )
    return Decision((opened,), StreamJudged(accepted=True))


def decide_closing(state: ChargePoint, report: reports.StreamClosed, context: Context) -> Decision:
    """The stream is not there any more (2.1 N12)."""
    closed = events.ItemsRemoved(
        recorded_at=context.now, charge_point=state.id, kind="EventStream", keys=((0, str(report.stream_id)),)
    )
    return Decision((closed,), ACKNOWLEDGED)


def decide_stream(state: ChargePoint, report: reports.StreamReceived, context: Context) -> Decision:
    """One event for all values of a message. A stream that falls behind is noted, once until it has caught up."""
    where: dict[str, Any] = {"recorded_at": context.now, "charge_point": state.id}
    received = events.StreamReceived(
        **where, stream_id=report.stream_id, pending=report.pending, values=report.values
    )
    known = state.backlogs.get(report.stream_id)
    if known is None or known.is_growing or report.pending <= known.pending:
        return Decision((received,), ACKNOWLEDGED)
    behind = events.StreamFellBehind(**where, stream_id=report.stream_id, pending=report.pending)
    return Decision((received, behind), ACKNOWLEDGED)


def evolve_stream(state: ChargePoint, event: events.StreamReceived) -> None:
    """Remember how many values were waiting, and whether they become more."""
    known = state.backlogs.get(event.stream_id)
    if known is not None or len(state.backlogs) < MOST_STREAMS:
        is_growing = known is not None and event.pending > known.pending
        state.backlogs[event.stream_id] = Backlog(event.pending, is_growing)


def stream_item(stream: EventStream) -> Item:
    """A stream as the book keeps it."""
    body = StreamBody(monitor_id=stream.monitor_id, interval_s=stream.interval_s, values=stream.values)
    return Item(key=str(stream.id), body=msgspec.Raw(msgspec.json.encode(body)))


def stream_of(records: Iterable[ItemRecord], stream_id: int) -> StreamBody | None:
    """What is kept of a stream, None of one that we do not know."""
    bodies = (_read_stream(record.body) for record in records if record.key == str(stream_id))
    return next(bodies, None)


_read_stream = msgspec.json.Decoder(StreamBody).decode


def after_listing_streams(
    command: commands.ReadEventStreams, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """The answer names all streams there are."""
    result = getattr(outcome, "result", None)
    if not isinstance(result, EventStreamsListed):
        return ()
    where: dict[str, Any] = {"recorded_at": scene.now, "charge_point": scene.charge_point}
    gone = events.ItemsRemoved(**where, kind="EventStream", keys=None)
    items = tuple(map(stream_item, result.streams))
    if not items:
        return (gone,)
    return gone, events.ItemsInstalled(**where, kind="EventStream", items=items, source="reported")


def after_adjusting(
    command: commands.AdjustEventStream, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """The stream has the pace that was accepted; one whose monitor we do not know is told by the next listing."""
    if not isinstance(outcome, Accepted) or command.monitor_id is None:
        return ()
    stream = EventStream(
        id=command.stream_id,
        monitor_id=command.monitor_id,
        interval_s=command.interval_s,
        values=command.values,
    )
    return (
        events.ItemsInstalled(
            recorded_at=scene.now,
            charge_point=scene.charge_point,
            kind="EventStream",
            items=(stream_item(stream),),
            source="reported",
        ),
    )


def _removed(scene: Scene, kind: ItemKind, ids: list[int]) -> tuple[events.Event, ...]:
    if not ids:
        return ()
    keys = tuple((0, str(one)) for one in ids)
    return (
        events.ItemsRemoved(recorded_at=scene.now, charge_point=scene.charge_point, kind=kind, keys=keys),
    )
