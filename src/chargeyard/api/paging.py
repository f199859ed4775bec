"""Lists: a part at a time, in the order of the store, with a cursor and a link to the next part."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlencode

from litestar import Request, Response
from litestar.params import QueryParameter
from msgspec import Struct

from chargeyard.api.problems import INVALID_CURSOR, Problem
from chargeyard.api.services import Given
from chargeyard.domain.records import Page
from chargeyard.errors import Conflict
from chargeyard.services.ports import Paging

R = TypeVar("R")
T = TypeVar("T")


class Items(Struct, Generic[T], frozen=True, rename="camel"):
    """A part of a list; `nextCursor` is given back as `cursor` for the next part, null at the end."""

    items: list[T]
    next_cursor: str | None = None


Part = Given[Paging]
"""As a handler of a list asks for it."""


def paging_of(
    limit: Annotated[int, QueryParameter(ge=1, le=500, description="At most so many items.")] = 50,
    cursor: Annotated[str | None, QueryParameter(description="`nextCursor` of the part before.")] = None,
) -> Paging:
    """Which part is asked for."""
    return Paging(limit, cursor or None)


async def answer_page(
    request: Request[Any, Any, Any], reading: Awaitable[Page[R]], row: Callable[[R], T]
) -> Response[Items[T]]:
    """The part that `reading` gives, each record by `row`. A cursor that is none of ours is a problem."""
    try:
        page = await reading
    except Conflict:
        raise Problem(INVALID_CURSOR) from None
    return Response(
        Items([row(record) for record in page.items], page.next_cursor), headers=_link(request, page)
    )


def _link(request: Request[Any, Any, Any], page: Page[Any]) -> dict[str, str]:
    """RFC 8288; relative, so that it holds behind every proxy."""
    if page.next_cursor is None:
        return {}
    asked = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return {"Link": f'<?{urlencode([*asked, ("cursor", page.next_cursor)])}>; rel="next"'}
