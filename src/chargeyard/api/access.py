"""Who asks: an operator by password (HTTP Basic), a script by API key (bearer), a browser by session cookie.

Nothing is open but handlers that carry `OPEN`. A session is a cookie that holds the operator's name and an
instant, sealed with a key that the operator's password hash is part of: it needs no storage, works on every
node, and ends when the password changes or the operator goes. Forged requests from other sites are refused by
where the browser says they come from (`SameOrigin`), which covers cookies and remembered Basic passwords alike
and needs no token in forms; SameSite=Lax is the second lock on the same door, and lets a link from a mail arrive.

Who asks is for the database to say, as long as it says anything. While it is away, handlers that carry `WHILE_AWAY`
still know those whom it knew shortly before.
"""

import asyncio
import base64
import binascii
import hmac
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Literal
from urllib.parse import quote

from litestar.connection import ASGIConnection
from litestar.datastructures import Cookie
from msgspec import Struct

from chargeyard.api.attempts import FailedLogins
from chargeyard.api.problems import NOT_AUTHENTICATED, TOO_MANY_REQUESTS, LoginWanted, Problem
from chargeyard.api.remembered import Remembered
from chargeyard.domain.events import ApiKeyRemoved, Event, OperatorSaved
from chargeyard.domain.records import OperatorRecord
from chargeyard.errors import Unavailable
from chargeyard.services.operators import key_digest
from chargeyard.services.ports import Clock, Keys, PasswordHasher, Store

OPEN: dict[str, Any] = {"public": True}
"""The `opt` of a handler that answers anybody."""

WHILE_AWAY: dict[str, Any] = {"while_away": True}
"""The `opt` of a handler that needs nothing of the database, and shows nothing of it: while that is away, it answers
those whom it would have answered shortly before."""

COOKIE = "chargeyard_session"
SESSION_LASTS = timedelta(hours=12)
_REMEMBERED_FOR = timedelta(minutes=1)
"""How long a password that was right once needs no slow hash again, so that scripts are quick."""
_KNOWN_FOR = timedelta(minutes=10)
"""How long somebody whom the database knew is known without it, from the last request on."""
_ANSWERS_WITHIN_S = 4.0
"""A database that takes longer to say who asks is away, where that matters: Prometheus gives up after ten seconds."""
_HASHES_AT_ONCE = 2

Connection = ASGIConnection[Any, Any, Any, Any]


class Principal(Struct, frozen=True):
    """Who asks. `id` is what commands are booked under: the operator, or the API key that acts for it."""

    id: str
    operator: str
    scheme: Literal["password", "key", "session"]


