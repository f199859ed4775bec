"""What the status words of 2.x's answers mean."""

from collections.abc import Mapping

from chargeyard.dialects.dialect import Reply
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Rejected, Scheduled, Unsupported
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
    word = _word(reply.message)
    if word in GRANTED:
        return Accepted(said=reply.said)
    if word in LATER:
        return Scheduled(said=reply.said)
    if word in UNKNOWN_HERE:
        return Unsupported(reason=word, said=reply.said)
    return Rejected(reason=word, said=reply.said)


def _word(message: Message) -> str:
    """The word that counts. Of several, the worst: what was asked has not all been done; of readings, the best."""
    for name, (attribute, takes_best) in ITEMS.items():
        items = getattr(message, name, None)
        if items:
            words = [str(getattr(item, attribute)) for item in items]
            return min(words, key=_weight) if takes_best else max(words, key=_weight)
    status = getattr(message, "status", None)
    return "Accepted" if status is None else str(status)


def _weight(word: str) -> int:
    return 0 if word in GRANTED else 1 if word in LATER else 2
