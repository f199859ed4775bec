"""The database server is killed, stopped and frozen under load.

Charge points wait meanwhile: none of them hears an error or is sent away, nothing is acknowledged that is not
stored, and everything goes on by itself.
"""

import asyncio
import os
import random
import re
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import Breakable
from tests.e2e.promises import broken_promises, lost_promises
from tests.e2e.server import Server, serving
from tests.e2e.witnesses import (
    ANSWERED_WITHIN_S,
    Witness,
    a_crowd,
    endure,
    introduce,
    living,
    promises,
    under_load,
)

SEED = 20260102
CHARGE_POINTS = 10
KILLS = 3
DOWN_S = 60.0 if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else 3.0
"""Longer than the longest pause between two attempts to write."""


async def at_work(server: Server) -> list[Witness]:
    """Charge points, with the token they charge with."""
    await introduce(server)
    return a_crowd(CHARGE_POINTS, SEED)


async def assert_nothing_is_promised(server: Server, witnesses: list[Witness]) -> None:
    """For a while, and the server says that it is not ready, and lives."""
    async with asyncio.timeout(60):
        while (await server.http.get("/readyz")).is_success:  # noqa: ASYNC110 - over REST
            await asyncio.sleep(0.05)
    before = promises(witnesses)
    await asyncio.sleep(DOWN_S)
    assert promises(witnesses) == before
    assert (await server.http.get("/readyz")).status_code == 503
    assert (await server.http.get("/healthz")).status_code == 200


async def assert_all_is_well(server: Server, witnesses: list[Witness]) -> None:
    """Promises kept, nobody bothered, nothing in the log that a person cannot read."""
    assert await server.terminate() == 0
    assert await broken_promises(server.database_url, witnesses) == []
    assert "Traceback" not in server.log
    # Who has waited for half a minute comes again, as charge points do.
    assert DOWN_S > ANSWERED_WITHIN_S or sum(witness.retries for witness in witnesses) == 0


@pytest.mark.timeout(600)
async def test_a_database_that_is_killed_again_and_again(tmp_path: Path, breakable: Breakable) -> None:
    pauses = random.Random(SEED)

    async def killed() -> None:
        await breakable.server.kill()
        await asyncio.sleep(pauses.uniform(0, 0.5))
        await breakable.server.start()

    async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=breakable.url) as server:
        witnesses = await at_work(server)
        await endure(server, witnesses, [killed] * KILLS, SEED)
        await assert_all_is_well(server, witnesses)


@pytest.mark.timeout(600)
async def test_a_database_that_is_stopped_and_frozen_for_a_while(
    tmp_path: Path, breakable: Breakable
) -> None:
    async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=breakable.url) as server:
        witnesses = await at_work(server)
        async with living(server, witnesses):
            await under_load(witnesses)
            await breakable.server.stop()
            await assert_nothing_is_promised(server, witnesses)
            await breakable.server.start()
            await under_load(witnesses)
            breakable.server.freeze()
            await asyncio.sleep(0.2)  # answers that were on their way
            before = promises(witnesses)
            await asyncio.sleep(DOWN_S / 3)
            assert promises(witnesses) == before
            breakable.server.thaw()
            await under_load(witnesses)
        await assert_all_is_well(server, witnesses)


@pytest.mark.timeout(600)
async def test_a_server_that_dies_while_the_database_is_down(tmp_path: Path, breakable: Breakable) -> None:
    """What was acknowledged is in the database as soon as that is back, before the server is."""
    async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=breakable.url) as server:
        witnesses = await at_work(server)
        async with living(server, witnesses):
            await under_load(witnesses)
            await breakable.server.kill()
            await asyncio.sleep(0.5)
            await server.kill()
            await breakable.server.start()
            assert await lost_promises(breakable.url, witnesses) == []
            await server.start()
            await under_load(witnesses)
        assert await server.terminate() == 0
        assert await broken_promises(breakable.url, witnesses) == []


async def scraped(server: Server, **how: Any) -> str:
    """What Prometheus gets: the status and whether the database is said to be away."""
    answer = await server.http.get("/metrics", **how)
    [away] = re.findall(r"^chargeyard_journal_away (\S+)$", answer.text, re.MULTILINE) or ["?"]
    return f"{answer.status_code} {away}"


@pytest.mark.timeout(600)
async def test_figures_can_be_scraped_while_the_database_is_stopped_or_hangs(
    tmp_path: Path, breakable: Breakable
) -> None:
    async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=breakable.url) as server:
        issued = (await server.http.post("/api-key", json={"name": "prometheus"})).json()
        known = {"auth": None, "headers": {"Authorization": f"Bearer {issued['key']}"}}
        wrong = {"auth": ("admin", "wrong")}
        assert await scraped(server, **known) == "200 0.0"
        assert await scraped(server, **wrong) == "401 ?"
        witnesses = await at_work(server)
        async with living(server, witnesses):
            await under_load(witnesses)
            await breakable.server.stop()
            await said_to_be_away(server, known)
            assert await scraped(server, **wrong) == "503 ?"
            await breakable.server.start()
            breakable.server.freeze()
            assert (await scraped(server, **known))[:3] == "200"
            breakable.server.thaw()
        assert (await server.http.delete(f"/api-key/{issued['id']}")).status_code == 204
        assert await scraped(server, **known) == "401 ?"


async def said_to_be_away(server: Server, known: dict[str, Any]) -> None:
    """Return once the figures say that the database is away; each time they are shown."""
    async with asyncio.timeout(60):
        while (figures := await scraped(server, **known)) != "200 1.0":
            assert figures == "200 0.0"
            await asyncio.sleep(0.05)
