"""Commands and what became of them."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, or_, select

from chargeyard.domain.records import CommandRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import command, from_microseconds, to_microseconds


def find(connection: Connection, command_id: str) -> CommandRecord | None:
    row = connection.execute(select(command).where(command.c.id == command_id)).first()
    return _record(row) if row else None


def find_by_key(connection: Connection, principal: str, idempotency_key: str) -> CommandRecord | None:
    wanted = select(command).where(
        command.c.principal == principal, command.c.idempotency_key == idempotency_key
    )
    row = connection.execute(wanted).first()
    return _record(row) if row else None


def list_open(connection: Connection, limit: int) -> list[CommandRecord]:
    """Not settled yet, oldest first."""
    wanted = select(command).where(command.c.settled_at.is_(None))
    return _records(
        connection.execute(wanted.order_by(command.c.submitted_at, command.c.id).limit(limit)).all()
    )


def list_records(connection: Connection, charge_point: str, paging: Paging) -> Page[CommandRecord]:
    """Newest first."""
    wanted = select(command).where(command.c.charge_point == charge_point)
    if paging.cursor is not None:
        microseconds, number = read_cursor(paging.cursor, tuple[int, str])
        at = from_microseconds(microseconds)
        wanted = wanted.where(
            command.c.submitted_at <= at, or_(command.c.submitted_at < at, command.c.id < number)
        )
    ordered = wanted.order_by(command.c.submitted_at.desc(), command.c.id.desc()).limit(paging.limit + 1)
    rows = connection.execute(ordered).all()
    return page_of(rows, paging.limit, _records, lambda row: (to_microseconds(row.submitted_at), row.id))


def _records(rows: Sequence[Row[Any]]) -> list[CommandRecord]:
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> CommandRecord:
    return CommandRecord(
        id=row.id,
        charge_point=row.charge_point,
        kind=row.kind,
        command=msgspec.Raw(row.command.encode()),
        principal=row.principal,
        submitted_at=row.submitted_at,
        settled_at=row.settled_at,
        outcome=row.outcome,
        detail=msgspec.Raw(row.detail.encode() if row.detail else b"null"),
    )
