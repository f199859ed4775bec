"""Local authorization lists, and what is told of customers."""

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from chargeyard.domain.records import CustomerInformationRecord, ListedToken, LocalListRecord, Page
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import customer_information, local_list, local_list_entry


def find(connection: Connection, charge_point: str) -> LocalListRecord | None:
    wanted = select(local_list).where(local_list.c.charge_point == charge_point)
    row = connection.execute(wanted).one_or_none()
    if row is None:
        return None
    return LocalListRecord(
        charge_point=row.charge_point, version=row.version, is_known=row.is_known, at=row.at
    )


def find_entries(connection: Connection, charge_point: str) -> list[ListedToken]:
    """All of them, by the form in which they are compared."""
    return _entries(connection.execute(_of(charge_point)).all())


def list_entries(connection: Connection, charge_point: str, paging: Paging) -> Page[ListedToken]:
    wanted = _of(charge_point)
    if paging.cursor is not None:
        wanted = wanted.where(local_list_entry.c.key > read_cursor(paging.cursor, str))
    rows = connection.execute(wanted.limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _entries, lambda row: row.key)


def find_customer_information(
    connection: Connection, charge_point: str, request_id: int
) -> CustomerInformationRecord | None:
    wanted = select(customer_information.c.data).where(
        customer_information.c.charge_point == charge_point, customer_information.c.request_id == request_id
    )
    parts = connection.execute(wanted.order_by(customer_information.c.sequence)).scalars().all()
    if not parts:
        return None
    return CustomerInformationRecord(charge_point=charge_point, request_id=request_id, parts=tuple(parts))


def _of(charge_point: str) -> Select[Any]:
    wanted = select(local_list_entry).where(local_list_entry.c.charge_point == charge_point)
    return wanted.order_by(local_list_entry.c.key)


def _entries(rows: Sequence[Row[Any]]) -> list[ListedToken]:
    return [
        ListedToken(
            charge_point=row.charge_point,
            id_token=row.id_token,
            kind=row.kind,
            body=msgspec.Raw(row.body.encode()),
            is_carried=row.is_carried,
        )
        for row in rows
    ]
