"""Our own calls of one session: scripts are carried out, answers find whoever waits, deadlines are kept."""

import asyncio
from collections.abc import Callable

import msgspec

from chargeyard.dialects import Dialect
from chargeyard.dialects.dialect import Reply, Unanswered
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.outcomes import AnyOutcome, Failed, Offline, TimedOut, Unsupported
from chargeyard.ocpp import happenings
from chargeyard.ocpp.peer import Closed, Peer, QueueFull
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.violations import Violated

UNKNOWN_THERE = frozenset(("NotImplemented", "NotSupported"))
"""Error codes by which a charge point says that it does not know an action, the same in all versions."""


class Asking:
    """Calls of one session. `flush` writes what the peer has to say."""

    __slots__ = ("_dialect", "_flush", "_peer", "_timer", "_waiting")

    def __init__(self, peer: Peer, dialect: Dialect, flush: Callable[[], None]) -> None:
        self._peer = peer
        self._dialect = dialect
        self._flush = flush
        self._timer: asyncio.TimerHandle | None = None
        self._waiting: dict[str, asyncio.Future[happenings.Happening]] = {}

    async def execute(self, command: AnyCommand, timeout_s: float) -> AnyOutcome:
        """Say `command` in this charge point's version; each of its answers may take `timeout_s`."""
        script = self._dialect.phrase(command)
        try:
            request = next(script)
            while True:
                reply = await self._ask(request, timeout_s)
                request = script.send(reply) if isinstance(reply, Reply) else script.throw(Unanswered(reply))
        except Unanswered as unanswered:
            return unanswered.outcome
        except StopIteration as end:
            outcome: AnyOutcome = end.value
            return outcome

    def settle(self, ticket: happenings.Ticket, happening: happenings.Happening) -> None:
        """What became of the call of `ticket`."""
        waiting = self._waiting.pop(ticket.id, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(happening)
        self.rearm()

    def rearm(self) -> None:
        """Wake up when the outstanding call's time is over."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline = self._peer.next_deadline()
        if deadline is not None:
            self._timer = asyncio.get_running_loop().call_at(deadline, self._tick)

    def end(self) -> None:
        """The session is over: whoever waits is told."""
        for happening in self._peer.close():
            if isinstance(happening, happenings.Abandoned):
                self.settle(happening.ticket, happening)

    async def _ask(self, request: Message, timeout_s: float) -> Reply | AnyOutcome:
        loop = asyncio.get_running_loop()
        action = self._dialect.action_of(request)
        try:
            ticket = self._peer.call(action.name, msgspec.json.encode(request), loop.time(), timeout_s)
        except QueueFull:
            return Failed(code="QueueFull", detail="too many commands wait for this charge point")
        except Closed:
            return Offline()
        waiting: asyncio.Future[happenings.Happening] = loop.create_future()
        self._waiting[ticket.id] = waiting
        self._flush()
        self.rearm()
        try:
            return self._heard(request, await waiting, timeout_s)
        except asyncio.CancelledError:
            # Whoever asked was told that the time is over: a reset must not happen an hour later.
            self._peer.withdraw(ticket)
            self._waiting.pop(ticket.id, None)
            raise

    def _heard(
        self, request: Message, happening: happenings.Happening, timeout_s: float
    ) -> Reply | AnyOutcome:
        match happening:
            case happenings.Answered(ticket=ticket, payload=payload):
                return self._understood(request, ticket, payload)
            case happenings.Refused(code=code, description=description):
                if code in UNKNOWN_THERE:
                    return Unsupported(reason=code)
                return Failed(code=code, detail=description)
            case happenings.Garbled(violation=violation):
                return Failed(code=self._dialect.code(violation.fault), detail=violation.detail)
            case happenings.Abandoned(sent=sent):
                return (
                    Failed(code="SessionEnded", detail="whether it was done is unknown")
                    if sent
                    else Offline()
                )
            case _:
                return TimedOut(after_s=timeout_s)

    def _understood(
        self, request: Message, ticket: happenings.Ticket, payload: msgspec.Raw
    ) -> Reply | AnyOutcome:
        # The frame's buffer must not outlive the frame: the answer is stored long after.
        said = msgspec.Raw(bytes(payload))
        try:
            return self._dialect.understand(self._dialect.action_of(request), said)
        except Violated as violated:
            self._peer.dispute(ticket, violated.violation)
            self._flush()
            return Failed(code=self._dialect.code(violated.violation.fault), detail=violated.violation.detail)

    def _tick(self) -> None:
        self._timer = None
        for happening in self._peer.tick(asyncio.get_running_loop().time()):
            if isinstance(happening, happenings.TimedOut):
                self.settle(happening.ticket, happening)
        self._flush()
        self.rearm()
