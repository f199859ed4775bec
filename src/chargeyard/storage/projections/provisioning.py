"""Charge points: who they are and whether they are connected → `charge_point`, `node`."""

from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, or_, true, update

from chargeyard.domain.events import (
    ChargePointBooted,
    ChargePointChanged,
    ChargePointConnected,
    ChargePointDisconnected,
    ChargePointRegistered,
    ChargePointRemoved,
    ChargePointsSeen,
    NodeStarted,
)
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import (
    charge_point,
    connector,
    customer_information,
    item,
    job,
    listing,
    local_list,
    local_list_entry,
    node,
    reservation,
    variable,
)

_OF = charge_point.c.id == bindparam("of")

_CONNECT = update(charge_point).where(_OF, charge_point.c.epoch < bindparam("newer_epoch"))
_DISCONNECT = update(charge_point).where(
    _OF, charge_point.c.epoch == bindparam("of_epoch"), charge_point.c.online == true()
)
_SEE = update(charge_point).where(
    charge_point.c.id.in_(bindparam("those", expanding=True)),
    or_(charge_point.c.last_seen_at.is_(None), charge_point.c.last_seen_at < bindparam("later")),
)
_CHANGE = update(charge_point).where(_OF)
_START = upsert(node, "started_at")
_ALL_OFFLINE = update(charge_point).where(charge_point.c.online == true()).values(online=False)


def registered(connection: Connection, events: Sequence[ChargePointRegistered]) -> None:
    rows = [
        {
            "id": event.charge_point,
            "name": event.name,
            "registration": event.registration,
            "reading": event.reading,
            "credential": event.credential,
            "token": event.token,
            "registered_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(insert(charge_point), rows)


def changed(connection: Connection, events: Sequence[ChargePointChanged]) -> None:
    for event in events:
        fields = {
            name: getattr(event, name) for name in ("registration", "name", "credential", "token", "reading")
        }
        values = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
        if values:
            connection.execute(_CHANGE, {"of": event.charge_point, **values})


def removed(connection: Connection, events: Sequence[ChargePointRemoved]) -> None:
    of = [{"of": event.charge_point} for event in events]
    connection.execute(delete(charge_point).where(_OF), of)
    for table in (
        connector,
        variable,
        item,
        listing,
        reservation,
        local_list,
        local_list_entry,
        customer_information,
        job,
    ):
        connection.execute(delete(table).where(table.c.charge_point == bindparam("of")), of)


def connected(connection: Connection, events: Sequence[ChargePointConnected]) -> None:
    rows = [
        {
            "of": event.charge_point,
            "newer_epoch": event.epoch,
            "online": True,
            "epoch": event.epoch,
            "subprotocol": event.subprotocol,
            "remote": event.remote,
            "security_profile": event.security_profile,
            "connected_at": event.recorded_at,
            "last_seen_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(_CONNECT, rows)


def disconnected(connection: Connection, events: Sequence[ChargePointDisconnected]) -> None:
    rows = [
        {
            "of": event.charge_point,
            "of_epoch": event.epoch,
            "online": False,
            "disconnected_at": event.recorded_at,
        }
        for event in events
    ]
    connection.execute(_DISCONNECT, rows)


def seen(connection: Connection, events: Sequence[ChargePointsSeen]) -> None:
    """A statement for all who were seen at the same instant; rows are locked in the order of their keys."""
    at_once: dict[datetime, set[str]] = {}
    for event in events:
        for identity, at in event.seen.items():
            at_once.setdefault(at, set()).add(identity)
    for at in sorted(at_once):
        connection.execute(_SEE, {"those": sorted(at_once[at]), "later": at, "last_seen_at": at})


def node_started(connection: Connection, events: Sequence[NodeStarted]) -> None:
    """One node serves all charge points, so none is connected when it starts."""
    for event in events:
        connection.execute(_ALL_OFFLINE, {"disconnected_at": event.recorded_at})
    rows = [{"name": event.node, "started_at": event.recorded_at} for event in events]
    _START.execute(connection, rows)


def booted(connection: Connection, events: Sequence[ChargePointBooted]) -> None:
    """The registration stays as it is: an operator decides it, a boot is only answered with it."""
    rows = [
        {
            "of": event.charge_point,
            "booted_at": event.recorded_at,
            "vendor": event.vendor,
            "model": event.model,
            "serial_number": event.serial_number,
            "box_serial_number": event.box_serial_number,
            "firmware_version": event.firmware_version,
            "iccid": event.iccid,
            "imsi": event.imsi,
            "meter_type": event.meter_type,
            "meter_serial_number": event.meter_serial_number,
            "boot_reason": event.reason,
        }
        for event in events
    ]
    connection.execute(_CHANGE, rows)
