"""Firmware and logs: the projections, without SQL."""

from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.jobs import LATEST, UNNUMBERED, Job, JobKind, begun, progressed
from chargeyard.domain.records import JobRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.memory.lists import newest_first, of
from chargeyard.storage.memory.tables import Tables
from chargeyard.storage.projections.firmware import progress_of
from chargeyard.storage.tables import to_microseconds


def job_begun(tables: Tables, event: e.JobBegun) -> None:
    known = _known(tables, event.charge_point, event.job.kind, event.job.request_id)
    for changed in begun(known, event.job, event.recorded_at, ends_older=event.ends_older):
        _write(tables, event.charge_point, changed)


def firmware_progressed(tables: Tables, event: e.FirmwareProgressed) -> None:
    known = tables.charge_points.get(event.charge_point)
    if known is not None:
        tables.charge_points[event.charge_point] = replace(known, firmware_status=event.status)
    progress(tables, event)


def log_progressed(tables: Tables, event: e.LogProgressed) -> None:
    known = tables.charge_points.get(event.charge_point)
    if known is not None:
        tables.charge_points[event.charge_point] = replace(known, log_status=event.status)
    progress(tables, event)


def progress(tables: Tables, event: e.FirmwareProgressed | e.LogProgressed | e.PublishProgressed) -> None:
    told = progress_of(event)
    changed = progressed(_known(tables, event.charge_point, told.kind, told.request_id), told)
    if changed is not None:
        _write(tables, event.charge_point, changed)


def list_jobs(tables: Tables, charge_point: str, paging: Paging) -> Page[JobRecord]:
    """Latest first."""
    found = [JobRecord(charge_point=key[0], job=job) for key, job in tables.jobs.items()]
    return newest_first(of(found, charge_point), _by_begin, tuple[int, str, int], paging)


def _by_begin(one: JobRecord) -> tuple[int, str, int]:
    return to_microseconds(one.job.begun_at), one.job.kind, one.job.request_id


def _known(tables: Tables, whose: str, kind: JobKind, request_id: int | None) -> list[Job]:
    here = [job for key, job in tables.jobs.items() if key[:2] == (whose, kind)]
    latest = sorted(here, key=lambda job: (job.begun_at, job.request_id), reverse=True)[:LATEST]
    return [*latest, *(job for job in here if job.request_id in (request_id, UNNUMBERED))]


def _write(tables: Tables, whose: str, changed: Job) -> None:
    tables.jobs[whose, changed.kind, changed.request_id] = changed
