"""What a transaction of 2.x has beside its course: missing events, costs, limits, all of it asked and told."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e import ocpp2
from tests.e2e.ocpp2 import Answering, Client
from tests.e2e.server import Server, serving
from tests.e2e.wire import ANSWERED_WITHIN_S, Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = {"id_token": "TAG-1", "type": "ISO14443"}
BEGIN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=10)
ANSWERS: dict[str, Answering] = {
    "GetTransactionStatus": lambda asked: {"messages_in_queue": False, "ongoing_indicator": False},
    "CostUpdated": lambda asked: {},
    "RequestStartTransaction": lambda asked: {"status": "Accepted"},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("transactions2")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.fixture(params=ocpp2.VERSIONS)
def word(request: pytest.FixtureRequest) -> str:
    """The subprotocol of the client."""
    return str(request.param)


async def _event(
    charge_point: Client, number: int, kind: str = "Updated", trigger: str = "Trigger", **rest: Any
) -> Any:
    """An event of `tx-1`, a minute after the one before it."""
    at = (BEGIN + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
    info = {"transaction_id": "tx-1", **rest.pop("info", {})}
    return await charge_point.say(
        "TransactionEvent",
        event_type=kind,
        timestamp=at,
        trigger_reason=trigger,
        seq_no=number,
        transaction_info=info,
        **rest,
    )


def _register(number: int, wh: float) -> list[Payload]:
    at = (BEGIN + timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
    return [{"timestamp": at, "sampled_value": [{"value": wh, "context": "Transaction.Begin"}]}]


async def _only(server: Server, identity: str) -> Payload:
    [found] = await items(server, "/charge-transaction", cpId=identity)
    return found


async def _until_asked(charge_point: Client, action: str) -> None:
    """Say something harmless until the server has asked `action`."""
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while not charge_point.payloads(action):
            await charge_point.say("Heartbeat")


async def test_after_an_end_with_a_gap_the_rest_is_asked_for_and_still_taken(
    server: Server, word: str
) -> None:
    identity = f"GAPS-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        await _event(charge_point, 0, "Started", "CablePluggedIn", evse={"id": 1}, id_token=TOKEN)
        await _event(charge_point, 3, "Ended", "EVDeparted", meter_value=_register(3, 2500))
        await _until_asked(charge_point, "GetTransactionStatus")
        assert charge_point.payloads("GetTransactionStatus") == [{"transactionId": "tx-1"}]
        ended = await _only(server, identity)
        while ended["account"]["queue"] is None:  # the answer is on its way into the store
            ended = await _only(server, identity)
        assert (ended["isWhole"], ended["eventGaps"]) == (False, 2)
        queue = ended["account"]["queue"]
        assert (queue["isOngoing"], queue["hasMessages"]) == (False, False)
        await _event(charge_point, 2, offline=True)
        await _event(charge_point, 1, "Updated", "MeterValuePeriodic", meter_value=_register(1, 1000))
        whole = await _only(server, identity)
        assert (whole["isWhole"], whole["eventGaps"], whole["energyWh"]) == (True, 0, 1500)
        again = await told(server, "POST", f"/charge-transaction/status/{whole['id']}")
        assert again["result"] == {
            "result": "TransactionStatusTold",
            "isOngoing": False,
            "hasMessages": False,
        }
        await told(server, "POST", f"/charge-point/{identity}/transaction-status")
        assert charge_point.payloads("GetTransactionStatus")[-1] == {}


async def test_a_driver_is_told_what_it_costs(server: Server, word: str) -> None:
    identity = f"COSTS-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        started = await _event(charge_point, 0, "Started", "Authorized", evse={"id": 1}, id_token=TOKEN)
        assert started.total_cost is None, "what is not known is not free"
        number = (await _only(server, identity))["id"]
        price = {"amount": "1.10", "currency": "EUR"}
        await told(server, "PUT", f"/charge-transaction/{number}/cost", json=price)
        assert (await _event(charge_point, 1)).total_cost == 1.1
        shown = {"amount": "2.20", "currency": "EUR"}
        await told(server, "POST", f"/charge-transaction/cost-update/{number}", json=shown)
        assert charge_point.payloads("CostUpdated") == [{"totalCost": 2.2, "transactionId": "tx-1"}]
        assert (await _event(charge_point, 2)).total_cost == 2.2
        assert (await _event(charge_point, 3, offline=True)).total_cost is None
        free = {"amount": 0, "currency": "EUR", "isFinal": True}
        await told(server, "PUT", f"/charge-transaction/{number}/cost", json=free)
        assert (await _event(charge_point, 4, "Ended", "EVDeparted")).total_cost == 0
        assert (await _only(server, identity))["account"]["cost"]["amount"] == "0"


async def test_the_number_of_a_remote_start_comes_back_with_the_transaction(
    server: Server, word: str
) -> None:
    identity = f"REMOTE-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        await told(server, "POST", "/charge-transaction/start", json={"cpId": identity, "idTag": "TAG-1"})
        [asked] = charge_point.payloads("RequestStartTransaction")
        info = {"remote_start_id": asked["remoteStartId"]}
        await _event(charge_point, 0, "Started", "RemoteStart", id_token=TOKEN, info=info)
        stopper = {"id_token": "TAG-2", "type": "ISO14443"}
        await _event(charge_point, 1, "Ended", "StopAuthorized", id_token=stopper)
        ended = await _only(server, identity)
        assert ended["remoteStartId"] == asked["remoteStartId"]
        assert (ended["idTag"], ended["stopIdTag"]) == ("TAG-1", "TAG-2"), "whoever starts pays"


async def test_limits_are_told_once_and_come_back(server: Server, word: str) -> None:
    identity = f"LIMITS-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        await _event(charge_point, 0, "Started", "Authorized", evse={"id": 1}, id_token=TOKEN)
        number = (await _only(server, identity))["id"]
        wish = {"maxCost": "20.50", "maxTimeS": 3600}
        answer = await told(server, "POST", f"/charge-transaction/limit/{number}", json=wish)
        if word == "ocpp2.0.1":
            assert answer["outcome"] == "Unsupported"
            return
        assert answer["outcome"] == "Scheduled"
        limit = {"max_cost": 20.5, "max_time": 3600}
        assert (await _event(charge_point, 1)).transaction_limit == limit
        cost = {
            "total_cost": {"currency": "EUR", "type_of_cost": "NormalCost", "total": {"incl_tax": 3.57}},
            "total_usage": {"energy": 10.5, "charging_time": 1800, "idle_time": 0},
        }
        info = {"transaction_limit": limit, "tariff_id": "T1"}
        again = await _event(charge_point, 2, trigger="LimitSet", info=info, cost_details=cost)
        assert again.transaction_limit is None
        account = (await _only(server, identity))["account"]
        assert (account["limits"]["maxCost"], account["limits"]["maxTimeS"]) == ("20.5", 3600)
        assert account["wishedLimits"]["toldAt"] is not None
        assert (account["toldCost"]["inclTax"], account["tariffId"]) == ("3.57", "T1")
        assert account["toldCost"]["doubts"] == []
