"""Questions about many things at once."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def filled_up(values: Sequence[T]) -> list[T]:
    """`values` with the last one repeated up to a power of two, so that the lengths of lists, each of which is a
    statement of its own to prepare, are few."""
    size = 1 << max(len(values) - 1, 0).bit_length()
    return [*values, *[values[-1]] * (size - len(values))]
