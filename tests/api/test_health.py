"""Alive and ready."""

import httpx2

from tests.api.yard import PASSWORD, Open, Yard


async def test_alive_without_a_login(open_client: Open) -> None:
    answer = await open_client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_ready(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/readyz")
    assert answer.json() == {"status": "ok", "database": "ok", "journalWaiting": 0}


async def test_not_ready_while_the_database_is_away(
    client: httpx2.AsyncClient, open_client: Open, yard: Yard
) -> None:
    issued = (await client.post("/api-key", json={"name": "probe"})).json()
    assert issued["key"]
    await yard.database.aclose()
    yard.database.file.unlink()
    yard.database.file.mkdir()
    answer = await open_client().get("/readyz", headers={"Authorization": f"Bearer {issued['key']}"})
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:chargeyard:problem:unavailable")
    assert answer.headers["Retry-After"] == "5"


async def test_not_ready_while_commits_wait_for_the_database(open_client: Open) -> None:
    """A full disk gives out its write lock, and takes nothing."""
    answer = await open_client(is_away=lambda: True).get("/readyz", auth=("admin", PASSWORD))
    assert (answer.status_code, answer.json()["type"]) == (503, "urn:chargeyard:problem:unavailable")
