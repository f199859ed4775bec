"""What is asked of SteVe's database. Its outlets are called connectors in older releases and EVSEs in
newer ones, and older ones have no passwords: the layout is looked at first."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, TableClause, and_, column, inspect, literal_column, select, table

from chargeyard.errors import SettingsError
from chargeyard.storage.engine import Database
from chargeyard.storage.steve.mapping import Row

AT_ONCE = 500
SAMPLES_AT_ONCE = 20_000

_NEEDED = ("charge_box", "ocpp_tag", "transaction_start", "transaction_stop", "connector_meter_value")
_STOP = ("event_actor", "event_timestamp", "stop_timestamp", "stop_value", "stop_reason")
_SAMPLE = (
    *("value_timestamp", "value", "reading_context", "format"),
    *("measurand", "location", "unit", "phase"),
)


class Layout(NamedTuple):
    """How this SteVe's tables look: the columns of each, and what its outlets are called."""

    columns: Mapping[str, tuple[str, ...]]
    outlets: str

    def table(self, name: str) -> TableClause:
        """The table with all of its columns."""
        return table(name, *(column(one) for one in self.columns[name]))

    @property
    def outlet_key(self) -> str:
        """The column by which other tables name an outlet."""
        return f"{self.outlets}_pk"


class Started(NamedTuple):
    """A transaction as SteVe has it: its start, the stops it has taken, and those it could not."""

    start: Row
    stops: list[Row]
    failed_stops: list[Row]


class Later(NamedTuple):
    """The next start at the same outlet."""

    at: datetime
    value: str | None


class SteveSource:
    """SteVe's data in `database`, page by page. Made by `open_steve`."""

    def __init__(self, database: Database, layout: Layout) -> None:
        self._database = database
        self._layout = layout

    async def charge_boxes(self) -> AsyncIterator[list[Row]]:
        async for page in self._pages(self._layout.table("charge_box"), "charge_box_pk"):
            yield page

    async def tags(self) -> AsyncIterator[list[Row]]:
        async for page in self._pages(self._layout.table("ocpp_tag"), "ocpp_tag_pk"):
            yield page

    async def transactions(self, at_once: int = AT_ONCE) -> AsyncIterator[list[Started]]:
        """In the order of their numbers."""
        last = 0
        while page := await self._database.read(_transactions, self._layout, last, at_once):
            yield page
            last = page[-1].start["transaction_pk"]

    async def next_start(self, start: Row) -> Later | None:
        """Where and how the next transaction at the same outlet began."""
        return await self._database.read(_next_start, self._layout, start)

    async def samples_of(self, transactions: Sequence[int]) -> dict[int, list[Row]]:
        """What was measured in each of `transactions`, in the order of time."""
        return await self._database.read(_samples_of, self._layout, transactions)

    async def orphan_stops(self) -> list[Row]:
        """The stops of transactions that SteVe does not know, each once."""
        return await self._database.read(_orphan_stops, self._layout)

    async def outlets(self) -> AsyncIterator[list[Row]]:
        """All outlets: `charge_box_id`, `outlet_id`, `outlet_pk`."""
        layout = self._layout
        outlets = layout.table(layout.outlets)
        renamed = select(
            outlets.c[layout.outlet_key].label("outlet_pk"),
            outlets.c[f"{layout.outlets}_id"].label("outlet_id"),
            outlets.c.charge_box_id,
        ).subquery()
        async for page in self._pages(renamed, "outlet_pk"):
            yield page

    async def idle_samples(self, outlet: int) -> AsyncIterator[list[Row]]:
        """What was measured at an outlet outside of transactions, in the order of time, whole instants together."""
        after: datetime | None = None
        while page := await self._database.read(_idle_samples, self._layout, outlet, after, SAMPLES_AT_ONCE):
            yield page
            after = page[-1]["value_timestamp"]

    async def _pages(self, of: Any, key: str) -> AsyncIterator[list[Row]]:
        last = -1
        while page := await self._database.read(_page, of, key, last):
            yield page
            last = page[-1][key]


async def open_steve(database: Database) -> SteveSource:
    """SteVe's data in `database`. Raises `SettingsError` if there is none, `Unavailable` if it cannot be reached."""
    if database.dialect_name != "mysql":
        raise SettingsError("SteVe keeps its data in MySQL or MariaDB: mysql://user:password@host/stevedb")
    return SteveSource(database, await database.read(_layout))


def _layout(connection: Connection) -> Layout:
    looking = inspect(connection)
    tables = set(looking.get_table_names())
    outlets = "evse" if "evse" in tables else "connector"
    missing = [name for name in (*_NEEDED, outlets) if name not in tables]
    if missing:
        raise SettingsError(f"this is no database of SteVe 3: it has no table {missing[0]}")
    wanted = [name for name in (*_NEEDED, outlets, "transaction_stop_failed") if name in tables]
    columns = {name: tuple(one["name"] for one in looking.get_columns(name)) for name in wanted}
    return Layout(columns, outlets)


