"""The main use cases of what OCPP 2.1 adds, as transcripts against one strictly reading server; named by their ids."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.conformance.cases import parameters
from tests.conformance.transcript import Player, steps_of
from tests.e2e.server import Server, serving
from tests.e2e.wire import items, register, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

ID_TOKENS = (
    {"idToken": "VALID", "maxTransactions": None},
    {"idToken": "SINGLE"},
    {"idToken": "CHILD", "maxTransactions": None, "parent": "FAMILY"},
    {"idToken": "SIBLING", "maxTransactions": None, "parent": "FAMILY"},
    {"idToken": "MASTER", "maxTransactions": None, "parent": "MASTERPASS"},
    {"idToken": "EXPIRED", "expiresAt": "2026-01-01T00:00:00Z"},
    {"idToken": "BLOCKED", "blocked": True},
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("cases"), ocpp__reading="strict") as server:
        for id_token in ID_TOKENS:
            await told(server, "POST", "/id-token", json=id_token)
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("case", parameters("2.1"))
async def test_case(server: Server, case: Path) -> None:
    await register(server, case.stem)
    await Player(server, case.stem, "2.1").play(steps_of(case))
    assert await items(server, f"/charge-point/{case.stem}/finding") == []
