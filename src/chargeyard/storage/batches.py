"""One batch in its transaction: all of it with few statements, or each commit in a savepoint of its own.

Plain functions over a connection, as `Database.write` runs them.
"""

import asyncio
from collections.abc import Collection, Iterable, Sequence
from itertools import chain

import structlog
from msgspec import Struct
from sqlalchemy import Connection

from chargeyard.domain.events import ChargePointConnected, Event
from chargeyard.errors import ChargeyardError, Conflict, Fenced, Poisoned, Unavailable
from chargeyard.services.ports import Fence
from chargeyard.storage.engine import translated
from chargeyard.storage.fences import newer
from chargeyard.storage.marks import Mark
from chargeyard.storage.opening import opened
from chargeyard.storage.projections import ALONE, project

log = structlog.get_logger()

Results = list[ChargeyardError | None]
"""What became of each commit of a batch, in its order; None: it is stored."""


class Commit(Struct, frozen=True, gc=False):
    """The events of one commit, the fence of the session that writes them, and whoever waits for it.

    `since` is the event loop's time of its arrival.
    """

    events: tuple[Event, ...]
    fence: Fence | None
    done: asyncio.Future[None]
    since: float


class Batch(Struct):
    """Commits that share a transaction. `mark` is None where a commit is always answered.

    `results` are those of the last try that got as far as its COMMIT: they hold if it turns out to be stored.
    """

    commits: Sequence[Commit]
    mark: Mark | None = None
    results: Results | None = None


def charge_point_of(events: Iterable[Event]) -> str | None:
    """The one charge point that all of `events` concern; None if there is none, or more than one."""
    only: str | None = None
    for event in events:
        if type(event) in ALONE:
            return None
        concerned: str = event.charge_point  # type: ignore[attr-defined]  # all others are ChargePointEvents
        if only is None:
            only = concerned
        elif concerned != only:
            return None
    return only


def write_together(connection: Connection, batch: Batch) -> Results:
    """Write all of `batch` but what is fenced off. Raises if any of the others cannot be stored as it is."""
    fences = _fences(batch.commits)
    passed = opened(connection, batch.mark, fences or {})
    if passed is None and batch.results is not None:
        return batch.results
    if fences is None:
        batch.results = _each(connection, batch.commits)
    else:
        batch.results = _together(connection, batch.commits, passed or ())
    return batch.results


def write_each(connection: Connection, batch: Batch) -> Results:
    """Each commit in a savepoint of its own, so that only the culprit of a failed batch is left out."""
    if opened(connection, batch.mark, {}) is None and batch.results is not None:
        return batch.results
    batch.results = _each(connection, batch.commits)
    return batch.results


def _together(connection: Connection, commits: Sequence[Commit], passed: Collection[str]) -> Results:
    if not passed:
        project(connection, chain.from_iterable([commit.events for commit in commits]))
        return [None] * len(commits)
    results: Results = [
        _fenced() if commit.fence is not None and commit.fence.charge_point in passed else None
        for commit in commits
    ]
    passing = zip(commits, results, strict=True)
    project(connection, chain.from_iterable([commit.events for commit, error in passing if error is None]))
    return results


def _each(connection: Connection, commits: Sequence[Commit]) -> Results:
    return [_alone(connection, commit) for commit in commits]


def _fences(commits: Sequence[Commit]) -> dict[str, int] | None:
    """The epoch to look for by charge point; None if one look would not do.

    That is so where sessions of one charge point meet in a batch, and where somebody raises another epoch than that
    of its own session: then the order within the batch decides.
    """
    fences: dict[str, int] = {}
    for commit in commits:
        fence = commit.fence
        for event in commit.events:
            if type(event) is ChargePointConnected and _fence_of(event) != fence:
                return None
        if fence is not None and fences.setdefault(fence.charge_point, fence.epoch) != fence.epoch:
            return None
    return fences


def _fence_of(event: ChargePointConnected) -> Fence:
    return Fence(event.charge_point, event.epoch)


def _alone(connection: Connection, commit: Commit) -> ChargeyardError | None:
    fence = commit.fence
    try:
        with translated(), connection.begin_nested():
            if fence is not None and newer(connection, {fence.charge_point: fence.epoch}):
                return _fenced()
            project(connection, commit.events)
    except Unavailable:
        raise
    except (Conflict, Poisoned) as error:
        return type(error)(f"{_kinds(commit)}: {error}")
    except Exception as error:
        # A defect of ours in one projection must not keep every other charge point waiting.
        log.exception("events could not be stored", kinds=_kinds(commit))
        return Poisoned(f"{_kinds(commit)}: {type(error).__name__}")
    return None


def _kinds(commit: Commit) -> str:
    return ", ".join(sorted({type(event).__name__ for event in commit.events}))


def _fenced() -> Fenced:
    return Fenced("a newer session of the charge point has taken over")
