"""A simulated OCPP 1.6 charge point, sans-I/O: texts and time in, texts and a wish for a connection out.

`link` gives it a socket and `behaviours` gives it drivers; a test gives it a list and a number. Everything it
does later stands in one agenda, so that a charge point costs no task and no timer of its own.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from chargeyard.ocpp.frames import Call
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
from chargeyard.ocpp.violations import Fault, Violated, read
from chargeyard.simulator import instants
from chargeyard.simulator.agenda import Agenda, Appointment
from chargeyard.simulator.answers import HANDLERS
from chargeyard.simulator.authorization import KnownTokens
from chargeyard.simulator.certificates import CertificateStore
from chargeyard.simulator.charging import Charging
from chargeyard.simulator.configuration import Configuration
from chargeyard.simulator.connectors import AC_22_KW, Connector, Plug
from chargeyard.simulator.conversation import Conversation, Question, Refusal, Voice
from chargeyard.simulator.firmware import Maintenance
from chargeyard.simulator.reservations import Reservations
from chargeyard.simulator.smart_charging import Profiles
from chargeyard.simulator.statistics import Tally

BOOT_S = 20.0
"""How long a reboot takes, in the charge point's own time."""

BOOT_RETRY_S = 30.0
"""Wait after a boot that was not answered, or answered with interval 0 (the charge point may choose)."""

_SOFT_RESET_PATIENCE_S = 15.0


class Design(msgspec.Struct, frozen=True):
    """What kind of charge point it is. ``configuration`` overrides defaults of `configuration.KEYS`."""

    vendor: str = "Chargeyard"
    model: str = "Simulated 22"
    firmware_version: str = "1.4.0"
    plugs: tuple[Plug, ...] = (AC_22_KW, AC_22_KW)
    configuration: Mapping[str, str] = {}


class Drivers(Protocol):
    """Whoever drives cars to the charge point (`behaviours`)."""

    def expected_at(self, connector: Connector) -> None:
        """Somebody started remotely and is to plug in here."""


