"""The main use cases of what OCPP 2.1 adds, as transcripts against one strictly reading server; named by their ids."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance.cases import parameters
from tests.conformance.server import play, strict_server
from tests.e2e.server import Server

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with strict_server(tmp_path_factory.mktemp("cases")) as server:
        yield server


@pytest.mark.parametrize("case", parameters("2.1"))
async def test_case(server: Server, case: Path) -> None:
    await play(server, case, "2.1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with strict_server(tmp_path_factory.mktemp("asking"), asking=True) as server:
        yield server


@pytest.mark.parametrize("case", parameters("2.1", asking=True))
async def test_case_that_is_followed_up(asking_server: Server, case: Path) -> None:
    await play(asking_server, case, "2.1")
