"""The second look at a text that is no frame: broken JSON mended, sloppy frames straightened.

Every tolerated sin is one small function in one of two tables; the name of the function is the name of the
finding. Nothing here is tried before the strict reading has failed, so decent charge points never pay for it.
All of it is linear in the length of the text, which may be an attacker's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping

import msgspec

from chargeyard.ocpp.frames import MAX_ID, BadFrame, Frame, decode
from chargeyard.ocpp.violations import UNDECODABLE

MAX_SLOPPY_ID = 255
"""Longest message id that is echoed at all, in characters."""

MAX_FRAMES = 16
"""Most frames taken from one text."""


class Finding(msgspec.Struct, frozen=True):
    """One deviation that was understood all the same: the rule that helped, where, and what was expected.

    Like a violation it never repeats the sender's values.
    """

    rule: str
    path: str
    detail: str


Elements = list[msgspec.Raw]


# ------------------------------------------------------------------ JSON text


def strip_nul_and_bom(text: str) -> str:
    """NUL or a byte order mark around the frame: C strings sent with their terminator (RFC 8259 §8.1)."""
    return text.strip("\ufeff\x00 \t\r\n")


def drop_control_characters(text: str) -> str:
    """Control characters inside strings (evcc#3685, lbbrhzn/ocpp#2030)."""
    return _in_strings(text, lambda string: _CONTROL.sub("", string))


def fix_escapes(text: str) -> str:
    r"""A backslash that escapes nothing (mobilityhouse/ocpp#415), and halves of surrogate pairs."""
    return _in_strings(text, lambda string: _ESCAPE.sub(_legal_escape, string))


def fill_empty_values(text: str) -> str:
    """A member without a value, ``"transactionId":,`` (lbbrhzn/ocpp#2032); it becomes null."""
    return _between_strings(text, lambda piece: _EMPTY_VALUE.sub(r"\1null", piece))


def null_for_nan(text: str) -> str:
    """A number that is none, ``"value": nan`` as C prints it; JSON has no word for it (RFC 8259 §6)."""
    return _between_strings(text, lambda piece: _NAN.sub("null", piece))


def drop_stray_commas(text: str) -> str:
    """A comma with nothing before or after it, ``[,{…}]`` (mobilityhouse/ocpp#546, lbbrhzn/ocpp#1078)."""
    return _between_strings(text, lambda piece: _LAST_COMMA.sub("", _FIRST_COMMA.sub(r"\1", piece)))


def escape_last_backslash(text: str) -> str:
    r"""A value that ends in a backslash, ``"336699\"``, so that its string never ends (mobilityhouse/ocpp#415)."""
    return _RUNAWAY.sub(r'\\\\"', text)


JSON_REPAIRS: tuple[Callable[[str], str], ...] = (
    strip_nul_and_bom,
    drop_control_characters,
    fix_escapes,
    fill_empty_values,
    null_for_nan,
    drop_stray_commas,
)
"""Done in this order to a text that is not JSON; none of them touches a text that is."""

# A string may be unterminated: then it reaches to the end, so that no position is looked at twice.
_PIECES = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[^"]+', re.DOTALL)
_CONTROL = re.compile(r"[\x00-\x1f]")
_ESCAPE = re.compile(
    r"""\\(?:(?P<pair>u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})
          |(?P<half>u[dD][89a-fA-F][0-9a-fA-F]{2})
          |(?P<legal>["\\/bfnrt]|u[0-9a-fA-F]{4})
          |)""",
    re.VERBOSE,
)
_EMPTY_VALUE = re.compile(r"(:)(?=\s*[,}\]])")
_NAN = re.compile(r"(?<![\w.])[+-]?(?:nan|inf(?:inity)?)(?![\w.])", re.IGNORECASE)
_FIRST_COMMA = re.compile(r"([\[{,])(?:\s*,)+")
_LAST_COMMA = re.compile(r",(?=\s*[}\]])")
_RUNAWAY = re.compile(r'(?<!\\)\\"(?=\s*[,}\]])')


def _legal_escape(match: re.Match[str]) -> str:
    if match["pair"] or match["legal"]:
        return match[0]
    return "\ufffd" if match["half"] else "\\\\"


def _in_strings(text: str, change: Callable[[str], str]) -> str:
    return _PIECES.sub(lambda match: change(match[0]) if match[0][0] == '"' else match[0], text)


def _between_strings(text: str, change: Callable[[str], str]) -> str:
    return _PIECES.sub(lambda match: match[0] if match[0][0] == '"' else change(match[0]), text)


def repair_json(text: str) -> tuple[str, list[Finding]]:
    """Mend what is known to go wrong. The result may still not be JSON; that is for the parser to say."""
    findings = []
    for repair in JSON_REPAIRS:
        mended = repair(text)
        if mended != text:
            findings.append(_finding(repair))
        text = mended
    if not _is_json(text):
        text = escape_last_backslash(text)
        findings.append(_finding(escape_last_backslash))
    return text, findings


def _finding(rule: Callable[..., object], path: str = "$", detail: str = "valid JSON expected") -> Finding:
    return Finding(rule.__name__, path, detail)


def _is_json(text: str) -> bool:
    try:
        _spans(text)
    except (ValueError, RecursionError):
        return False
    return True


# ------------------------------------------------------------------ frames


def unquote_message_type(elements: Elements) -> Elements:
    """The message type as text, ``["2",…]``."""
    kind = bytes(elements[0])
    return [msgspec.Raw(kind[1:-1]), *elements[1:]] if _QUOTED_DIGIT.fullmatch(kind) else elements


def quote_message_id(elements: Elements) -> Elements:
    """The message id as a number, ``[2,17,…]``."""
    number = bytes(elements[1])
    if not _DIGITS.fullmatch(number):
        return elements
    return [elements[0], msgspec.Raw(b'"' + number + b'"'), *elements[2:]]


def fill_null_description(elements: Elements) -> Elements:
    """A CALLERROR whose description is null."""
    if bytes(elements[0]) not in {b"4", b"5"} or len(elements) < 4 or bytes(elements[3]) != b"null":
        return elements
    return [*elements[:3], msgspec.Raw(b'""'), *elements[4:]]


def drop_surplus_elements(elements: Elements) -> Elements:
    """More elements than the frame has."""
    return elements[: _WIDTHS.get(bytes(elements[0]), len(elements))]


FRAME_REPAIRS: Mapping[Callable[[Elements], Elements], tuple[str, str]] = {
    # rule: (path, what was expected)
    unquote_message_type: ("$[0]", "a number"),
    quote_message_id: ("$[1]", "a text"),
    fill_null_description: ("$[3]", "a text"),
    drop_surplus_elements: ("$", "fewer elements"),
}
"""Done in this order to a JSON array that is not a frame."""

_decoder: msgspec.json.Decoder[Frame] = msgspec.json.Decoder(Frame)
_QUOTED_DIGIT = re.compile(rb'"[2-6]"')
_DIGITS = re.compile(rb"[0-9]{1,36}")
_WIDTHS = {b"2": 4, b"3": 3, b"4": 5, b"5": 5, b"6": 4}


def repair_frames(text: bytes | str, bad: BadFrame) -> tuple[list[Frame | BadFrame], list[Finding]]:
    """Read a text that :func:`decode` refused with ``bad``: the frames in it, and what was wrong with it.

    A device may send several frames in one text; each of them is read or refused by itself. Raises ``bad``
    when nothing can be made of the text.
    """
    try:
        sound = text.decode() if isinstance(text, bytes) else text
        # Even if the fault was another: the decoder stops at the first. Sound JSON is not touched.
        mended, findings = repair_json(sound)
        spans = _spans(mended)
    except (ValueError, RecursionError):
        raise bad from None
    if len(spans) > 1:
        findings.append(Finding("split_frames", "$", "one frame expected"))
    return [_straighten(mended[start:end], findings) for start, end in spans], findings


# Numbers stay text: converting ten million digits is the attack, and their value does not matter here.
_json = json.JSONDecoder(parse_int=str, parse_float=str)


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the JSON values in the text begin and end. Raises ValueError when there is anything else."""
    spans: list[tuple[int, int]] = []
    start = _SPACE.match(text, 0).end()  # type: ignore[union-attr]  # matches the empty text
    while start < len(text) or not spans:
        if len(spans) == MAX_FRAMES:
            raise ValueError("too many frames in one text")
        _, end = _json.raw_decode(text, start)
        spans.append((start, end))
        start = _SPACE.match(text, end).end()  # type: ignore[union-attr]
    return spans


_SPACE = re.compile(r"[\s\x00]*")


def _straighten(text: str, findings: list[Finding]) -> Frame | BadFrame:
    try:
        return decode(text)
    except BadFrame as bad:
        return _loosely(text, bad, findings)


def _loosely(text: str, bad: BadFrame, findings: list[Finding]) -> Frame | BadFrame:
    helped: list[Finding] = []
    try:
        elements = msgspec.json.decode(text, type=Elements)
        for repair, (path, expected) in FRAME_REPAIRS.items():
            straight = repair(elements) if len(elements) > 1 else elements
            if straight is not elements and straight != elements:
                helped.append(_finding(repair, path, expected))
            elements = straight
        frame = _decoder.decode(msgspec.json.encode(elements))
    except UNDECODABLE:
        return bad
    if len(frame.id) > MAX_SLOPPY_ID:
        return bad
    if len(frame.id) > MAX_ID:
        helped.append(Finding("accept_long_message_id", "$[1]", f"at most {MAX_ID} characters"))
    findings.extend(helped)
    return frame
