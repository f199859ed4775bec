"""Firmware and logs, by REST, with charge points of 2.0.1 and 2.1 that others wrote."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.e2e.ocpp2 import VERSIONS, client, looked_up
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOCATION = "ftp://user:hush-hush@example.org/firmware"
SHOWN = "ftp://***@example.org/firmware"
PEM = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----"
AT = "2030-01-01T00:00:00Z"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("firmware"), ocpp__follow_ups="false") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def _jobs(server: Server, identity: str) -> list[Payload]:
    return await items(server, f"/charge-point/{identity}/job")


def _words(job: Payload) -> list[str]:
    return [step["status"] for step in job["steps"]]


@pytest.mark.parametrize("word", VERSIONS)
async def test_signed_firmware_and_the_one_that_takes_its_place(server: Server, word: str) -> None:
    identity = f"FIRMWARE-{word}"
    answers = {"UpdateFirmware": {"status": "Accepted"}}
    async with client(server, identity, word, looked_up(answers)) as charge_point:
        path = f"/charge-point/{identity}/update-firmware"
        wish = {"location": LOCATION, "retrieveAt": AT, "signingCertificate": PEM, "signature": "c2ln"}
        envelope = await told(server, "POST", path, json=wish)
        first = charge_point.last("UpdateFirmware")
        assert first["firmware"] == {
            "location": LOCATION,
            "retrieveDateTime": AT,
            "signingCertificate": PEM,
            "signature": "c2ln",
        }
        assert envelope["result"] == {
            "result": "JobPromised",
            "requestId": first["requestId"],
            "endsOlder": False,
            "fileName": "",
        }
        for status in ("Downloading", "Downloaded", "SignatureVerified"):
            await charge_point.say("FirmwareStatusNotification", status=status, request_id=first["requestId"])
        answers["UpdateFirmware"] = {"status": "AcceptedCanceled"}
        await told(server, "POST", path, json={"location": LOCATION})
        second = charge_point.last("UpdateFirmware")
        await charge_point.say(
            "FirmwareStatusNotification", status="Installed", request_id=second["requestId"]
        )
        await charge_point.say("FirmwareStatusNotification", status="Idle")
    newer, older = await _jobs(server, identity)
    assert (newer["requestId"], newer["status"], _words(newer)) == (
        second["requestId"],
        "Installed",
        ["Installed"],
    )
    assert (older["requestId"], older["status"]) == (first["requestId"], "Canceled")
    assert _words(older) == ["Downloading", "Downloaded", "SignatureVerified", "Canceled"]
    assert {job["location"] for job in (newer, older)} == {SHOWN}
    assert newer["finishedAt"]
    assert older["finishedAt"]


@pytest.mark.parametrize("word", VERSIONS)
async def test_firmware_is_offered_to_others_and_no_longer(server: Server, word: str) -> None:
    identity = f"PUBLISH-{word}"
    answers = {"PublishFirmware": {"status": "Accepted"}, "UnpublishFirmware": {"status": "Unpublished"}}
    async with client(server, identity, word, looked_up(answers)) as charge_point:
        wish = {"location": "https://example.org/f", "checksum": "0" * 32}
        await told(server, "POST", f"/charge-point/{identity}/publish-firmware", json=wish)
        asked = charge_point.last("PublishFirmware")
        assert (asked["location"], asked["checksum"]) == ("https://example.org/f", "0" * 32)
        await charge_point.say(
            "PublishFirmwareStatusNotification",
            status="Published",
            request_id=asked["requestId"],
            location=["http://10.0.0.1/f", "ftp://user:hush-hush@10.0.0.1/f"],
        )
        path = f"/charge-point/{identity}/unpublish-firmware"
        assert (await told(server, "POST", path, json={"checksum": "0" * 32}))["outcome"] == "Accepted"
        answers["UnpublishFirmware"] = {"status": "NoFirmware"}
        refused = await told(server, "POST", path, json={"checksum": "0" * 32})
        assert (refused["outcome"], refused["status"]) == ("Rejected", "NoFirmware")
    [job] = await _jobs(server, identity)
    assert (job["kind"], job["subject"], job["status"]) == ("Publish", "0" * 32, "Published")
    assert job["locations"] == ["http://10.0.0.1/f", "ftp://***@10.0.0.1/f"]


@pytest.mark.parametrize("word", VERSIONS)
async def test_a_log_is_uploaded(server: Server, word: str) -> None:
    identity = f"LOG-{word}"
    answers = {"GetLog": {"status": "Accepted", "filename": "log.zip"}}
    async with client(server, identity, word, looked_up(answers)) as charge_point:
        wish = {"kind": "Security", "location": LOCATION, "oldestAt": AT, "retries": 1}
        envelope = await told(server, "POST", f"/charge-point/{identity}/get-log", json=wish)
        asked = charge_point.last("GetLog")
        assert (asked["logType"], asked["log"], asked["retries"]) == (
            "SecurityLog",
            {"remoteLocation": LOCATION, "oldestTimestamp": AT},
            1,
        )
        assert envelope["result"]["fileName"] == "log.zip"
        for status in ("Uploading", "UploadFailure"):
            await charge_point.say("LogStatusNotification", status=status, request_id=asked["requestId"])
    [job] = await _jobs(server, identity)
    assert (job["kind"], job["subject"], job["fileName"]) == ("Log", "Security", "log.zip")
    assert (job["location"], _words(job)) == (SHOWN, ["Uploading", "UploadFailure"])
