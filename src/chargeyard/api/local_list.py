"""What a charge point may decide by itself: its local authorization list, and its cache of answers."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.authorization import IdTokenText
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer, envelope, problem_of
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import AnyCommand, ClearCache, ReadLocalListVersion
from chargeyard.domain.local_lists import verdict_in
from chargeyard.domain.records import CommandRecord, ListedToken
from chargeyard.services.local_list import Standing, Wish

_TAGS = ["local list"]


class LocalListRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """The local list of a charge point. `version` null: never asked, 0: empty, -1: it has none. `isKnown`: we
    know what is in it; then `inStep` tells whether that is what is registered, and `differences` how many tokens are
    not. `at` is when we last heard of it."""

    cp_id: str
    version: int | None
    is_known: bool
    entries: int
    in_step: bool | None
    differences: int | None
    at: datetime | None


class ListedTokenRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A token in a local list. `carried` false: left out, since the charge point's version has no words for it."""

    id_token: str
    kind: str
    status: str
    parent: str | None
    expires_at: datetime | None
    carried: bool


class LocalListWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What the list shall hold: the tokens named, or all that are registered. Of a list that is known only the
    difference is sent, and tokens that are not named stay as they are; `full` replaces all of it."""

    id_tokens: Annotated[tuple[IdTokenText, ...], Meta(max_length=10_000)] | None = None
    full: bool = False


class LocalListAnswer(Struct, frozen=True, kw_only=True, rename="camel"):
    """The list as it is now, and the commands that it took; none: it was in step. `outcome` is that of the last."""

    outcome: str
    status: str | None
    commands: list[CommandAnswer]
    local_list: LocalListRow


@get("/charge-point/{cpId:str}/local-list", summary="Its local authorization list", tags=_TAGS)
async def get_local_list(charge_point: KnownChargePoint, services: Services) -> LocalListRow:
    return local_list_row(charge_point.id, await services.local_lists.standing(charge_point.id))


@get("/charge-point/{cpId:str}/local-list/entry", summary="The tokens in its local list", tags=_TAGS)
async def list_entries(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[ListedTokenRow]]:
    reading = services.store.list_listed_tokens(charge_point.id, paging)
    return await answer_page(request, reading, listed_token_row)


@post(
    "/charge-point/{cpId:str}/local-list",
    status_code=200,
    summary="Bring its local list into step with the register",
    tags=["commands"],
)
async def bring_up_to_date(
    charge_point: KnownChargePoint,
    data: JSONBody[LocalListWish],
    services: Services,
    dispatch: Dispatching,
) -> LocalListAnswer:
    async def ask(identity: str, command: AnyCommand) -> CommandRecord:
        return await services.outbound.submit(identity, command, dispatch.principal)

    wish = Wish(named=data.id_tokens, is_full=data.full)
    sent = await services.local_lists.bring_up_to_date(charge_point.id, wish, ask)
    last = sent.commands[-1] if sent.commands else None
    if last is not None and (problem := problem_of(last)) is not None:
        raise problem
    answer = envelope(last) if last is not None else None
    return LocalListAnswer(
        outcome=answer.outcome if answer else "Accepted",
        status=answer.status if answer else None,
        commands=[envelope(record) for record in sent.commands],
        local_list=local_list_row(charge_point.id, await services.local_lists.standing(charge_point.id)),
    )


@post(
    "/charge-point/{cpId:str}/read-local-list-version",
    status_code=200,
    summary="Ask for the version of its local list",
    tags=["commands"],
)
async def read_version(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ReadLocalListVersion())


@post(
    "/charge-point/{cpId:str}/clear-cache",
    status_code=200,
    summary="Have it forget what it was answered about id tokens",
    tags=["commands"],
)
async def clear_cache(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ClearCache())


def local_list_row(charge_point: str, standing: Standing) -> LocalListRow:
    """The list as readers get it."""
    known = standing.known
    return LocalListRow(
        cp_id=charge_point,
        version=known.version if known is not None else None,
        is_known=known is not None and known.is_known,
        entries=standing.entries,
        in_step=None if standing.differences is None else not standing.differences,
        differences=standing.differences,
        at=known.at if known is not None else None,
    )


def listed_token_row(record: ListedToken) -> ListedTokenRow:
    """The record as readers get it."""
    verdict = verdict_in(record)
    return ListedTokenRow(
        id_token=record.id_token,
        kind=record.kind,
        status=verdict.status,
        parent=verdict.parent,
        expires_at=verdict.expires_at,
        carried=record.is_carried,
    )
