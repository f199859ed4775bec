"""Operators and their keys → `operator`, `api_key`."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, delete, insert, update

from chargeyard.domain.events import ApiKeyRemoved, ApiKeySaved, OperatorSaved
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import api_key, operator

_SAVE_OPERATOR = upsert(operator, "password_hash")
_CHANGE_KEY = update(api_key).where(api_key.c.id == bindparam("of"))
_REMOVE_KEY = delete(api_key).where(api_key.c.id == bindparam("of"))


def operator_saved(connection: Connection, events: Sequence[OperatorSaved]) -> None:
    rows = [{"name": event.name, "password_hash": event.password_hash} for event in events]
    _SAVE_OPERATOR.execute(connection, rows)


def api_key_saved(connection: Connection, events: Sequence[ApiKeySaved]) -> None:
    """Not a merge: MariaDB and MySQL would take a digest that is taken for the key of the same row."""
    for event in events:
        values = {"name": event.name, "digest": event.digest, "operator": event.operator}
        changed = connection.execute(_CHANGE_KEY, {"of": event.key_id, **values})
        if not changed.rowcount:
            row = {"id": event.key_id, "created_at": event.recorded_at, **values}
            connection.execute(insert(api_key), row)


def api_key_removed(connection: Connection, events: Sequence[ApiKeyRemoved]) -> None:
    keys = [{"of": event.key_id} for event in events]
    connection.execute(_REMOVE_KEY, keys)
