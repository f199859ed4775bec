"""A copy or a backup that finds no room says where, and leaves nothing that looks whole."""

import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from chargeyard.errors import Unavailable
from chargeyard.storage import migrate
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.moves.backup import back_up
from chargeyard.storage.moves.copying import copy
from tests.conftest import RequireDatabase, RequireService
from tests.contract.conftest import migrated
from tests.databases import KINDS, Templates
from tests.e2e.small_disk import Disk, may_mount, small_disk
from tests.storage.moves import drawn_rows
from tests.storage.moves.test_copying import Told


@pytest.fixture
def disk(tmp_path: Path, require_service: RequireService) -> Iterator[Disk]:
    """One with room for a schema, and for not much more."""
    require_service(may_mount(), "a disk to fill up can be mounted by root only")
    with small_disk(tmp_path / "disk", megabytes=4) as disk:
        yield disk


@asynccontextmanager
async def filled(templates: Templates, kind: str) -> AsyncIterator[Database]:
    """A database with more rows than there is room for."""
    async with templates.copy(kind, migrated) as url:
        database = connect(url)
        await database.write(drawn_rows.put, drawn_rows.drawn(3, most=600))
        yield database
        await database.aclose()


@pytest.mark.parametrize("kind", KINDS)
async def test_a_backup_that_finds_no_room_names_its_file(
    templates: Templates, database_server: RequireDatabase, disk: Disk, kind: str
) -> None:
    database_server(kind)
    file = disk.path / "backup.db"
    async with filled(templates, kind) as database:
        with pytest.raises(Unavailable, match=rf"^{re.escape(str(file))}: .*disk is full"):
            await back_up(database, file, Told())
    assert list(disk.path.iterdir()) == []


async def test_a_copy_that_finds_no_room_names_its_target(templates: Templates, disk: Disk) -> None:
    target = connect(str(disk.path / "to.db"))
    async with filled(templates, "sqlite") as source:
        with pytest.raises(Unavailable, match=rf"^{re.escape(str(target))}: .*its disk is full"):
            await copy(source, target, Told())
    assert await migrate.version(target) == migrate.UNFINISHED
    await target.aclose()
