"""`kill -9` of the server under load, again and again: what was acknowledged is there, and nothing is there twice."""

from pathlib import Path

import pytest

from tests.e2e.conftest import Settings
from tests.e2e.promises import broken_promises
from tests.e2e.server import serving
from tests.e2e.witnesses import a_crowd, endure, introduce, promises

SEED = 20260101
KILLS = 4
CHARGE_POINTS = 12


@pytest.mark.timeout(600)  # a quarter of a minute where the cores are free; the starts are what takes it
async def test_what_was_acknowledged_survives_kills_under_load(tmp_path: Path, wherever: Settings) -> None:
    witnesses = a_crowd(CHARGE_POINTS, SEED)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept", **wherever) as server:
        await introduce(server)
        await endure(server, witnesses, [server.kill_and_start] * KILLS, SEED)
        assert await server.terminate() == 0
        assert await broken_promises(server.database_url, witnesses) == []
    # Otherwise the kills would have hit a server that was doing nothing.
    assert sum(witness.retries for witness in witnesses) >= KILLS
    assert promises(witnesses) > KILLS * CHARGE_POINTS
