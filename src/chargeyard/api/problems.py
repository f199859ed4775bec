"""Errors as RFC 9457 problem details: every kind that this interface knows, and how exceptions become them."""

import logging
from collections.abc import Mapping
from typing import Any

from litestar import Request, Response
from litestar.enums import ParamType
from litestar.exceptions import HTTPException
from litestar.params import ParameterKwarg
from litestar.response import Redirect
from litestar.types import ExceptionHandlersMap
from msgspec import Struct

from chargeyard.errors import Conflict, NotFound, Poisoned, Unavailable

MEDIA_TYPE = "application/problem+json"
URN = "urn:chargeyard:problem:"

_log = logging.getLogger(__name__)


class Kind(Struct, frozen=True):
    """A kind of problem: the last word of its type, its HTTP status, its title. All three are stable."""

    word: str
    status: int
    title: str

    @property
    def type(self) -> str:
        """The `type` member: a URN, since a problem must keep its name wherever this server lives."""
        return URN + self.word


INVALID_REQUEST = Kind("invalid-request", 400, "The request cannot be understood")
INVALID_CURSOR = Kind("invalid-cursor", 400, "The cursor is not one of this list")
NOT_AUTHENTICATED = Kind("not-authenticated", 401, "Log in first")
FORBIDDEN = Kind("forbidden", 403, "This is not allowed")
CROSS_ORIGIN = Kind("cross-origin", 403, "The request comes from another site")
NOT_FOUND = Kind("not-found", 404, "There is no such thing")
CHARGE_POINT_NOT_FOUND = Kind("charge-point-not-found", 404, "There is no such charge point")
METHOD_NOT_ALLOWED = Kind("method-not-allowed", 405, "This method is not for this path")
CHARGE_POINT_OFFLINE = Kind("charge-point-offline", 409, "The charge point is not connected")
CONFLICT = Kind("conflict", 409, "This contradicts what is stored")
TARIFF_REUSED = Kind("tariff-id-reused", 409, "The tariff id stands for another tariff")
NOT_AUTHORIZED = Kind("id-token-not-authorized", 409, "The id token may not do this")
TRANSACTION_NOT_RUNNING = Kind("transaction-not-running", 409, "The transaction has ended")
KEY_REUSED = Kind("idempotency-key-reused", 409, "The idempotency key belongs to another command")
TOO_LARGE = Kind("too-large", 413, "The request is too large")
UNSUPPORTED_MEDIA_TYPE = Kind("unsupported-media-type", 415, "The body is not JSON")
INVALID_COMMAND = Kind("invalid-command", 422, "The charge point's protocol version does not allow this")
NOT_STORABLE = Kind("not-storable", 422, "The database refuses this")
TOO_MANY_REQUESTS = Kind("too-many-requests", 429, "Too many failed logins")
INTERNAL_ERROR = Kind("internal-error", 500, "Something went wrong here")
CHARGE_POINT_ERROR = Kind("charge-point-error", 502, "The charge point answered with an error")
UNAVAILABLE = Kind("unavailable", 503, "The database is away")
OVERLOADED = Kind("overloaded", 503, "Too much waits to be stored")
NO_ANSWER = Kind("no-answer", 504, "The charge point did not answer in time")

KINDS = (
    INVALID_REQUEST,
    INVALID_CURSOR,
    NOT_AUTHENTICATED,
    FORBIDDEN,
    CROSS_ORIGIN,
    NOT_FOUND,
    CHARGE_POINT_NOT_FOUND,
    METHOD_NOT_ALLOWED,
    CHARGE_POINT_OFFLINE,
    CONFLICT,
    TARIFF_REUSED,
    NOT_AUTHORIZED,
    TRANSACTION_NOT_RUNNING,
    KEY_REUSED,
    TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    INVALID_COMMAND,
    NOT_STORABLE,
    TOO_MANY_REQUESTS,
    INTERNAL_ERROR,
    CHARGE_POINT_ERROR,
    UNAVAILABLE,
    OVERLOADED,
    NO_ANSWER,
)

