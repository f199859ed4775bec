"""A session that was taken over writes nothing any more, however late its events come."""

import asyncio

import pytest

from chargeyard.errors import Conflict, Fenced
from chargeyard.services.ports import Fence
from tests.contract.conftest import Backend
from tests.contract.happenings import changed, connected, disconnected, registered, removed, started, status


@pytest.fixture
async def taken_over(backend: Backend) -> Backend:
    """CP1's second session is open."""
    await backend.journal.commit([registered("CP1"), registered("CP2")])
    await backend.journal.commit([connected(1)], Fence("CP1", 1))
    await backend.journal.commit([connected(2)], Fence("CP1", 2))
    return backend


async def _status(backend: Backend, charge_point: str = "CP1") -> str:
    record = await backend.store.find_charge_point(charge_point)
    assert record is not None
    return record.connectors[0].status if record.connectors else ""


async def test_the_newest_session_writes(taken_over: Backend) -> None:
    await taken_over.journal.commit([status("Charging")], Fence("CP1", 2))
    assert await _status(taken_over) == "Charging"


async def test_an_older_session_writes_nothing(taken_over: Backend) -> None:
    with pytest.raises(Fenced):
        await taken_over.journal.commit([status("Charging"), started(1)], Fence("CP1", 1))
    assert await _status(taken_over) == ""
    assert await taken_over.store.find_transaction_record(1) is None
    assert taken_over.journal.waiting == 0


async def test_an_older_session_can_not_say_that_the_charge_point_has_gone(taken_over: Backend) -> None:
    with pytest.raises(Fenced):
        await taken_over.journal.commit([disconnected(1)], Fence("CP1", 1))
    record = await taken_over.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.epoch) == (True, 2)


async def test_who_claims_with_an_old_epoch_is_refused(taken_over: Backend) -> None:
    with pytest.raises(Fenced):
        await taken_over.journal.commit([connected(1)], Fence("CP1", 1))


async def test_operators_write_without_a_fence(taken_over: Backend) -> None:
    await taken_over.journal.commit([changed("CP1", name="Yard")])
    record = await taken_over.store.find_charge_point("CP1")
    assert record is not None
    assert record.name == "Yard"


async def test_a_fence_around_a_charge_point_that_nobody_knows_is_open(taken_over: Backend) -> None:
    """A message of one that an operator has just removed is still kept."""
    await taken_over.journal.commit([removed("CP1")])
    await taken_over.journal.commit([started(1)], Fence("CP1", 1))
    assert await taken_over.store.find_transaction_record(1) is not None


async def test_among_many_at_once_only_the_fenced_are_refused(taken_over: Backend) -> None:
    late = [
        taken_over.journal.commit([started(n, start_key=f"s:{n}")], Fence("CP1", 1 + n % 2))
        for n in range(40)
    ]
    others = [
        taken_over.journal.commit([status(f"S{n}", charge_point="CP2")], Fence("CP2", 0)) for n in range(9)
    ]
    results = await asyncio.gather(*late, *others, return_exceptions=True)
    assert [type(result) for result in results[:40]] == [Fenced, type(None)] * 20
    assert results[40:] == [None] * 9
    assert await _status(taken_over, "CP2") == "S8"


async def test_whoever_takes_over_shuts_the_gate_behind_them_at_once(taken_over: Backend) -> None:
    """What stands behind a claim in one batch is as late as what comes a second later."""
    journal = taken_over.journal
    results = await asyncio.gather(
        journal.commit([status("before")], Fence("CP1", 2)),
        journal.commit([connected(3)], Fence("CP1", 3)),
        journal.commit([status("late")], Fence("CP1", 2)),
        journal.commit([status("after")], Fence("CP1", 3)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), type(None), Fenced, type(None)]
    assert await _status(taken_over) == "after"


async def test_a_claim_without_a_fence_counts_too(taken_over: Backend) -> None:
    results = await asyncio.gather(
        taken_over.journal.commit([connected(3)]),
        taken_over.journal.commit([status("late")], Fence("CP1", 2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [type(None), Fenced]


async def test_fenced_off_and_in_conflict_are_told_apart(taken_over: Backend) -> None:
    await taken_over.journal.commit([started(1)])
    results = await asyncio.gather(
        taken_over.journal.commit([started(1)], Fence("CP1", 2)),
        taken_over.journal.commit([started(1)], Fence("CP1", 1)),
        taken_over.journal.commit([started(2, start_key="s:2")], Fence("CP1", 2)),
        return_exceptions=True,
    )
    assert [type(result) for result in results] == [Conflict, Fenced, type(None)]
