"""Charge points that others wrote charge a car here, and do all that REST can tell them to.

The PyPI package `ocpp` checks every message of ours against the published schemas; `examples/ocpp_client.py`
shares no code with the server either.
"""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import ocpp.exceptions
import pytest
import pytest_asyncio
from ocpp.v16 import call, call_result
from websockets.asyncio.client import connect

from chargeyard.ocpp.v16 import CATALOGUE
from tests.e2e.pypi import PASSWORD, client
from tests.e2e.server import Server, serving
from tests.e2e.wire import ANSWERED_WITHIN_S, AT, OFFER, Payload, items, register, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLE = Path(__file__).parents[2] / "examples" / "ocpp_client.py"
PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----"
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "aa", "issuerKeyHash": "bb", "serialNumber": "1f"}
PROFILE = {
    "chargingProfileId": 1, "stackLevel": 0, "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A", "startSchedule": AT,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}],
    },
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("clients")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG-1", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


# --- the client of PyPI ---------------------------------------------------------------------------------------


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def obedient(server: Server) -> AsyncIterator[Any]:
    async with client(server, "OBEDIENT") as charge_point:
        yield charge_point


@pytest.fixture
def moody(obedient: Any) -> Iterator[Any]:
    """The same, and whatever it is made to answer otherwise is forgotten after the test."""
    yield obedient
    obedient.otherwise.clear()


async def test_the_client_of_pypi_charges_a_car(server: Server) -> None:
    begin = datetime.now(UTC).replace(microsecond=0)

    def after(minutes: int) -> str:
        return (begin + timedelta(minutes=minutes)).isoformat()

    async with client(server, "PYPI") as charge_point:

        async def say(message: Any) -> Any:
            return await charge_point.call(message, suppress=False)

        await say(call.StatusNotification(1, "NoError", "Preparing"))
        assert (await say(call.Authorize("TAG-1"))).id_tag_info == {"status": "Accepted"}
        started = await say(call.StartTransaction(1, "TAG-1", 12_000, after(0)))
        assert started.id_tag_info["status"] == "Accepted"
        number = started.transaction_id
        await say(call.StatusNotification(1, "NoError", "Charging"))
        for minute in (1, 2, 3):
            samples = [
                {"value": str(12 + minute / 10), "unit": "kWh", "measurand": "Energy.Active.Import.Register"},
                {"value": "6000", "unit": "W", "measurand": "Power.Active.Import"},
            ]
            values = [{"timestamp": after(minute), "sampledValue": samples}]
            await say(call.MeterValues(1, values, number))
        running = await told(server, "GET", f"/charge-transaction/{number}")
        assert (running["running"], running["energyWh"], running["powerW"]) == (True, 300, 6000)
        await say(call.StopTransaction(12_345, after(4), number, "Local", "TAG-1"))
        await say(call.StatusNotification(1, "NoError", "Available"))
        await say(call.Heartbeat())
    transaction = await told(server, "GET", f"/charge-transaction/{number}")
    assert transaction | {
        "running": False, "cpId": "PYPI", "connectorId": 1, "idTag": "TAG-1", "energyWh": 345, "meterStartWh": 12_000,
        "meterStopWh": 12_345, "quality": "ok", "completeness": "reported", "reason": "Local",
    } == transaction  # fmt: skip
    assert datetime.fromisoformat(transaction["stoppedAt"]) - begin == timedelta(minutes=4)
    readings = await items(server, f"/charge-transaction/{number}/meter-value")
    assert sorted(reading["energyWh"] for reading in readings) == [12_100, 12_200, 12_300]
    assert await items(server, "/charge-point/PYPI/finding") == []


# --- the example ----------------------------------------------------------------------------------------------


async def test_the_example_charges_a_car_by_token_and_by_password(server: Server) -> None:
    await register(server, "BY-TOKEN", token="validToken")
    await register(server, "BY-PASSWORD", password=PASSWORD)
    await asyncio.gather(
        _run_example(f"{server.ws_url}?validToken"),
        _run_example(f"{server.ws_url}/BY-PASSWORD", "--password", PASSWORD, "--connector", "2"),
    )
    for identity, connector in (("BY-TOKEN", 1), ("BY-PASSWORD", 2)):
        [transaction] = await items(server, "/charge-transaction", cpId=identity)
        assert (transaction["running"], transaction["connectorId"]) == (False, connector)
        assert (transaction["energyWh"], transaction["quality"]) == (500, "ok")
        readings = await items(server, f"/charge-transaction/{transaction['id']}/meter-value")
        assert len(readings) == 5
        assert await items(server, f"/charge-point/{identity}/finding") == []