_BY_STATUS = {
    400: INVALID_REQUEST,
    401: NOT_AUTHENTICATED,
    403: FORBIDDEN,
    404: NOT_FOUND,
    405: METHOD_NOT_ALLOWED,
    413: TOO_LARGE,
    415: UNSUPPORTED_MEDIA_TYPE,
    429: TOO_MANY_REQUESTS,
}
"""What the framework's own refusals are called here."""


class Problem(Exception):
    """Ends a request with a problem; `members` are further members of the answer."""

    def __init__(
        self,
        kind: Kind,
        detail: str = "",
        *,
        members: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail or kind.title)
        self.kind = kind
        self.detail = detail
        self.members = dict(members or {})
        self.headers = dict(headers or {})


class LoginWanted(Exception):
    """Ends the request of a browser that nobody has logged in with: it is sent to `location`."""

    def __init__(self, location: str) -> None:
        super().__init__(location)
        self.location = location


def handlers() -> ExceptionHandlersMap:
    """Which exception becomes what; `Exception` is caught here and nowhere else in a request."""
    return {
        Problem: _of_problem,
        LoginWanted: _of_login_wanted,
        NotFound: lambda request, error: _answer(Problem(NOT_FOUND, str(error))),
        Conflict: lambda request, error: _answer(Problem(CONFLICT, str(error))),
        Poisoned: lambda request, error: _answer(Problem(NOT_STORABLE)),
        Unavailable: lambda request, error: _answer(Problem(UNAVAILABLE, headers={"Retry-After": "5"})),
        HTTPException: _of_framework,
        RecursionError: lambda request, error: _answer(Problem(INVALID_REQUEST, "nested too deeply")),
        Exception: _of_fault,
    }


def _of_problem(request: Request[Any, Any, Any], error: Problem) -> Response[Any]:
    return _answer(error)


def _of_login_wanted(request: Request[Any, Any, Any], error: LoginWanted) -> Response[Any]:
    return Redirect(error.location, status_code=303)


def _of_framework(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _of_fault(request, error)
    kind = _BY_STATUS.get(error.status_code) or Kind(
        "http-error", error.status_code, "The request is refused"
    )
    faults = [_fault(request, entry) for entry in error.extra or [] if isinstance(entry, Mapping)]
    members = {"errors": faults} if faults else {}
    detail = "" if faults or kind is NOT_FOUND else error.detail
    return _answer(Problem(kind, detail, members=members, headers=error.headers))


def _fault(request: Request[Any, Any, Any], entry: Mapping[str, Any]) -> dict[str, Any]:
    """One thing that is wrong with a request, in our words: where, in what, and why."""
    source, name = entry.get("source", ""), str(entry.get("key", ""))
    if isinstance(source, ParamType):
        source, name = source.value, _sent_name(request, name)
    where = {"in": str(source), "name": name}
    return {**{key: text for key, text in where.items() if text}, "detail": str(entry.get("message", ""))}


def _sent_name(request: Request[Any, Any, Any], argument: str) -> str:
    """What the caller calls the parameter that is `argument` of the handler."""
    declared = request.route_handler.parsed_fn_signature.parameters.get(argument)
    definition = declared.kwarg_definition if declared else None
    return (isinstance(definition, ParameterKwarg) and (definition.query or definition.name)) or argument


def _of_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return _answer(Problem(INTERNAL_ERROR))


def _answer(problem: Problem) -> Response[Any]:
    kind = problem.kind
    body = {"type": kind.type, "title": kind.title, "status": kind.status}
    if problem.detail:
        body["detail"] = problem.detail
    return Response(
        {**problem.members, **body}, status_code=kind.status, media_type=MEDIA_TYPE, headers=problem.headers
    )
