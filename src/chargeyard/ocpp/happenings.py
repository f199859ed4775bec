"""What one end of an OCPP-J conversation learns: the answers of :class:`chargeyard.ocpp.peer.Peer`."""

from __future__ import annotations

import msgspec

from chargeyard.ocpp.frames import BadFrame, Call, Send
from chargeyard.ocpp.repairs import Finding
from chargeyard.ocpp.violations import Violation


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """A call of ours. Exactly one Answered, Refused, Garbled, TimedOut or Abandoned will carry it."""

    id: str
    action: str


class CallArrived(msgspec.Struct, frozen=True, gc=False):
    """The other end wants something; `reply` or `refuse` it exactly once."""

    call: Call


class SendArrived(msgspec.Struct, frozen=True, gc=False):
    """The other end said something that wants no answer."""

    send: Send


class Answered(msgspec.Struct, frozen=True, gc=False):
    """Our call was answered; the payload is not read yet."""

    ticket: Ticket
    payload: msgspec.Raw


class Refused(msgspec.Struct, frozen=True, gc=False):
    """Our call was refused, in the words of the other end."""

    ticket: Ticket
    code: str
    description: str
    details: msgspec.Raw


class Garbled(msgspec.Struct, frozen=True, gc=False):
    """Our call was answered with a frame that cannot be read (lbbrhzn/ocpp#442): what came of it is unknown."""

    ticket: Ticket
    violation: Violation


class TimedOut(msgspec.Struct, frozen=True, gc=False):
    """Our call was not answered in time: what came of it is unknown."""

    ticket: Ticket


class Abandoned(msgspec.Struct, frozen=True, gc=False):
    """The conversation ended first. A call that was not `sent` had no effect; of the other we do not know."""

    ticket: Ticket
    sent: bool


class AnswerDisputed(msgspec.Struct, frozen=True, gc=False):
    """The other end could not use our answer to its call `id` (CALLRESULTERROR)."""

    id: str
    code: str
    description: str


class StrayReply(msgspec.Struct, frozen=True, gc=False):
    """An answer to nothing that is outstanding. If it is late, `ticket` tells for what, and it may still help."""

    id: str
    ticket: Ticket | None
    payload: msgspec.Raw | None


class FrameRefused(msgspec.Struct, frozen=True):
    """A text that is no frame. Where the version wants it answered, the answer is already in `outgoing`."""

    bad: BadFrame


class FrameRepaired(msgspec.Struct, frozen=True):
    """The happenings that follow come from a text that had to be mended."""

    findings: tuple[Finding, ...]


Happening = (
    CallArrived
    | SendArrived
    | Answered
    | Refused
    | Garbled
    | TimedOut
    | Abandoned
    | AnswerDisputed
    | StrayReply
    | FrameRefused
    | FrameRepaired
)
