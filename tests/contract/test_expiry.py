"""Each kind of row goes when it is old, and nothing goes that something still needs."""

from datetime import datetime

import pytest

from chargeyard.maintenance.pace import Pace
from chargeyard.services.ports import Paging, TransactionFilter
from tests.contract import happenings as h
from tests.contract.conftest import Backend
from tests.contract.test_roll_ups import age, charge, no_rest

ALL = Paging(500)


async def expire(backend: Backend, name: str, before: datetime, limit: int = 200) -> int:
    pace = Pace(no_rest)
    pace.limit = limit
    rows = backend.expiry(name)
    return await pace.walk(lambda most, place: rows.expire(before, most, place))


async def test_findings_and_reports_go(backend: Backend) -> None:
    await backend.journal.commit([h.finding("x"), h.data_transferred("x")])
    for name, listing in (
        ("findings", backend.store.list_findings("CP1", ALL)),
        ("reports", backend.store.list_reports("CP1", None, ALL)),
    ):
        assert await expire(backend, name, h.NOON) == 0
        assert len((await listing).items) == 1
        assert await expire(backend, name, h.after(1)) == 1
    assert (await backend.store.list_findings("CP1", ALL)).items == []
    assert (await backend.store.list_reports("CP1", None, ALL)).items == []


async def test_settled_commands_go(backend: Backend) -> None:
    await backend.journal.commit([h.submitted(number) for number in ("a", "b", "c")])
    await backend.journal.commit([h.settled("a"), h.settled("b", at=h.after(5))])
    assert await expire(backend, "commands", h.after(1), limit=1) == 1
    left = await backend.store.list_commands("CP1", ALL)
    assert sorted(one.id for one in left.items) == ["b", "c"]


async def test_jobs_go(backend: Backend) -> None:
    await backend.journal.commit([h.job_begun(1), h.job_begun(2, h.after(5))])
    assert await expire(backend, "jobs", h.after(1), limit=1) == 1
    assert [one.job.request_id for one in (await backend.store.list_jobs("CP1", ALL)).items] == [2]


async def test_reservations_go_when_they_would_have_expired(backend: Backend) -> None:
    """Also one whose end nobody has told."""
    asked = (h.reservation_requested(n, expires_at=h.after(10 * n)) for n in (1, 2, 3))
    await backend.journal.commit([*asked, h.reservation_ended(1)])
    assert await expire(backend, "reservations", h.after(25), limit=1) == 2
    assert [one.number for one in (await backend.store.list_reservations("CP1", ALL)).items] == [3]


async def test_listings_go_whether_asked_for_or_not(backend: Backend) -> None:
    await backend.journal.commit([h.listing_asked(1), h.listing_asked(2, h.after(20))])
    told = (
        h.listing_advanced(0, at, request_id=n) for n, at in ((2, h.after(21)), (3, h.NOON), (4, h.after(20)))
    )
    await backend.journal.commit(list(told))
    assert await expire(backend, "listings", h.after(1), limit=1) == 2
    there = [await backend.store.find_listing("CP1", number) for number in (1, 2, 3, 4)]
    assert [one is not None for one in there] == [False, True, False, True]


async def test_what_is_told_of_customers_goes(backend: Backend) -> None:
    await backend.journal.commit([h.customer_told(0, "old"), h.customer_told(1, "new", h.after(60))])
    assert await expire(backend, "customer_information", h.after(1)) == 1
    told = await backend.store.find_customer_information("CP1", 1)
    assert told is not None
    assert told.parts == ("new",)


@pytest.mark.parametrize("limit", [2, 200])
async def test_events_go_when_their_transaction_has_ended(backend: Backend, limit: int) -> None:
    await backend.journal.commit([h.started(1), h.started(2), *(h.advanced(2, n) for n in range(5))])
    await backend.journal.commit([h.advanced(1, n) for n in range(5)])
    await backend.journal.commit([h.stopped(1), h.advanced(1, 100)])
    assert await expire(backend, "transaction_events", h.after(50), limit) == 5
    assert [one.sequence for one in (await backend.store.list_transaction_events(1, ALL)).items] == [100]
    assert len((await backend.store.list_transaction_events(2, ALL)).items) == 5


@pytest.mark.parametrize("limit", [2, 200])
async def test_a_transaction_goes_with_everything_of_it(backend: Backend, limit: int) -> None:
    await charge(backend)
    await charge(backend, 2)
    await backend.journal.commit([h.started(3), h.advanced(1, 1), h.accounted(1)])
    await age(backend, 2)
    await expire(backend, "transactions", h.after(31), limit)
    assert [one.id for one in (await backend.store.list_transactions(TransactionFilter(), ALL)).items] == [3]
    for number in (1, 2):
        assert (await backend.store.list_transaction_events(number, ALL)).items == []
        assert (await backend.store.list_meter_values(number, ALL)).items == []
        assert (await backend.store.list_transaction_intervals(number, ALL)).items == []
        assert await backend.store.find_transaction("CP1", str(number)) is None
    await charge(backend)


async def test_intervals_go(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 2)
    assert await expire(backend, "intervals", h.after(16), limit=1) == 2
    left = (await backend.store.list_transaction_intervals(1, ALL)).items
    assert [one.interval.starts_at for one in left] == [h.after(30)]
