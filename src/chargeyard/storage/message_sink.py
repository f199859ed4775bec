"""Where the message log ends → `message`."""

from collections.abc import Sequence

from sqlalchemy import Connection

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


def _write(connection: Connection, frames: Sequence[Frame]) -> None:
    dialect, instant = connection.dialect, _INSTANT.process_bind_param
    rows = [(frame.charge_point, instant(frame.at, dialect), frame.direction, frame.text) for frame in frames]
    write_rows(connection, _INSERT, _COLUMNS, rows)
