"""Jobs of charge points: firmware they load and install, logs they upload."""

from sqlalchemy import Connection, or_, select, tuple_

from chargeyard.domain.records import JobRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.projections.firmware import job_of
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import from_microseconds, job, to_microseconds


def list_jobs(connection: Connection, charge_point: str, paging: Paging) -> Page[JobRecord]:
    """Latest first."""
    wanted = select(job).where(job.c.charge_point == charge_point)
    if paging.cursor is not None:
        microseconds, kind, number = read_cursor(paging.cursor, tuple[int, str, int])
        at, place = from_microseconds(microseconds), tuple_(job.c.kind, job.c.request_id)
        wanted = wanted.where(job.c.begun_at <= at, or_(job.c.begun_at < at, place < (kind, number)))
    ordered = wanted.order_by(job.c.begun_at.desc(), job.c.kind.desc(), job.c.request_id.desc())
    rows = connection.execute(ordered.limit(paging.limit + 1)).all()
    return page_of(
        rows,
        paging.limit,
        lambda shown: [JobRecord(charge_point=row.charge_point, job=job_of(row)) for row in shown],
        lambda row: (to_microseconds(row.begun_at), row.kind, row.request_id),
    )
