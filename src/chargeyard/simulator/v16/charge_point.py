"""A charge point of OCPP 1.6."""

from __future__ import annotations

from collections.abc import Callable

from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import CATALOGUE
from chargeyard.ocpp.v16.messages import (
    BootNotificationRequest,
    BootNotificationResponse,
    ChargePointErrorCode,
    ChargePointStatus,
    HeartbeatRequest,
    HeartbeatResponse,
    Reason,
    StatusNotificationRequest,
)
from chargeyard.ocpp.violations import Fault
from chargeyard.simulator.authorization import KnownTokens
from chargeyard.simulator.charge_point import Registration, SimulatedChargePoint
from chargeyard.simulator.conversation import Retries
from chargeyard.simulator.design import Design, Fate
from chargeyard.simulator.v16.answers import HANDLERS
from chargeyard.simulator.v16.charging import Charging
from chargeyard.simulator.v16.configuration import Configuration
from chargeyard.simulator.v16.connectors import Connector
from chargeyard.simulator.v16.firmware import Maintenance
from chargeyard.simulator.wire import Wire

SPELLING = {
    Fault.NOT_JSON: "FormationViolation",
    Fault.FRAME: "FormationViolation",
    Fault.MESSAGE_ID: "FormationViolation",
    Fault.MESSAGE_TYPE: "ProtocolError",
    Fault.MISSING: "OccurenceConstraintViolation",  # sic: the errata keep it
    Fault.TYPE: "TypeConstraintViolation",
    Fault.VALUE: "PropertyConstraintViolation",
    Fault.EXTRA: "FormationViolation",
    Fault.DUPLICATE_KEY: "FormationViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.GENERIC: "GenericError",
}

WIRE = Wire(
    subprotocol="ocpp1.6",
    catalogue=CATALOGUE,
    vocabulary=CATALOGUE,
    manners=Manners(
        spelling=SPELLING,
        answers_unreadable=False,
        answers_unknown_type=False,
        knows_send=False,
        knows_result_error=False,
        # A simulator that forgives its central system would hide the very faults it is there to find.
        tolerant=False,
    ),
)


class ChargePoint(SimulatedChargePoint[Connector]):
    """A charge point that speaks OCPP 1.6 with the security extension."""

    charging: Charging
    handlers = HANDLERS

    def __init__(self, name: str, design: Design, fate: Fate) -> None:
        self.configuration = Configuration(
            {
                "NumberOfConnectors": str(len(design.plugs)),
                "MeterValueSampleInterval": str(design.sample_interval_s),
                **design.configuration,
            }
        )
        super().__init__(WIRE, name, design, fate)
        self.connectors = tuple(
            Connector(number, plug, self.first_register_wh())
            for number, plug in enumerate(design.plugs, start=1)
        )
        self.tokens = KnownTokens(
            lambda: self.configuration.flag("LocalAuthListEnabled"),
            lambda: self.configuration.flag("AuthorizationCacheEnabled"),
        )
        self.charging = Charging(self)
        self.maintenance = Maintenance(self)
        self._reported: ChargePointStatus | None = None

    # -------------------------------------------------------------- provisioning

    @property
    def heartbeat_interval_s(self) -> int:
        """HeartbeatInterval."""
        return self.configuration.number("HeartbeatInterval")

    def agree_interval(self, seconds: int) -> None:
        """Remember it as the HeartbeatInterval."""
        self.configuration.set_own("HeartbeatInterval", str(seconds))

    def retries(self) -> Retries:
        """TransactionMessageAttempts and TransactionMessageRetryInterval."""
        keys = self.configuration
        return Retries(
            keys.number("TransactionMessageAttempts"), keys.number("TransactionMessageRetryInterval")
        )

    def boot_request(self) -> Message:
        """The BootNotification."""
        return BootNotificationRequest(
            charge_point_vendor=self.design.vendor,
            charge_point_model=self.design.model,
            charge_point_serial_number=self.name[-25:],
            firmware_version=self.firmware_version,
            meter_type="Simulated MID",
            meter_serial_number=f"M-{self.name}"[-25:],
        )

    def read_boot(self, response: Message | None) -> Registration | None:
        """The answer to a BootNotification."""
        if not isinstance(response, BootNotificationResponse):
            return None
        return Registration(response.current_time, response.status, response.interval)

    def heartbeat_request(self) -> Message:
        """The Heartbeat."""
        return HeartbeatRequest()

    def read_time(self, response: Message | None) -> str | None:
        """The time in the answer to a Heartbeat."""
        return response.current_time if isinstance(response, HeartbeatResponse) else None

    def registered(self) -> None:
        """Tell every status; begin with heartbeats and clock-aligned meter values."""
        self._reported = None
        for connector in self.connectors:
            connector.reported = None
        self.report_status()
        self.schedule_heartbeat()
        self.charging.schedule_aligned()

    def start_anew(self) -> None:
        """Keys that wait for a reboot take effect."""
        self.configuration.boot()

    # -------------------------------------------------------------- resets

    def reboot(self, reason: Reason, then: Callable[[], None] | None = None) -> None:
        """End all transactions with ``reason``, go down and boot again; ``then`` is done once that is accepted."""
        for connector in self.connectors:
            self.charging.stop(connector, reason)
        self.go_down(politely=reason not in {"HardReset", "PowerLoss"}, then=then)

    def press_reset(self) -> None:
        """End all transactions and boot again."""
        self.reboot("Reboot")

    def lose_power(self) -> None:
        """End all transactions and boot again, without a word before."""
        self.reboot("PowerLoss")

    # -------------------------------------------------------------- availability

    def report_status(self) -> None:
        """Tell whatever status has changed since it was last told; offline it waits for the next connection."""
        if not (self.is_registered and self.conversation.is_connected):
            return
        own = self.own_status()
        if own != self._reported:
            self._reported = own
            self._tell_status(0, own, "NoError", self._own_status_told)
        self.reservations.expire(self.clock)
        for connector in self.connectors:
            self._report_connector(connector)

    def own_status(self) -> ChargePointStatus:
        """The status of the charge point as a whole (connector 0)."""
        return "Available" if self.is_operative else "Unavailable"

    def connector_status(self, connector: Connector) -> ChargePointStatus:
        """The status of a connector now."""
        return connector.status(is_reserved=self.reservations.find(connector.id) is not None)

    def tell_status(self, number: int) -> None:
        """Send the status of a connector (0: of the whole), changed or not."""
        connector = self.connector(number)
        status = self.connector_status(connector) if connector else self.own_status()
        self._tell_status(number, status, connector.error if connector else "NoError", lambda _: None)

    def _report_connector(self, connector: Connector) -> None:
        current = (self.connector_status(connector), connector.error)
        if current == connector.reported:
            return
        connector.reported = current

        def told(response: Message | None) -> None:
            if response is None:
                connector.reported = None

        self._tell_status(connector.id, *current, told)

    def _own_status_told(self, response: Message | None) -> None:
        if response is None:
            self._reported = None

    def _tell_status(
        self,
        number: int,
        status: ChargePointStatus,
        error: ChargePointErrorCode,
        settle: Callable[[Message | None], None],
    ) -> None:
        request = StatusNotificationRequest(
            connector_id=number, error_code=error, status=status, timestamp=self.timestamp()
        )
        # A triggered status may be told while the boot is pending.
        self.ask("StatusNotification", request, settle, early=not self.is_registered)
