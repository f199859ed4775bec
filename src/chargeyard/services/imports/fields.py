"""What the cells of an imported table may say. Each function returns a value or raises `ValueError` with the reason,
which never repeats the cell: it may be a secret or somebody's card."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import Status
from chargeyard.domain.identity import is_identity

E = TypeVar("E", Registration, Status)
Parse = Callable[[str], Any]

LARGEST = 2**31 - 1
_MOST_WH = 2**62
_TOKEN = re.compile(r"\S(.*\S)?")
_KIND = re.compile(r"[A-Za-z0-9_.-]{0,20}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
UNLIMITED = "unlimited"


def text(longest: int) -> Parse:
    """Text without control characters."""

    def parse(cell: str) -> str:
        if len(cell) > longest:
            raise ValueError(f"is longer than {longest} characters")
        if _CONTROL.search(cell):
            raise ValueError("has control characters")
        return cell

    return parse


def identity(cell: str) -> str:
    """What a charge point may be called."""
    if not is_identity(cell):
        raise ValueError("is no identity of a charge point")
    return cell


def id_token(cell: str) -> str:
    """What an id token may be called."""
    if not _TOKEN.fullmatch(text(255)(cell)):
        raise ValueError("is no id token: it has blanks at its ends")
    return cell


def kind(cell: str) -> str:
    """A sort of id token."""
    if not _KIND.fullmatch(cell):
        raise ValueError("is no sort of id token")
    return cell


def instant(cell: str) -> datetime:
    """ISO 8601; without a zone it is UTC."""
    try:
        at = datetime.fromisoformat(cell)
        at = (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no instant in ISO 8601") from None
    if at < _EARLIEST:
        raise ValueError("is before 1970")
    return at


def whole(least: int = 0, most: int = LARGEST) -> Parse:
    """A whole number."""

    def parse(cell: str) -> int:
        try:
            number = int(cell) if cell.isascii() and len(cell) < 25 else None
        except ValueError:
            number = None
        if number is None:
            raise ValueError("is no whole number")
        if not least <= number <= most:
            raise ValueError(f"is not between {least} and {most}")
        return number

    return parse


watt_hours = whole(-_MOST_WH, _MOST_WH)


def limit(cell: str) -> int | None:
    """A number of transactions; None: any."""
    return None if cell.casefold() == UNLIMITED else whole()(cell)


def yes_or_no(cell: str) -> bool:
    """True or false, in the spellings of spreadsheets and databases."""
    try:
        return {"true": True, "false": False, "yes": True, "no": False, "1": True, "0": False}[
            cell.casefold()
        ]
    except KeyError:
        raise ValueError("is neither true nor false") from None


def word(*words: str) -> Parse:
    """One of `words`."""

    def parse(cell: str) -> str:
        if cell not in words:
            raise ValueError(f"is none of {', '.join(words)}")
        return cell

    return parse


def member(kinds: type[E]) -> Parse:
    """One of the words of an enumeration."""
    one_of = word(*(str(value) for value in kinds))
    return lambda cell: kinds(one_of(cell))
