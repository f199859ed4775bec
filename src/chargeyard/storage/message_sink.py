"""Where the message log ends → `message`."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, select

from chargeyard.services.ports import Frame
from chargeyard.storage.dialect import insert_new, write_rows
from chargeyard.storage.engine import Database
from chargeyard.storage.tables import Instant, message

_INSERT = insert_new(message)
_COLUMNS = ("charge_point", "at", "direction", "text")
_INSTANT = Instant()


class SqlMessageSink:
    """See `services.ports.MessageSink`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def write(self, frames: Sequence[Frame]) -> None:
        if frames:
            await self._database.write(_write, frames)

    async def delete_before(self, at: datetime, limit: int) -> int:
        """Forget at most `limit` of the oldest frames from before `at`; how many it were.

        Called until it returns less than `limit`. Small steps: the journal waits for each of them.
        """
        return await self._database.write(_delete_before, at, limit)


def _write(connection: Connection, frames: Sequence[Frame]) -> None:
    dialect, instant = connection.dialect, _INSTANT.process_bind_param
    rows = [(frame.charge_point, instant(frame.at, dialect), frame.direction, frame.text) for frame in frames]
    write_rows(connection, _INSERT, _COLUMNS, rows)


def _delete_before(connection: Connection, at: datetime, limit: int) -> int:
    oldest = select(message.c.id).where(message.c.at < at).order_by(message.c.at).limit(limit)
    ids = connection.execute(oldest).scalars().all()
    if ids:
        connection.execute(delete(message).where(message.c.id.in_(ids)))
    return len(ids)
