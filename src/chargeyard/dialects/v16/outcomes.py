"""What the status words of 1.6's answers mean."""

from chargeyard.dialects.dialect import Reply
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected, Scheduled, Unsupported

GRANTED = frozenset(("Accepted", "AcceptedCanceled", "Unlocked"))
LATER = frozenset(("Scheduled", "RebootRequired"))
UNKNOWN_HERE = frozenset(("NotSupported", "NotImplemented", "UnknownVendorId", "UnknownMessageId"))


def settled(reply: Reply) -> AnyOutcome:
    """The outcome that a status word stands for; an answer without one is a yes."""
    status = getattr(reply.message, "status", None)
    if status is None or status in GRANTED:
        return Accepted(said=reply.said)
    if status in LATER:
        return Scheduled(said=reply.said)
    if status in UNKNOWN_HERE:
        return Unsupported(reason=str(status), said=reply.said)
    return Rejected(reason=str(status), said=reply.said)
