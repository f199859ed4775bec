"""Local lists, caches and customers over REST."""

from typing import Any

import httpx2
import pytest
from msgspec.structs import replace

from chargeyard.domain import outcomes
from chargeyard.domain.commands import (
    AnyCommand,
    ClearCache,
    CustomerInformation,
    ReadLocalListVersion,
    SendLocalList,
)
from chargeyard.domain.events import ListingAdvanced, ListingAsked
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import LocalListTaken, LocalListTold, PartsFollow
from tests.api.yard import START, Yard
from tests.contract import happenings as h

LIST = "/charge-point/CP1/local-list"


def _agreeing(command: AnyCommand) -> AnyOutcome:
    if isinstance(command, ReadLocalListVersion):
        return outcomes.Accepted(result=LocalListTold(version=0))
    if isinstance(command, SendLocalList):
        return outcomes.Accepted(result=LocalListTaken(left_out=("LONG",)))
    if isinstance(command, CustomerInformation):
        return outcomes.Accepted(result=PartsFollow(request_id=command.request_id))
    return outcomes.Accepted()


async def test_a_list_is_brought_into_step(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    before = (await client.get(LIST)).json()
    assert (before["version"], before["isKnown"], before["inStep"]) == (None, False, None)
    for name in ("TAG", "LONG"):
        await client.post("/id-token", json={"idToken": name, "parent": "FLEET"})
    answer = (await client.post(LIST, json={})).json()
    assert [command["command"] for command in answer["commands"]] == ["ReadLocalListVersion", "SendLocalList"]
    now = answer["localList"]
    assert (answer["outcome"], now["version"], now["entries"], now["inStep"]) == ("Accepted", 1, 2, True)
    assert (await client.get(LIST)).json() == now
    entries = (await client.get(f"{LIST}/entry")).json()["items"]
    assert [(one["idToken"], one["status"], one["parent"], one["carried"]) for one in entries] == [
        ("LONG", "Accepted", "FLEET", False),
        ("TAG", "Accepted", "FLEET", True),
    ]
    assert (await client.post(LIST, json={})).json()["commands"] == []
    await client.patch("/id-token/TAG", json={"blocked": True})
    assert (await client.get(LIST)).json()["differences"] == 1


async def test_who_is_not_there_is_a_problem(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    answer = await client.post(LIST, json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "urn:chargeyard:problem:charge-point-offline")


async def test_the_version_is_asked_for_and_the_cache_cleared(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    told = await client.post("/charge-point/CP1/read-local-list-version")
    assert told.json()["result"]["version"] == 0
    assert (await client.post("/charge-point/CP1/clear-cache")).json()["outcome"] == "Accepted"
    assert yard.asked == [ReadLocalListVersion(), ClearCache()]


async def test_what_is_told_of_a_customer_is_read_and_erased(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    await client.post("/id-token", json={"idToken": "TAG", "kind": "eMAID"})
    asked = await client.post("/charge-point/CP1/customer-information", json={"idToken": "TAG"})
    number = asked.json()["result"]["requestId"]
    (command,) = yard.asked
    assert isinstance(command, CustomerInformation)
    assert (command.request_id, command.token_kind, command.report, command.clear) == (
        number,
        "eMAID",
        True,
        False,
    )
    place = f"/charge-point/CP1/customer-information/{number}"
    assert (await client.get(place)).json()["isComplete"] is False
    parts: list[Any] = []
    for sequence, text in ((1, "na"), (0, "An")):
        told = h.customer_told(sequence, text)
        advanced = h.listing_advanced(sequence, kind="CustomerInformation", is_last=sequence == 1)
        parts += [replace(told, request_id=number), replace(advanced, request_id=number)]
    await yard.record(*parts)
    row = (await client.get(place)).json()
    assert (row["text"], row["isComplete"], row["missing"]) == ("Anna", True, [])
    assert (await client.delete(place)).status_code == 204
    assert (await client.get(place)).json()["text"] == ""
    assert (await client.delete(place)).status_code == 404


HASH = {"hashAlgorithm": "SHA256", "issuerNameHash": "a", "issuerKeyHash": "b", "serialNumber": "1"}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"idToken": "A", "customerIdentifier": "B"},
        {"idToken": "A", "customerCertificate": HASH},
        {"idToken": "A", "report": False},
        {"customerCertificate": {**HASH, "hashAlgorithm": "MD5"}},
        {"customerIdentifier": "c" * 65},
    ],
)
async def test_a_customer_is_exactly_one(
    client: httpx2.AsyncClient, yard: Yard, body: dict[str, Any]
) -> None:
    await yard.connect("CP1", _agreeing)
    assert (await client.post("/charge-point/CP1/customer-information", json=body)).status_code == 400
    assert yard.asked == []


async def test_other_listings_are_no_customers(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    await yard.record(
        ListingAsked(recorded_at=START, charge_point="CP1", kind="Variable", request_id=7, is_whole=True),
        ListingAdvanced(
            recorded_at=START,
            charge_point="CP1",
            kind="Variable",
            request_id=7,
            sequence=0,
            is_last=True,
            items=1,
        ),
    )
    assert (await client.get("/charge-point/CP1/customer-information/7")).status_code == 404
