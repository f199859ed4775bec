"""Id tokens: who may charge."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from chargeyard.api.addresses import decode, in_path
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.services import Services
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.records import IdTokenRecord

_TAGS = ["id tokens"]

IdTokenText = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$")]
Limit = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class IdTokenRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A registered id token. `maxTransactions` null: any number at the same time."""

    id_token: str
    parent: str | None
    expires_at: datetime | None
    blocked: bool
    max_transactions: int | None
    registered_at: datetime


class NewIdToken(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A token to register; with nothing but `idToken` it is accepted, for one transaction at a time."""

    id_token: IdTokenText
    parent: IdTokenText | None = None
    expires_at: datetime | None = None
    blocked: bool = False
    max_transactions: Limit | None = 1


class IdTokenChanges(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    parent: IdTokenText | UnsetType | None = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    max_transactions: Limit | UnsetType | None = UNSET


IdTokenInPath = Annotated[str, PathParameter(description="The token, percent-encoded.")]


@get("/id-token", summary="List id tokens", tags=_TAGS)
async def list_id_tokens(
    request: Request[Any, Any, Any], services: Services, paging: Part
) -> Response[Items[IdTokenRow]]:
    return await answer_page(request, services.store.list_id_tokens(paging), id_token_row)


@post("/id-token", summary="Register an id token", tags=_TAGS)
async def register_id_token(data: JSONBody[NewIdToken], services: Services) -> Response[IdTokenRow]:
    record = await services.id_tokens.register(_token(msgspec.structs.asdict(data)))
    headers = {"Location": f"/id-token/{in_path(record.id_token)}"}
    return Response(id_token_row(record), status_code=201, headers=headers)


@get("/id-token/{idToken:str}", summary="One id token", tags=_TAGS)
async def get_id_token(idToken: IdTokenInPath, services: Services) -> IdTokenRow:  # noqa: N803
    return id_token_row(await services.id_tokens.get(decode(idToken)))


@patch("/id-token/{idToken:str}", summary="Change an id token", tags=_TAGS)
async def change_id_token(
    idToken: IdTokenInPath,  # noqa: N803
    data: JSONBody[IdTokenChanges],
    services: Services,
) -> IdTokenRow:
    record = await services.id_tokens.get(decode(idToken))
    wanted = {name: value for name, value in msgspec.structs.asdict(data).items() if value is not UNSET}
    known = {name: getattr(record, name) for name in IdToken.__struct_fields__}
    return id_token_row(await services.id_tokens.save(_token({**known, **wanted})))


@delete("/id-token/{idToken:str}", summary="Remove an id token", tags=_TAGS)
async def remove_id_token(idToken: IdTokenInPath, services: Services) -> None:  # noqa: N803
    await services.id_tokens.remove(decode(idToken))


def id_token_row(record: IdTokenRecord) -> IdTokenRow:
    """The record as readers get it."""
    return IdTokenRow(**msgspec.structs.asdict(record))


def _token(fields: dict[str, Any]) -> IdToken:
    """An instant without an offset is UTC."""
    expires_at: datetime | None = fields["expires_at"]
    if expires_at is not None and expires_at.tzinfo is None:
        fields = {**fields, "expires_at": expires_at.replace(tzinfo=UTC)}
    return IdToken(**fields)
