"""Messages per second and processor time per message, beside the floor and the peers, on every database."""

import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from statistics import fmean
from typing import NamedTuple

from benchmarks import targets
from benchmarks.databases import NAMES, Database, fresh
from benchmarks.plan import Plan, Sight, Window
from benchmarks.proc import held_on
from benchmarks.report import Table, tell
from benchmarks.scope import Scope
from benchmarks.servers import (
    DATABASE_CORES,
    IS_PINNED,
    Start,
    Target,
    chargeyard,
    driver_peer,
    echo,
    load,
    orm_peer,
    register,
)
from benchmarks.subjects import EVENTS, HEARTBEATS, METER_VALUES, SESSIONS, TRANSACTIONS, Subject

CONNECTIONS = 1000
OURS, WITHOUT_LOG, FLOOR = "Chargeyard", "Chargeyard, message log off", "floor: echo, same connections"
PEER, HARDER_PEER = "peer: ocpp + SQLAlchemy", "harder peer: ocpp + aiosqlite"


class Line(NamedTuple):
    """A line of the table: a server, what it is sent, and the kind of its database ("" is none)."""

    name: str
    start: Start
    subject: Subject
    kind: str = ""


class Course(NamedTuple):
    """How long each line runs, and how often; `half_load_s` of 0 is no run at half load."""

    rounds: int
    seconds: float
    half_load_s: float
    connections: int = CONNECTIONS

    @classmethod
    def of(cls, scope: Scope, rounds: int, *, half_load: bool) -> "Course":
        return cls(1, 3.0, 2.0 * half_load) if scope.quick else cls(rounds, 6.0, 4.0 * half_load)


Seen = Mapping[Line, Sequence[Sight]]


async def measure_meter_values(scope: Scope) -> Table:
    """Durable MeterValues."""
    lines = [*_all_servers(METER_VALUES, scope), *_without_log(METER_VALUES, scope.databases[1:])]
    seen = await _measured(lines, scope, Course.of(scope, 2, half_load=True))
    verdicts = [*_ratios(seen), *_latencies("MeterValues", seen)]
    return _table("Durable MeterValues of a transaction, 10 samples each", seen, verdicts)


async def measure_transactions(scope: Scope) -> Table:
    """Durable starts and stops."""
    seen = await _measured(_all_servers(TRANSACTIONS, scope), scope, Course.of(scope, 2, half_load=True))
    verdicts = list(_latencies("Start and stop", seen))
    return _table("Durable StartTransaction and StopTransaction", seen, verdicts)


async def measure_events(scope: Scope) -> Table:
    """Charging sessions as TransactionEvents of 2.0.1, and by ours the same in the messages of 1.6."""
    in_16 = [Line(f"{OURS}, the same in 1.6", _ours, SESSIONS, kind) for kind in scope.databases]
    lines = [*_all_servers(EVENTS, scope), *in_16]
    seen = await _measured(lines, scope, Course.of(scope, 1, half_load=False))
    return _table("Durable charging sessions as TransactionEvents of 2.0.1", seen)


async def measure_heartbeats(scope: Scope) -> Table:
    """Nothing is stored, so one database says it all."""
    lines = _all_servers(HEARTBEATS, Scope(databases=scope.databases[:1], quick=scope.quick))
    seen = await _measured(lines, scope, Course.of(scope, 1, half_load=False))
    return _table("Heartbeat", seen)


# --- the servers ----------------------------------------------------------------------------------------------


def _all_servers(subject: Subject, scope: Scope) -> list[Line]:
    """Ours and the peer on each database; the floor, the harder peer and ours without the log once."""
    first = scope.databases[:1]
    both = [
        Line(name, start, subject, kind)
        for kind in scope.databases
        for name, start in ((OURS, _ours), (PEER, orm_peer))
    ]
    harder = [Line(HARDER_PEER, driver_peer, subject, kind) for kind in first if kind == "sqlite"]
    return [Line(FLOOR, _floor, subject), *both, *harder, *_without_log(subject, first)]


