"""The application over a real database, bus and outbound road, with charge points that answer from a table."""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import argon2
import httpx2
import msgspec
import pytest

from chargeyard.api.app import ApiServices, create_app
from chargeyard.api.passwords import Argon2Hasher
from chargeyard.bus.local import LocalBus
from chargeyard.services import operators
from chargeyard.services.credentials import Keys
from chargeyard.services.numbers import REQUESTS, Numbers
from chargeyard.services.outbound import Outbound
from chargeyard.services.recording import Recorder
from chargeyard.storage import tables
from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore
from tests.api.yard import PASSWORD, Menu, Open, TickingClock, Yard


@pytest.fixture
async def yard(tmp_path: Path) -> AsyncIterator[Yard]:
    database = connect(str(tmp_path / "chargeyard.db"))
    await database.write(tables.metadata.create_all)
    journal, store, bus, clock = SqlJournal(database), SqlStore(database), LocalBus(), TickingClock()
    recorder = Recorder(journal, bus, clock)
    services = ApiServices(
        recorder=recorder,
        store=store,
        bus=bus,
        clock=clock,
        keys=Keys(b"k" * 32),
        passwords=Argon2Hasher(argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        outbound=Outbound(recorder, store, lambda: secrets.token_hex(8), 5.0),
        numbers=Numbers(SqlSequences(database), b"k" * 32, REQUESTS),
        menu=Menu(),
        version="0",
        waiting=lambda: journal.waiting,
        failed_logins_per_minute=3,
    )
    await operators.ensure_admin(store, recorder, services.passwords, PASSWORD)
    yield Yard(services, clock, database)
    await journal.aclose()
    await database.aclose()


@pytest.fixture
async def open_client(yard: Yard) -> AsyncIterator[Open]:
    """`open_client()` is a client without credentials; fields given replace those of the services."""
    clients: list[httpx2.AsyncClient] = []

    def make(address: str = "192.0.2.7", **fields: Any) -> httpx2.AsyncClient:
        app: Any = create_app(msgspec.structs.replace(yard.services, **fields))
        transport = httpx2.ASGITransport(app, client=(address, 1), raise_app_exceptions=False)
        clients.append(httpx2.AsyncClient(transport=transport, base_url="http://yard.test"))
        return clients[-1]

    yield make
    for client in clients:
        await client.aclose()


@pytest.fixture
async def client(open_client: Open) -> httpx2.AsyncClient:
    """A client that has logged in as `admin` by password."""
    logged_in = open_client()
    logged_in.auth = httpx2.BasicAuth("admin", PASSWORD)
    return logged_in
