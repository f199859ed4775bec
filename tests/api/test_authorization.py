"""Id tokens over REST."""

from typing import Any

import httpx2
import pytest

from chargeyard.domain.authorization import judge
from chargeyard.domain.events import IdTokenRemoved, IdTokenSaved
from tests.api.yard import START, Yard


async def test_a_token_with_nothing_but_its_name_is_accepted(client: httpx2.AsyncClient, yard: Yard) -> None:
    made = await client.post("/id-token", json={"idToken": "Tag 1"})
    assert (made.status_code, made.headers["Location"]) == (201, "/id-token/Tag%201")
    assert made.json() == {
        "idToken": "Tag 1",
        "kind": "",
        "parent": None,
        "parentKind": "",
        "expiresAt": None,
        "blocked": False,
        "refusal": None,
        "maxTransactions": 1,
        "masterPass": False,
        "allowedAt": [],
        "language": "",
        "personalMessage": "",
        "cacheLifetimeS": None,
        "registeredAt": made.json()["registeredAt"],
    }
    assert judge(await yard.services.store.find_id_token("TAG 1"), START).accepted
    assert isinstance(yard.published[-1], IdTokenSaved)


async def test_a_token_is_registered_once_whatever_its_case(client: httpx2.AsyncClient) -> None:
    await client.post("/id-token", json={"idToken": "TAG"})
    again = await client.post("/id-token", json={"idToken": "tag"})
    assert (again.status_code, again.json()["type"]) == (409, "urn:chargeyard:problem:conflict")
    assert (await client.get("/id-token/tAg")).json()["idToken"].casefold() == "tag"


async def test_changing_leaves_the_rest(client: httpx2.AsyncClient) -> None:
    body = {"idToken": "TAG", "parent": "FLEET", "expiresAt": "2030-01-01T00:00:00", "maxTransactions": None}
    made = (await client.post("/id-token", json=body)).json()
    assert (made["expiresAt"], made["maxTransactions"]) == ("2030-01-01T00:00:00Z", None)
    changed = (await client.patch("/id-token/TAG", json={"blocked": True})).json()
    assert changed == made | {"blocked": True}
    changed = (await client.patch("/id-token/TAG", json={"parent": None, "maxTransactions": 3})).json()
    assert changed == made | {"blocked": True, "parent": None, "maxTransactions": 3}


async def test_everything_that_is_known_of_a_token(client: httpx2.AsyncClient, yard: Yard) -> None:
    body = {
        "idToken": "DE-ABC-1",
        "kind": "eMAID",
        "parent": "MASTERS",
        "parentKind": "Central",
        "refusal": "NoCredit",
        "masterPass": True,
        "allowedAt": [{"cpId": "CP1", "connectorIds": [1, 2]}, {"cpId": "CP2", "connectorIds": []}],
        "language": "en",
        "personalMessage": "Hello",
        "cacheLifetimeS": 60,
    }
    made = (await client.post("/id-token", json=body)).json()
    assert {**made, **body} == made
    assert (await client.get("/id-token/DE-ABC-1")).json() == made
    changes: dict[str, Any] = {"refusal": None, "allowedAt": [], "personalMessage": "", "kind": ""}
    changed = (await client.patch("/id-token/DE-ABC-1", json=changes)).json()
    assert changed == {**made, **changes}


async def test_a_key_code_is_never_shown(client: httpx2.AsyncClient, yard: Yard) -> None:
    made = await client.post("/id-token", json={"idToken": "4711", "kind": "KeyCode"})
    assert made.status_code == 201
    name = made.json()["idToken"]
    assert name.startswith("keycode:")
    assert "4711" not in made.text
    assert (await client.post("/id-token", json={"idToken": "4711", "kind": "KeyCode"})).status_code == 409
    assert (await client.patch(f"/id-token/{name}", json={"blocked": True})).json()["blocked"]
    assert (await client.patch(f"/id-token/{name}", json={"kind": "Central"})).status_code == 400
    assert (await client.get(made.headers["Location"])).json()["idToken"] == name


async def test_removing(client: httpx2.AsyncClient, yard: Yard) -> None:
    await client.post("/id-token", json={"idToken": "TAG"})
    assert (await client.delete("/id-token/TAG")).status_code == 204
    assert isinstance(yard.published[-1], IdTokenRemoved)
    for method in ("GET", "PATCH", "DELETE"):
        answer = await client.request(method, "/id-token/TAG", json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["type"]) == (404, "urn:chargeyard:problem:not-found")


async def test_listing(client: httpx2.AsyncClient) -> None:
    for name in ("C", "A", "B"):
        await client.post("/id-token", json={"idToken": name})
    first = (await client.get("/id-token?limit=2")).json()
    rest = (await client.get(f"/id-token?limit=2&cursor={first['nextCursor']}")).json()
    assert sorted(row["idToken"] for row in first["items"] + rest["items"]) == ["A", "B", "C"]
    assert rest["nextCursor"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"idToken": ""},
        {"idToken": " x"},
        {"idToken": None},
        {"idToken": "A", "maxTransactions": -1},
        {"idToken": "A", "expiresAt": "soon"},
        {"idToken": "A", "block": True},
        {"idToken": "A", "kind": "a kind"},
        {"idToken": "A", "refusal": "Accepted"},
        {"idToken": "A", "masterPass": True},
        {"idToken": "A", "parent": "B", "parentKind": "KeyCode"},
        {"idToken": "A", "allowedAt": [{"cpId": "CP1", "connectorIds": [0]}]},
        {"idToken": "A", "cacheLifetimeS": -1},
    ],
)
async def test_what_is_no_token(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    assert (await client.post("/id-token", json=body)).status_code == 400
