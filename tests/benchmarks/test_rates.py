"""One short run of a server: its load, and the count of what it stored."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks import rates
from benchmarks.databases import chosen, fresh, server_pid
from benchmarks.proc import family_cpu_s
from benchmarks.rates import PEER, Course, Line
from benchmarks.servers import orm_peer
from benchmarks.subjects import EVENTS, SESSIONS, Subject
from tests.conftest import RequireDatabase
from tests.databases import KINDS, SERVERS

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

SHORT = Course(rounds=1, seconds=0.5, half_load_s=0.0, connections=10)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("subject", [SESSIONS, EVENTS], ids=("sessions", "events"))
async def test_the_peer_keeps_what_it_acknowledges(
    kind: str, subject: Subject, database_server: RequireDatabase
) -> None:
    database_server(kind)
    sight = await rates.run(Line(PEER, orm_peer, subject, kind), SHORT, pinned=False)
    assert sight.connected == SHORT.connections
    assert sum(sight.acknowledged.values()) > 0


def test_a_difference_is_told() -> None:
    rates.verify({"CP-1": 3, "CP-2": 1}, {"CP-1": 3, "CP-2": 1})
    with pytest.raises(RuntimeError, match="CP-2 was promised 2 messages, 1 are stored"):
        rates.verify({"CP-1": 3, "CP-2": 1}, {"CP-1": 3, "CP-2": 2})
    with pytest.raises(RuntimeError, match="CP-1 was promised 0 messages, 1 are stored"):
        rates.verify({"CP-1": 1}, {"CP-1": 0})


async def test_the_database_is_empty_and_counted(tmp_path: Path) -> None:
    async with fresh("sqlite", tmp_path) as database:
        (tmp_path / "benchmark.db").touch()
        assert await database.counted("SELECT 'CP-1', 2 UNION SELECT 'CP-2', 3") == {"CP-1": 2, "CP-2": 3}


@pytest.mark.parametrize("kind", SERVERS)
async def test_the_process_of_a_local_server_is_found(kind: str, database_server: RequireDatabase) -> None:
    database_server(kind)
    pid = await server_pid(kind)
    assert pid == await server_pid(kind)
    assert not pid or family_cpu_s(pid) > 0


def test_databases_are_chosen_by_name() -> None:
    assert chosen("sqlite") == ("sqlite",)
    assert chosen(None)[0] == "sqlite"
    with pytest.raises(ValueError, match="no such database: oracle"):
        chosen("sqlite,oracle")
