"""What a charge point is told in return: the domain's half of an answer; a dialect makes the wire message of it."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from msgspec import Struct

from chargeyard.domain.accounts import Limits
from chargeyard.domain.authorization import Verdict
from chargeyard.domain.charging_profiles import Period


class Registration(StrEnum):
    """Whether a charge point belongs here. Pending: known, but kept out of service until an operator accepts it."""

    ACCEPTED = "Accepted"
    PENDING = "Pending"
    REJECTED = "Rejected"


class Registered(Struct, frozen=True):
    """To a boot: `interval_s` is the heartbeat interval if accepted, else how long to wait before the next try."""

    registration: Registration
    now: datetime
    interval_s: int


class TimeTold(Struct, frozen=True):
    """To a heartbeat."""

    now: datetime


class TokenJudged(Struct, frozen=True):
    """To a presented token. `certificate` is what is said of the contract certificate that came with it."""

    verdict: Verdict
    certificate: str = ""


class TransactionNumbered(Struct, frozen=True):
    """To a start: the number by which the charge point shall call the transaction, positive and below 2³¹."""

    number: int
    verdict: Verdict


class TransactionClosed(Struct, frozen=True):
    """To a stop. `verdict` only where the stop carried an id token."""

    verdict: Verdict | None = None


class TransactionHeard(Struct, frozen=True):
    """To an event of a transaction that the charge point numbers. `verdict` only where it carried an id token.

    `total_cost` is what it costs so far, or at its end in all: None is not known, 0 is free (I03.FR.02, FR.04).
    `limits` are told once, as an operator wants them from now on (2.1 E16).
    """

    verdict: Verdict | None = None
    total_cost: Decimal | None = None
    limits: Limits | None = None


class StreamJudged(Struct, frozen=True):
    """To a stream that was opened: is it welcome?"""

    accepted: bool


class CertificateAwaited(Struct, frozen=True):
    """To a certificate request: will somebody sign it?"""

    accepted: bool


class VatNumberJudged(Struct, frozen=True):
    """To a VAT number: it and its EVSE come back (2.1 C18.FR.10), and whether it is valid as far as we know."""

    vat_number: str
    evse: int | None
    accepted: bool = False


class DataUnderstood(Struct, frozen=True):
    """To a vendor's message: the status word, and data where the vendor's parser gives any."""

    status: str = "UnknownVendorId"
    data: str = ""


class NeedsHeard(Struct, frozen=True):
    """To what a vehicle needs: will a schedule for it come soon?"""

    is_promised: bool


class DynamicValuesTold(Struct, frozen=True):
    """To a question for the values of a Dynamic profile; None: it is none of ours, or not Dynamic."""

    values: Period | None


class Acknowledged(Struct, frozen=True):
    """To everything that asks for nothing but a receipt."""


class Refused(Struct, frozen=True):
    """The charge point may not send this now (OCPP 1.6 §4.2, 2.0.1 B02.FR.09): a SecurityError on the wire."""

    why: str


Answer = (
    Registered
    | TimeTold
    | TokenJudged
    | TransactionNumbered
    | TransactionClosed
    | TransactionHeard
    | CertificateAwaited
    | VatNumberJudged
    | StreamJudged
    | DataUnderstood
    | NeedsHeard
    | DynamicValuesTold
    | Acknowledged
    | Refused
)

ACKNOWLEDGED = Acknowledged()
