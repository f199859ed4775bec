"""Id tokens → `id_token`."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, bindparam, delete

from chargeyard.domain.authorization import key_of
from chargeyard.domain.events import IdTokenRemoved, IdTokenSaved
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import id_token

_PLAIN = (
    *("id_token", "parent", "expires_at", "blocked", "max_transactions", "kind", "parent_kind", "refusal"),
    *("master_pass", "language", "personal_message", "cache_lifetime_s"),
)
"""The fields that are columns as they are."""

_SAVE = upsert(id_token, *_PLAIN, "allowed_at")


def saved(connection: Connection, events: Sequence[IdTokenSaved]) -> None:
    """`registered_at` stays that of the first time."""
    _SAVE.execute(connection, [_row(event) for event in events])


def _row(event: IdTokenSaved) -> dict[str, Any]:
    token = event.token
    return {
        **{name: getattr(token, name) for name in _PLAIN},
        "key": key_of(token.id_token),
        "allowed_at": msgspec.json.encode(token.allowed_at).decode() if token.allowed_at else None,
        "registered_at": event.recorded_at,
    }


def removed(connection: Connection, events: Sequence[IdTokenRemoved]) -> None:
    keys = [{"of": key_of(event.id_token)} for event in events]
    connection.execute(delete(id_token).where(id_token.c.key == bindparam("of")), keys)
