"""Whether a database keeps what the witnesses were promised: a look into its tables, past all of our own code.

Nothing acknowledged may be missing (`lost`), and at the end nothing may be there twice or unasked (`too many`). Of
what was sent and not answered yet nothing can be said, so that look is for when everybody has finished.
"""

import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.engine import make_url

from tests.databases import statements
from tests.e2e.witnesses import Payload, Promise, Witness

Row = tuple[Any, ...]
Rows = Counter[Row]

_TRANSACTIONS = """
    SELECT charge_point, wire_id, started_at, meter_start_wh, stopped_at, meter_stop_wh, quality
    FROM charging_transaction
"""
_METER_VALUES = """
    SELECT value.charge_point, wire_id, value.at, value.energy_wh
    FROM meter_value AS value LEFT JOIN charging_transaction ON charging_transaction.id = value.transaction_id
"""
_EVENTS = """
    SELECT event.charge_point, wire_id, event.at, event.sequence
    FROM transaction_event AS event LEFT JOIN charging_transaction ON charging_transaction.id = event.transaction_id
"""
_KEPT = "SELECT charge_point, kind, body FROM kept_report"


async def broken_promises(url: str, witnesses: Sequence[Witness]) -> list[str]:
    """What the database at `url` lacks of the promises, holds twice, or holds without having been told."""
    parked = [f"parked: {row}" for row in await _rows(url, _KEPT)]
    return parked + [line async for line in _differences(url, witnesses)]


async def lost_promises(url: str, witnesses: Sequence[Witness]) -> list[str]:
    """What the database lacks, while some messages are still under way."""
    return [line async for line in _differences(url, witnesses) if " lost: " in line]


async def _differences(url: str, witnesses: Sequence[Witness]) -> AsyncIterator[str]:
    for what, query, promised in (
        ("transaction", _TRANSACTIONS, _transactions(witnesses)),
        ("meter value", _METER_VALUES, _meter_values(witnesses)),
        ("event", _EVENTS, _events(witnesses)),
    ):
        found = Counter(await _rows(url, query))
        for row in promised - found:
            yield f"{what} lost: {row}"
        for row in found - promised:
            yield f"{what} too many: {row}"


async def _rows(url: str, query: str) -> list[Row]:
    if not url.startswith("sqlite"):
        rows = await statements(url, query)
    else:
        with closing(sqlite3.connect(f"file:{make_url(url).database}?mode=ro", uri=True)) as connection:
            rows = connection.execute(query).fetchall()
    return [tuple(_plain(value) for value in row) for row in rows]


def _plain(value: Any) -> Any:
    """Instants are microseconds since 1970 on SQLite, and UTC of the server's own type elsewhere."""
    if isinstance(value, datetime):
        return int((value if value.tzinfo else value.replace(tzinfo=UTC)).timestamp())
    if isinstance(value, int) and value > _IN_MICROSECONDS:
        return value // 1_000_000
    return value


_IN_MICROSECONDS = 10**14
"""No witness's meter gets so far, and every instant is beyond."""


# --- what was promised ----------------------------------------------------------------------------------------


def _transactions(witnesses: Sequence[Witness]) -> Rows:
    """A row for each transaction; one that was not stopped yet has no end."""
    rows: dict[Row, Row] = {}
    for name, promise in _all(witnesses):
        begun, ended = _beginning(promise), _end(promise)
        if begun is not None:
            wire_id, meter = begun
            assert (name, wire_id) not in rows, f"{name}: two transactions are called {wire_id}"
            rows[name, wire_id] = (name, wire_id, _seconds(promise.payload), meter, None, None, "ok")
        if ended is not None:
            wire_id, meter = ended
            row = rows[name, wire_id]
            rows[name, wire_id] = (*row[:4], _seconds(promise.payload), meter, "ok")
    return Counter(rows.values())


def _beginning(promise: Promise) -> tuple[str, int] | None:
    if promise.action == "StartTransaction":
        return str(promise.answer["transactionId"]), promise.payload["meterStart"]
    return _phase(promise, "Started")


def _end(promise: Promise) -> tuple[str, int] | None:
    if promise.action == "StopTransaction":
        return str(promise.payload["transactionId"]), promise.payload["meterStop"]
    return _phase(promise, "Ended")


def _phase(promise: Promise, phase: str) -> tuple[str, int] | None:
    if promise.payload.get("eventType") != phase:
        return None
    [(_, meter)] = _readings(promise.payload)
    return promise.payload["transactionInfo"]["transactionId"], meter


def _meter_values(witnesses: Sequence[Witness]) -> Rows:
    return Counter(
        (name, _transaction_of(promise.payload), at, energy_wh)
        for name, promise in _all(witnesses)
        for at, energy_wh in _readings(promise.payload)
    )


def _events(witnesses: Sequence[Witness]) -> Rows:
    return Counter(
        (name, _transaction_of(payload), _seconds(payload), payload["seqNo"])
        for name, (action, payload, _) in _all(witnesses)
        if action == "TransactionEvent"
    )


def _all(witnesses: Sequence[Witness]) -> Iterator[tuple[str, Promise]]:
    return ((witness.identity, promise) for witness in witnesses for promise in witness.promises)


def _transaction_of(payload: Payload) -> str:
    info = payload.get("transactionInfo", payload)
    return str(info["transactionId"])


def _readings(payload: Payload) -> list[tuple[int, int]]:
    """Instants and energy, in Wh."""
    values = payload.get("meterValue", [])
    return [(_seconds(value), int(value["sampledValue"][0]["value"])) for value in values]


def _seconds(told: Payload) -> int:
    return int(datetime.fromisoformat(told["timestamp"]).timestamp())
