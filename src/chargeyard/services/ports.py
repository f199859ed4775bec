"""What the use cases need of the world. Each port has one contract suite over all its implementations."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from msgspec import Struct

from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import Told
from chargeyard.domain.events import Event
from chargeyard.domain.items import ItemKind
from chargeyard.domain.records import (
    ApiKeyRecord,
    ChargePointRecord,
    CommandRecord,
    CustomerInformationRecord,
    FindingRecord,
    IdTokenRecord,
    IntervalRecord,
    ItemRecord,
    JobRecord,
    ListedToken,
    ListingRecord,
    LocalListRecord,
    MessageRecord,
    MeterValueRecord,
    OperatorRecord,
    Page,
    ReportRecord,
    ReservationRecord,
    TransactionEventRecord,
    TransactionRecord,
    VariableRecord,
)
from chargeyard.domain.tariffs import Tariff


class Clock(Protocol):
    """Now, as an aware UTC datetime."""

    def __call__(self) -> datetime: ...


class Fence(Struct, frozen=True, gc=False):
    """Who writes: the session of `charge_point` with this `epoch`, and only as long as there is no newer one."""

    charge_point: str
    epoch: int


class Journal(Protocol):
    """The only way into the store: events, committed in groups."""

    async def commit(self, events: Sequence[Event], fence: Fence | None = None) -> None:
        """Return when all of `events` are durable, together or not at all, in the order given.

        While the database is away this waits; it gives up with `Unavailable` only when the journal is closed.
        Raises `Poisoned` if the database refuses these events for good, `Conflict` if a unique name or natural
        key is already taken, and `Fenced` if the stored epoch of the fence's charge point is greater than the
        fence's; in all cases none of `events` is stored, and others are not harmed.
        """

    def begin(self, events: Sequence[Event], fence: Fence | None = None) -> asyncio.Future[None]:
        """`commit` for those who have nothing else to wait for, and so need no task."""


class Loaded(Struct):
    """A charge point as a handshake needs it: its state and the keyed hashes of its secrets."""

    state: ChargePoint
    credential: bytes | None
    token: bytes | None
    reading: str


class TransactionFilter(Struct, frozen=True, kw_only=True):
    """Which transactions; None does not ask. `since` and `until` bound the start."""

    charge_point: str | None = None
    id_token: str | None = None
    running: bool | None = None
    since: datetime | None = None
    until: datetime | None = None


class ChargePointFilter(Struct, frozen=True, kw_only=True):
    """Which charge points; None does not ask. `text` is looked for in id, name, vendor, model and serial number."""

    online: bool | None = None
    registration: str | None = None
    text: str | None = None


class IntervalFilter(Struct, frozen=True, kw_only=True):
    """Which 15-minute intervals; None does not ask. `since` and `until` bound their beginning."""

    evse: int | None = None
    since: datetime | None = None
    until: datetime | None = None


class Paging(Struct, frozen=True):
    """Which part of a list: at most `limit` items after `cursor` (opaque, from the page before)."""

    limit: int = 50
    cursor: str | None = None


METERED_MOST = 256
"""Four hours of readings, one a minute: a few milliseconds."""


class Store(Protocol):
    """Reads. Every method raises `Unavailable` while the database is away, and `Conflict` for a bad cursor."""

    # for sessions
    async def load(self, charge_point: str) -> Loaded | None: ...
    async def load_by_token(self, token: bytes) -> Loaded | None: ...
    async def find_id_token(self, id_token: str) -> IdToken | None: ...
    async def count_running(self, id_token: str) -> int: ...
    async def find_start(self, charge_point: str, start_key: str) -> Transaction | None: ...
    async def find_held(self, charge_point: str) -> tuple[ReservationRecord, ...]:
        """The reservations that the charge point may be holding, those included whose time is over."""

    async def find_transaction(self, charge_point: str, wire_id: str) -> Transaction | None: ...
    async def list_metered(self, transaction: int) -> list[Metered]:
        """What was measured in a transaction, in the order of time: all of it up to `METERED_MOST` readings.

        Of more, not many more than half as many, evenly spread over the time, the first and the last register
        among them; these tell no intervals, whose sum would not be that of all. Where the readings have gone, the
        registers that the roll-up knows stand for them (`is_kept`).
        """

    async def list_metered_in_order(self, transaction: int) -> list[Metered]:
        """The same in the order in which it arrived; of more than `METERED_MOST`, evenly spread over that order."""

    async def list_told(self, transaction: int, beside: int | None) -> list[Told]:
        """Events of a transaction in the order of their numbers: the first `FIRST_EVENTS`, those next to the number
        `beside`, and every one whose time or arrival is before that of its predecessor."""

    # for readers
    async def find_charge_point(self, charge_point: str) -> ChargePointRecord | None: ...
    async def list_charge_points(
        self, wanted: ChargePointFilter, paging: Paging
    ) -> Page[ChargePointRecord]: ...
    async def find_transaction_record(self, transaction: int) -> TransactionRecord | None: ...
    async def list_transactions(
        self, wanted: TransactionFilter, paging: Paging
    ) -> Page[TransactionRecord]: ...
    async def list_transaction_events(
        self, transaction: int, paging: Paging
    ) -> Page[TransactionEventRecord]: ...
    async def list_meter_values(self, transaction: int, paging: Paging) -> Page[MeterValueRecord]: ...
    async def list_intervals(
        self, charge_point: str, wanted: IntervalFilter, paging: Paging
    ) -> Page[IntervalRecord]: ...
    async def list_transaction_intervals(self, transaction: int, paging: Paging) -> Page[IntervalRecord]: ...
    async def list_variables(
        self, charge_point: str, component: str | None, paging: Paging
    ) -> Page[VariableRecord]: ...
    async def find_variable(
        self, charge_point: str, component: str, name: str, instance: str = ""
    ) -> VariableRecord | None:
        """The actual value of a variable of the charge point itself, None if it was never told."""

    async def list_items(self, charge_point: str, kind: ItemKind, paging: Paging) -> Page[ItemRecord]: ...
    async def find_items(self, charge_point: str, kind: ItemKind) -> list[ItemRecord]: ...
    async def find_listing(self, charge_point: str, request_id: int) -> ListingRecord | None: ...
    async def find_tariff(self, tariff_id: str) -> Tariff | None: ...
    async def list_jobs(self, charge_point: str, paging: Paging) -> Page[JobRecord]: ...
    async def find_id_token_record(self, id_token: str) -> IdTokenRecord | None: ...
    async def list_id_tokens(self, paging: Paging) -> Page[IdTokenRecord]: ...
    async def list_reservations(self, charge_point: str, paging: Paging) -> Page[ReservationRecord]: ...
    async def find_reservation(self, charge_point: str, number: int) -> ReservationRecord | None: ...
    async def find_local_list(self, charge_point: str) -> LocalListRecord | None: ...
    async def find_listed_tokens(self, charge_point: str) -> list[ListedToken]:
        """All of its local list."""

    async def list_listed_tokens(self, charge_point: str, paging: Paging) -> Page[ListedToken]: ...
    async def find_customer_information(
        self, charge_point: str, request_id: int
    ) -> CustomerInformationRecord | None: ...
    async def list_messages(self, charge_point: str, paging: Paging) -> Page[MessageRecord]: ...
    async def list_findings(self, charge_point: str, paging: Paging) -> Page[FindingRecord]: ...
    async def list_reports(
        self, charge_point: str, kind: str | None, paging: Paging
    ) -> Page[ReportRecord]: ...
    async def list_commands(self, charge_point: str, paging: Paging) -> Page[CommandRecord]: ...
    async def find_command(self, command_id: str) -> CommandRecord | None: ...
    async def list_open_commands(self, limit: int) -> list[CommandRecord]: ...
    async def find_command_by_key(self, principal: str, idempotency_key: str) -> CommandRecord | None: ...
    async def find_operator(self, name: str) -> OperatorRecord | None: ...
    async def find_api_key(self, digest: bytes) -> ApiKeyRecord | None: ...
    async def list_api_keys(self, paging: Paging) -> Page[ApiKeyRecord]: ...
    async def ping(self) -> None:
        """Return if the database answers and takes something, else raise `Unavailable`."""


class Sequences(Protocol):
    """Numbers that are never given out twice, whatever crashes."""

    async def reserve(self, name: str, count: int) -> int:
        """The first of `count` consecutive numbers (from 1) of the sequence `name`, durably taken."""


class Frame(Struct, frozen=True, gc=False):
    """A line for the message log: already redacted, `direction` is `in` or `out`."""

    charge_point: str
    at: datetime
    direction: str
    text: str


class MessageSink(Protocol):
    """Where the message log ends; may fail, is never waited for by a charge point."""

    async def write(self, frames: Sequence[Frame]) -> None: ...


class Step(Struct, frozen=True):
    """What one short transaction of upkeep has done: how many rows it has touched, whether it found no more to do,
    how long it held whoever writes and read before that, and where the next one goes on (None: from the beginning)."""

    rows: int
    is_last: bool
    held_s: float = 0.0
    read_s: float = 0.0
    place: int | None = None


class Expiring(Protocol):
    """Something whose rows get old."""

    async def expire(self, before: datetime, limit: int, place: int | None = None) -> Step:
        """Forget what is from before `before`, looking at no more than `limit` rows, from `place` on."""


class RollUps(Protocol):
    """Readings that get old are rolled up, and then may go. Each call is one step of about `limit` rows."""

    async def make(self, before: datetime, limit: int) -> Step:
        """Roll up transactions that ended before `before`, those too of which something was told since."""

    async def make_idle(self, before: datetime, limit: int) -> Step:
        """Roll up readings outside of transactions: all of a day once the next day is over `before` that instant."""

    async def reduce(self, before: datetime, limit: int) -> Step:
        """Let the readings of transactions go that ended before `before`; roll up first what is not yet."""

    async def reduce_idle(self, before: datetime, limit: int) -> Step:
        """Let readings outside of transactions go, of whole days before `before` that are rolled up."""


class Partitions(Protocol):
    """Where meter values lie in a partition for each month."""

    async def make_ahead(self, now: datetime) -> None:
        """Have partitions for this month and the next ones."""

    async def make_for(self, instants: Iterable[datetime], now: datetime) -> None:
        """Have partitions for the months of old readings that are about to be stored, those of wrong clocks excepted.

        A month that others are in the way of is left for the next time; its readings can be stored all the same.
        """

    async def drop(self, before: datetime) -> int:
        """Drop the months that are over before `before`, except for what is still needed; how many there were."""


Listener = Callable[[Sequence[Event]], None]
"""Told of committed events, in order; must return at once."""


class Bus(Protocol):
    """Between nodes (or within the one): requests to whoever owns a subject, and committed events to all."""

    async def request(self, subject: str, body: bytes, timeout_s: float) -> bytes:
        """The answer of the subject's owner. Raises `NoResponders` at once if nobody owns it, `TimeoutError` late."""

    def serve(self, subject: str, handler: Callable[[bytes], Awaitable[bytes]]) -> Callable[[], None]:
        """Own `subject` until the returned function is called. A later owner takes it over from an earlier one."""

    def publish(self, events: Sequence[Event]) -> None:
        """Tell all listeners; never waits, never raises."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of committed events until the returned function is called."""


