"""What has happened and is stored. The same words go to the journal, the bus and the live pages.

Every event is a tagged struct, so that it can travel as JSON; `recorded_at` is our clock, other instants are
the charge point's. `charge_point` is the identity of the charge point concerned, where there is one. A noun
with many events has a module of its own here.
"""

from datetime import datetime
from typing import Literal

import msgspec

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken, Status
from chargeyard.domain.events.accounts import TransactionAccounted, TransactionReopened
from chargeyard.domain.events.battery_swap import BatteriesSwapped
from chargeyard.domain.events.commands import CommandSettled, CommandSubmitted
from chargeyard.domain.events.device_model import (
    DeviceEventHappened,
    StreamFellBehind,
    StreamReceived,
    VariablesReported,
    VariablesWritten,
)
from chargeyard.domain.events.event import ChargePointEvent, Event
from chargeyard.domain.events.firmware import (
    FirmwareProgressed,
    JobBegun,
    LogProgressed,
    PublishProgressed,
)
from chargeyard.domain.events.grid import DerAlarmReported, DerControlSwitched
from chargeyard.domain.events.items import ItemsInstalled, ItemsRemoved, ListingAdvanced, ListingAsked
from chargeyard.domain.events.local_lists import (
    CustomerCleared,
    CustomerInformationErased,
    CustomerInformationTold,
    LocalListDoubted,
    LocalListSent,
    LocalListVersionTold,
)
from chargeyard.domain.events.operators import ApiKeyRemoved, ApiKeySaved, OperatorSaved
from chargeyard.domain.events.payment import PaymentSettled, TariffWorded, VatNumberAsked
from chargeyard.domain.events.reservations import (
    ReservationAnswered,
    ReservationEnded,
    ReservationRequested,
)
from chargeyard.domain.events.security import (
    CertificateInstalled,
    CertificateRequested,
    SecurityEventRecorded,
)
from chargeyard.domain.events.smart_charging import (
    ChargingLimitCleared,
    ChargingLimitTold,
    ChargingNeedsTold,
    PriorityChargingTold,
    VehicleScheduleTold,
)
from chargeyard.domain.metering import Reading

__all__ = [
    "ApiKeyRemoved",
    "ApiKeySaved",
    "BatteriesSwapped",
    "CertificateInstalled",
    "CertificateRequested",
    "ChargePointBooted",
    "ChargePointChanged",
    "ChargePointConnected",
    "ChargePointDisconnected",
    "ChargePointEvent",
    "ChargePointRegistered",
    "ChargePointRemoved",
    "ChargePointsSeen",
    "ChargingLimitCleared",
    "ChargingLimitTold",
    "ChargingNeedsTold",
    "CommandSettled",
    "CommandSubmitted",
    "Completeness",
    "ConnectorStatusChanged",
    "CustomerCleared",
    "CustomerInformationErased",
    "CustomerInformationTold",
    "DataTransferred",
    "DerAlarmReported",
    "DerControlSwitched",
    "DeviceEventHappened",
    "Event",
    "FindingRecorded",
    "FirmwareProgressed",
    "IdTokenRemoved",
    "IdTokenSaved",
    "ItemsInstalled",
    "ItemsRemoved",
    "JobBegun",
    "ListingAdvanced",
    "ListingAsked",
    "LocalListDoubted",
    "LocalListSent",
    "LocalListVersionTold",
    "LogProgressed",
    "MeterValuesTaken",
    "NodeStarted",
    "OperatorSaved",
    "PaymentSettled",
    "PriorityChargingTold",
    "PublishProgressed",
    "ReportKept",
    "ReservationAnswered",
    "ReservationEnded",
    "ReservationRequested",
    "SecurityEventRecorded",
    "StopConflicted",
    "StreamFellBehind",
    "StreamReceived",
    "TariffWorded",
    "TokenChecked",
    "TransactionAccounted",
    "TransactionAdvanced",
    "TransactionDetailed",
    "TransactionReopened",
    "TransactionStarted",
    "TransactionStopped",
    "VariablesReported",
    "VariablesWritten",
    "VatNumberAsked",
    "VehicleScheduleTold",
]

Completeness = Literal["reported", "inferred", "orphan"]
"""How the end of a transaction is known: told by the charge point, concluded by us, or told without a start."""


# --- sessions -------------------------------------------------------------------------------------------------


class ChargePointConnected(ChargePointEvent, frozen=True, kw_only=True):
    """A session is open. `epoch` is higher than that of every session of this charge point before."""

    epoch: int
    subprotocol: str
    remote: str
    security_profile: int


class ChargePointDisconnected(ChargePointEvent, frozen=True, kw_only=True):
    """The session of that epoch has ended; an older epoch than the stored one changes nothing."""

    epoch: int
    reason: str


class ChargePointsSeen(Event, frozen=True, kw_only=True):
    """When the charge points of this node were last heard; made every now and then, never per message."""

    seen: dict[str, datetime]


class NodeStarted(Event, frozen=True, kw_only=True):
    """A node begins to serve: no session that the store still holds for it is alive."""

    node: str


# --- provisioning ---------------------------------------------------------------------------------------------


