"""The peer: `websockets`, `ocpp` and SQLAlchemy's ORM, a session and a transaction for each message, on any database.

`BENCHMARK_DATABASE=URL python -m benchmarks.peers.orm [CERTIFICATE KEY]` prints its port. One row for each
MeterValues with its samples as JSON, as ours; SQLAlchemy's own pool of connections; every commit at the database's
default durability, which is a flush to the disk, and `synchronous = FULL` on SQLite.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import BigInteger, Integer, String, Text, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks.peers import library

DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "mariadb": "mariadb+asyncmy",
    "mysql": "mysql+asyncmy",
}

_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_PATIENCE_S = 60.0


class Model(DeclarativeBase):
    """All tables."""


class MeterValue(Model):
    """A reading."""

    __tablename__ = "meter_value"
    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    charge_point: Mapped[str] = mapped_column(String(255))
    connector: Mapped[int]
    said: Mapped[str] = mapped_column(Text)


class ChargingTransaction(Model):
    """A transaction; it runs until it has been stopped."""

    __tablename__ = "charging_transaction"
    id: Mapped[int] = mapped_column(Integer, primary_key=True)
    charge_point: Mapped[str] = mapped_column(String(255))
    connector: Mapped[int]
    id_tag: Mapped[str] = mapped_column(String(255))
    meter_start: Mapped[int]
    started_at: Mapped[str] = mapped_column(String(64))
    meter_stop: Mapped[int | None]
    stopped_at: Mapped[str | None] = mapped_column(String(64))


class TransactionEvent(Model):
    """What 2.0.1 tells of a transaction."""

    __tablename__ = "transaction_event"
    id: Mapped[int] = mapped_column(_NUMBER, primary_key=True)
    charge_point: Mapped[str] = mapped_column(String(255))
    transaction_id: Mapped[str] = mapped_column(String(255))
    sequence: Mapped[int]
    said: Mapped[str] = mapped_column(Text)


class OrmStore:
    """A session for each message."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession]) -> None:
        self._sessions = sessions

    async def meter_values(self, charge_point: str, connector: int, said: str) -> None:
        await self._add(MeterValue(charge_point=charge_point, connector=connector, said=said))

    async def start(self, charge_point: str, connector: int, id_tag: str, meter: int, at: str) -> int:
        transaction = ChargingTransaction(
            charge_point=charge_point, connector=connector, id_tag=id_tag, meter_start=meter, started_at=at
        )
        await self._add(transaction)
        return transaction.id

    async def stop(self, transaction: int, meter: int, at: str) -> None:
        async with self._sessions.begin() as session:
            found = await session.get_one(ChargingTransaction, transaction)
            found.meter_stop = meter
            found.stopped_at = at

    async def event(self, charge_point: str, transaction: str, sequence: int, said: str) -> None:
        told = TransactionEvent(
            charge_point=charge_point, transaction_id=transaction, sequence=sequence, said=said
        )
        await self._add(told)

    async def _add(self, row: Model) -> None:
        async with self._sessions.begin() as session:
            session.add(row)


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[OrmStore]:
    """The store in the empty database at `url`."""
    engine = _engine(make_url(url))
    async with engine.begin() as connection:
        await connection.run_sync(Model.metadata.create_all)
    # Not expired: the answer needs the id of a transaction that has been committed.
    yield OrmStore(async_sessionmaker(engine, expire_on_commit=False))
    await engine.dispose()


def _engine(url: URL) -> AsyncEngine:
    url = url.set(drivername=DRIVERS[url.get_backend_name()])
    if url.get_backend_name() != "sqlite":
        return create_async_engine(url, pool_timeout=_PATIENCE_S)
    # SQLite has one writer: with more connections than one it is slower, and some fail with "database is locked".
    engine = create_async_engine(url, pool_timeout=_PATIENCE_S, pool_size=1, max_overflow=0)

    def connected(connection: Any, _record: object) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")

    event.listen(engine.sync_engine, "connect", connected)
    return engine


if __name__ == "__main__":
    library.run(opened(library.database()), tuple(sys.argv[1:]))
