"""Tables as dictionaries."""

from datetime import datetime

from msgspec import Struct, field

from chargeyard.domain.accounts import Account
from chargeyard.domain.items import Listing
from chargeyard.domain.jobs import Job
from chargeyard.domain.records import (
    ApiKeyRecord,
    ChargePointRecord,
    CommandRecord,
    ConnectorRecord,
    FindingRecord,
    IdTokenRecord,
    ItemRecord,
    ListedToken,
    LocalListRecord,
    MeterValueRecord,
    OperatorRecord,
    ReportRecord,
    ReservationRecord,
    TransactionEventRecord,
    TransactionRecord,
    VariableRecord,
)
from chargeyard.domain.roll_ups import Interval, RollUp
from chargeyard.domain.tariffs import Tariff
from chargeyard.errors import Conflict


class Secrets(Struct, frozen=True):
    """What a charge point proves itself by, as keyed hashes."""

    credential: bytes | None
    token: bytes | None


VariableKey = tuple[str, str, str, int, int, str, str, str]
"""Charge point, component and its instance, EVSE, connector, name and its instance, attribute."""


class Tables(Struct):
    """Everything that events have made."""

    charge_points: dict[str, ChargePointRecord] = field(default_factory=dict)
    secrets: dict[str, Secrets] = field(default_factory=dict)
    connectors: dict[tuple[str, int, int], ConnectorRecord] = field(default_factory=dict)
    id_tokens: dict[str, IdTokenRecord] = field(default_factory=dict)
    transactions: dict[int, TransactionRecord] = field(default_factory=dict)
    starts: dict[tuple[str, str], int] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    tariffs: dict[str, Tariff] = field(default_factory=dict)
    transaction_events: dict[tuple[int, int, str], TransactionEventRecord] = field(default_factory=dict)
    variables: dict[VariableKey, VariableRecord] = field(default_factory=dict)
    items: dict[tuple[str, str, int, str], ItemRecord] = field(default_factory=dict)
    """By charge point, kind, EVSE and key."""
    listings: dict[tuple[str, int], Listing] = field(default_factory=dict)
    local_lists: dict[str, LocalListRecord] = field(default_factory=dict)
    listed_tokens: dict[tuple[str, str], ListedToken] = field(default_factory=dict)
    """By charge point and the form in which tokens are compared."""
    customer_information: dict[tuple[str, int, int], str] = field(default_factory=dict)
    """By charge point, request and number of the part."""
    customer_information_at: dict[tuple[str, int, int], datetime] = field(default_factory=dict)
    reservations: dict[tuple[str, int], ReservationRecord] = field(default_factory=dict)
    jobs: dict[tuple[str, str, int], Job] = field(default_factory=dict)
    """By charge point, kind and request."""
    meter_values: dict[tuple[str, int, datetime, bytes], MeterValueRecord] = field(default_factory=dict)
    readings: int = 0
    """How many there ever were."""
    rolled_up: set[int] = field(default_factory=set)
    """Transactions whose roll-up has all that was told; of those in `reduced` the readings have gone."""
    reduced: set[int] = field(default_factory=set)
    stop_recorded: dict[int, datetime] = field(default_factory=dict)
    roll_ups: dict[int, RollUp] = field(default_factory=dict)
    intervals: dict[tuple[str, datetime, int, int], Interval] = field(default_factory=dict)
    """By charge point, beginning, EVSE and transaction (0: none)."""
    idle_gone: datetime | None = None
    reports: list[ReportRecord] = field(default_factory=list)
    findings: list[FindingRecord] = field(default_factory=list)
    commands: dict[str, CommandRecord] = field(default_factory=dict)
    command_keys: dict[tuple[str, str], str] = field(default_factory=dict)
    operators: dict[str, OperatorRecord] = field(default_factory=dict)
    api_keys: dict[str, ApiKeyRecord] = field(default_factory=dict)
    digests: dict[str, bytes] = field(default_factory=dict)


def refuse_if(taken: bool, what: str) -> None:
    """Raise `Conflict` about `what`."""
    if taken:
        raise Conflict(f"already taken: {what}")
