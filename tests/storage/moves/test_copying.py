"""A copy has every row of every table as it was, whatever kinds the two databases are."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Connection, insert, select, text

from chargeyard.errors import Conflict, Poisoned, SettingsError
from chargeyard.storage import migrate
from chargeyard.storage.claim import claim_of
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.migrations import HEAD
from chargeyard.storage.moves import copying, pages
from chargeyard.storage.moves.copying import Report, copy
from chargeyard.storage.tables import charge_point, finding, message, metadata, meter_value
from tests.conftest import RequireDatabase
from tests.contract import happenings as h
from tests.contract.conftest import migrated
from tests.databases import KINDS, Templates, scratch
from tests.storage.moves import drawn_rows


class Told:
    """Remembers how far it is."""

    def __init__(self) -> None:
        self.expected: dict[str, int] = {}
        self.moved: dict[str, int] = {}

    def begin(self, table: str, rows: int) -> None:
        self.expected[table], self.moved[table] = rows, 0

    def advance(self, rows: int) -> None:
        last = next(reversed(self.moved))
        self.moved[last] += rows


class Place:
    """Makes databases that are closed and removed at the end."""

    def __init__(self, folder: Path, templates: Templates, held: AsyncExitStack) -> None:
        self._folder = folder
        self._templates = templates
        self._held = held
        self._files = 0

    async def empty(self, kind: str) -> Database:
        """One without a schema."""
        if kind == "sqlite":
            self._files += 1
            return self._opened(str(self._folder / f"empty-{self._files}.sqlite"))
        return self._opened(await self._held.enter_async_context(scratch(kind)))

    async def ready(self, kind: str = "sqlite") -> Database:
        """One with a schema, and no rows."""
        return self._opened(await self._held.enter_async_context(self._templates.copy(kind, migrated)))

    def _opened(self, url: str) -> Database:
        database = connect(url)
        self._held.push_async_callback(database.aclose)
        return database


@pytest.fixture
async def place(tmp_path: Path, templates: Templates) -> AsyncIterator[Place]:
    async with AsyncExitStack() as held:
        yield Place(tmp_path, templates, held)


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest, database_server: RequireDatabase) -> str:
    database_server(request.param)
    return str(request.param)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "AT_ONCE", 7)


async def _filled(place: Place, seed: int) -> tuple[Database, drawn_rows.Rows]:
    source = await place.ready()
    rows = drawn_rows.drawn(seed)
    await source.write(drawn_rows.put, rows)
    return source, {
        table.name: drawn_rows.in_order(table, rows[table.name]) for table in metadata.sorted_tables
    }


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("seed", range(2))
async def test_there_and_back_everything_is_the_same(place: Place, kind: str, seed: int) -> None:
    source, rows = await _filled(place, seed)
    assert await source.read(drawn_rows.read_all) == rows
    there, back = await place.ready(kind), await place.ready()
    told = Told()
    report = await copy(source, there, told)
    assert await there.read(drawn_rows.read_all) == rows
    assert report == Report({name: len(of_table) for name, of_table in rows.items()}, 0)
    assert told.moved == told.expected == report.rows
    await copy(there, back, Told())
    assert await back.read(drawn_rows.read_all) == rows


async def test_a_copy_makes_the_schema(place: Place, kind: str) -> None:
    source, rows = await _filled(place, 0)
    target = await place.empty(kind)
    await copy(source, target, Told())
    assert await migrate.version(target) == HEAD
    assert await migrate.drift(target) == []
    assert await target.read(drawn_rows.read_all) == rows


async def test_numbers_go_on_after_the_copied_ones(place: Place, kind: str) -> None:
    source, target = await place.ready(), await place.ready(kind)
    await source.write(_add_finding, 41)
    await copy(source, target, Told())
    assert await target.write(_add_finding) > 41
    assert await target.write(_add_message) >= 1


def _add_finding(connection: Connection, number: int | None = None) -> int:
    values = {"charge_point": "CP1", "at": h.NOON, "action": "a", "rule": "r", "path": "p", "detail": "d"}
    if number is not None:
        values["id"] = number
    return int(connection.execute(insert(finding).values(values)).inserted_primary_key[0])  # type: ignore[index]


def _add_message(connection: Connection) -> int:
    values = {"charge_point": "CP1", "at": h.NOON, "direction": "in", "text": "[2]"}
    return int(connection.execute(insert(message).values(values)).inserted_primary_key[0])  # type: ignore[index]


async def test_what_is_written_meanwhile_is_not_copied(place: Place, kind: str) -> None:
    """A server may be at work on the source: what is copied is one state of it."""
    source, target = await place.ready(kind), await place.ready()
    await source.write(_add_finding)
    async with source.snapshot() as snapshot:
        assert await snapshot.read(pages.count, finding) == 1
        await source.write(_add_finding)
        assert await snapshot.read(pages.count, finding) == 1
    await copy(source, target, Told())
    assert await target.read(pages.count, finding) == 2


async def test_a_target_with_rows_is_refused(place: Place) -> None:
    source, target = await place.ready(), await place.ready()
    await target.write(_add_finding)
    with pytest.raises(SettingsError, match="finding has rows"):
        await copy(source, target, Told())
    assert await migrate.version(target) == HEAD


async def test_a_target_that_a_server_uses_is_refused(place: Place, kind: str) -> None:
    source, target = await place.ready(), await place.ready(kind)
    claim = claim_of(target)
    await claim.take()
    with pytest.raises(SettingsError, match="another server is running"):
        await copy(source, target, Told())
    await claim.release()
    await copy(source, target, Told())


async def test_a_source_without_a_schema_is_refused(place: Place) -> None:
    with pytest.raises(SettingsError, match="there is no Chargeyard database"):
        await copy(await place.empty("sqlite"), await place.ready(), Told())


async def test_a_source_of_another_version_has_to_be_upgraded(place: Place) -> None:
    source = await place.ready()
    await source.write(migrate.mark, "0001")
    with pytest.raises(SettingsError, match="chargeyard db upgrade"):
        await copy(source, await place.ready(), Told())


async def test_a_database_is_not_copied_into_itself(place: Place, tmp_path: Path) -> None:
    source = await place.ready()
    assert source.file is not None
    link = tmp_path / "link.db"
    link.symlink_to(source.file)
    for name in (source.file, link):
        with pytest.raises(SettingsError, match="the same database"):
            await copy(source, connect(str(name)), Told())


class _Interrupted(Exception):
    pass


class _Stops(Told):
    """Does not let the copy go beyond the charge points."""

    def begin(self, table: str, rows: int) -> None:
        super().begin(table, rows)
        if table == charge_point.name:
            raise _Interrupted


async def test_a_copy_that_is_cut_short_is_no_database_and_begins_anew(place: Place, kind: str) -> None:
    source, rows = await _filled(place, 1)
    target = await place.ready(kind)
    with pytest.raises(_Interrupted):
        await copy(source, target, _Stops())
    for use in (partial(migrate.upgrade, target), partial(copy, target, await place.ready(), Told())):
        with pytest.raises(SettingsError, match="has not been finished"):
            await use()
    await copy(source, target, Told())
    assert await target.read(drawn_rows.read_all) == rows
    assert await migrate.upgrade(target) is False


async def test_the_character_that_postgresql_cannot_hold_is_replaced(
    place: Place, database_server: RequireDatabase
) -> None:
    database_server("postgresql")
    source, target = await place.ready(), await place.ready("postgresql")
    await source.write(_add_text, "a\0b")
    await source.write(_add_text, "ab")
    assert (await copy(source, target, Told())).replaced == 1
    texts = await target.read(lambda connection: list(connection.execute(select(message.c.text)).scalars()))
    assert set(texts) == {"a\ufffdb", "ab"}


def _add_text(connection: Connection, said: str) -> None:
    values = {"charge_point": "CP1", "at": h.NOON, "direction": "in", "text": said}
    connection.execute(insert(message).values(values))


async def test_months_of_meter_values_get_partitions(place: Place, database_server: RequireDatabase) -> None:
    """Those of wrong clocks lie together."""
    database_server("postgresql")
    source, target = await place.ready(), await place.ready("postgresql")
    journal = SqlJournal(source)
    instants = (
        datetime(2024, 2, 29, tzinfo=UTC),
        datetime(2024, 3, 1, tzinfo=UTC),
        datetime(2026, 1, 31, 23, 59, tzinfo=UTC),
        datetime(1971, 1, 1, tzinfo=UTC),
        datetime(2199, 1, 1, tzinfo=UTC),
    )
    await journal.commit((h.taken(None, *(h.measured(at, 5) for at in instants)),))
    await journal.aclose()
    await copy(source, target, Told())
    lying = text("SELECT tableoid::regclass::text FROM meter_value ORDER BY at")
    assert await target.read(lambda connection: list(connection.execute(lying).scalars())) == [
        "meter_value_default",
        "meter_value_p2024_02",
        "meter_value_p2024_03",
        "meter_value_p2026_01",
        "meter_value_default",
    ]


async def test_pages_of_long_texts_are_short(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(copying, "BYTES_AT_ONCE", 1000)
    source, target = await place.ready(), await place.ready()
    for length in (0, 5000, 10, 900):
        await source.write(_add_text, "x" * length)
    monkeypatch.setattr(copying, "AT_FIRST", 1)
    await copy(source, target, Told())
    assert await target.read(pages.count, message) == 4


@pytest.mark.parametrize("wide", ["postgresql", "mariadb"])
async def test_a_row_that_does_not_fit_is_told_by_its_table(
    place: Place, database_server: RequireDatabase, wide: str
) -> None:
    """SQLite keeps texts of any length in every column."""
    database_server(wide)
    source, target = await place.ready(), await place.ready(wide)
    await source.write(lambda connection: connection.execute(insert(finding).values(_long_finding())))
    with pytest.raises(Poisoned, match="the table finding cannot be copied"):
        await copy(source, target, Told())


def _long_finding() -> dict[str, object]:
    return {"charge_point": "CP1", "at": h.NOON, "action": "a" * 65, "rule": "r", "path": "p", "detail": "d"}


async def test_counts_that_differ_are_told(place: Place) -> None:
    """Somebody who is no server, and asks for no leave, writes into the target meanwhile."""
    source, target = await place.ready(), await place.ready()

    class Meddler(Told):
        def begin(self, table: str, rows: int) -> None:
            super().begin(table, rows)
            if table == meter_value.name:
                other = _engine(target)
                with other.begin() as connection:
                    _add_finding(connection)
                other.dispose()

    with pytest.raises(Conflict, match="of the table finding 1 rows have arrived, there were 0"):
        await copy(source, target, Meddler())


def _engine(database: Database):  # type: ignore[no-untyped-def]
    from sqlalchemy import create_engine

    return create_engine(f"sqlite:///{database.file}")
