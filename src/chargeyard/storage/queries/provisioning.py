"""Charge points: as a handshake needs them, and as readers see them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, func, select

from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import REMEMBERED, ChargePoint, Connector, Transaction
from chargeyard.domain.records import ChargePointRecord, ConnectorRecord, Page, TransactionRecord
from chargeyard.services.ports import ChargePointFilter, Loaded, Paging
from chargeyard.storage.queries import items, reservations, transactions
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import charge_point, connector

_SEARCHED = ("id", "name", "vendor", "model", "serial_number")
_PLAIN = (
    *(
        "id",
        "name",
        "reading",
        "online",
        "registered_at",
        "epoch",
        "subprotocol",
        "remote",
        "security_profile",
    ),
    *("connected_at", "disconnected_at", "last_seen_at", "booted_at", "vendor", "model", "serial_number"),
    *("box_serial_number", "firmware_version", "iccid", "imsi", "meter_type", "meter_serial_number"),
    *("firmware_status", "log_status"),
)
"""The columns that a record shows as they are."""


# --- for sessions ---------------------------------------------------------------------------------------------


def load(connection: Connection, identities: Sequence[str]) -> dict[str, Loaded]:
    """The charge points `identities` that exist: eight statements, however many they are."""
    return _loaded(connection, select(charge_point).where(charge_point.c.id.in_(identities)))


def load_by_token(connection: Connection, tokens: Sequence[bytes]) -> dict[bytes, Loaded]:
    """The charge points of those of `tokens` that exist."""
    loaded = _loaded(connection, select(charge_point).where(charge_point.c.token.in_(tokens)))
    return {one.token: one for one in loaded.values() if one.token is not None}


def _loaded(connection: Connection, wanted: Select[Any]) -> dict[str, Loaded]:
    loaded = {row.id: _handshake(row) for row in connection.execute(wanted)}
    if not loaded:
        return loaded
    for row in connection.execute(select(connector).where(connector.c.charge_point.in_(loaded))):
        states = loaded[row.charge_point].state.connectors
        states[row.evse, row.connector] = Connector(row.status, row.error_code, row.at)
    for identity, transactions_of_it in _remembered(connection, loaded).items():
        loaded[identity].state.transactions = {one.number: one for one in transactions_of_it}
    for identity in items.holders(connection, loaded, "ChargingProfile"):
        loaded[identity].state.may_hold_profiles = True
    for identity in reservations.holders(connection, loaded):
        loaded[identity].state.may_hold_reservations = True
    return loaded


def _remembered(connection: Connection, identities: Iterable[str]) -> dict[str, list[Transaction]]:
    """The last closed transactions of each charge point and then its open ones, oldest first."""
    found: dict[str, list[Transaction]] = {}
    for identity, transaction in transactions.last_closed_of(connection, identities, REMEMBERED):
        of_it = found.setdefault(identity, [])
        if len(of_it) < REMEMBERED:
            of_it.insert(0, transaction)
    for identity, transaction in transactions.open_of(connection, identities):
        found.setdefault(identity, []).append(transaction)
    return found


def _handshake(row: Row[Any]) -> Loaded:
    state = ChargePoint(
        id=row.id,
        registration=Registration(row.registration),
        booted=row.booted_at is not None,
        firmware_version=row.firmware_version if row.booted_at is not None else None,
        epoch=row.epoch,
        may_hold_profiles=False,
        may_hold_reservations=False,
    )
    return Loaded(state, row.credential, row.token, row.reading)


# --- for readers ----------------------------------------------------------------------------------------------


def find_record(connection: Connection, identity: str) -> ChargePointRecord | None:
    rows = connection.execute(select(charge_point).where(charge_point.c.id == identity)).all()
    return next(iter(_records(connection, rows)), None)


def list_records(
    connection: Connection, wanted: ChargePointFilter, paging: Paging
) -> Page[ChargePointRecord]:
    """By id."""
    statement = _filtered(select(charge_point), wanted, connection.dialect.name)
    if paging.cursor is not None:
        statement = statement.where(charge_point.c.id > read_cursor(paging.cursor, str))
    rows = connection.execute(statement.order_by(charge_point.c.id).limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, lambda shown: _records(connection, shown), lambda row: row.id)


def _place(kind: str) -> Callable[..., ColumnElement[int]]:
    """Where a text is in another one, 0: nowhere. Patterns take PostgreSQL several times as long."""
    return func.strpos if kind == "postgresql" else func.instr


def _searched() -> ColumnElement[str]:
    """All that is looked through, as one text, without case."""
    first, *others = (charge_point.c[name] for name in _SEARCHED)
    text: ColumnElement[str] = first
    for column in others:
        text = text + "\n" + column
    return func.lower(text)


def _filtered(statement: Select[Any], wanted: ChargePointFilter, kind: str) -> Select[Any]:
    if wanted.online is not None:
        statement = statement.where(charge_point.c.online.is_(wanted.online))
    if wanted.registration is not None:
        statement = statement.where(charge_point.c.registration == wanted.registration)
    if wanted.text:
        statement = statement.where(_place(kind)(_searched(), func.lower(wanted.text)) > 0)
    return statement


def _records(connection: Connection, rows: Sequence[Row[Any]]) -> list[ChargePointRecord]:
    connectors = _connectors(connection, [row.id for row in rows])
    return [_record(row, tuple(connectors.get(row.id, ()))) for row in rows]


def _record(row: Row[Any], connectors: tuple[ConnectorRecord, ...]) -> ChargePointRecord:
    return ChargePointRecord(
        **{name: getattr(row, name) for name in _PLAIN},
        registration=Registration(row.registration),
        has_password=row.credential is not None,
        has_token=row.token is not None,
        connectors=connectors,
    )


def _connectors(connection: Connection, identities: Iterable[str]) -> dict[str, list[ConnectorRecord]]:
    running = {
        (one.charge_point, one.evse, one.connector): one
        for one in transactions.running_at(connection, identities)
    }
    wanted = select(connector).where(connector.c.charge_point.in_(identities))
    found: dict[str, list[ConnectorRecord]] = {}
    for row in connection.execute(wanted.order_by(connector.c.evse, connector.c.connector)):
        found.setdefault(row.charge_point, []).append(_connector(row, running))
    return found


def _connector(row: Row[Any], running: Mapping[tuple[str, int, int], TransactionRecord]) -> ConnectorRecord:
    # One that names only the EVSE counts for all of its connectors.
    named = running.get((row.charge_point, row.evse, row.connector))
    transaction = named or running.get((row.charge_point, row.evse, 0))
    return ConnectorRecord(
        evse=row.evse,
        connector=row.connector,
        status=row.status,
        error_code=row.error_code,
        at=row.at,
        info=row.info,
        vendor_id=row.vendor_id,
        vendor_error_code=row.vendor_error_code,
        transaction=transaction.id if transaction else None,
        power_w=transaction.power_w if transaction else None,
        energy_wh=transaction.energy_wh if transaction else None,
        soc_percent=transaction.soc_percent if transaction else None,
        charging_state=transaction.charging_state if transaction else "",
    )
