"""Id tokens."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from chargeyard.domain.authorization import IdToken, key_of
from chargeyard.domain.records import IdTokenRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import id_token as table


def find(connection: Connection, id_token: str) -> IdToken | None:
    """As the rules need it."""
    row = _row(connection, id_token)
    if row is None:
        return None
    return IdToken(row.id_token, row.parent, row.expires_at, row.blocked, row.max_transactions)


def find_record(connection: Connection, id_token: str) -> IdTokenRecord | None:
    row = _row(connection, id_token)
    return _record(row) if row else None


def list_records(connection: Connection, paging: Paging) -> Page[IdTokenRecord]:
    """By the form in which they are compared."""
    wanted = select(table)
    if paging.cursor is not None:
        wanted = wanted.where(table.c.key > read_cursor(paging.cursor, str))
    rows = connection.execute(wanted.order_by(table.c.key).limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _records, lambda row: row.key)


def _row(connection: Connection, id_token: str) -> Row[Any] | None:
    return connection.execute(select(table).where(table.c.key == key_of(id_token))).first()


def _records(rows: Sequence[Row[Any]]) -> list[IdTokenRecord]:
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> IdTokenRecord:
    return IdTokenRecord(
        id_token=row.id_token,
        parent=row.parent,
        expires_at=row.expires_at,
        blocked=row.blocked,
        max_transactions=row.max_transactions,
        registered_at=row.registered_at,
    )
