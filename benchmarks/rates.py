"""Messages per second and processor time per message, beside the floor and the peer."""

import sqlite3
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from pathlib import Path
from statistics import median
from typing import NamedTuple

from msgspec import Struct

from benchmarks.plan import HEARTBEAT, Plan, Sight, meter_values, session, session_in_events, transaction
from benchmarks.processes import chargeyard, load, peer, register
from benchmarks.report import Table

CONNECTIONS = 1000
_COUNT_METER_VALUES = "SELECT charge_point, COUNT(*) FROM meter_value GROUP BY charge_point"
_COUNT_TRANSACTIONS = """
    SELECT charge_point, COUNT(*) + COUNT(stopped_at) FROM charging_transaction GROUP BY charge_point
"""
_COUNT_SESSIONS = f"""
    SELECT charge_point, SUM(n) FROM (
        {_COUNT_TRANSACTIONS.replace("COUNT(stopped_at)", "COUNT(stopped_at) AS n")}
        UNION ALL SELECT charge_point, COUNT(*) FROM meter_value GROUP BY charge_point
    ) GROUP BY charge_point
"""
_COUNT_EVENTS = "SELECT charge_point, COUNT(*) FROM transaction_event GROUP BY charge_point"

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

    subprotocol: str = "ocpp1.6"
    messages: Callable[[], tuple[str, ...]]
    count: str = ""
    tokens: bool = False


METER_VALUES = Subject(
    messages=lambda: (meter_values(),),
    count=_COUNT_METER_VALUES,
)
TRANSACTIONS = Subject(
    messages=transaction,
    count=_COUNT_TRANSACTIONS,
    tokens=True,
)
SESSIONS = Subject(messages=session, count=_COUNT_SESSIONS, tokens=True)
EVENTS = Subject(subprotocol="ocpp2.0.1", messages=session_in_events, count=_COUNT_EVENTS, tokens=True)
HEARTBEATS = Subject(messages=lambda: (HEARTBEAT,))


async def measure_meter_values(*, quick: bool) -> Table:
    """Durable MeterValues."""
    return await _measure("Durable MeterValues, 10 samples each", _all_servers(METER_VALUES), quick=quick)


async def measure_transactions(*, quick: bool) -> Table:
    """Durable starts and stops."""
    return await _measure(
        "Durable StartTransaction and StopTransaction", _all_servers(TRANSACTIONS), quick=quick
    )


async def measure_events(*, quick: bool) -> Table:
    """The same charging sessions as TransactionEvents of 2.0.1 and in the messages of 1.6."""
    lines = {
        f"{OURS}, 2.0.1": Line(_ours, EVENTS),
        f"{OURS}, 1.6": Line(_ours, SESSIONS),
        f"{OURS_WITHOUT_LOG}, 2.0.1": Line(_ours_without_log, EVENTS),
        f"{OURS_WITHOUT_LOG}, 1.6": Line(_ours_without_log, SESSIONS),
        FLOOR: Line(_floor, EVENTS),
        PEER: Line(_library, EVENTS),
    }
    title = "Durable charging sessions: TransactionEvents of 2.0.1 beside 1.6"
    return await _measure(title, lines, quick=quick)


async def measure_heartbeats(*, quick: bool) -> Table:
    """Nothing is stored."""
    return await _measure("Heartbeat", _all_servers(HEARTBEATS), quick=quick)


async def _measure(title: str, lines: "Mapping[str, Line]", *, quick: bool) -> Table:
    """In rounds, one server after the other, so that a change of the machine's mood meets all of them."""
    rounds, seconds = (1, 3.0) if quick else (3, 8.0)
    sights: dict[str, list[Sight]] = {name: [] for name in lines}
    for _ in range(rounds):
        for name, line in lines.items():
            sights[name].append(await _one(line, seconds))
    is_counted = any(line.subject.count for line in lines.values())
    return Table(title=title, columns=_COLUMNS, rows=_rows(sights), notes=_notes(is_counted, rounds, sights))


async def _one(line: "Line", seconds: float) -> Sight:
    subject = line.subject
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        directory = Path(scratch)
        async with line.started(directory, subject) as target:
            plan = Plan(
                port=target.port,
                path="/ocpp",
                pid=target.pid,
                connections=CONNECTIONS,
                subprotocol=subject.subprotocol,
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


class Line(NamedTuple):
    """A line of the table: how a server is started, and what it is sent."""

    started: Callable[[Path, Subject], AbstractAsyncContextManager[Target]]
    subject: Subject


def _all_servers(subject: Subject) -> dict[str, Line]:
    servers = {OURS: _ours, OURS_WITHOUT_LOG: _ours_without_log, FLOOR: _floor, PEER: _library}
    return {name: Line(started, subject) for name, started in servers.items()}


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


def _rows(sights: Mapping[str, Sequence[Sight]]) -> list[tuple[str, ...]]:
    cost = {name: median(map(_cost_us, seen)) for name, seen in sights.items()}
    return [
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


def _notes(is_counted: bool, rounds: int, sights: Mapping[str, Sequence[Sight]]) -> list[str]:
    window_s = next(iter(sights.values()))[0].window_s
    how = f"{CONNECTIONS} connections, one call outstanding on each; {rounds} rounds of {window_s:.0f} s, medians."
    stored = (
        "Counted by SQL afterwards: every acknowledged message of every charge point is stored, none twice."
    )
    return [how, stored] if is_counted else [how]
