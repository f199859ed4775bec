"""A session: one connected charge point. Peer, dialect and state meet here, and nowhere else.

Text comes in from the connection and is understood at once; reports are then taken one at a time, in order.
What needs no look-up is decided there and then, and answered by whoever tells that it is stored; the rest is taken
by at most one worker task, which is not there while nothing waits. Nothing is answered before it is stored.
"""

import asyncio
from collections.abc import Sequence
from functools import partial

import msgspec
import structlog

from chargeyard.dialects import Dialect
from chargeyard.dialects.dialect import Heard
from chargeyard.domain import events, provisioning
from chargeyard.domain.answers import Answer, Refused, Registered, Registration
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.outcomes import AnyOutcome, Invalid, Offline
from chargeyard.errors import Fenced, Poisoned, Unavailable
from chargeyard.gateway.asking import Asking
from chargeyard.gateway.findings import Findings, refusal
from chargeyard.gateway.inbox import Inbox, Item, Waiting
from chargeyard.gateway.yard import Wire, Yard, new_message_id
from chargeyard.ocpp import happenings
from chargeyard.ocpp.frames import Call, Send
from chargeyard.ocpp.peer import Peer
from chargeyard.ocpp.repairs import Finding
from chargeyard.ocpp.violations import Fault, Violated
from chargeyard.services.inbound import Promise
from chargeyard.services.ports import Fence

log = structlog.get_logger()

RETRY_S = (0.2, 0.5, 1.0, 2.0, 5.0)
"""How long to wait before a report is taken again while the database is away; the last one repeats."""

REPLACED = 1000
"""The close code of a session that another one has taken over."""


