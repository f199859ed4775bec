"""Jobs: which one is meant, how it goes on, when it is over."""

from datetime import UTC, datetime, timedelta

from chargeyard.domain.jobs import (
    CANCELED,
    MOST_STEPS,
    UNNUMBERED,
    Job,
    Progress,
    begun,
    progressed,
    with_step,
)

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def _after(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


def _job(request_id: int, minutes: int = 0) -> Job:
    at = _after(minutes)
    return Job(kind="Firmware", request_id=request_id, begun_at=at, asked_at=at)


def _told(status: str, request_id: int | None = None, minutes: int = 1) -> Progress:
    return Progress(kind="Firmware", status=status, at=_after(minutes), request_id=request_id)


def _walk(job: Job, *words: str) -> Job:
    for minute, word in enumerate(words, 1):
        job = with_step(job, word, _after(minute))
    return job


def test_a_job_goes_on_until_it_has_ended() -> None:
    job = _walk(_job(1), "Downloading", "Downloading", "Downloaded", "Installing", "Installed")
    assert [step.status for step in job.steps] == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert [step.at for step in job.steps] == [_after(1), _after(3), _after(4), _after(5)]
    assert (job.status, job.finished_at, job.is_open) == ("Installed", _after(5), False)


def test_what_has_failed_may_be_tried_again() -> None:
    failed = _walk(_job(1), "Downloading", "DownloadFailed")
    assert (failed.finished_at, failed.is_open) == (_after(2), True)
    assert _walk(failed, "Downloading").finished_at is None


def test_the_number_tells_which_job_is_meant() -> None:
    jobs = [_job(2, 1), _job(1)]
    meant = progressed(jobs, _told("Downloading", 1))
    assert meant is not None
    assert (meant.request_id, meant.status) == (1, "Downloading")


def test_without_a_number_the_latest_open_one_is_meant() -> None:
    done = _walk(_job(3, 2), "Installed")
    meant = progressed([done, _job(2, 1), _job(1)], _told("Downloading"))
    assert meant is not None
    assert meant.request_id == 2


def test_what_is_told_while_no_job_is_open_belongs_to_none() -> None:
    meant = progressed([_walk(_job(1), "Installed")], _told("Downloading"))
    assert meant == Job(
        kind="Firmware",
        request_id=UNNUMBERED,
        begun_at=_after(1),
        status="Downloading",
        steps=with_step(_job(0), "Downloading", _after(1)).steps,
    )


def test_a_number_that_nobody_has_given_is_a_job_too() -> None:
    meant = progressed([], _told("Downloading", 77))
    assert meant is not None
    assert (meant.request_id, meant.asked_at) == (77, None)


def test_idle_is_about_no_job() -> None:
    assert progressed([_job(1)], _told("Idle")) is None
    assert progressed([_job(1)], _told("Idle", 1)) is None


def test_a_newer_job_may_end_older_ones() -> None:
    done = _walk(_job(1), "Installed")
    changed = begun([_job(2), done], _job(3, 5), _after(6), ends_older=True)
    assert [(job.request_id, job.status, job.finished_at) for job in changed] == [
        (2, CANCELED, _after(6)),
        (3, "", None),
    ]
    late = with_step(changed[0], "DownloadFailed", _after(7))
    assert (late.status, late.finished_at, late.is_open) == (CANCELED, _after(6), False)
    assert begun([_job(2)], _job(3), _after(6), ends_older=False) == [_job(3)]


def test_reports_may_be_stored_before_it_is_known_what_was_asked() -> None:
    early = progressed([], _told("Downloading", 1))
    assert early is not None
    [job] = begun([early], _job(1), _after(2), ends_older=False)
    assert (job.asked_at, job.status) == (NOON, "Downloading")
    unnumbered = progressed([], _told("Downloaded"))
    assert unnumbered is not None
    [job] = begun([unnumbered], _job(2), _after(2), ends_older=False)
    assert (job.request_id, job.status) == (2, "Downloaded")
    [job] = begun([unnumbered], _job(3, 10), _after(11), ends_older=False)
    assert job.status == ""


def test_steps_do_not_pile_up() -> None:
    job = _walk(_job(1), *("Downloading", "DownloadPaused") * MOST_STEPS)
    assert len(job.steps) == MOST_STEPS
    assert job.steps[-1].status == "DownloadPaused"
