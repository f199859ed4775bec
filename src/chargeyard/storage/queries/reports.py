"""What was told and is kept as it was: reports, findings, the message log. Newest first, by the order of arrival."""

from collections.abc import Callable
from typing import Any, TypeVar

import msgspec
from sqlalchemy import Connection, Row, Select, Table, select

from chargeyard.domain.records import FindingRecord, MessageRecord, Page, ReportRecord
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import finding, kept_report, message

T = TypeVar("T")


def list_reports(
    connection: Connection, charge_point: str, kind: str | None, paging: Paging
) -> Page[ReportRecord]:
    wanted = _of(kept_report, charge_point)
    if kind is not None:
        wanted = wanted.where(kept_report.c.kind == kind)
    return _newest_first(connection, kept_report, wanted, paging, _report)


def list_findings(connection: Connection, charge_point: str, paging: Paging) -> Page[FindingRecord]:
    return _newest_first(connection, finding, _of(finding, charge_point), paging, _finding)


def list_messages(connection: Connection, charge_point: str, paging: Paging) -> Page[MessageRecord]:
    return _newest_first(connection, message, _of(message, charge_point), paging, _message)


def _of(table: Table, charge_point: str) -> Select[Any]:
    return select(table).where(table.c.charge_point == charge_point)


def _newest_first(
    connection: Connection, table: Table, wanted: Select[Any], paging: Paging, make: Callable[[Row[Any]], T]
) -> Page[T]:
    if paging.cursor is not None:
        wanted = wanted.where(table.c.id < read_cursor(paging.cursor, int))
    rows = connection.execute(wanted.order_by(table.c.id.desc()).limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, lambda shown: [make(row) for row in shown], lambda row: row.id)


def _report(row: Row[Any]) -> ReportRecord:
    return ReportRecord(
        id=row.id,
        charge_point=row.charge_point,
        at=row.at,
        kind=row.kind,
        body=msgspec.Raw(row.body.encode()),
    )


def _finding(row: Row[Any]) -> FindingRecord:
    return FindingRecord(
        id=row.id,
        charge_point=row.charge_point,
        at=row.at,
        action=row.action,
        rule=row.rule,
        path=row.path,
        detail=row.detail,
    )


def _message(row: Row[Any]) -> MessageRecord:
    return MessageRecord(
        id=row.id, charge_point=row.charge_point, at=row.at, direction=row.direction, text=row.text
    )
