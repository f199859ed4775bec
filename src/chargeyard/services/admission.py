"""May this charge point connect? Decided before the WebSocket opens, from what its request claims.

A request can be read in several ways (`/ocpp/A/B`: is B the charge point, or A with the token B?). The gateway
hands over all of them as claims; the first that holds wins.

Who is known must prove itself with its password or token, if it was registered with one; registering it
without is the operator's consent to security profile 0. A charge point whose registration is Rejected may
still connect: it has to hear so in the answer to its boot, and everything else is refused there (OCPP 1.6
§4.2, 2.0.1 B03).
"""

import logging
import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from msgspec import Struct

from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.events import ChargePointRegistered, SecurityEventRecorded
from chargeyard.errors import ChargeyardError, Conflict, Unavailable
from chargeyard.services.credentials import TOKEN_PURPOSE, Keys
from chargeyard.services.ports import Clock, Journal, Loaded, Store

_log = logging.getLogger(__name__)

MOST_PAIRS = 10_000
"""Pairs of charge point and address whose failures are remembered; beyond, the oldest is forgotten."""

NOTICEABLE_FAILURES = 3
"""So many failed logins within a minute are worth a security event."""

_REGISTRABLE = re.compile(r"[A-Za-z0-9*\-_=:+|@. ]{1,255}")
"""What an unknown charge point may call itself to be registered unasked: the letters of OCPP 2.0.1's
identifierString, and the space that some send. An operator may register any identity."""


class Claim(Struct, frozen=True):
    """One way to read a request: who connects (None: whoever holds the token), and the token it shows."""

    identity: str | None
    token: str | None = None


class Refusal(Struct, frozen=True):
    """Why there is no connection: an HTTP status, words for the peer, more headers, words for our log."""

    status: int
    reason: str
    headers: tuple[tuple[str, str], ...] = ()
    why: str = ""


class Knock(Struct, frozen=True, kw_only=True):
    """A request to be let in. `basic` is the decoded `user:password` of the Authorization header.

    `objection` is what speaks against the connection whoever it is (no common subprotocol): it is told only
    to those who have proved who they are.
    """

    claims: Sequence[Claim]
    basic: bytes | None = None
    remote: str = ""
    secure: bool = False
    objection: Refusal | None = None


class Admitted(Struct, frozen=True):
    """Come in. `security_profile` is the one this connection has: 0 no login, 1 login, 2 login inside TLS."""

    loaded: Loaded
    security_profile: int
    remote: str

    @property
    def identity(self) -> str:
        """The identity of the charge point, as it is registered."""
        return self.loaded.state.id


class Policy(Struct, frozen=True, kw_only=True):
    """The settings that matter here. `retry_after_s` is what a refused peer is asked to wait."""

    unknown_charge_points: Literal["refuse", "pending", "accept"] = "refuse"
    failed_logins_per_minute: int = 30
    retry_after_s: int = 30


_CHALLENGE = ("WWW-Authenticate", 'Basic realm="ocpp", charset="UTF-8"')
_NAMELESS = Refusal(400, "The address does not name a charge point.", why="no identity in the path")
_UNKNOWN = Refusal(404, "This charge point is not known here.", why="unknown charge point")
_UNPROVEN = Refusal(401, "User name, password or token are missing or wrong.", (_CHALLENGE,))


