"""How a batch is known again whose COMMIT was not answered → `journal_mark`.

A connection may break when the server has made a batch durable and before it has said so. So every batch writes its
number into the row of its lane. When it is tried again, its number is there if it was stored. If the server is
still at it, the row is locked, and whoever tries again waits until the truth is known. SQLite needs no mark: its
COMMIT is a call of a function, and answers.
"""

from datetime import UTC, datetime, timedelta

from msgspec import Struct
from sqlalchemy import Connection, bindparam, delete, select, update

from chargeyard.storage.dialect import insert_new
from chargeyard.storage.tables import journal_mark

FORGOTTEN_AFTER = timedelta(days=30)
"""The rows of a journal that has not written for so long are removed by the next one that begins."""


class Mark(Struct, frozen=True):
    """A batch: the random key of its journal, its lane there, and its number, which grows."""

    journal: str
    lane: int
    batch: int


_ITS_ROW = (
    journal_mark.c.journal == bindparam("of_journal"),
    journal_mark.c.lane == bindparam("of_lane"),
)
_SET = (
    update(journal_mark)
    .where(*_ITS_ROW, journal_mark.c.batch < bindparam("to_batch"))
    .values(batch=bindparam("to_batch"), at=bindparam("now"))
)
_FIND = select(journal_mark.c.batch).where(*_ITS_ROW)
_BEGIN = insert_new(journal_mark)
_OLD = select(journal_mark.c.journal).where(journal_mark.c.at < bindparam("before")).distinct()
_REMOVE = delete(journal_mark).where(journal_mark.c.journal == bindparam("of_journal"))


def leave(connection: Connection, mark: Mark) -> bool:
    """Write the mark; False if it is there already: the batch is stored."""
    now = datetime.now(UTC)
    if _set(connection, mark, now):
        return True
    if connection.execute(_FIND, _row(mark)).first() is not None:
        return False
    begin(connection, mark, now)
    return _set(connection, mark, now)


def begin(connection: Connection, mark: Mark, now: datetime) -> None:
    """The row of a lane that has none; where another try of the same batch has made one, this waits for its end."""
    _remove_old(connection, now)
    _BEGIN.execute(connection, {"journal": mark.journal, "lane": mark.lane, "batch": 0, "at": now})


def remove(connection: Connection, journal: str) -> None:
    """Nobody will ask again."""
    connection.execute(_REMOVE, {"of_journal": journal})


def _set(connection: Connection, mark: Mark, now: datetime) -> bool:
    return bool(connection.execute(_SET, {**_row(mark), "to_batch": mark.batch, "now": now}).rowcount)


def _row(mark: Mark) -> dict[str, object]:
    return {"of_journal": mark.journal, "of_lane": mark.lane}


def _remove_old(connection: Connection, now: datetime) -> None:
    # Looked for first: to delete by time would wait for the rows of all who are writing.
    for journal in connection.execute(_OLD, {"before": now - FORGOTTEN_AFTER}).scalars().all():
        remove(connection, journal)
