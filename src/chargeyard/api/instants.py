"""Instants as callers write them."""

from datetime import UTC, datetime


def aware(at: datetime | None) -> datetime | None:
    """`at`, in UTC if it was sent without an offset."""
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
