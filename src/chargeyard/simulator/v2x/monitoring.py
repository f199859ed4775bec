"""Monitors on variables, and the events that tell what they see (N)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.agenda import Appointment
from chargeyard.simulator.connectors import Trouble
from chargeyard.simulator.v2x.device_model import Spot

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse

_MOST = 50
_THRESHOLDS = ("UpperThreshold", "LowerThreshold")
_PERIODIC = ("Periodic", "PeriodicClockAligned")
_CRITERIA = {
    "UpperThreshold": "ThresholdMonitoring",
    "LowerThreshold": "ThresholdMonitoring",
    "Delta": "DeltaMonitoring",
    "TargetDelta": "DeltaMonitoring",
    "TargetDeltaRelative": "DeltaMonitoring",
    "Periodic": "PeriodicMonitoring",
    "PeriodicClockAligned": "PeriodicMonitoring",
}
_STATUS_SEVERITY = 7
_TROUBLE_SEVERITY = 3


class Monitor:
    """One monitor; ``seen`` is the value that was told last, ``is_crossed`` that a threshold is."""

    __slots__ = ("id", "is_crossed", "kind", "next", "seen", "severity", "spot", "transaction", "value")

    def __init__(self, number: int, spot: Spot, told: m.SetMonitoringDataType, seen: str) -> None:
        self.id = number
        self.spot = spot
        self.kind = told.type
        self.value = told.value
        self.severity = told.severity
        self.transaction = told.transaction is True
        self.seen = seen
        self.is_crossed = False
        self.next: Appointment | None = None


class Monitoring:
    """All monitors of one charge point. ``level``: events of a higher severity number are not told."""

    __slots__ = ("_cp", "_events", "_monitors", "base", "level")

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._monitors: dict[int, Monitor] = {}
        self._events = 0
        self.base: m.MonitoringBaseEnumType = "All"
        self.level = 9

    # -------------------------------------------------------------- what the central system sets

    def set(self, told: m.SetMonitoringDataType) -> m.SetMonitoringResultType:
        """Set one monitor, and say how that went."""
        spot = self._cp.model.find(told.component, told.variable)
        status = self._status(told, spot)
        number: int | msgspec.UnsetType = told.id
        if status == "Accepted" and isinstance(spot, Spot):
            number = self._enter(told, spot)
        return m.SetMonitoringResultType(
            status=status,
            type=told.type,
            component=told.component,
            variable=told.variable,
            severity=told.severity,
            id=number,
        )

    def _status(self, told: m.SetMonitoringDataType, spot: Spot | str) -> m.SetMonitoringStatusEnumType:
        if isinstance(spot, str):
            return "UnknownComponent" if spot == "UnknownComponent" else "UnknownVariable"
        variable = self._cp.model.variable(spot)
        is_number = variable.kind in ("integer", "decimal")
        if not variable.monitored or (told.type in _THRESHOLDS and not is_number):
            return "UnsupportedMonitorType"
        if not isinstance(told.id, msgspec.UnsetType):
            known = self._monitors.get(told.id)
            return "Accepted" if known is not None and known.spot == spot else "Rejected"
        if any(self._is_same(told, spot, monitor) for monitor in self._monitors.values()):
            return "Duplicate"
        is_possible = 0 <= told.severity <= 9 and len(self._monitors) < _MOST
        return "Accepted" if is_possible and (told.type == "Delta" or told.value >= 0) else "Rejected"

    def _is_same(self, told: m.SetMonitoringDataType, spot: Spot, monitor: Monitor) -> bool:
        return (monitor.spot, monitor.kind, monitor.severity) == (spot, told.type, told.severity)

    def _enter(self, told: m.SetMonitoringDataType, spot: Spot) -> int:
        number = told.id if isinstance(told.id, int) else max(self._monitors, default=0) + 1
        self._drop(number)
        monitor = Monitor(number, spot, told, self._cp.model.value(spot))
        self._monitors[number] = monitor
        self._cp.later(0.0, self.look)
        self._schedule(monitor)
        if not isinstance(told.periodic_event_stream, msgspec.UnsetType):
            self._cp.streams.open(number, told.periodic_event_stream)
        return number

    def clear(self, number: int) -> m.ClearMonitoringResultType:
        """Remove one monitor."""
        found = self._drop(number)
        return m.ClearMonitoringResultType(status="Accepted" if found else "NotFound", id=number)

    def set_base(self, base: m.MonitoringBaseEnumType) -> None:
        """Change what is monitored at all; but for All, monitors that were set are gone (N03)."""
        self.base = base
        if base != "All":
            for number in tuple(self._monitors):
                self._drop(number)

    def _drop(self, number: int) -> bool:
        monitor = self._monitors.pop(number, None)
        if monitor is not None and monitor.next is not None:
            monitor.next.cancel()
        return monitor is not None

    def report(
        self,
        wanted: Sequence[m.ComponentVariableType] | msgspec.UnsetType,
        criteria: Sequence[str] | msgspec.UnsetType,
    ) -> list[m.MonitoringDataType]:
        """The monitors by variable, those that fit the filters."""
        meant = None if isinstance(wanted, msgspec.UnsetType) else set(self._cp.model.select(wanted))
        chosen: dict[Spot, list[Any]] = {}
        for monitor in self._monitors.values():
            fits = isinstance(criteria, msgspec.UnsetType) or _CRITERIA[monitor.kind] in criteria
            if fits and (meant is None or monitor.spot in meant):
                chosen.setdefault(monitor.spot, []).append(self._described(monitor))
        return [
            m.MonitoringDataType(
                component=spot.component_type(), variable=spot.variable_type(), variable_monitoring=monitors
            )
            for spot, monitors in chosen.items()
        ]

    def _described(self, monitor: Monitor) -> Any:
        return self._cp.edition.monitor(
            id=monitor.id,
            transaction=monitor.transaction,
            value=monitor.value,
            type=monitor.kind,
            severity=monitor.severity,
            event_notification_type="CustomMonitor",
        )

    def value_of(self, number: int) -> str | None:
        """What the variable of a monitor holds, or None for a monitor that is not there."""
        monitor = self._monitors.get(number)
        return None if monitor is None else self._cp.model.value(monitor.spot)

    # -------------------------------------------------------------- what they see

    def begin(self) -> None:
        """After a boot periodic monitors count anew."""
        for monitor in self._monitors.values():
            self._schedule(monitor)

    def _schedule(self, monitor: Monitor) -> None:
        if monitor.next is not None:
            monitor.next.cancel()
        if monitor.kind in _PERIODIC and monitor.value > 0:
            monitor.next = self._cp.later(monitor.value, lambda: self._strike(monitor))

    def _strike(self, monitor: Monitor) -> None:
        self._tell(monitor, "Periodic", self._cp.model.value(monitor.spot))
        self._schedule(monitor)

    def look(self) -> None:
        """Compare every monitored variable with what it was, and with its thresholds."""
        for monitor in tuple(self._monitors.values()):
            if monitor.transaction and not self._is_charging(monitor.spot.evse_id):
                continue
            value = self._cp.model.value(monitor.spot)
            if monitor.kind in _THRESHOLDS:
                self._look_at_threshold(monitor, value)
            elif monitor.kind not in _PERIODIC and self._has_moved(monitor, value):
                monitor.seen = value
                self._tell(monitor, "Delta", value)

    def _is_charging(self, evse_id: int) -> bool:
        """There is a transaction at an EVSE, or with 0 anywhere."""
        return any(evse.transaction and evse_id in (0, evse.id) for evse in self._cp.connectors)

    def _look_at_threshold(self, monitor: Monitor, value: str) -> None:
        number = float(value or 0)
        is_upper = monitor.kind == "UpperThreshold"
        is_crossed = number > monitor.value if is_upper else number < monitor.value
        if is_crossed != monitor.is_crossed:
            monitor.is_crossed = is_crossed
            self._tell(monitor, "Alerting", value, cleared=not is_crossed)

    def _has_moved(self, monitor: Monitor, value: str) -> bool:
        if self._cp.model.variable(monitor.spot).kind not in ("integer", "decimal"):
            return value != monitor.seen
        return abs(float(value or 0) - float(monitor.seen or 0)) >= max(monitor.value, 1e-9)

    # -------------------------------------------------------------- telling

    def _tell(
        self, monitor: Monitor, trigger: m.EventTriggerEnumType, value: str, *, cleared: bool = False
    ) -> None:
        if monitor.severity > self.level:
            return
        self._notify(
            monitor.severity,
            self._event(
                monitor.spot,
                value,
                trigger=trigger,
                event_notification_type="CustomMonitor",
                variable_monitoring_id=monitor.id,
                cleared=True if cleared else msgspec.UNSET,
            ),
        )

    def hard_wired(self, evse: Evse, trouble: Trouble) -> None:
        """Something at an EVSE is broken, or mended."""
        if self.level < _TROUBLE_SEVERITY:
            return
        is_mended = trouble == "NoError"
        event = self._event(
            Spot("EVSE", evse.id, 0, "Problem"),
            "false" if is_mended else "true",
            trigger="Alerting",
            event_notification_type="HardWiredNotification",
            tech_code=msgspec.UNSET if is_mended else trouble,
            cleared=True if is_mended else msgspec.UNSET,
        )
        self._notify(_TROUBLE_SEVERITY, event)

    def tell_availability(
        self,
        evse: Evse,
        connector_id: int,
        status: m.ConnectorStatusEnumType,
        told: Callable[[Message | None], None],
    ) -> None:
        """The status of a connector as an event (2.1 G01)."""
        event = self._event(
            Spot("Connector", evse.id, connector_id, "AvailabilityState"),
            status,
            trigger="Delta",
            event_notification_type="HardWiredNotification",
        )
        self._notify(_STATUS_SEVERITY, event, told)

    def _event(self, spot: Spot, value: str, **fields: Any) -> m.EventDataType:
        self._events += 1
        return m.EventDataType(
            event_id=self._events,
            timestamp=self._cp.timestamp(),
            actual_value=value,
            component=spot.component_type(),
            variable=spot.variable_type(),
            **fields,
        )

    def _notify(
        self,
        severity: int,
        event: m.EventDataType,
        settle: Callable[[Message | None], None] = lambda _: None,
    ) -> None:
        request = m.NotifyEventRequest(generated_at=self._cp.timestamp(), seq_no=0, event_data=[event])
        keep = severity <= self._cp.model.whole("MonitoringCtrlr.OfflineQueuingSeverity")
        self._cp.ask("NotifyEvent", request, settle, keep=keep)
