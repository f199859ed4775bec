"""Messages on a charge point's display: what they say, when they are shown, which goes first."""

from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from chargeyard.domain.items import Item

Priority = Literal["AlwaysFront", "InFront", "NormalCycle"]
"""Which message goes first: one alone in front of everything, one in front of the others, one in turn."""

State = Literal["Charging", "Faulted", "Idle", "Unavailable", "Suspended", "Discharging"]
"""In which state of the charge point a message is shown."""

Format = Literal["ASCII", "HTML", "URI", "UTF8", "QRCODE"]


class MessageContent(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A text, and how it is to be read. `language` is a tag of RFC 5646; empty: not said."""

    text: str
    format: str = "UTF8"
    language: str = ""


class DisplayUnit(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The display among several: the name of its component, and where it is (EVSE 0: at the charge point)."""

    component: str
    instance: str = ""
    evse: int = 0
    connector: int = 0


class DisplayMessage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A message. `contents` is one text, or the same in several languages; the first is the preferred one.

    Without `state` it is shown in all; without `starts_at` from now on, without `ends_at` until it is cleared.
    `transaction_ocpp_id` is what the charge point calls the transaction with whose end the message goes.
    Words that no list names stay as the charge point says them.
    """

    id: int
    priority: str
    contents: tuple[MessageContent, ...]
    state: str = ""
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    transaction_ocpp_id: str = ""
    display: DisplayUnit | None = None


def item_of(message: DisplayMessage) -> Item:
    """The message in the book of what is installed."""
    return Item(key=key_of(message.id), body=msgspec.Raw(msgspec.json.encode(message)))


def key_of(message_id: int) -> str:
    """What the book calls the message of that number."""
    return str(message_id)
