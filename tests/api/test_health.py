"""Alive and ready."""

import asyncio

import httpx2

from chargeyard.api.health import Probe
from chargeyard.errors import Unavailable
from tests.api.yard import PASSWORD, Open, Yard


async def test_alive_without_a_login(open_client: Open) -> None:
    answer = await open_client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.json() == {"status": "ok", "database": "ok", "journalWaiting": 0}


async def test_ready_for_who_has_no_login(open_client: Open) -> None:
    """Load balancers and supervisors probe without a secret."""
    assert (await open_client().get("/readyz")).status_code == 200


async def test_not_ready_while_the_database_is_away(
    client: httpx2.AsyncClient, open_client: Open, yard: Yard
) -> None:
    issued = (await client.post("/api-key", json={"name": "probe"})).json()
    assert issued["key"]
    await yard.database.aclose()
    file = yard.database.file
    assert file is not None
    file.unlink()
    file.mkdir()
    answer = await open_client().get("/readyz", headers={"Authorization": f"Bearer {issued['key']}"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:chargeyard:problem:unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_not_ready_while_commits_wait_for_the_database(open_client: Open) -> None:
    """A full disk gives out its write lock, and takes nothing."""
    answer = await open_client(is_away=lambda: True).get("/readyz", auth=("admin", PASSWORD))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:chargeyard:problem:unavailable")


async def test_at_the_limit_nothing_more_is_written_over_rest(open_client: Open) -> None:
    """It is put off before anything is stored or sent; reading and logging in go on."""
    crowded = open_client(is_crowded=lambda: True)
    crowded.auth = httpx2.BasicAuth("admin", PASSWORD)
    answer = await crowded.post("/charge-point", json={"cpId": "CP1"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:chargeyard:problem:overloaded")
    assert int(answer.headers["Retry-After"]) > 0
    assert (await crowded.get("/charge-point")).json()["items"] == []
    assert (await crowded.get("/readyz")).status_code == 200
    freed = await open_client().post("/charge-point", json={"cpId": "CP1"}, auth=("admin", PASSWORD))
    assert freed.status_code == 201


async def test_probes_that_come_together_share_a_look() -> None:
    """Probing is open to everybody, and must not take the database's time."""
    looks: list[int] = []

    async def ping() -> None:
        looks.append(len(looks))
        await asyncio.sleep(0)
        raise Unavailable("its disk is full")

    probe = Probe(ping)
    faults = await asyncio.gather(*(probe.fault() for _ in range(50)), probe.fault())
    faults.append(await probe.fault())
    assert set(faults) == {"its disk is full"}
    assert looks == [0]