async def _run_example(*arguments: str) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, str(EXAMPLE), *arguments, "--once"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode == 0, output.decode()


# --- every message by its name --------------------------------------------------------------------------------

PAYLOADS: dict[str, Payload] = {
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": PEM},
    "ChangeAvailability": {"connectorId": 0, "type": "Inoperative"},
    "ChangeConfiguration": {"key": "HeartbeatInterval", "value": "300"},
    "ClearCache": {},
    "ClearChargingProfile": {"id": 1, "connectorId": 1, "chargingProfilePurpose": "TxProfile", "stackLevel": 0},
    "DataTransfer": {"vendorId": "V", "messageId": "ping", "data": "ping"},
    "DeleteCertificate": {"certificateHashData": HASHES},
    "ExtendedTriggerMessage": {"requestedMessage": "SignChargePointCertificate"},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 3600, "chargingRateUnit": "A"},
    "GetConfiguration": {"key": ["HeartbeatInterval", "Colour"]},
    "GetDiagnostics": {"location": "ftp://example.org/in", "retries": 1, "retryInterval": 60, "startTime": AT},
    "GetInstalledCertificateIds": {"certificateType": "CentralSystemRootCertificate"},
    "GetLocalListVersion": {},
    "GetLog": {"log": {"remoteLocation": "ftp://example.org/in"}, "logType": "SecurityLog", "requestId": 1},
    "InstallCertificate": {"certificateType": "ManufacturerRootCertificate", "certificate": PEM},
    "RemoteStartTransaction": {"idTag": "TAG-1", "connectorId": 1, "chargingProfile": PROFILE},
    "RemoteStopTransaction": {"transactionId": 1},
    "ReserveNow": {"connectorId": 1, "expiryDate": AT, "idTag": "TAG-1", "reservationId": 1, "parentIdTag": "P"},
    "Reset": {"type": "Soft"},
    "SendLocalList": {
        "listVersion": 1, "updateType": "Full",
        "localAuthorizationList": [{"idTag": "TAG-1", "idTagInfo": {"status": "Accepted", "expiryDate": AT}}],
    },
    "SetChargingProfile": {"connectorId": 1, "csChargingProfiles": PROFILE},
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {
            "location": "ftp://example.org/firmware", "retrieveDateTime": AT, "signingCertificate": PEM, "signature": "c2ln",
        },
    },
    "TriggerMessage": {"requestedMessage": "MeterValues", "connectorId": 1},
    "UnlockConnector": {"connectorId": 1},
    "UpdateFirmware": {"location": "ftp://example.org/firmware", "retrieveDate": AT},
}  # fmt: skip


@pytest.mark.parametrize("action", [action.name for action in CATALOGUE.to_charge_point()])
async def test_every_message_goes_out_as_it_was_written_and_its_answer_comes_back(
    server: Server, obedient: Any, action: str
) -> None:
    envelope = await told(server, "POST", f"/charge-point/OBEDIENT/command/{action}", json=PAYLOADS[action])
    assert obedient.asked == [action, PAYLOADS[action]]
    assert obedient.wire.said[-1][0] == 3
    assert envelope["answer"] == obedient.replied
    assert envelope["status"] == obedient.replied.get("status")
    assert envelope["outcome"] == ("Rejected" if envelope["status"] == "NotFound" else "Accepted")
    assert (envelope["cpId"], envelope["command"], envelope["principal"]) == ("OBEDIENT", action, "admin")
    assert envelope["submittedAt"] <= envelope["settledAt"]
    assert envelope["error"] is None
    stored = await told(server, "GET", f"/charge-point/OBEDIENT/command/{envelope['commandId']}")
    assert stored["outcome"] == envelope["outcome"]


SEEDED: dict[str, tuple[str, Payload, str]] = {
    # path and query: (action, its payload, status in the answer)
    "hard-reset": ("Reset", {"type": "Hard"}, "Accepted"),
    "soft-reset": ("Reset", {"type": "Soft"}, "Accepted"),
    "connector-unlock?connectorId=2": ("UnlockConnector", {"connectorId": 2}, "Unlocked"),
    "status-notification?connectorId=2": (
        "TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 2}, "Accepted",
    ),
    "status-notification": ("TriggerMessage", {"requestedMessage": "StatusNotification"}, "Accepted"),
    "boot-notification": ("TriggerMessage", {"requestedMessage": "BootNotification"}, "Accepted"),
    "heartbeat": ("TriggerMessage", {"requestedMessage": "Heartbeat"}, "Accepted"),
    "meter-values?connectorId=1": (
        "TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 1}, "Accepted",
    ),
    "change-configurations?key=MeterValueSampleInterval&value=60": (
        "ChangeConfiguration", {"key": "MeterValueSampleInterval", "value": "60"}, "Accepted",
    ),
    "change-availability?type=Inoperative": (
        "ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}, "Accepted",
    ),
}  # fmt: skip


