"""Commands and what became of them → `command`."""

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, insert, update

from chargeyard.domain.events import CommandSettled, CommandSubmitted
from chargeyard.storage.tables import command

_SETTLE = update(command).where(command.c.id == bindparam("of"), command.c.settled_at.is_(None))
"""The first outcome stays."""


def submitted(connection: Connection, events: Sequence[CommandSubmitted]) -> None:
    rows = [
        {
            "id": event.command_id,
            "charge_point": event.charge_point,
            "kind": event.kind,
            "command": event.command,
            "principal": event.principal,
            "idempotency_key": event.idempotency_key or None,
            "submitted_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(insert(command), rows)


def settled(connection: Connection, events: Sequence[CommandSettled]) -> None:
    rows = [
        {
            "of": event.command_id,
            "settled_at": event.recorded_at,
            "outcome": event.outcome,
            "detail": event.detail,
        }
        for event in events
    ]
    connection.execute(_SETTLE, rows)
