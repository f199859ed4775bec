"""Transactions and meter values: each stored once, ended once, and found again by whoever asks."""

import asyncio
from decimal import Decimal
from itertools import pairwise

import msgspec
import pytest

from chargeyard.domain.authorization import Status
from chargeyard.domain.energy import Metered
from chargeyard.domain.events import Event
from chargeyard.domain.metering import ENERGY_INTERVAL, Reading, Sample, reading
from chargeyard.errors import Conflict
from chargeyard.services.ports import METERED_MOST, Paging, TransactionFilter
from tests.contract.conftest import Backend
from tests.contract.happenings import NOON, after, measured, started, stopped, taken, token_saved


async def test_a_start_is_found_by_its_natural_key_and_its_wire_id(backend: Backend) -> None:
    await backend.journal.commit([started(1, start_key="s:x", wire_id="77", authorization=Status.BLOCKED)])
    found = await backend.store.find_start("CP1", "s:x")
    assert found is not None
    assert (found.number, found.wire_id, found.authorization, found.is_open) == (
        1,
        "77",
        Status.BLOCKED,
        True,
    )
    assert await backend.store.find_transaction("CP1", "77") == found
    assert await backend.store.find_start("CP2", "s:x") is None
    assert await backend.store.find_transaction("CP2", "77") is None
    assert await backend.store.find_transaction("CP1", "1") is None


async def test_a_wire_id_names_the_last_transaction_called_so(backend: Backend) -> None:
    await backend.journal.commit([started(2, after(5), wire_id="0"), started(1, after(9), wire_id="0")])
    found = await backend.store.find_transaction("CP1", "0")
    assert found is not None
    assert found.number == 1


@pytest.mark.parametrize("again", [started(1, start_key="other"), started(2, start_key="s:1")])
async def test_number_and_natural_key_are_taken_once(backend: Backend, again: Event) -> None:
    await backend.journal.commit([started(1)])
    with pytest.raises(Conflict):
        await backend.journal.commit([again])
    await backend.journal.commit([started(3, start_key="s:1", charge_point="CP2")])


async def test_a_stop_ends_its_transaction(backend: Backend) -> None:
    await backend.journal.commit([started(1, reservation_id=9)])
    await backend.journal.commit([stopped(1, after(3), id_token="Other", completeness="reported")])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.stopped_at, record.meter_stop_wh, record.energy_wh) == (after(3), 3000, 2000)
    assert (record.reason, record.completeness, record.stop_id_token) == ("Local", "reported", "Other")
    assert (record.reservation_id, record.quality, record.id_token) == (9, "ok", "Tag")
    found = await backend.store.find_transaction("CP1", "1")
    assert found is not None
    assert (found.stopped_at, found.meter_stop_wh, found.reason) == (after(3), 3000, "Local")


@pytest.mark.parametrize(
    ("first", "second", "stays"),
    [
        ("reported", "reported", 1),
        ("reported", "inferred", 1),
        ("orphan", "reported", 1),
        ("inferred", "inferred", 1),
        ("inferred", "reported", 2),
    ],
)
async def test_only_an_inferred_end_gives_way(backend: Backend, first: str, second: str, stays: int) -> None:
    await backend.journal.commit([started(1), stopped(1, completeness=first, energy_wh=1)])
    await backend.journal.commit([stopped(1, completeness=second, energy_wh=2)])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.energy_wh == stays


async def test_a_stop_never_ends_the_transaction_of_another_charge_point(backend: Backend) -> None:
    await backend.journal.commit([started(1), stopped(1, charge_point="CP2"), stopped(2)])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert record.stopped_at is None
    assert await backend.store.find_transaction_record(2) is None


async def test_running_transactions_of_a_token_are_counted(backend: Backend) -> None:
    await backend.journal.commit([started(1, id_token="TAG"), started(2, id_token="tag "), started(3)])
    await backend.journal.commit([stopped(3), started(4, id_token="other")])
    assert await backend.store.count_running("Tag") == 2
    assert await backend.store.count_running("none") == 0


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (TransactionFilter(), [4, 3, 2, 1]),
        (TransactionFilter(charge_point="CP2"), [3]),
        (TransactionFilter(id_token="SPECIAL"), [2]),
        (TransactionFilter(running=True), [4, 2]),
        (TransactionFilter(running=False), [3, 1]),
        (TransactionFilter(since=after(2)), [4, 3, 2]),
        (TransactionFilter(until=after(2)), [1]),
        (TransactionFilter(since=after(2), until=after(3), running=True, charge_point="CP1"), [2]),
    ],
)
async def test_transactions_are_filtered(
    backend: Backend, wanted: TransactionFilter, found: list[int]
) -> None:
    await backend.journal.commit(
        [
            started(1, after(1)),
            started(2, after(2), id_token="special"),
            started(3, after(3), charge_point="CP2"),
            started(4, after(4)),
            stopped(1),
            stopped(3, charge_point="CP2"),
        ]
    )
    page = await backend.store.list_transactions(wanted, Paging())
    assert [one.id for one in page.items] == found


