"""The kill test of the suite, for longer: `kill -9` at random moments under load."""

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.databases import NAMES, Database, fresh
from benchmarks.report import Table
from benchmarks.scope import Scope
from tests.e2e.promises import broken_promises
from tests.e2e.server import Server
from tests.e2e.witnesses import a_crowd, endure, introduce, promises

_CHARGE_POINTS = 20


class _TimedServer(Server):
    """Notes how long every start takes."""

    def __init__(self, directory: Path, database: Database) -> None:
        settings = {
            "ocpp__unknown_charge_points": "accept",
            "log__level": "warning",
            "database__url": database.url,
        }
        super().__init__(directory, settings)
        self.starts_s: list[float] = []

    async def start(self) -> None:
        await super().start()
        self.starts_s.append(self.started_within_s)


async def measure_kills(scope: Scope) -> Table:
    """Lost and doubled messages after many kills. Raises RuntimeError if there is one."""
    kills = 5 if scope.quick else 40
    rows = []
    for kind in scope.databases:
        with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
            async with fresh(kind, Path(scratch)) as database:
                rows.append(await _endured(database, Path(scratch), kills))
    columns = (
        "database",
        "kills",
        "acknowledged messages",
        "sent again",
        "lost",
        "doubled",
        "start, median s",
    )
    notes = [f"{_CHARGE_POINTS} charge points charge cars without end; compared row by row afterwards."]
    return Table(title="kill -9 under load", columns=columns, rows=rows, notes=notes)


async def _endured(database: Database, directory: Path, kills: int) -> tuple[str, ...]:
    seed = time.time_ns()
    witnesses = a_crowd(_CHARGE_POINTS, seed)
    server = _TimedServer(directory, database)
    try:
        await server.start()
        await introduce(server)
        await endure(server, witnesses, [server.kill_and_start] * kills, seed)
        await server.terminate()
        broken = await broken_promises(server.database_url, witnesses)
    finally:
        await server.aclose()
    if broken:
        raise RuntimeError(f"seed {seed}: {len(broken)} promises broken, the first: {broken[0]}")
    retries = sum(witness.retries for witness in witnesses)
    start_s = median(server.starts_s)
    return (
        NAMES[database.kind],
        str(kills),
        f"{promises(witnesses):,}",
        f"{retries:,}",
        "0",
        "0",
        f"{start_s:.1f}",
    )