class Session:
    """One connected charge point. Made by the registry, fed by the connection."""

    __slots__ = (
        "_asking",
        "_fence",
        "_findings",
        "_inbox",
        "_loop",
        "_peer",
        "_policy",
        "_predecessor",
        "_under_way",
        "_wire",
        "_yard",
        "dialect",
        "is_lost",
        "state",
    )

    def __init__(self, state: ChargePoint, dialect: Dialect, wire: Wire, yard: Yard, *, strict: bool) -> None:
        self.state = state
        self.dialect = dialect
        self.is_lost = False
        # Kept, since asking for it costs a system call until Python 3.12: 3 % of a message.
        self._loop = asyncio.get_running_loop()
        self._wire = wire
        self._yard = yard
        self._policy = msgspec.structs.replace(yard.policy, strict=strict)
        manners = msgspec.structs.replace(dialect.manners, tolerant=not strict)
        self._peer = Peer(manners, new_message_id, yard.max_queued_commands)
        self._asking: Asking | None = None
        self._inbox = Inbox(wire, yard.backlog, yard.max_waiting_calls)
        self._under_way: asyncio.Future[None] | None = None
        self._predecessor: Session | None = None
        self._fence: Fence | None = None
        self._findings: Findings | None = None

    # -------------------------------------------------------------- begin and end

    def begin(self, connected: events.ChargePointConnected, predecessor: "Session | None") -> None:
        """Store that the session is open. Reports wait until `predecessor` has finished its last one."""
        self._predecessor = predecessor
        self._fence = Fence(self.state.id, connected.epoch)
        if not self.state.booted:
            self._hold_calls()
        self._enqueue((connected,))

    def _hold_calls(self) -> None:
        """Some devices choke on calls before their first boot is answered (evcc#25069); it may never come."""
        self._peer.hold()
        self._loop.call_later(self._yard.boot_grace_s, self._release_calls)

    def _release_calls(self) -> None:
        self._peer.release(self._loop.time())
        self._flush()
        if self._asking is not None:
            self._asking.rearm()

    def lost(self, disconnected: events.ChargePointDisconnected) -> None:
        """The connection is gone: what was not taken yet was not promised, and will come again."""
        self.retire()
        if self._asking is not None:
            self._asking.end()
        else:
            self._peer.close()
        self._enqueue((disconnected,))

    def retire(self) -> None:
        """Hear nothing more: another session has the state, or the connection is gone."""
        self.is_lost = True
        self._inbox.drop_messages()

    async def finished(self) -> None:
        """Return when nothing is under way any more."""
        while self._under_way is not None:
            await asyncio.wait((self._under_way,))

    def close(self, code: int, reason: str) -> None:
        """Close the connection; `lost` will follow."""
        self._wire.close(code, reason)

    # -------------------------------------------------------------- what comes in

    def received(self, text: bytes) -> None:
        """One text message from the charge point."""
        if self.is_lost:
            return
        happened = self._peer.feed(text, self._loop.time())
        self._note_received(text, happened)
        findings: Sequence[Finding] = ()
        for happening in happened:
            if isinstance(happening, happenings.CallArrived):
                self._take_call(happening.call, findings)
            elif isinstance(happening, happenings.SendArrived):
                self._take_call(happening.send, findings)
            elif isinstance(happening, happenings.FrameRepaired):
                findings = happening.findings
            else:
                self._take_other(happening)
        self._flush()

    def _take_call(self, call: Call | Send, findings: Sequence[Finding]) -> None:
        strict = self._policy.strict
        try:
            heard = self.dialect.read(call.action, call.payload, self._yard.clock(), strict=strict)
        except Violated as violated:
            self._refuse(call, violated.violation.fault, violated.violation.detail)
            self._enqueue(self._found(call.action, refusal(violated.violation)))
            return
        except Exception:
            log.exception("call not read", charge_point=self.state.id, action=call.action[:50])
            self._enqueue(Waiting(call, None))
            return
        if findings:
            heard = msgspec.structs.replace(heard, findings=(*findings, *heard.findings))
        self._enqueue(Waiting(call, heard))

    def _take_other(self, happening: happenings.Happening) -> None:
        match happening:
            case happenings.Answered() | happenings.Refused() | happenings.Garbled() | happenings.TimedOut():
                if self._asking is not None:
                    self._asking.settle(happening.ticket, happening)
            case happenings.FrameRefused(bad=bad):
                log.debug("frame refused", charge_point=self.state.id, detail=bad.violation.detail)
                self._enqueue(self._found(bad.action or "", refusal(bad.violation)))
            case happenings.AnswerDisputed(code=code):
                word = code[:50] if code.isidentifier() else "no known word"
                self._enqueue(self._found("", Finding("answer_disputed", "$", f"said of ours: {word}")))
            case happenings.StrayReply(id=message_id):
                log.debug("reply to nothing", charge_point=self.state.id, message_id=message_id[:36])
            case _:
                log.debug("not expected", charge_point=self.state.id, what=type(happening).__name__)

    def _enqueue(self, item: Item) -> None:
        if not item:
            return
        self._inbox.put(item)
        if self._under_way is None:
            self._go_on()

    # -------------------------------------------------------------- one after the other

    def _go_on(self) -> None:
        """Take up what waits longest: at once, as far as that can be done, then by a worker."""
        while self._inbox and self._under_way is None:
            item = self._inbox.take()
            if not (isinstance(item, Waiting) and self._begin(item)):
                self._inbox.give_back(item)
                self._start_worker()

    def _begin(self, waiting: Waiting) -> bool:
        """Decide a report without a task, if it needs nothing from the store: of MeterValues, that was a sixth of
        the price (`benchmarks meter_values`)."""
        heard = waiting.heard
        if heard is None or heard.findings or self._predecessor is not None:
            return False
        try:
            promise = self._yard.inbound.begin(self.state, heard.report, self._policy, self._fence)
        except Exception:  # noqa: BLE001 - the worker meets it again, and parks the message
            return False
        if promise is None:
            return False
        if promise.stored is None:
            self._tell(waiting.call, heard, promise.answer)
            self._inbox.done(waiting)
        else:
            self._under_way = promise.stored
            promise.stored.add_done_callback(partial(self._keep, waiting, heard, promise))
        return True

    def _keep(self, waiting: Waiting, heard: Heard, promise: Promise, stored: asyncio.Future[None]) -> None:
        """What was promised is stored: answer. If it is not, the report is taken once more, with all patience."""
        self._under_way = None
        call = waiting.call
        if stored.cancelled() or stored.exception() is not None:
            if self.is_lost:
                self._inbox.done(waiting)
            else:
                self._inbox.give_back(waiting)
            self._start_worker()
            return
        try:
            self._yard.inbound.follow(self.state, promise.happened)
        except Exception:
            log.exception("not followed", charge_point=self.state.id, action=call.action)
        self._tell(call, heard, promise.answer)
        self._flush()
        self._inbox.done(waiting)
        self._go_on()

    def _start_worker(self) -> None:
        self._under_way = self._loop.create_task(self._work())

    async def _work(self) -> None:
        if self._predecessor is not None:
            await self._predecessor.finished()
            self._predecessor = None
        try:
            while self._inbox:
                item = self._inbox.take()
                if isinstance(item, Waiting):
                    await self._handle(item.call, item.heard)
                else:
                    await self._store(item)
                self._inbox.done(item)
        finally:
            self._under_way = None

    async def _handle(self, call: Call | Send, heard: Heard | None) -> None:
        """Take a report and answer it. Whatever goes wrong harms this one message alone."""
        if heard is None:
            await self._park(call, "not read")
            return
        try:
            answer = await self._take(heard)
        except Unavailable:
            return
        except Fenced:
            self._taken_over()
        except Poisoned as poisoned:
            await self._park(call, str(poisoned))
        except Exception as error:
            log.exception("report not handled", charge_point=self.state.id, action=call.action)
            await self._park(call, type(error).__name__)
        else:
            self._tell(call, heard, answer)
            self._flush()

    async def _take(self, heard: Heard) -> Answer:
        """The answer, however long the database is away; raises `Unavailable` only once the session is lost."""
        also = self._found(heard.action.name, *heard.findings) if heard.findings else ()
        attempt = 0
        while True:
            try:
                return await self._yard.inbound.take(
                    self.state, heard.report, self._policy, also, self._fence
                )
            except Unavailable:
                if self.is_lost:
                    raise
                await asyncio.sleep(RETRY_S[min(attempt, len(RETRY_S) - 1)])
                attempt += 1

    async def _park(self, call: Call | Send, fault: str) -> None:
        """Keep what cannot be stored as what it is, and acknowledge it where an honest answer exists.

        An error would make the charge point repeat the message and then throw it away.
        """
        try:
            await self._yard.inbound.park(self.state, call.action, call.payload, fault, self._fence)
        except Unavailable:
            return
        except Fenced:
            self._taken_over()
        except Exception:
            log.exception("not even parked", charge_point=self.state.id, action=call.action)
            self._acknowledge(call, None)
        else:
            self._acknowledge(call, self.dialect.parking_answer(call.action))
        self._flush()

    def _acknowledge(self, call: Call | Send, payload: bytes | None) -> None:
        if payload is None:
            self._refuse(call, Fault.INTERNAL, "the message could not be handled")
        elif isinstance(call, Call):
            self._peer.reply(call.id, payload)

    def _refuse(self, call: Call | Send, fault: Fault, detail: str) -> None:
        """Tell the charge point; what was only sent is never answered (2.1, part 4 FR.07)."""
        if isinstance(call, Call):
            self._peer.refuse(call.id, fault, detail)

    async def _store(self, happened: tuple[events.Event, ...]) -> None:
        try:
            await self._yard.inbound.store(self.state, happened, self._fence)
        except Fenced:
            self._taken_over()
        except (Unavailable, Poisoned) as error:
            log.warning(
                "not stored", charge_point=self.state.id, what=type(happened[0]).__name__, why=str(error)
            )
        except Exception:
            log.exception("not stored", charge_point=self.state.id, what=type(happened[0]).__name__)

    def _taken_over(self) -> None:
        """Another node has a newer session: what is not stored yet is its to hear, and nothing is answered here."""
        if not self.is_lost:
            log.info("taken over", charge_point=self.state.id)
            self.retire()
            self.close(REPLACED, "replaced by a newer connection")

    # -------------------------------------------------------------- what goes out

    def _tell(self, call: Call | Send, heard: Heard, answer: Answer) -> None:
        if isinstance(call, Send):
            return
        if isinstance(answer, Refused):
            self._peer.refuse(call.id, Fault.SECURITY, answer.why)
            return
        try:
            payload = self.dialect.answer(heard, answer)
        except Exception:
            log.exception("answer not written", charge_point=self.state.id, action=call.action)
            self._acknowledge(call, self.dialect.parking_answer(call.action))
            return
        self._peer.reply(call.id, payload)
        if isinstance(answer, Registered) and answer.registration is not Registration.REJECTED:
            self._release_calls()

    def _flush(self) -> None:
        note = self._yard.note
        for text in self._peer.outgoing():
            self._wire.send(text)
            if note is not None:
                # Answers hold no secrets; calls of ours may.
                note(self.state.id, "out", text, text.startswith(b"[2"))

    async def execute(self, command: AnyCommand, timeout_s: float) -> AnyOutcome:
        """Ask the charge point; the outcome says what became of it."""
        if self.is_lost:
            return Offline()
        if self.state.registration is Registration.REJECTED:
            # Nothing is sent to one that was turned away (2.0.1 B03.FR.03).
            return Invalid(detail="the registration of this charge point is Rejected")
        if self._asking is None:
            self._asking = Asking(self._peer, self.dialect, self._flush)
        provisioning.ask(self.state, command)
        return await self._asking.execute(command, timeout_s)

    # -------------------------------------------------------------- what is kept of it

    def _note_received(self, text: bytes, happened: Sequence[happenings.Happening]) -> None:
        note = self._yard.note
        if note is None:
            return
        first = happened[0] if happened else None
        is_harmless = isinstance(first, happenings.CallArrived) and first.call.action in self.dialect.harmless
        note(self.state.id, "in", text, not is_harmless)

    def _found(self, action: str, *findings: Finding) -> tuple[events.Event, ...]:
        if self._findings is None:
            self._findings = Findings(self.state.id, self._yard.clock)
        return self._findings.new(action, findings)
