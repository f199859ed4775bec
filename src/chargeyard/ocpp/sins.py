"""The tolerated sins: how payloads of real charge points differ from their schemas, one small function each.

The name of a function is the name of the finding. Which sins are tried for which kind of value stands in two
tables, RULES and LIMITS; who applies them is :mod:`chargeyard.ocpp.tolerance`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from msgspec import inspect

MAX_DIGITS = 40
"""Longest number that is converted at all, in digits."""


LONGEST_SHORT_TEXT = 255
"""What is kept of a text whose limit is at most this, in characters."""


class Numeral(str):
    """A JSON number as it was written: converting is put off until it is known what is wanted."""

    __slots__ = ()


def number_as_text(value: Any, _: Any) -> Any:
    """A number where a text belongs, as in ``"value": 230.1`` (lbbrhzn/ocpp#1989); its digits are kept."""
    return str(value) if isinstance(value, Numeral) else value


def boolean_as_text(value: Any, _: Any) -> Any:
    """A boolean where a text belongs, as for configuration values."""
    return str(value).lower() if isinstance(value, bool) else value


def drop_control_characters(value: Any, _: Any) -> Any:
    """Control characters in a text (lbbrhzn/ocpp#2030), and halves of surrogate pairs, which nobody can store."""
    if not isinstance(value, str) or isinstance(value, Numeral):
        return value
    clean = CONTROL.sub("", value)
    return value if clean == value else clean


def trim(value: Any, _: Any) -> Any:
    """Blanks around a text (evcc charger/ocpp/cp_setup.go)."""
    if not isinstance(value, str) or isinstance(value, Numeral):
        return value
    return value if value == value.strip() else value.strip()


def cut_overlong(value: Any, wanted: inspect.StrType) -> Any:
    """A text far beyond its limit: databases keep short texts up to 255 characters. The message log has it in full."""
    if isinstance(value, Numeral) or not isinstance(value, str) or len(value) <= LONGEST_SHORT_TEXT:
        return value
    is_short = wanted.max_length is not None and wanted.max_length <= LONGEST_SHORT_TEXT
    return value[:LONGEST_SHORT_TEXT] if is_short else value


def match_word(value: Any, wanted: inspect.LiteralType) -> Any:
    """An enum value in other letters (``available``, ``L1N``) or another spelling (evcc charger/ocpp/cp_setup.go)."""
    if not isinstance(value, str) or value in wanted.values:
        return value
    bare = _bare(value)
    alike = [word for word in wanted.values if _bare(str(word)) in (bare, SYNONYMS.get(bare))]
    return alike[0] if len(alike) == 1 else value


def text_as_number(value: Any, _: Any) -> Any:
    """A number in quotes, the reverse of number_as_text (lbbrhzn/ocpp#1989)."""
    if isinstance(value, Numeral) or not isinstance(value, str):
        return value
    return Numeral(value) if _NUMBER.fullmatch(value) else value


def whole_number(value: Any, _: Any) -> Any:
    """A whole number with a fraction or an exponent, ``5.0``, where an integer belongs; 5.7 is rounded."""
    if not isinstance(value, Numeral) or DIGITS.fullmatch(value) or not _NUMBER.fullmatch(value):
        return value
    number = Decimal(value)
    return Numeral(int(number.to_integral_value())) if number.adjusted() < MAX_DIGITS else value


def word_as_boolean(value: Any, _: Any) -> Any:
    """A boolean as a word or a digit, ``"true"``, ``"False"``, ``1``."""
    return BOOLEANS.get(value.strip().lower(), value) if isinstance(value, str) else value


def keep_length(value: Any, limits: Any) -> str:
    """A text or a list that is too long or too short (mobilityhouse/ocpp#273, lbbrhzn/ocpp#1803, evcc#12901)."""
    low, high = limits.min_length, limits.max_length
    too_short = low is not None and len(value) < low
    return (
        f"length {low or 0}..{high or '*'}" if too_short or (high is not None and len(value) > high) else ""
    )


def keep_pattern(value: Any, limits: inspect.StrType) -> str:
    """A text of another form than the schema wants."""
    return "another form" if limits.pattern is not None and not re.search(limits.pattern, value) else ""


def keep_range(value: Any, limits: Any) -> str:
    """A number out of range."""
    low, high = limits.ge, limits.le
    too_low = (low is not None and value < low) or (limits.gt is not None and value <= limits.gt)
    too_high = (high is not None and value > high) or (limits.lt is not None and value >= limits.lt)
    return "a number within the limits" if too_low or too_high else ""


def keep_step(value: Any, limits: Any) -> str:
    """A number between the steps, as 6.05 A where tenths are allowed."""
    step = limits.multiple_of
    return f"a multiple of {step}" if step and not math.isclose(value / step, round(value / step)) else ""


def keep_huge_number(value: int, _: Any) -> str:
    """An integer beyond 64 bits; 2^63-1 for "no transaction" is common (lbbrhzn/ocpp#45, steve#740)."""
    return "an integer of 64 bits" if abs(value) >= 2**63 else ""


def keep_vendorless_data(value: Mapping[str, Any], _: Any) -> str:
    """Vendor data that does not say whose it is (mobilityhouse/ocpp#189)."""
    return "" if isinstance(value.get("vendorId"), str) else "a vendorId"


RULES: Mapping[type[inspect.Type], tuple[Callable[[Any, Any], Any], ...]] = MappingProxyType(
    {
        inspect.StrType: (number_as_text, boolean_as_text, drop_control_characters, trim, cut_overlong),
        inspect.LiteralType: (number_as_text, drop_control_characters, trim, match_word),
        inspect.IntType: (drop_control_characters, trim, text_as_number, whole_number),
        inspect.FloatType: (drop_control_characters, trim, text_as_number),
        inspect.BoolType: (word_as_boolean,),
    }
)
"""What is tried, in this order, to make a value of the wanted kind: each gives the value back, changed or not."""

LIMITS: Mapping[type[inspect.Type], tuple[Callable[[Any, Any], str], ...]] = MappingProxyType(
    {
        inspect.StrType: (keep_length, keep_pattern),
        inspect.IntType: (keep_range, keep_step, keep_huge_number),
        inspect.FloatType: (keep_range, keep_step),
        inspect.ListType: (keep_length,),
        inspect.CustomType: (keep_vendorless_data,),
    }
)
"""Limits that a value may break and is kept in full all the same: each says what was expected, or nothing."""

EXPECTED: Mapping[type[inspect.Type], str] = MappingProxyType(
    {
        inspect.StrType: "a clean text",
        inspect.LiteralType: "one of the allowed words",
        inspect.IntType: "an integer",
        inspect.FloatType: "a number",
        inspect.BoolType: "true or false",
    }
)
"""What a rule says was expected of its kind of value."""

SYNONYMS: Mapping[str, str] = MappingProxyType(
    # bare word -> bare word of the schema; one version of the schema misspells Celsius
    {"celsius": "celcius", "celcius": "celsius", "power": "w", "current": "a"}
)

BOOLEANS: Mapping[str, bool] = MappingProxyType(
    {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}
)

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]{1,40}(?:\.[0-9]{0,40})?(?:[eE][+-]?[0-9]{1,3})?")
DIGITS = re.compile(r"-?[0-9]{1,40}")


def _bare(word: str) -> str:
    return "".join(filter(str.isalnum, word)).casefold()
