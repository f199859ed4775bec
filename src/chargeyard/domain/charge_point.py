"""The state of one charge point, owned by the one session that speaks with it.

It holds what the rules need at once: registration, connector states, the open transactions and a few closed
ones. Everything else is read from the store where it is needed. `rules.decide` reads it, `rules.evolve`
changes it, in place, after the commit; nobody else touches it.
"""

from datetime import datetime

from msgspec import Struct, field

from chargeyard.domain.accounts import NO_ACCOUNT, Account
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import Status
from chargeyard.domain.reports import Report

REMEMBERED = 8
"""How many closed transactions a session keeps in memory, for late samples and repeated stops."""


class Connector(Struct):
    """The last known state of a connector. `at` orders messages that overtake each other (field quirk 44)."""

    status: str
    error_code: str
    at: datetime


class Transaction(Struct, kw_only=True):
    """A transaction as the rules see it. Energy is in Wh, register readings as the meter showed them.

    `meter_start_at` is when the register was `meter_start_wh`; None: at the start. `energy_wh` and `quality` are
    of one that has ended.
    """

    number: int
    wire_id: str
    start_key: str
    evse: int
    connector: int
    id_token: str
    authorization: Status
    started_at: datetime
    meter_start_wh: int | None
    meter_start_at: datetime | None = None
    last_reading_at: datetime | None = None
    last_energy_wh: int | None = None
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    reason: str = ""
    completeness: str = ""
    energy_wh: int = 0
    quality: str = "ok"
    stop_id_token: str = ""
    account: Account = NO_ACCOUNT

    @property
    def is_open(self) -> bool:
        """No end is known, neither told nor inferred."""
        return self.stopped_at is None


class Backlog(Struct, frozen=True):
    """How many values of a stream waited at its last message, and whether they had become more."""

    pending: int
    is_growing: bool


class ChargePoint(Struct, kw_only=True):
    """What the owning session knows of its charge point. `awaited` are the kinds of reports that it was asked for
    while it was not accepted yet; only then do they matter. `firmware_version` is that of the last boot, None before
    the first; `backlogs` are of its streams."""

    id: str
    registration: Registration = Registration.ACCEPTED
    booted: bool = False
    firmware_version: str | None = None
    epoch: int = 0
    connectors: dict[tuple[int, int], Connector] = field(default_factory=dict)
    transactions: dict[int, Transaction] = field(default_factory=dict)
    backlogs: dict[int, Backlog] = field(default_factory=dict)
    awaited: frozenset[type[Report]] = frozenset()
    wrong_codes: int = 0
    wrong_code_at: datetime | None = None
    """How many wrong key codes came in a row, and when the last one did."""
    may_hold_profiles: bool = True
    may_hold_reservations: bool = True
    """False only while nothing of the kind is in the store: then no start and no end need look for it there."""

    def open_transactions(self) -> list[Transaction]:
        """Those without an end, oldest first."""
        return [transaction for transaction in self.transactions.values() if transaction.is_open]

    def remember(self, transaction: Transaction) -> None:
        """Keep `transaction`; forget the oldest closed ones beyond `REMEMBERED`."""
        self.transactions[transaction.number] = transaction
        closed = [number for number, known in self.transactions.items() if not known.is_open]
        for number in closed[:-REMEMBERED]:
            del self.transactions[number]
