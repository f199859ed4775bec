"""One server for one database; a claim ends with its release."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from chargeyard.errors import SettingsError
from chargeyard.storage import claim
from chargeyard.storage.claim import Claim, FileClaim, claim_of
from chargeyard.storage.engine import connect
from tests.conftest import RequireDatabase
from tests.databases import SERVERS, scratch
from tests.storage.test_server import cut_all


async def test_only_one_holds_it_at_a_time(tmp_path: Path) -> None:
    """A second one is refused, and let in once the first has gone; its own failure frees nothing."""
    file = tmp_path / "chargeyard.db"
    first, second = FileClaim(file), FileClaim(file)
    await first.take()
    for _ in range(2):
        with pytest.raises(SettingsError, match="another server"):
            await second.take()
    await first.release()
    await second.take()
    await second.release()


async def test_a_link_to_the_database_is_the_database(tmp_path: Path) -> None:
    (tmp_path / "chargeyard.db").touch()
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "linked.db"
    link.symlink_to(tmp_path / "chargeyard.db")
    first, second = FileClaim(tmp_path / "chargeyard.db"), FileClaim(link)
    await first.take()
    with pytest.raises(SettingsError, match="another server"):
        await second.take()
    await first.release()


async def test_a_claim_leaves_no_file_behind(tmp_path: Path) -> None:
    """Nor one that a dead server has left; who is refused removes nothing."""
    file = tmp_path / "chargeyard.db"
    left = tmp_path / "chargeyard.db.lock"
    left.touch()
    first, second = FileClaim(file), FileClaim(file)
    await first.take()
    with pytest.raises(SettingsError, match="another server"):
        await second.take()
    await second.release()
    assert left.exists()
    await first.release()
    assert not left.exists()


def test_many_who_come_and_go_hold_it_one_at_a_time(tmp_path: Path) -> None:
    """Although each removes the file that others may have opened already."""
    file = tmp_path / "chargeyard.db"
    holders: list[int] = []
    refusals: list[bool] = []

    async def come_and_go(number: int) -> None:
        for _ in range(2000):
            one_of_many = FileClaim(file)
            try:
                await one_of_many.take()
            except SettingsError:
                refusals.append(True)
                continue
            holders.append(number)
            await asyncio.sleep(0)
            assert holders == [number]
            holders.pop()
            await one_of_many.release()

    with ThreadPoolExecutor(4) as threads:
        comers = [threads.submit(asyncio.run, come_and_go(number)) for number in range(4)]
        for comer in comers:
            comer.result()
    assert refusals


async def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """One line says which file cannot be had."""
    with pytest.raises(SettingsError, match="missing"):
        await FileClaim(tmp_path / "missing" / "chargeyard.db").take()


@pytest.fixture(params=SERVERS)
async def claims(
    request: pytest.FixtureRequest, database_server: RequireDatabase
) -> AsyncIterator[tuple[str, Claim, Claim]]:
    """The URL of a database, and two claims to it that nobody has taken."""
    database_server(request.param)
    async with scratch(request.param) as url:
        databases = connect(url), connect(url)
        first, second = map(claim_of, databases)
        yield url, first, second
        await first.release()
        await second.release()
        for database in databases:
            await database.aclose()


async def test_only_one_server_holds_a_database_of_a_server(claims: tuple[str, Claim, Claim]) -> None:
    _, first, second = claims
    await first.take()
    for _ in range(2):
        with pytest.raises(SettingsError, match="another server"):
            await second.take()
    await first.release()
    await second.take()


async def test_two_databases_of_one_server_have_two_claims(database_server: RequireDatabase) -> None:
    """MariaDB's locks have names for the whole server."""
    database_server("mariadb")
    async with scratch("mariadb") as here, scratch("mariadb") as there:
        databases = connect(here), connect(there)
        claims = [claim_of(database) for database in databases]
        for one_of_them in claims:
            await one_of_them.take()
        for one_of_them in claims:
            await one_of_them.release()
        for database in databases:
            await database.aclose()


async def test_a_claim_whose_connection_is_lost_is_taken_again(
    claims: tuple[str, Claim, Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, first, second = claims
    monkeypatch.setattr(claim, "CHECKED_EVERY_S", 0.05)
    await first.take()
    keeping = asyncio.create_task(first.keep())
    await cut_all(url)
    async with asyncio.timeout(20):
        while True:
            await asyncio.sleep(0.05)
            try:
                await second.take()
            except SettingsError:
                break
            await second.release()
    assert not keeping.done()
    keeping.cancel()


async def test_who_finds_another_one_holding_its_claim_is_told(
    claims: tuple[str, Claim, Claim], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, first, second = claims
    monkeypatch.setattr(claim, "CHECKED_EVERY_S", 0.05)
    await first.take()
    await cut_all(url)
    await second.take()
    with pytest.raises(SettingsError, match="another server"):
        async with asyncio.timeout(20):
            await first.keep()
