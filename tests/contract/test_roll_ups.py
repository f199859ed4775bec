"""Readings get old: they are rolled up, then they go, and nothing that was booked changes."""

from datetime import datetime, timedelta

from msgspec.structs import replace

from chargeyard.domain.events import MeterValuesTaken
from chargeyard.domain.records import IntervalRecord, TransactionRecord
from chargeyard.maintenance.growth import Ages, Growth
from chargeyard.maintenance.pace import Pace
from chargeyard.services.ports import IntervalFilter, Paging
from tests.contract.conftest import Backend
from tests.contract.happenings import (
    NOON,
    after,
    detailed,
    measured,
    reopened,
    started,
    stopped,
    taken,
)

DAY = timedelta(days=1)
ALL = Paging(500)


async def no_rest(_seconds: float) -> None:
    """Tests wait for nobody."""


async def age(backend: Backend, days: int, keep: int = 0, limit: int | None = None) -> None:
    """Do what is due so many days later, if readings are kept for `keep` days."""

    def pace() -> Pace:
        made = Pace(no_rest)
        made.limit = limit or made.limit
        return made

    ages = Ages(roll_up=1, keep=keep)
    await Growth(backend.roll_ups, backend.partitions, ages, lambda: NOON + days * DAY, pace).once()


async def charge(backend: Backend, number: int = 1, charge_point: str = "CP1") -> None:
    """A transaction of half an hour with a reading every five minutes."""
    readings = [measured(after(minute), 1000 + 60 * minute, 7200, minute) for minute in range(0, 31, 5)]
    await backend.journal.commit(
        [
            started(number, charge_point=charge_point),
            taken(number, *readings, charge_point=charge_point),
            stopped(number, after(30), meter_stop_wh=2800, energy_wh=1800, charge_point=charge_point),
        ]
    )


async def record(backend: Backend, number: int = 1) -> TransactionRecord:
    found = await backend.store.find_transaction_record(number)
    assert found is not None
    return found


async def intervals(backend: Backend, number: int = 1) -> list[IntervalRecord]:
    return (await backend.store.list_transaction_intervals(number, ALL)).items


def energies(found: list[IntervalRecord]) -> list[tuple[datetime, int]]:
    return [(one.interval.starts_at, one.interval.energy_wh) for one in found]


def late(event: MeterValuesTaken, days: int) -> MeterValuesTaken:
    return replace(event, recorded_at=NOON + days * DAY)


async def test_a_transaction_that_has_ended_is_rolled_up_when_it_is_old(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 1)
    assert (await record(backend)).roll_up is None
    await age(backend, 2)
    found = await record(backend)
    made = found.roll_up
    assert made is not None
    assert (made.readings, made.energy_wh, made.max_power_w) == (7, 1800, 7200)
    assert (made.first_at, made.first_register_wh, made.first_soc_percent) == (NOON, 1000, 0.0)
    assert (made.last_at, made.last_register_wh, made.last_soc_percent) == (after(30), 2800, 30.0)
    assert energies(await intervals(backend)) == [(NOON, 900), (after(15), 900), (after(30), 0)]
    first = (await intervals(backend))[0]
    assert (first.charge_point, first.evse, first.transaction) == ("CP1", 1, 1)
    assert (first.interval.readings, first.interval.average_power_w) == (3, 7200)
    assert not found.is_reduced
    assert len((await backend.store.list_meter_values(1, ALL)).items) == 7


async def test_a_transaction_that_runs_is_left_alone(backend: Backend) -> None:
    await backend.journal.commit([started(1), taken(1, measured(after(1), 1100))])
    await age(backend, 400, keep=30)
    assert (await record(backend)).roll_up is None
    assert (await record(backend)).energy_wh == 100
    assert len((await backend.store.list_meter_values(1, ALL)).items) == 1
    assert len(await backend.store.list_metered(1)) == 1


async def test_what_comes_late_or_twice_is_rolled_up_again(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 2)
    again = taken(1, measured(after(10), 1600, 7200, 10))
    news = taken(1, measured(after(12), 1720, 11000, 12))
    await backend.journal.commit([late(again, 3), late(news, 3)])
    await age(backend, 3)
    made = (await record(backend)).roll_up
    assert made is not None
    assert (made.readings, made.max_power_w) == (8, 11000)
    assert [one.interval.readings for one in await intervals(backend)] == [4, 3, 1]
    before = await intervals(backend)
    await age(backend, 4)
    assert await intervals(backend) == before


