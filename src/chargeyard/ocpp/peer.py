"""One end of an OCPP-J conversation, for the central system and for a charge point alike.

Text and time go in, happenings and text come out. A :class:`Peer` never blocks, sleeps, reads a clock or makes
an id by itself, and so every rule about who may speak when is tested without a socket.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum
from heapq import heapify, heappop, heappush

import msgspec

from chargeyard.ocpp.frames import (
    BadFrame,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Frame,
    Send,
    decode,
    encode_call,
    encode_error,
    encode_result,
    encode_result_error,
    encode_send,
)
from chargeyard.ocpp.happenings import (
    Abandoned,
    AnswerDisputed,
    Answered,
    CallArrived,
    FrameRefused,
    FrameRepaired,
    Garbled,
    Happening,
    Refused,
    SendArrived,
    StrayReply,
    Ticket,
    TimedOut,
)
from chargeyard.ocpp.repairs import repair_frames
from chargeyard.ocpp.violations import Fault, Spelling, Violation

UNKNOWN_ID = "-1"
"""The id in the answer to a call whose id could not be read (2.0.1 and 2.1, part 4)."""

_REMEMBERED = 4
"""So many timed-out calls are remembered, to tell what a late answer was the answer to."""


class Manners(msgspec.Struct, frozen=True):
    """How one version of OCPP wants to be spoken.

    ``answers_unreadable``: a call whose id cannot be read is refused with the id "-1".
    ``answers_unknown_type``: a frame of an unknown message type is refused, not ignored.
    ``knows_send``, ``knows_result_error``: the version has these frames.
    ``tolerant``: mend broken frames before refusing them (not a matter of version, but of the charge point).
    """

    spelling: Spelling
    answers_unreadable: bool
    answers_unknown_type: bool
    knows_send: bool
    knows_result_error: bool
    tolerant: bool = True


class Priority(IntEnum):
    """Which waiting call is sent first; calls of one priority keep their order."""

    SAFETY = 0
    USER = 1
    HOUSEKEEPING = 2


class QueueFull(Exception):
    """Too many calls are waiting for this charge point already."""


class NotOwed(Exception):
    """There is no unanswered call with this id: it was answered already, or never came."""


class Closed(Exception):
    """The conversation is over; nothing can be asked any more."""


class _Waiting(msgspec.Struct, order=True, gc=False):
    """A call in the queue; the order of the fields is the order of the queue."""

    priority: int
    number: int
    ticket: Ticket
    payload: bytes
    timeout_s: float


class Peer:
    """One end of a conversation. Times are seconds of any steady clock; all of them must be of the same one.

    * At most one call of ours is outstanding; the others wait (2.x SHALL, 1.6 SHOULD). Answers never wait.
    * Every call that arrives gets exactly one answer. An id that comes again, answered or not, is a new call:
      retries reuse ids (libocpp#298, MicroOcpp#50) and cheap devices count from 1 after each reboot. Whether
      it is the same question is for those to say who can compare contents.
    """

    __slots__ = (
        "_answers",
        "_call",
        "_closed",
        "_counter",
        "_deadline",
        "_held",
        "_limit",
        "_manners",
        "_new_id",
        "_outstanding",
        "_overdue",
        "_owed",
        "_waiting",
    )

    def __init__(self, manners: Manners, new_id: Callable[[], str], queue_limit: int = 32) -> None:
        self._manners = manners
        self._new_id = new_id
        self._limit = queue_limit
        self._outstanding: Ticket | None = None
        self._deadline = 0.0
        self._counter = 0
        self._held = False
        self._closed = False
        # What most of the ten thousand do not need at a given moment is not there.
        self._answers: list[bytes] | None = None
        self._call: bytes | None = None
        self._waiting: list[_Waiting] | None = None
        self._owed: dict[str, int] | None = None
        self._overdue: tuple[Ticket, ...] = ()

    # -------------------------------------------------------------- what comes in

    def feed(self, text: bytes | str, now: float) -> list[Happening]:
        """Take one text from the other end; tell what it means. Never raises because of the text."""
        if self._closed:
            return []
        try:
            frame = decode(text)
        except BadFrame as bad:
            return self._second_look(text, bad, now)
        return self._take(frame, now)

    def _second_look(self, text: bytes | str, bad: BadFrame, now: float) -> list[Happening]:
        if not self._manners.tolerant:
            return self._refuse_frame(bad, now)
        try:
            frames, findings = repair_frames(text, bad)
        except BadFrame:
            return self._refuse_frame(bad, now)
        happenings: list[Happening] = [FrameRepaired(tuple(findings))] if findings else []
        for frame in frames:
            taken = self._refuse_frame(frame, now) if isinstance(frame, BadFrame) else self._take(frame, now)
            happenings.extend(taken)
        return happenings

    def _take(self, frame: Frame, now: float) -> list[Happening]:
        if isinstance(frame, Call):
            return self._take_call(frame)
        if isinstance(frame, CallResult | CallError):
            return self._take_reply(frame, now)
        if isinstance(frame, Send) and self._manners.knows_send:
            return [SendArrived(frame)]
        if isinstance(frame, CallResultError) and self._manners.knows_result_error:
            return [AnswerDisputed(frame.id, frame.code, frame.description)]
        return self._refuse_frame(_unknown_type(frame), now)

    def _take_call(self, call: Call) -> list[Happening]:
        owed = self._owed
        if owed is None:
            owed = self._owed = {}
        owed[call.id] = owed.get(call.id, 0) + 1
        return [CallArrived(call)]

    def _take_reply(self, reply: CallResult | CallError, now: float) -> list[Happening]:
        ticket = self._outstanding
        if ticket is None or ticket.id != reply.id:
            late = next((overdue for overdue in self._overdue if overdue.id == reply.id), None)
            return [StrayReply(reply.id, late, reply.payload if isinstance(reply, CallResult) else None)]
        self._settle(now)
        if isinstance(reply, CallResult):
            return [Answered(ticket, reply.payload)]
        return [Refused(ticket, reply.code, reply.description, reply.payload)]

    def _refuse_frame(self, bad: BadFrame, now: float) -> list[Happening]:
        happenings: list[Happening] = [FrameRefused(bad)]
        if bad.kind in _REPLIES:
            happenings += self._take_garbled(bad, now)
        elif self._wants_answer(bad):
            # Without an id it was not even a frame, whatever else is wrong with it.
            fault = Fault.FRAME if bad.call_id is None else bad.violation.fault
            call_id = UNKNOWN_ID if bad.call_id is None else bad.call_id
            self._answer(encode_error(call_id, self._manners.spelling[fault], bad.violation.detail))
        return happenings

    def _take_garbled(self, bad: BadFrame, now: float) -> list[Happening]:
        ticket = self._outstanding
        # With one call outstanding, an answer without a readable id can only be the answer to that.
        if ticket is None or bad.call_id not in (None, ticket.id):
            return []
        self._settle(now)
        self._dispute(ticket.id, bad.violation.fault, bad.violation.detail)
        return [Garbled(ticket, bad.violation)]

    def _wants_answer(self, bad: BadFrame) -> bool:
        if bad.violation.fault is Fault.MESSAGE_TYPE:
            return self._manners.answers_unknown_type
        if bad.kind in _UNANSWERED:
            return False
        return bad.call_id is not None or self._manners.answers_unreadable

    # -------------------------------------------------------------- what goes out

    def call(
        self, action: str, payload: bytes, now: float, timeout_s: float, priority: Priority = Priority.USER
    ) -> Ticket:
        """Ask for something, as soon as nothing else is outstanding; `timeout_s` counts from being sent.

        Raises :class:`QueueFull`, and :class:`Closed` after `close`.
        """
        if self._closed:
            raise Closed
        if self._waiting is None:
            self._waiting = []
        if len(self._waiting) >= self._limit:
            raise QueueFull
        ticket = Ticket(self._new_id(), action)
        self._counter += 1
        heappush(self._waiting, _Waiting(priority, self._counter, ticket, payload, timeout_s))
        self._promote(now)
        return ticket

    def withdraw(self, ticket: Ticket) -> None:
        """Forget a call that still waits for its turn; one that was sent goes on. Nobody is told."""
        if self._waiting is not None:
            self._waiting = [waiting for waiting in self._waiting if waiting.ticket is not ticket] or None
            heapify(self._waiting or [])

    def send(self, action: str, payload: bytes) -> None:
        """Say something that wants no answer (2.1); it does not wait for calls."""
        if self._closed:
            raise Closed
        self._answer(encode_send(self._new_id(), action, payload))

    def reply(self, call_id: str, payload: bytes) -> None:
        """Answer a call that arrived. After `close` it is ignored. Raises :class:`NotOwed`."""
        if self._owes(call_id):
            self._answer(encode_result(call_id, payload))

    def refuse(self, call_id: str, fault: Fault, detail: str = "") -> None:
        """Refuse a call that arrived, in this version's word for the fault. As :meth:`reply` otherwise."""
        if self._owes(call_id):
            self._answer(encode_error(call_id, self._manners.spelling[fault], detail))

    def dispute(self, ticket: Ticket, violation: Violation) -> None:
        """Tell the other end that its answer cannot be used, if this version has a word for that."""
        if not self._closed:
            self._dispute(ticket.id, violation.fault, violation.detail)

    def hold(self) -> None:
        """Send no calls until `release`; they queue up. Some devices choke on calls while they boot (evcc#25069)."""
        self._held = True

    def release(self, now: float) -> None:
        """End `hold`."""
        self._held = False
        self._promote(now)

    def outgoing(self) -> list[bytes]:
        """Take the texts to send now, in their order: answers, then the call whose turn it is."""
        texts = self._answers or []
        self._answers = None
        if self._call is not None:
            texts.append(self._call)
            self._call = None
        return texts

    # -------------------------------------------------------------- time

    def next_deadline(self) -> float | None:
        """When `tick` has something to do; None: not before something else happens."""
        return None if self._outstanding is None else self._deadline

    def tick(self, now: float) -> list[Happening]:
        """Give up the outstanding call if its time is over."""
        ticket = self._outstanding
        if ticket is None or now < self._deadline:
            return []
        self._overdue = (ticket, *self._overdue[: _REMEMBERED - 1])
        self._settle(now)
        return [TimedOut(ticket)]

    def close(self) -> list[Happening]:
        """End the conversation: nothing goes in or out any more, and whoever waits is told."""
        happenings: list[Happening] = []
        if self._outstanding is not None:
            # A call that was never taken by `outgoing` has not been sent.
            happenings.append(Abandoned(self._outstanding, sent=self._call is None))
        happenings.extend(Abandoned(waiting.ticket, sent=False) for waiting in sorted(self._waiting or []))
        self._closed = True
        self._outstanding = self._waiting = self._owed = self._answers = self._call = None
        return happenings

    # -------------------------------------------------------------- inside

    def _owes(self, call_id: str) -> bool:
        """Whether an answer is to be written; takes the call off the books."""
        if self._closed:
            return False
        owed = self._owed
        count = owed.pop(call_id, 0) if owed else 0
        if not count:
            raise NotOwed(call_id)
        if count > 1:
            owed[call_id] = count - 1  # type: ignore[index]  # there was a count in it
        return True

    def _answer(self, text: bytes) -> None:
        if self._answers is None:
            self._answers = [text]
        else:
            self._answers.append(text)

    def _dispute(self, call_id: str, fault: Fault, detail: str) -> None:
        if self._manners.knows_result_error:
            self._answer(encode_result_error(call_id, self._manners.spelling[fault], detail))

    def _settle(self, now: float) -> None:
        self._outstanding = self._call = None
        self._promote(now)

    def _promote(self, now: float) -> None:
        """Send the next waiting call if none is outstanding."""
        if self._outstanding is not None or self._held or not self._waiting:
            return
        waiting = heappop(self._waiting)
        self._outstanding = waiting.ticket
        self._deadline = now + waiting.timeout_s
        self._call = encode_call(waiting.ticket.id, waiting.ticket.action, waiting.payload)
        if not self._waiting:
            self._waiting = None


_REPLIES = (3, 4)
_UNANSWERED = (5, 6)


def _unknown_type(frame: Frame) -> BadFrame:
    violation = Violation(Fault.MESSAGE_TYPE, "message type of another version", "$[0]")
    return BadFrame(violation, 6 if isinstance(frame, Send) else 5, frame.id)