class Failures:
    """Failed logins of the last minute, for each pair of charge point and remote address.

    The pair, so that a stranger who guesses can never lock the real charge point out.
    """

    __slots__ = ("_limit", "_pairs", "_told")

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._pairs: dict[tuple[str, str], tuple[int, datetime]] = {}
        self._told: dict[str, datetime] = {}

    def wait_s(self, pair: tuple[str, str], now: datetime) -> int:
        """How long this pair has to wait before it may try again, in seconds; 0 is not at all."""
        count, since = self._pairs.get(pair, (0, now))
        return max(0, 60 - int((now - since).total_seconds())) if count >= self._limit else 0

    def count(self, pair: tuple[str, str], now: datetime) -> int:
        """Add one; how many there are now within the minute that began with the first."""
        count, since = self._pairs.pop(pair, (0, now))
        if (now - since).total_seconds() >= 60:
            count, since = 0, now
        self._pairs[pair] = (count + 1, since)
        _bound(self._pairs)
        return count + 1

    def forget(self, pair: tuple[str, str]) -> None:
        """The pair has logged in."""
        self._pairs.pop(pair, None)

    def noteworthy(self, charge_point: str, count: int, now: datetime) -> bool:
        """Whether `count` failures deserve a security event: once a minute for each charge point at most."""
        told = self._told.get(charge_point)
        if count < min(NOTICEABLE_FAILURES, self._limit) or (told and (now - told).total_seconds() < 60):
            return False
        self._told.pop(charge_point, None)
        self._told[charge_point] = now
        _bound(self._told)
        return True


class Admission:
    """The door keeper of a node."""

    __slots__ = ("_clock", "_failures", "_journal", "_keys", "_policy", "_store")

    def __init__(self, store: Store, journal: Journal, keys: Keys, clock: Clock, policy: Policy) -> None:
        self._store = store
        self._journal = journal
        self._keys = keys
        self._clock = clock
        self._policy = policy
        self._failures = Failures(policy.failed_logins_per_minute)

    async def admit(self, knock: Knock) -> Admitted | Refusal:
        """Let in or refuse; a refusal is logged, without any secret."""
        try:
            who, verdict = await self._judge(knock)
        except Unavailable:
            # Nothing of the address is logged here: which part of it is a token could not be looked up.
            who, verdict = "", self._unavailable()
        if isinstance(verdict, Refusal):
            log_refusal(verdict, knock.remote, who)
        return verdict

    async def _judge(self, knock: Knock) -> tuple[str, Admitted | Refusal]:
        wrong: tuple[str, Refusal] | None = None
        for claim in knock.claims:
            loaded = await self._find(claim, knock)
            if loaded is None:
                continue
            verdict = await self._check(loaded, claim, knock)
            if isinstance(verdict, Admitted):
                return loaded.state.id, knock.objection or verdict
            wrong = wrong or (loaded.state.id, verdict)
        return wrong or await self._judge_unknown(knock)

    async def _find(self, claim: Claim, knock: Knock) -> Loaded | None:
        if claim.identity is not None:
            return await self._store.load(claim.identity)
        if claim.token is None or self._failures.wait_s(("", knock.remote), self._clock()):
            return None
        return await self._store.load_by_token(self._keys.token(claim.token))

    async def _check(self, loaded: Loaded, claim: Claim, knock: Knock) -> Admitted | Refusal:
        pair = (loaded.state.id, knock.remote)
        if loaded.credential is None and loaded.token is None:
            return Admitted(loaded, 0, knock.remote)
        if wait_s := self._failures.wait_s(pair, self._clock()):
            return _too_many(wait_s)
        if claim.identity is None or self._proves(loaded, claim, knock):
            self._failures.forget(pair)
            return Admitted(loaded, 2 if knock.secure else 1, knock.remote)
        await self._note_failure(pair)
        return _with_why(_UNPROVEN, _what_failed(claim, knock))

    def _proves(self, loaded: Loaded, claim: Claim, knock: Knock) -> bool:
        """Whether one of the secrets shown is this charge point's. A wrong user name spoils it (A00.FR.204)."""
        shown = [claim.token.encode()] if claim.token is not None else []
        if knock.basic is not None:
            password = password_of(loaded.state.id, knock.basic)
            if password is None:
                return False
            if loaded.credential and self._keys.verify_password(password, loaded.credential):
                return True
            shown.append(password)
        token = loaded.token
        return token is not None and any(self._keys.matches(TOKEN_PURPOSE, one, token) for one in shown)

    async def _note_failure(self, pair: tuple[str, str]) -> None:
        now = self._clock()
        charge_point, remote = pair
        count = self._failures.count(pair, now)
        if not self._failures.noteworthy(charge_point, count, now):
            return
        event = SecurityEventRecorded(
            recorded_at=now,
            charge_point=charge_point,
            kind="RepeatedLoginFailures",
            at=now,
            tech_info=f"{count} failed logins from {remote or 'an unknown address'} within a minute",
            source="system",
        )
        try:
            await self._journal.commit([event])
        except ChargeyardError as error:
            _log.warning("security event of %s not stored: %s", clean(charge_point), error)

    async def _judge_unknown(self, knock: Knock) -> tuple[str, Admitted | Refusal]:
        named = [claim.identity for claim in knock.claims if claim.identity is not None]
        if named:
            return _shown(named), await self._judge_stranger(named[0], knock)
        if not knock.claims:
            return "", _NAMELESS
        now = self._clock()
        if wait_s := self._failures.wait_s(("", knock.remote), now):
            return "", _too_many(wait_s)
        self._failures.count(("", knock.remote), now)
        return "", _with_why(_UNPROVEN, "unknown token")

    async def _judge_stranger(self, identity: str, knock: Knock) -> Admitted | Refusal:
        if self._policy.unknown_charge_points == "refuse" or not _REGISTRABLE.fullmatch(identity):
            if any(claim.identity is None for claim in knock.claims):
                # The last segment may have been a guess at a token. Beyond the limit guesses are no longer
                # looked up; the answer stays the same, since most such callers are just not registered.
                self._failures.count(("", knock.remote), self._clock())
            return _UNKNOWN
        return knock.objection or await self._register(identity, knock)

    async def _register(self, identity: str, knock: Knock) -> Admitted | Refusal:
        accept = self._policy.unknown_charge_points == "accept"
        registration = Registration.ACCEPTED if accept else Registration.PENDING
        event = ChargePointRegistered(
            recorded_at=self._clock(), charge_point=identity, registration=registration
        )
        try:
            await self._journal.commit([event])
        except Conflict:
            return self._unavailable("registered by somebody else at this moment")
        _log.info("charge point %s is now registered, %s", clean(identity), registration.value)
        loaded = Loaded(ChargePoint(id=identity, registration=registration), None, None, "")
        return Admitted(loaded, 0, knock.remote)

    def _unavailable(self, why: str = "the database is away") -> Refusal:
        retry = ("Retry-After", str(self._policy.retry_after_s))
        return Refusal(503, "Not available at the moment, please try again.", (retry,), why)


