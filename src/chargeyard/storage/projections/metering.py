"""Meter values → `meter_value`: the hot path."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec
from sqlalchemy import Connection, Dialect

from chargeyard.domain.events import MeterValuesTaken
from chargeyard.domain.metering import Reading
from chargeyard.storage.dialect import insert_once, write_rows
from chargeyard.storage.projections.roll_ups import mark_late
from chargeyard.storage.tables import Instant, meter_value

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_INSTANT = Instant()
_COLUMNS = (
    *("charge_point", "evse", "at", "digest", "transaction_id"),
    *("energy_wh", "export_wh", "power_w", "current_a", "voltage_v", "soc_percent"),
    *("samples", "said"),
)
_INSERT = insert_once(meter_value, ("charge_point", "evse", "at", "digest"), filled="transaction_id")


def taken(connection: Connection, events: Sequence[MeterValuesTaken]) -> None:
    """One row for each reading. A reading told again is stored once, and may tell its transaction later."""
    dialect = connection.dialect
    rows = [_row(event, reading, dialect) for event in events for reading in event.readings]
    write_rows(connection, _INSERT, _COLUMNS, rows)
    mark_late(connection, events)


def _row(event: MeterValuesTaken, reading: Reading, dialect: Dialect) -> tuple[Any, ...]:
    samples = _ENCODER.encode(reading.samples)
    summary = reading.summary
    return (
        event.charge_point,
        event.evse,
        _INSTANT.process_bind_param(reading.at, dialect),
        crc32(samples),
        event.transaction,
        summary.energy_wh,
        summary.export_wh,
        summary.power_w,
        summary.current_a,
        summary.voltage_v,
        summary.soc_percent,
        samples.decode(),
        reading.said,
    )
