"""API keys over REST, and the first operator."""

import httpx2

from chargeyard.services import operators
from tests.api.yard import PASSWORD, Yard


async def test_a_key_is_shown_once(client: httpx2.AsyncClient, yard: Yard) -> None:
    made = await client.post("/api-key", json={"name": "billing"})
    assert made.status_code == 201
    told = made.json()
    assert told["key"].startswith("cyk_")
    assert (told["name"], told["operator"]) == ("billing", "admin")
    listed = await client.get("/api-key")
    assert [row["id"] for row in listed.json()["items"]] == [told["id"]]
    assert told["key"] not in listed.text
    assert told["key"] not in repr(yard.published)


async def test_ending_a_key_that_is_not_there(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await client.post("/api-key", json={"name": "another"})
    assert (await client.delete("/api-key/none")).status_code == 404


async def test_the_first_operator_is_made_once(yard: Yard) -> None:
    services = yard.services
    before = await services.store.find_operator("admin")
    again = await operators.ensure_admin(services.store, services.recorder, services.passwords, "other")
    assert again is None
    assert await services.store.find_operator("admin") == before
    assert before is not None
    assert services.passwords.verify(before.password_hash, PASSWORD)
    assert not services.passwords.verify(before.password_hash, "other")
    assert not services.passwords.verify("no hash", "other")
