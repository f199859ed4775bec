"""What is told late must be rolled up again → `charging_transaction.roll_up`, `roll_up_due`."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, update

from chargeyard.domain.events import MeterValuesTaken
from chargeyard.domain.roll_ups import LATE, day_of
from chargeyard.storage.dialect import insert_new
from chargeyard.storage.roll_up_tables import after_change, roll_up_due
from chargeyard.storage.tables import charging_transaction

_CHANGED = {"roll_up": after_change(charging_transaction.c.roll_up)}
_INSERT = insert_new(roll_up_due)
_DAY = timedelta(days=1)


def mark_late(connection: Connection, events: Sequence[MeterValuesTaken]) -> None:
    """Readings that are far from the clock may belong to what was rolled up before; others never do."""
    late = [(event, at) for event in events for at in _late(event)]
    if not late:
        return
    transactions = {event.transaction for event, _ in late if event.transaction is not None}
    if transactions:
        changed = update(charging_transaction).where(charging_transaction.c.id.in_(transactions))
        connection.execute(changed.values(_CHANGED))
    # The energy between two readings lies in the days of both.
    days = {
        (event.charge_point, event.evse, day_of(at) + step * _DAY)
        for event, at in late
        if event.transaction is None
        for step in (-1, 0, 1)
    }
    if days:
        names = ("charge_point", "evse", "day")
        _INSERT.execute(connection, [dict(zip(names, day, strict=True)) for day in sorted(days)])


def _late(event: MeterValuesTaken) -> list[datetime]:
    now = event.recorded_at
    earliest, latest = now - LATE, now + LATE
    return [one.at for one in event.readings if not earliest <= one.at <= latest]
