"""Meter values of a transaction."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, or_, select

from chargeyard.domain.records import MeterValueRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import from_microseconds, meter_value, to_microseconds


def list_records(connection: Connection, transaction: int, paging: Paging) -> Page[MeterValueRecord]:
    """In the order of time."""
    wanted = select(meter_value).where(meter_value.c.transaction_id == transaction)
    if paging.cursor is not None:
        microseconds, number = read_cursor(paging.cursor, tuple[int, int])
        at = from_microseconds(microseconds)
        wanted = wanted.where(meter_value.c.at >= at, or_(meter_value.c.at > at, meter_value.c.id > number))
    rows = connection.execute(
        wanted.order_by(meter_value.c.at, meter_value.c.id).limit(paging.limit + 1)
    ).all()
    return page_of(rows, paging.limit, _records, lambda row: (to_microseconds(row.at), row.id))


def _records(rows: Sequence[Row[Any]]) -> list[MeterValueRecord]:
    return [
        MeterValueRecord(
            id=row.id,
            charge_point=row.charge_point,
            evse=row.evse,
            at=row.at,
            samples=msgspec.Raw(row.samples.encode()),
            transaction=row.transaction_id,
            energy_wh=row.energy_wh,
            export_wh=row.export_wh,
            power_w=row.power_w,
            current_a=row.current_a,
            voltage_v=row.voltage_v,
            soc_percent=row.soc_percent,
        )
        for row in rows
    ]
