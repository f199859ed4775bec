"""A charge point of OCPP 2.0.1 or 2.1; which of them is its `Edition`."""

from __future__ import annotations

from collections.abc import Callable

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.agenda import Appointment
from chargeyard.simulator.authorization import KnownTokens
from chargeyard.simulator.charge_point import Registration, SimulatedChargePoint
from chargeyard.simulator.conversation import Retries
from chargeyard.simulator.design import Design, Fate
from chargeyard.simulator.v2x.answers import HANDLERS
from chargeyard.simulator.v2x.charging import Charging
from chargeyard.simulator.v2x.costs import Tariffs
from chargeyard.simulator.v2x.device_model import DeviceModel, Spot
from chargeyard.simulator.v2x.display import Display
from chargeyard.simulator.v2x.edition import Edition
from chargeyard.simulator.v2x.evses import Evse
from chargeyard.simulator.v2x.grid import GridControls
from chargeyard.simulator.v2x.maintenance import Maintenance
from chargeyard.simulator.v2x.monitoring import Monitoring
from chargeyard.simulator.v2x.streams import Streams


class ChargePoint(SimulatedChargePoint[Evse]):
    """A charge point that speaks OCPP 2.0.1 or 2.1. Its connectors are EVSEs."""

    charging: Charging
    handlers = HANDLERS

    def __init__(self, edition: Edition, name: str, design: Design, fate: Fate) -> None:
        """Raises KeyError when the design names a variable that is not there."""
        self.edition = edition
        self.model = DeviceModel(
            edition.components,
            design.plugs,
            {"SampledDataCtrlr.TxUpdatedInterval": str(design.sample_interval_s), **design.configuration},
            self._live(),
        )
        super().__init__(edition.wire, name, design, fate)
        self.connectors = tuple(
            Evse(number, plug, self.first_register_wh()) for number, plug in enumerate(design.plugs, start=1)
        )
        self.tokens = KnownTokens(
            lambda: self.model.flag("LocalAuthListCtrlr.Enabled"),
            lambda: self.model.flag("AuthCacheCtrlr.Enabled"),
        )
        self.boot_reason: m.BootReasonEnumType = "PowerUp"
        # When values of Dynamic profiles are asked for, by the id of the profile.
        self.pulls: dict[int, Appointment] = {}
        self.network_profiles: dict[int, str] = {}
        self.costs: dict[str, float] = {}
        self.tariffs = Tariffs()
        self.display = Display()
        self.grid = GridControls()
        self.monitoring = Monitoring(self)
        self.streams = Streams(self)
        self.maintenance = Maintenance(self)
        self.charging = Charging(self)
        self._resuming = False
        # A reset that waits until nobody charges at these.
        self.waiting_reset: tuple[tuple[Evse, ...], Callable[[], None]] | None = None
        self._offline_since: float | None = None

    @property
    def is_online(self) -> bool:
        """There is a connection."""
        return self.conversation.is_connected

    def connected(self, now: float) -> None:
        """A connection is there; after more than OfflineThreshold everything is told anew (B04.FR.01)."""
        since, self._offline_since = self._offline_since, None
        if since is not None and now - since > self.model.whole("OCPPCommCtrlr.OfflineThreshold"):
            for evse in self.connectors:
                evse.reported = {}
        super().connected(now)

    def disconnected(self, now: float) -> None:
        """The connection is gone; transactions go on."""
        self._offline_since = now
        super().disconnected(now)

    def new_id(self) -> str:
        """A new transaction id."""
        return self._new_id()

    # -------------------------------------------------------------- provisioning

    @property
    def heartbeat_interval_s(self) -> int:
        """OCPPCommCtrlr.HeartbeatInterval."""
        return self.model.whole("OCPPCommCtrlr.HeartbeatInterval")

    def agree_interval(self, seconds: int) -> None:
        """Remember it as the HeartbeatInterval."""
        self.model.set_own("OCPPCommCtrlr.HeartbeatInterval", str(seconds))

    def retries(self) -> Retries:
        """MessageAttempts and MessageAttemptInterval of TransactionEvent."""
        return Retries(
            self.model.whole("OCPPCommCtrlr.MessageAttempts[TransactionEvent]"),
            self.model.whole("OCPPCommCtrlr.MessageAttemptInterval[TransactionEvent]"),
        )

    def boot_request(self) -> Message:
        """The BootNotification with its reason."""
        station = m.ChargingStationType(
            model=self.design.model[:20],
            vendor_name=self.design.vendor[:50],
            serial_number=self.name[-25:],
            firmware_version=self.firmware_version,
        )
        reason = "Triggered" if self.is_registered else self.boot_reason
        return m.BootNotificationRequest(charging_station=station, reason=reason)

    def read_boot(self, response: Message | None) -> Registration | None:
        """The answer to a BootNotification."""
        if not isinstance(response, m.BootNotificationResponse):
            return None
        return Registration(response.current_time, response.status, response.interval)

    def heartbeat_request(self) -> Message:
        """The Heartbeat."""
        return m.HeartbeatRequest()

    def read_time(self, response: Message | None) -> str | None:
        """The time in the answer to a Heartbeat."""
        return response.current_time if isinstance(response, m.HeartbeatResponse) else None

    def registered(self) -> None:
        """Tell every status; begin with heartbeats and clock-aligned meter values; resume transactions."""
        for evse in self.connectors:
            evse.reported = {}
        self.report_status()
        self.schedule_heartbeat()
        self.charging.schedule_aligned()
        self.monitoring.begin()
        self._resume()

    def start_anew(self) -> None:
        """Variables that wait for a reboot take effect."""
        self.model.boot()
        self.waiting_reset = None

    # -------------------------------------------------------------- resets

    def reboot(
        self,
        boot_reason: m.BootReasonEnumType,
        trigger: m.TriggerReasonEnumType,
        stop_reason: m.ReasonEnumType,
        *,
        politely: bool = True,
        then: Callable[[], None] | None = None,
    ) -> None:
        """End all transactions, go down and boot again with a reason; ``then`` is done once that is accepted."""
        self.boot_reason = boot_reason
        for evse in self.connectors:
            self.charging.end(evse, trigger, stop_reason)
        self.go_down(politely=politely, then=then)

    def resume_after_boot(self) -> None:
        """Go down and boot again, and then go on with the transactions that run (2.1 E17)."""
        self.boot_reason, self._resuming = "RemoteReset", True
        self.go_down(politely=True)

    def _resume(self) -> None:
        if not self._resuming:
            return
        self._resuming = False
        for evse in self.connectors:
            self.charging.update(evse, "TxResumed")

    def press_reset(self) -> None:
        """End all transactions and boot again."""
        self.reboot("LocalReset", "AbnormalCondition", "Reboot")

    def lose_power(self) -> None:
        """End all transactions and boot again, without a word before."""
        self.reboot("PowerUp", "AbnormalCondition", "PowerLoss", politely=False)

    def ended(self, transaction_id: str) -> None:
        """A transaction has ended: its messages go, and a reset may have waited for it."""
        self.display.end_transaction(transaction_id)
        self.reset_if_idle()

    def reset_if_idle(self) -> None:
        """Do a reset that waits, if nobody charges where it is wanted."""
        if self.waiting_reset is None:
            return
        evses, act = self.waiting_reset
        if not any(evse.is_in_use for evse in evses):
            self.waiting_reset = None
            self.later(0.0, act)

    # -------------------------------------------------------------- availability

    def report_status(self) -> None:
        """Tell whatever status has changed since it was last told; offline it waits for the next connection."""
        if not (self.is_registered and self.conversation.is_connected):
            return
        self.expire_reservations()
        for evse in self.connectors:
            for connector_id in evse.connector_ids:
                self._report_connector(evse, connector_id)

    def connector_status(self, evse: Evse, connector_id: int) -> m.ConnectorStatusEnumType:
        """The status of a connector now."""
        if not self.is_operative and evse.vehicle is None and evse.error == "NoError":
            return "Unavailable"
        return evse.status(connector_id, is_reserved=self._is_reserved(evse))

    def _is_reserved(self, evse: Evse) -> bool:
        """For this EVSE, or as many are reserved as are free."""
        free = sum(each.is_free for each in self.connectors)
        return self.reservations.find(evse.id) is not None or self.reservations.unplaced() >= max(1, free)

    def _report_connector(self, evse: Evse, connector_id: int) -> None:
        status = self.connector_status(evse, connector_id)
        if status == evse.reported.get(connector_id):
            return
        evse.reported[connector_id] = status

        def told(response: Message | None) -> None:
            if response is None:
                evse.reported.pop(connector_id, None)

        if self.edition.tells_availability_by_event and self.design.tells_availability_by_event:
            self.monitoring.tell_availability(evse, connector_id, status, told)
        else:
            self._tell_status(evse, connector_id, told)

    def tell_status(self, evse: Evse, connector_id: int) -> None:
        """Send the status of a connector, changed or not."""
        self._tell_status(evse, connector_id, lambda _: None)

    def _tell_status(self, evse: Evse, connector_id: int, settle: Callable[[Message | None], None]) -> None:
        request = m.StatusNotificationRequest(
            timestamp=self.timestamp(),
            connector_status=self.connector_status(evse, connector_id),
            evse_id=evse.id,
            connector_id=connector_id,
        )
        # A triggered status may be told while the boot is pending.
        self.ask("StatusNotification", request, settle, early=not self.is_registered)

    def expire_reservations(self) -> None:
        """Forget reservations that are over, and say so (H04)."""
        for number in self.reservations.expire(self.clock):
            if number < 0:
                # Held by the charge point itself, for who pays on the web.
                continue
            request = m.ReservationStatusUpdateRequest(
                reservation_id=number, reservation_update_status="Expired"
            )
            self.ask("ReservationStatusUpdate", request, keep=True)

    def find_transaction(self, transaction_id: str) -> Evse | None:
        """Where a transaction runs, or None."""
        found = (evse for evse in self.connectors if evse.transaction is not None)
        return next(
            (evse for evse in found if evse.transaction and evse.transaction.id == transaction_id), None
        )

    def expired(self) -> None:
        """A reservation may be over."""
        self.expire_reservations()
        self.report_status()

    def follow(self, action: str, request: Message) -> None:
        """Send what an answer has promised, after it; also while the boot is pending (B02)."""
        early = not self.is_registered
        self.later(0.0, lambda: self.ask(action, request, early=early, keep=True))

    def security_event(self, kind: str) -> None:
        """Tell a security event, after the answer that is being given (A04)."""
        event = m.SecurityEventNotificationRequest(type=kind, timestamp=self.timestamp())
        self.later(0.0, lambda: self.ask("SecurityEventNotification", event, keep=True))

    # -------------------------------------------------------------- variables that follow from the state

    def _live(self) -> dict[str, Callable[[Spot], str]]:
        return {
            "ChargingStation.AvailabilityState": lambda _: (
                "Available" if self.is_operative else "Unavailable"
            ),
            "ChargingStation.Problem": lambda _: _word(any(e.error != "NoError" for e in self.connectors)),
            "ChargingStation.Model": lambda _: self.design.model,
            "ChargingStation.VendorName": lambda _: self.design.vendor,
            "ChargingStation.SerialNumber": lambda _: self.name[-25:],
            "ChargingStation.FirmwareVersion": lambda _: self.firmware_version,
            "SecurityCtrlr.Identity": lambda _: self.name,
            "SecurityCtrlr.CertificateEntries": lambda _: str(len(self.certificates.all())),
            "LocalAuthListCtrlr.Entries": lambda _: str(self.tokens.listed()),
            "SmartChargingCtrlr.Entries[ChargingProfiles]": lambda _: str(len(self.profiles)),
            "MonitoringCtrlr.ActiveMonitoringBase": lambda _: self.monitoring.base,
            "MonitoringCtrlr.ActiveMonitoringLevel": lambda _: str(self.monitoring.level),
            "ClockCtrlr.DateTime": lambda _: self.timestamp(),
            "EVSE.AvailabilityState": lambda spot: self._evse_state(self.connectors[spot.evse_id - 1]),
            "EVSE.EvseId": lambda spot: f"CY*SIM*E{spot.evse_id:04d}",
            "EVSE.Power": lambda spot: f"{self.connectors[spot.evse_id - 1].reading().power_w:.0f}",
            "EVSE.Problem": lambda spot: _word(self.connectors[spot.evse_id - 1].error != "NoError"),
            "EVSE.SupplyPhases": lambda spot: str(self.design.plugs[spot.evse_id - 1].phases),
            "Connector.AvailabilityState": lambda spot: self.connector_status(
                self.connectors[spot.evse_id - 1], spot.connector_id
            ),
            "Connector.ConnectorType": lambda spot: self.connectors[spot.evse_id - 1].connector_type,
            "Connector.Problem": lambda spot: _word(self.connectors[spot.evse_id - 1].error != "NoError"),
            "Connector.SupplyPhases": lambda spot: str(self.design.plugs[spot.evse_id - 1].phases),
        }

    def _evse_state(self, evse: Evse) -> str:
        return self.connector_status(evse, evse.plugged)


def _word(holds: bool) -> str:
    return "true" if holds else "false"
