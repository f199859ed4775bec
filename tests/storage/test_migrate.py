"""The schema: made once, by one of many, whole or not at all, and never by an older program."""

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine

from chargeyard.errors import SettingsError, Unavailable
from chargeyard.services.ports import Paging
from chargeyard.storage import migrate, migrations
from chargeyard.storage.engine.sqlite import SqliteDatabase
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.store import SqlStore
from chargeyard.storage.tables import metadata
from tests.contract import happenings as h


@pytest.fixture
async def fresh(tmp_path: Path) -> AsyncIterator[SqliteDatabase]:
    """A database without a file."""
    database = SqliteDatabase(tmp_path / "chargeyard.sqlite", busy_timeout_s=0.02)
    yield database
    await database.aclose()


def _schema(file: Path) -> set[tuple[object, ...]]:
    """Tables, columns in their order, keys and indexes; the text of a table that was altered may differ."""
    with closing(sqlite3.connect(file)) as connection:
        tables = connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name != 'alembic_version'"
        ).fetchall()
        return {fact for (table,) in tables for fact in _facts_of(connection, table)}


def _facts_of(connection: sqlite3.Connection, table: str) -> Iterator[tuple[object, ...]]:
    yield table, *connection.execute(f"PRAGMA table_xinfo({table})")
    for _, index, *kind in connection.execute(f"PRAGMA index_list({table})").fetchall():
        columns = connection.execute(f"PRAGMA index_xinfo({index})").fetchall()
        (text,) = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", (index,)).fetchone()
        yield table, index, *kind, *columns, text and " ".join(text.split())


async def test_migrations_make_exactly_the_tables(fresh: SqliteDatabase, tmp_path: Path) -> None:
    assert await migrate.upgrade(fresh)
    assert await migrate.drift(fresh) == []
    engine = create_engine(f"sqlite:///{tmp_path}/declared.sqlite")
    metadata.create_all(engine)
    engine.dispose()
    assert _schema(fresh.file) == _schema(tmp_path / "declared.sqlite")


async def test_drift_is_told(fresh: SqliteDatabase) -> None:
    await migrate.upgrade(fresh)
    await fresh.write(lambda connection: connection.exec_driver_sql("ALTER TABLE node ADD COLUMN odd TEXT"))
    assert [line for line in await migrate.drift(fresh) if "odd" in line]


async def test_data_of_the_first_schema_is_kept(fresh: SqliteDatabase) -> None:
    await fresh.write(migrate._run_alembic, "0001")
    await fresh.write(_charge_with_the_first_schema)
    assert await migrate.upgrade(fresh)
    assert await migrate.drift(fresh) == []
    store, journal = SqlStore(fresh), SqlJournal(fresh)
    old = await store.find_transaction_record(7)
    assert old is not None
    assert (old.wire_id, old.meter_start_wh, old.charging_state, old.events) == ("7", 1000, "", 0)
    assert [one.energy_wh for one in (await store.list_meter_values(7, Paging())).items] == [1500]
    await journal.commit([h.advanced(7, 4, charging_state="Charging")])
    await journal.commit([h.advanced(7, 3, charging_state="EVConnected"), h.variables(h.variable("a"))])
    await journal.aclose()
    new = await store.find_transaction_record(7)
    assert new is not None
    assert (new.charging_state, new.events) == ("Charging", 2)


def _charge_with_the_first_schema(connection: Connection) -> None:
    connection.exec_driver_sql(
        "INSERT INTO charging_transaction (id, charge_point, wire_id, start_key, evse, connector, id_token,"
        " id_token_key, authorization, started_at, start_said, start_recorded_at, meter_start_wh)"
        " VALUES (7, 'CP1', '7', 's:7', 1, 1, 'Tag', 'tag', 'Accepted', 1000000, '', 1000000, 1000)"
    )
    connection.exec_driver_sql(
        "INSERT INTO meter_value (charge_point, evse, at, digest, transaction_id, energy_wh, samples, said)"
        " VALUES ('CP1', 1, 2000000, 1, 7, 1500, '[]', '')"
    )


async def test_a_second_upgrade_has_nothing_to_do(fresh: SqliteDatabase) -> None:
    assert await migrate.upgrade(fresh)
    assert not await migrate.upgrade(fresh)


def test_an_up_to_date_file_is_known_without_alembic(tmp_path: Path) -> None:
    script = (
        "import asyncio, sys; from chargeyard.storage import engine, migrate;"
        f"database = engine.connect({str(tmp_path / 'x.sqlite')!r});"
        "print(asyncio.run(migrate.upgrade(database)), 'alembic' in sys.modules)"
    )
    words = [subprocess.check_output([sys.executable, "-c", script], text=True) for _ in "12"]
    assert words == ["True True\n", "False False\n"]


def test_the_head_is_the_last_migration() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [migrations.HEAD]
    assert {revision.revision for revision in script.walk_revisions()} == migrate._known()


async def test_a_newer_database_is_left_alone(fresh: SqliteDatabase) -> None:
    await migrate.upgrade(fresh)
    await fresh.write(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    )
    with pytest.raises(SettingsError, match=r"schema 9999.*up to " + migrations.HEAD):
        await migrate.upgrade(fresh)


async def test_a_failed_upgrade_has_not_happened(fresh: SqliteDatabase) -> None:
    def halfway(connection: Connection) -> None:
        migrate._run_alembic(connection)
        raise KeyError("power cut")

    with pytest.raises(KeyError):
        await fresh.write(halfway)
    assert _schema(fresh.file) == set()
    assert await migrate.upgrade(fresh)


async def test_processes_that_start_together_migrate_once(tmp_path: Path) -> None:
    script = (
        "import asyncio; from chargeyard.storage import engine, migrate;"
        f"database = engine.connect({str(tmp_path / 'x.sqlite')!r});"
        "print(asyncio.run(migrate.upgrade(database)))"
    )
    processes = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
        )
        for _ in range(3)
    ]
    said = [await process.communicate() for process in processes]
    assert sorted(out for out, _ in said) == [b"False\n", b"False\n", b"True\n"], said


async def test_an_upgrade_waits_for_the_lock_and_no_longer_than_it_must(
    fresh: SqliteDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fresh.write(lambda connection: connection.exec_driver_sql("SELECT 1"))
    with closing(sqlite3.connect(fresh.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        task = asyncio.create_task(migrate.upgrade(fresh))
        done, _ = await asyncio.wait([task], timeout=0.3)
        assert not done
        other.execute("ROLLBACK")
        assert await task
    monkeypatch.setattr(migrate, "PATIENCE", 2)
    await fresh.write(lambda connection: connection.exec_driver_sql("DELETE FROM alembic_version"))
    with closing(sqlite3.connect(fresh.file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Unavailable):
            await migrate.upgrade(fresh)
