"""Local authorization lists → `local_list`, `local_list_entry`; what is told of customers → `customer_information`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, select, update

from chargeyard.domain.authorization import key_of
from chargeyard.domain.events import (
    CustomerInformationErased,
    CustomerInformationTold,
    LocalListDoubted,
    LocalListSent,
    LocalListVersionTold,
)
from chargeyard.domain.local_lists import body_of
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import customer_information, local_list, local_list_entry

_SAVE = upsert(local_list, "version", "is_known", "at")
_ENTER = upsert(local_list_entry, "id_token", "kind", "body", "is_carried")
_TELL = upsert(customer_information, "data", "at")


def told(connection: Connection, events: Sequence[LocalListVersionTold]) -> None:
    """An empty list, or none, is known; of another version than the known one nothing is."""
    for event in events:
        version, is_known = _known(connection, event.charge_point)
        if event.version <= 0:
            _empty(connection, event.charge_point)
        is_still_known = event.version <= 0 or (event.version == version and is_known)
        _save(connection, event, event.version, is_still_known)


def sent(connection: Connection, events: Sequence[LocalListSent]) -> None:
    for event in events:
        _, is_known = _known(connection, event.charge_point)
        if event.is_full:
            _empty(connection, event.charge_point)
        _remove(connection, event)
        rows = [_row(event, one) for one in {key_of(one.id_token): one for one in _kept(event)}.values()]
        if rows:
            _ENTER.execute(connection, rows)
        _save(connection, event, event.version, event.is_full or is_known)


def doubted(connection: Connection, events: Sequence[LocalListDoubted]) -> None:
    for event in events:
        here = local_list.c.charge_point == event.charge_point
        connection.execute(update(local_list).where(here).values(is_known=False, at=event.recorded_at))


def customer_told(connection: Connection, events: Sequence[CustomerInformationTold]) -> None:
    """A part that comes again replaces itself."""
    rows = [
        {
            "charge_point": event.charge_point,
            "request_id": event.request_id,
            "sequence": event.sequence,
            "data": event.data,
            "at": event.recorded_at,
        }
        for event in events
    ]
    _TELL.execute(connection, rows)


def customer_erased(connection: Connection, events: Sequence[CustomerInformationErased]) -> None:
    for event in events:
        connection.execute(
            delete(customer_information).where(
                customer_information.c.charge_point == event.charge_point,
                customer_information.c.request_id == event.request_id,
            )
        )


def _known(connection: Connection, charge_point: str) -> tuple[int, bool]:
    """Version and whether the contents are known; nobody has ever asked: they are not."""
    wanted = select(local_list.c.version, local_list.c.is_known)
    row = connection.execute(wanted.where(local_list.c.charge_point == charge_point)).one_or_none()
    return (row.version, row.is_known) if row is not None else (0, False)


def _save(
    connection: Connection, event: LocalListVersionTold | LocalListSent, version: int, is_known: bool
) -> None:
    row = {"charge_point": event.charge_point, "version": version, "is_known": is_known}
    _SAVE.execute(connection, [{**row, "at": event.recorded_at}])


def _empty(connection: Connection, charge_point: str) -> None:
    connection.execute(delete(local_list_entry).where(local_list_entry.c.charge_point == charge_point))


def _remove(connection: Connection, event: LocalListSent) -> None:
    for entry in event.entries:
        if entry.verdict is None and not event.is_full:
            connection.execute(
                delete(local_list_entry).where(
                    local_list_entry.c.charge_point == event.charge_point,
                    local_list_entry.c.key == key_of(entry.id_token),
                )
            )


def _kept(event: LocalListSent) -> list[Any]:
    return [entry for entry in event.entries if entry.verdict is not None]


def _row(event: LocalListSent, entry: Any) -> dict[str, Any]:
    return {
        "charge_point": event.charge_point,
        "key": key_of(entry.id_token),
        "id_token": entry.id_token,
        "kind": entry.kind,
        "body": body_of(entry).decode(),
        "is_carried": entry.id_token not in event.left_out,
    }
