"""The kill test of the suite, for longer: `kill -9` at random moments under load."""

import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.report import Table
from tests.e2e.promises import broken_promises
from tests.e2e.server import Server
from tests.e2e.witnesses import Witness, a_crowd, endure, introduce, promises

_CHARGE_POINTS = 20


class _TimedServer(Server):
    """Notes how long every start takes."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, {"ocpp__unknown_charge_points": "accept", "log__level": "warning"})
        self.starts_s: list[float] = []

    async def start(self) -> None:
        await super().start()
        self.starts_s.append(self.started_within_s)


async def measure_kills(*, quick: bool) -> Table:
    """Lost and doubled messages after many kills. Raises RuntimeError if there is one."""
    kills = 10 if quick else 200
    seed = time.time_ns()
    witnesses = a_crowd(_CHARGE_POINTS, seed)
    with tempfile.TemporaryDirectory(prefix="chargeyard-bench-") as scratch:
        server = _TimedServer(Path(scratch))
        try:
            await server.start()
            await introduce(server)
            await endure(server, witnesses, server.kill_and_start, kills, seed)
            await server.terminate()
            broken = await broken_promises(server.database_url, witnesses)
        finally:
            await server.aclose()
    if broken:
        raise RuntimeError(f"seed {seed}: {len(broken)} promises broken, the first: {broken[0]}")
    return _table(kills, witnesses, server.starts_s)


def _table(kills: int, witnesses: list[Witness], starts_s: list[float]) -> Table:
    retries = sum(witness.retries for witness in witnesses)
    columns = ("kills", "acknowledged messages", "sent again", "lost", "doubled", "start, median s")
    row = (str(kills), f"{promises(witnesses):,}", f"{retries:,}", "0", "0", f"{median(starts_s):.1f}")
    notes = [
        f"{_CHARGE_POINTS} charge points charge cars without end; SQLite; compared row by row afterwards."
    ]
    return Table(title="kill -9 under load", columns=columns, rows=[row], notes=notes)
