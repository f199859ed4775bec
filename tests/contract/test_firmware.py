"""Jobs of charge points: firmware and logs."""

from chargeyard.domain import events as e
from chargeyard.domain.jobs import CANCELED, UNNUMBERED, Job
from chargeyard.services.ports import Paging
from tests.contract import happenings as h
from tests.contract.conftest import Backend


async def _jobs(backend: Backend) -> list[Job]:
    return [record.job for record in (await backend.store.list_jobs("CP1", Paging())).items]


async def test_a_job_and_how_it_goes_on(backend: Backend) -> None:
    begun = h.job_begun(
        5, job={"subject": "Security", "location": "ftp://a", "file_name": "l.zip", "kind": "Log"}
    )
    await backend.journal.commit(
        [h.registered(), begun, h.log_progressed("Uploading", h.after(1), request_id=5)]
    )
    await backend.journal.commit([h.log_progressed("Uploaded", h.after(2), request_id=5)])
    [job] = await _jobs(backend)
    assert (job.kind, job.request_id, job.subject, job.location) == ("Log", 5, "Security", "ftp://a")
    assert (job.file_name, job.status, job.finished_at) == ("l.zip", "Uploaded", h.after(2))
    assert [(step.status, step.at) for step in job.steps] == [
        ("Uploading", h.after(1)),
        ("Uploaded", h.after(2)),
    ]
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert record.log_status == "Uploaded"


async def test_kinds_are_apart_and_the_latest_open_one_is_meant_without_a_number(backend: Backend) -> None:
    await backend.journal.commit(
        [
            h.job_begun(1),
            h.job_begun(2, h.after(1)),
            h.job_begun(3, h.after(2), job={"kind": "Log"}),
            h.firmware_progressed("Downloading", h.after(3)),
            h.log_progressed("Uploading", h.after(3)),
        ]
    )
    assert {(job.kind, job.request_id): job.status for job in await _jobs(backend)} == {
        ("Log", 3): "Uploading",
        ("Firmware", 2): "Downloading",
        ("Firmware", 1): "",
    }
    await backend.journal.commit([h.firmware_progressed("Installed", h.after(4))])
    await backend.journal.commit([h.firmware_progressed("Installed", h.after(5))])
    await backend.journal.commit([h.firmware_progressed("Downloading", h.after(6))])
    firmware = {job.request_id: job.status for job in await _jobs(backend) if job.kind == "Firmware"}
    assert firmware == {1: "Installed", 2: "Installed", UNNUMBERED: "Downloading"}


async def test_a_newer_job_may_end_an_older_one(backend: Backend) -> None:
    await backend.journal.commit([h.job_begun(1), h.job_begun(2, h.after(1), ends_older=True)])
    latest, older = await _jobs(backend)
    assert (latest.request_id, latest.finished_at) == (2, None)
    assert (older.request_id, older.status, older.finished_at) == (1, CANCELED, h.after(1))


async def test_where_firmware_is_offered(backend: Backend) -> None:
    published = e.PublishProgressed(
        charge_point="CP1",
        status="Published",
        request_id=4,
        locations=("ftp://a", "http://a"),
        recorded_at=h.NOON,
    )
    await backend.journal.commit([published])
    [job] = await _jobs(backend)
    assert (job.kind, job.asked_at, job.locations) == ("Publish", None, ("ftp://a", "http://a"))


async def test_jobs_are_paged_latest_first_and_go_with_their_charge_point(backend: Backend) -> None:
    await backend.journal.commit([h.registered(), *(h.job_begun(n, h.after(n // 2)) for n in range(1, 6))])
    first = await backend.store.list_jobs("CP1", Paging(2))
    rest = await backend.store.list_jobs("CP1", Paging(3, first.next_cursor))
    assert [one.job.request_id for one in (*first.items, *rest.items)] == [5, 4, 3, 2, 1]
    await backend.journal.commit([h.removed("CP1")])
    assert await _jobs(backend) == []
