"""Ten thousand charge points: what an idle one costs, and all of them coming back at once."""

import tempfile
from pathlib import Path

from benchmarks.plan import Plan, Sight
from benchmarks.processes import chargeyard, load, overflows, peer, register
from benchmarks.report import Table
from tests.e2e.server import Server

_MANY, _FEWER = 10_000, 2_000
_PASSWORD = "0123456789abcdef0123456789abcdef01234567"


async def measure_memory(*, quick: bool) -> Table:
    """Resident memory per idle connection, beyond the empty server."""
    connections = _FEWER if quick else _MANY
    sights: dict[str, Sight] = {}
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        async with chargeyard(Path(scratch)) as server:
            sights["Chargeyard"] = await load(_idle(server.port, server.pid, connections))
        async with peer("benchmarks.peers.echo") as echo:
            sights["floor: echo over the same connections"] = await load(
                _idle(echo.port, echo.pid, connections)
            )
        async with peer("benchmarks.peers.library", str(Path(scratch) / "peer.db")) as library:
            sights["peer: websockets + ocpp"] = await load(_idle(library.port, library.pid, connections))
    rows = [
        (
            name,
            f"{(sight.rss_after_kb - sight.rss_before_kb) / connections:.1f}",
            f"{sight.rss_before_kb / 1024:.0f}",
            f"{sight.rss_after_kb / 1024:.0f}",
        )
        for name, sight in sights.items()
    ]
    columns = ("server", "KB per connection", "empty server, MB", "with all of them, MB")
    notes = [
        f"{connections:,} plain connections, each after its BootNotification, 5 s idle; resident memory."
    ]
    return Table(title="Memory of an idle connection", columns=columns, rows=rows, notes=notes)


def _idle(port: int, pid: int, connections: int) -> Plan:
    return Plan(port=port, path="/ocpp", pid=pid, connections=connections, settle_s=5.0)


async def measure_storm(*, quick: bool) -> Table:
    """All charge points connect at once, with their passwords, and boot."""
    connections = _FEWER if quick else _MANY
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        async with chargeyard(Path(scratch), ocpp__unknown_charge_points="refuse") as server:
            await register(server, "/charge-point", [_registration(number) for number in range(connections)])
            # As after a power cut: the server is new as well, and nothing is warm.
            await server.restart()
            rows = [await _weather(name, server, connections) for name in ("first", "again")]
    columns = (
        "storm",
        "wall, s",
        "CPU of the server, s",
        "ms CPU each",
        "load's core in use",
        "dials put off",
        "failures",
    )
    note = (
        f"{connections:,} registered charge points dial at once, log in by HTTP Basic and boot; the clock stops when"
        " the last boot is answered. The second storm follows at once, while the server still stores the farewells"
        " of the first. A dial that finds the accept queue full (net.core.somaxconn) is put off by the kernel for"
        " 1, 2, 4 … seconds: then the wall clock tells of that and not of work."
    )
    return Table(title="Reconnect storm with credentials", columns=columns, rows=rows, notes=[note])


def _registration(number: int) -> dict[str, str]:
    return {"cpId": f"BENCH-{number:05}", "password": _PASSWORD}


def _storm(server: Server, connections: int) -> Plan:
    return Plan(
        port=server.port,
        path="/ocpp",
        pid=server.pid,
        connections=connections,
        password=_PASSWORD,
        dials_at_once=connections,
    )


async def _weather(name: str, server: Server, connections: int) -> tuple[str, ...]:
    before = overflows()
    sight = await load(_storm(server, connections))
    return _storm_row(name, sight, overflows() - before)


def _storm_row(name: str, sight: Sight, put_off: int) -> tuple[str, ...]:
    cpu = sight.connect_server_cpu_s
    return (
        name,
        f"{sight.connect_s:.1f}",
        f"{cpu:.1f}",
        f"{cpu / sight.connected * 1000:.2f}",
        f"{sight.connect_load_share:.0%}",
        str(put_off),
        str(sight.failures),
    )