@pytest.mark.parametrize("path", SEEDED)
async def test_the_paths_that_scripts_rely_on(server: Server, obedient: Any, path: str) -> None:
    action, payload, status = SEEDED[path]
    envelope = await told(server, "POST", f"/charge-point/OBEDIENT/{path}")
    assert obedient.asked == [action, payload]
    assert (envelope["outcome"], envelope["status"], envelope["answer"]) == (
        "Accepted",
        status,
        {"status": status},
    )


async def test_the_configuration_is_read(server: Server, obedient: Any) -> None:
    envelope = await told(
        server, "GET", "/charge-point/OBEDIENT/configuration?key=HeartbeatInterval&key=Colour"
    )
    assert obedient.asked == ["GetConfiguration", {"key": ["HeartbeatInterval", "Colour"]}]
    assert envelope["answer"]["unknownKey"] == ["Colour"]


async def test_a_transaction_is_started_and_stopped_from_rest(server: Server, obedient: Any) -> None:
    wish = {"cpId": "OBEDIENT", "connectorId": 1, "idTag": "TAG-1"}
    envelope = await told(server, "POST", "/charge-transaction/start", json=wish)
    assert obedient.asked == ["RemoteStartTransaction", {"idTag": "TAG-1", "connectorId": 1}]
    assert envelope["outcome"] == "Accepted"
    started = await obedient.call(call.StartTransaction(1, "TAG-1", 0, AT), suppress=False)
    stop = f"/charge-transaction/stop/{started.transaction_id}"
    assert (await told(server, "POST", stop))["outcome"] == "Accepted"
    assert obedient.asked == ["RemoteStopTransaction", {"transactionId": started.transaction_id}]
    await obedient.call(call.StopTransaction(10, AT, started.transaction_id, "Remote"), suppress=False)
    again = await server.http.post(stop)
    assert_problem(again, 409, "transaction-not-running")


# --- the same commands for all versions ----------------------------------------------------------------------

CERTIFICATE = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----"


async def test_firmware_without_a_number_goes_on_as_the_latest_job(server: Server, obedient: Any) -> None:
    wish = {"location": "ftp://example.org/f", "retrieveAt": AT}
    envelope = await told(server, "POST", "/charge-point/OBEDIENT/update-firmware", json=wish)
    assert obedient.asked == ["UpdateFirmware", {"location": "ftp://example.org/f", "retrieveDate": AT}]
    for status in ("Downloading", "Downloaded", "Installed"):
        await obedient.call(call.FirmwareStatusNotification(status), suppress=False)
    job = (await items(server, "/charge-point/OBEDIENT/job"))[0]
    assert (job["requestId"], job["status"]) == (envelope["result"]["requestId"], "Installed")
    assert [step["status"] for step in job["steps"]] == ["Downloading", "Downloaded", "Installed"]


async def test_signed_firmware_goes_on_by_its_number(server: Server, obedient: Any) -> None:
    wish = {"location": "ftp://example.org/f", "signingCertificate": CERTIFICATE, "signature": "c2ln"}
    await told(server, "POST", "/charge-point/OBEDIENT/update-firmware", json=wish)
    action, asked = obedient.asked
    assert (action, asked["firmware"]["signature"]) == ("SignedUpdateFirmware", "c2ln")
    said = call.SignedFirmwareStatusNotification("InvalidSignature", asked["requestId"])
    await obedient.call(said, suppress=False)
    job = (await items(server, "/charge-point/OBEDIENT/job"))[0]
    assert (job["requestId"], job["status"]) == (asked["requestId"], "InvalidSignature")
    assert job["finishedAt"]


