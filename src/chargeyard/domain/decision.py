"""What a rule is given besides state and report, and what it gives back."""

from collections.abc import Mapping
from datetime import datetime

from msgspec import Struct

from chargeyard.domain.answers import Answer
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import Told
from chargeyard.domain.events import Event
from chargeyard.domain.records import ItemRecord, ReservationRecord


class Policy(Struct, frozen=True, kw_only=True):
    """The settings that rules obey. `strict`: a charge point must have booted before it may say anything else.

    `follows_up`: what is promised to a charge point beyond the answer can be asked of it afterwards.
    `keeps_certificate_requests`: operators have them signed, so that they may be accepted.
    """

    heartbeat_interval_s: int = 300
    retry_interval_s: int = 60
    strict: bool = False
    follows_up: bool = True
    keeps_certificate_requests: bool = False


class Context(Struct, frozen=True, kw_only=True):
    """The world at the moment of a decision: the clock, and what the store knows of the things in the report.

    `token` is the presented id token as registered, `running` how many transactions of it are open anywhere.
    `known` is a transaction found in the store by its natural key or its wire id; `number` a fresh transaction
    number, used only if a new transaction is made. `metered` is what was measured in transactions that end, or
    have ended, by their numbers; `told_events` are events of such a transaction in the order of theirs: the first
    ones, those beside the reported one, and all where times or arrivals run backwards. `in_order` is what was
    measured in the order of arrival, of a transaction during which the clock was set back. `held` are the
    reservations that may be used by a transaction. `book` is what is known to be installed there, of the
    kinds that the report is about.
    """

    now: datetime
    policy: Policy = Policy()
    token: IdToken | None = None
    running: int = 0
    known: Transaction | None = None
    number: int = 0
    held: tuple[ReservationRecord, ...] = ()
    metered: Mapping[int, tuple[Metered, ...]] = {}
    told_events: tuple[Told, ...] = ()
    in_order: Mapping[int, tuple[Metered, ...]] = {}
    book: tuple[ItemRecord, ...] = ()


class Scene(Struct, frozen=True):
    """Where and when a command was settled. `submitted_at` is when it was asked; None: at the same instant.

    `book` is what the charge point held before, of the kind that the command is about (`consequences.BOOKS`).
    """

    charge_point: str
    now: datetime
    submitted_at: datetime | None = None
    book: tuple[ItemRecord, ...] = ()

    @property
    def asked_at(self) -> datetime:
        """From when on a charge point may have told what it was asked for: its first part can be stored before
        the outcome is."""
        return self.submitted_at or self.now


class Decision(Struct, frozen=True):
    """What shall be stored, in this order, and what the charge point shall then be told."""

    events: tuple[Event, ...]
    answer: Answer
