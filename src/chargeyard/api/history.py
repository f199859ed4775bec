"""What a charge point has said: raw frames, findings, reports that are kept as they were."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.records import FindingRecord, MessageRecord, ReportRecord

_TAGS = ["history"]


class MessageRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One frame, secrets masked. `direction` is `in` (from the charge point) or `out`."""

    id: int
    cp_id: str
    at: datetime
    direction: str
    text: str


class FindingRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One departure from the specification that was understood all the same."""

    id: int
    cp_id: str
    at: datetime
    action: str
    rule: str
    path: str
    detail: str


class ReportRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Something told that is kept as it was; `kind` says what `body` is."""

    id: int
    cp_id: str
    at: datetime
    kind: str
    body: Any


@get("/charge-point/{cpId:str}/message", summary="Its message log, newest first", tags=_TAGS)
async def list_messages(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[MessageRow]]:
    return await answer_page(request, services.store.list_messages(charge_point.id, paging), message_row)


@get("/charge-point/{cpId:str}/finding", summary="Its departures from the specification", tags=_TAGS)
async def list_findings(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[FindingRow]]:
    return await answer_page(request, services.store.list_findings(charge_point.id, paging), finding_row)


@get("/charge-point/{cpId:str}/report", summary="Its other reports", tags=_TAGS)
async def list_reports(
    request: Request[Any, Any, Any],
    charge_point: KnownChargePoint,
    services: Services,
    paging: Part,
    kind: Annotated[
        str | None, QueryParameter(description="As in the rows, SecurityEventRecorded say.")
    ] = None,
) -> Response[Items[ReportRow]]:
    reading = services.store.list_reports(charge_point.id, kind, paging)
    return await answer_page(request, reading, report_row)


def message_row(record: MessageRecord) -> MessageRow:
    """The record as readers get it."""
    return MessageRow(
        id=record.id,
        cp_id=record.charge_point,
        at=record.at,
        direction=record.direction,
        text=record.text,
    )


def finding_row(record: FindingRecord) -> FindingRow:
    """The record as readers get it."""
    return FindingRow(
        id=record.id,
        cp_id=record.charge_point,
        at=record.at,
        action=record.action,
        rule=record.rule,
        path=record.path,
        detail=record.detail,
    )


def report_row(record: ReportRecord) -> ReportRow:
    """The record as readers get it."""
    return ReportRow(
        id=record.id, cp_id=record.charge_point, at=record.at, kind=record.kind, body=record.body
    )