async def test_who_knows_no_diagnostics_is_asked_for_a_log(server: Server, moody: Any) -> None:
    wish = {"kind": "Diagnostics", "location": "ftp://example.org/in"}
    envelope = await told(server, "POST", "/charge-point/OBEDIENT/get-log", json=wish)
    assert moody.asked == ["GetDiagnostics", {"location": "ftp://example.org/in"}]
    assert envelope["result"]["fileName"] == "diagnostics.zip"
    moody.otherwise["GetDiagnostics"] = ocpp.exceptions.NotImplementedError()
    envelope = await told(server, "POST", "/charge-point/OBEDIENT/get-log", json=wish)
    assert (moody.asked[0], envelope["result"]["fileName"]) == ("GetLog", "log.zip")
    progress = call.LogStatusNotification("Uploaded", envelope["result"]["requestId"])
    await moody.call(progress, suppress=False)
    newer, older = (await items(server, "/charge-point/OBEDIENT/job"))[:2]
    assert (newer["status"], older["status"]) == ("Uploaded", "")
    await moody.call(call.DiagnosticsStatusNotification("Uploaded"), suppress=False)
    assert (await items(server, "/charge-point/OBEDIENT/job"))[1]["status"] == "Uploaded"


async def test_certificates_have_the_same_words_as_in_later_versions(server: Server, moody: Any) -> None:
    snake = {
        "hash_algorithm": "SHA256",
        "issuer_name_hash": "aa",
        "issuer_key_hash": "bb",
        "serial_number": "1f",
    }
    moody.otherwise["GetInstalledCertificateIds"] = call_result.GetInstalledCertificateIds(
        "Accepted", [snake]
    )
    read = {"uses": ["ManufacturerRoot"]}
    envelope = await told(server, "POST", "/charge-point/OBEDIENT/read-certificates", json=read)
    assert moody.asked == ["GetInstalledCertificateIds", {"certificateType": "ManufacturerRootCertificate"}]
    assert envelope["result"]["certificates"] == [{"use": "ManufacturerRoot", "hashes": HASHES}]
    [held] = await items(server, "/charge-point/OBEDIENT/installed/certificate")
    assert held["body"] == {"use": "ManufacturerRoot", "hashes": HASHES}
    await told(server, "POST", "/charge-point/OBEDIENT/delete-certificate", json=HASHES)
    assert moody.asked == ["DeleteCertificate", {"certificateHashData": HASHES}]
    assert await items(server, "/charge-point/OBEDIENT/installed/certificate") == []
    signed = {"chain": CERTIFICATE}
    await told(server, "POST", "/charge-point/OBEDIENT/send-signed-certificate", json=signed)
    assert moody.asked == ["CertificateSigned", {"certificateChain": CERTIFICATE}]
    root = {"use": "V2GRoot", "certificate": CERTIFICATE}
    response = await server.http.post("/charge-point/OBEDIENT/install-certificate", json=root)
    assert_problem(response, 422, "invalid-command")


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("set-display-message", {"contents": [{"text": "Hello"}]}),
        ("read-display-messages", {}),
        ("clear-display-message", {"id": 1}),
        ("publish-firmware", {"location": "ftp://example.org/f", "checksum": "0" * 32}),
        ("clear-der-controls", {"isDefault": True}),
    ],
)
async def test_what_this_version_does_not_have_is_unsupported(
    server: Server, obedient: Any, path: str, wish: Payload
) -> None:
    envelope = await told(server, "POST", f"/charge-point/OBEDIENT/{path}", json=wish)
    assert envelope["outcome"] == "Unsupported"


# --- answers that are not a yes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "answer", "outcome"),
    [
        ("Reset", call_result.Reset("Rejected"), "Rejected"),
        ("UnlockConnector", call_result.UnlockConnector("UnlockFailed"), "Rejected"),
        ("UnlockConnector", call_result.UnlockConnector("NotSupported"), "Unsupported"),
        ("ChangeConfiguration", call_result.ChangeConfiguration("RebootRequired"), "Scheduled"),
        ("ChangeAvailability", call_result.ChangeAvailability("Scheduled"), "Scheduled"),
        ("ReserveNow", call_result.ReserveNow("Occupied"), "Rejected"),
        ("SendLocalList", call_result.SendLocalList("VersionMismatch"), "Rejected"),
        ("TriggerMessage", call_result.TriggerMessage("NotImplemented"), "Unsupported"),
        ("DataTransfer", call_result.DataTransfer("UnknownVendorId"), "Unsupported"),
    ],
)
async def test_what_a_charge_point_declines_is_a_200_with_its_own_word(
    server: Server, moody: Any, action: str, answer: Any, outcome: str
) -> None:
    moody.otherwise[action] = answer
    envelope = await told(server, "POST", f"/charge-point/OBEDIENT/command/{action}", json=PAYLOADS[action])
    assert (envelope["outcome"], envelope["status"]) == (outcome, answer.status)


