"""Charge points over REST."""

from typing import Any

import httpx2
import pytest

from chargeyard.domain.answers import Registration
from chargeyard.domain.events import ChargePointChanged, ChargePointRemoved, ConnectorStatusChanged
from chargeyard.domain.outcomes import Accepted
from tests.api.yard import START, Yard


async def loaded(yard: Yard, charge_point: str) -> Any:
    found = await yard.services.store.load(charge_point)
    assert found is not None
    return found


async def test_one_with_a_password(client: httpx2.AsyncClient, yard: Yard) -> None:
    answer = await client.post("/charge-point", json={"cpId": "CP1", "password": "secret", "name": "Yard 1"})
    assert (answer.status_code, answer.headers["Location"]) == (201, "/charge-point/CP1")
    told = answer.json()
    assert (told["cpId"], told["password"], told["token"]) == ("CP1", None, None)
    assert told["warnings"] == ["OCPP asks for passwords of 16 characters or more"]
    row = told["chargePoint"]
    assert (row["name"], row["hasPassword"], row["hasToken"], row["online"]) == ("Yard 1", True, False, False)
    assert (row["status"], row["registration"], row["reading"]) == ("Offline", "Accepted", None)
    assert "secret" not in answer.text.replace("secretary", "")
    stored = await loaded(yard, "CP1")
    assert stored.credential == yard.services.keys.charge_point_password("secret")
    assert [type(event).__name__ for event in yard.published] == ["ChargePointRegistered"]


