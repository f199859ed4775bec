"""What a message costs when more and more charge points are connected."""

import tempfile
from pathlib import Path

from benchmarks import targets
from benchmarks.databases import NAMES, Database, fresh
from benchmarks.plan import Plan, Sight
from benchmarks.proc import held_on, raise_file_limit
from benchmarks.report import Table, tell
from benchmarks.scope import Scope
from benchmarks.servers import DATABASE_CORES, IS_PINNED, chargeyard, load
from benchmarks.subjects import IDLE_METER_VALUES

_SIZES, _FEWER = (100, 1_000, 10_000, 20_000), (100, 2_000)
_RATE = 2_000.0
_SPARE_FILES = 100
"""What a process opens besides its connections, amply."""


async def measure_growth(scope: Scope) -> Table:
    """The same MeterValues per second, from 100 connections and from up to 20 000."""
    most = raise_file_limit() - _SPARE_FILES
    sizes = [min(size, most) for size in (_FEWER if scope.quick else _SIZES)]
    rows, verdicts = [], []
    for kind in scope.databases:
        # What lies between the extremes is told once.
        some = sizes if kind == scope.databases[0] else [sizes[0], sizes[-1]]
        sights = [await _one(kind, size, scope) for size in some]
        rows += [_row(kind, sight, sights[0]) for sight in sights]
        verdicts.append(targets.growth(NAMES[kind], sizes[-1], _more(sights[-1], sights[0])))
    return Table(
        title="Cost of a MeterValues message, by how many are connected",
        columns=_COLUMNS,
        rows=rows,
        notes=_notes(most),
        verdicts=verdicts,
    )


async def _one(kind: str, size: int, scope: Scope) -> Sight:
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        async with fresh(kind, Path(scratch)) as database:
            with held_on(database.pid if IS_PINNED and not scope.quick else 0, DATABASE_CORES):
                async with chargeyard(database, Path(scratch)) as server:
                    sight = await load(_plan(server.port, server.pid, database, size, scope))
    tell(f"{NAMES[kind]}, {size:,}: {sight.window.cost_us:.0f} µs")
    return sight


def _plan(port: int, pid: int, database: Database, size: int, scope: Scope) -> Plan:
    return Plan(
        port=port,
        path="/ocpp",
        pid=pid,
        database_pid=database.pid,
        connections=size,
        messages=IDLE_METER_VALUES.messages(),
        settle_s=1.0 if scope.quick else 3.0,
        rate=_RATE,
        seconds=3.0 if scope.quick else 30.0,
    )


def _more(sight: Sight, few: Sight) -> float:
    """Cost per message beyond that with few, in percent: with that of the database, which on SQLite is in it anyway."""
    return (_cost_us(sight) / _cost_us(few) - 1) * 100


def _cost_us(sight: Sight) -> float:
    return sight.window.cost_us + sight.window.database_cost_us


_COLUMNS = (
    "database",
    "connected",
    "messages/s",
    "µs CPU per message",
    "beyond the fewest",
    "of the database, µs",
    "p50 / p99 ms",
    "load's core in use (the load's own)",
)


def _row(kind: str, sight: Sight, few: Sight) -> tuple[str, ...]:
    window = sight.window
    return (
        NAMES[kind],
        f"{sight.connected:,}",
        f"{window.rate:,.0f}",
        f"{window.cost_us:.1f}",
        f"{_more(sight, few):+.0f}%",
        f"{window.database_cost_us:.1f}" if window.database_cpu_s else "–",
        f"{window.p50_ms:.1f} / {window.p99_ms:.1f}",
        f"{window.core_share:.0%} ({window.load_share:.0%})",
    )


def _notes(most: int) -> list[str]:
    limit = (
        f" A process may open {most + _SPARE_FILES:,} files here, hence the last size."
        if most < 20_000
        else ""
    )
    note = (
        f"All together send {_RATE:,.0f} MeterValues/s of 10 samples, paced, so that batches are alike, for 30 s: what"
        f" idle connections cost (pings, timers, when each was last seen) is in the figure.{limit}"
    )
    return [note]
