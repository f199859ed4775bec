"""Firmware and logs: which commands begin a job, and what is kept of it."""

import pytest

from chargeyard.domain import commands, events, reports
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.jobs import Job
from chargeyard.domain.outcomes import AnyOutcome, Rejected
from chargeyard.domain.results import JobPromised
from tests.domain.made import NOW, apply, context
from tests.domain.scenes import ASKED, NO_NEWS, accepted, after, named

SECRET = "ftp://user:hush@example.org/f?token=hush"
SHOWN = "ftp://***@example.org/f?token=***"
UPDATE = commands.UpdateFirmware(request_id=5, location=SECRET, retrieve_at=NOW)
PUBLISH = commands.PublishFirmware(request_id=5, location=SECRET, checksum="a" * 32)
LOG = commands.GetLog(request_id=5, kind="Security", location=SECRET)


@pytest.mark.parametrize(
    ("command", "kind", "subject"),
    [(UPDATE, "Firmware", ""), (PUBLISH, "Publish", "a" * 32), (LOG, "Log", "Security")],
    ids=["update", "publish", "log"],
)
def test_what_was_promised_is_a_job_without_credentials(
    command: commands.Command, kind: str, subject: str
) -> None:
    promised = JobPromised(request_id=5, ends_older=True, file_name="l.zip")
    [begun] = after(command, accepted(promised))
    assert isinstance(begun, events.JobBegun)
    assert begun.ends_older
    assert begun.job == Job(
        kind=kind,  # type: ignore[arg-type]
        request_id=5,
        begun_at=ASKED,
        asked_at=ASKED,
        subject=subject,
        location=SHOWN,
        file_name="l.zip",
    )


@pytest.mark.parametrize("outcome", [*NO_NEWS, Rejected(reason="Rejected")], ids=named)
def test_nothing_is_concluded_from_anything_else(outcome: AnyOutcome) -> None:
    for command in (UPDATE, PUBLISH, LOG):
        assert after(command, outcome) == ()


def test_where_firmware_is_offered_is_kept_without_credentials() -> None:
    told = reports.PublishProgressed(status="Published", request_id=5, locations=(SECRET,))
    [event] = apply(ChargePoint(id="CP1"), told, context()).events
    assert isinstance(event, events.PublishProgressed)
    assert (event.status, event.request_id, event.locations) == ("Published", 5, (SHOWN,))
