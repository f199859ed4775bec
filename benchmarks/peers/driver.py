"""The harder peer: `websockets`, `ocpp` and aiosqlite, an INSERT and a COMMIT for each message and nothing between.

`BENCHMARK_DATABASE=sqlite:///FILE python -m benchmarks.peers.driver` prints its port.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiosqlite
from sqlalchemy.engine import make_url

from benchmarks.peers import library

_SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE meter_value (id INTEGER PRIMARY KEY, charge_point TEXT, connector INTEGER, said TEXT);
    CREATE TABLE charging_transaction (id INTEGER PRIMARY KEY, charge_point TEXT, connector INTEGER, id_tag TEXT,
        meter_start INTEGER, started_at TEXT, meter_stop INTEGER, stopped_at TEXT);
    CREATE TABLE transaction_event (id INTEGER PRIMARY KEY, charge_point TEXT, transaction_id TEXT, sequence INTEGER,
        said TEXT);
"""
_INSERT_METER_VALUE = "INSERT INTO meter_value (charge_point, connector, said) VALUES (?, ?, ?)"
_INSERT_START = (
    "INSERT INTO charging_transaction (id, charge_point, connector, id_tag, meter_start, started_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_EVENT = (
    "INSERT INTO transaction_event (charge_point, transaction_id, sequence, said) VALUES (?, ?, ?, ?)"
)
_UPDATE_STOP = "UPDATE charging_transaction SET meter_stop = ?, stopped_at = ? WHERE id = ?"


class DriverStore:
    """One connection to the database; a transaction for each message."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self._numbers = itertools.count(1)

    async def meter_values(self, charge_point: str, connector: int, said: str) -> None:
        await self._write(_INSERT_METER_VALUE, charge_point, connector, said)

    async def start(self, charge_point: str, connector: int, id_tag: str, meter: int, at: str) -> int:
        number = next(self._numbers)
        await self._write(_INSERT_START, number, charge_point, connector, id_tag, meter, at)
        return number

    async def stop(self, transaction: int, meter: int, at: str) -> None:
        await self._write(_UPDATE_STOP, meter, at, transaction)

    async def event(self, charge_point: str, transaction: str, sequence: int, said: str) -> None:
        await self._write(_INSERT_EVENT, charge_point, transaction, sequence, said)

    async def _write(self, statement: str, *values: Any) -> None:
        """Execute and commit, before anybody else does."""
        async with self._turn:
            await self._database.execute(statement, values)
            await self._database.commit()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[DriverStore]:
    """The store in the new SQLite file that `url` names."""
    async with aiosqlite.connect(str(make_url(url).database)) as database:
        await database.executescript(_SCHEMA)
        yield DriverStore(database)


if __name__ == "__main__":
    library.run(opened(library.database()), ())
