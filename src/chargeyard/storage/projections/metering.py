"""Meter values → `meter_value`: the hot path."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

import msgspec
from sqlalchemy import Connection

from chargeyard.domain.events import MeterValuesTaken
from chargeyard.domain.metering import Reading
from chargeyard.storage.dialect import insert_once
from chargeyard.storage.tables import meter_value

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_INSERT = insert_once(meter_value, ("charge_point", "evse", "at", "digest"), filled="transaction_id")


def taken(connection: Connection, events: Sequence[MeterValuesTaken]) -> None:
    """One row for each reading. A reading told again is stored once, and may tell its transaction later."""
    rows = [_row(event, reading) for event in events for reading in event.readings]
    if rows:
        connection.execute(_INSERT, rows)


def _row(event: MeterValuesTaken, reading: Reading) -> dict[str, Any]:
    samples = _ENCODER.encode(reading.samples)
    summary = reading.summary
    return {
        "charge_point": event.charge_point,
        "evse": event.evse,
        "at": reading.at,
        "digest": crc32(samples),
        "transaction_id": event.transaction,
        "energy_wh": summary.energy_wh,
        "export_wh": summary.export_wh,
        "power_w": summary.power_w,
        "current_a": summary.current_a,
        "voltage_v": summary.voltage_v,
        "soc_percent": summary.soc_percent,
        "samples": samples.decode(),
        "said": reading.said,
    }
