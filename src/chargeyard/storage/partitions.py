"""Meter values lie in a partition for each month on PostgreSQL, so that a month goes at once; elsewhere in one table.

What is from no month that has a partition (clocks that are wrong, months long gone) lies in the default partition.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Connection, TableClause, and_, column, delete, select, table, text

from chargeyard.errors import Contended
from chargeyard.storage.engine import Database
from chargeyard.storage.roll_up_tables import GONE
from chargeyard.storage.tables import Instant, meter_value

AHEAD = 3
"""Months that have a partition before they begin: a server that is not restarted and cannot make one for a while
goes on in the right place."""

YEARS = timedelta(days=3653)
"""What is older, or from the future, was told by a wrong clock: its months get no partitions."""

DEFAULT = "meter_value_default"
PREFIX = "meter_value_p"
_LOCK = 0x6D76
_PATIENCE = "SET LOCAL lock_timeout = '500ms'"
"""Who waits for a lock on all of the table makes everybody behind it wait too."""


def is_partition(name: str | None) -> bool:
    """Whether a table of that name is part of another one."""
    return name is not None and (name == DEFAULT or name.startswith(PREFIX))


def month_of(at: datetime) -> datetime:
    """The beginning of the month, in UTC, that `at` is in."""
    return at.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(month: datetime) -> datetime:
    """The month after the one that begins at `month`."""
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


class SqlPartitions:
    """See `services.ports.Partitions`; for PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._there: set[datetime] = set()

    async def make_ahead(self, now: datetime) -> None:
        await self._database.write(make_ahead, now)

    async def make_for(self, instants: Iterable[datetime], now: datetime) -> None:
        months = {month_of(at) for at in instants if now - YEARS < at < now}
        for month in sorted(months - self._there):
            try:
                await self._database.write(make, month)
            except Contended:
                continue
            self._there.add(month)

    async def drop(self, before: datetime) -> int:
        dropped = 0
        for month in await self._database.read(months):
            if next_month(month) <= before and await self._database.write(_drop, month):
                dropped += 1
        return dropped


def make_ahead(connection: Connection, now: datetime) -> None:
    """Have partitions for this month and the next ones; what lies in the default one moves."""
    month = month_of(now)
    there = set(months(connection))
    for _ in range(AHEAD + 1):
        if month not in there:
            make(connection, month)
        month = next_month(month)


def make(connection: Connection, month: datetime) -> None:
    """Make the partition of `month` unless it is there, and move there what came before it was."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    if month in months(connection):
        return
    name, since, until = _name(month), month.isoformat(), next_month(month).isoformat()
    moving = (
        f"WITH moved AS (DELETE FROM {DEFAULT} WHERE at >= '{since}' AND at < '{until}' RETURNING *)"  # noqa: S608
        f" INSERT INTO {name} SELECT * FROM moved"
    )
    for statement in (
        _PATIENCE,
        # First: whoever writes there would put in what the partition should hold. Nobody else is kept waiting.
        f"LOCK TABLE {DEFAULT} IN ACCESS EXCLUSIVE MODE",
        f"CREATE TABLE {name} (LIKE meter_value INCLUDING DEFAULTS INCLUDING STORAGE)",
        moving,
        f"ALTER TABLE meter_value ATTACH PARTITION {name} FOR VALUES FROM ('{since}') TO ('{until}')",
    ):
        connection.execute(text(statement))


def months(connection: Connection) -> list[datetime]:
    """Those that have a partition, oldest first."""
    named = text(
        "SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid"
        " WHERE inhparent = to_regclass('meter_value')"
    )
    names = connection.execute(named).scalars()
    return sorted(_month(name) for name in names if name.startswith(PREFIX))


def _drop(connection: Connection, month: datetime) -> bool:
    """Drop a month; what transactions need whose readings may not go yet moves to the default partition."""
    connection.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    if month not in months(connection) or not _is_rolled_up(connection, next_month(month)):
        return False
    name = _name(month)
    keeping = (
        f"CREATE TEMPORARY TABLE kept ON COMMIT DROP AS SELECT * FROM {name} AS old WHERE EXISTS"  # noqa: S608
        f" (SELECT 1 FROM charging_transaction AS of WHERE of.id = old.transaction_id AND of.roll_up < {GONE})"
    )
    for statement in (
        _PATIENCE,
        # The long part keeps only those waiting who tell of that month.
        f"LOCK TABLE {name} IN SHARE MODE",
        keeping,
        "LOCK TABLE meter_value IN ACCESS EXCLUSIVE MODE",
        f"DROP TABLE {name}",
        "INSERT INTO meter_value SELECT * FROM kept",
    ):
        connection.execute(text(statement))
    return True


def _is_rolled_up(connection: Connection, until: datetime) -> bool:
    """Whether all readings outside of transactions from before `until` may go."""
    gone = text("SELECT at FROM roll_up_progress WHERE name = 'idle gone'")
    at = connection.execute(gone).scalar_one_or_none()
    return at is not None and at >= until


def _name(month: datetime) -> str:
    return f"{PREFIX}{month:%Y_%m}"


def _month(name: str) -> datetime:
    return datetime.strptime(name.removeprefix(PREFIX), "%Y_%m").replace(tzinfo=UTC)


# --- row by row -----------------------------------------------------------------------------------------------


def delete_of(connection: Connection, transactions: Sequence[int], limit: int) -> tuple[int, int | None]:
    """Delete at most `limit` readings of transactions, those apart that go with their month.

    How many there were, and from which transaction on some may be left; None: none are.
    """
    rows = _rows(connection)
    of = rows.c.transaction_id
    wanted = select(rows.c.id, of).where(of.in_(transactions)).order_by(of).limit(limit + 1)
    found = connection.execute(wanted).all()
    ids = [number for number, _ in found[:limit]]
    if ids:
        connection.execute(delete(rows).where(rows.c.id.in_(ids)))
    return len(ids), found[limit][1] if len(found) > limit else None


def delete_idle(connection: Connection, before: datetime, limit: int) -> int:
    """The same with readings outside of transactions from before `before`, the oldest first."""
    rows = _rows(connection)
    return _delete(connection, and_(rows.c.transaction_id.is_(None), rows.c.at < before), limit)


def _delete(connection: Connection, condition: ColumnElement[bool], limit: int) -> int:
    rows = _rows(connection)
    oldest = select(rows.c.id).where(condition).order_by(rows.c.at).limit(limit)
    ids = connection.execute(oldest).scalars().all()
    if ids:
        connection.execute(delete(rows).where(rows.c.id.in_(ids)))
    return len(ids)


def _rows(connection: Connection) -> TableClause:
    return _DEFAULT if connection.dialect.name == "postgresql" else meter_value


_DEFAULT = table(DEFAULT, column("id"), column("transaction_id"), column("at", Instant))
