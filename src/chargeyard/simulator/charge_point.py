"""A simulated charge point, sans-I/O: texts and time in, texts and a wish for a connection out.

`link` gives it a socket and `behaviours` gives it drivers; a test gives it a list and a number. Everything it
does later stands in one agenda, so that a charge point costs no task and no timer of its own. What it says is
up to its version: `v16`, `v2x`.
"""

from __future__ import annotations

import abc
import random
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Generic, Protocol, TypeVar

import msgspec

from chargeyard.ocpp.frames import Call
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.violations import Fault, Violated
from chargeyard.simulator import instants
from chargeyard.simulator.agenda import Agenda, Appointment
from chargeyard.simulator.certificates import CertificateStore
from chargeyard.simulator.connectors import Connector, Trouble
from chargeyard.simulator.conversation import Conversation, Question, Refusal, Retries, Voice
from chargeyard.simulator.design import Design, Fate
from chargeyard.simulator.reservations import Reservations
from chargeyard.simulator.smart_charging import Profiles
from chargeyard.simulator.vehicle import Vehicle
from chargeyard.simulator.wire import Wire

BOOT_S = 20.0
"""How long a reboot takes, in the charge point's own time."""

BOOT_RETRY_S = 30.0
"""Wait after a boot that was not answered, or answered with interval 0 (the charge point may choose)."""

_SOFT_RESET_PATIENCE_S = 15.0
_LAST_WORD_S = 1.0

ConnectorT = TypeVar("ConnectorT", bound=Connector)
ConnectorT_contra = TypeVar("ConnectorT_contra", contravariant=True)

Handler = Callable[[Any, Any], Message]
"""From the charge point and the typed request to the response; `conversation.Refusal` becomes a CALLERROR."""


class Registration(msgspec.Struct, frozen=True):
    """The answer to a boot: the clock's text, the status, and the interval in seconds."""

    current_time: str
    status: str
    interval_s: int


class Drivers(Protocol):
    """Whoever drives cars to the charge point (`behaviours`)."""

    def expected_at(self, connector: Any) -> None:
        """Somebody started remotely and is to plug in here."""


class Charging(Protocol[ConnectorT_contra]):
    """What people and cars can do at the connectors of a charge point."""

    def plug_in(self, connector: ConnectorT_contra, vehicle: Vehicle) -> None:
        """A car is plugged in."""

    def unplug(self, connector: ConnectorT_contra) -> None:
        """The car is unplugged."""

    def show_token(self, connector: ConnectorT_contra, token: str) -> None:
        """A token is held to the reader."""

    def fault(self, connector: ConnectorT_contra, trouble: Trouble) -> None:
        """Something breaks, or with NoError is mended."""