async def test_transactions_are_paged_from_the_newest_start(backend: Backend) -> None:
    await backend.journal.commit([started(n, after(n // 2)) for n in range(7)])
    seen, cursor = [], None
    for _ in range(4):
        page = await backend.store.list_transactions(TransactionFilter(), Paging(2, cursor))
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
    assert seen == [6, 5, 4, 3, 2, 1, 0]
    assert cursor is None


async def test_a_running_transaction_shows_its_last_reading(backend: Backend) -> None:
    await backend.journal.commit(
        [
            started(1),
            taken(1, measured(after(2), energy_wh=2500, power_w=1), measured(after(1), energy_wh=1500)),
            taken(1, measured(after(3), power_w=6900, soc=55)),
            taken(None, measured(after(9), power_w=5)),
        ]
    )
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.energy_wh, record.quality, record.completeness) == (1500, "ok", "")
    assert (record.last_reading_at, record.power_w, record.soc_percent) == (after(3), 6900, 55)


async def test_a_register_below_the_start_is_suspect(backend: Backend) -> None:
    await backend.journal.commit([started(1), taken(1, measured(after(1), energy_wh=10))])
    record = await backend.store.find_transaction_record(1)
    assert record is not None
    assert (record.energy_wh, record.quality) == (0, "suspect")


async def test_what_is_told_twice_is_stored_once(backend: Backend) -> None:
    one, other = measured(NOON, energy_wh=1), measured(NOON, energy_wh=2)
    await backend.journal.commit([taken(1, one, other, one)])
    await backend.journal.commit([taken(1, other), taken(1, one, charge_point="CP2")])
    page = await backend.store.list_meter_values(1, Paging())
    assert [(one.charge_point, one.energy_wh) for one in page.items] == [("CP1", 1), ("CP1", 2), ("CP2", 1)]


async def test_many_readings_at_once_are_stored_each_once(backend: Backend) -> None:
    readings = [measured(after(n), energy_wh=n, power_w=7) for n in range(150)]
    await backend.journal.commit([taken(1, *readings, *readings[:100])])
    page = await backend.store.list_meter_values(1, Paging(1000))
    assert [(one.at, one.energy_wh, one.power_w) for one in page.items] == [
        (after(n), n, 7) for n in range(150)
    ]


async def test_a_repeated_reading_may_still_tell_its_transaction(backend: Backend) -> None:
    await backend.journal.commit([taken(None, measured(NOON, energy_wh=1))])
    await backend.journal.commit([taken(4, measured(NOON, energy_wh=1))])
    await backend.journal.commit([taken(5, measured(NOON, energy_wh=1))])
    assert len((await backend.store.list_meter_values(4, Paging())).items) == 1
    assert (await backend.store.list_meter_values(5, Paging())).items == []


async def test_all_samples_of_a_reading_are_kept_exactly(backend: Backend) -> None:
    samples = (
        Sample(Decimal("1234567890.1234567890123456789"), unit="Wh"),
        Sample(None, measurand="SignedData", signed="ÄbC=="),
        Sample(Decimal("230.10"), measurand="Voltage", unit="V", phase="L1"),
    )
    await backend.journal.commit([taken(1, reading(NOON, samples, "said"))])
    (record,) = (await backend.store.list_meter_values(1, Paging())).items
    assert msgspec.json.decode(record.samples, type=tuple[Sample, ...]) == samples
    assert (record.at, record.evse, record.transaction) == (NOON, 1, 1)
    assert (record.energy_wh, record.voltage_v, record.power_w) == (1234567890, 230.1, None)


async def test_meter_values_are_paged_by_time(backend: Backend) -> None:
    await backend.journal.commit([taken(1, *(measured(after(n // 2), energy_wh=n) for n in (4, 1, 0, 3, 2)))])
    first = await backend.store.list_meter_values(1, Paging(3))
    second = await backend.store.list_meter_values(1, Paging(3, first.next_cursor))
    assert [one.at for one in first.items + second.items] == [after(n) for n in (0, 0, 1, 1, 2)]
    assert len({one.id for one in first.items + second.items}) == 5
    assert second.next_cursor is None


async def test_the_end_of_a_list_may_fill_its_page(backend: Backend) -> None:
    await backend.journal.commit([taken(1, measured(NOON, energy_wh=1), measured(NOON, energy_wh=2))])
    assert (await backend.store.list_meter_values(1, Paging(2))).next_cursor is None


async def test_what_was_measured_comes_in_the_order_of_time_with_what_it_tells_of_energy(
    backend: Backend,
) -> None:
    begin = Sample(Decimal(1000), context="Transaction.Begin", signed="OCMF|{}")
    interval = Sample(Decimal("80.4"), ENERGY_INTERVAL)
    await backend.journal.commit(
        [
            taken(1, measured(after(2), energy_wh=1500, power_w=7000), measured(after(3), soc=50)),
            taken(1, reading(after(1), (begin, interval))),
            taken(2, measured(after(1), energy_wh=9)),
        ]
    )
    assert await backend.store.list_metered(1) == [
        Metered(after(1), 1000, None, 80, begins=True, signed=True),
        Metered(after(2), 1500, 7000),
        Metered(after(3)),
    ]
    assert await backend.store.list_metered(3) == []


@pytest.mark.parametrize("count", [METERED_MOST, 2 * METERED_MOST, 3 * METERED_MOST])
async def test_many_readings_are_spread_over_the_time_first_and_last_register_among_them(
    backend: Backend, count: int
) -> None:
    interval = Sample(Decimal(1), ENERGY_INTERVAL)
    told = [reading(after(n), (Sample(Decimal(n)), interval)) for n in range(count)]
    await backend.journal.commit([taken(1, *told, measured(after(count), soc=50))])
    found = await backend.store.list_metered(1)
    assert METERED_MOST // 2 <= len(found) <= METERED_MOST
    registers = [one.energy_wh for one in found if one.energy_wh is not None]
    assert (registers[0], registers[-1]) == (0, count - 1)
    assert registers == sorted(set(registers))
    assert max(b - a for a, b in pairwise(registers)) <= count // (METERED_MOST // 2) + 2
    assert {one.interval_wh for one in found} == {None}


async def test_what_was_measured_is_also_told_in_the_order_of_arrival(backend: Backend) -> None:
    """What a clock that was set back makes of it has no order of time."""
    minutes = (5, 6, 2, 3)
    for n, minute in enumerate(minutes):
        await backend.journal.commit(
            [taken(1, measured(after(minute), energy_wh=n)), taken(2, measured(NOON))]
        )
    found = await backend.store.list_metered_in_order(1)
    assert found == [Metered(after(minute), n) for n, minute in enumerate(minutes)]
    assert await backend.store.list_metered_in_order(3) == []


async def test_of_many_in_the_order_of_arrival_some_are_left_the_first_and_the_last_among_them(
    backend: Backend,
) -> None:
    count = 3 * METERED_MOST
    interval = Sample(Decimal(1), ENERGY_INTERVAL)
    told = [reading(after(-n), (Sample(Decimal(n)), interval)) for n in range(count)]
    await backend.journal.commit([taken(1, *told, measured(after(-count), soc=50))])
    found = await backend.store.list_metered_in_order(1)
    registers = [one.energy_wh or 0 for one in found]
    assert (registers[0], registers[-1], len(found)) == (0, count - 1, METERED_MOST // 2 + 1)
    assert max(b - a for a, b in pairwise(registers)) <= count // (METERED_MOST // 2)
    assert {one.interval_wh for one in found} == {None}


async def test_a_session_knows_the_energy_of_what_has_ended(backend: Backend) -> None:
    await backend.journal.commit([started(1), stopped(1, energy_wh=700, quality="suspect")])
    await backend.journal.commit([started(2, after(5))])
    for number, energy in ((1, (700, "suspect")), (2, (0, "ok"))):
        found = await backend.store.find_transaction("CP1", str(number))
        assert found is not None
        assert (found.energy_wh, found.quality) == energy


def _register(minutes: float, energy_wh: int) -> Reading:
    return reading(after(minutes), (Sample(Decimal(energy_wh)),))


async def test_many_who_look_at_once_find_each_their_own(backend: Backend) -> None:
    """What starts and ends ask is asked in rounds: for many charge points, by the same token, for what is not there."""
    every = range(70)
    begun = [
        e
        for n in every
        for e in (
            started(n, charge_point=f"CP{n}", wire_id=f"{n % 7}", id_token=f"Card{n % 3}"),
            taken(n, *(_register(m, 1000 * n + m) for m in range(n % 4)), charge_point=f"CP{n}"),
        )
    ]
    await backend.journal.commit([token_saved("card0"), *begun])
    store = backend.store
    starts = await asyncio.gather(*(store.find_start(f"CP{n}", f"s:{n + n % 2}") for n in every))
    assert [one.number if one else None for one in starts] == [None if n % 2 else n for n in every]
    named = await asyncio.gather(*(store.find_transaction(f"CP{n}", f"{n % 7}") for n in every))
    assert [one.number if one else None for one in named] == list(every)
    assert await asyncio.gather(*(store.count_running(f"CARD{n % 4}") for n in every)) == [
        (24, 23, 23, 0)[n % 4] for n in every
    ]
    tokens = await asyncio.gather(*(store.find_id_token(f"CaRd{n % 2}") for n in every))
    assert [one.id_token if one else None for one in tokens] == [
        "card0" if n % 2 == 0 else None for n in every
    ]
    metered = await asyncio.gather(*(store.list_metered(n) for n in every))
    assert [[one.energy_wh for one in told] for told in metered] == [
        [1000 * n + m for m in range(n % 4)] for n in every
    ]
