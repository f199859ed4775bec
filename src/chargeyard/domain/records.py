"""What is stored, as readers see it: the rows behind REST and the pages. Read-only; made by the store alone."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec
from msgspec import Struct

from chargeyard.domain.accounts import NO_ACCOUNT, Account
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import AllowedAt, Status
from chargeyard.domain.connectors import state_of
from chargeyard.domain.items import ItemKind, Listing, Source
from chargeyard.domain.jobs import Job
from chargeyard.domain.roll_ups import Interval, RollUp

T = TypeVar("T")


class Page(Struct, Generic[T], frozen=True):
    """A part of a list; `next_cursor` is given back to get the part after it, None at the end."""

    items: list[T]
    next_cursor: str | None = None


class ConnectorRecord(Struct, frozen=True, kw_only=True):
    """A connector and what happens at it now; power and energy are of the running transaction's last reading.

    `status` is the charge point's own word, `charging_state` that of the running transaction.
    """

    evse: int
    connector: int
    status: str
    error_code: str
    at: datetime
    info: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""
    transaction: int | None = None
    power_w: int | None = None
    energy_wh: int | None = None
    soc_percent: float | None = None
    charging_state: str = ""

    @property
    def state(self) -> str:
        """What it does, in words that are the same for all charge points."""
        return state_of(self.status, self.charging_state)


class ChargePointRecord(Struct, frozen=True, kw_only=True):
    """A charge point. Times are None where the thing has never happened."""

    id: str
    name: str
    registration: Registration
    reading: str
    online: bool
    has_password: bool
    has_token: bool
    registered_at: datetime
    epoch: int = 0
    subprotocol: str = ""
    remote: str = ""
    security_profile: int = 0
    connected_at: datetime | None = None
    disconnected_at: datetime | None = None
    last_seen_at: datetime | None = None
    booted_at: datetime | None = None
    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    firmware_status: str = ""
    log_status: str = ""
    connectors: tuple[ConnectorRecord, ...] = ()


class TransactionRecord(Struct, frozen=True, kw_only=True):
    """A transaction. While it runs, `energy_wh` and the like are of its last reading; `completeness` is empty.

    `charging_state_sequence` is the number of the event that told the state. `meter_start_at` is when the register was `meter_start_wh`, None: at the start. `events` is how many events of
    it are kept, `gaps` how many sequence numbers are missing between them, `has_start` whether the one that began
    it is there, `last_event_at` when we heard the latest; they are 0, 0, false and None where the charge point
    does not tell transactions event by event. `roll_up` is what is kept of its readings once they get old, and
    `is_reduced` says that they themselves have gone.
    """

    id: int
    charge_point: str
    wire_id: str
    evse: int
    connector: int
    id_token: str
    authorization: Status
    started_at: datetime
    meter_start_wh: int | None
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    energy_wh: int = 0
    quality: str = "ok"
    reason: str = ""
    completeness: str = ""
    stop_id_token: str = ""
    reservation_id: int | None = None
    last_reading_at: datetime | None = None
    power_w: int | None = None
    soc_percent: float | None = None
    charging_state: str = ""
    charging_state_sequence: int | None = None
    meter_start_at: datetime | None = None
    events: int = 0
    gaps: int = 0
    has_start: bool = False
    last_event_at: datetime | None = None
    remote_start_id: int | None = None
    account: Account = NO_ACCOUNT
    roll_up: RollUp | None = None
    is_reduced: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether every event from its start to its end is kept."""
        return self.has_start and self.completeness == "reported" and not self.gaps


class TransactionEventRecord(Struct, frozen=True, kw_only=True):
    """One event of a transaction as the charge point told it. `payload` is the message, secrets masked."""

    id: int
    charge_point: str
    transaction: int
    sequence: int
    at: datetime
    recorded_at: datetime
    phase: str
    trigger: str
    charging_state: str
    is_offline: bool
    payload: msgspec.Raw
    said: str = ""


class VariableRecord(Struct, frozen=True, kw_only=True):
    """One attribute of a variable as it was told last, at `at` (None: never), and as it was written last.

    A value that is None was not told or written, or it may be a secret. `mutability` "": not told.
    `evse` and `connector` say where the component is; 0 is the charge point as a whole.
    """

    charge_point: str
    component: str
    component_instance: str
    evse: int
    connector: int
    name: str
    instance: str
    attribute: str
    value: str | None
    mutability: str
    data_type: str
    unit: str
    at: datetime | None
    written_value: str | None = None
    written_at: datetime | None = None


