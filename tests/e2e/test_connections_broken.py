"""The network between server and database breaks under load, in every way that a network has.

The worst of them: a COMMIT arrives and its answer does not. The server must send all of it again, and nothing may be
stored twice.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from tests import databases
from tests.conftest import RequireDatabase
from tests.databases import scratch
from tests.e2e.cable import Cable, cable
from tests.e2e.promises import broken_promises
from tests.e2e.server import Server, serving
from tests.e2e.witnesses import Fault, a_crowd, endure, introduce, living, under_load

SEED = 20260103
CHARGE_POINTS = 10
TIMES = 2


@pytest.fixture(params=databases.SERVERS)
async def url(request: pytest.FixtureRequest, database_server: RequireDatabase) -> AsyncIterator[str]:
    """Of an empty database."""
    database_server(request.param)
    async with scratch(request.param) as url:
        yield url


def faults_of(broken: Cable) -> list[Fault]:
    """What happens to the cable, one after the other."""
    durations = random.Random(SEED)

    async def reset() -> None:
        broken.reset()

    async def lose_answers() -> None:
        broken.swallow_answers()
        await asyncio.sleep(durations.uniform(0.05, 0.3))
        broken.reset()
        await broken.mend()

    async def cut() -> None:
        broken.cut()
        await asyncio.sleep(durations.uniform(0, 0.5))
        await broken.mend()

    async def stall() -> None:
        broken.stall()
        await asyncio.sleep(durations.uniform(0, 1))
        await broken.mend()

    return [reset, lose_answers, cut, stall, lose_answers]


@pytest.mark.timeout(600)
async def test_a_cable_that_breaks_in_every_way(tmp_path: Path, url: str) -> None:
    parsed = make_url(url)
    witnesses = a_crowd(CHARGE_POINTS, SEED)
    async with cable(parsed.host or "", databases.port_of(parsed)) as broken:
        through = databases.text_of(parsed.set(host="127.0.0.1", port=broken.port))
        settings = {"ocpp__unknown_charge_points": "accept", "database__url": through}
        async with serving(tmp_path, **settings) as server:
            await introduce(server)
            await endure(server, witnesses, faults_of(broken) * TIMES, SEED)
            assert await server.terminate() == 0
            assert await broken_promises(url, witnesses) == []
            assert "Traceback" not in server.log
    assert sum(witness.retries for witness in witnesses) == 0


@pytest.mark.timeout(600)
async def test_a_server_whose_machine_vanishes(tmp_path: Path, url: str) -> None:
    """Its connections stay, with the lock that keeps a second server out and maybe half a transaction: both lapse."""
    parsed = make_url(url)
    witnesses = a_crowd(CHARGE_POINTS, SEED)
    async with cable(parsed.host or "", databases.port_of(parsed)) as broken:
        through = databases.text_of(parsed.set(host="127.0.0.1", port=broken.port))
        settings = {"ocpp__unknown_charge_points": "accept", "database__url": through}
        async with serving(tmp_path, **settings) as server:
            await introduce(server)
            async with living(server, witnesses):
                await under_load(witnesses)
                broken.vanish()
                await server.kill()
                await started_at_last(server)
                await under_load(witnesses)
            assert await server.terminate() == 0
            assert await broken_promises(url, witnesses) == []


async def started_at_last(server: Server) -> None:
    """As a supervisor does it: start it again as long as it ends by itself."""
    async with asyncio.timeout(100):
        while True:
            try:
                await server.start()
            except AssertionError as ended:
                assert "another server is running" in str(ended)  # noqa: PT017 - what else it says is a failure
                await asyncio.sleep(2)
            else:
                return
