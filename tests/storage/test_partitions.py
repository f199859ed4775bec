"""PostgreSQL: meter values lie in months, whatever their clocks say, and months go whole."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, text

from chargeyard.domain.metering import Reading
from chargeyard.services.ports import Paging
from chargeyard.storage import migrate, partitions
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.engine.server import ServerDatabase
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.partitions import SqlPartitions, month_of, next_month
from chargeyard.storage.store import SqlStore
from tests.conftest import RequireService
from tests.contract import happenings as h
from tests.databases import missing, scratch

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
ALL = Paging(500)


@pytest.fixture
async def fresh(require_service: RequireService) -> AsyncIterator[Database]:
    """An empty database on PostgreSQL."""
    why = missing("postgresql")
    require_service(why is None, why or "")
    async with scratch("postgresql") as url:
        database = connect(url)
        yield database
        await database.aclose()


@pytest.fixture
async def database(fresh: Database) -> Database:
    await migrate.upgrade(fresh)
    return fresh


async def tell(database: Database, transaction: int | None, *readings: Reading) -> None:
    journal = SqlJournal(database)
    await journal.commit([h.taken(transaction, *readings)])
    await journal.aclose()


async def rows_in(database: Database, table: str) -> int:
    def count(connection: Connection) -> int:
        return connection.execute(text(f"SELECT count(*) FROM ONLY {table}")).scalar_one()

    return await database.read(count)


def named(month: datetime) -> str:
    return f"meter_value_p{month:%Y_%m}"


async def test_months_are_made_ahead_by_the_upgrade_and_once_only(database: Database) -> None:
    month = month_of(datetime.now(UTC))
    made = await database.read(partitions.months)
    assert made[0] == month
    assert len(made) == partitions.AHEAD + 1
    await SqlPartitions(database).make_ahead(datetime.now(UTC))
    assert await database.read(partitions.months) == made
    await SqlPartitions(database).make_ahead(next_month(month))
    assert len(await database.read(partitions.months)) == partitions.AHEAD + 2
    assert await migrate.drift(database) == []


async def test_readings_of_wrong_clocks_lie_apart(database: Database) -> None:
    await SqlPartitions(database).make_ahead(NOW)
    readings = [h.measured(NOW.replace(year=year), year) for year in (1970, 2026, 2099)]
    await tell(database, 1, *readings)
    await tell(database, 1, *readings)
    assert await rows_in(database, named(month_of(NOW))) == 1
    assert await rows_in(database, partitions.DEFAULT) == 2
    told = (await SqlStore(database).list_meter_values(1, ALL)).items
    assert [one.energy_wh for one in told] == [1970, 2026, 2099]


async def test_what_came_before_its_month_was_made_moves_there(database: Database) -> None:
    month = datetime(2030, 5, 1, tzinfo=UTC)
    inside = [month, next_month(month) - timedelta(microseconds=1)]
    around = [month - timedelta(microseconds=1), next_month(month)]
    await tell(database, 1, *(h.measured(at, 5) for at in (*inside, *around)))
    before = (await SqlStore(database).list_meter_values(1, ALL)).items
    await database.write(partitions.make, month)
    assert await rows_in(database, named(month)) == 2
    assert await rows_in(database, partitions.DEFAULT) == 2
    assert (await SqlStore(database).list_meter_values(1, ALL)).items == before
    await tell(database, 1, *(h.measured(at, 5) for at in inside))
    assert await rows_in(database, named(month)) == 2


async def test_a_month_goes_only_when_all_of_it_is_rolled_up(database: Database) -> None:
    await SqlPartitions(database).make_ahead(NOW)
    await tell(database, None, h.measured(NOW, 5))
    assert await SqlPartitions(database).drop(NOW + timedelta(days=400)) == 0
    assert await rows_in(database, named(month_of(NOW))) == 1


async def test_what_is_still_needed_outlives_its_month(database: Database) -> None:
    """An open transaction's readings, and those of one that has ended a moment ago."""
    await SqlPartitions(database).make_ahead(NOW)
    journal = SqlJournal(database)
    await journal.commit([h.started(1), h.started(2), h.started(3), h.stopped(2), h.stopped(3)])
    await journal.aclose()
    await tell(database, 1, h.measured(NOW, 1))
    await tell(database, 2, h.measured(NOW, 2))
    await tell(database, 3, h.measured(NOW, 3))

    def pretend(connection: Connection) -> None:
        connection.execute(text("UPDATE charging_transaction SET roll_up = 2 WHERE id = 3"))
        connection.execute(text("INSERT INTO roll_up_progress VALUES ('idle gone', '2099-01-01')"))

    await database.write(pretend)
    assert await SqlPartitions(database).drop(next_month(month_of(NOW))) >= 1
    store = SqlStore(database)
    assert [len((await store.list_meter_values(number, ALL)).items) for number in (1, 2, 3)] == [1, 1, 0]
    assert await rows_in(database, partitions.DEFAULT) == 2
    await database.write(partitions.make, month_of(NOW))
    assert await rows_in(database, named(month_of(NOW))) == 2


