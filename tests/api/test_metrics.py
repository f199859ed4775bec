"""Figures for who has logged in, and for who had when the database went away."""

from typing import Any

import httpx2
import pytest
from litestar import get

from chargeyard.api.access import WHILE_AWAY
from chargeyard.api.app import create_app
from chargeyard.bus.local import LocalBus
from chargeyard.services import operators
from chargeyard.services.recording import Recorder
from tests.api.yard import PASSWORD, Open, Yard

GOOD = ("admin", PASSWORD)
PAGE = b"chargeyard_sessions 3\n"


@pytest.fixture
def script(open_client: Open) -> httpx2.AsyncClient:
    """Without credentials."""
    return open_client(metrics=lambda: PAGE)


async def scraped(client: httpx2.AsyncClient, auth: tuple[str, str] = GOOD) -> int:
    return (await client.get("/metrics", auth=auth)).status_code


async def test_metrics_are_text_and_want_a_login(script: httpx2.AsyncClient) -> None:
    answer = await script.get("/metrics", auth=GOOD)
    assert (answer.status_code, answer.content) == (200, PAGE)
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert (await script.get("/metrics")).status_code == 401


async def issued_key(client: httpx2.AsyncClient) -> tuple[str, dict[str, str]]:
    """The id of a new key, and the header that presents it."""
    issued = (await client.post("/api-key", json={"name": "prometheus"}, auth=GOOD)).json()
    return issued["id"], {"Authorization": f"Bearer {issued['key']}"}


async def test_a_key_is_enough_to_scrape(script: httpx2.AsyncClient) -> None:
    _, bearer = await issued_key(script)
    assert (await script.get("/metrics", headers=bearer)).status_code == 200


async def test_who_was_known_is_known_while_the_database_is_away(
    script: httpx2.AsyncClient, yard: Yard
) -> None:
    _, bearer = await issued_key(script)
    assert (await script.get("/charge-point", headers=bearer)).status_code == 200
    await yard.database.aclose()
    assert await scraped(script) == 200
    assert (await script.get("/metrics", headers=bearer)).status_code == 200
    assert (await script.get("/metrics")).status_code == 401


@pytest.mark.parametrize("auth", [("admin", "wrong"), ("nobody", PASSWORD)])
async def test_who_was_not_known_is_put_off(
    script: httpx2.AsyncClient, yard: Yard, auth: tuple[str, str]
) -> None:
    """The password may be a new one: nobody is told that it is wrong."""
    assert await scraped(script) == 200
    assert await scraped(script, auth) == 401
    await yard.database.aclose()
    assert await scraped(script, auth) == 503


async def test_nothing_else_is_shown_while_the_database_is_away(open_client: Open, yard: Yard) -> None:
    @get("/still", opt=WHILE_AWAY, include_in_schema=False)
    async def still() -> str:
        return "still"

    @get("/not", include_in_schema=False)
    async def not_so() -> str:
        return "not"

    client = open_client(pages=(still, not_so))
    client.auth = httpx2.BasicAuth(*GOOD)
    paths = ("/still", "/not")
    assert [(await client.get(path)).status_code for path in paths] == [200, 200]
    await yard.database.aclose()
    assert [(await client.get(path)).status_code for path in paths] == [200, 503]


async def test_who_is_known_at_one_address_is_not_at_another(yard: Yard) -> None:
    app: Any = create_app(yard.services)

    def from_address(address: str) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(app, client=(address, 1), raise_app_exceptions=False)
        return httpx2.AsyncClient(transport=transport, base_url="http://yard.test")

    async with from_address("192.0.2.1") as prometheus, from_address("192.0.2.2") as stranger:
        assert await scraped(prometheus) == 200
        await yard.database.aclose()
        assert await scraped(prometheus) == 200
        assert await scraped(stranger) == 503


async def test_who_goes_on_asking_is_known_as_long_as_it_takes(
    script: httpx2.AsyncClient, yard: Yard
) -> None:
    assert await scraped(script) == 200
    await yard.database.aclose()
    for _ in range(5):
        yard.clock.jump(minutes=5)
        assert await scraped(script) == 200
    yard.clock.jump(minutes=11)
    assert await scraped(script) == 503


async def test_a_key_that_was_ended_is_known_no_more(script: httpx2.AsyncClient, yard: Yard) -> None:
    """Also where nobody presents it between its end and that of the database."""
    key_id, bearer = await issued_key(script)
    assert (await script.get("/metrics", headers=bearer)).status_code == 200
    assert (await script.delete(f"/api-key/{key_id}", auth=GOOD)).status_code == 204
    await yard.database.aclose()
    assert (await script.get("/metrics", headers=bearer)).status_code == 503


async def test_a_password_that_was_changed_is_known_no_more(script: httpx2.AsyncClient, yard: Yard) -> None:
    """Not while the database answers, nor when it goes away afterwards; whoever changed it, here or elsewhere."""
    elsewhere = Recorder(yard.services.recorder.journal, LocalBus(), yard.clock)
    assert await scraped(script) == 200
    await operators.set_password(elsewhere, yard.services.passwords, "admin", "another one")
    assert await scraped(script) == 401
    await yard.database.aclose()
    assert await scraped(script) == 503
