"""Id tokens: who may charge.

The verdict words are OCPP's own where both families know them (1.6 AuthorizationStatus, 2.x
AuthorizationStatusEnumType); a dialect folds those its version lacks. 1.6 idTags are case-insensitive
(OCPP 1.6 §7.28): `key_of` is the form under which a token is stored and compared.
"""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct


class Status(StrEnum):
    """What the answer to a presented id token may be."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    CONCURRENT = "ConcurrentTx"


class IdToken(Struct, frozen=True):
    """One id token as registered. `max_transactions` None means: any number at the same time."""

    id_token: str
    parent: str | None = None
    expires_at: datetime | None = None
    blocked: bool = False
    max_transactions: int | None = 1


class Verdict(Struct, frozen=True):
    """The answer to a presented token, with what the charge point may cache of it."""

    status: Status
    expires_at: datetime | None = None
    parent: str | None = None

    @property
    def accepted(self) -> bool:
        return self.status is Status.ACCEPTED


INVALID = Verdict(Status.INVALID)


def key_of(id_token: str) -> str:
    """The form in which tokens are compared: trimmed and without case (OCPP 1.6 §7.28 CiString20)."""
    return id_token.strip().casefold()


def judge(token: IdToken | None, at: datetime, running: int = 0) -> Verdict:
    """May `token` charge at `at`, while `running` other transactions of it are open?

    Unknown is Invalid; blocked outweighs expired, expired outweighs the limit of simultaneous transactions.
    """
    if token is None:
        return INVALID
    return Verdict(_status(token, at, running), token.expires_at, token.parent)


def _status(token: IdToken, at: datetime, running: int) -> Status:
    if token.blocked:
        return Status.BLOCKED
    if token.expires_at is not None and token.expires_at <= at:
        return Status.EXPIRED
    if token.max_transactions is not None and running >= token.max_transactions:
        return Status.CONCURRENT
    return Status.ACCEPTED
