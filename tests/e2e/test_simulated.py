"""The simulated charge points of all versions against a real server: they charge, obey, go offline and lose nothing."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.server import Server, serving
from tests.e2e.simulated import VERSIONS, simulated
from tests.e2e.wire import Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    directory = tmp_path_factory.mktemp("simulated")
    async with serving(directory, ocpp__unknown_charge_points="accept") as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.fixture(params=VERSIONS)
def version(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def _only_transaction(server: Server, identity: str) -> Payload:
    [transaction] = await items(server, "/charge-transaction", cpId=identity)
    return transaction


async def test_a_car_is_charged(server: Server, version: str) -> None:
    """Also over a second without connection: what happened meanwhile is told afterwards."""
    identity = f"CHARGES-{version}"
    async with simulated(server, identity, version) as charge_point:
        charge_point.plug_in()
        charge_point.present("TAG-1")
        await charge_point.until(charge_point.is_charging)
        await charge_point.until(lambda: charge_point.transaction_id() is not None)
        begun_wh = charge_point.energy_wh()
        charge_point.cut_link(1.0)
        await charge_point.until(lambda: charge_point.energy_wh() > begun_wh + 300)
        await charge_point.until(lambda: charge_point.is_online)
        charge_point.present("TAG-1")
        charge_point.unplug()
        await charge_point.until(lambda: not charge_point.is_charging() and not charge_point.undelivered)
        charged_wh = charge_point.energy_wh() - begun_wh
    transaction = await _only_transaction(server, identity)
    assert transaction | {"running": False, "idTag": "TAG-1", "reason": "Local"} == transaction
    assert transaction["energyWh"] == pytest.approx(charged_wh, abs=30)
    assert await items(server, f"/charge-point/{identity}/finding") == []


async def test_a_car_is_charged_by_remote_control(server: Server, version: str) -> None:
    identity = f"REMOTE-{version}"
    async with simulated(server, identity, version) as charge_point:
        charge_point.plug_in()
        wish = {"cpId": identity, "connectorId": 1, "idTag": "TAG-1"}
        assert (await told(server, "POST", "/charge-transaction/start", json=wish))["outcome"] == "Accepted"
        await charge_point.until(charge_point.is_charging)
        await charge_point.until(lambda: not charge_point.undelivered)
        running = await _only_transaction(server, identity)
        stopped = await told(server, "POST", f"/charge-transaction/stop/{running['id']}")
        assert stopped["outcome"] == "Accepted"
        await charge_point.until(lambda: not charge_point.is_charging() and not charge_point.undelivered)
    transaction = await _only_transaction(server, identity)
    assert (transaction["running"], transaction["reason"]) == (False, "Remote")
    assert await items(server, f"/charge-point/{identity}/finding") == []


async def test_any_message_can_be_said(server: Server, version: str) -> None:
    async with simulated(server, f"SAYS-{version}", version) as charge_point:
        answer = await charge_point.say("Heartbeat", {})
        assert answer is not None
        assert answer.keys() == {"currentTime"}
        unknown = await charge_point.say("DataTransfer", {"vendorId": "nobody"})
        assert unknown == {"status": "UnknownVendorId"}
