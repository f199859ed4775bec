"""Operators and their keys → `operator`, `api_key`."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete

from chargeyard.domain.events import ApiKeyRemoved, ApiKeySaved, OperatorSaved
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import api_key, operator


def operator_saved(connection: Connection, events: Sequence[OperatorSaved]) -> None:
    rows = [{"name": event.name, "password_hash": event.password_hash} for event in events]
    connection.execute(upsert(operator, "password_hash"), rows)


def api_key_saved(connection: Connection, events: Sequence[ApiKeySaved]) -> None:
    rows = [
        {
            "id": event.key_id,
            "name": event.name,
            "digest": event.digest,
            "operator": event.operator,
            "created_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(upsert(api_key, "name", "digest", "operator"), rows)


def api_key_removed(connection: Connection, events: Sequence[ApiKeyRemoved]) -> None:
    keys = [{"of": event.key_id} for event in events]
    connection.execute(delete(api_key).where(api_key.c.id == bindparam("of")), keys)