def _without_log(subject: Subject, kinds: Sequence[str]) -> list[Line]:
    return [Line(WITHOUT_LOG, _ours_without_log, subject, kind) for kind in kinds]


@asynccontextmanager
async def _ours(database: Database, directory: Path, **settings: str) -> AsyncIterator[Target]:
    async with chargeyard(database, directory, **settings) as server:
        yield Target(server.port, server.pid, server)


@asynccontextmanager
async def _ours_without_log(database: Database, directory: Path) -> AsyncIterator[Target]:
    async with _ours(database, directory, message_log__enabled="false") as target:
        yield target


@asynccontextmanager
async def _floor(database: Database, directory: Path) -> AsyncIterator[Target]:
    async with echo() as target:
        yield target


# --- the runs -------------------------------------------------------------------------------------------------


async def _measured(lines: Sequence[Line], scope: Scope, course: Course) -> Seen:
    """In rounds, one server after the other, so that a change of the machine's mood meets all of them."""
    seen: dict[Line, list[Sight]] = {line: [] for line in lines}
    for _ in range(course.rounds):
        for line in lines:
            sight = await run(line, course, pinned=IS_PINNED and not scope.quick)
            tell(
                f"{line.name}, {NAMES.get(line.kind, '–')}: {sight.window.rate:,.0f}/s at {sight.window.cost_us:.0f} µs"
            )
            seen[line].append(sight)
    return seen


async def run(line: Line, course: Course, *, pinned: bool) -> Sight:
    """A server's run, from an empty database to the count of what is in it. Raises RuntimeError."""
    subject = line.subject
    async with AsyncExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="chargeyard-bench-")))
        database = await stack.enter_async_context(fresh(line.kind or "sqlite", directory))
        if pinned:
            stack.enter_context(held_on(database.pid, DATABASE_CORES))
        async with line.start(database, directory) as target:
            if subject.tokens and target.server:
                tokens = [{"idToken": f"BENCH-{number:05}"} for number in range(course.connections)]
                await register(target.server, "/id-token", tokens)
            sight = await load(_plan(subject, target, database, course))
        if subject.count and line.kind:
            verify(await database.counted(subject.count), sight.acknowledged)
    return sight


def _plan(subject: Subject, target: Target, database: Database, course: Course) -> Plan:
    return Plan(
        port=target.port,
        path="/ocpp",
        pid=target.pid,
        database_pid=database.pid,
        connections=course.connections,
        subprotocol=subject.subprotocol,
        prelude=subject.prelude(),
        messages=subject.messages(),
        seconds=course.seconds,
        half_load_s=course.half_load_s,
    )


def verify(stored: Mapping[str, int], acknowledged: Mapping[str, int]) -> None:
    """Every acknowledged message is in the database, and no other. Raises RuntimeError."""
    wrong = [name for name, promised in acknowledged.items() if stored.get(name, 0) != promised]
    if wrong:
        name = wrong[0]
        raise RuntimeError(
            f"{name} was promised {acknowledged[name]} messages, {stored.get(name, 0)} are stored"
        )


# --- what came of them ----------------------------------------------------------------------------------------


class _Figures(NamedTuple):
    """Means over a line's windows."""

    rate: float
    cost_us: float
    database_us: float
    server_share: float
    core_share: float
    load_share: float
    p50_ms: float
    p99_ms: float


def _figures(windows: Sequence[Window]) -> _Figures:
    return _Figures(
        rate=fmean(window.rate for window in windows),
        cost_us=fmean(window.cost_us for window in windows),
        database_us=fmean(window.database_cost_us for window in windows),
        server_share=fmean(window.server_cpu_s / window.seconds for window in windows),
        core_share=fmean(window.core_share for window in windows),
        load_share=fmean(window.load_share for window in windows),
        p50_ms=fmean(window.p50_ms for window in windows),
        p99_ms=fmean(window.p99_ms for window in windows),
    )


def _at_maximum(seen: Seen) -> dict[Line, _Figures]:
    return {line: _figures([sight.window for sight in sights]) for line, sights in seen.items()}


