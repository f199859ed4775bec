"""Id tokens."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, select

from chargeyard.domain.authorization import AllowedAt, IdToken, Status, key_of
from chargeyard.domain.records import IdTokenRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.many import filled_up
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import id_token as table

_read_places = msgspec.json.Decoder(tuple[AllowedAt, ...]).decode


_BY_KEY = select(table).where(table.c.key == bindparam("of"))
_BY_KEYS = select(table).where(table.c.key.in_(bindparam("of", expanding=True)))


def find_all(connection: Connection, id_tokens: Sequence[str]) -> dict[str, IdToken]:
    """As the rules need them, those that are registered; by the texts they were asked by."""
    keys = {id_token: key_of(id_token) for id_token in id_tokens}
    rows = connection.execute(_BY_KEYS, {"of": filled_up(list(keys.values()))})
    found = {row.key: IdToken(**_fields(row)) for row in rows}
    return {id_token: found[key] for id_token, key in keys.items() if key in found}


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
    return connection.execute(_BY_KEY, {"of": key_of(id_token)}).first()


def _records(rows: Sequence[Row[Any]]) -> list[IdTokenRecord]:
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> IdTokenRecord:
    return IdTokenRecord(**_fields(row), registered_at=row.registered_at)


def _fields(row: Row[Any]) -> dict[str, Any]:
    told = {name: getattr(row, name) for name in IdToken.__struct_fields__}
    told["refusal"] = Status(row.refusal) if row.refusal else None
    told["allowed_at"] = _read_places(row.allowed_at) if row.allowed_at else ()
    return told
