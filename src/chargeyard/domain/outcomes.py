"""What became of a command.

`said` is the charge point's own answer, word for word, where it gave one; `result` what it tells besides yes or
no, in the domain's words.
"""

import msgspec
from msgspec import Struct

from chargeyard.domain.results import AnyResult

_NOTHING = msgspec.Raw(b"null")


class Outcome(Struct, frozen=True, kw_only=True, tag=True, tag_field="outcome"):
    """The common ancestor; the tag is the class name."""


class Accepted(Outcome, frozen=True, kw_only=True):
    """The charge point will do it, or has done it."""

    said: msgspec.Raw = _NOTHING
    result: AnyResult | None = None


class Scheduled(Outcome, frozen=True, kw_only=True):
    """The charge point will do it later: after the running transaction, or after a restart."""

    said: msgspec.Raw = _NOTHING
    result: AnyResult | None = None


class Rejected(Outcome, frozen=True, kw_only=True):
    """The charge point understood and will not. `reason` is its status word."""

    reason: str
    said: msgspec.Raw = _NOTHING
    result: AnyResult | None = None


class Unsupported(Outcome, frozen=True, kw_only=True):
    """The charge point, or its version of the protocol, does not know this."""

    reason: str = ""
    said: msgspec.Raw = _NOTHING
    result: AnyResult | None = None


class Invalid(Outcome, frozen=True, kw_only=True):
    """The command contradicts what the charge point's version allows; nothing was sent."""

    detail: str


class Offline(Outcome, frozen=True, kw_only=True):
    """The charge point has no session anywhere; nothing was sent."""


class TimedOut(Outcome, frozen=True, kw_only=True):
    """Sent, and not answered in time: whether it was done is unknown."""

    after_s: float


class Failed(Outcome, frozen=True, kw_only=True):
    """The charge point answered with an error (`code` as on the wire), or the session ended meanwhile."""

    code: str
    detail: str = ""


AnyOutcome = Accepted | Scheduled | Rejected | Unsupported | Invalid | Offline | TimedOut | Failed


def telling(outcome: AnyOutcome, result: AnyResult) -> AnyOutcome:
    """`outcome` with what the answer tells besides; one without an answer stays as it is."""
    if isinstance(outcome, Accepted | Scheduled | Rejected | Unsupported):
        return msgspec.structs.replace(outcome, result=result)
    return outcome
