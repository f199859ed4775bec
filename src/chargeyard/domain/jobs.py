"""Jobs: what a charge point works on long after it has said yes: firmware it loads and installs, logs it uploads.

A job has the number of its request. Charge points of 1.6 mostly report without one: then the latest job that is
still open is meant, and what comes while none is open is kept under `UNNUMBERED`.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

JobKind = Literal["Firmware", "Publish", "Log"]
"""Firmware for the charge point itself; firmware that it offers to others (a local controller); a log."""

LogKind = Literal["Diagnostics", "Security", "DataCollector"]

UNNUMBERED = 0
"""The number of no request."""

CANCELED = "Canceled"
"""Our word for a job that a newer one has ended (AcceptedCanceled)."""

DONE = frozenset(("Installed", "Published", "Uploaded"))
FAILED = frozenset(
    (
        "DownloadFailed",
        "InstallationFailed",
        "InstallVerificationFailed",
        "InvalidSignature",
        "InvalidChecksum",
        "PublishFailed",
        "BadMessage",
        "NotSupportedOperation",
        "PermissionDenied",
        "UploadFailed",
        "UploadFailure",
    )
)
_CANCELED = frozenset((CANCELED, "AcceptedCanceled"))
_AT_REST = "Idle"
"""No word on any job: nothing is under way (L01.FR.20)."""

MOST_STEPS = 50

LATEST = 20
"""So many jobs of a kind are looked through for the one that is meant without a number."""


class Step(Struct, frozen=True):
    """A status word of the charge point, and when it was told first."""

    status: str
    at: datetime


class Progress(Struct, frozen=True, kw_only=True):
    """What was told of a job. `request_id` None: told without a number."""

    kind: JobKind
    status: str
    at: datetime
    request_id: int | None = None
    locations: tuple[str, ...] = ()


class Job(Struct, frozen=True, kw_only=True):
    """A job. `asked_at` None: none of our commands has asked for it. `subject` is which log it is, or the checksum of
    the firmware that is offered; `location` where from or to, without credentials.

    `file_name` is what the charge point will call a log, `locations` where it offers firmware.
    """

    kind: JobKind
    request_id: int
    begun_at: datetime
    asked_at: datetime | None = None
    subject: str = ""
    location: str = ""
    file_name: str = ""
    locations: tuple[str, ...] = ()
    status: str = ""
    steps: tuple[Step, ...] = ()
    finished_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether more is to be heard of it: it has not ended, or may be tried again."""
        return self.finished_at is None or self.status in FAILED


def with_step(job: Job, status: str, at: datetime, locations: Sequence[str] = ()) -> Job:
    """`job` after the charge point has told `status`."""
    steps = job.steps if status == job.status else (*job.steps, Step(status, at))[-MOST_STEPS:]
    if job.status in _CANCELED:
        return replace(job, steps=steps)
    is_end = status in DONE or status in FAILED or status in _CANCELED
    finished_at = (job.finished_at or at if status == job.status else at) if is_end else None
    return replace(
        job,
        status=status,
        steps=steps,
        finished_at=finished_at,
        locations=tuple(locations) or job.locations,
    )


def canceled(job: Job, at: datetime) -> Job:
    """`job`, ended by a newer one."""
    return with_step(job, CANCELED, at) if job.finished_at is None else job


def begun(jobs: Sequence[Job], fresh: Job, at: datetime, *, ends_older: bool) -> list[Job]:
    """What changes among `jobs` (of one kind) when `fresh` is asked for."""
    ended = [canceled(job, at) for job in jobs if ends_older and _is_older(job, fresh)]
    return [*ended, _with_what_was_told(fresh, jobs)]


def progressed(jobs: Sequence[Job], told: Progress) -> Job | None:
    """The job of `jobs` (of one kind, latest first) that is meant, or a fresh one, as it is now. None: it is none."""
    if told.status == _AT_REST:
        return None
    number = told.request_id
    if number is None:
        still = next((job for job in jobs if job.is_open and job.request_id != UNNUMBERED), None)
        number = UNNUMBERED if still is None else still.request_id
    known = next((job for job in jobs if job.request_id == number), None)
    job = known or Job(kind=told.kind, request_id=number, begun_at=told.at)
    return with_step(job, told.status, told.at, told.locations)


def _is_older(job: Job, fresh: Job) -> bool:
    return job.finished_at is None and job.request_id not in (fresh.request_id, UNNUMBERED)


def _with_what_was_told(fresh: Job, jobs: Sequence[Job]) -> Job:
    """The first reports can be stored before the outcome of the command is; also those without a number."""
    heard = next((job for job in jobs if job.request_id == fresh.request_id), None)
    unnumbered = next((job for job in jobs if job.request_id == UNNUMBERED), None)
    for step in heard.steps if heard is not None else ():
        fresh = with_step(fresh, step.status, step.at, heard.locations if heard else ())
    if heard is None and unnumbered is not None:
        for step in unnumbered.steps:
            fresh = with_step(fresh, step.status, step.at) if step.at >= fresh.begun_at else fresh
    return fresh
