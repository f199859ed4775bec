"""Tariffs at charge points: set, read, cleared, changed for a transaction; how an id is worded."""

from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.params import JSONBody, PathParameter
from msgspec import Meta, Struct

from chargeyard.api.addresses import decode
from chargeyard.api.costs import refuse_ended
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.problems import INVALID_REQUEST, TARIFF_REUSED, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import ApiServices, Services
from chargeyard.api.transactions import KnownTransaction
from chargeyard.domain.commands import ChangeTransactionTariff, ClearTariffs, ReadTariffs, SetDefaultTariff
from chargeyard.domain.tariffs import Tariff, is_same
from chargeyard.errors import NotFound

_TAGS = ["commands"]
Evse = Annotated[int, Meta(ge=0, le=2**31 - 1)]
TariffId = Annotated[str, Meta(min_length=1, max_length=60)]


class _Named(Struct, rename="camel"):
    """What every tariff has, whatever it charges for."""

    tariff_id: TariffId
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")]
    valid_from: Annotated[str, Meta(max_length=64)] = ""


class TariffAt(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A tariff for an outlet, 0 for all of them. `tariff` is an OCPP TariffType: `tariffId`, `currency`, and what it
    charges for."""

    tariff: dict[str, Any]
    connector_id: Evse = 0


class TariffFor(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A tariff for a running transaction: an OCPP TariffType."""

    tariff: dict[str, Any]


class TariffsAt(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """The tariffs at an outlet, 0 for all of them."""

    connector_id: Evse = 0


class TariffsToClear(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Those named, none named for all; at an outlet, left out for everywhere."""

    tariff_ids: Annotated[tuple[TariffId, ...], Meta(max_length=1000)] = ()
    connector_id: Evse | None = None


@post(
    "/charge-point/{cpId:str}/set-default-tariff",
    status_code=200,
    summary="Charge by a tariff whoever has none of their own",
    tags=_TAGS,
)
async def set_default(
    charge_point: KnownChargePoint, dispatch: Dispatching, services: Services, data: JSONBody[TariffAt]
) -> Response[CommandAnswer]:
    tariff = await _worded_tariff(data.tariff, services)
    return await dispatch.run(charge_point.id, SetDefaultTariff(tariff=tariff, evse=data.connector_id))


@post("/charge-point/{cpId:str}/read-tariffs", status_code=200, summary="Ask for its tariffs", tags=_TAGS)
async def read(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[TariffsAt]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ReadTariffs(evse=data.connector_id))


@post("/charge-point/{cpId:str}/clear-tariffs", status_code=200, summary="Forget tariffs", tags=_TAGS)
async def clear(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[TariffsToClear]
) -> Response[CommandAnswer]:
    command = ClearTariffs(tariff_ids=data.tariff_ids, evse=data.connector_id)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-transaction/tariff/{id:int}",
    status_code=200,
    summary="Charge a running transaction by another tariff",
    tags=_TAGS,
)
async def change(
    transaction: KnownTransaction, dispatch: Dispatching, services: Services, data: JSONBody[TariffFor]
) -> Response[CommandAnswer]:
    refuse_ended(transaction)
    tariff = await _worded_tariff(data.tariff, services)
    command = ChangeTransactionTariff(transaction=transaction.id, wire_id=transaction.wire_id, tariff=tariff)
    return await dispatch.run(transaction.charge_point, command)


@get("/tariff/{tariffId:str}", summary="How a tariff is worded", tags=["transactions"])
async def get_tariff(
    services: Services, tariff_id: Annotated[str, PathParameter(name="tariffId")]
) -> dict[str, Any]:
    tariff = await services.store.find_tariff(decode(tariff_id))
    if tariff is None:
        raise NotFound(f"no tariff {decode(tariff_id)!r}")
    begin = {"validFrom": tariff.valid_from} if tariff.valid_from else {}
    elements = msgspec.json.decode(tariff.elements)
    return {"tariffId": tariff.tariff_id, "currency": tariff.currency, **begin, **elements}


async def _worded_tariff(body: dict[str, Any], services: ApiServices) -> Tariff:
    """The tariff in a body. An id that stands for another wording is a problem (2.1 I08.FR.08)."""
    try:
        named = msgspec.convert(body, _Named)
    except msgspec.ValidationError as error:
        raise Problem(INVALID_REQUEST, f"tariff: {error}") from None
    elements = {
        name: value for name, value in body.items() if name not in ("tariffId", "currency", "validFrom")
    }
    tariff = Tariff(
        tariff_id=named.tariff_id,
        currency=named.currency,
        valid_from=named.valid_from,
        elements=msgspec.Raw(msgspec.json.encode(elements)),
    )
    known = await services.store.find_tariff(tariff.tariff_id)
    if known is not None and not is_same(known, tariff):
        raise Problem(TARIFF_REUSED, members={"tariffId": tariff.tariff_id})
    return tariff
