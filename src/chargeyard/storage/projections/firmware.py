"""Firmware and logs: the jobs of charge points → `job`, and the latest words → `charge_point`."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, bindparam, or_, select, update

from chargeyard.domain.events import (
    ChargePointEvent,
    FirmwareProgressed,
    JobBegun,
    LogProgressed,
    PublishProgressed,
)
from chargeyard.domain.jobs import LATEST, UNNUMBERED, Job, JobKind, Progress, begun, progressed
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import charge_point, job

KINDS: Mapping[type[ChargePointEvent], JobKind] = {
    FirmwareProgressed: "Firmware",
    PublishProgressed: "Publish",
    LogProgressed: "Log",
}
"""What sort of job each event is about."""

_CHANGE = update(charge_point).where(charge_point.c.id == bindparam("of"))
_WRITE = upsert(job, "begun_at", "body")
_read = msgspec.json.Decoder(Job).decode


def job_begun(connection: Connection, events: Sequence[JobBegun]) -> None:
    for event in events:
        known = _known(connection, event.charge_point, event.job.kind, event.job.request_id)
        for changed in begun(known, event.job, event.recorded_at, ends_older=event.ends_older):
            _write(connection, event.charge_point, changed)


def firmware_progressed(connection: Connection, events: Sequence[FirmwareProgressed]) -> None:
    connection.execute(
        _CHANGE, [{"of": event.charge_point, "firmware_status": event.status} for event in events]
    )
    _progressed(connection, events)


def log_progressed(connection: Connection, events: Sequence[LogProgressed]) -> None:
    connection.execute(_CHANGE, [{"of": event.charge_point, "log_status": event.status} for event in events])
    _progressed(connection, events)


def publish_progressed(connection: Connection, events: Sequence[PublishProgressed]) -> None:
    _progressed(connection, events)


def _progressed(
    connection: Connection, events: Sequence[FirmwareProgressed | LogProgressed | PublishProgressed]
) -> None:
    for event in events:
        told = progress_of(event)
        changed = progressed(_known(connection, event.charge_point, told.kind, told.request_id), told)
        if changed is not None:
            _write(connection, event.charge_point, changed)


def progress_of(event: FirmwareProgressed | LogProgressed | PublishProgressed) -> Progress:
    """The event as jobs hear it."""
    return Progress(
        kind=KINDS[type(event)],
        status=event.status,
        at=event.recorded_at,
        request_id=event.request_id,
        locations=event.locations if isinstance(event, PublishProgressed) else (),
    )


def _known(connection: Connection, of: str, kind: JobKind, request_id: int | None) -> list[Job]:
    """The latest ones, latest first, and then the one of that number and the one without."""
    here = select(job).where(job.c.charge_point == of, job.c.kind == kind)
    latest = here.order_by(job.c.begun_at.desc(), job.c.request_id.desc()).limit(LATEST)
    named = here.where(or_(job.c.request_id == request_id, job.c.request_id == UNNUMBERED))
    return [job_of(row) for wanted in (latest, named) for row in connection.execute(wanted)]


def job_of(row: Row[Any]) -> Job:
    """A row as the domain sees it."""
    return _read(row.body)


def _write(connection: Connection, of: str, changed: Job) -> None:
    row = {
        "charge_point": of,
        "kind": changed.kind,
        "request_id": changed.request_id,
        "begun_at": changed.begun_at,
        "body": msgspec.json.encode(changed).decode(),
    }
    _WRITE.execute(connection, row)
