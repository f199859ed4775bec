"""Where servers under test keep their data: in a file, or on a database server, shared or to be broken."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest

from tests import databases
from tests.conftest import RequireDatabase, RequireService
from tests.databases import scratch
from tests.e2e.private_servers import PrivateServer, private_server, programs_of

Settings = dict[str, str]


@pytest.fixture(params=databases.KINDS)
async def wherever(
    request: pytest.FixtureRequest, database_server: RequireDatabase
) -> AsyncIterator[Settings]:
    """Settings for `serving`, one back end after the other."""
    database_server(request.param)
    if request.param == "sqlite":
        yield {}
        return
    async with scratch(request.param) as url:
        yield {"database__url": url}


class Breakable(NamedTuple):
    """A database on a server of its own."""

    server: PrivateServer
    url: str


@pytest.fixture(params=databases.SERVERS)
async def breakable(
    request: pytest.FixtureRequest, require_service: RequireService
) -> AsyncIterator[Breakable]:
    """On PostgreSQL, then on MariaDB."""
    require_service(programs_of(request.param), f"{request.param} is not installed on this machine")
    async with private_server(request.param) as server:
        yield Breakable(server, await databases.create(request.param, server=server.url))
