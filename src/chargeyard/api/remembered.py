"""What was found right a while ago, by a digest of what was presented: bounded, and forgotten by itself."""

from datetime import datetime, timedelta
from typing import Generic, TypeVar

T = TypeVar("T")

_MOST = 1000


class Remembered(Generic[T]):
    """At most 1000 values, each for `lasts` after it was last kept; beyond that the oldest goes."""

    def __init__(self, lasts: timedelta) -> None:
        self._lasts = lasts
        self._values: dict[bytes, tuple[T, datetime]] = {}

    def keep(self, digest: bytes, value: T, now: datetime) -> None:
        """Find `value` by `digest` from now on."""
        self._values.pop(digest, None)
        self._values[digest] = value, now + self._lasts
        if len(self._values) > _MOST:
            del self._values[next(iter(self._values))]

    def find(self, digest: bytes, now: datetime) -> T | None:
        """What was kept under `digest`, None if that is too long ago."""
        value, until = self._values.get(digest, (None, now))
        return value if until > now else None

    def forget(self, digest: bytes) -> None:
        """Find it no more."""
        self._values.pop(digest, None)

    def clear(self) -> None:
        """Find nothing more."""
        self._values.clear()
