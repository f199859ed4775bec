"""From the head of an HTTP request to what it claims: who knocks, with which secrets, in which dialect.

Everything here is pure. Tolerant of what charge points are known to send (OpenEMS#1401, MicroOcpp#278,
ocpp-go#115, open-ocpp#198): slashes doubled or left over, the identity twice, more path than was configured,
absolute addresses in the request line, characters that should have been percent-encoded.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Sequence
from email.utils import formatdate
from http import HTTPStatus
from urllib.parse import quote, unquote_to_bytes

from msgspec import Struct
from websockets.datastructures import Headers
from websockets.extensions import Extension, ServerExtensionFactory
from websockets.http11 import Request
from websockets.server import ServerProtocol
from websockets.typing import LoggerLike

from chargeyard.dialects import Dialect
from chargeyard.domain.identity import is_identity
from chargeyard.gateway.gate import Choose
from chargeyard.services.admission import Claim, Knock, Refusal, clean

_AUTHORITY = re.compile(r"/?[A-Za-z][A-Za-z0-9+.\-]*://[^/?#]*")
_NOT_HERE = Refusal(404, "No charge point connects under this address.", why="path outside the OCPP path")
_NO_UPGRADE = Refusal(
    426,
    "This is the address of an OCPP central system. A charge point connects to it by WebSocket (OCPP-J).",
    (("Upgrade", "websocket"), ("Connection", "Upgrade, close")),
    "not a WebSocket upgrade",
)
_BROWSER = Refusal(403, "Browsers do not connect here.", why="an Origin header: a browser, or a page in one")
_ODD_IDENTITY = Refusal(400, "The identity in the address cannot be one.", why="impossible identity")
_NOT_HTTP = Refusal(400, "This is not an HTTP request.", why="not an HTTP request")
_NO_DIALECT = Refusal(
    400, "None of the offered WebSocket subprotocols is spoken here.", why="no common subprotocol"
)
_NO_OFFER = Refusal(
    400,
    "The request offers no WebSocket subprotocol (header Sec-WebSocket-Protocol); OCPP-J requires one.",
    why="no Sec-WebSocket-Protocol header",
)


class Door(Struct, frozen=True):
    """Where a connection came in: `prefix` are the path segments before the identity."""

    prefix: tuple[str, ...] = ()
    secure: bool = False

    @classmethod
    def under(cls, path: str, *, secure: bool = False) -> "Door":
        """The door under `path` as it stands in the settings."""
        return cls(tuple(segments(path)), secure)


class Opening(Struct):
    """A handshake that can be completed if admission agrees: `response` is the 101, ready to send."""

    knock: Knock
    dialect: Dialect | None
    response: bytes
    extensions: list[Extension]


class Rules(Struct, frozen=True):
    """What reading a handshake depends on, besides the request itself."""

    choose: Choose
    extensions: Sequence[ServerExtensionFactory] | None
    log: LoggerLike
    tolerant: bool = True


def read(head: bytes, door: Door, remote: str, rules: Rules) -> Opening | Refusal:
    """The opening that the request `head` (up to and with its empty line) asks for."""
    protocol = ServerProtocol(extensions=rules.extensions, logger=rules.log)
    request = _parse(protocol, tidy(head))
    if request is None:
        return _NOT_HTTP
    found = _objection_to(request.headers) or claims_of(request.path, door.prefix)
    if isinstance(found, Refusal):
        return found
    chosen = rules.choose(offered := offers(request.headers))
    objection = None if chosen else _NO_DIALECT if offered else _NO_OFFER
    knock = Knock(
        claims=found,
        basic=basic_of(request.headers),
        remote=remote,
        secure=door.secure,
        objection=objection,
    )
    return _agree(protocol, request, knock, chosen, tolerant=rules.tolerant)


def _agree(
    protocol: ServerProtocol,
    request: Request,
    knock: Knock,
    chosen: tuple[Dialect, str] | None,
    *,
    tolerant: bool,
) -> Opening | Refusal:
    """Let the library check and answer the upgrade; the subprotocol is ours to choose and to spell."""
    headers = request.headers
    if "Sec-WebSocket-Protocol" in headers:
        del headers["Sec-WebSocket-Protocol"]
    if tolerant and "upgrade" not in ",".join(headers.get_all("Connection")).lower():
        headers["Connection"] = "Upgrade"
    response = protocol.accept(request)
    if response.status_code != HTTPStatus.SWITCHING_PROTOCOLS:
        return _declined(response.status_code, protocol.handshake_exc)
    dialect, word = chosen or (None, "")
    if word:
        response.headers["Sec-WebSocket-Protocol"] = word
    return Opening(knock, dialect, response.serialize(), protocol.extensions)


def _declined(status: int, error: Exception | None) -> Refusal:
    # RFC 6455 §4.4: whoever comes with another version is told ours.
    version = (("Sec-WebSocket-Version", "13"),)
    return Refusal(status, "This is not a valid WebSocket upgrade request.", version, clean(str(error)))


def _parse(protocol: ServerProtocol, head: bytes) -> Request | None:
    protocol.receive_data(head)
    for event in protocol.events_received():
        if isinstance(event, Request):
            return event
    return None


def tidy(head: bytes) -> bytes:
    """`head` with a request target of plain ASCII: what should have been percent-encoded is (open-ocpp#198)."""
    line, separator, rest = head.partition(b"\r\n")
    method, _, remainder = line.partition(b" ")
    target, _, version = remainder.strip().rpartition(b" ")
    encoded = quote(target.strip(), safe="!#$%&'()*+,/:;=?@[]~|").encode()
    return b" ".join((method, encoded, version)) + separator + rest


def _objection_to(headers: Headers) -> Refusal | None:
    upgrades = ",".join(headers.get_all("Upgrade")).lower()
    if "websocket" not in upgrades:
        return _NO_UPGRADE
    return _BROWSER if headers.get_all("Origin") else None


def claims_of(target: str, prefix: Sequence[str]) -> tuple[Claim, ...] | Refusal:
    """All readings of a request target, likeliest first; an empty tuple names nobody."""
    path, _, query = _AUTHORITY.sub("", target, count=1).partition("#")[0].partition("?")
    named = segments(path)
    if tuple(named[: len(prefix)]) != tuple(prefix):
        return _NOT_HERE
    named = named[len(prefix) :]
    claims = tuple(dict.fromkeys(_readings(named, token_in(query))))
    return claims if all(map(_is_possible, claims)) else _ODD_IDENTITY


def _readings(named: Sequence[str], token: str | None) -> Iterator[Claim]:
    if not named:
        yield from _readings_of_query(token)
        return
    last = named[-1]
    # `/CP1/CP1`: the operator's address had the identity already, and the charge point put it there again.
    before = named[-2] if len(named) > 1 and named[-2] != last else None
    yield Claim(last, token if token is not None else before)
    if before is not None:
        yield Claim(before, last)
    if token is None:
        yield Claim(None, last)


def _readings_of_query(token: str | None) -> Iterator[Claim]:
    if token is None:
        return
    yield Claim(None, token)
    # `?token/CP1`: the charge point appends its identity to whatever address it was given.
    before, slash, after = token.rpartition("/")
    if slash and before:
        yield Claim(after or None, before)


def _is_possible(claim: Claim) -> bool:
    return claim.identity is None or is_identity(claim.identity)


def segments(path: str) -> list[str]:
    """The parts of a path between slashes, empty ones left out, percent-decoded once."""
    return [decoded(part) for part in path.split("/") if part]


def decoded(text: str) -> str:
    """Percent-decoded once, as UTF-8 or, where it is none, as Latin-1."""
    raw = unquote_to_bytes(text)
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def token_in(query: str) -> str | None:
    """The token of `token=…`, or the whole query where it holds no parameter of that name and no other."""
    parameters = [part.partition("=") for part in query.split("&")]
    for name, equals, value in parameters:
        if equals and name.lower() == "token":
            return decoded(value)
    return decoded(query) if query and len(parameters) == 1 else None


def basic_of(headers: Headers) -> bytes | None:
    """The decoded `user:password` of HTTP Basic (RFC 7617): bytes, since a key of OCPP 1.6 is no text.

    Empty if there is such a header but nothing can be made of it; None if there is none.
    """
    for value in headers.get_all("Authorization"):
        scheme, _, encoded = value.strip().partition(" ")
        if scheme.lower() == "basic":
            encoded = encoded.strip().rstrip("=")
            try:
                return base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
            except (binascii.Error, ValueError):
                return b""
    return None


def offers(headers: Headers) -> list[str]:
    """The offered subprotocols in the charge point's order, from however many header lines."""
    lines = headers.get_all("Sec-WebSocket-Protocol")
    return [word for line in lines for part in line.split(",") if (word := part.strip(" \t\"'"))]


def refusal_text(refusal: Refusal) -> bytes:
    """The HTTP response that tells a refusal and ends the connection."""
    body = refusal.reason.encode() + b"\n"
    headers = [
        ("Date", formatdate(usegmt=True)),
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", str(len(body))),
        *refusal.headers,
    ]
    if not any(name == "Connection" for name, _ in headers):
        headers.append(("Connection", "close"))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers)
    return f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n{lines}\r\n".encode() + body
