"""Long lists go out in parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

ItemT = TypeVar("ItemT")


def batched(items: Sequence[ItemT], size: int) -> Iterator[list[ItemT]]:
    """The items in lists of ``size``; nothing for nothing."""
    return (list(items[start : start + size]) for start in range(0, len(items), size))
