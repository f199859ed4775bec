"""What every command is."""

import msgspec
from msgspec import Struct


class Command(Struct, frozen=True, kw_only=True, tag=True, tag_field="command"):
    """The common ancestor; the tag is the class name."""


class RawCall(Command, frozen=True, kw_only=True):
    """Any message of the charge point's version by its wire name; validated before it is sent."""

    action: str
    payload: msgspec.Raw