@pytest.mark.parametrize(
    ("wish", "made"),
    [
        ({}, "token"),
        ({"generate": "token"}, "token"),
        ({"generate": "password"}, "password"),
        ({"generate": "none"}, None),
        ({"token": "mine"}, None),
        ({"token": "mine", "generate": "password"}, "password"),
    ],
)
async def test_what_is_made_is_shown_once(
    client: httpx2.AsyncClient, yard: Yard, wish: dict[str, str], made: str | None
) -> None:
    told = (await client.post("/charge-point", json={"cpId": "CP1"} | wish)).json()
    assert {name for name in ("password", "token") if told[name]} == ({made} if made else set())
    stored = await loaded(yard, "CP1")
    token = told["token"] or wish.get("token")
    assert stored.token == (yard.services.keys.token(token) if token else None)
    password = told["password"]
    assert stored.credential == (yard.services.keys.charge_point_password(password) if password else None)
    if made:
        assert told[made] not in (await client.get("/charge-point/CP1")).text


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"cpId": ""},
        {"cpId": " CP1"},
        {"cpId": "CP\n1"},
        {"cpId": "x" * 256},
        {"cpId": 7},
        {"cpId": "CP1", "password": ""},
        {"cpId": "CP1", "password": "x" * 65},
        {"cpId": "CP1", "reading": "lazy"},
        {"cpId": "CP1", "pasword": "a typing error must not register an open charge point"},
    ],
)
async def test_what_cannot_be_registered(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    answer = await client.post("/charge-point", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:chargeyard:problem:invalid-request")
    assert (await client.get("/charge-point")).json()["items"] == []


async def test_an_id_or_a_token_is_taken_once(client: httpx2.AsyncClient) -> None:
    await client.post("/charge-point", json={"cpId": "CP1", "token": "same"})
    for body in ({"cpId": "CP1"}, {"cpId": "CP2", "token": "same"}):
        answer = await client.post("/charge-point", json=body)
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:chargeyard:problem:conflict")


async def test_a_change_leaves_the_rest(client: httpx2.AsyncClient, yard: Yard) -> None:
    await client.post("/charge-point", json={"cpId": "CP1", "name": "old", "reading": "strict"})
    changed = (await client.patch("/charge-point/CP1", json={"name": "new"})).json()
    assert (changed["name"], changed["reading"], changed["hasToken"]) == ("new", "strict", True)
    changed = (
        await client.patch("/charge-point/CP1", json={"reading": None, "registration": "Pending"})
    ).json()
    assert (changed["name"], changed["reading"], changed["registration"]) == ("new", None, "Pending")
    assert isinstance(yard.published[-1], ChargePointChanged)
    assert (await client.patch("/charge-point/CP1", json={"cpId": "CP2"})).status_code == 400


async def test_a_removed_one_is_gone_and_announced(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    assert (await client.delete("/charge-point/CP1")).status_code == 204
    assert isinstance(yard.published[-1], ChargePointRemoved)
    gone = await client.get("/charge-point/CP1")
    assert (gone.status_code, gone.json()["cpId"]) == (404, "CP1")
    assert (await client.delete("/charge-point/CP1")).status_code == 404


@pytest.mark.parametrize("kind", ["password", "token"])
async def test_secrets_are_replaced(client: httpx2.AsyncClient, yard: Yard, kind: str) -> None:
    await client.post("/charge-point", json={"cpId": "CP1", kind: "old-secret-of-16-letters"})
    made = (await client.put(f"/charge-point/CP1/{kind}")).json()[kind]
    stored = await loaded(yard, "CP1")
    assert yard.services.keys.charge_point_password(made) == stored.credential or (
        yard.services.keys.token(made) == stored.token
    )
    given = await client.put(f"/charge-point/CP1/{kind}", json={kind: "new-secret-of-16-letters"})
    assert (given.status_code, given.json()[kind], given.json()["warnings"]) == (200, None, [])
    assert await loaded(yard, "CP1") != stored


async def test_connectors_and_one_word_for_all_of_them(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", lambda _: Accepted())
    words = [(1, "Available"), (2, "Charging"), (0, "Available"), (0, "Unavailable")]
    expected = ["Available", "Charging", "Charging", "Unavailable"]
    for (evse, status), word in zip(words, expected, strict=True):
        await yard.record(
            ConnectorStatusChanged(
                recorded_at=yard.clock(),
                charge_point="CP1",
                evse=evse,
                connector=1,
                status=status,
                error_code="NoError",
                at=yard.clock(),
            )
        )
        assert (await client.get("/charge-point/CP1")).json()["status"] == word
    rows = (await client.get("/charge-point/CP1/connector")).json()["items"]
    assert [(row["connectorId"], row["evseConnectorId"], row["status"]) for row in rows] == [
        (0, 1, "Unavailable"),
        (1, 1, "Available"),
        (2, 1, "Charging"),
    ]
    await client.patch("/charge-point/CP1", json={"registration": "Rejected"})
    assert (await client.get("/charge-point/CP1")).json()["status"] == "Rejected"


async def test_the_list_is_filtered_and_paged(client: httpx2.AsyncClient, yard: Yard) -> None:
    for number in range(5):
        await yard.register(f"CP{number}", name="odd" if number % 2 else "even")
    await yard.connect("CP9", lambda _: Accepted())
    assert [row["cpId"] for row in await walk(client, "/charge-point?limit=2&text=even")] == [
        "CP0",
        "CP2",
        "CP4",
    ]
    assert [row["cpId"] for row in await walk(client, "/charge-point?online=true")] == ["CP9"]
    assert await walk(client, "/charge-point?registration=Pending") == []
    first = (await client.get("/charge-point/CP9")).json()
    assert (first["protocol"], first["remote"], first["connectedAt"] > START.isoformat()[:10]) == (
        "test",
        "192.0.2.1",
        True,
    )
    assert first["registration"] == Registration.ACCEPTED


async def walk(client: httpx2.AsyncClient, path: str) -> list[dict[str, Any]]:
    """All rows, by the links from part to part."""
    rows: list[dict[str, Any]] = []
    at = httpx2.URL(path)
    while True:
        answer = await client.get(at)
        assert answer.status_code == 200, answer.text
        rows += answer.json()["items"]
        if "next" not in answer.links:
            assert answer.json()["nextCursor"] is None
            return rows
        at = at.join(answer.links["next"]["url"])


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "cursor=nonsense", "online=maybe"])
async def test_a_list_refuses_what_it_cannot_read(client: httpx2.AsyncClient, query: str) -> None:
    answer = await client.get(f"/charge-point?{query}")
    kind = "invalid-cursor" if "cursor" in query else "invalid-request"
    assert (answer.status_code, answer.json()["type"]) == (400, f"urn:chargeyard:problem:{kind}")
