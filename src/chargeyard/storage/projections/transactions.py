"""Transactions → `charging_transaction`."""

from collections.abc import Sequence

from sqlalchemy import Connection, and_, bindparam, insert, or_, update

from chargeyard.domain.authorization import key_of
from chargeyard.domain.events import TransactionReopened, TransactionStarted, TransactionStopped
from chargeyard.storage.roll_up_tables import after_change
from chargeyard.storage.tables import charging_transaction

_STOP = (
    update(charging_transaction)
    .where(
        charging_transaction.c.id == bindparam("of"),
        charging_transaction.c.charge_point == bindparam("at_charge_point"),
        or_(
            charging_transaction.c.stopped_at.is_(None),
            and_(charging_transaction.c.completeness == "inferred", bindparam("known_how") == "reported"),
        ),
    )
    .values(roll_up=after_change(charging_transaction.c.roll_up))
)
"""The first end stays, but one that we only concluded gives way to what the charge point tells."""

_REOPEN = (
    update(charging_transaction)
    .where(
        charging_transaction.c.id == bindparam("of"),
        charging_transaction.c.charge_point == bindparam("at_charge_point"),
        charging_transaction.c.completeness == "inferred",
    )
    .values(
        roll_up=after_change(charging_transaction.c.roll_up),
        stopped_at=None,
        stop_said="",
        stop_recorded_at=None,
        meter_stop_wh=None,
        energy_wh=0,
        quality="ok",
        reason="",
        completeness="",
    )
)


def started(connection: Connection, events: Sequence[TransactionStarted]) -> None:
    rows = [
        {
            "id": event.transaction,
            "charge_point": event.charge_point,
            "wire_id": event.wire_id,
            "start_key": event.start_key,
            "evse": event.evse,
            "connector": event.connector,
            "id_token": event.id_token,
            "id_token_key": key_of(event.id_token),
            "authorization": event.authorization,
            "reservation_id": event.reservation_id,
            "started_at": event.started_at,
            "start_said": event.said,
            "start_recorded_at": event.recorded_at,
            "meter_start_wh": event.meter_start_wh,
            "meter_start_at": event.meter_start_at,
            "remote_start_id": event.remote_start_id,
        }
        for event in events
    ]
    connection.execute(insert(charging_transaction), rows)


def stopped(connection: Connection, events: Sequence[TransactionStopped]) -> None:
    rows = [
        {
            "of": event.transaction,
            "at_charge_point": event.charge_point,
            "known_how": event.completeness,
            "stopped_at": event.stopped_at,
            "stop_said": event.said,
            "stop_recorded_at": event.recorded_at,
            "meter_stop_wh": event.meter_stop_wh,
            "energy_wh": event.energy_wh,
            "quality": event.quality,
            "reason": event.reason,
            "completeness": event.completeness,
            "stop_id_token": event.id_token,
        }
        for event in events
    ]
    connection.execute(_STOP, rows)


def reopened(connection: Connection, events: Sequence[TransactionReopened]) -> None:
    """Only an end that we had concluded is taken back."""
    rows = [{"of": event.transaction, "at_charge_point": event.charge_point} for event in events]
    connection.execute(_REOPEN, rows)
