"""Firmware and logs in the words of 2.x."""

from datetime import UTC, datetime

import pytest

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.results import JobPromised
from tests.dialects.v201.saying import outcome_of, refusal, said, unanswered
from tests.dialects.v201.wire import BOTH, OF_21, OF_201, Payload, Version, named

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STAMP = "2026-11-21T12:00:00Z"
PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
FIRMWARE = commands.UpdateFirmware(request_id=5, location="ftp://example.org/f", retrieve_at=AT)
LOG = commands.GetLog(request_id=6, kind="Security", location="https://example.org/in")

SAID: list[tuple[commands.Command, str, Payload]] = [
    (
        FIRMWARE,
        "UpdateFirmware",
        {"requestId": 5, "firmware": {"location": "ftp://example.org/f", "retrieveDateTime": STAMP}},
    ),
    (
        commands.UpdateFirmware(
            request_id=5,
            location="ftp://example.org/f",
            retrieve_at=AT,
            install_at=AT,
            signing_certificate=PEM,
            signature="c2ln",
            retries=0,
            retry_interval_s=60,
        ),
        "UpdateFirmware",
        {
            "requestId": 5,
            "retries": 0,
            "retryInterval": 60,
            "firmware": {
                "location": "ftp://example.org/f",
                "retrieveDateTime": STAMP,
                "installDateTime": STAMP,
                "signingCertificate": PEM,
                "signature": "c2ln",
            },
        },
    ),
    (
        commands.PublishFirmware(request_id=7, location="ftp://example.org/f", checksum="a" * 32, retries=2),
        "PublishFirmware",
        {"requestId": 7, "location": "ftp://example.org/f", "checksum": "a" * 32, "retries": 2},
    ),
    (commands.UnpublishFirmware(checksum="a" * 32), "UnpublishFirmware", {"checksum": "a" * 32}),
    (
        LOG,
        "GetLog",
        {"requestId": 6, "logType": "SecurityLog", "log": {"remoteLocation": "https://example.org/in"}},
    ),
    (
        commands.GetLog(
            request_id=6,
            kind="Diagnostics",
            location="https://example.org/in",
            oldest_at=AT,
            latest_at=AT,
            retries=1,
            retry_interval_s=10,
        ),
        "GetLog",
        {
            "requestId": 6,
            "logType": "DiagnosticsLog",
            "retries": 1,
            "retryInterval": 10,
            "log": {
                "remoteLocation": "https://example.org/in",
                "oldestTimestamp": STAMP,
                "latestTimestamp": STAMP,
            },
        },
    ),
]


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(("command", "action", "payload"), SAID, ids=lambda one: type(one).__name__)
def test_what_is_said(version: Version, command: commands.Command, action: str, payload: Payload) -> None:
    assert said(version, command) == (action, payload)


def test_only_the_next_version_has_logs_of_collected_data() -> None:
    command = commands.GetLog(request_id=6, kind="DataCollector", location="https://example.org/in")
    assert refusal(OF_201, command).detail
    assert said(OF_21, command)[1]["logType"] == "DataCollectorLog"


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_promised(version: Version) -> None:
    accepted = outcome_of(version, FIRMWARE, {"status": "Accepted"})
    assert isinstance(accepted, outcomes.Accepted)
    assert accepted.result == JobPromised(request_id=5)
    instead = outcome_of(version, LOG, {"status": "AcceptedCanceled", "filename": "log.zip"})
    assert isinstance(instead, outcomes.Accepted)
    assert instead.result == JobPromised(request_id=6, ends_older=True, file_name="log.zip")
    for word in ("Rejected", "InvalidCertificate", "RevokedCertificate"):
        refused = outcome_of(version, FIRMWARE, {"status": word})
        assert isinstance(refused, outcomes.Rejected)
        assert (refused.reason, refused.result) == (word, None)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_not_answered_is_not_promised(version: Version) -> None:
    outcome = outcomes.Unsupported(reason="NotImplemented")
    assert unanswered(version, FIRMWARE, outcome) == outcome


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_how_publishing_goes_on(version: Version) -> None:
    told = {"status": "Published", "requestId": 7, "location": ["ftp://10.0.0.1/f", "http://10.0.0.1/f"]}
    assert version.hear("PublishFirmwareStatusNotification", told).report == reports.PublishProgressed(
        status="Published", request_id=7, locations=("ftp://10.0.0.1/f", "http://10.0.0.1/f")
    )
    odd = version.hear("PublishFirmwareStatusNotification", {"status": "Wondering"})
    assert odd.report == reports.PublishProgressed(status="Wondering")
    assert odd.findings
    broken = version.hear("PublishFirmwareStatusNotification", {"requestId": 7})
    assert isinstance(broken.report, reports.Reported)
    assert version.answer("PublishFirmwareStatusNotification", {"requestId": 7}) == {}
