"""Payment on a web page, and batteries that are swapped."""

from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.authorization import IdTokenText
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.problems import NOT_AUTHORIZED, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.authorization import Occasion, judge
from chargeyard.domain.commands import NotifyWebPaymentStarted, RequestBatterySwap

_TAGS = ["commands"]


class WebPayment(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Somebody pays for an outlet, and has so many seconds."""

    connector_id: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    timeout_s: Annotated[int, Meta(ge=1, le=86_400)]


class Swap(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Who gets other batteries."""

    id_tag: IdTokenText


@post(
    "/charge-point/{cpId:str}/notify-web-payment-started",
    status_code=200,
    summary="Keep an outlet for whoever pays on a web page",
    tags=_TAGS,
)
async def notify_web_payment(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[WebPayment]
) -> Response[CommandAnswer]:
    command = NotifyWebPaymentStarted(evse=data.connector_id, timeout_s=data.timeout_s)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/request-battery-swap",
    status_code=200,
    summary="Swap batteries for an id token that may charge",
    tags=_TAGS,
)
async def request_swap(
    charge_point: KnownChargePoint, dispatch: Dispatching, services: Services, data: JSONBody[Swap]
) -> Response[CommandAnswer]:
    token = await services.store.find_id_token(data.id_tag)
    occasion = Occasion(kind=token.kind if token else "", charge_point=charge_point.id)
    verdict = judge(token, services.clock(), occasion=occasion)
    if token is None or not verdict.accepted:
        raise Problem(NOT_AUTHORIZED, members={"tokenStatus": str(verdict.status)})
    number = await dispatch.fresh_number()
    command = RequestBatterySwap(id_token=token.id_token, token_kind=token.kind, request_id=number)
    return await dispatch.run(charge_point.id, command)
