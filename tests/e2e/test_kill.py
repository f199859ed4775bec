"""`kill -9` under load, again and again: what was acknowledged is there, and nothing is there twice."""

from pathlib import Path

import pytest

from tests.e2e.server import serving
from tests.e2e.witnesses import Witness, broken_promises, endure, introduce

SEED = 20260101
KILLS = 20
CHARGE_POINTS = 20


@pytest.mark.timeout(600)  # a minute where the cores are free; twenty starts are what takes it
async def test_what_was_acknowledged_survives_kills_under_load(tmp_path: Path) -> None:
    witnesses = [Witness(f"CP-{number:02}", SEED) for number in range(CHARGE_POINTS)]
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        await endure(server, witnesses, KILLS, SEED)
        assert await server.terminate() == 0
        assert broken_promises(server.database, witnesses) == []
    # Otherwise the kills would have hit a server that was doing nothing.
    assert sum(witness.retries for witness in witnesses) >= KILLS
    assert sum(len(witness.promises) for witness in witnesses) > KILLS * CHARGE_POINTS
