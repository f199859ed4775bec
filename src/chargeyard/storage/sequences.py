"""Numbers that are never given out twice → `sequence`."""

from sqlalchemy import Connection, insert, select, update

from chargeyard.storage.engine import Database
from chargeyard.storage.tables import sequence


class SqlSequences:
    """See `services.ports.Sequences`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def reserve(self, name: str, count: int) -> int:
        return await self._database.write(_reserve, name, count)


def _reserve(connection: Connection, name: str, count: int) -> int:
    of_name = sequence.c.name == name
    first = connection.execute(select(sequence.c.next).where(of_name).with_for_update()).scalar()
    if first is None:
        connection.execute(insert(sequence), {"name": name, "next": 1 + count})
        return 1
    connection.execute(update(sequence).where(of_name).values(next=first + count))
    return int(first)