class SimulatedChargePoint:
    """One charge point. All methods that take ``now`` want seconds of one clock, starting near the epoch time.

    ``speed`` makes life faster (cars, samples, reboots), not the wire: what the central system was promised in
    seconds (heartbeats, boot and retry intervals, time-outs) stays in real seconds.
    """

    def __init__(
        self, name: str, design: Design, seed: int | str, *, speed: float = 1.0, tally: Tally | None = None
    ) -> None:
        self.name = name
        self.design = design
        self.firmware_version = design.firmware_version
        self.rng = random.Random(f"{seed}/{name}")
        self.speed = speed
        self.tally = Tally() if tally is None else tally
        self.now = 0.0
        self.wants_link = True
        self.is_registered = False
        self.is_operative = True
        self.configuration = Configuration(
            {"NumberOfConnectors": str(len(design.plugs)), **design.configuration}
        )
        self.connectors = tuple(
            Connector(number, plug, float(self.rng.randrange(10_000, 4_000_000)))
            for number, plug in enumerate(design.plugs, start=1)
        )
        self.agenda = Agenda()
        self.conversation = Conversation(self.configuration, self._new_id, self.tally)
        self.tokens = KnownTokens()
        self.reservations = Reservations()
        self.profiles = Profiles()
        self.certificates = CertificateStore()
        self.charging = Charging(self)
        self.maintenance = Maintenance(self)
        self.drivers: Drivers | None = None
        self._reported: ChargePointStatus | None = None
        self._clock_offset_s = 0.0
        self._boot_not_before = 0.0
        self._heartbeat: Appointment | None = None
        self._return: Appointment | None = None
        self._after_boot: list[Callable[[], None]] = []

    # -------------------------------------------------------------- the edge: texts and time

    def connected(self, now: float) -> None:
        """A connection is there: boot if it has not, else tell what has changed meanwhile."""
        self.now = now
        self.conversation.connect()
        self.conversation.voice = Voice.FREE if self.is_registered else Voice.SILENT
        if self.is_registered:
            self.report_status()
        else:
            self.agenda.at(max(now, self._boot_not_before), self.boot)
        self._proceed()

    def disconnected(self, now: float) -> None:
        """The connection is gone; transactions go on."""
        self.now = now
        self.conversation.disconnect()

    def receive(self, text: bytes | str, now: float) -> None:
        """Take a text from the central system."""
        self.now = now
        for call in self.conversation.feed(text, now):
            self._answer(call)
        self._proceed()

    def tick(self, now: float) -> None:
        """Do what is due."""
        self.now = now
        self._proceed()

    def next_deadline(self) -> float | None:
        """When `tick` has something to do, or None."""
        dues = (self.agenda.next_due(), self.conversation.next_due())
        return min((due for due in dues if due is not None), default=None)

    def outgoing(self) -> list[bytes]:
        """Take the texts to send now."""
        return self.conversation.outgoing()

    def _proceed(self) -> None:
        while (action := self.agenda.take_due(self.now)) is not None:
            action()
        self.conversation.tick(self.now)
        if self.conversation.is_deaf and self.wants_link:
            self.cut_link(0.0)

    def _answer(self, call: Call) -> None:
        action = CATALOGUE.find(call.action)
        if action is None:
            self.conversation.refuse(call, Fault.UNKNOWN_ACTION, "unknown action")
            return
        handler = HANDLERS.get(call.action)
        if handler is None:
            self.conversation.refuse(call, Fault.UNSUPPORTED, "not for a charge point")
            return
        try:
            self.conversation.reply(call, handler(self, read(call.payload, action.read_request)))
        except Violated as error:
            self.conversation.refuse(call, error.violation.fault, error.violation.detail)
        except Refusal as refusal:
            self.conversation.refuse(call, refusal.fault, refusal.detail)

    # -------------------------------------------------------------- time

    @property
    def clock(self) -> float:
        """The charge point's own idea of the time, set by the central system."""
        return self.now + self._clock_offset_s

    def timestamp(self) -> str:
        """The clock as text."""
        return instants.written(self.clock)

    def later(self, seconds: float, action: Callable[[], None]) -> Appointment:
        """Do something after ``seconds`` of life (0: right after the answer that is being given)."""
        return self.agenda.at(self.now + seconds / self.speed, action)

    def _set_clock(self, text: str) -> None:
        told = instants.read(text)
        # Within a second it is only the rounding of the text.
        if told is not None and abs(told - self.clock) > 1.0:
            self._clock_offset_s = told - self.now

    # -------------------------------------------------------------- provisioning

    def boot(self) -> None:
        """Send a BootNotification."""
        if not self.conversation.is_connected:
            return
        if not self.is_registered:
            self.conversation.voice = Voice.BOOTING
        request = BootNotificationRequest(
            charge_point_vendor=self.design.vendor,
            charge_point_model=self.design.model,
            charge_point_serial_number=self.name[-25:],
            firmware_version=self.firmware_version,
            meter_type="Simulated MID",
            meter_serial_number=f"M-{self.name}"[-25:],
        )
        self.ask("BootNotification", request, self._booted, early=True)

    def _booted(self, response: Message | None) -> None:
        if not isinstance(response, BootNotificationResponse):
            self._boot_again(BOOT_RETRY_S)
            return
        self._set_clock(response.current_time)
        if response.status != "Accepted":
            self.is_registered = False
            self.conversation.voice = Voice.BOOTING if response.status == "Pending" else Voice.SILENT
            self._boot_again(response.interval or BOOT_RETRY_S)
            return
        if response.interval > 0:
            self.configuration.set_own("HeartbeatInterval", str(response.interval))
        self._accepted()

    def _accepted(self) -> None:
        self.is_registered = True
        self.conversation.voice = Voice.FREE
        self._reported = None
        for connector in self.connectors:
            connector.reported = None
        self.report_status()
        self.schedule_heartbeat()
        self.charging.schedule_aligned()
        waiting, self._after_boot = self._after_boot, []
        for action in waiting:
            action()

    def _boot_again(self, seconds: float) -> None:
        self._boot_not_before = self.now + seconds
        # While the connection is down the next one brings the next attempt.
        if self.conversation.is_connected:
            self.agenda.at(self._boot_not_before, self._boot_unless_registered)

    def _boot_unless_registered(self) -> None:
        if not self.is_registered and self.now >= self._boot_not_before:
            self.boot()

    def schedule_heartbeat(self) -> None:
        """Begin to count the heartbeat interval anew; 0 switches it off."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        interval_s = self.configuration.number("HeartbeatInterval")
        self._heartbeat = self.agenda.at(self.now + interval_s, self._beat) if interval_s else None

    def _beat(self) -> None:
        if self.is_registered:
            self.heartbeat()
        self.schedule_heartbeat()

    def heartbeat(self) -> None:
        """Send a Heartbeat; its answer sets the clock."""
        self.ask("Heartbeat", HeartbeatRequest(), self._heard_time, early=not self.is_registered)

    def _heard_time(self, response: Message | None) -> None:
        if isinstance(response, HeartbeatResponse):
            self._set_clock(response.current_time)

    # -------------------------------------------------------------- resets and lost connections

    def reboot(self, reason: Reason, then: Callable[[], None] | None = None) -> None:
        """End all transactions with ``reason``, go down and boot again; ``then`` is done once that is accepted.

        A soft reset and a reboot first deliver what they can; a hard reset or a power loss does not wait.
        """
        for connector in self.connectors:
            self.charging.stop(connector, reason)
        if then is not None:
            self._after_boot.append(then)
        if reason in {"HardReset", "PowerLoss"}:
            self._power_off()
        else:
            self._power_off_when_settled(self.now + _SOFT_RESET_PATIENCE_S)

    def _power_off_when_settled(self, latest: float) -> None:
        quiet = self.conversation.is_settled or not self.conversation.is_connected
        if quiet or self.now >= latest:
            self._power_off()
        else:
            self.agenda.at(min(latest, self.now + 0.5), lambda: self._power_off_when_settled(latest))

    def _power_off(self) -> None:
        self.is_registered = False
        self._boot_not_before = 0.0
        self.configuration.boot()
        self.cut_link(BOOT_S)

    def cut_link(self, seconds: float) -> None:
        """Lose the connection for so many seconds of life; transactions go on."""
        self.wants_link = False
        # What is queued in this moment belongs to the next connection.
        self.conversation.voice = Voice.SILENT
        if self._return is not None:
            self._return.cancel()
        self._return = self.later(seconds, self._want_link)

    def _want_link(self) -> None:
        # Not before the link has noticed, or it would see a wish that never changed.
        if self.conversation.is_connected:
            self._return = self.agenda.at(self.now + 0.1, self._want_link)
        else:
            self.wants_link = True
            self._return = None

    # -------------------------------------------------------------- availability

    def connector(self, number: int) -> Connector | None:
        """The connector with this number, or None."""
        return self.connectors[number - 1] if 1 <= number <= len(self.connectors) else None

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

    # -------------------------------------------------------------- words

    def ask(
        self,
        action: str,
        request: Message,
        settle: Callable[[Message | None], None] = lambda _: None,
        *,
        early: bool = False,
        keep: bool = False,
    ) -> None:
        """Send a call that is no transaction message."""
        self.conversation.ask(Question(action, request, settle, early, keep))

    def _new_id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128), version=4))
