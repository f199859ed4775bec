"""The accounts of transactions: each word stays until the next one, and sessions and readers see the same."""

from decimal import Decimal

import msgspec

from chargeyard.domain.accounts import (
    NO_ACCOUNT,
    Account,
    Cost,
    Limits,
    Queue,
    TariffInUse,
    ToldCost,
    ToldLimits,
    WishedLimits,
)
from tests.contract.conftest import Backend
from tests.contract.happenings import (
    NOON,
    accounted,
    advanced,
    after,
    detailed,
    registered,
    reopened,
    started,
    stopped,
    worded,
)

WHOLE = Account(
    cost=Cost(amount=Decimal("12.30"), currency="EUR", at=NOON, is_final=True),
    told_cost=ToldCost(
        currency="EUR", incl_tax=Decimal("12.3"), doubts=("odd",), details=msgspec.Raw(b'{"a":1}')
    ),
    told_limits=ToldLimits(limits=Limits(max_energy_wh=Decimal(5000)), sequence=3),
    wished_limits=WishedLimits(limits=Limits(max_cost=Decimal("9.99")), told_at=after(1)),
    tariff=TariffInUse(tariff_id="T1", sequence=3),
    queue=Queue(is_ongoing=None, has_messages=True, at=after(2)),
)


async def _account(backend: Backend, number: int = 1) -> Account:
    record = await backend.store.find_transaction_record(number)
    known = await backend.store.find_transaction("CP1", str(number))
    assert record is not None
    assert known is not None
    assert record.account == known.account
    return record.account


async def test_an_account_is_as_it_was_told(backend: Backend) -> None:
    await backend.journal.commit([started(1), started(2)])
    assert await _account(backend) == NO_ACCOUNT
    for name in Account.__struct_fields__:
        await backend.journal.commit([accounted(1, **{name: getattr(WHOLE, name)})])
    assert await _account(backend) == WHOLE
    assert await _account(backend, 2) == NO_ACCOUNT
    other = Cost(amount=Decimal(0), currency="EUR", at=after(3))
    await backend.journal.commit([accounted(1, cost=other)])
    assert await _account(backend) == msgspec.structs.replace(WHOLE, cost=other)


async def test_a_session_that_begins_knows_the_accounts(backend: Backend) -> None:
    await backend.journal.commit([registered(), started(1), accounted(1, cost=WHOLE.cost)])
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    assert loaded.state.transactions[1].account.cost == WHOLE.cost


async def test_only_a_concluded_end_is_taken_back(backend: Backend) -> None:
    for number, how in ((1, "inferred"), (2, "reported")):
        await backend.journal.commit([started(number), stopped(number, completeness=how, reason="Other")])
        await backend.journal.commit([reopened(number, charge_point="CP2"), reopened(number)])
    first = await backend.store.find_transaction_record(1)
    second = await backend.store.find_transaction_record(2)
    assert first is not None
    assert second is not None
    assert (first.stopped_at, first.completeness, first.reason, first.energy_wh) == (None, "", "", 0)
    assert second.completeness == "reported"


async def test_who_stopped_it_and_who_asked_for_it_may_be_told_later(backend: Backend) -> None:
    await backend.journal.commit([started(1), started(2, remote_start_id=6)])
    await backend.journal.commit([detailed(1, remote_start_id=5, stop_id_token="CARD2")])
    records = [await backend.store.find_transaction_record(number) for number in (1, 2)]
    assert [(one.remote_start_id, one.stop_id_token) for one in records if one] == [(5, "CARD2"), (6, "")]


async def test_a_transaction_is_whole_from_its_start_to_its_end_without_a_gap(backend: Backend) -> None:
    begin, end = {"phase": "Started"}, {"phase": "Ended"}
    await backend.journal.commit([started(n) for n in (1, 2, 3, 4)])
    await backend.journal.commit([advanced(1, 4, **begin), advanced(1, 5), advanced(1, 6, **end)])
    await backend.journal.commit([advanced(2, 0, **begin), advanced(2, 2, **end), advanced(2, -1)])
    await backend.journal.commit([advanced(3, 1), advanced(3, 2, **end)])
    await backend.journal.commit([stopped(n) for n in (1, 2, 3)])
    found = [await backend.store.find_transaction_record(n) for n in (1, 2, 3, 4)]
    assert [(one.is_whole, one.gaps, one.has_start) for one in found if one] == [
        (True, 0, True),
        (False, 1, True),
        (False, 0, False),
        (False, 0, False),
    ]
    assert [one.last_event_at for one in found if one] == [after(6), after(2), after(2), None]


async def test_a_tariff_keeps_its_first_wording(backend: Backend) -> None:
    assert await backend.store.find_tariff("T1") is None
    await backend.journal.commit([worded("T1"), worded("T1", "USD", "CP2"), worded("T2")])
    await backend.journal.commit([worded("T1", "CHF")])
    found = await backend.store.find_tariff("T1")
    assert found is not None
    assert (found.tariff_id, found.currency) == ("T1", "EUR")
    assert await backend.store.find_tariff("t1") is None
