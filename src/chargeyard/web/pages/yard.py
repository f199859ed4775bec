"""The first page: the yard, and the stream that keeps it current."""

from collections.abc import Mapping
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.response import Stream

from chargeyard.errors import Unavailable
from chargeyard.web.live import LiveView
from chargeyard.web.rendering import Renderer
from chargeyard.web.security import HEADERS
from chargeyard.web.yard import MOST_ROWS, PAGE, Query, Show

_SHOWS = (
    (Show.ALL, "All"),
    (Show.ONLINE, "Online"),
    (Show.CHARGING, "Charging"),
    (Show.ATTENTION, "Attention"),
)
_SHOW = {show.value: show for show in Show}
_LONGEST_TEXT = 100
_STREAM_HEADERS = {**HEADERS, "X-Accel-Buffering": "no"}


def routes(live: LiveView, renderer: Renderer, ocpp_path: str) -> list[HTTPRouteHandler]:
    """The handlers of the page and of its stream; both need an operator. `ocpp_path` is told to newcomers."""

    @get("/", include_in_schema=False)
    async def show_yard(request: Request[Any, Any, Any]) -> Response[str]:
        query = read_query(request.query_params)
        try:
            channel = await live.channel(query)
        except Unavailable:
            return _away(renderer)
        html = renderer.page(
            "yard.html", query=query, parts=channel.parts(), total=channel.total, shows=_SHOWS,
            operator=request.user.operator, live_url=_with_query("/live", query),
            origin=_origin(request, ""), charge_point_url=_origin(request, "ws") + ocpp_path,
        )  # fmt: skip
        return Response(html, media_type="text/html", headers=HEADERS)

    @get("/live", include_in_schema=False)
    async def follow_yard(request: Request[Any, Any, Any]) -> Stream:
        query = read_query(request.query_params)
        await live.yard()  # raises while the database is away: the page tries again
        return Stream(live.stream(query), media_type="text/event-stream", headers=_STREAM_HEADERS)

    return [show_yard, follow_yard]


def read_query(parameters: Mapping[str, str]) -> Query:
    """What a page's address asks for; what makes no sense is what a page without a query shows."""
    show = parameters.get("show", "")
    return Query(
        text=parameters.get("q", "").strip()[:_LONGEST_TEXT],
        show=_SHOW.get(show, Show.ALL),
        limit=_rows(parameters.get("rows", "")),
    )


def _rows(text: str) -> int:
    """Whole pages only, so that few channels serve many pages."""
    wanted = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else PAGE
    return max(PAGE, min(wanted // PAGE * PAGE, MOST_ROWS))


def _with_query(path: str, query: Query) -> str:
    encoded = query.encode()
    return f"{path}?{encoded}" if encoded else path


def _origin(request: Request[Any, Any, Any], kind: str) -> str:
    """This server as the browser sees it, `http(s)://host`, or `ws(s)://host` for charge points."""
    secure = "s" if request.url.scheme == "https" else ""
    return f"{kind or 'http'}{secure}://{request.url.netloc}"


def _away(renderer: Renderer) -> Response[str]:
    html = renderer.page(
        "problem.html",
        title="The database is away",
        detail="Charge points keep what they have to tell and send it again. This page will be back with it.",
    )
    headers = {**HEADERS, "Retry-After": "5"}
    return Response(html, status_code=503, media_type="text/html", headers=headers)
