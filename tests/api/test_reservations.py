"""Reservations over REST."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest

from chargeyard.domain import outcomes
from chargeyard.domain.commands import AnyCommand, CancelReservation, ReserveNow
from chargeyard.domain.outcomes import AnyOutcome, telling
from chargeyard.domain.results import ReservationNumbered
from tests.api.yard import START, Yard
from tests.contract import happenings as h

SOON = (START + timedelta(hours=1)).isoformat()


def _agreeing(command: AnyCommand) -> AnyOutcome:
    if isinstance(command, ReserveNow):
        return telling(outcomes.Accepted(), ReservationNumbered(reservation_id=command.reservation))
    return outcomes.Accepted()


async def _only(client: httpx2.AsyncClient) -> dict[str, Any]:
    (row,) = (await client.get("/charge-point/CP1/reservation")).json()["items"]
    found: dict[str, Any] = row
    return found


async def test_an_outlet_is_held_and_let_go(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    token = {"idToken": "TAG", "kind": "ISO14443", "parent": "FLEET"}
    await client.post("/id-token", json=token)
    body = {"idToken": "TAG", "expiresAt": SOON, "connectorId": 2}
    made = await client.post("/charge-point/CP1/reserve", json=body)
    assert made.status_code == 200
    number = made.json()["result"]["reservationId"]
    (asked,) = yard.asked
    assert isinstance(asked, ReserveNow)
    assert (asked.reservation, asked.evse, asked.token_kind, asked.parent) == (number, 2, "ISO14443", "FLEET")
    row = await _only(client)
    assert (row["reservationId"], row["connectorId"], row["idToken"], row["state"]) == (
        number,
        2,
        "TAG",
        "active",
    )
    assert (await client.post(f"/charge-point/CP1/cancel-reservation/{number}")).status_code == 200
    assert yard.asked[-1] == CancelReservation(reservation=number)
    assert (await client.get(f"/charge-point/CP1/reservation/{number}")).json()["state"] == "cancelled"


async def test_a_reservation_expires_by_the_clock(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    await client.post("/charge-point/CP1/reserve", json={"idToken": "TAG", "expiresAt": SOON})
    yard.clock.jump(hours=2)
    row = await _only(client)
    assert (row["state"], row["endedAt"]) == ("expired", row["expiresAt"])


async def test_one_key_reserves_once(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    body = {"idToken": "TAG", "expiresAt": SOON}
    answers = [
        await client.post("/charge-point/CP1/reserve", json=body, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json()["result"] == answers[1].json()["result"]
    assert len(yard.asked) == 1
    assert (await _only(client))["state"] == "active"


async def test_who_is_not_there_holds_nothing(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.register("CP1")
    body = {"idToken": "TAG", "expiresAt": SOON}
    assert (await client.post("/charge-point/CP1/reserve", json=body)).status_code == 409
    row = await _only(client)
    assert (row["state"], row["reason"]) == ("refused", "Offline")


@pytest.mark.parametrize(
    "body",
    [
        {"idToken": "TAG"},
        {"idToken": "TAG", "expiresAt": START.isoformat()},
        {"idToken": "", "expiresAt": SOON},
        {"idToken": "TAG", "expiresAt": SOON, "connectorId": -1},
        {"idToken": "TAG", "expiresAt": SOON, "connectorId": 1, "connectorType": "cType2"},
        {"idToken": "TAG", "expiresAt": SOON, "reservationId": 7},
        {"idToken": "keycode:0123", "expiresAt": SOON},
    ],
)
async def test_what_is_no_wish(client: httpx2.AsyncClient, yard: Yard, body: dict[str, Any]) -> None:
    await yard.connect("CP1", _agreeing)
    assert (await client.post("/charge-point/CP1/reserve", json=body)).status_code == 400
    assert yard.asked == []


async def test_one_that_holds_named_outlets_only(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    told = h.variable("NonEvseSpecific", "false", component="ReservationCtrlr")
    await yard.record(h.variables(told, at=START))
    body = {"idToken": "TAG", "expiresAt": SOON}
    assert (await client.post("/charge-point/CP1/reserve", json=body)).status_code == 400
    named = await client.post("/charge-point/CP1/reserve", json={**body, "connectorId": 1})
    assert named.status_code == 200


async def test_a_reservation_belongs_to_its_charge_point(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", _agreeing)
    await yard.connect("CP2", _agreeing)
    made = await client.post("/charge-point/CP1/reserve", json={"idToken": "TAG", "expiresAt": SOON})
    number = made.json()["result"]["reservationId"]
    assert (await client.post(f"/charge-point/CP2/cancel-reservation/{number}")).status_code == 404
    assert (await client.get(f"/charge-point/CP2/reservation/{number}")).status_code == 404


async def test_a_registered_key_code_is_reserved_for_as_what_it_is(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.connect("CP1", _agreeing)
    await client.post("/id-token", json={"idToken": "4711", "kind": "KeyCode"})
    body = {"idToken": "4711", "expiresAt": SOON, "connectorId": 2}
    assert (await client.post("/charge-point/CP1/reserve", json=body)).status_code == 200
    (asked,) = yard.asked
    assert isinstance(asked, ReserveNow)
    assert asked.token_kind == "KeyCode"
    kept = await client.get("/charge-point/CP1/command")
    assert "4711" not in kept.text