async def test_readings_from_before_there_were_partitions_are_kept(fresh: Database) -> None:
    await fresh.alone(migrate._run_alembic, "0004")

    def fill(connection: Connection) -> None:
        for at in ("1970-01-01", "2026-03-31 23:59:59.5", "2026-11-21", "2099-01-01"):
            connection.execute(
                text(
                    "INSERT INTO meter_value (charge_point, evse, at, digest, transaction_id, energy_wh, samples, said)"
                    " VALUES ('CP1', 1, CAST(:at AS timestamptz), 1, 7, 1500, '[]', '')"
                ),
                {"at": datetime.fromisoformat(at).replace(tzinfo=UTC)},
            )

    await fresh.write(fill)
    await migrate.upgrade(fresh)
    assert await migrate.drift(fresh) == []
    assert await rows_in(fresh, "meter_value_p2026_03") == 1
    assert await rows_in(fresh, partitions.DEFAULT) == 2
    await tell(fresh, 7, h.measured(NOW, 3))
    told = (await SqlStore(fresh).list_meter_values(7, ALL)).items
    assert sorted(one.id for one in told) == [1, 2, 3, 4, 5]


async def test_old_readings_that_are_brought_get_partitions_for_their_months(database: Database) -> None:
    """What lies in the default partition already moves; what a wrong clock told stays there."""
    old = [datetime(2026, 1, 31, 23, 59, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC)]
    wrong = [NOW - partitions.YEARS - timedelta(days=40), NOW + timedelta(days=4000)]
    await tell(database, 1, *(h.measured(at, 5) for at in (*old, *wrong)))
    assert await rows_in(database, partitions.DEFAULT) == 4
    brought = SqlPartitions(database)
    for _ in range(2):
        await brought.make_for((*old, *wrong, NOW), NOW)
    assert await rows_in(database, partitions.DEFAULT) == 2
    assert [await rows_in(database, named(month_of(at))) for at in old] == [1, 1]
    made = set(await database.read(partitions.months))
    assert {month_of(at) for at in old} <= made
    assert not {month_of(at) for at in wrong} & made


async def test_a_month_that_others_are_in_the_way_of_is_made_the_next_time(database: Database) -> None:
    old = datetime(2025, 12, 1, tzinfo=UTC)
    brought = SqlPartitions(database)
    assert isinstance(database, ServerDatabase)
    async with database.lonely() as engine, engine.begin() as other:
        await other.execute(text(f"LOCK TABLE {partitions.DEFAULT} IN ROW EXCLUSIVE MODE"))
        await brought.make_for([old], NOW)
        assert old not in await database.read(partitions.months)
    await brought.make_for([old], NOW)
    assert old in await database.read(partitions.months)