class Access:
    """Knows principals. One for each application; remembers only who was right (by keyed hashes) and failures."""

    def __init__(self, store: Store, keys: Keys, passwords: PasswordHasher, clock: Clock, attempts: FailedLogins) -> None:  # fmt: skip
        self._store = store
        self._keys = keys
        self._passwords = passwords
        self._clock = clock
        self._attempts = attempts
        self._right = Remembered[bool](_REMEMBERED_FOR)
        self._known = Remembered[Principal](_KNOWN_FOR)
        self._ended: dict[str, float] = {}
        self._judging: dict[bytes, asyncio.Task[bool]] = {}
        self._hashing = asyncio.Semaphore(_HASHES_AT_ONCE)
        self._decoy = ""

    async def identify(self, connection: Connection) -> Principal | None:
        """Who asks, or None. Raises `Problem` (429) after too many failed logins from this address, `Unavailable`
        where only the database could say."""
        if not connection.route_handler.opt.get("while_away"):
            return await self._known_now(connection)
        try:
            async with asyncio.timeout(_ANSWERS_WITHIN_S):
                return await self._known_now(connection)
        except (Unavailable, TimeoutError):
            return self._known_before(connection)

    def hear(self, events: Sequence[Event]) -> None:
        """Trust nobody from before a key was ended or a password changed."""
        if any(isinstance(event, ApiKeyRemoved | OperatorSaved) for event in events):
            self._known.clear()

    async def _known_now(self, connection: Connection) -> Principal | None:
        principal = await self._by_credentials(connection)
        presented = self._presented(connection)
        if principal is None:
            self._known.forget(presented)
        else:
            self._known.keep(presented, principal, self._clock())
        return principal

    def _known_before(self, connection: Connection) -> Principal:
        """Who is not remembered may be right all the same, and is not told to be wrong."""
        presented, now = self._presented(connection), self._clock()
        principal = self._known.find(presented, now)
        if principal is None:
            raise Unavailable("only the database could say who asks")
        self._known.keep(presented, principal, now)
        return principal

    async def _by_credentials(self, connection: Connection) -> Principal | None:
        scheme, _, value = connection.headers.get("authorization", "").partition(" ")
        match scheme.lower():
            case "basic":
                return await self._by_basic(value.strip(), connection)
            case "bearer":
                return await self._by_key(value.strip())
            case "":
                return await self._by_session(connection)
        return None

    async def check_password(self, name: str, password: str, connection: Connection) -> OperatorRecord | None:
        """The operator `name` if that is the password. Raises `Problem` (429) as `identify` does."""
        operator = await self._store.find_operator(name)
        address = address_of(connection)
        proof = self._proof(operator, password, address)
        if self._right.find(proof, self._clock()):
            return operator
        judging = self._judging.get(proof) or self._judge(operator, password, proof, address)
        # Shielded: others may wait for the same judgement when this request is given up.
        return operator if await asyncio.shield(judging) else None

    def _judge(
        self, operator: OperatorRecord | None, password: str, proof: bytes, address: str
    ) -> asyncio.Task[bool]:
        """One slow judgement for all that ask the same at the same moment, as a script's first requests do."""
        if not self._attempts.begin(address, self._clock()):
            raise Problem(TOO_MANY_REQUESTS, headers={"Retry-After": "60"})
        judging = asyncio.create_task(self._judged(operator, password, proof, address))
        if proof:
            self._judging[proof] = judging
            judging.add_done_callback(lambda _: self._judging.pop(proof, None))
        return judging

    async def _judged(
        self, operator: OperatorRecord | None, password: str, proof: bytes, address: str
    ) -> bool:
        is_right = await self._verify(operator, password)
        if is_right:
            self._attempts.succeeded(address)
            self._right.keep(proof, True, self._clock())
        return is_right

    def log_in(self, connection: Connection, operator: OperatorRecord) -> Cookie:
        """The cookie that begins a session of `operator`."""
        expires = str(int((self._clock() + SESSION_LASTS).timestamp()))
        value = f"{_encode(operator.name.encode())}.{expires}.{_encode(self._seal(operator, expires))}"
        return _cookie(connection, value, int(SESSION_LASTS.total_seconds()))

    def log_out(self, connection: Connection) -> Cookie:
        """The cookie that ends the session in this browser; its old one is worth nothing from now on."""
        _, _, rest = connection.cookies.get(COOKIE, "").partition(".")
        now = self._clock().timestamp()
        self._ended = {seal: until for seal, until in self._ended.items() if until > now}
        self._ended[rest] = now + SESSION_LASTS.total_seconds()
        return _cookie(connection, "", 0)

    async def _by_basic(self, value: str, connection: Connection) -> Principal | None:
        name, colon, password = _decode(value).decode("utf-8", "replace").partition(":")
        operator = await self.check_password(name, password, connection) if colon else None
        return Principal(operator.name, operator.name, "password") if operator else None

    async def _by_key(self, key: str) -> Principal | None:
        record = await self._store.find_api_key(key_digest(self._keys, key)) if key else None
        return Principal(f"api-key/{record.id}", record.operator, "key") if record else None

    async def _by_session(self, connection: Connection) -> Principal | None:
        name, _, rest = connection.cookies.get(COOKIE, "").partition(".")
        expires, _, seal = rest.partition(".")
        if rest in self._ended or not (seal and expires.isascii() and expires.isdecimal()):
            return None
        if int(expires[:15]) <= self._clock().timestamp():
            return None
        operator = await self._store.find_operator(_decode(name).decode("utf-8", "replace"))
        if operator is None or not hmac.compare_digest(self._seal(operator, expires), _decode(seal)):
            return None
        return Principal(operator.name, operator.name, "session")

    async def _verify(self, operator: OperatorRecord | None, password: str) -> bool:
        """Slow on purpose, and as slow for a name that nobody has, so that names cannot be found out."""
        async with self._hashing:
            if operator is not None:
                return await asyncio.to_thread(self._passwords.verify, operator.password_hash, password)
            self._decoy = self._decoy or await asyncio.to_thread(self._passwords.hash, "nobody")
            await asyncio.to_thread(self._passwords.verify, self._decoy, password)
            return False

    def _seal(self, operator: OperatorRecord, expires: str) -> bytes:
        return self._keys.hash("session", _joined(operator.name, operator.password_hash, expires))

    def _proof(self, operator: OperatorRecord | None, password: str, address: str) -> bytes:
        """Under what a right password is remembered: for that address alone, or a stranger whose guesses are
        no longer judged would still learn which of them is right."""
        if operator is None:
            return b""
        return self._keys.hash("login", _joined(operator.name, operator.password_hash, password, address))

    def _presented(self, connection: Connection) -> bytes:
        """Under what somebody is known for a while: also for that address alone."""
        header = connection.headers.get("authorization", "")
        cookie = connection.cookies.get(COOKIE, "")
        return self._keys.hash("presented", _joined(header, cookie, address_of(connection)))


