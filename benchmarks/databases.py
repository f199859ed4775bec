"""The databases that the benchmarks store in: a new one for each run, on the servers that `tests.databases` finds."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import aiosqlite
from sqlalchemy.engine import make_url

from benchmarks.proc import command_of, parent_of
from tests.databases import KINDS, missing, scratch, server_url, statements

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}


def _pid_of_parent(checkpointer: str) -> int:
    """The checkpointer lives as long as the server of PostgreSQL, whose child it is."""
    return parent_of(int(checkpointer))


def _pid_in(file: str) -> int:
    return int(Path(file).read_text("ascii"))


class _About(NamedTuple):
    """How a database server tells of itself."""

    pid: str
    pid_of: Callable[[str], int]
    commands: tuple[str, ...]
    query: str
    words: str


_ABOUT = {
    "postgresql": _About(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'",
        _pid_of_parent,
        ("postgres",),
        "SELECT split_part(version(), ' ', 2), current_setting('fsync'), current_setting('synchronous_commit')",
        "PostgreSQL {} (fsync {}, synchronous_commit {})",
    ),
    "mariadb": _About(
        "SELECT @@pid_file",
        _pid_in,
        ("mariadbd", "mysqld"),
        "SELECT SUBSTRING_INDEX(@@version, '-', 1), @@innodb_flush_log_at_trx_commit, @@log_bin",
        "MariaDB {} (innodb_flush_log_at_trx_commit {}, log_bin {})",
    ),
}


class Database:
    """An empty database. `url` is what servers are told; `pid` is the database server's, 0 where it is not known."""

    def __init__(self, kind: str, url: str, pid: int = 0) -> None:
        self.kind = kind
        self.url = url
        self.pid = pid

    async def counted(self, query: str) -> dict[str, int]:
        """What `query` returns: names of charge points, and a number for each."""
        rows = await _rows(self.url, query)
        return {name: int(number) for name, number in rows}


async def _rows(url: str, query: str) -> Sequence[tuple[str, int]]:
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return [(str(name), int(number)) for name, number in await statements(url, query)]
    async with aiosqlite.connect(f"file:{parsed.database}?mode=ro", uri=True) as connection:
        return [(str(name), int(number)) for name, number in await connection.execute_fetchall(query)]


@asynccontextmanager
async def fresh(kind: str, directory: Path) -> AsyncIterator[Database]:
    """An empty database of that kind, gone afterwards; an SQLite file in `directory`."""
    if kind == "sqlite":
        yield Database(kind, f"sqlite:///{directory / 'benchmark.db'}")
        return
    async with scratch(kind) as url:
        yield Database(kind, url, await server_pid(kind))


def chosen(wanted: str | None) -> tuple[str, ...]:
    """The kinds of databases named in `wanted`, with commas; without it those that answer. Raises ValueError."""
    if not wanted:
        return tuple(kind for kind in KINDS if kind == "sqlite" or not missing(kind))
    kinds = tuple(wanted.split(","))
    if unknown := set(kinds) - set(KINDS):
        raise ValueError(f"no such database: {', '.join(sorted(unknown))}; there are {', '.join(KINDS)}")
    if away := [why for kind in kinds if kind != "sqlite" and (why := missing(kind))]:
        raise ValueError("; ".join(away))
    return kinds


async def versions(kinds: Sequence[str]) -> tuple[str, ...]:
    """What each database server says it is, and how durable its commits are."""
    told = []
    for kind in kinds:
        if kind in _ABOUT:
            (values,) = await statements(server_url(kind), _ABOUT[kind].query)
            told.append(_ABOUT[kind].words.format(*values))
    return tuple(told)


async def server_pid(kind: str) -> int:
    """The process of the database server, or 0 if it does not run on this machine or may not be looked at."""
    about = _ABOUT[kind]
    ((told,),) = await statements(server_url(kind), about.pid)
    try:
        pid = about.pid_of(str(told))
        return pid if command_of(pid) in about.commands else 0
    except (OSError, ValueError):
        return 0
