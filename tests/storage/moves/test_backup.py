"""A backup is one file with one state of the database, and it is there whole or not at all."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from chargeyard.errors import SettingsError, Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.engine import connect
from chargeyard.storage.migrations import HEAD
from chargeyard.storage.moves.backup import back_up
from tests.conftest import RequireDatabase
from tests.contract.conftest import migrated
from tests.databases import KINDS, Templates
from tests.storage.moves import drawn_rows
from tests.storage.moves.test_copying import Told


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_is_a_database_with_everything(
    tmp_path: Path, templates: Templates, database_server: RequireDatabase, kind: str
) -> None:
    database_server(kind)
    file = tmp_path / "backup.db"
    async with templates.copy(kind, migrated) as url:
        database = connect(url)
        await database.write(drawn_rows.put, drawn_rows.drawn(3))
        rows = await database.read(drawn_rows.read_all)
        await back_up(database, file, Told())
        await database.aclose()
    assert list(tmp_path.iterdir()) == [file]
    assert file.stat().st_mode & 0o777 == 0o600
    backup = connect(str(file))
    assert await backup.read(drawn_rows.read_all) == rows
    assert await migrate.version(backup) == HEAD
    await backup.aclose()


async def test_a_backup_is_made_while_others_write(tmp_path: Path) -> None:
    """Every commit is in it whole or not at all."""
    database = connect(str(tmp_path / "live.db"))
    await migrate.upgrade(database)
    stop = asyncio.Event()

    async def write() -> int:
        count = 0
        while not stop.is_set():
            await database.write(_add_two, count)
            count += 1
        return count

    writer = asyncio.create_task(write())
    for number in range(5):
        await back_up(database, tmp_path / f"{number}.db", Told())
    stop.set()
    assert await writer > 0
    await database.aclose()
    for number in range(5):
        with sqlite3.connect(tmp_path / f"{number}.db") as connection:
            counts = {count for (count,) in connection.execute("SELECT count(*) FROM sequence GROUP BY next")}
        connection.close()
        assert counts <= {2}


def _add_two(connection, number: int) -> None:  # type: ignore[no-untyped-def]
    for half in "ab":
        connection.exec_driver_sql(
            "INSERT INTO sequence (name, next) VALUES (?, ?)", (f"{number}{half}", number)
        )


async def test_a_backup_writes_over_nothing(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "live.db"))
    await migrate.upgrade(database)
    file = tmp_path / "backup.db"
    file.write_text("mine")
    with pytest.raises(SettingsError, match="exists already"):
        await back_up(database, file, Told())
    with pytest.raises(SettingsError, match="No such file"):
        await back_up(database, tmp_path / "no" / "backup.db", Told())
    assert file.read_text() == "mine"
    await database.aclose()


async def test_two_backups_into_one_file_make_one(tmp_path: Path) -> None:
    """Whole, by whichever of them comes first."""
    (tmp_path / "live").mkdir()
    database = connect(str(tmp_path / "live" / "live.db"))
    await migrate.upgrade(database)
    file = tmp_path / "backup.db"
    ended = await asyncio.gather(*(back_up(database, file, Told()) for _ in range(2)), return_exceptions=True)
    await database.aclose()
    refused, made = sorted(map(str, ended))
    assert refused.startswith(f"{file}")
    assert "exists" in refused
    assert made == "None"
    assert {path.name for path in tmp_path.iterdir()} == {"backup.db", "live"}
    backup = connect(str(file))
    assert await migrate.version(backup) == HEAD
    await backup.aclose()


async def test_a_database_that_is_not_there_gets_no_backup(tmp_path: Path) -> None:
    database = connect(str(tmp_path / "nothing.db"))
    with pytest.raises(SettingsError, match="there is no Chargeyard database"):
        await back_up(database, tmp_path / "backup.db", Told())
    await database.aclose()
    assert list(tmp_path.iterdir()) == []


async def test_a_database_of_an_older_program_gets_a_backup(tmp_path: Path) -> None:
    """Before an upgrade is when it is wanted most; and odd names of files are no obstacle."""
    database = connect(str(tmp_path / "live %23#1.db"))
    await migrate.upgrade(database)
    await database.write(migrate.mark, "0001")
    await back_up(database, tmp_path / "backup.db", Told())
    await database.aclose()
    backup = connect(str(tmp_path / "backup.db"))
    assert await migrate.version(backup) == "0001"
    await backup.aclose()


async def test_a_damaged_database_is_told(tmp_path: Path) -> None:
    file = tmp_path / "live.db"
    database = connect(str(file))
    await migrate.upgrade(database)
    await database.write(drawn_rows.put, drawn_rows.drawn(1))
    await database.aclose()
    content = bytearray(file.read_bytes())
    middle = len(content) // 2 // 4096 * 4096
    content[middle : middle + 16384] = b"\xff" * 16384
    file.write_bytes(content)
    database = connect(str(file))
    with pytest.raises(Unavailable):
        await back_up(database, tmp_path / "backup.db", Told())
    await database.aclose()
    assert not (tmp_path / "backup.db").exists()
