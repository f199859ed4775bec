"""Id tokens: who may charge."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, patch, post
from litestar.params import JSONBody, PathParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from chargeyard.api.addresses import decode, in_path
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.services import Services
from chargeyard.domain.authorization import AllowedAt, IdToken, Status, is_disguised, is_key_code
from chargeyard.domain.records import IdTokenRecord

_TAGS = ["id tokens"]

IdTokenText = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^\S(.*\S)?$")]
Limit = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Kind = Annotated[
    str,
    Meta(
        max_length=20,
        pattern=r"^[A-Za-z0-9_.-]*$",
        description="The sort of token (ISO14443, eMAID, KeyCode, …); empty: any.",
    ),
]
Language = Annotated[str, Meta(max_length=8, description="RFC 5646, as `en`.")]
Message = Annotated[str, Meta(max_length=512)]
Outlet = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Refusal = Literal["NoCredit", "NotAtThisTime", "NotAtThisLocation", "NotAllowedTypeEVSE", "Invalid"]


class Place(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A charge point where a token may charge; without `connectorIds` at all of its EVSEs."""

    cp_id: Annotated[str, Meta(min_length=1, max_length=255)]
    connector_ids: Annotated[tuple[Outlet, ...], Meta(max_length=64)] = ()


Places = Annotated[tuple[Place, ...], Meta(max_length=1000)]


class IdTokenRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A registered id token. `maxTransactions` null: any number at the same time; `allowedAt` empty: everywhere.

    A key code stands in disguise: the code itself is stored nowhere.
    """

    id_token: str
    kind: str
    parent: str | None
    parent_kind: str
    expires_at: datetime | None
    blocked: bool
    refusal: str | None
    max_transactions: int | None
    master_pass: bool
    allowed_at: tuple[Place, ...]
    language: str
    personal_message: str
    cache_lifetime_s: int | None
    registered_at: datetime


class NewIdToken(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A token to register; with nothing but `idToken` it is accepted, for one transaction at a time.

    `refusal` is why it may not charge for now; `masterPass`: it may stop any transaction and start none; after
    `cacheLifetimeS` seconds a charge point shall ask again.
    """

    id_token: IdTokenText
    kind: Kind = ""
    parent: IdTokenText | None = None
    parent_kind: Kind = ""
    expires_at: datetime | None = None
    blocked: bool = False
    refusal: Refusal | None = None
    max_transactions: Limit | None = 1
    master_pass: bool = False
    allowed_at: Places = ()
    language: Language = ""
    personal_message: Message = ""
    cache_lifetime_s: Limit | None = None


class IdTokenChanges(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What shall be different; what is left out stays."""

    kind: Kind | UnsetType = UNSET
    parent: IdTokenText | UnsetType | None = UNSET
    parent_kind: Kind | UnsetType = UNSET
    expires_at: datetime | UnsetType | None = UNSET
    blocked: bool | UnsetType = UNSET
    refusal: Refusal | UnsetType | None = UNSET
    max_transactions: Limit | UnsetType | None = UNSET
    master_pass: bool | UnsetType = UNSET
    allowed_at: Places | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    personal_message: Message | UnsetType = UNSET
    cache_lifetime_s: Limit | UnsetType | None = UNSET


IdTokenInPath = Annotated[str, PathParameter(description="The token, percent-encoded.")]


@get("/id-token", summary="List id tokens", tags=_TAGS)
async def list_id_tokens(
    request: Request[Any, Any, Any], services: Services, paging: Part
) -> Response[Items[IdTokenRow]]:
    return await answer_page(request, services.store.list_id_tokens(paging), id_token_row)


@post("/id-token", summary="Register an id token", tags=_TAGS)
async def register_id_token(data: JSONBody[NewIdToken], services: Services) -> Response[IdTokenRow]:
    record = await services.id_tokens.register(_token(_fields(data)))
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
    wanted = {name: value for name, value in _fields(data).items() if value is not UNSET}
    if is_key_code(wanted.get("kind", record.kind)) != is_key_code(record.kind):
        raise Problem(INVALID_REQUEST, "what is a key code is registered as one, and stays one")
    known = {name: getattr(record, name) for name in IdToken.__struct_fields__}
    return id_token_row(await services.id_tokens.save(_token({**known, **wanted})))


@delete("/id-token/{idToken:str}", summary="Remove an id token", tags=_TAGS)
async def remove_id_token(idToken: IdTokenInPath, services: Services) -> None:  # noqa: N803
    await services.id_tokens.remove(decode(idToken))


def check_sayable(id_token: str) -> None:
    """Raise `Problem` for what stands for a key code: the code itself is stored nowhere, and cannot be sent."""
    if is_disguised(id_token):
        raise Problem(INVALID_REQUEST, "a key code is not stored here: say the code itself, with its kind")


def id_token_row(record: IdTokenRecord) -> IdTokenRow:
    """The record as readers get it."""
    places = tuple(Place(cp_id=one.charge_point, connector_ids=one.evses) for one in record.allowed_at)
    return IdTokenRow(**{**msgspec.structs.asdict(record), "allowed_at": places})


def _fields(data: NewIdToken | IdTokenChanges) -> dict[str, Any]:
    """What is asked for, in the domain's words; what was left out is UNSET."""
    fields: dict[str, Any] = {name: getattr(data, name) for name in data.__struct_fields__}
    if isinstance(data.allowed_at, tuple):
        fields["allowed_at"] = tuple(AllowedAt(one.cp_id, one.connector_ids) for one in data.allowed_at)
    if isinstance(data.refusal, str):
        fields["refusal"] = Status(data.refusal)
    return fields


def _token(fields: dict[str, Any]) -> IdToken:
    """An instant without an offset is UTC. Raises `Problem` for what makes no token."""
    expires_at: datetime | None = fields["expires_at"]
    if expires_at is not None and expires_at.tzinfo is None:
        fields = {**fields, "expires_at": expires_at.replace(tzinfo=UTC)}
    if fields["master_pass"] and not fields["parent"]:
        raise Problem(INVALID_REQUEST, "a master pass is known by its group: parent")
    if is_key_code(fields["parent_kind"]):
        raise Problem(INVALID_REQUEST, "parentKind: a group is no secret")
    return IdToken(**fields)
