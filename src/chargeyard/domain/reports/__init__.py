"""What a charge point tells us. A dialect makes these from its wire messages; nothing here knows a version.

`at` is the instant the charge point means, in UTC; `said` is its timestamp text, kept unread. Where `is_dated`
is false its clock could not be believed, and `at` is when we heard it. `evse` is the outlet (OCPP 1.6
connectorId n is EVSE n, connector 1); 0 is the charge point as a whole.
"""

from datetime import datetime
from decimal import Decimal
from typing import Literal

import msgspec
from msgspec import Struct

from chargeyard.domain.accounts import TariffInUse, ToldCost, ToldLimits
from chargeyard.domain.battery_swap import Battery
from chargeyard.domain.charging_needs import ChargingNeeds, VehicleSchedule
from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule
from chargeyard.domain.metering import Reading
from chargeyard.domain.monitors import DeviceEvent, EventStream, Monitor
from chargeyard.domain.reports.display import DisplayMessagesReported
from chargeyard.domain.reports.firmware import FirmwareProgressed, LogProgressed, PublishProgressed
from chargeyard.domain.reports.grid import DerAlarmHappened, DerControlsReported, DerControlSwitched
from chargeyard.domain.reports.report import Report
from chargeyard.domain.reports.security import CertificateRequested, SecurityEventHappened

__all__ = [
    "Alive",
    "BatteriesSwapped",
    "Booted",
    "CertificateRequested",
    "ChargingLimitCleared",
    "ChargingLimitTold",
    "ChargingNeedsTold",
    "ChargingProfilesListed",
    "ConnectorStatusChanged",
    "CustomerInformationTold",
    "DataTransferred",
    "DerAlarmHappened",
    "DerControlSwitched",
    "DerControlsReported",
    "DisplayMessagesReported",
    "DynamicValuesAsked",
    "EventsNotified",
    "FirmwareProgressed",
    "LogProgressed",
    "MeterValuesTaken",
    "MonitorsReported",
    "PaymentSettled",
    "PriorityChargingTold",
    "PublishProgressed",
    "Report",
    "Reported",
    "ReservationGone",
    "SecurityEventHappened",
    "StreamClosed",
    "StreamOpened",
    "StreamReceived",
    "TokenPresented",
    "TransactionReported",
    "TransactionStarted",
    "TransactionStopped",
    "Variable",
    "VariablesReported",
    "VatNumberAsked",
    "VehicleScheduleTold",
]


class Booted(Report, frozen=True, kw_only=True, gc=False):
    """The charge point has started and asks to be registered (BootNotification). `lists_variables`: it can be asked
    for an inventory of them."""

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
    lists_variables: bool = False


class Alive(Report, frozen=True, kw_only=True, gc=False):
    """A heartbeat: nothing but life, and a wish for the time."""


class TokenPresented(Report, frozen=True, kw_only=True, gc=False):
    """Somebody wants to charge (Authorize). `token_kind` is the sort of token, where the version tells it;
    `has_certificate`: a contract certificate, or the hashes of one, shall prove it (C07)."""

    id_token: str
    token_kind: str = ""
    has_certificate: bool = False


class ConnectorStatusChanged(Report, frozen=True, kw_only=True, gc=False):
    """A connector is in another state, or has an error (StatusNotification). `at` None: not said."""

    evse: int
    connector: int
    status: str
    error_code: str = ""
    info: str = ""
    vendor_id: str = ""
    vendor_error_code: str = ""
    at: datetime | None = None
    said: str = ""


class TransactionStarted(Report, frozen=True, kw_only=True, gc=False):
    """A transaction has begun. `said` belongs to the natural key by which a retry is known (1.6 §4.8).

    `meter_start_wh` None: nothing readable was said of the register; 0 is a register that stands at 0.
    """

    evse: int
    id_token: str
    meter_start_wh: int | None
    at: datetime
    said: str = ""
    is_dated: bool = True
    connector: int = 1
    reservation_id: int | None = None


class MeterValuesTaken(Report, frozen=True, kw_only=True, gc=False):
    """Readings, within a transaction or not. `transaction` is the charge point's word for it, None if it gave none."""

    evse: int
    readings: tuple[Reading, ...]
    transaction: int | None = None


class TransactionStopped(Report, frozen=True, kw_only=True, gc=False):
    """A transaction has ended. `transaction` may be unknown, 0 or negative (errata 3.18): never a reason to refuse."""

    transaction: int
    meter_stop_wh: int
    at: datetime
    said: str = ""
    is_dated: bool = True
    id_token: str = ""
    reason: str = "Local"
    readings: tuple[Reading, ...] = ()


class TransactionReported(Report, frozen=True, kw_only=True, gc=False):
    """Something about a transaction that the charge point numbers itself (TransactionEvent).

    `sequence` orders the events of a transaction, whatever order they come in; `phase` is what this one is.
    What is not told again stays as it was: None and "" say nothing. `payload` is the message, to be kept.
    """

    wire_id: str
    phase: Literal["Started", "Updated", "Ended"]
    sequence: int
    trigger: str
    at: datetime
    said: str = ""
    is_dated: bool = True
    is_offline: bool = False
    evse: int | None = None
    connector: int | None = None
    id_token: str | None = None
    token_kind: str = ""
    charging_state: str = ""
    reason: str = ""
    remote_start_id: int | None = None
    reservation_id: int | None = None
    readings: tuple[Reading, ...] = ()
    payload: msgspec.Raw = msgspec.Raw(b"{}")
    told_cost: ToldCost | None = None
    told_limits: ToldLimits | None = None
    tariff: TariffInUse | None = None


