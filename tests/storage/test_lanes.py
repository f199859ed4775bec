"""Several batches under way: what belongs together keeps its order, and what concerns everybody is written alone."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest
from structlog.testing import capture_logs

from chargeyard.domain.events import ChargePointsSeen, Event
from chargeyard.errors import Contended, Poisoned, Unavailable
from chargeyard.services.ports import Fence
from chargeyard.storage import migrate
from chargeyard.storage.batches import Batch, charge_point_of
from chargeyard.storage.engine.sqlite import SqliteDatabase
from chargeyard.storage.journal import AT_ONCE, SqlJournal
from chargeyard.storage.projections import ALONE, PLACES
from chargeyard.storage.store import SqlStore
from tests.contract.happenings import NOON, after, changed, registered, started, status, token_saved

T = TypeVar("T")


class Wide(SqliteDatabase):
    """SQLite as a journal sees a server: it may hand in three batches at a time, which take turns behind its back.

    Notes how many were handed in at once, and with how many others a batch was that must be alone.
    """

    writers = 3

    def __init__(self, file: Path) -> None:
        super().__init__(file, busy_timeout_s=1.0)
        self.under_way = 0
        self.most = 0
        self.beside_others: list[int] = []
        self.errors: list[Exception] = []
        self.random = random.Random(1)

    async def write(self, work: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        commits = args[0].commits if args and isinstance(args[0], Batch) else ()
        if any(charge_point_of(commit.events) is None for commit in commits):
            self.beside_others.append(self.under_way - 1)
        try:
            await asyncio.sleep(self.random.random() / 500)
            if self.errors:
                raise self.errors.pop()
            return await super().write(work, *args, **kwargs)
        finally:
            self.under_way -= 1


@pytest.fixture
async def wide(tmp_path: Path) -> AsyncIterator[Wide]:
    wide = Wide(tmp_path / "chargeyard.sqlite")
    await migrate.upgrade(wide)
    yield wide
    await wide.aclose()


@pytest.fixture
async def journal(wide: Wide) -> AsyncIterator[SqlJournal]:
    journal = SqlJournal(wide, max_batch=5)
    yield journal
    await journal.aclose()


YARD = [f"CP{n}" for n in range(8)]


@pytest.mark.parametrize("seed", range(6))
async def test_each_charge_point_keeps_its_order_and_nothing_passes_what_concerns_all(
    wide: Wide, journal: SqlJournal, seed: int
) -> None:
    """The last name, and of each charge point the last status, are those that were committed last."""
    choice = random.Random(seed)
    wide.random = random.Random(seed)
    await journal.commit([registered(name) for name in YARD])
    last: dict[str, str] = {}
    commits = []
    for number in range(300):
        if choice.random() < 0.03:
            commits.append(journal.commit([changed(name, name=f"N{number}") for name in YARD]))
            last["name"] = f"N{number}"
        else:
            name = choice.choice(YARD)
            commits.append(journal.commit([status(f"S{number}", after(number), charge_point=name)]))
            last[name] = f"S{number}"
        if choice.random() < 0.1:
            await asyncio.sleep(0.001)
    tasks = await asyncio.gather(*commits)
    assert tasks == [None] * 300
    assert wide.most > 1
    assert set(wide.beside_others) == {0}
    store = SqlStore(wide)
    for name in YARD:
        record = await store.find_charge_point(name)
        assert record is not None
        assert (record.name, record.connectors[0].status) == (last["name"], last[name])


@pytest.mark.parametrize(
    ("happened", "concerned"),
    [
        ([status("x")], "CP1"),
        ([status("x"), started(1)], "CP1"),
        ([status("x"), status("x", charge_point="CP2")], None),
        ([token_saved("a")], None),
        ([registered("CP1")], None),
        ([ChargePointsSeen(seen={"CP1": NOON}, recorded_at=NOON)], None),
    ],
    ids=str,
)
def test_whom_a_commit_concerns(happened: list[Event], concerned: str | None) -> None:
    assert charge_point_of(happened) == concerned


def test_every_event_concerns_one_charge_point_or_is_written_alone() -> None:
    nameless = {kind for kind in PLACES if "charge_point" not in kind.__struct_fields__}
    assert nameless <= ALONE


async def test_closing_finishes_all_lanes_and_what_stands_behind_them(wide: Wide) -> None:
    journal = SqlJournal(wide, max_batch=2)
    commits = [journal.commit([registered(name)]) for name in YARD]
    commits += [journal.commit([status("S", charge_point=name)], Fence(name, 0)) for name in YARD]
    commits += [journal.commit([changed("CP1", name="last")])]
    tasks = [asyncio.create_task(commit) for commit in commits]
    await asyncio.sleep(0)
    await journal.aclose()
    assert await asyncio.gather(*tasks) == [None] * 17
    with pytest.raises(Unavailable):
        await journal.commit([status("late")])


async def test_what_meets_a_lock_is_tried_again_without_an_alarm(wide: Wide, journal: SqlJournal) -> None:
    await journal.commit([registered("CP1")])
    wide.errors = [Contended("deadlock")] * AT_ONCE
    with capture_logs() as logs:
        await journal.commit([status("stored")])
    assert logs == []
    assert (journal.tally["retried"], journal.is_away) == (AT_ONCE, False)


async def test_a_lock_that_never_ends_is_a_database_that_is_away(wide: Wide, journal: SqlJournal) -> None:
    await journal.commit([registered("CP1")])
    wide.errors = [Contended("deadlock")] * (AT_ONCE + 2)
    with capture_logs() as logs:
        await journal.commit([status("stored")])
    assert [entry["event"].partition(":")[0] for entry in logs] == ["database away", "database back"]


async def test_a_fault_of_the_driver_is_tried_again_and_ends_no_lane(wide: Wide, journal: SqlJournal) -> None:
    await journal.commit([registered("CP1")])
    wide.errors = [RuntimeError("a defect"), RuntimeError("a defect")]
    await journal.commit([status("stored")])
    wide.errors = [Poisoned("outside of every savepoint"), Poisoned("outside of every savepoint")]
    await journal.commit([status("stored too")])
    assert journal.waiting == 0


async def test_what_the_journal_tells_of_itself(wide: Wide) -> None:
    seen: list[tuple[int, float]] = []
    journal = SqlJournal(wide, observe=lambda commits, seconds: seen.append((commits, seconds)))
    assert journal.oldest_s == 0
    tasks = [asyncio.create_task(journal.commit([registered(name)])) for name in YARD]
    await asyncio.sleep(0)
    assert journal.waiting == len(YARD)
    assert journal.oldest_s > 0
    await asyncio.gather(*tasks)
    assert sum(commits for commits, _ in seen) == len(YARD)
    assert all(seconds > 0 for _, seconds in seen)
    assert journal.oldest_s == 0
    await journal.aclose()
