"""A database filled with years of charging, by a few large statements; the same rows every time."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, text

from chargeyard.storage import partitions
from chargeyard.storage.engine import Database
from chargeyard.storage.tables import Instant

BEGUN = datetime(2025, 10, 1, tzinfo=UTC)
"""When the first transaction began; the last one began a year later."""

SPAN_S = 365 * 86400
RUNNING = 1000
"""How many of the last transactions still run; each has its charge point to itself."""


class Size(Struct, frozen=True, kw_only=True):
    """How much there is."""

    charge_points: int = 10_000
    transactions: int = 300_000
    readings: int = 4
    """Of each transaction."""
    messages: int = 300_000
    id_tokens: int = 50_000
    part: int = 100_000
    """Transactions of one statement."""

    @property
    def step_s(self) -> int:
        """From one start to the next."""
        return max(SPAN_S // self.transactions, 1)


class Words(Struct, frozen=True):
    """How a database says numbers from one to another, a text with a number at its end, and so long after `BEGUN`."""

    numbers: str
    named: str
    after: str
    quoted: str = '"{}"'


_WORDS: Mapping[str, Words] = {
    "sqlite": Words(
        "(WITH RECURSIVE numbers(i) AS (SELECT {first} UNION ALL SELECT i + 1 FROM numbers WHERE i < {last})"
        " SELECT i FROM numbers) AS n",
        "'{prefix}' || CAST({number} AS TEXT)",
        "(:begun + ({seconds}) * 1000000)",
    ),
    "postgresql": Words(
        "generate_series({first}, {last}) AS n(i)",
        "'{prefix}' || CAST({number} AS TEXT)",
        "(CAST(:begun AS timestamptz) + ({seconds}) * INTERVAL '1 second')",
    ),
    "mysql": Words(
        "(SELECT seq AS i FROM seq_{first}_to_{last}) AS n",
        "CONCAT('{prefix}', {number})",
        "TIMESTAMPADD(SECOND, {seconds}, :begun)",
        "`{}`",
    ),
}
"""MariaDB counts with its sequence engine; MySQL has none."""

_SAMPLES = (
    '[{{"value":1500.0}},{{"value":11000,"measurand":"Power.Active.Import","unit":"W"}},'
    '{{"value":16,"measurand":"Current.Import","unit":"A"}}]'
)


class Filling:
    """The statements for one database."""

    def __init__(self, database: Database, size: Size) -> None:
        self._database = database
        self._size = size
        self._words = _WORDS[database.dialect_name]

    async def fill(self) -> None:
        """Put everything in, and let the database look at how its values are spread."""
        if self._database.dialect_name == "postgresql":
            await self._database.alone(_make_months)
        size = self._size
        await self._run(_CHARGE_POINTS, 1, size.charge_points)
        await self._run(_CONNECTORS, 1, size.charge_points)
        for first in range(1, size.transactions + 1, size.part):
            last = min(first + size.part - 1, size.transactions)
            await self._run(_TRANSACTIONS, first, last)
            for reading in range(size.readings):
                await self._run(_READINGS, first, last, reading)
        for first in range(1, size.messages + 1, size.part):
            await self._run(_MESSAGES, first, min(first + size.part - 1, size.messages))
        for statement in _ANALYZE[self._database.dialect_name]:
            await self._database.alone(_execute, statement, {})

    async def _run(self, template: str, first: int, last: int, reading: int = 0) -> None:
        statement = template.format(
            numbers=self._words.numbers.format(first=first, last=last),
            charge_point=self._named(
                "CP", f"1 + i % {self._size.charge_points} * 7919 % {self._size.charge_points}"
            ),
            this_one=self._named("CP", "i"),
            wire_id=self._named("", "i"),
            start_key=self._named("s:", "i"),
            id_token=self._named("tag", f"i % {self._size.id_tokens}"),
            began=self._after(f"i * {self._size.step_s}"),
            ended=self._after(f"i * {self._size.step_s} + 3600"),
            at=self._after(f"i * {self._size.step_s} + {reading} * 900"),
            begun=self._after("0"),
            running=self._size.transactions - min(RUNNING, self._size.transactions // 10),
            reading=reading,
            authorization=self._words.quoted.format("authorization"),
            samples=_SAMPLES.replace("{{", "{").replace("}}", "}"),
        )
        binds = {"begun": BEGUN} if ":begun" in statement else {}
        await self._database.alone(_execute, statement, binds)

    def _named(self, prefix: str, number: str) -> str:
        return self._words.named.format(prefix=prefix, number=f"({number})")

    def _after(self, seconds: str) -> str:
        return self._words.after.format(seconds=seconds)


def _execute(connection: Connection, statement: str, binds: Mapping[str, Any]) -> None:
    instant = Instant()
    values = {name: instant.process_bind_param(value, connection.dialect) for name, value in binds.items()}
    # A colon within a text is none of ours.
    escaped = statement.replace('":', '"\\:').replace("'s:", "'s\\:")
    connection.execute(text(escaped), values)


def _make_months(connection: Connection) -> None:
    month = BEGUN
    while month < BEGUN + timedelta(seconds=SPAN_S + 7200):
        partitions.make(connection, partitions.month_of(month))
        month = partitions.next_month(partitions.month_of(month))


_CHARGE_POINTS = """
    INSERT INTO charge_point (id, name, registration, reading, registered_at, online, epoch, vendor, model, serial_number)
    SELECT {this_one}, 'somewhere', CASE WHEN i % 100 = 0 THEN 'Pending' ELSE 'Accepted' END, '', {begun}, i % 10 <> 0,
        1, 'Acme', CASE WHEN i % 2 = 0 THEN 'Even' ELSE 'Odd' END, {wire_id} FROM {numbers}
"""
_CONNECTORS = """
    INSERT INTO connector (charge_point, evse, connector, status, error_code, at, info, vendor_id, vendor_error_code)
    SELECT {this_one}, 1, 1, 'Available', 'NoError', {begun}, '', '', '' FROM {numbers}
"""
_TRANSACTIONS = """
    INSERT INTO charging_transaction (id, charge_point, wire_id, start_key, evse, connector, id_token, id_token_key,
        {authorization}, started_at, start_said, start_recorded_at, meter_start_wh, stopped_at, stop_recorded_at,
        meter_stop_wh, energy_wh, completeness, roll_up)
    SELECT i, {charge_point}, {wire_id}, {start_key}, 1, 1, {id_token}, {id_token}, 'Accepted', {began}, '', {began}, 1000,
        CASE WHEN i <= {running} THEN {ended} END, CASE WHEN i <= {running} THEN {ended} END, 9000, 8000,
        CASE WHEN i <= {running} THEN 'reported' ELSE '' END, 0 FROM {numbers}
"""
_READINGS = """
    INSERT INTO meter_value (charge_point, evse, at, digest, transaction_id, energy_wh, power_w, soc_percent, samples, said)
    SELECT {charge_point}, 1, {at}, i, i, 1000 + {reading} * 2000, 11000, 50, '{samples}', '' FROM {numbers}
"""
_MESSAGES = """
    INSERT INTO message (charge_point, at, direction, text)
    SELECT {charge_point}, {began}, 'in', '[2,"1","Heartbeat",{{}}]' FROM {numbers}
"""
_TABLES = ("charge_point", "connector", "charging_transaction", "meter_value", "message")
_ANALYZE: Mapping[str, Sequence[str]] = {
    "sqlite": ("ANALYZE",),
    "postgresql": tuple(f"ANALYZE {table}" for table in _TABLES),
    "mysql": (f"ANALYZE TABLE {', '.join(_TABLES)}",),
}
