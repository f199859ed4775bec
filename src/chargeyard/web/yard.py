"""The yard as the first page shows it: charge points and running transactions.

Pure: it is filled with records once and then changed by events (`changes`); nothing here reads a store or a clock.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any
from urllib.parse import urlencode

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.connectors import state_of
from chargeyard.domain.records import ChargePointRecord, ConnectorRecord, TransactionRecord

FAULTED = "Faulted"
PAGE = 50
MOST_ROWS = 500
"""So many rows a page may show: beyond that a person searches, and the browser stays quick."""
NO_ERROR = frozenset(("", "NoError"))


class Show(StrEnum):
    """Which charge points the page lists."""

    ALL = "all"
    ONLINE = "online"
    CHARGING = "charging"
    ATTENTION = "attention"


class Query(Struct, frozen=True):
    """What one page wants to see: `text` in id, name, vendor, model or serial number; at most `limit` rows."""

    text: str = ""
    show: Show = Show.ALL
    limit: int = PAGE

    def __post_init__(self) -> None:
        if not 0 < self.limit <= MOST_ROWS:
            raise ValueError(f"between 1 and {MOST_ROWS} rows")

    @property
    def more(self) -> "Query | None":
        """The same with a page more, or None where one should search instead."""
        return replace(self, limit=self.limit + PAGE) if self.limit + PAGE <= MOST_ROWS else None

    def encode(self) -> str:
        """As the query part of an address; what is usual is left out."""
        told = {"q": self.text, "show": self.show.value, "rows": self.limit}
        usual = {"q": "", "show": Show.ALL.value, "rows": PAGE}
        return urlencode({key: value for key, value in told.items() if value != usual[key]})


class Row(Struct, frozen=True):
    """A charge point with the transactions that run at it, oldest first."""

    point: ChargePointRecord
    running: tuple[TransactionRecord, ...] = ()

    @property
    def faulted(self) -> bool:
        """Some connector, or the charge point as a whole, reports a fault."""
        return any(c.status == FAULTED or c.error_code not in NO_ERROR for c in self.point.connectors)

    @property
    def lost(self) -> bool:
        """It was connected once and is not now."""
        return not self.point.online and self.point.connected_at is not None

    @property
    def needs_attention(self) -> bool:
        return self.lost or self.faulted

    def running_at(self, connector: ConnectorRecord) -> TransactionRecord | None:
        """The transaction at that connector; one that names only the EVSE counts for all of its connectors."""
        for transaction in self.running:
            if transaction.evse == connector.evse and transaction.connector in (0, connector.connector):
                return transaction
        return None

    def state_of(self, connector: ConnectorRecord) -> str:
        """What happens at that connector."""
        running = self.running_at(connector)
        return state_of(connector.status, running.charging_state if running else "")


class Totals(Struct, frozen=True):
    """The figures at the top. `energy_wh` is of the transactions that began today."""

    charge_points: int
    online: int
    connectors: int
    charging: int
    power_w: int
    energy_wh: int
    attention: int


class Window(Struct, frozen=True):
    """The part of the yard that a query shows; `matching` and `running` also count what the limit hides."""

    rows: tuple[Row, ...]
    matching: int
    transactions: tuple[TransactionRecord, ...]
    running: int


class Yard:
    """All charge points and the running transactions.

    `changed` collects the ids of charge points, `touched` the numbers of transactions that are not as they
    were; `forget_changes` empties both. `stale` tells that only reading the store again can help.
    """

    def __init__(
        self,
        points: Iterable[ChargePointRecord],
        running: Iterable[TransactionRecord],
        today: Iterable[TransactionRecord],
        midnight: datetime,
    ) -> None:
        self.rows: dict[str, Row] = {}
        self.running: dict[int, TransactionRecord] = {}
        self.changed: set[str] = set()
        self.touched: set[int] = set()
        self.stale = False
        self.midnight = midnight
        self._order: list[str] = []
        self._sums: Counter[str] = Counter()
        self._today: dict[int, int] = {transaction.id: transaction.energy_wh for transaction in today}
        self.running.update((transaction.id, transaction) for transaction in running)
        by_point = _by_charge_point(self.running.values())
        for point in points:
            self._put(Row(point, tuple(by_point.get(point.id, ()))))
        self.forget_changes()

    def forget_changes(self) -> None:
        """All changes have been shown."""
        self.changed.clear()
        self.touched.clear()

    def totals(self) -> Totals:
        """The figures over all charge points, whatever a page's query hides."""
        return Totals(
            charge_points=len(self.rows),
            online=self._sums["online"],
            connectors=self._sums["connectors"],
            charging=len(self.running),
            power_w=sum(transaction.power_w or 0 for transaction in self.running.values()),
            energy_wh=sum(self._today.values()),
            attention=self._sums["attention"],
        )

    def window(self, query: Query) -> Window:
        """What `query` shows, charge points by id, transactions with the newest first."""
        wanted = query.text.casefold().strip()
        if wanted or query.show is not Show.ALL:
            rows = [
                row for row in self._ordered() if _SHOWN[query.show](row) and _speaks_of(row.point, wanted)
            ]
        else:
            rows = list(islice(self._ordered(), query.limit))
        plain = not wanted and query.show is Show.ALL
        running = [one for one in self.running.values() if self._is_about(one, wanted)]
        running.sort(key=lambda one: (one.started_at, one.id), reverse=True)
        return Window(
            rows=tuple(rows[: query.limit]),
            matching=len(self.rows) if plain else len(rows),
            transactions=tuple(running[: query.limit]),
            running=len(running),
        )

    # --- what `changes` calls ---------------------------------------------------------------------

    def amend(self, charge_point: str, **fields: Any) -> None:
        """Set fields of a charge point; one that is not known may have been removed, and stays unknown."""
        row = self.rows.get(charge_point)
        if row:
            self._put(Row(replace(row.point, **fields), row.running))

    def add(self, point: ChargePointRecord) -> None:
        """A new charge point; one that is already here stays as it is."""
        if point.id not in self.rows:
            self._put(Row(point))

    def remove(self, charge_point: str) -> None:
        """Forget a charge point; its running transactions stay in their own list."""
        row = self.rows.pop(charge_point, None)
        if row:
            self._sums.subtract(_weight(row))
            del self._order[bisect_left(self._order, charge_point)]
            self.changed.add(charge_point)

    def run(self, transaction: TransactionRecord) -> None:
        """A transaction runs, or a running one has new values."""
        self.running[transaction.id] = transaction
        if transaction.id in self._today:
            self._today[transaction.id] = transaction.energy_wh
        self._settle(transaction)

    def begin(self, transaction: TransactionRecord) -> None:
        """A transaction has started; it counts for today."""
        if transaction.started_at >= self.midnight:
            self._today.setdefault(transaction.id, 0)
        if transaction.id not in self.running:
            self.run(transaction)

    def end(self, number: int, energy_wh: int) -> None:
        """A transaction has ended; a second, corrected end only changes its energy."""
        if number in self._today:
            self._today[number] = energy_wh
        transaction = self.running.pop(number, None)
        if transaction:
            self._settle(transaction)

    def correct(self, number: int, energy_wh: int) -> None:
        """The energy of a transaction that has ended is another."""
        if number in self._today and number not in self.running:
            self._today[number] = energy_wh

    # --- inside ----------------------------------------------------------------------------------------------

    def _settle(self, transaction: TransactionRecord) -> None:
        self.touched.add(transaction.id)
        row = self.rows.get(transaction.charge_point)
        if row:
            others = [one for one in row.running if one.id != transaction.id]
            running = [*others, transaction] if transaction.id in self.running else others
            self._put(Row(row.point, tuple(sorted(running, key=lambda one: one.id))))

    def _put(self, row: Row) -> None:
        before = self.rows.get(row.point.id)
        if before:
            self._sums.subtract(_weight(before))
        else:
            insort(self._order, row.point.id)
        self._sums.update(_weight(row))
        self.rows[row.point.id] = row
        self.changed.add(row.point.id)

    def _ordered(self) -> Iterator[Row]:
        return (self.rows[charge_point] for charge_point in self._order)

    def _is_about(self, transaction: TransactionRecord, wanted: str) -> bool:
        if not wanted or wanted in transaction.id_token.casefold():
            return True
        row = self.rows.get(transaction.charge_point)
        return row is not None and _speaks_of(row.point, wanted)


def _by_charge_point(transactions: Iterable[TransactionRecord]) -> dict[str, list[TransactionRecord]]:
    found: dict[str, list[TransactionRecord]] = {}
    for transaction in sorted(transactions, key=lambda one: one.id):
        found.setdefault(transaction.charge_point, []).append(transaction)
    return found


def _weight(row: Row) -> dict[str, int]:
    """What one charge point adds to the totals; kept as sums so that thousands need no counting."""
    return {
        "online": int(row.point.online),
        "connectors": sum(connector.evse > 0 for connector in row.point.connectors),
        "attention": int(row.needs_attention),
    }


def _speaks_of(point: ChargePointRecord, wanted: str) -> bool:
    texts = (point.id, point.name, point.vendor, point.model, point.serial_number)
    return not wanted or any(wanted in text.casefold() for text in texts)


_SHOWN: Mapping[Show, Callable[[Row], bool]] = {
    Show.ALL: lambda row: True,
    Show.ONLINE: lambda row: row.point.online,
    Show.CHARGING: lambda row: bool(row.running),
    Show.ATTENTION: lambda row: row.needs_attention,
}
