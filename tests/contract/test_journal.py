"""The promise of the journal: together or not at all, in order, and nobody pays for somebody else's mistake."""

import asyncio

import pytest

from chargeyard.errors import Conflict, Unavailable
from chargeyard.services.ports import ChargePointFilter, Paging, TransactionFilter
from tests.contract.conftest import Backend
from tests.contract.happenings import after, registered, started, status, stopped


async def test_events_of_one_commit_are_stored_together_or_not_at_all(backend: Backend) -> None:
    await backend.journal.commit([started(1)])
    with pytest.raises(Conflict):
        await backend.journal.commit([registered("CP1"), started(2), started(1)])
    assert await backend.store.find_transaction_record(2) is None
    assert await backend.store.find_charge_point("CP1") is None


async def test_of_many_that_commit_at_once_only_the_culprits_are_told(backend: Backend) -> None:
    commits = (backend.journal.commit([started(n % 40, start_key=f"s:{n}")]) for n in range(60))
    results = await asyncio.gather(*commits, return_exceptions=True)
    assert [type(result) for result in results] == [type(None)] * 40 + [Conflict] * 20
    page = await backend.store.list_transactions(TransactionFilter(), Paging(100))
    assert {one.id for one in page.items} == set(range(40))


async def test_commits_keep_the_order_in_which_they_were_made(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1")])
    commits = [backend.journal.commit([status(f"S{n}")]) for n in range(50)]
    await asyncio.gather(*commits)
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert record.connectors[0].status == "S49"


async def test_a_caller_reads_what_it_has_committed(backend: Backend) -> None:
    async def charge(number: int) -> bool:
        await backend.journal.commit([started(number), stopped(number, after(1))])
        record = await backend.store.find_transaction_record(number)
        return record is not None and record.stopped_at == after(1)

    assert all(await asyncio.gather(*(charge(number) for number in range(50))))


async def test_a_cancelled_caller_harms_nobody(backend: Backend) -> None:
    tasks = [asyncio.create_task(backend.journal.commit([registered(f"CP{n}")])) for n in range(9)]
    await asyncio.sleep(0)
    tasks[4].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [result for n, result in enumerate(results) if n != 4] == [None] * 8
    await backend.journal.commit([registered("last")])
    found = await backend.store.list_charge_points(ChargePointFilter(), Paging())
    assert {one.id for one in found.items} >= {f"CP{n}" for n in range(9) if n != 4} | {"last"}


async def test_nothing_is_a_commit_too(backend: Backend) -> None:
    await backend.journal.commit([])
    assert backend.journal.waiting == 0


async def test_a_closed_journal_has_finished_and_refuses(backend: Backend) -> None:
    tasks = [asyncio.create_task(backend.journal.commit([registered(f"CP{n}")])) for n in range(20)]
    await asyncio.sleep(0)
    await backend.journal.aclose()
    await asyncio.gather(*tasks)
    with pytest.raises(Unavailable):
        await backend.journal.commit([registered("late")])
    found = await backend.store.list_charge_points(ChargePointFilter(), Paging())
    assert len(found.items) == 20
    assert backend.journal.waiting == 0
