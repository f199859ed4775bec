"""The way in and out."""

from typing import Annotated, Any, Protocol

from litestar import Request, Response, get, post
from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import Body, SkipValidation
from litestar.response import Redirect
from msgspec import Struct

from chargeyard.domain.records import OperatorRecord
from chargeyard.web.rendering import Renderer
from chargeyard.web.security import HEADERS, is_local

HOME = "/"
PATH = "/login"

_PUBLIC: dict[str, Any] = {"public": True}
_WRONG = "Operator name or password is wrong."
_TOO_MANY = "Too many failed logins from this address. Wait a minute, then try again."

Connection = ASGIConnection[Any, Any, Any, Any]


class Access(Protocol):
    """Who may come in; the REST interface knows and sets the session cookie."""

    async def check_password(self, name: str, password: str, connection: Connection) -> OperatorRecord | None:
        """The operator if that is the password, else None; raises after too many failures."""

    def log_in(self, connection: Connection, operator: OperatorRecord) -> Cookie: ...
    def log_out(self, connection: Connection) -> Cookie: ...


class Credentials(Struct):
    """The form as it is posted."""

    name: str = ""
    password: str = ""
    next: str = HOME


Form = Annotated[Credentials, Body(media_type=RequestEncodingType.URL_ENCODED)]


Injected = NamedDependency[SkipValidation[Access]]
"""The application provides it by the name `access`."""


def routes(too_many: type[Exception], renderer: Renderer) -> list[HTTPRouteHandler]:
    """The handlers of login and logout; `too_many` is what `Access` raises at its limit."""

    def form(error: str, status_code: int, name: str, onward: str) -> Response[str]:
        html = renderer.page("login.html", error=error, name=name, next=onward)
        return Response(html, media_type="text/html", status_code=status_code, headers=HEADERS)

    @get(PATH, include_in_schema=False, opt=_PUBLIC)
    async def show_login(request: Request[Any, Any, Any]) -> Response[str]:
        return form("", 200, "", _local(request.query_params.get("next", HOME)))

    @post(PATH, include_in_schema=False, opt=_PUBLIC)
    async def log_in(request: Request[Any, Any, Any], data: Form, access: Injected) -> Response[Any]:
        onward = _local(data.next)
        try:
            operator = await access.check_password(data.name, data.password, request)
        except too_many:
            return form(_TOO_MANY, 429, data.name, onward)
        if operator is None:
            return form(_WRONG, 401, data.name, onward)
        return Redirect(onward, status_code=303, cookies=[access.log_in(request, operator)], headers=HEADERS)

    @post("/logout", include_in_schema=False, opt=_PUBLIC)
    async def log_out(request: Request[Any, Any, Any], access: Injected) -> Response[Any]:
        return Redirect(PATH, status_code=303, cookies=[access.log_out(request)], headers=HEADERS)

    return [show_login, log_in, log_out]


def _local(address: str) -> str:
    return address if is_local(address) else HOME
