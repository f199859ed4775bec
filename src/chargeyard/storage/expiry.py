"""Rows that get old, table by table. Each step looks at few of them in the order of a key and deletes in one statement."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Column, Connection, Table, delete, select, tuple_

from chargeyard.services.ports import Step
from chargeyard.storage.engine import Database
from chargeyard.storage.roll_up_tables import (
    DUE,
    GONE,
    GONE_AND_DUE,
    MADE,
    energy_interval,
    transaction_roll_up,
)
from chargeyard.storage.steps import stepped
from chargeyard.storage.tables import (
    charging_transaction,
    command,
    customer_information,
    finding,
    job,
    kept_report,
    listing,
    message,
    meter_value,
    reservation,
    transaction_account,
    transaction_event,
)

Work = Callable[[Connection, datetime, int, int], Step]
"""(connection, what is from before, how many rows at most, from which number on) -> what was done."""

_CLOCK = timedelta(days=1)


class SqlExpiry:
    """See `services.ports.Expiring`; `work` is one of `RULES`."""

    def __init__(self, database: Database, work: Work) -> None:
        self._database = database
        self._work = work

    async def expire(self, before: datetime, limit: int, place: int | None = None) -> Step:
        return await stepped(self._database, self._work, before, limit, place or 0)


def _numbered(table: Table) -> Work:
    """Numbered as they come, so that the oldest have the lowest numbers: no index of their time is needed."""

    def work(connection: Connection, before: datetime, limit: int, _place: int) -> Step:
        rows = connection.execute(select(table.c.id, table.c.at).order_by(table.c.id).limit(limit)).all()
        old: list[int] = []
        earliest = None
        for number, at in reversed(rows):
            # One that is dated long after what came after it was written while our clock was wrong.
            if at < before or (earliest is not None and earliest < before - _CLOCK):
                old.append(number)
            earliest = at if earliest is None else min(earliest, at)
        if old:
            connection.execute(delete(table).where(table.c.id.in_(old)))
        return Step(len(old), is_last=len(old) < limit)

    return work


def _dated(at: Column[datetime]) -> Work:
    """By an index that begins with their time; `at` NULL never gets old."""
    key: Sequence[Column[object]] = list(at.table.primary_key)

    def work(connection: Connection, before: datetime, limit: int, _place: int) -> Step:
        oldest = select(*key).where(at < before).order_by(at).limit(limit)
        old = [tuple(row) for row in connection.execute(oldest)]
        if old:
            connection.execute(delete(at.table).where(tuple_(*key).in_(old)))
        return Step(len(old), is_last=len(old) < limit)

    return work


_ASKED, _UNASKED = _dated(listing.c.asked_at), _dated(listing.c.last_at)


def _expire_listings(connection: Connection, before: datetime, limit: int, place: int) -> Step:
    """Those that were asked for so long ago, then those that nobody asked for."""
    step = _ASKED(connection, before, limit, place)
    if not step.is_last:
        return step
    more = _UNASKED(connection, before, limit, place)
    return Step(step.rows + more.rows, is_last=more.is_last)


def _expire_events(connection: Connection, before: datetime, limit: int, place: int) -> Step:
    """Those of transactions that ended before that time; in the order of arrival, past those that stay."""
    told, of = transaction_event.c, charging_transaction.c
    wanted = (
        select(told.id, told.recorded_at, of.id, of.stop_recorded_at)
        .outerjoin_from(transaction_event, charging_transaction, told.transaction_id == of.id)
        .where(told.id > place)
        .order_by(told.id)
    )
    rows = connection.execute(wanted.limit(limit)).all()
    old = [
        number
        for number, recorded_at, transaction, stopped_at in rows
        if recorded_at < before and (transaction is None or (stopped_at is not None and stopped_at < before))
    ]
    if old:
        connection.execute(delete(transaction_event).where(told.id.in_(old)))
    is_last = len(rows) < limit or rows[-1].recorded_at >= before
    return Step(len(old), is_last=is_last, place=rows[-1][0] if rows else None)


def _expire_transactions(connection: Connection, before: datetime, limit: int, _place: int) -> Step:
    """With everything of them: their readings, events, account and roll-up."""
    done = 0
    for state in (GONE, MADE, DUE, GONE_AND_DUE):
        aged = select(charging_transaction.c.id).where(
            charging_transaction.c.roll_up == state, charging_transaction.c.stop_recorded_at < before
        )
        for number in connection.execute(
            aged.order_by(charging_transaction.c.stop_recorded_at).limit(limit)
        ).scalars():
            done += _delete_transaction(connection, number, limit)
            if done >= limit:
                return Step(done, is_last=False)
    return Step(done, is_last=True)


_PARTS = (
    (transaction_event.c.id, transaction_event.c.transaction_id),
    (meter_value.c.id, meter_value.c.transaction_id),
)
_ROWS = (transaction_account, transaction_roll_up, energy_interval)


def _delete_transaction(connection: Connection, number: int, limit: int) -> int:
    """At most about `limit` rows of it; the transaction itself when nothing else of it is left."""
    done = 0
    for key, of in _PARTS:
        ids = connection.execute(select(key).where(of == number).limit(limit - done)).scalars().all()
        if ids:
            connection.execute(delete(key.table).where(key.in_(ids)))
        done += len(ids)
        if done >= limit:
            return done
    for table in _ROWS:
        done += connection.execute(delete(table).where(table.c.transaction_id == number)).rowcount
    connection.execute(delete(charging_transaction).where(charging_transaction.c.id == number))
    return done + 1


RULES: Mapping[str, Work] = {
    "message_log": _numbered(message),
    "customer_information": _dated(customer_information.c.at),
    "findings": _numbered(finding),
    "reports": _numbered(kept_report),
    "commands": _dated(command.c.settled_at),
    "jobs": _dated(job.c.begun_at),
    "listings": _expire_listings,
    "reservations": _dated(reservation.c.expires_at),
    "transaction_events": _expire_events,
    "intervals": _dated(energy_interval.c.starts_at),
    "transactions": _expire_transactions,
}
"""By the names of `settings.Retention`, without `_days`."""
