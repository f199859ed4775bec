"""Firmware, logs and jobs over REST."""

from typing import Any

import httpx2
import pytest

from chargeyard.domain.commands import AnyCommand, GetLog, UpdateFirmware
from chargeyard.domain.outcomes import Accepted
from chargeyard.domain.results import JobPromised
from tests.api.yard import Yard
from tests.contract import happenings as h


def _promise(command: AnyCommand) -> Accepted:
    assert isinstance(command, UpdateFirmware)
    return Accepted(result=JobPromised(request_id=command.request_id))


async def test_an_update_is_asked_for_and_becomes_a_job(yard: Yard, client: httpx2.AsyncClient) -> None:
    await yard.connect("CP1", _promise)
    wish = {"location": "ftp://u:p@example.org/f", "installAt": "2026-12-01T00:00:00"}
    answer = (await client.post("/charge-point/CP1/update-firmware", json=wish)).json()
    [command] = yard.asked
    assert isinstance(command, UpdateFirmware)
    assert (command.location, command.retries) == ("ftp://u:p@example.org/f", None)
    assert command.install_at is not None
    assert command.install_at.isoformat() == "2026-12-01T00:00:00+00:00"
    assert answer["result"]["requestId"] == command.request_id
    [job] = (await client.get("/charge-point/CP1/job")).json()["items"]
    assert (job["requestId"], job["kind"], job["location"]) == (
        command.request_id,
        "Firmware",
        "ftp://***@example.org/f",
    )
    assert job["requestedAt"]
    assert (job["finishedAt"], job["steps"]) == (None, [])


async def test_a_log_is_asked_for(yard: Yard, client: httpx2.AsyncClient) -> None:
    await yard.connect("CP1", lambda command: Accepted())
    wish = {"kind": "Diagnostics", "location": "https://example.org/in", "oldestAt": "2026-01-01T00:00:00Z"}
    assert (await client.post("/charge-point/CP1/get-log", json=wish)).status_code == 200
    [command] = yard.asked
    assert isinstance(command, GetLog)
    assert (command.kind, command.latest_at, command.oldest_at is None) == ("Diagnostics", None, False)


@pytest.mark.parametrize(
    ("path", "wish"),
    [
        ("update-firmware", {}),
        ("update-firmware", {"location": "example.org/f"}),
        ("update-firmware", {"location": "ftp://example.org/f#part"}),
        ("update-firmware", {"location": "ftp://example.org/f", "signingCertificate": "PEM"}),
        ("update-firmware", {"location": "ftp://example.org/f", "retries": -1}),
        ("update-firmware", {"location": "ftp://example.org/f", "colour": "red"}),
        ("publish-firmware", {"location": "ftp://example.org/f", "checksum": "0"}),
        ("unpublish-firmware", {"checksum": "x" * 32}),
        ("get-log", {"kind": "Diary", "location": "ftp://example.org/"}),
    ],
)
async def test_what_cannot_be_understood_is_not_asked(
    yard: Yard, client: httpx2.AsyncClient, path: str, wish: dict[str, Any]
) -> None:
    await yard.connect("CP1", lambda command: Accepted())
    assert (await client.post(f"/charge-point/CP1/{path}", json=wish)).status_code == 400
    assert yard.asked == []


async def test_what_was_told_without_a_number_has_none(yard: Yard, client: httpx2.AsyncClient) -> None:
    await yard.record(h.registered(), h.firmware_progressed("Downloading"))
    [job] = (await client.get("/charge-point/CP1/job")).json()["items"]
    assert (job["requestId"], job["requestedAt"], job["status"]) == (None, None, "Downloading")
    assert job["steps"] == [{"status": "Downloading", "at": "2026-11-21T12:00:00Z"}]
