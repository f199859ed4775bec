"""What the status words of 2.x's answers mean."""

from collections.abc import Iterable, Mapping

from msgspec import Raw

from chargeyard.dialects.dialect import Reply
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected, Scheduled, Unsupported
from chargeyard.domain.results import AnyResult, JobPromised, NothingToList, PartsFollow
from chargeyard.ocpp.struct import Message

GRANTED = frozenset(("Accepted", "AcceptedCanceled", "Unlocked", "Unpublished"))
LATER = frozenset(("Scheduled", "RebootRequired"))
UNKNOWN_HERE = frozenset(
    (
        "NotSupported",
        "NotImplemented",
        "NotSupportedAttributeType",
        "UnknownComponent",
        "UnknownMessageId",
        "UnknownVariable",
        "UnknownVendorId",
        "UnsupportedMonitorType",
    )
)

ITEMS: Mapping[str, tuple[str, bool]] = {
    # list in an answer: (the status word of an item, whether one good item makes the answer good)
    "get_variable_result": ("attribute_status", True),
    "set_variable_result": ("attribute_status", False),
    "set_monitoring_result": ("status", False),
    "clear_monitoring_result": ("status", False),
    "clear_tariffs_result": ("status", False),
}


def settled(reply: Reply) -> AnyOutcome:
    """The outcome that a status word stands for; an answer without one is a yes."""
    return judged(_word(reply.message), reply.said)


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
    """Of several words the one that counts where something was to be done: it has not all been done."""
    return max(words, key=_weight)


def best(words: Iterable[str]) -> str:
    """Of several words the one that counts where something was to be told."""
    return min(words, key=_weight)


def _word(message: Message) -> str:
    for name, (attribute, takes_best) in ITEMS.items():
        items = getattr(message, name, None)
        if items:
            words = [str(getattr(item, attribute)) for item in items]
            return best(words) if takes_best else worst(words)
    status = getattr(message, "status", None)
    return "Accepted" if status is None else str(status)


def _weight(word: str) -> int:
    return 0 if word in GRANTED else 1 if word in LATER else 2


NONE_FOUND = frozenset(("Unknown", "NotFound"))
"""How answers say that nothing fits what was to be listed."""


def following(reply: Reply, request_id: int) -> AnyOutcome:
    """The outcome of a request whose answer only announces reports numbered `request_id`; there may be none."""
    word = _word(reply.message)
    if word in NONE_FOUND:
        return Accepted(said=reply.said, result=NothingToList())
    if word in GRANTED:
        return Accepted(said=reply.said, result=PartsFollow(request_id=request_id))
    return settled(reply)


def promised(reply: Reply, request_id: int, file_name: str = "") -> AnyOutcome:
    """The outcome of a request for something that takes its time, and is reported on by `request_id`."""
    outcome = settled(reply)
    if not isinstance(outcome, Accepted):
        return outcome
    ends_older = _word(reply.message) == "AcceptedCanceled"
    result = JobPromised(request_id=request_id, ends_older=ends_older, file_name=file_name)
    return Accepted(said=outcome.said, result=result)
