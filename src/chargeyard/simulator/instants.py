"""Instants on the wire: ``YYYY-MM-DDTHH:MM:SSZ`` out, any ISO 8601 in; seconds since the epoch inside."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec


def written(seconds: float) -> str:
    """The text of an instant, to the second."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read(text: str | msgspec.UnsetType) -> float | None:
    """Seconds since the epoch, or None for what is absent or no instant. A time without an offset is UTC."""
    if isinstance(text, msgspec.UnsetType):
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).timestamp()
