"""API keys of operators."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from chargeyard.api.addresses import decode
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.services import Services
from chargeyard.domain.records import ApiKeyRecord
from chargeyard.services import operators

_TAGS = ["API keys"]


class ApiKeyRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """An API key, without the key; `operator` is in whose name it acts."""

    id: str
    name: str
    operator: str
    created_at: datetime


class NewApiKey(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A key to make; `name` tells the reader what it is for."""

    name: Annotated[str, Meta(min_length=1, max_length=255)]


class IssuedApiKey(Struct, frozen=True, kw_only=True, rename="camel"):
    """The new key; `key` is shown only now. It goes into `Authorization: Bearer`."""

    id: str
    name: str
    operator: str
    created_at: datetime
    key: str


@get("/api-key", summary="List API keys", tags=_TAGS)
async def list_api_keys(
    request: Request[Any, Any, Any], services: Services, paging: Part
) -> Response[Items[ApiKeyRow]]:
    return await answer_page(request, services.store.list_api_keys(paging), api_key_row)


@post("/api-key", summary="Make an API key", tags=_TAGS)
async def issue_api_key(
    request: Request[Any, Any, Any], data: JSONBody[NewApiKey], services: Services
) -> IssuedApiKey:
    issued = await operators.issue_key(services.recorder, services.keys, request.user.operator, data.name)
    return IssuedApiKey(**msgspec.structs.asdict(issued.record), key=issued.key)


@delete("/api-key/{keyId:str}", summary="End an API key", tags=_TAGS)
async def revoke_api_key(keyId: FromPath[str], services: Services) -> None:  # noqa: N803
    await operators.revoke_key(services.store, services.recorder, decode(keyId))


def api_key_row(record: ApiKeyRecord) -> ApiKeyRow:
    """The record as readers get it."""
    return ApiKeyRow(**msgspec.structs.asdict(record))
