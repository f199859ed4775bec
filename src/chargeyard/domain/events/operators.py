"""Operators and their keys."""

from chargeyard.domain.events.event import Event


class OperatorSaved(Event, frozen=True, kw_only=True):
    """An operator exists or has another password. `password_hash` is argon2id."""

    name: str
    password_hash: str


class ApiKeySaved(Event, frozen=True, kw_only=True):
    """A bearer key exists. `digest` is its keyed hash; the key itself is shown once and stored nowhere."""

    key_id: str
    name: str
    digest: bytes
    operator: str


class ApiKeyRemoved(Event, frozen=True, kw_only=True):
    """A bearer key is no longer valid."""

    key_id: str
