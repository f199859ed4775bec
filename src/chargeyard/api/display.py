"""Messages on a charge point's display."""

from datetime import datetime
from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.commands import TAG
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.instants import aware
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import ClearDisplayMessage, ReadDisplayMessages, SetDisplayMessage
from chargeyard.domain.display_messages import (
    DisplayMessage,
    DisplayUnit,
    Format,
    MessageContent,
    Priority,
    State,
)
from chargeyard.errors import NotFound

_TAGS = [TAG]

MessageId = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Outlet = Annotated[int, Meta(ge=0, le=2**31 - 1)]
ComponentName = Annotated[str, Meta(max_length=50)]


class ContentWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A text, how it is to be read, and its language (RFC 5646)."""

    text: Annotated[str, Meta(max_length=1024)]
    format: Format = "UTF8"
    language: Annotated[str, Meta(max_length=8)] = ""


class DisplayWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which of several displays: the name of its component; `connectorId` 0: at the charge point as a whole."""

    component: ComponentName
    instance: ComponentName = ""
    connector_id: Outlet = 0
    evse_connector_id: Outlet = 0


class MessageWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A message to show. `id` left out: a new one; given: that one is replaced. `contents` is one text, or the same in
    up to five languages, the preferred one first. With `transactionId` (our number) it goes when that one ends."""

    contents: Annotated[list[ContentWish], Meta(min_length=1, max_length=5)]
    id: MessageId | None = None
    priority: Priority = "NormalCycle"
    state: State | None = None
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    transaction_id: Annotated[int, Meta(ge=0, le=2**63 - 1)] | None = None
    display: DisplayWish | None = None


class MessageSearch(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which messages; nothing given: all."""

    ids: Annotated[list[MessageId], Meta(max_length=1000)] = []
    priority: Priority | None = None
    state: State | None = None


class MessageName(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A message by its number."""

    id: MessageId


@post("/charge-point/{cpId:str}/set-display-message", status_code=200, summary="Show a message", tags=_TAGS)
async def set_display_message(
    charge_point: KnownChargePoint, data: JSONBody[MessageWish], dispatch: Dispatching, services: Services
) -> Response[CommandAnswer]:
    message = DisplayMessage(
        id=await dispatch.fresh_number() if data.id is None else data.id,
        priority=data.priority,
        contents=tuple(
            MessageContent(text=one.text, format=one.format, language=one.language) for one in data.contents
        ),
        state=data.state or "",
        starts_at=aware(data.starts_at),
        ends_at=aware(data.ends_at),
        transaction_ocpp_id=await _ocpp_id(charge_point.id, data.transaction_id, services),
        display=_unit(data.display) if data.display else None,
    )
    return await dispatch.run(charge_point.id, SetDisplayMessage(message=message))


@post(
    "/charge-point/{cpId:str}/read-display-messages",
    status_code=200,
    summary="Have the display messages listed",
    tags=_TAGS,
)
async def read_display_messages(
    charge_point: KnownChargePoint, data: JSONBody[MessageSearch], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = ReadDisplayMessages(
        request_id=await dispatch.fresh_number(),
        ids=tuple(data.ids),
        priority=data.priority or "",
        state=data.state or "",
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/clear-display-message",
    status_code=200,
    summary="Take a message away",
    tags=_TAGS,
)
async def clear_display_message(
    charge_point: KnownChargePoint, data: JSONBody[MessageName], dispatch: Dispatching
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ClearDisplayMessage(message_id=data.id))


def _unit(wish: DisplayWish) -> DisplayUnit:
    return DisplayUnit(
        component=wish.component,
        instance=wish.instance,
        evse=wish.connector_id,
        connector=wish.evse_connector_id,
    )


async def _ocpp_id(charge_point: str, transaction: int | None, services: Services) -> str:
    """What the charge point calls the transaction. Raises `NotFound` if it has no such one."""
    if transaction is None:
        return ""
    record = await services.store.find_transaction_record(transaction)
    if record is None or record.charge_point != charge_point:
        raise NotFound(f"no transaction {transaction} of this charge point")
    return record.wire_id
