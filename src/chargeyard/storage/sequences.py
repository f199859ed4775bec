"""Numbers that are never given out twice → `sequence`."""

from sqlalchemy import Connection, select, update

from chargeyard.storage.dialect import insert_new
from chargeyard.storage.engine import Database
from chargeyard.storage.tables import sequence

_BEGIN = insert_new(sequence)


class SqlSequences:
    """See `services.ports.Sequences`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, name: str, count: int) -> int:
        return await self._database.write(_reserve, name, count)


def prove_writable(connection: Connection) -> None:
    """Fails if the database does not answer, holds no tables of ours, or can store nothing."""
    _reserve(connection, "readiness", 1)


def _reserve(connection: Connection, name: str, count: int) -> int:
    of_name = sequence.c.name == name
    wanted = select(sequence.c.next).where(of_name).with_for_update()
    first = connection.execute(wanted).scalar()
    if first is None:
        # Others may be making it at this moment: whoever comes second waits for the first, and takes what follows.
        _BEGIN.execute(connection, {"name": name, "next": 1})
        first = connection.execute(wanted).scalar_one()
    connection.execute(update(sequence).where(of_name).values(next=first + count))
    return int(first)