class SimulatedChargePoint(abc.ABC, Generic[ConnectorT]):
    """One charge point. All methods that take ``now`` want seconds of one clock, starting near the epoch time."""

    charging: Charging[ConnectorT]
    connectors: tuple[ConnectorT, ...]
    handlers: Mapping[str, Handler]

    def __init__(self, wire: Wire, name: str, design: Design, fate: Fate) -> None:
        self.wire = wire
        self.name = name
        self.design = design
        self.firmware_version = design.firmware_version
        self.rng = random.Random(f"{fate.seed}/{name}")
        self.speed = fate.speed
        self.tally = fate.tally
        self.now = 0.0
        self.wants_link = True
        self.is_registered = False
        self.is_operative = True
        self.agenda = Agenda()
        self.conversation = Conversation(wire, self.retries, self._new_id, self.tally)
        self.reservations = Reservations()
        self.profiles = Profiles()
        self.certificates = CertificateStore()
        self.drivers: Drivers | None = None
        # What the central system gave it; it goes before the password of the address.
        self.password: str | None = None
        self._clock_offset_s = 0.0
        self._boot_not_before = 0.0
        self._heartbeat: Appointment | None = None
        self._return: Appointment | None = None
        self._after_boot: list[Callable[[], None]] = []

    # -------------------------------------------------------------- what each version says in its own words

    @property
    @abc.abstractmethod
    def heartbeat_interval_s(self) -> int:
        """Seconds between heartbeats; 0: none."""

    @abc.abstractmethod
    def agree_interval(self, seconds: int) -> None:
        """The central system wants heartbeats at this interval."""

    @abc.abstractmethod
    def retries(self) -> Retries:
        """How transaction messages that are refused are tried again."""

    @abc.abstractmethod
    def boot_request(self) -> Message:
        """The BootNotification."""

    @abc.abstractmethod
    def read_boot(self, response: Message | None) -> Registration | None:
        """The answer to it; None if there was none."""

    @abc.abstractmethod
    def heartbeat_request(self) -> Message:
        """The Heartbeat."""

    @abc.abstractmethod
    def read_time(self, response: Message | None) -> str | None:
        """The clock's text in the answer to it; None if there was none."""

    @abc.abstractmethod
    def registered(self) -> None:
        """The boot was accepted: tell everything anew, begin with what runs by the clock."""

    @abc.abstractmethod
    def report_status(self) -> None:
        """Tell whatever status has changed since it was last told; offline it waits for the next connection."""

    @abc.abstractmethod
    def start_anew(self) -> None:
        """The power comes back: what waited for a reboot takes effect."""

    @abc.abstractmethod
    def press_reset(self) -> None:
        """Somebody presses the reset button."""

    @abc.abstractmethod
    def lose_power(self) -> None:
        """The power fails and comes back."""

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
        if self.wire.catalogue.find(call.action) is None:
            self.conversation.refuse(call, Fault.UNKNOWN_ACTION, "unknown action")
            return
        handler = self.handlers.get(call.action)
        if handler is None:
            self.conversation.refuse(call, Fault.UNSUPPORTED, "not for a charge point")
            return
        try:
            self.conversation.reply(call, handler(self, self.wire.read_request(call.action, call.payload)))
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
        self.ask("BootNotification", self.boot_request(), self._booted, early=True)

    def _booted(self, response: Message | None) -> None:
        registration = self.read_boot(response)
        if registration is None:
            self._boot_again(BOOT_RETRY_S)
            return
        self._set_clock(registration.current_time)
        if registration.status != "Accepted":
            self.is_registered = False
            self.conversation.voice = Voice.BOOTING if registration.status == "Pending" else Voice.SILENT
            self._boot_again(registration.interval_s or BOOT_RETRY_S)
            return
        if registration.interval_s > 0:
            self.agree_interval(registration.interval_s)
        self._accepted()

    def _accepted(self) -> None:
        self.is_registered = True
        self.conversation.voice = Voice.FREE
        self.registered()
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
        interval_s = self.heartbeat_interval_s
        self._heartbeat = self.agenda.at(self.now + interval_s, self._beat) if interval_s else None

    def _beat(self) -> None:
        if self.is_registered:
            self.heartbeat()
        self.schedule_heartbeat()

    def heartbeat(self) -> None:
        """Send a Heartbeat; its answer sets the clock."""
        self.ask("Heartbeat", self.heartbeat_request(), self._heard_time, early=not self.is_registered)

    def _heard_time(self, response: Message | None) -> None:
        if (told := self.read_time(response)) is not None:
            self._set_clock(told)

    # -------------------------------------------------------------- resets and lost connections

    def go_down(self, *, politely: bool, then: Callable[[], None] | None = None) -> None:
        """Go down and boot again; ``then`` is done once that is accepted.

        ``politely`` first delivers what can be delivered; a hard reset or a power loss does not wait.
        """
        if then is not None:
            self._after_boot.append(then)
        if politely:
            self._power_off_when_settled(self.now + _SOFT_RESET_PATIENCE_S)
        else:
            self._power_off()

    def _power_off_when_settled(self, latest: float) -> None:
        quiet = self.conversation.is_settled or not self.conversation.is_connected
        if quiet or self.now >= latest:
            self._power_off()
        else:
            self.agenda.at(min(latest, self.now + 0.5), lambda: self._power_off_when_settled(latest))

    def _power_off(self) -> None:
        self.is_registered = False
        self._boot_not_before = 0.0
        self.start_anew()
        self.cut_link(BOOT_S)

    def cut_link(self, seconds: float) -> None:
        """Lose the connection for so many seconds of life; transactions go on."""
        self.wants_link = False
        # What is queued in this moment belongs to the next connection.
        self.conversation.voice = Voice.SILENT
        if self._return is not None:
            self._return.cancel()
        self._return = self.later(seconds, self._want_link)

    def use_password(self, password: str) -> None:
        """The central system gives it a new password: come back with that (A01), after the answer."""
        self.password = password
        self.agenda.at(self.now + _LAST_WORD_S, lambda: self.cut_link(0.0))

    def _want_link(self) -> None:
        # Not before the link has noticed, or it would see a wish that never changed.
        if self.conversation.is_connected:
            self._return = self.agenda.at(self.now + 0.1, self._want_link)
        else:
            self.wants_link = True
            self._return = None

    # -------------------------------------------------------------- connectors and words

    def connector(self, number: int) -> ConnectorT | None:
        """The connector (of 2.x: EVSE) with this number, or None."""
        return self.connectors[number - 1] if 1 <= number <= len(self.connectors) else None

    def first_register_wh(self) -> float:
        """What a meter shows at first: it has been in use."""
        return float(self.rng.randrange(10_000, 4_000_000))

    def settle(self, connector: ConnectorT) -> None:
        """Bring its meter up to now."""
        self.tally.energy_wh += connector.settle(self.now, self.speed)

    def refresh_limits(self) -> None:
        """Work out anew what each connector may give; what was drawn so far is settled under the old limit."""
        active = [connector for connector in self.connectors if connector.is_in_use]
        for connector in active:
            self.settle(connector)
            limit_w = self.profiles.limit_w(connector.outlet(), self.clock, len(active))
            connector.limit_w = min(connector.plug.power_w, limit_w)

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