class ChargePointRegistered(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point is now known. `credential` and `token` are keyed hashes, never secrets."""

    registration: Registration
    name: str = ""
    credential: bytes | None = None
    token: bytes | None = None
    reading: str = ""


class ChargePointChanged(ChargePointEvent, frozen=True, kw_only=True):
    """Fields of a charge point as they are now; UNSET ones stay as they were."""

    registration: Registration | msgspec.UnsetType = msgspec.UNSET
    name: str | msgspec.UnsetType = msgspec.UNSET
    credential: bytes | None | msgspec.UnsetType = msgspec.UNSET
    token: bytes | None | msgspec.UnsetType = msgspec.UNSET
    reading: str | msgspec.UnsetType = msgspec.UNSET


class ChargePointRemoved(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point is not known any more; its transactions and meter values stay."""


class ChargePointBooted(ChargePointEvent, frozen=True, kw_only=True):
    """What the charge point said of itself when it started. `needs_inventory`: it can list its variables, and this is
    its first boot or its first with this firmware (2.x B07.FR.14)."""

    registration: Registration
    vendor: str
    model: str
    serial_number: str = ""
    box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    reason: str = ""
    needs_inventory: bool = False


# --- availability ---------------------------------------------------------------------------------------------


class ConnectorStatusChanged(ChargePointEvent, frozen=True, kw_only=True):
    """A connector's state. `at` is the charge point's instant, or ours where it named none."""

    evse: int
    connector: int
    status: str
    error_code: str
    at: datetime
    info: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""


# --- authorization --------------------------------------------------------------------------------------------


class IdTokenSaved(Event, frozen=True, kw_only=True):
    """An id token is registered or changed."""

    token: IdToken


class IdTokenRemoved(Event, frozen=True, kw_only=True):
    """An id token is not known any more."""

    id_token: str


class TokenChecked(ChargePointEvent, frozen=True, kw_only=True):
    """An id token was presented and judged. A key code stands in disguise."""

    id_token: str
    status: Status
    token_kind: str = ""


# --- transactions and meter values ----------------------------------------------------------------------------


class TransactionStarted(ChargePointEvent, frozen=True, kw_only=True):
    """A transaction is open.

    `transaction` is our number of it; `wire_id` what the charge point calls it; `start_key` the natural key by
    which the same start is known again, unique per charge point. `meter_start_at` is when the register was
    `meter_start_wh`; None: at the start.
    """

    transaction: int
    wire_id: str
    start_key: str
    evse: int
    connector: int
    id_token: str
    authorization: Status
    meter_start_wh: int | None
    started_at: datetime
    said: str = ""
    reservation_id: int | None = None
    meter_start_at: datetime | None = None
    remote_start_id: int | None = None


class TransactionStopped(ChargePointEvent, frozen=True, kw_only=True):
    """A transaction has ended, or its inferred end is replaced by the reported one."""

    transaction: int
    evse: int
    stopped_at: datetime
    meter_stop_wh: int | None
    energy_wh: int
    quality: str
    reason: str
    completeness: Completeness = "reported"
    id_token: str = ""
    said: str = ""


class TransactionAdvanced(ChargePointEvent, frozen=True, kw_only=True):
    """One event of a transaction as the charge point told it, kept in full (`payload`, JSON, secrets masked).

    The same sequence number with the same payload is stored once; with another one, both stay.
    """

    transaction: int
    sequence: int
    phase: str
    trigger: str
    at: datetime
    said: str = ""
    is_offline: bool = False
    charging_state: str = ""
    payload: str = "{}"


class TransactionDetailed(ChargePointEvent, frozen=True, kw_only=True):
    """What is now known of a transaction that was not before; UNSET stays as it was.

    Energy and the register at the stop are told only of one that has ended, when late readings correct them.
    """

    transaction: int
    evse: int | msgspec.UnsetType = msgspec.UNSET
    connector: int | msgspec.UnsetType = msgspec.UNSET
    id_token: str | msgspec.UnsetType = msgspec.UNSET
    authorization: Status | msgspec.UnsetType = msgspec.UNSET
    started_at: datetime | msgspec.UnsetType = msgspec.UNSET
    meter_start_wh: int | msgspec.UnsetType = msgspec.UNSET
    meter_start_at: datetime | msgspec.UnsetType = msgspec.UNSET
    meter_stop_wh: int | msgspec.UnsetType = msgspec.UNSET
    energy_wh: int | msgspec.UnsetType = msgspec.UNSET
    quality: str | msgspec.UnsetType = msgspec.UNSET
    reservation_id: int | msgspec.UnsetType = msgspec.UNSET
    remote_start_id: int | msgspec.UnsetType = msgspec.UNSET
    stop_id_token: str | msgspec.UnsetType = msgspec.UNSET


class StopConflicted(ChargePointEvent, frozen=True, kw_only=True):
    """A second stop of a transaction with other values: kept beside the first, which stays the truth."""

    transaction: int
    stopped_at: datetime
    meter_stop_wh: int
    reason: str


class MeterValuesTaken(ChargePointEvent, frozen=True, kw_only=True):
    """Readings at an outlet; `transaction` is our number of the one they belong to, None for none.

    The same reading at the same instant is stored once, however often it is reported.
    """

    evse: int
    readings: tuple[Reading, ...]
    transaction: int | None = None


# --- the rest -----------------------------------------------------------------------


class DataTransferred(ChargePointEvent, frozen=True, kw_only=True):
    """A vendor's own message, and the status word it was answered with."""

    vendor_id: str
    message_id: str
    data: str
    status: str


class ReportKept(ChargePointEvent, frozen=True, kw_only=True):
    """A valid message that has no place in the domain, or one that could not be stored as what it is (`fault`)."""

    action: str
    payload: str
    fault: str = ""


class FindingRecorded(ChargePointEvent, frozen=True, kw_only=True):
    """A message was understood only leniently: which rule helped, where, and what was odd (no values)."""

    action: str
    rule: str
    path: str
    detail: str