def _rows(connection: Connection, statement: Select[Any]) -> list[Row]:
    return [dict(row._mapping) for row in connection.execute(statement)]  # noqa: SLF001 - public in spite of its name


def _page(connection: Connection, of: Any, key: str, last: int) -> list[Row]:
    return _rows(connection, select(of).where(of.c[key] > last).order_by(of.c[key]).limit(AT_ONCE))


# --- transactions ---------------------------------------------------------------------------------------------


def _transactions(connection: Connection, layout: Layout, last: int, at_once: int) -> list[Started]:
    starts = _rows(connection, _starts(layout, last, at_once))
    numbers = [start["transaction_pk"] for start in starts]
    stops = _grouped(_rows(connection, _stops_of(layout.table("transaction_stop"), numbers)))
    failed: dict[int, list[Row]] = {}
    if "transaction_stop_failed" in layout.columns:
        failed = _grouped(_rows(connection, _stops_of(layout.table("transaction_stop_failed"), numbers)))
    return [
        Started(start, stops.get(number, []), failed.get(number, []))
        for number, start in zip(numbers, starts, strict=True)
    ]


def _starts(layout: Layout, last: int, at_once: int) -> Select[Any]:
    starts, outlets = layout.table("transaction_start"), layout.table(layout.outlets)
    joined = starts.join(outlets, starts.c[layout.outlet_key] == outlets.c[layout.outlet_key])
    statement = select(
        *(
            starts.c[name]
            for name in ("transaction_pk", "event_timestamp", "id_tag", "start_timestamp", "start_value")
        ),
        starts.c[layout.outlet_key].label("outlet_pk"),
        outlets.c[f"{layout.outlets}_id"].label("outlet_id"),
        outlets.c.charge_box_id,
    )
    wanted = statement.select_from(joined).where(starts.c.transaction_pk > last)
    return wanted.order_by(starts.c.transaction_pk).limit(at_once)


def _stops_of(stops: TableClause, numbers: Sequence[int]) -> Select[Any]:
    of_failed = [stops.c.charge_box_id] if "charge_box_id" in stops.c else []
    columns = (stops.c.transaction_pk, *(stops.c[name] for name in _STOP), *of_failed)
    return select(*columns).where(stops.c.transaction_pk.in_(numbers)).order_by(stops.c.transaction_pk)


def _grouped(rows: Iterable[Row]) -> dict[int, list[Row]]:
    return {number: list(group) for number, group in groupby(rows, key=lambda row: row["transaction_pk"])}


def _next_start(connection: Connection, layout: Layout, start: Row) -> Later | None:
    starts = layout.table("transaction_start")
    later = select(starts.c.start_timestamp, starts.c.start_value).where(
        starts.c[layout.outlet_key] == start["outlet_pk"], starts.c.start_timestamp > start["start_timestamp"]
    )
    row = connection.execute(later.order_by(starts.c.start_timestamp).limit(1)).first()
    return None if row is None else Later(row[0], row[1])


def _orphan_stops(connection: Connection, layout: Layout) -> list[Row]:
    if "transaction_stop_failed" not in layout.columns:
        return []
    stops, starts = layout.table("transaction_stop_failed"), layout.table("transaction_start")
    known = select(literal_column("1")).where(starts.c.transaction_pk == stops.c.transaction_pk).exists()
    columns = [
        stops.c[name] for name in ("charge_box_id", "transaction_pk", *_STOP) if name != "event_timestamp"
    ]
    told = select(*columns, stops.c.stop_timestamp.label("event_timestamp")).where(~known).distinct()
    return _rows(connection, told.order_by(stops.c.stop_timestamp))


# --- samples --------------------------------------------------------------------------------------------------


def _samples_of(connection: Connection, layout: Layout, transactions: Sequence[int]) -> dict[int, list[Row]]:
    samples = layout.table("connector_meter_value")
    columns = (samples.c.transaction_pk, *(samples.c[name] for name in _SAMPLE))
    wanted = select(*columns).where(samples.c.transaction_pk.in_(transactions))
    return _grouped(_rows(connection, wanted.order_by(samples.c.transaction_pk, samples.c.value_timestamp)))


def _idle_samples(
    connection: Connection, layout: Layout, outlet: int, after: datetime | None, at_once: int
) -> list[Row]:
    """A page, without its last instant if there is more of it."""
    samples = layout.table("connector_meter_value")
    at = samples.c.value_timestamp
    here = and_(samples.c[layout.outlet_key] == outlet, samples.c.transaction_pk.is_(None), at.is_not(None))
    wanted = select(*(samples.c[name] for name in _SAMPLE)).where(here).order_by(at)
    if after is not None:
        wanted = wanted.where(at > after)
    rows = _rows(connection, wanted.limit(at_once))
    if len(rows) < at_once:
        return rows
    whole = [row for row in rows if row["value_timestamp"] != rows[-1]["value_timestamp"]]
    return whole or _rows(connection, wanted.where(at == rows[-1]["value_timestamp"]))