class NoResponders(Exception):
    """Nobody owns the subject of a request: the charge point has no session."""


class Outbound(Protocol):
    """The life of a command, as those who command see it (`services/outbound.py`)."""

    async def submit(
        self,
        charge_point: str,
        command: AnyCommand,
        principal: str,
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> CommandRecord:
        """Store the command, carry it out and return the settled record.

        The same key of the same principal returns the record of the first command, whatever is asked now.
        `timeout_s` None: the configured time for one answer.
        """

    async def start(
        self,
        charge_point: str,
        command: AnyCommand,
        principal: str,
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> str:
        """Like `submit`, but return the command's id as soon as it is stored; it settles in the background."""


class Keys(Protocol):
    """Keyed hashes of secrets, and new secrets (`services/credentials.py`)."""

    def hash(self, purpose: str, secret: bytes) -> bytes:
        """A keyed hash; different purposes (`api-key`, `session`, `login`) give unrelated hashes."""

    def charge_point_password(self, text: str) -> bytes:
        """What is stored of a charge point's password as an operator writes it."""

    def token(self, text: str) -> bytes:
        """What is stored of a charge point's token, and what it is found by."""

    def digest_of_code(self, code: bytes) -> bytes:
        """What is stored of a key code, and what it is found by."""

    def new_secret(self) -> str:
        """A random secret of printable characters that suits a password as well as a token in an address."""


class PasswordHasher(Protocol):
    """Slow hashes of the passwords that people choose. Both methods take long and hold the caller."""

    def hash(self, password: str) -> str: ...
    def verify(self, password_hash: str, password: str) -> bool: ...


class MenuItem(Struct, frozen=True):
    """A message that a charge point can be sent by name, with JSON schemas of request and answer.

    `versions` are the names of the protocol versions that know it in this form, for the reader.
    """

    action: str
    request_schema: dict[str, Any]
    response_schema: dict[str, Any] | None
    versions: tuple[str, ...]


class Menu(Protocol):
    """Every message that can be sent by name, for the documentation."""

    def actions(self) -> Sequence[MenuItem]:
        """One item for each form of an action; several items of one action are alternatives."""

    def components(self) -> Mapping[str, dict[str, Any]]:
        """The schemas that the items refer to as `#/components/schemas/<name>`; names are unique."""
