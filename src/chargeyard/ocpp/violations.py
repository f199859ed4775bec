"""What can be wrong with a message, in one vocabulary for all versions.

A :class:`Fault` is our word; each version spells it its own way on the wire (``FormationViolation`` in one,
``FormatViolation`` in the next), and that spelling is a table of the version, not of this module.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, TypeVar

import msgspec

MAX_DETAIL = 255
"""Longest errorDescription that OCPP-J allows, in characters."""

UNDECODABLE = (msgspec.DecodeError, UnicodeError, RecursionError)
"""Everything that msgspec may raise for bytes from a stranger."""

Decoded = TypeVar("Decoded")


class Fault(Enum):
    """Why a message, or a part of it, is refused."""

    NOT_JSON = "not_json"
    FRAME = "frame"
    MESSAGE_ID = "message_id"
    MESSAGE_TYPE = "message_type"
    MISSING = "missing"
    TYPE = "type"
    VALUE = "value"
    EXTRA = "extra"
    DUPLICATE_KEY = "duplicate_key"
    UNKNOWN_ACTION = "unknown_action"
    UNSUPPORTED = "unsupported"
    SECURITY = "security"
    INTERNAL = "internal"
    GENERIC = "generic"


Spelling = Mapping[Fault, str]
"""How one version of OCPP spells the faults: the error codes of its CALLERRORs. Holds every fault."""


class Violation(msgspec.Struct, frozen=True):
    """One thing that is wrong: the fault, the path (``$.meterValue[0].timestamp``), and what was expected.

    ``detail`` goes out as errorDescription and into logs; it never repeats the sender's values, because those
    may be secrets (passwords in configuration keys) or personal data (id tags).
    """

    fault: Fault
    detail: str
    path: str = "$"


class Violated(Exception):
    """A payload breaks its schema and could not be understood; ``violation`` says where and how."""

    def __init__(self, violation: Violation) -> None:
        super().__init__(violation.detail)
        self.violation = violation


def read(payload: bytes | msgspec.Raw, decode: Callable[[bytes], Decoded]) -> Decoded:
    """Read a payload strictly: the schema to the letter, no repeated keys, no control characters.

    ``decode`` is a typed msgspec decoder, such as ``action.read_request``. Raises :class:`Violated`, and
    nothing else, whatever the bytes are.
    """
    raw = bytes(payload)
    try:
        value = decode(raw)
    except UNDECODABLE as error:
        raise Violated(classify(error)) from None
    if repeated_keys(raw, value):
        raise Violated(Violation(Fault.DUPLICATE_KEY, "a key is repeated"))
    # Escaped control characters are legal JSON and pass the schema, and then end up in id tags, log lines and
    # text columns that refuse NUL (lbbrhzn/ocpp#2030, evcc#3685).
    if b"\\" in raw and _ESCAPED_CONTROL.search(raw):
        raise Violated(Violation(Fault.VALUE, "control character in a string"))
    return value


_ESCAPED_CONTROL = re.compile(rb"(?<!\\)(?:\\\\)*\\(?:[bf]|u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]))")


def classify(error: Exception) -> Violation:
    """Say in our words what msgspec (or the text decoder) had to complain about.

    Never raises; a message form that is not in the table is GENERIC, without its text.
    """
    if isinstance(error, RecursionError):
        return Violation(Fault.NOT_JSON, "nested too deeply")
    if isinstance(error, UnicodeError):
        return Violation(Fault.NOT_JSON, "not valid UTF-8")
    if not isinstance(error, msgspec.ValidationError):
        return Violation(Fault.NOT_JSON, "not valid JSON")
    message, path = _parted(str(error))
    for form, fault, says in _FORMS:
        if match := form.match(message):
            field = member(match["field"]) if "field" in form.groupindex else ""
            return _violation(fault, says or message, path + field)
    return _violation(Fault.GENERIC, "not acceptable", path)


_FORMS: tuple[tuple[re.Pattern[str], Fault, str], ...] = (
    # form of msgspec's message, fault, and what we say instead where the message would repeat a value
    (
        re.compile(r"Object missing required field `(?P<field>.*)`$", re.DOTALL),
        Fault.MISSING,
        "required field missing",
    ),
    (re.compile(r"Object contains unknown field `(?P<field>.*)`$", re.DOTALL), Fault.EXTRA, "unknown field"),
    (re.compile(r"Expected `[^`]*`, got `\w+`$"), Fault.TYPE, ""),
    (re.compile(r"Expected `\w+`$"), Fault.TYPE, ""),
    (re.compile(r"Expected `(?:str|array|object|bytes)` of (?:at (?:least|most) )?length "), Fault.VALUE, ""),
    (re.compile(r"Expected `(?:int|float)` (?:[<>]=? |that's a multiple of )"), Fault.VALUE, ""),
    (re.compile(r"Expected `str` matching regex "), Fault.VALUE, ""),
    (re.compile(r"Invalid enum value "), Fault.VALUE, "not one of the allowed values"),
    (re.compile(r"(?:Integer value|Number) out of range$"), Fault.VALUE, "number out of range"),
    (re.compile(r"Invalid "), Fault.VALUE, "value not allowed"),
)


def _parted(message: str) -> tuple[str, str]:
    """Part "… - at `$.a`" into text and path; names in the text are the sender's and may imitate a path."""
    match = _PATH.search(message)
    return (message[: match.start()], match["path"]) if match else (message, "$")


_PATH = re.compile(r" - at `(?:key` in `)?(?P<path>\$[A-Za-z0-9_.\[\]]{0,500})`\Z")
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.\-]{0,49}\Z")


def member(field: str) -> str:
    """The field as the end of a path, unless the sender made it up to be long or odd."""
    return f".{field}" if _PLAIN_NAME.match(field) else ".?"


def _violation(fault: Fault, expectation: str, path: str) -> Violation:
    where = "" if path == "$" else f" at {path}"
    return Violation(fault, f"{expectation}{where}"[:MAX_DETAIL], path)


def repeated_keys(raw: bytes, value: object) -> bool:
    """Whether an object in ``raw`` repeats a key, given what ``raw`` was decoded to.

    JSON parsers keep the last of two equal keys, so that what one check has seen is not what another acts on
    (OCPP.Core#36). Parsing all again to find out would double the price of a message, so we count colons
    instead: written back, ``value`` has one colon per key that survived plus those inside strings, and ``raw``
    has those plus one or more for each key that did not. That holds while no colon hides behind an escape
    and ``value`` writes nothing that was not in ``raw``, as in structs whose optional fields are UNSET.
    Whenever the counts differ, the exact and slower check decides.
    """
    # Looking for one byte is much quicker than for two, and hardly any message has a backslash.
    hides = b"\\" in raw and b"\\u" in raw
    if not hides and raw.count(b":") == _encoder.encode(value).count(b":"):
        return False
    return has_repeated_keys(raw)


_encoder = msgspec.json.Encoder()


class RepeatedKey(ValueError):
    """Leaves the JSON decoder at the first repeated key."""


def has_repeated_keys(raw: bytes | str) -> bool:
    """The exact check, about ten times slower. Text that is not JSON at all counts as repeating."""
    try:
        _STRICT_PAIRS.decode(raw if isinstance(raw, str) else raw.decode())
    except (ValueError, RecursionError):
        return True
    return False


def unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An ``object_pairs_hook`` that refuses repeated keys."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise RepeatedKey
    return members


# Numbers stay text: converting ten million digits is the attack, and their value does not matter here.
_STRICT_PAIRS = json.JSONDecoder(object_pairs_hook=unique_pairs, parse_int=str, parse_float=str)
