"""Firmware and logs: what a charge point shall load, install, offer or upload, and how far it has come."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.commands import TAG
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.instants import aware
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.certificates import flaw_of_certificates
from chargeyard.domain.commands import GetLog, PublishFirmware, UnpublishFirmware, UpdateFirmware
from chargeyard.domain.jobs import UNNUMBERED, LogKind
from chargeyard.domain.records import JobRecord

_TAGS = [TAG]

Location = Annotated[
    str,
    Meta(
        pattern=r"^[A-Za-z][A-Za-z0-9+.\-]*://[^\s#]+$",
        max_length=2000,
        description="An address without a fragment (N01.FR.28); credentials in it are sent and kept nowhere.",
    ),
]
Checksum = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{32}$", description="MD5, hexadecimal.")]
Retries = Annotated[int, Meta(ge=0, le=1000)]
Seconds = Annotated[int, Meta(ge=0, le=86400)]


class FirmwareWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Firmware to load from `location`, from `retrieveAt` on (left out: now), and to install, not before `installAt`.

    A signed update has the PEM of the certificate that it was signed with, and its signature in Base64.
    """

    location: Location
    retrieve_at: datetime | None = None
    install_at: datetime | None = None
    signing_certificate: Annotated[str, Meta(max_length=5500)] = ""
    signature: Annotated[str, Meta(max_length=800)] = ""
    retries: Retries | None = None
    retry_interval_s: Seconds | None = None


class PublishWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Firmware to load and to offer to the other charge points of the site (local controllers)."""

    location: Location
    checksum: Checksum
    retries: Retries | None = None
    retry_interval_s: Seconds | None = None


class UnpublishWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Firmware to offer no longer."""

    checksum: Checksum


class LogWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A log to upload to `location`, of what has happened from `oldestAt` to `latestAt`."""

    kind: LogKind
    location: Location
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: Retries | None = None
    retry_interval_s: Seconds | None = None


class StepRow(Struct, frozen=True, kw_only=True):
    """A status word of the charge point, and when it was told first."""

    status: str
    at: datetime


class JobRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A job. `kind` is Firmware, Publish or Log; `subject` which log it is, or the checksum of what is offered.

    `requestId` is null for what the charge point told without a number while no job was open; `requestedAt` is null
    for what none of these commands has asked for. `finishedAt` is null while more is to be expected.
    """

    cp_id: str
    kind: str
    request_id: int | None
    subject: str
    location: str
    file_name: str
    locations: list[str]
    status: str
    steps: list[StepRow]
    requested_at: datetime | None
    finished_at: datetime | None


@post("/charge-point/{cpId:str}/update-firmware", status_code=200, summary="Update its firmware", tags=_TAGS)
async def update_firmware(
    charge_point: KnownChargePoint, data: JSONBody[FirmwareWish], dispatch: Dispatching, services: Services
) -> Response[CommandAnswer]:
    if data.signing_certificate and (flaw := flaw_of_certificates(data.signing_certificate)):
        raise Problem(INVALID_REQUEST, f"signingCertificate: {flaw}")
    command = UpdateFirmware(
        request_id=await dispatch.fresh_number(),
        location=data.location,
        retrieve_at=aware(data.retrieve_at) or services.clock(),
        install_at=aware(data.install_at),
        signing_certificate=data.signing_certificate,
        signature=data.signature,
        retries=data.retries,
        retry_interval_s=data.retry_interval_s,
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/publish-firmware",
    status_code=200,
    summary="Load firmware and offer it to others",
    tags=_TAGS,
)
async def publish_firmware(
    charge_point: KnownChargePoint, data: JSONBody[PublishWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = PublishFirmware(
        request_id=await dispatch.fresh_number(),
        location=data.location,
        checksum=data.checksum,
        retries=data.retries,
        retry_interval_s=data.retry_interval_s,
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/unpublish-firmware",
    status_code=200,
    summary="Offer firmware no longer",
    tags=_TAGS,
)
async def unpublish_firmware(
    charge_point: KnownChargePoint, data: JSONBody[UnpublishWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, UnpublishFirmware(checksum=data.checksum))


@post("/charge-point/{cpId:str}/get-log", status_code=200, summary="Upload a log", tags=_TAGS)
async def get_log(
    charge_point: KnownChargePoint, data: JSONBody[LogWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = GetLog(
        request_id=await dispatch.fresh_number(),
        kind=data.kind,
        location=data.location,
        oldest_at=aware(data.oldest_at),
        latest_at=aware(data.latest_at),
        retries=data.retries,
        retry_interval_s=data.retry_interval_s,
    )
    return await dispatch.run(charge_point.id, command)


@get(
    "/charge-point/{cpId:str}/job",
    summary="Its firmware updates and log uploads, latest first",
    tags=["history"],
)
async def list_jobs(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[JobRow]]:
    return await answer_page(request, services.store.list_jobs(charge_point.id, paging), job_row)


def job_row(record: JobRecord) -> JobRow:
    """The record as readers get it."""
    job = record.job
    return JobRow(
        cp_id=record.charge_point,
        kind=job.kind,
        request_id=None if job.request_id == UNNUMBERED else job.request_id,
        subject=job.subject,
        location=job.location,
        file_name=job.file_name,
        locations=list(job.locations),
        status=job.status,
        steps=[StepRow(status=step.status, at=step.at) for step in job.steps],
        requested_at=job.asked_at,
        finished_at=job.finished_at,
    )