async def test_a_corrected_energy_is_laid_out_again(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 2)
    await backend.journal.commit([detailed(1, energy_wh=2001, quality="suspect")])
    await age(backend, 2)
    assert sum(energy for _, energy in energies(await intervals(backend))) == 2001


async def test_readings_go_and_what_was_booked_stays(backend: Backend) -> None:
    await charge(backend)
    await charge(backend, 2, charge_point="CP2")
    before = await record(backend)
    await age(backend, 450, keep=400)
    after_it = await record(backend)
    assert after_it.is_reduced
    assert (await backend.store.list_meter_values(1, ALL)).items == []
    same = ("energy_wh", "quality", "meter_start_wh", "meter_stop_wh", "last_reading_at", "soc_percent")
    assert [getattr(after_it, name) for name in same] == [getattr(before, name) for name in same]
    assert energies(await intervals(backend)) == [(NOON, 900), (after(15), 900), (after(30), 0)]
    known = await backend.store.find_transaction("CP1", "1")
    assert known is not None
    assert (known.energy_wh, known.last_reading_at, known.last_energy_wh) == (1800, after(30), 2800)


async def test_registers_that_are_left_stand_for_readings_that_have_gone(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 450, keep=400)
    metered = await backend.store.list_metered(1)
    assert all(one.is_kept for one in metered)
    assert [(one.at, one.energy_wh) for one in metered] == [
        (NOON, 1000),
        (after(10), 1600),
        (after(15), 1900),
        (after(25), 2500),
        (after(30), 2800),
    ]


async def test_readings_stay_as_long_as_they_are_kept(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 399, keep=400)
    assert not (await record(backend)).is_reduced
    assert len((await backend.store.list_meter_values(1, ALL)).items) == 7


async def test_a_transaction_larger_than_a_step_goes_in_several(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 450, keep=400, limit=2)
    assert (await backend.store.list_meter_values(1, ALL)).items == []
    found = await record(backend)
    assert found.roll_up is not None
    assert (found.roll_up.readings, found.roll_up.max_power_w) == (7, 7200)
    assert [one.interval.readings for one in await intervals(backend)] == [3, 3, 1]
    assert energies(await intervals(backend)) == [(NOON, 900), (after(15), 900), (after(30), 0)]


async def test_what_comes_after_the_readings_have_gone_spoils_nothing(backend: Backend) -> None:
    await charge(backend)
    await age(backend, 450, keep=400)
    before = await intervals(backend)
    await backend.journal.commit([late(taken(1, measured(after(12), 1720, 11000)), 450)])
    await age(backend, 450, keep=400)
    found = await record(backend)
    assert found.roll_up is not None
    assert (found.energy_wh, found.roll_up.readings, found.roll_up.max_power_w) == (1800, 7, 11000)
    assert (await backend.store.list_meter_values(1, ALL)).items == []
    assert [one.interval.readings for one in await intervals(backend)] == [3, 3, 1]
    assert sum(energy for _, energy in energies(await intervals(backend))) == sum(
        one.interval.energy_wh for one in before
    )


async def test_a_transaction_that_goes_on_after_all_is_rolled_up_to_its_real_end(backend: Backend) -> None:
    readings = [measured(after(minute), 1000 + 60 * minute) for minute in (0, 10)]
    end = stopped(1, after(10), meter_stop_wh=1600, energy_wh=600, completeness="inferred")
    await backend.journal.commit([started(1), taken(1, *readings), end])
    await age(backend, 450, keep=400)
    more = late(taken(1, measured(after(40), 3400)), 450)
    real = replace(stopped(1, after(40), meter_stop_wh=3400, energy_wh=2400), recorded_at=NOON + 450 * DAY)
    await backend.journal.commit([reopened(1), more, real])
    await age(backend, 451, keep=400)
    assert len((await backend.store.list_meter_values(1, ALL)).items) == 1
    await age(backend, 860, keep=400)
    assert (await backend.store.list_meter_values(1, ALL)).items == []
    assert sum(energy for _, energy in energies(await intervals(backend))) == 2400


