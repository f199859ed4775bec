"""Operators and their keys."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from chargeyard.domain.records import ApiKeyRecord, OperatorRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import api_key, operator


def find_operator(connection: Connection, name: str) -> OperatorRecord | None:
    row = connection.execute(select(operator).where(operator.c.name == name)).first()
    return OperatorRecord(name=row.name, password_hash=row.password_hash) if row else None


def find_api_key(connection: Connection, digest: bytes) -> ApiKeyRecord | None:
    rows = connection.execute(select(api_key).where(api_key.c.digest == digest)).all()
    return next(iter(_api_keys(rows)), None)


def list_api_keys(connection: Connection, paging: Paging) -> Page[ApiKeyRecord]:
    """By id."""
    wanted = select(api_key)
    if paging.cursor is not None:
        wanted = wanted.where(api_key.c.id > read_cursor(paging.cursor, str))
    rows = connection.execute(wanted.order_by(api_key.c.id).limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _api_keys, lambda row: row.id)


def _api_keys(rows: Sequence[Row[Any]]) -> list[ApiKeyRecord]:
    return [
        ApiKeyRecord(id=row.id, name=row.name, operator=row.operator, created_at=row.created_at)
        for row in rows
    ]
