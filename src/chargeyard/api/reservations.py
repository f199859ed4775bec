"""Reservations: what is held for whom, holding an outlet, and letting it go."""

from datetime import UTC, datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct, structs

from chargeyard.api.authorization import IdTokenText, Kind, check_sayable
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import ApiServices, Services
from chargeyard.domain.commands import CancelReservation, ReserveNow
from chargeyard.domain.records import IdTokenRecord, ReservationRecord
from chargeyard.domain.reservations import state_at
from chargeyard.errors import NotFound
from chargeyard.services.capabilities import Capabilities

_TAGS = ["reservations"]


class ReservationRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A reservation. `connectorId` 0: any outlet, of `connectorType` if that is named. `state` is requested (no
    answer yet), active, refused, used, cancelled, expired or removed (by the charge point); `transactionId` is
    the transaction that used it."""

    reservation_id: int
    cp_id: str
    connector_id: int
    connector_type: str
    id_token: str
    kind: str
    parent: str | None
    expires_at: datetime
    state: str
    reason: str
    requested_at: datetime
    ended_at: datetime | None
    transaction_id: int | None


class ReservationWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What shall be held for whom. Kind and group of a registered token need not be said again."""

    id_token: IdTokenText
    expires_at: datetime
    connector_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    connector_type: Annotated[str, Meta(max_length=20)] = ""
    kind: Kind | None = None
    parent: IdTokenText | None = None
    parent_kind: Kind = ""


@get("/charge-point/{cpId:str}/reservation", summary="Its reservations, newest first", tags=_TAGS)
async def list_reservations(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[ReservationRow]]:
    now = services.clock()
    reading = services.store.list_reservations(charge_point.id, paging)
    return await answer_page(request, reading, lambda record: reservation_row(record, now))


@get("/charge-point/{cpId:str}/reservation/{id:int}", summary="One reservation", tags=_TAGS)
async def get_reservation(
    charge_point: KnownChargePoint,
    services: Services,
    number: Annotated[int, PathParameter(name="id", ge=0, le=2**63 - 1)],
) -> ReservationRow:
    return reservation_row(await _known(services, charge_point.id, number), services.clock())


@post(
    "/charge-point/{cpId:str}/reserve",
    status_code=200,
    summary="Hold an outlet for an id token",
    tags=["commands"],
)
async def reserve(
    charge_point: KnownChargePoint,
    data: JSONBody[ReservationWish],
    dispatch: Dispatching,
    services: Services,
) -> Response[CommandAnswer]:
    check_sayable(data.id_token)
    expires_at = data.expires_at if data.expires_at.tzinfo else data.expires_at.replace(tzinfo=UTC)
    if expires_at <= services.clock():
        raise Problem(INVALID_REQUEST, "expiresAt is over already")
    if data.connector_id and data.connector_type:
        raise Problem(INVALID_REQUEST, "connectorType is for a connectorId that is left open")
    if not data.connector_id:
        await _check_any_outlet(services, charge_point.id)
    token = await services.id_tokens.find(data.id_token)
    wanted = structs.replace(data, expires_at=expires_at)
    return await dispatch.run(charge_point.id, _command(wanted, token, await dispatch.fresh_number()))


@post(
    "/charge-point/{cpId:str}/cancel-reservation/{id:int}",
    status_code=200,
    summary="Let a reservation go",
    tags=["commands"],
)
async def cancel(
    charge_point: KnownChargePoint,
    services: Services,
    dispatch: Dispatching,
    number: Annotated[int, PathParameter(name="id", ge=0, le=2**63 - 1)],
) -> Response[CommandAnswer]:
    record = await _known(services, charge_point.id, number)
    return await dispatch.run(charge_point.id, CancelReservation(reservation=record.number))


def reservation_row(record: ReservationRecord, now: datetime) -> ReservationRow:
    """The record as readers get it at `now`."""
    state = state_at(record, now)
    return ReservationRow(
        reservation_id=record.number,
        cp_id=record.charge_point,
        connector_id=record.evse,
        connector_type=record.connector_type,
        id_token=record.id_token,
        kind=record.token_kind,
        parent=record.parent,
        expires_at=record.expires_at,
        state=state,
        reason=record.reason,
        requested_at=record.requested_at,
        ended_at=record.expires_at if state == "expired" and record.ended_at is None else record.ended_at,
        transaction_id=record.transaction,
    )


def _command(data: ReservationWish, token: IdTokenRecord | None, number: int) -> ReserveNow:
    known = token.kind if token is not None else ""
    parent = data.parent or (token.parent if token is not None else None)
    parent_kind = data.parent_kind if data.parent else (token.parent_kind if token is not None else "")
    return ReserveNow(
        reservation=number,
        id_token=data.id_token,
        expires_at=data.expires_at,
        evse=data.connector_id,
        connector_type=data.connector_type,
        token_kind=known if data.kind is None else data.kind,
        parent=parent,
        parent_kind=parent_kind,
    )


async def _check_any_outlet(services: ApiServices, charge_point: str) -> None:
    """Some hold named outlets only, and say so (ReserveConnectorZeroSupported, NonEvseSpecific)."""
    told = await Capabilities(services.store).text(charge_point, "ReservationCtrlr", "NonEvseSpecific")
    if (told or "").strip().lower() == "false":
        raise Problem(INVALID_REQUEST, "this charge point holds named outlets only: connectorId")


async def _known(services: ApiServices, charge_point: str, number: int) -> ReservationRecord:
    record = await services.store.find_reservation(charge_point, number)
    if record is None:
        raise NotFound(f"no reservation {number} of this charge point")
    return record
