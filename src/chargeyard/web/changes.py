"""What each event changes in the yard.

Events are told in the order of their commits. Being told one twice changes nothing, because events carry values and
not differences; so a snapshot of the store may safely overlap with the events that follow it.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import msgspec
from msgspec.structs import replace

from chargeyard.domain import events
from chargeyard.domain.metering import Summary, energy_between
from chargeyard.domain.records import ChargePointRecord, ConnectorRecord, TransactionRecord
from chargeyard.web.yard import Yard


def apply(yard: Yard, event: events.Event) -> None:
    """Change what `event` changes; an event that the page does not show changes nothing."""
    change = _CHANGES.get(type(event))
    if change:
        change(yard, event)


def _registered(yard: Yard, event: events.ChargePointRegistered) -> None:
    yard.add(
        ChargePointRecord(
            id=event.charge_point,
            name=event.name,
            registration=event.registration,
            reading=event.reading,
            online=False,
            has_password=event.credential is not None,
            has_token=event.token is not None,
            registered_at=event.recorded_at,
        )
    )


def _renamed(yard: Yard, event: events.ChargePointChanged) -> None:
    told = {"name": event.name, "registration": event.registration}
    yard.amend(
        event.charge_point, **{key: value for key, value in told.items() if value is not msgspec.UNSET}
    )


def _removed(yard: Yard, event: events.ChargePointRemoved) -> None:
    yard.remove(event.charge_point)


def _connected(yard: Yard, event: events.ChargePointConnected) -> None:
    row = yard.rows.get(event.charge_point)
    if row and event.epoch < row.point.epoch:
        return
    at = event.recorded_at
    yard.amend(
        event.charge_point, online=True, epoch=event.epoch, connected_at=at, last_seen_at=at,
        subprotocol=event.subprotocol, remote=event.remote,
    )  # fmt: skip


def _disconnected(yard: Yard, event: events.ChargePointDisconnected) -> None:
    row = yard.rows.get(event.charge_point)
    if row and event.epoch >= row.point.epoch:
        yard.amend(event.charge_point, online=False, disconnected_at=event.recorded_at)


def _seen(yard: Yard, event: events.ChargePointsSeen) -> None:
    for charge_point, at in event.seen.items():
        if charge_point in yard.rows:
            yard.amend(charge_point, last_seen_at=at)


def _node_started(yard: Yard, event: events.NodeStarted) -> None:
    yard.stale = True


def _booted(yard: Yard, event: events.ChargePointBooted) -> None:
    yard.amend(
        event.charge_point, vendor=event.vendor, model=event.model,
        serial_number=event.serial_number, firmware_version=event.firmware_version,
        booted_at=event.recorded_at, last_seen_at=event.recorded_at,
    )  # fmt: skip


def _status_changed(yard: Yard, event: events.ConnectorStatusChanged) -> None:
    row = yard.rows.get(event.charge_point)
    known = row.point.connectors if row else ()
    here = (event.evse, event.connector)
    if any((one.evse, one.connector) == here and one.at > event.at for one in known):
        return  # messages may overtake each other; the newer state stays
    told = ConnectorRecord(
        evse=event.evse, connector=event.connector, status=event.status, error_code=event.error_code,
        at=event.at, info=event.info, vendor_id=event.vendor_id, vendor_error_code=event.vendor_error_code,
    )  # fmt: skip
    others = [one for one in known if (one.evse, one.connector) != here]
    connectors = sorted([*others, told], key=lambda one: (one.evse, one.connector))
    yard.amend(event.charge_point, connectors=tuple(connectors), last_seen_at=event.recorded_at)


def _started(yard: Yard, event: events.TransactionStarted) -> None:
    yard.begin(
        TransactionRecord(
            id=event.transaction,
            charge_point=event.charge_point,
            wire_id=event.wire_id,
            evse=event.evse,
            connector=event.connector,
            id_token=event.id_token,
            authorization=event.authorization,
            started_at=event.started_at,
            meter_start_wh=event.meter_start_wh,
        )
    )


def _advanced(yard: Yard, event: events.TransactionAdvanced) -> None:
    """The state moves forward only, and of two events with one number the first one stays."""
    transaction = yard.running.get(event.transaction)
    if transaction is None or not event.charging_state:
        return
    before = transaction.charging_state_sequence
    if before is None or before < event.sequence:
        state = {"charging_state": event.charging_state, "charging_state_sequence": event.sequence}
        yard.run(replace(transaction, **state))


def _detailed(yard: Yard, event: events.TransactionDetailed) -> None:
    """What is told late: where it is, whose, since when."""
    transaction = yard.running.get(event.transaction)
    if transaction is not None:
        told = {name: getattr(event, name) for name in _TOLD_LATE}
        yard.run(
            replace(transaction, **{name: one for name, one in told.items() if one is not msgspec.UNSET})
        )
    elif isinstance(event.energy_wh, int):
        yard.correct(event.transaction, event.energy_wh)


_TOLD_LATE = (
    *("evse", "connector", "id_token", "authorization", "started_at"),
    *("meter_start_wh", "meter_start_at", "reservation_id"),
)


def _stopped(yard: Yard, event: events.TransactionStopped) -> None:
    yard.end(event.transaction, event.energy_wh)


def _metered(yard: Yard, event: events.MeterValuesTaken) -> None:
    yard.amend(event.charge_point, last_seen_at=event.recorded_at)
    transaction = yard.running.get(event.transaction or 0)
    if transaction is None:
        return
    for reading in event.readings:
        transaction = _with_reading(transaction, reading.at, reading.summary)
    yard.run(transaction)


def _with_reading(transaction: TransactionRecord, at: datetime, told: Summary) -> TransactionRecord:
    """The transaction after one more reading; a late one, older than what is known, changes nothing.

    Power and state of charge are those of the last reading, as the store has them; energy that of the last one
    that told any.
    """
    if transaction.last_reading_at and at < transaction.last_reading_at:
        return transaction
    energy_wh = transaction.energy_wh
    if told.energy_wh is not None:
        energy_wh = energy_between(transaction.meter_start_wh, None, told.energy_wh).energy_wh
    return replace(
        transaction,
        last_reading_at=at,
        energy_wh=energy_wh,
        power_w=told.power_w,
        soc_percent=told.soc_percent,
    )


_CHANGES: Mapping[type[events.Event], Callable[[Yard, Any], None]] = {
    events.ChargePointRegistered: _registered,
    events.ChargePointChanged: _renamed,
    events.ChargePointRemoved: _removed,
    events.ChargePointConnected: _connected,
    events.ChargePointDisconnected: _disconnected,
    events.ChargePointsSeen: _seen,
    events.NodeStarted: _node_started,
    events.ChargePointBooted: _booted,
    events.ConnectorStatusChanged: _status_changed,
    events.TransactionStarted: _started,
    events.TransactionAdvanced: _advanced,
    events.TransactionDetailed: _detailed,
    events.TransactionStopped: _stopped,
    events.MeterValuesTaken: _metered,
}
