"""What the status words of 1.6's answers mean."""

from collections.abc import Iterable

from msgspec import Raw

from chargeyard.dialects.dialect import Reply
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected, Scheduled, Unsupported
from chargeyard.domain.results import AnyResult

GRANTED = frozenset(("Accepted", "AcceptedCanceled", "Unlocked"))
LATER = frozenset(("Scheduled", "RebootRequired"))
UNKNOWN_HERE = frozenset(("NotSupported", "NotImplemented", "UnknownVendorId", "UnknownMessageId"))


def settled(reply: Reply) -> AnyOutcome:
    """The outcome that a status word stands for; an answer without one is a yes."""
    status = getattr(reply.message, "status", None)
    return judged("Accepted" if status is None else str(status), reply.said)


def judged(word: str, said: Raw, result: AnyResult | None = None) -> AnyOutcome:
    """The outcome that `word` stands for."""
    if word in GRANTED:
        return Accepted(said=said, result=result)
    if word in LATER:
        return Scheduled(said=said, result=result)
    if word in UNKNOWN_HERE:
        return Unsupported(reason=word, said=said, result=result)
    return Rejected(reason=word, said=said, result=result)


def worst(words: Iterable[str]) -> str:
    """Of several words the one that counts: what was asked has not all been done."""
    return max(words, key=_weight)


def _weight(word: str) -> int:
    return 0 if word in GRANTED else 1 if word in LATER else 2
