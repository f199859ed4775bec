"""Who is measured: our server, and its floor and its peers, each a process of its own on the server's core."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import httpx2
import msgspec

from benchmarks.databases import Database
from benchmarks.peers.library import DATABASE
from benchmarks.plan import Plan, Sight
from tests.e2e.server import Server

_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
DATABASE_CORES = set(_CORES[1:-1]) or {LOAD_CORE}
"""With two cores the load and the database share one: the other is the server's alone."""
IS_PINNED = len(_CORES) > 1 and shutil.which("taskset") is not None
_ON_SERVER_CORE = ("taskset", "-c", str(SERVER_CORE)) if IS_PINNED else ()


class Target(NamedTuple):
    """A server under load; `server` if it is ours."""

    port: int
    pid: int
    server: Server | None = None


class Certificate(NamedTuple):
    """Two PEM files."""

    certificate: str
    key: str


Start = Callable[[Database, Path], AbstractAsyncContextManager[Target]]
"""Starts a server that stores in a database and may keep files in a folder; ends it in good order."""


@asynccontextmanager
async def chargeyard(database: Database, directory: Path, **settings: Any) -> AsyncIterator[Server]:
    """Our server, which lets every charge point in unless `settings` say otherwise."""
    defaults = {"ocpp__unknown_charge_points": "accept", "log__level": "warning"}
    settings = {**defaults, "database__url": database.url, **settings}
    server = Server(directory, settings, _ON_SERVER_CORE)
    try:
        await server.start()
        yield server
        await server.terminate()
    finally:
        await server.aclose()


async def register(server: Server, path: str, bodies: Iterable[Any]) -> None:
    """POST all of `bodies` to `path`, some at a time; with an API key, since a password costs a slow hash."""
    issued = (await server.http.post("/api-key", json={"name": "benchmark"})).raise_for_status()
    headers = {"Authorization": f"Bearer {issued.json()['key']}"}
    left = iter(bodies)

    async def work(client: httpx2.AsyncClient) -> None:
        for body in left:
            (await client.post(path, json=body)).raise_for_status()

    async with httpx2.AsyncClient(base_url=server.url, headers=headers, timeout=60.0) as client:
        await asyncio.gather(*(work(client) for _ in range(16)))


@asynccontextmanager
async def echo(certificate: Certificate | None = None) -> AsyncIterator[Target]:
    """The floor."""
    async with _started("benchmarks.peers.echo", *(certificate or ())) as target:
        yield target


@asynccontextmanager
async def orm_peer(database: Database, directory: Path) -> AsyncIterator[Target]:
    """What a Python user writes today, with SQLAlchemy."""
    async with _started("benchmarks.peers.orm", url=database.url) as target:
        yield target


@asynccontextmanager
async def driver_peer(database: Database, directory: Path) -> AsyncIterator[Target]:
    """The same with the bare driver; SQLite only."""
    async with _started("benchmarks.peers.driver", url=database.url) as target:
        yield target


@asynccontextmanager
async def _started(module: str, *arguments: str, url: str = "") -> AsyncIterator[Target]:
    """`python -m module arguments`; it prints its port when it listens."""
    process = await asyncio.create_subprocess_exec(
        *(*_ON_SERVER_CORE, sys.executable, "-m", module, *arguments),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, DATABASE: url},
    )
    assert process.stdout is not None
    try:
        yield Target(int(await process.stdout.readline()), process.pid)
    finally:
        process.kill()
        await process.wait()


async def load(plan: Plan) -> Sight:
    """Run `plan` in a process on the load's core. Raises RuntimeError if anything failed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    plan = msgspec.structs.replace(plan, core=LOAD_CORE if IS_PINNED else -1)
    told, _ = await process.communicate(msgspec.json.encode(plan))
    if process.returncode:
        raise RuntimeError(f"the load ended with {process.returncode}")
    sight = msgspec.json.decode(told, type=Sight)
    if sight.failures:
        raise RuntimeError(f"{sight.failures} failures under load, the first: {sight.first_failure}")
    return sight


def make_certificate(folder: Path) -> Certificate:
    """A self-made ECDSA certificate for 127.0.0.1."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=benchmark",
            "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return Certificate(str(certificate), str(key))


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
