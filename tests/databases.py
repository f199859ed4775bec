"""Where tests find database servers, and how each gets a database of its own.

CHARGEYARD_TEST_POSTGRES_URL and CHARGEYARD_TEST_MARIADB_URL name the servers, by default those on this machine at
their usual ports. Tests share them: they start, stop and configure none of them, and make databases whose names
begin with `chargeyard_test_`, so that test workers can run at once. What must die in a test is private
(`tests/e2e/private_servers.py`).

    async with scratch("postgresql") as url: ...                     # empty
    async with templates.copy("mariadb", migrate) as url: ...        # as `migrate(url)` left it, cheaply

`url` is what `chargeyard.storage.engine.connect` takes. The fixtures `database_server` (skips where the server is
away) and `templates` are in tests/conftest.py.
"""

import asyncio
import os
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import asyncmy
import asyncpg
from sqlalchemy.engine import URL, make_url

SERVERS = ("postgresql", "mariadb")
KINDS = ("sqlite", *SERVERS)

Migrate = Callable[[str], Awaitable[object]]

_NAMED_BY = {
    "postgresql": ("CHARGEYARD_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"),
    "mariadb": ("CHARGEYARD_TEST_MARIADB_URL", "mariadb://root@127.0.0.1:3306/test"),
}
_ANSWERS_WITHIN_S = 3.0


def server_url(kind: str) -> URL:
    """A database of the shared server of that kind, which exists already."""
    variable, default = _NAMED_BY[kind]
    return make_url(os.environ.get(variable) or default)


def missing(kind: str) -> str | None:
    """Why a test that needs the server of that kind cannot run; None if it can."""
    url = server_url(kind)
    try:
        socket.create_connection((url.host or "127.0.0.1", port_of(url)), _ANSWERS_WITHIN_S).close()
    except OSError as error:
        return f"no {kind} server at {url.host}:{port_of(url)} ({error.strerror or error}); {_NAMED_BY[kind][0]} names another"
    return None


def port_of(url: URL) -> int:
    """The port of `url`, or the usual one."""
    return url.port or (5432 if url.get_backend_name() == "postgresql" else 3306)


def text_of(url: URL) -> str:
    """`url` with its password: for connecting, not for printing."""
    return url.render_as_string(hide_password=False)


# --- statements -----------------------------------------------------------------------------------------------


Execute = Callable[[str], Awaitable[list[tuple[Any, ...]]]]
"""Runs a statement and gives its rows."""


async def statements(url: URL | str, *texts: str) -> list[tuple[Any, ...]]:
    """Run them one by one over a connection of their own, each committed at once; the rows of the last."""
    rows: list[tuple[Any, ...]] = []
    async with connected(url) as execute:
        for text in texts:
            rows = await execute(text)
    return rows


@asynccontextmanager
async def connected(url: URL | str) -> AsyncIterator[Execute]:
    """A connection of its own, for transactions and locks; outside of a transaction every statement is committed."""
    url = make_url(url)
    opened = _to_postgresql if url.get_backend_name() == "postgresql" else _to_mariadb
    async with opened(url) as execute:
        yield execute


@asynccontextmanager
async def _to_postgresql(url: URL) -> AsyncIterator[Execute]:
    connection = await asyncpg.connect(
        host=url.host, port=port_of(url), user=url.username, password=url.password, database=url.database
    )

    async def execute(text: str) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await connection.fetch(text)]

    try:
        yield execute
    finally:
        await connection.close()


@asynccontextmanager
async def _to_mariadb(url: URL) -> AsyncIterator[Execute]:
    connection = await asyncmy.connect(
        host=url.host,
        port=port_of(url),
        user=url.username,
        password=url.password or "",
        db=url.database,
        autocommit=True,
    )

    async def execute(text: str) -> list[tuple[Any, ...]]:
        async with connection.cursor() as cursor:
            await cursor.execute(text)
            return list(await cursor.fetchall() or ())

    try:
        yield execute
    finally:
        await connection.ensure_closed()


# --- a database for one test ----------------------------------------------------------------------------------


async def create(kind: str, template: str | None = None, server: URL | None = None) -> str:
    """The URL of a new database: empty, or on PostgreSQL a copy of the database `template`, which nobody uses.

    It is made on the shared server of that kind, or on `server`.
    """
    server = server or server_url(kind)
    name = f"chargeyard_test_{os.getpid()}_{secrets.token_hex(5)}"
    after = {"postgresql": "TEMPLATE {}", "mariadb": "CHARACTER SET utf8mb4"}[kind]
    await statements(server, f"CREATE DATABASE {name} {after.format(template or 'template0')}")
    return text_of(server.set(database=name))


