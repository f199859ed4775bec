"""The disk of the database fills up under load, and has room again later.

Nobody hears an error, nothing is acknowledged that is not stored, and everything goes on by itself.
"""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.conftest import RequireService
from tests.e2e.private_servers import private_server, programs_of
from tests.e2e.promises import broken_promises, lost_promises
from tests.e2e.server import Server, serving
from tests.e2e.small_disk import Disk, may_mount, small_disk
from tests.e2e.witnesses import a_crowd, introduce, living, promises, under_load

CHARGE_POINTS = 10
HOLD_S = 2.5
"""Longer than the longest pause between two attempts to write."""


@pytest.fixture
def disk(tmp_path: Path, require_service: RequireService) -> Iterator[Disk]:
    """Where `serving(tmp_path)` keeps its data."""
    require_service(may_mount(), "a disk to fill up can be mounted by root only")
    with small_disk(tmp_path / "data", megabytes=8) as disk:
        yield disk


async def until_ready(server: Server, disk: Disk | None = None) -> None:
    """Return once the server can write; or, given a `disk`, fill that until it cannot."""
    async with asyncio.timeout(60):
        while (await server.http.get("/readyz")).is_success is not (disk is None):
            if disk is not None:
                disk.fill()
            await asyncio.sleep(0.05)


async def test_a_full_disk_stops_all_promises_and_room_brings_them_back(tmp_path: Path, disk: Disk) -> None:
    witnesses = a_crowd(CHARGE_POINTS, seed=5)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        async with living(server, witnesses):
            for _ in range(2):
                await under_load(witnesses)
                await until_ready(server, disk)
                before = promises(witnesses)
                await asyncio.sleep(HOLD_S)
                assert promises(witnesses) == before
                disk.empty()
                await until_ready(server)
        assert await server.terminate() == 0
        assert await broken_promises(server.database_url, witnesses) == []
    assert "Traceback" not in server.log
    # They were patient, and nobody was sent away.
    assert sum(witness.retries for witness in witnesses) == 0


@pytest.mark.parametrize("room", [0, 1 << 20])
async def test_a_server_that_dies_on_a_full_disk_has_kept_its_promises(
    tmp_path: Path, disk: Disk, room: int
) -> None:
    witnesses = a_crowd(CHARGE_POINTS, seed=6)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        async with living(server, witnesses):
            await under_load(witnesses)
            await until_ready(server, disk)
            await server.kill()
            disk.empty()
            leave_room_in_the_journal(server, room)
            disk.fill()
            assert await starts_on_a_full_disk(server) or not room
            disk.empty()
            assert await lost_promises(server.database_url, witnesses) == []
            await server.start()
            await under_load(witnesses)
        assert await server.terminate() == 0
        assert await broken_promises(server.database_url, witnesses) == []


def leave_room_in_the_journal(server: Server, room: int) -> None:
    """What SQLite's journal has beyond its last commit is room to write on, as a batch leaves it that was cut short."""
    if server.database.exists():
        with server.database.with_name(f"{server.database.name}-wal").open("ab") as journal:
            journal.write(bytes(room))


async def starts_on_a_full_disk(server: Server) -> bool:
    """Whether it serves, for as long as some room is left; or else says in one clear line why not."""
    try:
        await server.start()
    except AssertionError:
        assert "full" in server.log.splitlines()[-1]
        assert "Traceback" not in server.log
        return False
    await server.kill()
    return True


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", databases.SERVERS)
async def test_the_disk_of_a_database_server_fills_up(
    tmp_path: Path, kind: str, require_service: RequireService
) -> None:
    """Some errors leave the database server alive, others end it; either way it is one more database that is away."""
    require_service(may_mount(), "a disk to fill up can be mounted by root only")
    require_service(programs_of(kind), f"{kind} is not installed on this machine")
    witnesses = a_crowd(CHARGE_POINTS, seed=8)
    async with private_server(kind, megabytes=192) as database:
        assert database.disk is not None
        url = await databases.create(kind, server=database.url)
        async with serving(tmp_path, ocpp__unknown_charge_points="accept", database__url=url) as server:
            await introduce(server)
            async with living(server, witnesses):
                await under_load(witnesses)
                await until_ready(server, database.disk)
                database.disk.empty()
                await database.start()
                await until_ready(server)
            assert await server.terminate() == 0
            assert await broken_promises(url, witnesses) == []
            assert "Traceback" not in server.log
    assert sum(witness.retries for witness in witnesses) == 0
