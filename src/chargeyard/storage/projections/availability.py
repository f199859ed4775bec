"""Connector states → `connector`."""

from collections.abc import Sequence

from sqlalchemy import Connection

from chargeyard.domain.events import ConnectorStatusChanged
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import connector

_STATE = ("status", "error_code", "at", "info", "vendor_id", "vendor_error_code")
_COLUMNS = ("charge_point", "evse", "connector", *_STATE)
_CHANGE = upsert(connector, *_STATE, unless_older="at")


def status_changed(connection: Connection, events: Sequence[ConnectorStatusChanged]) -> None:
    """An older state never replaces a newer one: messages overtake each other (field quirk 44)."""
    _CHANGE.execute(connection, [{name: getattr(event, name) for name in _COLUMNS} for event in events])