async def drop(url: str) -> None:
    """Remove the database, whoever is still connected to it."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        server = parsed.set(database=server_url("postgresql").database)
        await statements(server, f"DROP DATABASE IF EXISTS {parsed.database} WITH (FORCE)")
    else:
        await disconnect_all(url)
        await statements(parsed.set(database=None), f"DROP DATABASE {parsed.database}")


async def disconnect_all(url: str) -> None:
    """End every connection to that database from the side of the server, whatever it does."""
    parsed = make_url(url)
    server = parsed.set(database=server_url(parsed.get_backend_name()).database)
    if parsed.get_backend_name() == "postgresql":
        await statements(
            server,
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{parsed.database}'",
        )
        return
    listing = f"SELECT id FROM information_schema.processlist WHERE db = '{parsed.database}'"
    for (number,) in await statements(server.set(database=None), listing):
        with suppress(asyncmy.errors.MySQLError):  # it may have gone by itself
            await statements(server.set(database=None), f"KILL CONNECTION {number}")


@asynccontextmanager
async def scratch(kind: str, server: URL | None = None) -> AsyncIterator[str]:
    """The URL of an empty database that is gone afterwards."""
    url = await create(kind, server=server)
    try:
        yield url
    finally:
        await drop(url)


@contextmanager
def scratch_for_sync(kind: str) -> Iterator[str]:
    """`scratch`, for tests that run without an event loop."""
    url = asyncio.run(create(kind))
    try:
        yield url
    finally:
        asyncio.run(drop(url))


# --- a migrated one, cheaply ----------------------------------------------------------------------------------


class _Master(NamedTuple):
    """A database as its migration left it."""

    url: str
    tables: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    """Tables in which the migration itself left rows; a database beside this one has their copies."""


class Templates:
    """Databases as a function left them; the function runs once for each kind. Files are kept in `folder`.

    SQLite: the file is copied. PostgreSQL: `CREATE DATABASE … TEMPLATE …`. MariaDB, which cannot copy: one and
    the same database, emptied before it is handed out again; so take one copy of it at a time, and let nobody
    change the schema of a copy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._masters: dict[tuple[str, Migrate], _Master] = {}
        self._copies = 0

    @asynccontextmanager
    async def copy(self, kind: str, migrate: Migrate) -> AsyncIterator[str]:
        """The URL of a database as `migrate(url)` leaves an empty one. Pass the same function every time."""
        master = self._masters.get((kind, migrate))
        if master is None:
            master = self._masters[kind, migrate] = await self._made(kind, migrate)
        match kind:
            case "sqlite":
                yield self._copied_file(master)
            case "postgresql":
                url = await create(kind, template=make_url(master.url).database)
                try:
                    yield url
                finally:
                    await drop(url)
            case _:
                await _emptied(master)
                yield master.url

    async def _made(self, kind: str, migrate: Migrate) -> _Master:
        if kind == "sqlite":
            url = f"sqlite:///{self._folder}/template-{len(self._masters)}.sqlite"
            await migrate(url)
            return _Master(url)
        url = await create(kind)
        try:
            await migrate(url)
            return await _with_what_it_holds(url) if kind == "mariadb" else _Master(url)
        except BaseException:
            await drop(url)
            raise

    def _copied_file(self, master: _Master) -> str:
        self._copies += 1
        source = make_url(master.url)
        target = self._folder / f"copy-{self._copies}.sqlite"
        shutil.copy(str(source.database), target)
        return text_of(source.set(database=str(target)))

    async def aclose(self) -> None:
        """Drop what is on servers; the files are in the test run's own folder."""
        for (kind, _), master in self._masters.items():
            if kind != "sqlite":
                await drop(master.url)
            if master.kept:
                await drop(_beside(master.url))
        self._masters.clear()


def _beside(url: str) -> str:
    parsed = make_url(url)
    return text_of(parsed.set(database=f"{parsed.database}_kept"))


async def _with_what_it_holds(url: str) -> _Master:
    tables = tuple(name for name, kind in await statements(url, "SHOW FULL TABLES") if kind == "BASE TABLE")
    kept = await _with_rows(url, tables)
    copies = make_url(_beside(url)).database
    await statements(
        url,
        f"CREATE DATABASE {copies}",
        *(f"CREATE TABLE {copies}.{name} AS SELECT * FROM {name}" for name in kept),
    )
    return _Master(url, tables, kept)


async def _with_rows(url: str, tables: tuple[str, ...]) -> tuple[str, ...]:
    if not tables:
        return ()
    union = " UNION ALL ".join(f"(SELECT '{name}' FROM `{name}` LIMIT 1)" for name in tables)
    return tuple(name for (name,) in await statements(url, union))


async def _emptied(master: _Master) -> None:
    """In one transaction, so that it costs one flush to the disk; numbers given out are not given again."""
    await disconnect_all(master.url)
    copies = make_url(_beside(master.url)).database
    touched = await _with_rows(master.url, master.tables)
    await statements(
        master.url,
        "BEGIN",
        *(f"DELETE FROM `{name}`" for name in dict.fromkeys((*touched, *master.kept))),
        *(f"INSERT INTO `{name}` SELECT * FROM {copies}.`{name}`" for name in master.kept),
        "COMMIT",
    )