def log_refusal(refusal: Refusal, remote: str, who: str = "") -> None:
    """One line at INFO. `who` may hold what the peer sent, but no secret."""
    name = f" {clean(who)!r}" if who else ""
    _log.info(
        "refused charge point%s from %s with %d: %s",
        name,
        remote or "an unknown address",
        refusal.status,
        refusal.why or refusal.reason,
    )


def clean(text: str) -> str:
    """`text` as it may stand in a log line: no control characters, at most 255 characters."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[:255])


def password_of(identity: str, basic: bytes) -> bytes | None:
    """The password in `user:password` if the user is `identity`, else None.

    Split after the identity and not at the first colon: an identity of OCPP 1.6 may hold one.
    """
    user = identity.encode() + b":"
    return basic[len(user) :] if basic.startswith(user) else None


def _too_many(wait_s: int) -> Refusal:
    retry = ("Retry-After", str(wait_s))
    return Refusal(429, "Too many failed logins, please wait.", (retry,), "too many failed logins")


def _with_why(refusal: Refusal, why: str) -> Refusal:
    return Refusal(refusal.status, refusal.reason, refusal.headers, why)


def _what_failed(claim: Claim, knock: Knock) -> str:
    if knock.basic is not None and claim.identity and password_of(claim.identity, knock.basic) is None:
        return "the user name is not the identity"
    return "wrong password or token" if knock.basic or claim.token else "no password and no token"


def _shown(named: Sequence[str]) -> str:
    """The identity for the log. Of several candidates one may be a token: then only how they begin."""
    if len(named) == 1:
        return named[0]
    return " or ".join(f"{name[:4]}…" for name in named)


def _bound(entries: dict[Any, Any]) -> None:
    if len(entries) > MOST_PAIRS:
        del entries[next(iter(entries))]
