"""What a connection costs in memory: idle, idle with TLS, and while it talks."""

import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks import targets
from benchmarks.databases import Database
from benchmarks.plan import Plan, Sight
from benchmarks.report import Table
from benchmarks.scope import Scope
from benchmarks.servers import (
    Certificate,
    Target,
    chargeyard,
    echo,
    free_port,
    load,
    make_certificate,
    orm_peer,
)
from benchmarks.subjects import IDLE_METER_VALUES

_MANY, _FEWER, _FEW = 10_000, 2_000, 100
_RATE = 2_000.0
_ACTIVE_S = 15.0

_Row = tuple[str, str, str, str]


async def measure_memory(scope: Scope) -> Table:
    """Resident memory per connection, beyond the empty server."""
    connections = _FEWER if scope.quick else _MANY
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        folder = Path(scratch)
        certificate = make_certificate(folder)
        plain, encrypted, few = await _ours(folder, certificate, connections)
        others = await _others(folder, certificate, connections)
    rows = [
        _row("Chargeyard, idle", plain),
        _row("Chargeyard, idle, TLS", encrypted),
        _active_row(plain, few),
        *others,
    ]
    kb, tls_kb = (_each_kb(sight, sight.rss_after_kb) for sight in (plain, encrypted))
    return Table(
        title="Memory of a connection",
        columns=("server", "KB per connection", "without any, MB", "with all of them, MB"),
        rows=rows,
        notes=_notes(connections),
        verdicts=[targets.memory("plain", kb, 12), targets.memory("TLS", tls_kb, 40)],
    )


async def _ours(folder: Path, certificate: Certificate, connections: int) -> tuple[Sight, Sight, Sight]:
    """Idle and then active; idle with TLS; and a few that are as active together as the many."""
    plain_folder, tls_folder, few_folder = (_made(folder / name) for name in ("plain", "tls", "few"))
    async with _server(plain_folder) as target:
        plain = await load(_plan(target, connections, active=True))
    async with _server(tls_folder, certificate) as target:
        encrypted = await load(_plan(target, connections, tls=True))
    async with _server(few_folder) as target:
        few = await load(_plan(target, _FEW, active=True))
    return plain, encrypted, few


async def _others(folder: Path, certificate: Certificate, connections: int) -> list[_Row]:
    async with echo() as target:
        floor = await load(_plan(target, connections))
    async with echo(certificate) as target:
        encrypted = await load(_plan(target, connections, tls=True))
    async with orm_peer(_database(folder), folder) as target:
        peer = await load(_plan(target, connections))
    return [
        _row("floor: echo, same connections, idle", floor),
        _row("floor: echo, same connections, idle, TLS", encrypted),
        _row("peer: ocpp + SQLAlchemy, idle", peer),
    ]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def _database(folder: Path) -> Database:
    return Database("sqlite", f"sqlite:///{folder / 'memory.db'}")


@asynccontextmanager
async def _server(folder: Path, certificate: Certificate | None = None) -> AsyncIterator[Target]:
    """Ours; with a certificate the target is a listener of its own."""
    port = free_port()
    listener = {"host": "127.0.0.1", "port": port, "path": "/ocpp"}
    settings = {}
    if certificate:
        listener |= {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
        settings["config"] = _written(folder / "settings.toml", listener)
    async with chargeyard(_database(folder), folder, **settings) as server:
        yield Target(port if certificate else server.port, server.pid)


def _written(file: Path, listener: dict[str, object]) -> Path:
    lines = [f"{name} = {json.dumps(value)}" for name, value in listener.items()]
    file.write_text("\n".join(["[[ocpp.listeners]]", *lines, ""]), "utf-8")
    return file


def _plan(target: Target, connections: int, *, tls: bool = False, active: bool = False) -> Plan:
    return Plan(
        port=target.port,
        path="/ocpp",
        pid=target.pid,
        connections=connections,
        tls=tls,
        settle_s=5.0,
        messages=IDLE_METER_VALUES.messages() if active else (),
        rate=_RATE,
        seconds=_ACTIVE_S,
    )


def _each_kb(sight: Sight, rss_kb: int) -> float:
    return (rss_kb - sight.rss_before_kb) / sight.connected


def _row(name: str, sight: Sight) -> _Row:
    return (
        name,
        f"{_each_kb(sight, sight.rss_after_kb):.1f}",
        f"{sight.rss_before_kb / 1024:.0f}",
        f"{sight.rss_after_kb / 1024:.0f}",
    )


def _active_row(many: Sight, few: Sight) -> _Row:
    """Beyond the server that has done the same work for few: caches of the database are no connection's."""
    kb = (many.rss_active_kb - few.rss_active_kb) / (many.connected - few.connected)
    return (
        "Chargeyard, active",
        f"{kb:.1f}",
        f"{few.rss_active_kb / 1024:.0f}",
        f"{many.rss_active_kb / 1024:.0f}",
    )


def _notes(connections: int) -> list[str]:
    note = (
        f"{connections:,} connections after their BootNotification, 5 s idle; resident memory; SQLite."
        f" Active: all of them together send {_RATE:,.0f} MeterValues/s for {_ACTIVE_S:.0f} s, read while they do;"
        f" beside a server that does the same work for {_FEW} connections."
    )
    return [note]
