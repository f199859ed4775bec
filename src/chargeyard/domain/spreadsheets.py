"""Cells of a table that people open in a spreadsheet, and that programs read again."""

from datetime import UTC, datetime

from chargeyard.domain.exports import Value

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins so for a formula, and a formula can send data away. An id token is
whatever a stranger wrote to a card (https://owasp.org/www-community/attacks/CSV_Injection)."""


def cell(value: Value) -> str | int | float:
    """What stands for `value`: nothing for None; numbers stay numbers, a negative one too."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, str):
        return escaped(value)
    return value


def instant(at: datetime) -> str:
    """ISO 8601 in UTC, in the shortest form that keeps it exactly."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def escaped(text: str) -> str:
    """`text` so that no spreadsheet takes it for a formula: an apostrophe before what could be one.

    One more goes before an apostrophe that was there, where the two would be taken for one of ours.
    """
    return f"'{text}" if text.startswith(FORMULA) or text.lstrip("'").startswith(FORMULA) else text


def unescaped(text: str) -> str:
    """The inverse of `escaped`."""
    is_escaped = text.startswith("'") and text.lstrip("'").startswith(FORMULA)
    return text[1:] if is_escaped else text
