"""What every OCPP message class is made of, and how one is read and written.

The generated classes (`v16`, `v201`, `v21`) are read strictly, as the OCPP schemas say: unknown fields, a
null for an optional field and numbers in quotes are refused. Whoever wants to be lenient repairs the message
first (`tolerance`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, TypeVar

import msgspec

Timestamp = Annotated[str, msgspec.Meta(extra_json_schema={"format": "date-time"})]
"""The text of an instant as it was sent: charge points disagree about RFC 3339, so dialects parse it."""


class Message(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,
):
    """Base of every message and of every object inside a message.

    Attributes are snake_case, the wire is camelCase. An omitted optional field is `msgspec.UNSET` and is not
    written. Messages are values: compare them, never change them. `gc=False` is safe because an immutable
    tree of plain data cannot contain itself.
    """


class CustomData(dict[str, Any]):
    """Vendor extension of OCPP 2.x: `vendorId` (text, at most 255 characters) and any further keys."""


class _CustomDataShape(msgspec.Struct, rename="camel"):
    """What the schemas ask of a CustomData; further keys are free."""

    vendor_id: Annotated[str, msgspec.Meta(max_length=255)]


MessageT = TypeVar("MessageT", bound=Message)


def decoder(kind: type[MessageT]) -> msgspec.json.Decoder[MessageT]:
    """A strict JSON decoder of one message class; worth keeping, it costs up to milliseconds to make."""
    return msgspec.json.Decoder(kind, dec_hook=_custom_data)


def convert(value: Any, kind: type[MessageT]) -> MessageT:
    """A message from JSON that was already decoded into dicts and lists, read as strictly as `decoder` does."""
    return msgspec.convert(value, kind, dec_hook=_custom_data)


def json_schemas(
    kinds: Iterable[type[Message]], ref_template: str
) -> tuple[tuple[dict[str, Any], ...], dict[str, Any]]:
    """(schema of each kind, definitions they share), as JSON schema 2020-12 for OpenAPI 3.1."""
    return msgspec.json.schema_components(kinds, schema_hook=_custom_data_schema, ref_template=ref_template)


def _custom_data(expected: type, value: Any) -> CustomData:
    if expected is not CustomData:
        raise NotImplementedError(f"no way to read {expected!r}")
    try:
        msgspec.convert(value, _CustomDataShape)
    except msgspec.ValidationError as error:
        # A plain ValueError lets msgspec add the path of this object, which the inner error does not know.
        raise ValueError(str(error).partition(" - at `")[0]) from None
    return CustomData(value)


def _custom_data_schema(expected: type) -> dict[str, Any]:
    if expected is not CustomData:
        raise NotImplementedError(f"no schema of {expected!r}")
    properties = {"vendorId": {"type": "string", "maxLength": 255}}
    return {"type": "object", "title": "CustomData", "properties": properties, "required": ["vendorId"]}