async def test_a_refusal_of_the_charge_point_is_a_502(server: Server, moody: Any) -> None:
    moody.otherwise["Reset"] = ValueError("out of order")
    response = await server.http.post("/charge-point/OBEDIENT/hard-reset")
    problem = assert_problem(response, 502, "charge-point-error")
    assert (problem["outcome"], problem["error"]["code"]) == ("Failed", "InternalError")


async def test_no_answer_is_a_504(server: Server) -> None:
    await register(server, "MUTE")
    async with connect(f"{server.ws_url}/MUTE", subprotocols=OFFER, proxy=None) as socket:
        await socket.send('[2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
        await socket.recv()
        response = await server.http.post(
            "/charge-point/MUTE/hard-reset", headers={"Prefer": "wait=1"}, timeout=ANSWERED_WITHIN_S
        )
        assert assert_problem(response, 504, "no-answer")["outcome"] == "TimedOut"
        late = json.loads(await socket.recv())
        await socket.send(json.dumps([3, late[1], {"status": "Accepted"}]))
        await socket.send('[2,"2","Heartbeat",{}]')
        assert json.loads(await socket.recv())[1] == "2"


async def test_a_session_that_ends_meanwhile_is_a_502(server: Server) -> None:
    await register(server, "FLEETING")
    async with connect(f"{server.ws_url}/FLEETING", subprotocols=OFFER, proxy=None) as socket:
        await socket.send('[2,"1","BootNotification",{"chargePointVendor":"V","chargePointModel":"M"}]')
        await socket.recv()
        asking = asyncio.create_task(server.http.post("/charge-point/FLEETING/hard-reset"))
        await socket.recv()
    assert assert_problem(await asking, 502, "charge-point-error")["error"]["code"] == "SessionEnded"


@pytest.mark.parametrize("path", [*SEEDED, "command/ClearCache"])
async def test_offline_is_a_409_and_unknown_a_404(server: Server, path: str) -> None:
    if not (await server.http.get("/charge-point/AWAY")).is_success:
        await register(server, "AWAY")
    offline = await server.http.post(f"/charge-point/AWAY/{path}")
    assert assert_problem(offline, 409, "charge-point-offline")["outcome"] == "Offline"
    unknown = await server.http.post(f"/charge-point/NOBODY/{path}")
    assert_problem(unknown, 404, "charge-point-not-found")


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("Levitate", "{}"),
        ("BootNotification", '{"chargePointVendor":"V","chargePointModel":"M"}'),  # is for us
        ("Reset", "{}"),
        ("Reset", '{"type":"Gentle"}'),
        ("Reset", '{"type":"Soft","please":true}'),
        ("Reset", '{"type":"Soft","type":"Hard"}'),
        ("UnlockConnector", '{"connectorId":"1"}'),
        ("ChangeConfiguration", json.dumps({"key": "k" * 51, "value": ""})),
        ("UpdateFirmware", '{"location":"ftp://example.org"}'),
    ],
)
async def test_what_the_version_does_not_allow_is_a_422_and_not_sent(
    server: Server, obedient: Any, action: str, payload: str
) -> None:
    heard = len(obedient.wire.heard)
    response = await server.http.post(f"/charge-point/OBEDIENT/command/{action}", content=payload)
    assert assert_problem(response, 422, "invalid-command")["outcome"] == "Invalid"
    assert len(obedient.wire.heard) == heard


async def test_what_is_no_object_is_a_400(server: Server, obedient: Any) -> None:
    for body in ("[]", "{", "17", "NaN", "\x00", '{"type":NaN}', "{" * 100_000):
        response = await server.http.post("/charge-point/OBEDIENT/command/Reset", content=body)
        assert_problem(response, 400, "invalid-request")


async def test_without_login_there_is_nothing_but_health(server: Server) -> None:
    paths: dict[str, dict[str, Any]] = (await told(server, "GET", "/openapi.json"))["paths"]
    assert len(paths) > 40
    async with httpx2.AsyncClient(base_url=server.url) as stranger:
        for path in ("/", "/docs", "/openapi.json", *paths):
            for method in paths.get(path, {"get": {}}):
                response = await stranger.request(method, re.sub(r"\{.*?\}", "1", path))
                expected = 200 if path in ("/healthz", "/readyz") else 401
                assert response.status_code == expected, f"{method} {path}: {response.status_code}"
        assert (await stranger.get("/charge-point", auth=("admin", "wrong"))).status_code == 401


def assert_problem(response: httpx2.Response, status: int, kind: str) -> Payload:
    """The members of a problem as RFC 9457 wants it."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    problem: Payload = response.json()
    assert problem["type"] == f"urn:chargeyard:problem:{kind}"
    assert problem["status"] == status
    return problem