# --- outside of transactions ----------------------------------------------------------------------------------


async def idle(
    backend: Backend, evse: int | None = None, since: datetime | None = None
) -> list[IntervalRecord]:
    wanted = IntervalFilter(evse=evse, since=since)
    return (await backend.store.list_intervals("CP1", wanted, ALL)).items


async def test_readings_outside_of_transactions_are_rolled_up_by_days(backend: Backend) -> None:
    """Noon is in the middle of a day: the energy of the night lies in both."""
    told = [measured(after(60 * hour), 1000 * hour) for hour in range(0, 25, 6)]
    await backend.journal.commit([taken(None, *told)])
    await age(backend, 2)
    assert await idle(backend) == []
    await age(backend, 5)
    found = await idle(backend)
    assert sum(one.interval.energy_wh for one in found) == 24000
    assert sum(one.interval.readings for one in found) == 5
    assert {one.transaction for one in found} == {None}
    late_one = taken(None, measured(after(3 * 60), 6000))
    await backend.journal.commit([late(late_one, 5)])
    await age(backend, 5)
    again = await idle(backend)
    assert sum(one.interval.energy_wh for one in again) == 24000
    assert [one.interval.energy_wh for one in again[:12]] == [500] * 12
    assert [one.interval.energy_wh for one in again[12:25]] == [0] + [250] * 12


async def test_readings_outside_of_transactions_go_by_days(backend: Backend) -> None:
    await backend.journal.commit([taken(None, *(measured(after(60 * hour), hour) for hour in range(30)))])
    await age(backend, 20, keep=400)
    before = await idle(backend)
    await age(backend, 451, keep=400)
    assert await idle(backend) == before
    await backend.journal.commit([late(taken(None, measured(after(1), 1)), 451)])
    await age(backend, 451, keep=400)
    assert await idle(backend) == before


async def test_energy_of_a_transaction_is_not_told_again_by_readings_around_it(backend: Backend) -> None:
    await charge(backend)
    await backend.journal.commit([taken(None, measured(after(-10), 1000), measured(after(50), 2800))])
    await age(backend, 5)
    found = await idle(backend)
    assert sum(one.interval.energy_wh for one in found if one.transaction is None) == 0
    assert sum(one.interval.energy_wh for one in found if one.transaction == 1) == 1800


async def test_intervals_come_in_parts(backend: Backend) -> None:
    await charge(backend)
    await charge(backend, 2)
    await age(backend, 2)
    wanted, seen, cursor = IntervalFilter(evse=1, since=after(15), until=after(45)), [], None
    while True:
        page = await backend.store.list_intervals("CP1", wanted, Paging(1, cursor))
        seen += [(one.interval.starts_at, one.transaction) for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    # The second one has no reading of its own at its end: the first has told it already.
    assert seen == [(after(15), 1), (after(15), 2), (after(30), 1)]
    assert await idle(backend, evse=2) == []
    page = await backend.store.list_transaction_intervals(1, Paging(2))
    rest = await backend.store.list_transaction_intervals(1, Paging(2, page.next_cursor))
    assert [one.interval.starts_at for one in page.items + rest.items] == [NOON, after(15), after(30)]


async def test_clocks_that_are_wrong_are_rolled_up_too(backend: Backend) -> None:
    """1970 and 2099: by our own clock both have just ended."""
    for number, year in ((1, 1970), (2, 2099)):
        at = NOON.replace(year=year)
        end = stopped(number, at + 2 * timedelta(minutes=15), energy_wh=2000)
        await backend.journal.commit(
            [
                started(number, at),
                taken(number, measured(at, 1000), measured(at + timedelta(minutes=30), 3000)),
                replace(end, recorded_at=NOON),
            ]
        )
    await age(backend, 20, keep=30)
    assert len((await backend.store.list_meter_values(1, ALL)).items) == 2
    await age(backend, 31, keep=30)
    for number in (1, 2):
        assert (await record(backend, number)).is_reduced
        assert (await backend.store.list_meter_values(number, ALL)).items == []
        assert [energy for _, energy in energies(await intervals(backend, number))] == [1000, 1000, 0]
