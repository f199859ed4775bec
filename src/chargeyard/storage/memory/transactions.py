"""What happens to transactions and their readings."""

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.accounts import NO_ACCOUNT, changed
from chargeyard.domain.metering import Reading
from chargeyard.domain.records import MeterValueRecord, TransactionEventRecord, TransactionRecord
from chargeyard.domain.roll_ups import LATE
from chargeyard.storage.memory.tables import Tables, refuse_if

_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DETAILS = (
    *("evse", "connector", "id_token", "authorization"),
    *("started_at", "meter_start_wh", "meter_start_at", "reservation_id"),
    *("meter_stop_wh", "energy_wh", "quality", "remote_start_id", "stop_id_token"),
)


def started(tables: Tables, event: e.TransactionStarted) -> None:
    """A transaction is there from now on."""
    natural_key = (event.charge_point, event.start_key)
    refuse_if(event.transaction in tables.transactions, "charging_transaction.id")
    refuse_if(natural_key in tables.starts, "charging_transaction.start_key")
    tables.starts[natural_key] = event.transaction
    tables.transactions[event.transaction] = TransactionRecord(
        id=event.transaction,
        charge_point=event.charge_point,
        wire_id=event.wire_id,
        evse=event.evse,
        connector=event.connector,
        id_token=event.id_token,
        authorization=event.authorization,
        started_at=event.started_at,
        meter_start_wh=event.meter_start_wh,
        meter_start_at=event.meter_start_at,
        reservation_id=event.reservation_id,
        remote_start_id=event.remote_start_id,
    )


def advanced(tables: Tables, event: e.TransactionAdvanced) -> None:
    """An event told again is stored once; the charging state moves forward only."""
    key = (event.transaction, event.sequence, event.payload)
    if key not in tables.transaction_events:
        tables.transaction_events[key] = _event(event, len(tables.transaction_events) + 1)
    known = tables.transactions.get(event.transaction)
    if known is None or known.charge_point != event.charge_point or not event.charging_state:
        return
    before = known.charging_state_sequence
    if before is None or before < event.sequence:
        tables.transactions[known.id] = replace(
            known, charging_state=event.charging_state, charging_state_sequence=event.sequence
        )


def _event(event: e.TransactionAdvanced, number: int) -> TransactionEventRecord:
    return TransactionEventRecord(
        id=number,
        charge_point=event.charge_point,
        transaction=event.transaction,
        sequence=event.sequence,
        at=event.at,
        recorded_at=event.recorded_at,
        phase=event.phase,
        trigger=event.trigger,
        charging_state=event.charging_state,
        is_offline=event.is_offline,
        payload=msgspec.Raw(event.payload.encode()),
        said=event.said,
    )


def detailed(tables: Tables, event: e.TransactionDetailed) -> None:
    """Only what is told is changed."""
    known = tables.transactions.get(event.transaction)
    if known is None or known.charge_point != event.charge_point:
        return
    fields = {name: getattr(event, name) for name in _DETAILS}
    told = {name: value for name, value in fields.items() if value is not UNSET}
    tables.transactions[event.transaction] = replace(known, **told)
    tables.rolled_up.discard(known.id)


def stopped(tables: Tables, event: e.TransactionStopped) -> None:
    """The first end stays, but an inferred one gives way to a reported one."""
    known = tables.transactions.get(event.transaction)
    if known is None or known.charge_point != event.charge_point:
        return
    corrects = known.completeness == "inferred" and event.completeness == "reported"
    if known.stopped_at is None or corrects:
        tables.stop_recorded[known.id] = event.recorded_at
        tables.rolled_up.discard(known.id)
        tables.transactions[event.transaction] = replace(
            known,
            stopped_at=event.stopped_at,
            meter_stop_wh=event.meter_stop_wh,
            energy_wh=event.energy_wh,
            quality=event.quality,
            reason=event.reason,
            completeness=event.completeness,
            stop_id_token=event.id_token,
        )


def reopened(tables: Tables, event: e.TransactionReopened) -> None:
    """Only an end that we had concluded is taken back."""
    known = tables.transactions.get(event.transaction)
    if known is None or known.charge_point != event.charge_point or known.completeness != "inferred":
        return
    tables.rolled_up.discard(known.id)
    nothing = {"stopped_at": None, "meter_stop_wh": None, "energy_wh": 0, "quality": "ok"}
    tables.transactions[known.id] = replace(known, reason="", completeness="", **nothing)


def accounted(tables: Tables, event: e.TransactionAccounted) -> None:
    """Only what is told is changed."""
    account = tables.accounts.get(event.transaction, NO_ACCOUNT)
    tables.accounts[event.transaction] = changed(account, event)


def meter_values_taken(tables: Tables, event: e.MeterValuesTaken) -> None:
    """A reading told again is stored once, and may tell its transaction later."""
    for reading in event.readings:
        if event.transaction is not None and abs(reading.at - event.recorded_at) > LATE:
            tables.rolled_up.discard(event.transaction)
        samples = _ENCODER.encode(reading.samples)
        key = (event.charge_point, event.evse, reading.at, samples)
        known = tables.meter_values.get(key)
        if known is None:
            tables.readings += 1
            tables.meter_values[key] = _meter_value(event, reading, samples, tables.readings)
        elif known.transaction is None:
            tables.meter_values[key] = replace(known, transaction=event.transaction)


def _meter_value(
    event: e.MeterValuesTaken, reading: Reading, samples: bytes, number: int
) -> MeterValueRecord:
    return MeterValueRecord(
        id=number,
        charge_point=event.charge_point,
        evse=event.evse,
        at=reading.at,
        samples=msgspec.Raw(samples),
        transaction=event.transaction,
        **msgspec.structs.asdict(reading.summary),
    )
