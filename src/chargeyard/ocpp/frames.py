"""The five frames of OCPP-J, as tagged array structs, with one decoder and one encoder for each.

Payloads stay raw here: who reads them knows the version, and most frames can be routed unread.
"""

from __future__ import annotations

import re

import msgspec

from chargeyard.ocpp.violations import MAX_DETAIL, UNDECODABLE, Fault, Violation, classify

MAX_ID = 36
"""Longest message id in characters (OCPP-J §4.1.4: room for a UUID)."""

EMPTY = msgspec.Raw(b"{}")


class Call(msgspec.Struct, array_like=True, tag=2, frozen=True, forbid_unknown_fields=True, gc=False):
    """A request; it wants exactly one answer."""

    id: str
    action: str
    payload: msgspec.Raw = EMPTY


class CallResult(msgspec.Struct, array_like=True, tag=3, frozen=True, forbid_unknown_fields=True, gc=False):
    """The answer to a call."""

    id: str
    payload: msgspec.Raw = EMPTY


class CallError(msgspec.Struct, array_like=True, tag=4, frozen=True, forbid_unknown_fields=True, gc=False):
    """The refusal of a call; ``payload`` holds the errorDetails."""

    id: str
    code: str
    description: str = ""
    payload: msgspec.Raw = EMPTY


class CallResultError(
    msgspec.Struct, array_like=True, tag=5, frozen=True, forbid_unknown_fields=True, gc=False
):
    """The refusal of an answer (2.1, FR.06); ``payload`` holds the errorDetails."""

    id: str
    code: str
    description: str = ""
    payload: msgspec.Raw = EMPTY


class Send(msgspec.Struct, array_like=True, tag=6, frozen=True, forbid_unknown_fields=True, gc=False):
    """A message without an answer (2.1, FR.07)."""

    id: str
    action: str
    payload: msgspec.Raw = EMPTY


Frame = Call | CallResult | CallError | CallResultError | Send

KINDS: dict[int, type[Frame]] = {2: Call, 3: CallResult, 4: CallError, 5: CallResultError, 6: Send}
"""The message type number of each frame."""


class BadFrame(Exception):
    """A text that is no frame, with whatever could still be read of it, so that it can be answered.

    ``kind`` is the message type number, ``call_id`` the message id, ``action`` the action; None: unreadable.
    """

    def __init__(
        self,
        violation: Violation,
        kind: int | None = None,
        call_id: str | None = None,
        action: str | None = None,
    ) -> None:
        super().__init__(violation.detail)
        self.violation = violation
        self.kind = kind
        self.call_id = call_id
        self.action = action


_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_encoder = msgspec.json.Encoder()


def decode(text: bytes | str) -> Frame:
    """Decode one frame. A payload that is ``null`` or left out is ``{}``, so are missing error details.

    Raises :class:`BadFrame`, and nothing else.
    """
    try:
        frame = _decoder.decode(text)
    except UNDECODABLE as error:
        raise bad_frame(text, error) from None
    if len(frame.id) > MAX_ID:
        raise bad_frame(text, None)
    # A Raw of four bytes is 'null', 'true' or a tiny object; only the first is legal notation for "nothing".
    if len(frame.payload) == 4 and bytes(frame.payload) == b"null":
        return msgspec.structs.replace(frame, payload=EMPTY)
    return frame


def bad_frame(text: bytes | str, error: Exception | None) -> BadFrame:
    """The refusal of ``text``: ``error`` is what the decoder said, None if only the id is too long."""
    kind, call_id, action = head(text)
    return BadFrame(_violation_of(error, kind), kind, call_id, action)


def _violation_of(error: Exception | None, kind: int | None) -> Violation:
    if error is None:
        return Violation(Fault.MESSAGE_ID, f"message id longer than {MAX_ID} characters", "$[1]")
    found = classify(error)
    if found.fault is Fault.NOT_JSON:
        return found
    if kind is not None and kind not in KINDS:
        return Violation(Fault.MESSAGE_TYPE, "unknown message type", "$[0]")
    return Violation(Fault.FRAME, f"not an OCPP-J frame: {found.detail}"[:MAX_DETAIL], found.path)


# Only the front of the text is looked at, with bounded pieces: it may be ten megabytes, or end in the middle.
_HEAD = re.compile(
    rb"""\s*\[\s*(?P<kind>-?[0-9]{1,9})\s*(?:,|\Z)
         (?:\s*(?:"(?P<id>[^"\\\x00-\x1f]{0,255})"|(?P<number>[0-9]{1,36})(?=\s*[,\]]))
            (?:\s*,\s*"(?P<action>[^"\\\x00-\x1f]{0,255})")?
         )?""",
    re.VERBOSE,
)
_FRONT = 2048


def head(text: bytes | str) -> tuple[int | None, str | None, str | None]:
    """Read (message type, message id, action or error code) off the front of a text that is not a frame."""
    front = text[:_FRONT]
    raw = front.encode(errors="surrogatepass") if isinstance(front, str) else front
    match = _HEAD.match(raw)
    if match is None:
        return None, None, None
    found = match["number"] if match["id"] is None else match["id"]
    return int(match["kind"]), _text(found), _text(match["action"])


def _text(raw: bytes | None) -> str | None:
    try:
        return None if raw is None else raw.decode()
    except UnicodeDecodeError:
        return None


def encode_call(call_id: str, action: str, payload: bytes) -> bytes:
    """A CALL with an already encoded payload."""
    return _encoder.encode(Call(call_id, action, msgspec.Raw(payload)))


def encode_result(call_id: str, payload: bytes) -> bytes:
    """A CALLRESULT with an already encoded payload."""
    return _encoder.encode(CallResult(call_id, msgspec.Raw(payload)))


def encode_error(call_id: str, code: str, description: str) -> bytes:
    """A CALLERROR; the description is cut to what OCPP-J allows, the details are an empty object."""
    return _encoder.encode(CallError(call_id, code, description[:MAX_DETAIL]))


def encode_result_error(call_id: str, code: str, description: str) -> bytes:
    """A CALLRESULTERROR; as :func:`encode_error`."""
    return _encoder.encode(CallResultError(call_id, code, description[:MAX_DETAIL]))


def encode_send(message_id: str, action: str, payload: bytes) -> bytes:
    """A SEND with an already encoded payload."""
    return _encoder.encode(Send(message_id, action, msgspec.Raw(payload)))
