"""Lists in pages: the key of a page's last row is the cursor of the next page, so that no page is ever slow."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from chargeyard.domain.records import Page
from chargeyard.errors import Conflict

T = TypeVar("T")
R = TypeVar("R")
K = TypeVar("K")


def write_cursor(key: object) -> str:
    """`key` as text that says nothing to the reader."""
    return urlsafe_b64encode(msgspec.json.encode(key)).rstrip(b"=").decode()


def read_cursor(cursor: str, key_type: type[K]) -> K:
    """The key in `cursor`. Raises `Conflict` if we cannot have written it for a list with such keys."""
    try:
        return msgspec.json.decode(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=key_type)
    except (ValueError, msgspec.MsgspecError):
        raise Conflict("the cursor is none of this list") from None


def page_of(
    rows: Sequence[R], limit: int, make: Callable[[Sequence[R]], list[T]], key: Callable[[R], object]
) -> Page[T]:
    """The first `limit` of `rows`; there is a next page if there are more, so ask the database for `limit + 1`."""
    shown = rows[:limit]
    more = len(rows) > limit and bool(shown)
    return Page(make(shown), write_cursor(key(shown[-1])) if more else None)
