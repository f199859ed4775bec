"""Connector states → `connector`."""

from collections.abc import Sequence

from sqlalchemy import Connection

from chargeyard.domain.events import ConnectorStatusChanged
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import connector

_STATE = ("status", "error_code", "at", "info", "vendor_id", "vendor_error_code")


def status_changed(connection: Connection, events: Sequence[ConnectorStatusChanged]) -> None:
    """An older state never replaces a newer one: messages overtake each other (field quirk 44)."""
    statement = upsert(connector, *_STATE, unless_older="at")
    columns = ("charge_point", "evse", "connector", *_STATE)
    connection.execute(statement, [{name: getattr(event, name) for name in columns} for event in events])
