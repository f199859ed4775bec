"""Id tokens: who may charge.

The verdict words are those of OCPP 2.x (AuthorizationStatusEnumType); a dialect folds what its version lacks.
1.6 idTags are case-insensitive (OCPP 1.6 §7.28), and so are tokens of 2.x (identifierString): `key_of` is the form
under which a token is stored and compared.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import Struct


class Status(StrEnum):
    """What the answer to a presented id token may be."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    CONCURRENT = "ConcurrentTx"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    NO_CREDIT = "NoCredit"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"
    NOT_FOR_THIS_EVSE = "NotAllowedTypeEVSE"
    UNKNOWN = "Unknown"


UNAUTHORIZED_KIND = "NoAuthorization"
"""The kind of token that stands for none: whoever comes may charge, and the answer is Accepted (C02.FR.02)."""

KEY_CODE_KIND = "KeyCode"
"""The kind of token that is a secret: never shown, logged or stored (C04.FR.04)."""

_DISGUISE = "keycode:"


class AllowedAt(Struct, frozen=True):
    """A charge point where a token may charge, and the EVSEs there; none named: all of them."""

    charge_point: str
    evses: tuple[int, ...] = ()


class IdToken(Struct, frozen=True):
    """One id token as registered.

    `kind` is the sort of token (ISO14443, eMAID, …); empty: any, as 1.6 tells none. `parent` is the group it belongs
    to, `parent_kind` the group's sort. `max_transactions` None means: any number at the same time. `refusal` is why
    it may not charge for now. Of `allowed_at` none means: everywhere. A `master_pass` may stop any transaction and
    start none (C16). After `cache_lifetime_s` a charge point shall ask again; None: no limit but `expires_at`.
    """

    id_token: str
    parent: str | None = None
    expires_at: datetime | None = None
    blocked: bool = False
    max_transactions: int | None = 1
    kind: str = ""
    parent_kind: str = ""
    refusal: Status | None = None
    allowed_at: tuple[AllowedAt, ...] = ()
    master_pass: bool = False
    language: str = ""
    personal_message: str = ""
    cache_lifetime_s: int | None = None


class Occasion(Struct, frozen=True, kw_only=True):
    """Where and for what a token is presented. Empty and 0 are not known, and then no reason to refuse.

    `kind` is the sort of token as presented; `starts` tells that it begins to charge, rather than asks or stops.
    """

    kind: str = ""
    charge_point: str = ""
    evse: int = 0
    starts: bool = False


ANYWHERE = Occasion()


class Verdict(Struct, frozen=True):
    """The answer to a presented token, with what the charge point may cache of it.

    `evses` are those it may charge at, where that is not all of them (C01.FR.19).
    """

    status: Status
    expires_at: datetime | None = None
    parent: str | None = None
    parent_kind: str = ""
    evses: tuple[int, ...] = ()
    language: str = ""
    personal_message: str = ""

    @property
    def accepted(self) -> bool:
        return self.status is Status.ACCEPTED


UNKNOWN = Verdict(Status.UNKNOWN)


class ListEntry(Struct, frozen=True, kw_only=True):
    """One token of a local authorization list; `verdict` None: it shall not be in the list."""

    id_token: str
    kind: str = ""
    verdict: Verdict | None = None


def key_of(id_token: str) -> str:
    """The form in which tokens are compared: trimmed and without case (OCPP 1.6 §7.28 CiString20)."""
    return id_token.strip().casefold()


def same_kind(one: str, other: str) -> bool:
    """Whether two sorts of token may be the same; empty may be any."""
    return not one or not other or one.casefold() == other.casefold()


def is_key_code(kind: str) -> bool:
    """Whether tokens of that kind are secrets."""
    return kind.casefold() == KEY_CODE_KIND.casefold()


def disguised(id_token: str, digest: Callable[[bytes], bytes]) -> str:
    """What stands for a key code wherever tokens are stored and shown (C04.FR.04). `digest` is keyed: a code of
    a few digits would be found by trying otherwise."""
    key = key_of(id_token)
    return id_token if not key or is_disguised(key) else _DISGUISE + digest(key.encode()).hex()[:24]


def is_disguised(id_token: str) -> bool:
    """Whether this stands for a key code, which nobody can tell a charge point any more."""
    return key_of(id_token).startswith(_DISGUISE)


def judge(token: IdToken | None, at: datetime, running: int = 0, occasion: Occasion = ANYWHERE) -> Verdict:
    """May `token` charge at `at` on this `occasion`, while `running` other transactions of it are open?

    A token presented as another kind than the registered one is not it. Blocked outweighs expired, expired
    outweighs all other reasons, and the limit of simultaneous transactions comes last.
    """
    if token is None or not same_kind(token.kind, occasion.kind):
        return UNKNOWN
    return verdict_of(token, _status(token, at, running, occasion), at, occasion.charge_point)


def verdict_of(token: IdToken, status: Status, at: datetime, charge_point: str = "") -> Verdict:
    """What a charge point is told of `token` besides its `status`."""
    lifetime = None if token.cache_lifetime_s is None else at + timedelta(seconds=token.cache_lifetime_s)
    return Verdict(
        status,
        expires_at=min(filter(None, (token.expires_at, lifetime)), default=None),
        parent=token.parent,
        parent_kind=token.parent_kind,
        evses=evses_at(token, charge_point) or (),
        language=token.language,
        personal_message=token.personal_message,
    )


def evses_at(token: IdToken, charge_point: str) -> tuple[int, ...] | None:
    """The EVSEs of `charge_point` where `token` may charge; () all, None none."""
    if not token.allowed_at or not charge_point:
        return ()
    here = [place.evses for place in token.allowed_at if place.charge_point == charge_point]
    if not here:
        return None
    return () if () in here else tuple(sorted({evse for evses in here for evse in evses}))


def _status(token: IdToken, at: datetime, running: int, occasion: Occasion) -> Status:
    if token.blocked:
        return Status.BLOCKED
    if token.expires_at is not None and token.expires_at <= at:
        return Status.EXPIRED
    if token.refusal is not None:
        return token.refusal
    evses = evses_at(token, occasion.charge_point)
    if evses is None or (evses and occasion.evse and occasion.evse not in evses):
        return Status.NOT_AT_THIS_LOCATION
    if token.master_pass and occasion.starts:
        return Status.INVALID
    if token.max_transactions is not None and running >= token.max_transactions:
        return Status.CONCURRENT
    return Status.ACCEPTED
