"""`chargeyard export`: from the database of these settings to a file."""

from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from chargeyard.bootstrap.node import Announce, open_database
from chargeyard.domain.exports import METER_VALUES, TRANSACTIONS, Row
from chargeyard.settings import Settings
from chargeyard.storage.engine import Database
from chargeyard.storage.exports import rows
from chargeyard.storage.exports.files import Format, exported
from chargeyard.storage.migrate import require_current
from chargeyard.storage.store import SqlStore


class Order(Struct, frozen=True, kw_only=True):
    """What shall be exported, and where to; `output` None: standard output."""

    what: Literal["transactions", "meter-values"]
    form: Format = "csv"
    output: Path | None = None
    charge_point: str | None = None
    since: datetime | None = None
    until: datetime | None = None


async def export(settings: Settings, order: Order, announce: Announce) -> None:
    """Write what `order` says. Raises `SettingsError` where that cannot be, and `Unavailable`."""
    database = open_database(settings, to_write=False)
    try:
        await require_current(database)
        count = await _write(database, order)
    finally:
        await database.aclose()
    announce(f"{count:,} {order.what.replace('-', ' ')} written".replace(",", " "))


async def _write(database: Database, order: Order) -> int:
    count = 0
    columns = TRANSACTIONS if order.what == "transactions" else METER_VALUES
    with exported(order.output, columns, order.form) as writer:
        async for page in _pages(database, order):
            writer.write(page)
            count += len(page)
    return count


def _pages(database: Database, order: Order) -> AsyncIterator[list[Row]]:
    span = rows.Span(order.charge_point, order.since, order.until)
    if order.what == "transactions":
        return rows.transactions(SqlStore(database), span)
    return rows.meter_values(database, span)
