"""Outlets are held by charge points that others wrote, and used, let go, or lost."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from ocpp.v16 import call

from tests.e2e import ocpp2, pypi
from tests.e2e.ocpp2 import Answering
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

ANSWERS: dict[str, Answering] = {
    "ReserveNow": lambda asked: {"status": "Occupied" if asked.get("evse_id") == 9 else "Accepted"},
    "CancelReservation": lambda asked: {"status": "Accepted"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("reservations")) as server:
        token = {"idToken": "TAG-1", "kind": "ISO14443", "parent": "FLEET", "maxTransactions": None}
        await told(server, "POST", "/id-token", json=token)
        await told(server, "POST", "/id-token", json={**token, "idToken": "TAG-2"})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


def _soon() -> str:
    return (datetime.now(UTC) + timedelta(hours=1)).isoformat()


async def _reserve(server: Server, identity: str, **wish: Any) -> tuple[int, Payload]:
    body = {"idToken": "TAG-1", "expiresAt": _soon(), **wish}
    answer = await told(server, "POST", f"/charge-point/{identity}/reserve", json=body)
    return answer["result"]["reservationId"], answer


async def _state(server: Server, identity: str, number: int) -> str:
    return str((await told(server, "GET", f"/charge-point/{identity}/reservation/{number}"))["state"])


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_a_reservation_is_held_cancelled_removed_and_used(server: Server, word: str) -> None:
    identity = f"HOLDS-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        first, _ = await _reserve(server, identity, connectorId=1)
        asked = charge_point.payloads("ReserveNow")[0]
        assert (asked["id"], asked["evseId"]) == (first, 1)
        assert asked["idToken"] == {"idToken": "TAG-1", "type": "ISO14443"}
        assert asked["groupIdToken"] == {"idToken": "FLEET", "type": "Central"}
        assert await _state(server, identity, first) == "active"
        await told(server, "POST", f"/charge-point/{identity}/cancel-reservation/{first}")
        assert charge_point.payloads("CancelReservation") == [{"reservationId": first}]
        assert await _state(server, identity, first) == "cancelled"

        typed, _ = await _reserve(server, identity, connectorType="cType2")
        assert charge_point.payloads("ReserveNow")[1]["connectorType"] == "cType2"
        gone = {"reservation_id": typed, "reservation_update_status": "Removed"}
        await charge_point.say("ReservationStatusUpdate", **gone)
        assert await _state(server, identity, typed) == "removed"

        refused, answer = await _reserve(server, identity, connectorId=9)
        assert (answer["status"], await _state(server, identity, refused)) == ("Occupied", "refused")

        held, _ = await _reserve(server, identity)
        await charge_point.say(
            "TransactionEvent",
            event_type="Started",
            timestamp=datetime.now(UTC).isoformat(),
            trigger_reason="Authorized",
            seq_no=0,
            transaction_info={"transaction_id": "tx-1"},
            evse={"id": 1, "connector_id": 1},
            id_token={"id_token": "TAG-2", "type": "ISO14443"},
        )
        used = await told(server, "GET", f"/charge-point/{identity}/reservation/{held}")
        assert (used["state"], used["transactionId"] > 0) == ("used", True)


async def test_one_of_1_6_holds_an_outlet_until_somebody_charges(server: Server) -> None:
    async with pypi.client(server, "HOLDS-16") as charge_point:
        held, _ = await _reserve(server, "HOLDS-16", connectorId=1)
        action, payload = charge_point.asked
        assert (action, payload["reservationId"], payload["parentIdTag"]) == ("ReserveNow", held, "FLEET")
        typed = {"idToken": "TAG-1", "expiresAt": _soon(), "connectorType": "cType2"}
        answer = await server.http.post("/charge-point/HOLDS-16/reserve", json=typed)
        assert answer.status_code == 422
        await charge_point.call(
            call.StartTransaction(1, "TAG-1", 0, datetime.now(UTC).isoformat(), held), suppress=False
        )
        assert await _state(server, "HOLDS-16", held) == "used"
