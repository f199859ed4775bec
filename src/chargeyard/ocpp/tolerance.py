"""The second, lenient reading of a payload that broke its schema.

Charge points in the field break the schema every day, and what they mean is mostly plain. This reading is
driven by the message classes alone: no action has code of its own here. Each tolerated sin is one small
function in the tables of :mod:`chargeyard.ocpp.sins`; its name is the name of the finding. Meaning that is
not there (a required field, a word for an unknown enum value) comes from the caller's fallbacks, or the
payload is refused.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import UNSET, inspect

from chargeyard.ocpp.repairs import Finding, repair_json
from chargeyard.ocpp.sins import CONTROL, DIGITS, EXPECTED, LIMITS, MAX_DIGITS, RULES, Numeral
from chargeyard.ocpp.violations import Fault, RepeatedKey, Violated, Violation, member, unique_pairs

Message = TypeVar("Message", bound=msgspec.Struct)

Fallbacks = Mapping[tuple[type[msgspec.Struct], str], Any]
"""(message class, field as on the wire) -> what to read when the field is missing or has no meaning for us."""

NO_FALLBACKS: Fallbacks = MappingProxyType({})

KEEP: Any = object()
"""A fallback: keep the word as it was sent, though it is none of the known ones (steve#740, lbbrhzn/ocpp#1248)."""


class KeepOr(msgspec.Struct, frozen=True):
    """A fallback: as `KEEP`, and `instead` where there is no word at all (MicroOcpp#405)."""

    instead: str


class Salvaged(msgspec.Struct, Generic[Message], frozen=True):
    """What was understood, and how it differed. Values may exceed the limits that ``value``'s type states."""

    value: Message
    findings: tuple[Finding, ...]


def salvage(
    payload: bytes | msgspec.Raw, wanted: type[Message], fallbacks: Fallbacks = NO_FALLBACKS
) -> Salvaged[Message]:
    """Read leniently what could not be read strictly.

    Raises :class:`Violated`, and nothing else, when what is needed is not there, and for repeated keys, which
    no device sends by mistake (OCPP.Core#36).
    """
    reading = _Reading(fallbacks)
    try:
        value = reading.message(_document(bytes(payload), reading.findings), wanted, "$")
    except RecursionError:
        raise Violated(Violation(Fault.NOT_JSON, "nested too deeply")) from None
    return Salvaged(value, tuple(reading.findings))


_json = json.JSONDecoder(
    object_pairs_hook=unique_pairs, parse_int=Numeral, parse_float=Numeral, parse_constant=Numeral
)


def _document(raw: bytes, findings: list[Finding]) -> Any:
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Violated(Violation(Fault.NOT_JSON, "not valid UTF-8")) from None
    try:
        try:
            return _json.decode(text)
        except json.JSONDecodeError:
            text, repaired = repair_json(text)
            findings.extend(repaired)
            return _json.decode(text)
    except RepeatedKey:
        raise Violated(Violation(Fault.DUPLICATE_KEY, "a key is repeated")) from None
    except json.JSONDecodeError:
        raise Violated(Violation(Fault.NOT_JSON, "not valid JSON")) from None


@cache
def _members(wanted: type[msgspec.Struct]) -> dict[str, inspect.Field]:
    """The plan for a message class, worked out once."""
    shape = inspect.type_info(wanted)
    assert isinstance(shape, inspect.StructType)
    return {field.encode_name: field for field in shape.fields}


class _Reading:
    """One payload on its way through the schema."""

    def __init__(self, fallbacks: Fallbacks) -> None:
        self.fallbacks = fallbacks
        self.findings: list[Finding] = []

    def message(self, given: Any, wanted: type[Message], path: str) -> Message:
        if not isinstance(given, dict):
            raise _unfit(Fault.TYPE, "object", path)
        members = _members(wanted)
        for name in given.keys() - members.keys():
            self._found("ignore_unknown_field", path + member(name), "no such field")
        built = {}
        for name, field in members.items():
            value = self._member(given, (wanted, name), field, f"{path}.{name}")
            if value is not UNSET:
                built[field.name] = value
        # The constructor does not validate, which is what lets over-long texts through in full.
        return wanted(**built)

    def _member(
        self, given: dict[str, Any], key: tuple[type[msgspec.Struct], str], field: inspect.Field, at: str
    ) -> Any:
        value = given.get(key[1])
        if value is None and field.required:
            return self._instead(key, field, at, _unfit(Fault.MISSING, "required field", at))
        if not field.required and value in _NOTHING:
            if key[1] in given:
                self._found("drop_empty_optional", at, "a value, or nothing at all")
            return UNSET
        try:
            read = self.value(value, field.type, at)
        except Violated as violated:
            if self._keeps(key) and (word := _unknown_word(value)):
                self._found("keep_unknown_word", at, violated.violation.detail)
                return word
            return self._instead(key, field, at, violated)
        return UNSET if read == "" and not field.required else read

    def _instead(
        self, key: tuple[type[msgspec.Struct], str], field: inspect.Field, at: str, violated: Violated
    ) -> Any:
        """The fallback for a field; without one, an optional field is left out and a required one is missed."""
        fallback = self.fallbacks.get(key, KEEP)
        if fallback is not KEEP:
            self._found("use_fallback", at, violated.violation.detail)
            return fallback.instead if isinstance(fallback, KeepOr) else fallback
        if field.required:
            raise violated
        self._found("drop_unreadable_optional", at, violated.violation.detail)
        return UNSET

    def _keeps(self, key: tuple[type[msgspec.Struct], str]) -> bool:
        fallback = self.fallbacks.get(key)
        return fallback is KEEP or isinstance(fallback, KeepOr)

    def value(self, given: Any, wanted: inspect.Type, path: str) -> Any:
        kind = type(wanted)
        for rule in RULES.get(kind, ()):
            changed = rule(given, wanted)
            if changed is not given:
                self._found(rule.__name__, path, EXPECTED[kind])
            given = changed
        read = READERS[kind](self, given, wanted, path)
        for limit in LIMITS.get(kind, ()):
            if expected := limit(read, wanted):
                self._found(limit.__name__, path, expected)
        return read

    def items(self, given: list[Any], wanted: inspect.Type, path: str) -> list[Any]:
        """The items that can be read; one bad sample must not cost the other nine."""
        read = []
        lost = []
        for position, item in enumerate(given):
            try:
                read.append(self.value(item, wanted, f"{path}[{position}]"))
            except Violated as violated:
                lost.append(violated.violation)
        if lost and not read:
            raise Violated(lost[0])
        for violation in lost:
            self._found("drop_unreadable_item", violation.path, violation.detail)
        return read

    def _found(self, rule: str, path: str, expected: str) -> None:
        self.findings.append(Finding(rule, path, expected))


_NOTHING: tuple[Any, ...] = (None, "", [], {})


LONGEST_WORD = 64
"""What is kept of a word that no enumeration knows, in characters: the columns of words take so many."""


def _unknown_word(given: Any) -> str:
    return CONTROL.sub("", given).strip()[:LONGEST_WORD] if isinstance(given, str) else ""


def _unfit(fault: Fault, expected: str, path: str) -> Violated:
    return Violated(Violation(fault, f"Expected {expected} at {path}"[:255], path))


def _text(_: _Reading, given: Any, __: Any, path: str) -> str:
    if type(given) is not str:
        raise _unfit(Fault.TYPE, "text", path)
    return given


def _word(_: _Reading, given: Any, wanted: inspect.LiteralType, path: str) -> Any:
    if not isinstance(given, str) or given not in wanted.values:
        raise _unfit(Fault.VALUE if isinstance(given, str) else Fault.TYPE, "one of the allowed words", path)
    return given


def _integer(_: _Reading, given: Any, __: Any, path: str) -> int:
    if not isinstance(given, Numeral):
        raise _unfit(Fault.TYPE, "integer", path)
    if not DIGITS.fullmatch(given):
        raise _unfit(Fault.VALUE, "integer of sane size", path)
    return int(given)


def _real(_: _Reading, given: Any, __: Any, path: str) -> float:
    if not isinstance(given, Numeral):
        raise _unfit(Fault.TYPE, "number", path)
    number = float(given)
    if not math.isfinite(number):
        raise _unfit(Fault.VALUE, "finite number", path)
    return number


def _boolean(_: _Reading, given: Any, __: Any, path: str) -> bool:
    if not isinstance(given, bool):
        raise _unfit(Fault.TYPE, "boolean", path)
    return given


def _list(reading: _Reading, given: Any, wanted: inspect.ListType, path: str) -> list[Any]:
    if not isinstance(given, list):
        raise _unfit(Fault.TYPE, "array", path)
    return reading.items(given, wanted.item_type, path)


def _message(reading: _Reading, given: Any, wanted: inspect.StructType, path: str) -> Any:
    return reading.message(given, wanted.cls, path)


def _described(reading: _Reading, given: Any, wanted: inspect.Metadata, path: str) -> Any:
    return reading.value(given, wanted.type, path)


def _object(_: _Reading, given: Any, __: Any, path: str) -> dict[str, Any]:
    if not isinstance(given, dict):
        raise _unfit(Fault.TYPE, "object", path)
    return {_plain(key): _plain(value) for key, value in given.items()}


def _custom(reading: _Reading, given: Any, wanted: inspect.CustomType, path: str) -> Any:
    """Vendor data: a dict of its own class, whose contents are the vendor's business."""
    custom: Callable[[dict[str, Any]], Any] = wanted.cls
    return custom(_object(reading, given, wanted, path))


def _anything(_: _Reading, given: Any, __: Any, ___: str) -> Any:
    return _plain(given)


def _plain(given: Any) -> Any:
    """A JSON value with its numbers converted, for members whose kind the schema leaves open."""
    if isinstance(given, Numeral):
        return _plain_number(given)
    if isinstance(given, str):
        return CONTROL.sub("", given)
    if isinstance(given, list):
        return [_plain(item) for item in given]
    if isinstance(given, dict):
        return {_plain(key): _plain(item) for key, item in given.items()}
    return given


def _plain_number(given: Numeral) -> int | float | str:
    if DIGITS.fullmatch(given):
        return int(given)
    number = float(given)
    return number if math.isfinite(number) else str(given[:MAX_DIGITS])


READERS: Mapping[type[inspect.Type], Callable[[_Reading, Any, Any, str], Any]] = MappingProxyType(
    {
        inspect.StrType: _text,
        inspect.LiteralType: _word,
        inspect.IntType: _integer,
        inspect.FloatType: _real,
        inspect.BoolType: _boolean,
        inspect.ListType: _list,
        inspect.StructType: _message,
        inspect.DictType: _object,
        inspect.CustomType: _custom,
        inspect.Metadata: _described,
        inspect.AnyType: _anything,
    }
)
