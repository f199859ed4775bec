"""Id tokens → `id_token`."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete

from chargeyard.domain.authorization import key_of
from chargeyard.domain.events import IdTokenRemoved, IdTokenSaved
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import id_token


def saved(connection: Connection, events: Sequence[IdTokenSaved]) -> None:
    """`registered_at` stays that of the first time."""
    rows = [
        {
            "key": key_of(event.token.id_token),
            "id_token": event.token.id_token,
            "parent": event.token.parent,
            "expires_at": event.token.expires_at,
            "blocked": event.token.blocked,
            "max_transactions": event.token.max_transactions,
            "registered_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(
        upsert(id_token, "id_token", "parent", "expires_at", "blocked", "max_transactions"), rows
    )


def removed(connection: Connection, events: Sequence[IdTokenRemoved]) -> None:
    keys = [{"of": key_of(event.id_token)} for event in events]
    connection.execute(delete(id_token).where(id_token.c.key == bindparam("of")), keys)
