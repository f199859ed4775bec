"""The events of transactions → `transaction_event`, and what they change in `charging_transaction`."""

from collections.abc import Sequence
from typing import Any
from zlib import crc32

from msgspec import UNSET
from sqlalchemy import Connection, Dialect, bindparam, or_, update

from chargeyard.domain.authorization import key_of
from chargeyard.domain.events import TransactionAdvanced, TransactionDetailed
from chargeyard.storage.dialect import insert_new, write_rows
from chargeyard.storage.roll_up_tables import after_change
from chargeyard.storage.tables import Instant, charging_transaction, transaction_event

_INSTANT = Instant()
_COLUMNS = (
    *("charge_point", "transaction_id", "sequence", "digest", "at", "recorded_at"),
    *("phase", "trigger", "charging_state", "is_offline", "payload", "said"),
)
_INSERT = insert_new(transaction_event)
_OF = (
    charging_transaction.c.id == bindparam("of"),
    charging_transaction.c.charge_point == bindparam("at_charge_point"),
)
_CHANGE_STATE = update(charging_transaction).where(
    *_OF,
    or_(
        charging_transaction.c.charging_state_sequence.is_(None),
        charging_transaction.c.charging_state_sequence < bindparam("later_sequence"),
    ),
)
"""The state moves forward only, and of two events with one number the first one stays."""
_DETAIL = (
    update(charging_transaction).where(*_OF).values(roll_up=after_change(charging_transaction.c.roll_up))
)
_DETAILS = (
    *("evse", "connector", "id_token", "authorization"),
    *("started_at", "meter_start_wh", "meter_start_at", "reservation_id"),
    *("meter_stop_wh", "energy_wh", "quality", "remote_start_id", "stop_id_token"),
)


def advanced(connection: Connection, events: Sequence[TransactionAdvanced]) -> None:
    """An event told again is stored once."""
    dialect = connection.dialect
    write_rows(connection, _INSERT, _COLUMNS, [_row(event, dialect) for event in events])
    states = [
        {
            "of": event.transaction,
            "at_charge_point": event.charge_point,
            "later_sequence": event.sequence,
            "charging_state": event.charging_state,
            "charging_state_sequence": event.sequence,
        }
        for event in events
        if event.charging_state
    ]
    if states:
        connection.execute(_CHANGE_STATE, states)


def _row(event: TransactionAdvanced, dialect: Dialect) -> tuple[Any, ...]:
    return (
        event.charge_point,
        event.transaction,
        event.sequence,
        crc32(event.payload.encode()),
        _INSTANT.process_bind_param(event.at, dialect),
        _INSTANT.process_bind_param(event.recorded_at, dialect),
        event.phase,
        event.trigger,
        event.charging_state,
        event.is_offline,
        event.payload,
        event.said,
    )


def detailed(connection: Connection, events: Sequence[TransactionDetailed]) -> None:
    """Only what is told is changed."""
    for event in events:
        fields = {name: getattr(event, name) for name in _DETAILS}
        values = {name: value for name, value in fields.items() if value is not UNSET}
        if "id_token" in values:
            values["id_token_key"] = key_of(values["id_token"])
        if values:
            of = {"of": event.transaction, "at_charge_point": event.charge_point}
            connection.execute(_DETAIL, {**of, **values})