class ItemRecord(Struct, frozen=True, kw_only=True):
    """Something installed at an EVSE, or with EVSE 0 at the charge point, as it was told last, at `at`."""

    charge_point: str
    kind: ItemKind
    evse: int
    key: str
    body: msgspec.Raw
    source: Source
    at: datetime


class ListingRecord(Struct, frozen=True, kw_only=True):
    """How far a listing of a charge point has come."""

    charge_point: str
    listing: Listing


class JobRecord(Struct, frozen=True, kw_only=True):
    """A job of a charge point."""

    charge_point: str
    job: Job


class MeterValueRecord(Struct, frozen=True, kw_only=True):
    """One reading: the common measurands, and all samples as the JSON they were stored as."""

    id: int
    charge_point: str
    evse: int
    at: datetime
    samples: msgspec.Raw
    transaction: int | None = None
    energy_wh: int | None = None
    export_wh: int | None = None
    power_w: int | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None


class IntervalRecord(Struct, frozen=True, kw_only=True):
    """The energy of 15 minutes at an EVSE, of a transaction or (None) outside of any."""

    charge_point: str
    evse: int
    transaction: int | None
    interval: Interval


class IdTokenRecord(Struct, frozen=True, kw_only=True):
    """A registered id token; see `domain.authorization.IdToken`."""

    id_token: str
    parent: str | None
    expires_at: datetime | None
    blocked: bool
    max_transactions: int | None
    registered_at: datetime
    kind: str = ""
    parent_kind: str = ""
    refusal: Status | None = None
    allowed_at: tuple[AllowedAt, ...] = ()
    master_pass: bool = False
    language: str = ""
    personal_message: str = ""
    cache_lifetime_s: int | None = None


class LocalListRecord(Struct, frozen=True, kw_only=True):
    """The local list of a charge point: 0 is an empty one, -1 none. `is_known`: we know what is in it."""

    charge_point: str
    version: int
    is_known: bool
    at: datetime


class ListedToken(Struct, frozen=True, kw_only=True):
    """A token in a local list. `body` is the verdict there, as JSON; `is_carried` false: the charge point's
    version has no words for it, so that it was left out."""

    charge_point: str
    id_token: str
    kind: str
    body: msgspec.Raw
    is_carried: bool = True


class CustomerInformationRecord(Struct, frozen=True, kw_only=True):
    """What a charge point has told of a customer under one number: the parts that have come, in order."""

    charge_point: str
    request_id: int
    parts: tuple[str, ...]


class ReservationRecord(Struct, frozen=True, kw_only=True):
    """A reservation as it was told last; `domain.reservations.state_at` says what the clock makes of it.

    `transaction` is our number of the one that used it; a key code is masked.
    """

    charge_point: str
    number: int
    evse: int
    id_token: str
    expires_at: datetime
    state: str
    requested_at: datetime
    connector_type: str = ""
    token_kind: str = ""
    parent: str | None = None
    parent_kind: str = ""
    reason: str = ""
    ended_at: datetime | None = None
    transaction: int | None = None


class MessageRecord(Struct, frozen=True, kw_only=True):
    """One frame of the message log, secrets masked. `direction` is `in` (from the charge point) or `out`."""

    id: int
    charge_point: str
    at: datetime
    direction: str
    text: str


class FindingRecord(Struct, frozen=True, kw_only=True):
    """One departure from the specification that was understood all the same."""

    id: int
    charge_point: str
    at: datetime
    action: str
    rule: str
    path: str
    detail: str


class ReportRecord(Struct, frozen=True, kw_only=True):
    """Something told that is kept as it was: security events, vendor data, certificate requests, unmodelled messages.

    `kind` is the tag of the event it was stored by, `body` that event as JSON.
    """

    id: int
    charge_point: str
    at: datetime
    kind: str
    body: msgspec.Raw


class CommandRecord(Struct, frozen=True, kw_only=True):
    """A command and what became of it; `outcome` is empty while it is under way."""

    id: str
    charge_point: str
    kind: str
    command: msgspec.Raw
    principal: str
    submitted_at: datetime
    settled_at: datetime | None = None
    outcome: str = ""
    detail: msgspec.Raw = msgspec.Raw(b"null")


class OperatorRecord(Struct, frozen=True, kw_only=True):
    """Somebody who may log in."""

    name: str
    password_hash: str


class ApiKeyRecord(Struct, frozen=True, kw_only=True):
    """A bearer key, without the key."""

    id: str
    name: str
    operator: str
    created_at: datetime
