"""Display messages on the wire of 2.x. What only 2.1 can say (several languages) is in its own module."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Reply, Script
from chargeyard.dialects.v201.outcomes import following, settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.display_messages import DisplayMessage, DisplayUnit, MessageContent
from chargeyard.domain.results import DisplayMessageSet
from chargeyard.ocpp.v201 import messages as m

NO_NUMBER = -1
"""Stands for the number that a message lacks: none of ours, which are positive."""


def messages_from(
    request: m.NotifyDisplayMessagesRequest, hearing: Hearing
) -> reports.DisplayMessagesReported:
    """NotifyDisplayMessages; the last part is the one that announces no further one (O03.FR.06)."""
    told = request.message_info or ()
    messages = tuple(_message_from(one, hearing) for one in told)
    return reports.DisplayMessagesReported(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        is_last=not request.tbc,
        messages=tuple(one for one in messages if one.id != NO_NUMBER),
    )


def messages_answer(answer: Acknowledged) -> m.NotifyDisplayMessagesResponse:
    """NotifyDisplayMessagesResponse."""
    return m.NotifyDisplayMessagesResponse()


def _message_from(told: m.MessageInfoType, hearing: Hearing) -> DisplayMessage:
    path = "$.messageInfo[]"
    extra: list[m.MessageContentType] = getattr(told, "message_extra", None) or []
    return DisplayMessage(
        id=hearing.whole(told.id, NUMBERS, NO_NUMBER, f"{path}.id"),
        priority=told.priority,
        contents=tuple(_content_from(one) for one in (told.message, *extra)),
        state=told.state or "",
        starts_at=_instant(told.start_date_time, hearing, f"{path}.startDateTime"),
        ends_at=_instant(told.end_date_time, hearing, f"{path}.endDateTime"),
        transaction_ocpp_id=told.transaction_id or "",
        display=_unit_from(told.display, hearing) if told.display else None,
    )


def _content_from(told: m.MessageContentType) -> MessageContent:
    return MessageContent(text=told.content, format=told.format, language=told.language or "")


def _instant(text: str | UnsetType, hearing: Hearing, path: str) -> datetime | None:
    """An instant of a plan, which may be far ahead; one that cannot be read is left out."""
    if isinstance(text, UnsetType):
        return None
    instant = timestamps.parse(text) or timestamps.parse_loosely(text, hearing.now)
    if instant is None:
        hearing.find("timestamp", path, "not RFC 3339")
    return instant


def _unit_from(told: m.ComponentType, hearing: Hearing) -> DisplayUnit:
    evse = told.evse or None
    path = "$.messageInfo[].display.evse"
    return DisplayUnit(
        component=told.name,
        instance=told.instance or "",
        evse=hearing.whole(evse.id, OUTLETS, 0, f"{path}.id") if evse else 0,
        connector=hearing.whole(evse.connector_id, OUTLETS, 0, f"{path}.connectorId") if evse else 0,
    )


def set_message_script(command: commands.SetDisplayMessage) -> Script:
    """SetDisplayMessage of one text."""
    if len(command.message.contents) > 1:
        return outcomes.Invalid(detail="this version shows a message in one language only")
    message = m.MessageInfoType(**info(command.message))
    return shown((yield m.SetDisplayMessageRequest(message=message)), message.id)


def shown(reply: Reply, message_id: int) -> outcomes.AnyOutcome:
    """The outcome, with the number by which the message can be taken away again."""
    outcome = settled(reply)
    if isinstance(outcome, outcomes.Accepted):
        return outcomes.Accepted(said=outcome.said, result=DisplayMessageSet(message_id=message_id))
    return outcome


def info(message: DisplayMessage) -> Mapping[str, Any]:
    """The fields of MessageInfoType that both versions have. UNSET: not said."""
    first = message.contents[0]
    return {
        "id": message.id,
        "priority": message.priority,
        "message": m.MessageContentType(**content(first)),
        "state": message.state or UNSET,
        "start_date_time": timestamps.spell(message.starts_at) if message.starts_at else UNSET,
        "end_date_time": timestamps.spell(message.ends_at) if message.ends_at else UNSET,
        "transaction_id": message.transaction_ocpp_id or UNSET,
        "display": _component(message.display) if message.display else UNSET,
    }


def content(one: MessageContent) -> Mapping[str, Any]:
    """The fields of MessageContentType."""
    return {"format": one.format, "content": one.text, "language": one.language or UNSET}


def _component(unit: DisplayUnit) -> m.ComponentType:
    place = m.EVSEType(id=unit.evse, connector_id=unit.connector or UNSET) if unit.evse else UNSET
    return m.ComponentType(name=unit.component, instance=unit.instance or UNSET, evse=place)


def read_messages_script(command: commands.ReadDisplayMessages) -> Script:
    """GetDisplayMessages; what it finds follows in NotifyDisplayMessages."""
    request = m.GetDisplayMessagesRequest(
        request_id=command.request_id,
        id=list(command.ids) or UNSET,
        priority=command.priority or UNSET,  # type: ignore[arg-type]  # the schema is asked before it is said
        state=command.state or UNSET,  # type: ignore[arg-type]
    )
    return following((yield request), command.request_id)


def clear_message_script(command: commands.ClearDisplayMessage) -> Script:
    """ClearDisplayMessage."""
    return settled((yield m.ClearDisplayMessageRequest(id=command.message_id)))
