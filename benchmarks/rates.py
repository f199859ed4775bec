"""Messages per second and processor time per message, beside the floor and the peer."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from benchmarks.plan import HEARTBEAT, Plan, Sight, meter_values, transaction
from benchmarks.processes import chargeyard, load, peer, register
from benchmarks.report import Table

CONNECTIONS = 1000
_COUNT_METER_VALUES = "SELECT charge_point, COUNT(*) FROM meter_value GROUP BY charge_point"
_COUNT_TRANSACTIONS = """
    SELECT charge_point, COUNT(*) + COUNT(stopped_at) FROM charging_transaction GROUP BY charge_point
"""

OURS, OURS_WITHOUT_LOG, FLOOR, PEER = (
    "Chargeyard",
    "Chargeyard, message log off",
    "floor: echo over the same connections",
    "peer: websockets + ocpp + aiosqlite, a commit per message",
)


class Target(NamedTuple):
    """A server under load, and where it stores."""

    port: int
    pid: int
    database: Path | None


class Subject(Struct, frozen=True, kw_only=True):
    """What is sent, and the query by which each charge point's messages are counted afterwards."""

    title: str
    messages: Callable[[], tuple[str, ...]]
    count: str = ""
    tokens: bool = False


METER_VALUES = Subject(
    title="Durable MeterValues, 10 samples each",
    messages=lambda: (meter_values(),),
    count=_COUNT_METER_VALUES,
)
TRANSACTIONS = Subject(
    title="Durable StartTransaction and StopTransaction",
    messages=transaction,
    count=_COUNT_TRANSACTIONS,
    tokens=True,
)
HEARTBEATS = Subject(title="Heartbeat", messages=lambda: (HEARTBEAT,))


async def measure_meter_values(*, quick: bool) -> Table:
    """Durable MeterValues."""
    return await _measure(METER_VALUES, quick=quick)


async def measure_transactions(*, quick: bool) -> Table:
    """Durable starts and stops."""
    return await _measure(TRANSACTIONS, quick=quick)


async def measure_heartbeats(*, quick: bool) -> Table:
    """Nothing is stored."""
    return await _measure(HEARTBEATS, quick=quick)


async def _measure(subject: Subject, *, quick: bool) -> Table:
    """In rounds, one server after the other, so that a change of the machine's mood meets all of them."""
    rounds, seconds = (1, 3.0) if quick else (3, 8.0)
    sights: dict[str, list[Sight]] = {OURS: [], OURS_WITHOUT_LOG: [], FLOOR: [], PEER: []}
    for _ in range(rounds):
        for name, seen in sights.items():
            seen.append(await _one(name, subject, seconds))
    return _table(subject, sights, rounds)


async def _one(name: str, subject: Subject, seconds: float) -> Sight:
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        directory = Path(scratch)
        async with _STARTED[name](directory, subject) as target:
            plan = Plan(
                port=target.port,
                path="/ocpp",
                pid=target.pid,
                connections=CONNECTIONS,
                messages=subject.messages(),
                seconds=seconds,
            )
            sight = await load(plan)
        if subject.count and target.database:
            _verify(target.database, subject.count, sight.acknowledged)
    return sight


@asynccontextmanager
async def _ours(directory: Path, subject: Subject, **settings: str) -> AsyncIterator[Target]:
    async with chargeyard(directory, **settings) as server:
        if subject.tokens:
            tokens = [{"idToken": f"BENCH-{number:05}"} for number in range(CONNECTIONS)]
            await register(server, "/id-token", tokens)
        yield Target(server.port, server.pid, server.database)
        await server.terminate()


@asynccontextmanager
async def _ours_without_log(directory: Path, subject: Subject) -> AsyncIterator[Target]:
    async with _ours(directory, subject, message_log__enabled="false") as target:
        yield target


@asynccontextmanager
async def _floor(directory: Path, subject: Subject) -> AsyncIterator[Target]:
    async with peer("benchmarks.peers.echo") as echo:
        yield Target(echo.port, echo.pid, None)


@asynccontextmanager
async def _library(directory: Path, subject: Subject) -> AsyncIterator[Target]:
    database = directory / "peer.db"
    async with peer("benchmarks.peers.library", str(database)) as library:
        yield Target(library.port, library.pid, database)


_STARTED = {OURS: _ours, OURS_WITHOUT_LOG: _ours_without_log, FLOOR: _floor, PEER: _library}


def _verify(database: Path, count: str, acknowledged: Mapping[str, int]) -> None:
    """Every acknowledged message is in the database, and no other. Raises RuntimeError."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        stored = dict(connection.execute(count))
    wrong = [name for name, promised in acknowledged.items() if stored.get(name, 0) != promised]
    if wrong:
        name = wrong[0]
        raise RuntimeError(
            f"{name} was promised {acknowledged[name]} messages, {stored.get(name, 0)} are stored"
        )


def _table(subject: Subject, sights: Mapping[str, Sequence[Sight]], rounds: int) -> Table:
    cost = {name: median(map(_cost_us, seen)) for name, seen in sights.items()}
    rows = [
        (
            name,
            f"{median(sight.messages / sight.window_s for sight in seen):,.0f}",
            f"{cost[name]:.1f}",
            f"{cost[name] / cost[FLOOR]:.1f}",
            f"{cost[PEER] / cost[name]:.1f}",
            f"{median(sight.server_cpu_s / sight.window_s for sight in seen):.0%}",
            f"{median(sight.load_share for sight in seen):.0%}",
            f"{median(sight.p50_ms for sight in seen):.1f} / {median(sight.p99_ms for sight in seen):.1f}",
        )
        for name, seen in sights.items()
    ]
    return Table(
        title=subject.title, columns=_COLUMNS, rows=rows, notes=_notes(subject, rounds, sights[OURS][0])
    )


_COLUMNS = (
    "server",
    "messages/s",
    "µs CPU per message",
    "× floor's CPU",
    "messages per CPU, × peer",
    "server's core in use",
    "load's core in use",
    "p50 / p99 ms",
)


def _cost_us(sight: Sight) -> float:
    return sight.server_cpu_s / sight.messages * 1e6


def _notes(subject: Subject, rounds: int, sight: Sight) -> list[str]:
    how = f"{CONNECTIONS} connections, one call outstanding on each; {rounds} rounds of {sight.window_s:.0f} s, medians."
    stored = (
        "Counted by SQL afterwards: every acknowledged message of every charge point is stored, none twice."
    )
    return [how, stored] if subject.count else [how]
