"""Firmware and logs in the words of 1.6, with the security extension and without."""

from datetime import UTC, datetime

import pytest

from chargeyard.domain import commands, outcomes
from chargeyard.domain.results import JobPromised
from tests.dialects.v16.saying import conversation, refusal

AT = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STAMP = "2026-11-21T12:00:00Z"
PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
PLAIN = commands.UpdateFirmware(request_id=5, location="ftp://example.org/f", retrieve_at=AT)
SIGNED = commands.UpdateFirmware(
    request_id=5,
    location="ftp://example.org/f",
    retrieve_at=AT,
    install_at=AT,
    signing_certificate=PEM,
    signature="c2ln",
    retries=1,
    retry_interval_s=9,
)
LOG = commands.GetLog(
    request_id=6, kind="Diagnostics", location="ftp://example.org/in", oldest_at=AT, retries=2
)
UNKNOWN = outcomes.Unsupported(reason="NotImplemented")


def test_firmware_without_a_signature() -> None:
    asked, outcome = conversation(PLAIN, {})
    assert asked == [("UpdateFirmware", {"location": "ftp://example.org/f", "retrieveDate": STAMP})]
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == JobPromised(request_id=5)


def test_signed_firmware() -> None:
    asked, outcome = conversation(SIGNED, {"status": "AcceptedCanceled"})
    assert asked == [
        (
            "SignedUpdateFirmware",
            {
                "requestId": 5,
                "retries": 1,
                "retryInterval": 9,
                "firmware": {
                    "location": "ftp://example.org/f",
                    "retrieveDateTime": STAMP,
                    "installDateTime": STAMP,
                    "signingCertificate": PEM,
                    "signature": "c2ln",
                },
            },
        )
    ]
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == JobPromised(request_id=5, ends_older=True)
    refused = conversation(SIGNED, {"status": "InvalidCertificate"})[1]
    assert isinstance(refused, outcomes.Rejected)
    assert refused.reason == "InvalidCertificate"


def test_unsigned_firmware_never_stands_in_for_signed() -> None:
    assert conversation(SIGNED, UNKNOWN) == (
        [("SignedUpdateFirmware", conversation(SIGNED, UNKNOWN)[0][0][1])],
        UNKNOWN,
    )


@pytest.mark.parametrize(
    "command",
    [
        commands.UpdateFirmware(request_id=5, location="l", retrieve_at=AT, install_at=AT),
        commands.UpdateFirmware(request_id=5, location="l", retrieve_at=AT, signature="c2ln"),
        commands.UpdateFirmware(request_id=5, location="l", retrieve_at=AT, signing_certificate=PEM),
        commands.GetLog(request_id=6, kind="DataCollector", location="l"),
        commands.GetLog(request_id=6, kind="Security", location="l" * 513),
    ],
    ids=str,
)
def test_what_this_version_cannot_say(command: commands.Command) -> None:
    assert refusal(command).detail


def test_diagnostics() -> None:
    asked, outcome = conversation(LOG, {"fileName": "d.zip"})
    assert asked == [
        ("GetDiagnostics", {"location": "ftp://example.org/in", "startTime": STAMP, "retries": 2})
    ]
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == JobPromised(request_id=6, file_name="d.zip")


def test_no_file_is_nothing_to_upload() -> None:
    outcome = conversation(LOG, {})[1]
    assert isinstance(outcome, outcomes.Rejected)
    assert outcome.reason == "NothingAvailable"


def test_who_knows_no_diagnostics_may_know_logs() -> None:
    asked, outcome = conversation(LOG, UNKNOWN, {"status": "Accepted", "filename": "l.zip"})
    assert [action for action, _ in asked] == ["GetDiagnostics", "GetLog"]
    assert asked[1][1] == {
        "requestId": 6,
        "logType": "DiagnosticsLog",
        "retries": 2,
        "log": {"remoteLocation": "ftp://example.org/in", "oldestTimestamp": STAMP},
    }
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == JobPromised(request_id=6, file_name="l.zip")
    assert conversation(LOG, UNKNOWN, UNKNOWN)[1] == UNKNOWN


def test_another_error_is_no_reason_to_try_something_else() -> None:
    failed = outcomes.Failed(code="InternalError")
    asked, outcome = conversation(LOG, failed)
    assert ([action for action, _ in asked], outcome) == (["GetDiagnostics"], failed)


def test_security_logs_are_of_the_extension() -> None:
    command = commands.GetLog(request_id=6, kind="Security", location="ftp://example.org/in")
    asked, outcome = conversation(command, UNKNOWN)
    assert ([action for action, _ in asked], outcome) == (["GetLog"], UNKNOWN)
