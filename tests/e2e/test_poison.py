"""Every field of every message a charge point can send, with every poison in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from chargeyard.ocpp.v16 import CATALOGUE
from tests.e2e.poisons import poisoned
from tests.e2e.server import Server, serving
from tests.e2e.wire import AT, BOOT, Payload, booted, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
ALLOWED = {
    "FormationViolation",
    "OccurenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
}
"""Error codes that name a fault of the message, never one of ours."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("poison")) as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


VALID: dict[str, Payload] = {
    "Authorize": {"idTag": "TAG"},
    "BootNotification": BOOT
    | {
        "chargePointSerialNumber": "S", "chargeBoxSerialNumber": "B", "firmwareVersion": "F", "iccid": "I",
        "imsi": "I", "meterType": "M", "meterSerialNumber": "M",
    },
    "DataTransfer": {"vendorId": "V", "messageId": "M", "data": "D"},
    "DiagnosticsStatusNotification": {"status": "Idle"},
    "FirmwareStatusNotification": {"status": "Idle"},
    "Heartbeat": {"surplus": 1},
    "LogStatusNotification": {"status": "Idle", "requestId": 1},
    "MeterValues": {
        "connectorId": 1,
        "transactionId": 1,
        "meterValue": [{"timestamp": AT, "sampledValue": [{"value": "1", "unit": "Wh", "phase": "L1"}]}],
    },
    "SecurityEventNotification": {"type": "T", "timestamp": AT, "techInfo": "I"},
    "SignCertificate": {"csr": "C"},
    "SignedFirmwareStatusNotification": {"status": "Idle", "requestId": 1},
    "StartTransaction": START | {"reservationId": 1},
    "StatusNotification": {
        "connectorId": 1, "errorCode": "NoError", "status": "Available", "info": "I", "timestamp": AT,
        "vendorId": "V", "vendorErrorCode": "E",
    },
    "StopTransaction": {
        "transactionId": 1, "meterStop": 1, "timestamp": AT, "reason": "Local", "idTag": "TAG",
        "transactionData": [{"timestamp": AT, "sampledValue": [{"value": "1"}]}],
    },
}  # fmt: skip
NEVER_REFUSED = {"StartTransaction", "StopTransaction", "MeterValues"}


@pytest.mark.parametrize("reading", ["strict", "tolerant"])
async def test_no_poison_in_any_field_breaks_anything(server: Server, reading: str) -> None:
    """Each is answered; none by an internal error; a tolerant reading refuses no start, stop or meter value."""
    assert VALID.keys() == {action.name for action in CATALOGUE.from_charge_point()}
    identity = f"POISONED-{reading}"
    codes: set[tuple[str, str]] = set()
    async with booted(server, identity, reading=reading) as charge_point:
        for action, payload in VALID.items():
            for text in poisoned(payload):
                await charge_point.say(f'[2,"id","{action}",{text}]')
                reply = await charge_point.hear()
                assert reply[1] == "id", f"{action} {text} was followed by {reply}"
                codes |= {(action, reply[2])} if reply[0] == 4 else set()
        await charge_point.alive()
    assert not {code for _, code in codes} - ALLOWED
    refused = {action for action, code in codes if code != "FormationViolation"}
    assert reading == "strict" or not refused & NEVER_REFUSED
    for path in ("", "/finding", "/message", "/report", "/connector"):
        await told(server, "GET", f"/charge-point/{identity}{path}")
    await items(server, "/charge-transaction", cpId=identity)
