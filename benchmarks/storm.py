"""Ten thousand charge points, all of them coming back at once."""

import tempfile
from pathlib import Path

from benchmarks import targets
from benchmarks.databases import NAMES, Database, fresh
from benchmarks.plan import Plan, Sight
from benchmarks.proc import held_on, overflows
from benchmarks.report import Table, tell
from benchmarks.scope import Scope
from benchmarks.servers import DATABASE_CORES, IS_PINNED, chargeyard, load, register
from tests.e2e.server import Server

_MANY, _FEWER = 10_000, 2_000
_PASSWORD = "0123456789abcdef0123456789abcdef01234567"


async def measure_storm(scope: Scope) -> Table:
    """All charge points connect at once, with their passwords, and boot."""
    connections = _FEWER if scope.quick else _MANY
    rows, verdicts = [], []
    for kind in scope.databases:
        with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
            async with fresh(kind, Path(scratch)) as database:
                with held_on(database.pid if IS_PINNED and not scope.quick else 0, DATABASE_CORES):
                    first, again = await _storms(database, Path(scratch), connections)
        rows += [_row(kind, "first", *first), _row(kind, "again", *again)]
        took = [(sight.connect_s, sight.connect_server_cpu_s) for sight, _ in (first, again)]
        verdicts.append(targets.storm(NAMES[kind], connections, took))
    return Table(
        title="Reconnect storm with credentials",
        columns=_COLUMNS,
        rows=rows,
        notes=_notes(connections),
        verdicts=verdicts,
    )


_Weather = tuple[Sight, int]
"""What the load saw, and how many dials were put off."""


async def _storms(database: Database, directory: Path, connections: int) -> list[_Weather]:
    async with chargeyard(database, directory, ocpp__unknown_charge_points="refuse") as server:
        await register(server, "/charge-point", [_registration(number) for number in range(connections)])
        # As after a power cut: the server is new as well, and nothing is warm.
        await server.restart()
        return [await _weather(server, database, connections) for _ in range(2)]


def _registration(number: int) -> dict[str, str]:
    return {"cpId": f"BENCH-{number:05}", "password": _PASSWORD}


async def _weather(server: Server, database: Database, connections: int) -> _Weather:
    before = overflows()
    plan = Plan(
        port=server.port,
        path="/ocpp",
        pid=server.pid,
        database_pid=database.pid,
        connections=connections,
        password=_PASSWORD,
        dials_at_once=connections,
    )
    sight, put_off = await load(plan), overflows() - before
    tell(f"{NAMES[database.kind]}: {sight.connect_s:.1f} s")
    return sight, put_off


_COLUMNS = (
    "database",
    "storm",
    "wall, s",
    "CPU of the server, s",
    "CPU of the database, s",
    "ms CPU each",
    "load's core in use by the load",
    "dials put off",
    "failures",
)


def _row(kind: str, name: str, sight: Sight, put_off: int) -> tuple[str, ...]:
    cpu, database_cpu = sight.connect_server_cpu_s, sight.connect_database_cpu_s
    return (
        NAMES[kind],
        name,
        f"{sight.connect_s:.1f}",
        f"{cpu:.1f}",
        f"{database_cpu:.1f}" if database_cpu else "–",
        f"{cpu / sight.connected * 1000:.2f}",
        f"{sight.connect_load_share:.0%}",
        str(put_off),
        str(sight.failures),
    )


def _notes(connections: int) -> list[str]:
    note = (
        f"{connections:,} registered charge points dial at once, log in by HTTP Basic and boot; the clock stops when"
        " the last boot is answered. The second storm follows at once, while the server still stores the farewells"
        " of the first. A dial that finds the accept queue full (net.core.somaxconn) is put off by the kernel for"
        " 1, 2, 4 … seconds: then the wall clock tells of that and not of work."
    )
    return [note]