def refusal(connection: Connection, login_path: str) -> Exception:
    """What somebody unknown is told: a person is shown the login page (if there is one), a script a 401."""
    if login_path and _is_page_visit(connection):
        asked = connection.url.path + (f"?{connection.url.query}" if connection.url.query else "")
        return LoginWanted(f"{login_path}?next={quote(asked, safe='/')}")
    headers = {} if _is_script_of_page(connection) else {"WWW-Authenticate": _CHALLENGE}
    if "hx-request" in connection.headers and login_path:
        headers["HX-Redirect"] = login_path
    return Problem(NOT_AUTHENTICATED, headers=headers)


_CHALLENGE = 'Basic realm="chargeyard", charset="UTF-8"'


def address_of(connection: Connection) -> str:
    """Where the request comes from; a trusted proxy's word for it is the server's business, not ours."""
    return connection.client.host if connection.client else ""


def _is_page_visit(connection: Connection) -> bool:
    """A browser goes to a page: then a login page helps more than the browser's own password window."""
    headers = connection.headers
    return (
        connection.scope.get("method") == "GET"
        and "text/html" in headers.get("accept", "")
        and "authorization" not in headers
        and not _is_script_of_page(connection)
    )


def _is_script_of_page(connection: Connection) -> bool:
    """A script inside a page asks: a challenge would make the browser open a password window over it."""
    headers = connection.headers
    mode = headers.get("sec-fetch-mode", "navigate")
    return mode != "navigate" or "hx-request" in headers or "x-requested-with" in headers


def _cookie(connection: Connection, value: str, lasts_s: int) -> Cookie:
    return Cookie(
        key=COOKIE,
        value=value,
        max_age=lasts_s,
        path="/",
        secure=connection.scope["scheme"] in {"https", "wss"},
        httponly=True,
        samesite="lax",
    )


def _joined(*parts: str) -> bytes:
    """The parts with their lengths, so that no two lists of parts give the same bytes."""
    return b"".join(
        len(encoded).to_bytes(4, "big") + encoded for encoded in (part.encode() for part in parts)
    )


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    """The bytes of base64 in either alphabet, padded or not; nothing for what is not base64."""
    normal = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(normal + "=" * (-len(normal) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""