def _at_half_load(seen: Seen) -> dict[Line, _Figures]:
    halves = {line: [sight.half_load for sight in sights] for line, sights in seen.items()}
    return {
        line: _figures(windows)
        for line, windows in halves.items()
        if all(window.messages for window in windows)
    }


def _named(figures: Mapping[Line, _Figures], name: str, kind: str) -> _Figures:
    return next(found for line, found in figures.items() if (line.name, line.kind) == (name, kind))


def _ratios(seen: Seen) -> Iterator[targets.Verdict]:
    figures = _at_maximum(seen)
    floor = _named(figures, FLOOR, "")
    for line, ours in figures.items():
        if line.name == OURS:
            peer = _named(figures, PEER, line.kind)
            yield targets.peer_ratio(NAMES[line.kind], ours.rate / peer.rate, peer.cost_us / ours.cost_us)
            if line.kind == "postgresql":
                yield targets.floor_ratio(NAMES[line.kind], ours.cost_us / floor.cost_us)


def _latencies(what: str, seen: Seen) -> Iterator[targets.Verdict]:
    for line, half in _at_half_load(seen).items():
        if line.name == OURS:
            yield targets.latency(what, NAMES[line.kind], half.p99_ms)


def _table(title: str, seen: Seen, verdicts: Sequence[targets.Verdict] = ()) -> Table:
    figures, halves = _at_maximum(seen), _at_half_load(seen)
    columns = _COLUMNS + _HALF_LOAD_COLUMNS if halves else _COLUMNS
    rows = [
        (*_row(line, figures), *_half_load_cells(halves.get(line)))[: len(columns)]
        for line in _sorted(figures)
    ]
    return Table(title=title, columns=columns, rows=rows, notes=_notes(seen), verdicts=verdicts)


_COLUMNS = (
    "server",
    "database",
    "messages/s",
    "µs CPU per message",
    "of the database, µs",
    "× floor's CPU",
    "messages/s, × peer",
    "messages per CPU, × peer",
    "server's core in use",
    "load's core in use (the load's own)",
)
_HALF_LOAD_COLUMNS = ("half load: messages/s", "half load: p50 / p99 ms")


def _sorted(lines: Mapping[Line, _Figures]) -> list[Line]:
    """By database; within one as they ran."""
    kinds = list(dict.fromkeys(line.kind for line in lines))
    return sorted(lines, key=lambda line: kinds.index(line.kind))


def _row(line: Line, figures: Mapping[Line, _Figures]) -> tuple[str, ...]:
    own, floor = figures[line], _named(figures, FLOOR, "")
    is_comparable = bool(line.kind) and line.subject is not SESSIONS
    peer = _named(figures, PEER, line.kind) if is_comparable else None
    return (
        line.name,
        NAMES.get(line.kind, "–"),
        f"{own.rate:,.0f}",
        f"{own.cost_us:.1f}",
        f"{own.database_us:.1f}" if own.database_us else "–",
        f"{own.cost_us / floor.cost_us:.1f}",
        f"{own.rate / peer.rate:.1f}" if peer else "–",
        f"{peer.cost_us / own.cost_us:.1f}" if peer else "–",
        f"{own.server_share:.0%}",
        f"{own.core_share:.0%} ({own.load_share:.0%})",
    )


def _half_load_cells(half: _Figures | None) -> tuple[str, ...]:
    return (f"{half.rate:,.0f}", f"{half.p50_ms:.1f} / {half.p99_ms:.1f}") if half else ("–", "–")


def _notes(seen: Seen) -> list[str]:
    sights = next(iter(seen.values()))
    how = (
        f"{CONNECTIONS} connections, one call outstanding on each; rounds of {sights[0].window.seconds:.0f} s, each"
        f" in a database of its own{f'; means of {len(sights)}' if len(sights) > 1 else ''}."
    )
    stored = (
        "Counted by SQL afterwards: every acknowledged message of every charge point is stored, none twice."
    )
    return [how, stored] if any(line.subject.count for line in seen) else [how]