class Variable(Struct, frozen=True, kw_only=True, gc=False):
    """One attribute of a variable of the device model. `value` None: not readable, or not told.

    `place` is (EVSE, connector) of the component, zeros for the charge point itself. `mutability`, `data_type` and
    `unit` may be empty: not told this time.
    """

    component: str
    name: str
    component_instance: str = ""
    instance: str = ""
    place: tuple[int, int] = (0, 0)
    attribute: str = "Actual"
    value: str | None = None
    mutability: str = "ReadWrite"
    data_type: str = ""
    unit: str = ""


class VariablesReported(Report, frozen=True, kw_only=True, gc=False):
    """A part of an inventory of variables (NotifyReport). Parts may be missing, late, or come twice."""

    request_id: int
    sequence: int
    is_last: bool
    at: datetime
    variables: tuple[Variable, ...]


class CustomerInformationTold(Report, frozen=True, kw_only=True, gc=False):
    """A part of what the charge point knows of a customer (NotifyCustomerInformation): any text."""

    request_id: int
    sequence: int
    is_last: bool
    at: datetime
    data: str


class ReservationGone(Report, frozen=True, kw_only=True, gc=False):
    """The charge point holds a reservation no longer; `word` is its own for why (Expired, Removed)."""

    reservation: int
    word: str


class EventsNotified(Report, frozen=True, kw_only=True, gc=False):
    """A part of what was noticed of variables (NotifyEvent); each part is worth what it tells. `at` is when it was
    written."""

    sequence: int
    is_last: bool
    at: datetime
    events: tuple[DeviceEvent, ...]


class MonitorsReported(Report, frozen=True, kw_only=True, gc=False):
    """A part of a list of monitors (NotifyMonitoringReport)."""

    request_id: int
    sequence: int
    is_last: bool
    monitors: tuple[Monitor, ...]


class StreamOpened(Report, frozen=True, kw_only=True, gc=False):
    """A stream of a periodic monitor begins (OpenPeriodicEventStream). None: what was said of it makes no stream."""

    stream: EventStream | None


class StreamClosed(Report, frozen=True, kw_only=True, gc=False):
    """A stream has ended (ClosePeriodicEventStream)."""

    stream_id: int


class StreamReceived(Report, frozen=True, kw_only=True, gc=False):
    """Values of a stream, each with its instant; `pending` more wait at the charge point."""

    stream_id: int
    pending: int
    values: tuple[tuple[datetime, str], ...]


class DataTransferred(Report, frozen=True, kw_only=True, gc=False):
    """A vendor's own message."""

    vendor_id: str
    message_id: str = ""
    data: str = ""


class ChargingProfilesListed(Report, frozen=True, kw_only=True, gc=False):
    """A part of a list of charging profiles; parts have no numbers. `limit_source` is the word for who set them."""

    request_id: int
    is_last: bool
    evse: int
    limit_source: str
    profiles: tuple[ChargingProfile, ...]


class ChargingLimitTold(Report, frozen=True, kw_only=True, gc=False):
    """Somebody outside limits an EVSE, or with EVSE 0 the charge point (NotifyChargingLimit)."""

    evse: int
    limit_source: str
    is_grid_critical: bool = False
    is_local_generation: bool = False
    schedules: tuple[ChargingSchedule, ...] = ()


class ChargingLimitCleared(Report, frozen=True, kw_only=True, gc=False):
    """A limit from outside is gone; EVSE None: all of that source."""

    evse: int | None
    limit_source: str


class ChargingNeedsTold(Report, frozen=True, kw_only=True, gc=False):
    """A vehicle tells what it needs, and waits for a schedule (K15)."""

    evse: int
    needs: ChargingNeeds


class VehicleScheduleTold(Report, frozen=True, kw_only=True, gc=False):
    """A vehicle tells how it means to charge."""

    evse: int
    plan: VehicleSchedule


class PriorityChargingTold(Report, frozen=True, kw_only=True, gc=False):
    """A transaction charges with priority, or no more, because somebody at the charge point wants it so."""

    wire_id: str
    activated: bool


class DynamicValuesAsked(Report, frozen=True, kw_only=True, gc=False):
    """The charge point wants the values of a Dynamic profile as they are now (2.1 K28)."""

    profile_id: int


class PaymentSettled(Report, frozen=True, kw_only=True, gc=False):
    """A payment came to its end (NotifySettlement). `payment` is the payment provider's reference; `amount` None:
    none that anybody could owe was told."""

    payment: str
    status: str
    amount: Decimal | None
    at: datetime
    wire_id: str = ""
    info: str = ""
    receipt_id: str = ""
    receipt_url: str = ""
    vat_number: str = ""


class VatNumberAsked(Report, frozen=True, kw_only=True, gc=False):
    """Is this VAT number valid (VatNumberValidation)? `evse` None: not said."""

    vat_number: str
    evse: int | None = None


class BatteriesSwapped(Report, frozen=True, kw_only=True, gc=False):
    """Batteries were put in, taken out, or not taken in time (BatterySwap); `happened` is the charge point's word."""

    happened: str
    request_id: int
    id_token: str
    token_kind: str
    batteries: tuple[Battery, ...]


class Reported(Report, frozen=True, kw_only=True, gc=False):
    """Anything valid that we do not model: kept as it is, announced, answered by the dialect."""

    action: str
    payload: msgspec.Raw
