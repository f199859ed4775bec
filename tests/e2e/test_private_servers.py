"""The database servers that fault tests break: they break as they shall, and go on afterwards."""

import asyncio

import pytest

from tests import databases
from tests.conftest import RequireService
from tests.databases import scratch, statements
from tests.e2e.private_servers import private_server, programs_of


@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_what_is_committed_survives_all_that_is_done_to_a_server(
    kind: str, require_service: RequireService
) -> None:
    require_service(programs_of(kind), f"{kind} is not installed on this machine")
    async with private_server(kind) as server, scratch(kind, server.url) as url:
        await statements(url, "CREATE TABLE thing (id INTEGER)")
        await statements(url, "INSERT INTO thing VALUES (1)")
        await server.kill()
        assert not await server.answers()
        await server.start()
        await statements(url, "INSERT INTO thing VALUES (2)")
        await server.stop()
        assert not await server.answers()
        await server.start()
        server.freeze()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(statements(url, "SELECT 1"), 0.3)
        server.thaw()
        assert await statements(url, "SELECT id FROM thing ORDER BY id") == [(1,), (2,)]
