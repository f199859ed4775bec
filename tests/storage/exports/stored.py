"""A data directory with something to export."""

from pathlib import Path

from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.migrate import upgrade
from tests.contract import happenings as h


async def stored(folder: Path) -> None:
    """Two transactions, one of a token that looks like a formula, and two readings."""
    folder.mkdir()
    database = connect(f"sqlite:///{folder}/chargeyard.db")
    await upgrade(database)
    journal = SqlJournal(database)
    await journal.commit(
        (
            h.started(1, id_token="=1+1"),
            h.stopped(1, h.after(30), energy_wh=1500),
            h.started(2, h.after(60)),
            h.taken(1, h.measured(h.after(1), 10, -3), h.measured(h.after(2), 11)),
        )
    )
    await journal.aclose()
    await database.aclose()
