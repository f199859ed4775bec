"""Processes on cores of their own, and what they cost (read from /proc: Linux only)."""

import asyncio
import os
import resource
import shutil
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import msgspec

from benchmarks.plan import Plan, Sight
from tests.e2e.server import Server

_TICKS = os.sysconf("SC_CLK_TCK")
_CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE, LOAD_CORE = _CORES[0], _CORES[-1]
IS_PINNED = len(_CORES) > 1 and shutil.which("taskset") is not None
_ON_SERVER_CORE = ("taskset", "-c", str(SERVER_CORE)) if IS_PINNED else ()


def cpu_s(pid: int) -> float:
    """Processor time of a process with all its threads, in seconds; exact to 10 ms."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    pages = int(Path(f"/proc/{pid}/statm").read_text("ascii").split()[1])
    return pages * resource.getpagesize() // 1024


def overflows() -> int:
    """How many connects of this machine have found a full accept queue, ever; the kernel makes them try again."""
    lines = [line.split() for line in Path("/proc/net/netstat").read_text("ascii").splitlines()]
    counted = next(
        dict(zip(names, values, strict=True))
        for names, values in zip(lines[::2], lines[1::2], strict=True)
        if "ListenOverflows" in names
    )
    return int(counted["ListenOverflows"])


def raise_file_limit() -> int:
    """As many open files as allowed, here and in every process started from here; how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


@asynccontextmanager
async def chargeyard(directory: Path, **settings: Any) -> AsyncIterator[Server]:
    """Our server, alone on its core, which lets every charge point in unless `settings` say otherwise."""
    settings = {"ocpp__unknown_charge_points": "accept", "log__level": "warning", **settings}
    server = Server(directory, settings, _ON_SERVER_CORE)
    try:
        await server.start()
        yield server
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


class Peer:
    """A server that is not ours: where it listens and which process it is."""

    def __init__(self, port: int, pid: int) -> None:
        self.port = port
        self.pid = pid


@asynccontextmanager
async def peer(module: str, *arguments: str) -> AsyncIterator[Peer]:
    """`python -m module arguments`, alone on the server's core; it prints its port when it listens."""
    process = await asyncio.create_subprocess_exec(
        *(*_ON_SERVER_CORE, sys.executable, "-m", module, *arguments), stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    try:
        yield Peer(int(await process.stdout.readline()), process.pid)
    finally:
        process.kill()
        await process.wait()


async def load(plan: Plan) -> Sight:
    """Run `plan` in a process on the other core."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.load"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    plan = msgspec.structs.replace(plan, core=LOAD_CORE if IS_PINNED else -1)
    told, _ = await process.communicate(msgspec.json.encode(plan))
    sight = msgspec.json.decode(told, type=Sight)
    if sight.failures:
        raise RuntimeError(f"{sight.failures} failures under load, the first: {sight.first_failure}")
    return sight
