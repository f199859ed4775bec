"""What an answer to a command tells besides yes or no, in the domain's words. A dialect reads it from the wire.

An outcome carries at most one. `AnyResult` is all of them, as they travel on the bus and stand in the store.
"""

import msgspec
from msgspec import Struct

from chargeyard.domain.certificates import CertificateUse, InstalledCertificate
from chargeyard.domain.installed_profiles import Replaces
from chargeyard.domain.monitors import EventStream, Monitor
from chargeyard.domain.smart_charging import CompositeSchedule
from chargeyard.domain.variables import Address


class Result(Struct, frozen=True, kw_only=True, tag=True, tag_field="result", rename="camel"):
    """The common ancestor; the tag is the class name."""


class VariableWord(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one variable that was read or written.

    `key` is its configuration key, where the charge point goes by keys, else its address as text. `status` is the
    charge point's word; `value` is what was told, or written; None: nothing, or it may be a secret.
    """

    key: str
    variable: Address
    status: str
    value: str | None = None
    attribute: str = "Actual"
    mutability: str = ""


class VariablesAnswered(Result, frozen=True, kw_only=True):
    """What was told of each variable that was read or written."""

    variables: tuple[VariableWord, ...]


class PartsFollow(Result, frozen=True, kw_only=True):
    """What was asked for will be told in parts, numbered `request_id`."""

    request_id: int


class MonitorWord(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one monitor that was to be set; it has an id where it was accepted."""

    status: str
    monitor: Monitor


class MonitorsSet(Result, frozen=True, kw_only=True):
    """What became of each monitor that was to be set, in their order."""

    monitors: tuple[MonitorWord, ...]


class MonitorCleared(Struct, frozen=True, kw_only=True):
    """What became of one monitor that was to be removed."""

    id: int
    status: str


class MonitorsCleared(Result, frozen=True, kw_only=True):
    """What became of each monitor that was to be removed."""

    monitors: tuple[MonitorCleared, ...]


class EventStreamsListed(Result, frozen=True, kw_only=True):
    """All streams that are open."""

    streams: tuple[EventStream, ...]


class DataReturned(Result, frozen=True, kw_only=True):
    """What a vendor's message was answered with: JSON; null is none."""

    data: msgspec.Raw


class ReservationNumbered(Result, frozen=True, kw_only=True):
    """By which number a reservation can be asked for and cancelled."""

    reservation_id: int


class LocalListTold(Result, frozen=True, kw_only=True):
    """The version of a local authorization list; 0: it is empty, -1: there is none."""

    version: int


class LocalListTaken(Result, frozen=True, kw_only=True):
    """Tokens that were left out of a local list, since the charge point's version has no words for them."""

    left_out: tuple[str, ...] = ()


class TransactionStatusTold(Result, frozen=True, kw_only=True):
    """Whether a transaction goes on (None: not said), and whether messages are still to come."""

    is_ongoing: bool | None
    has_messages: bool


class TariffAssignment(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where a tariff applies: a `DefaultTariff` at EVSEs, a `DriverTariff` to whoever has these id tokens."""

    tariff_id: str
    kind: str
    valid_from: str = ""
    evses: tuple[int, ...] = ()
    id_tokens: tuple[str, ...] = ()


class TariffsListed(Result, frozen=True, kw_only=True):
    """The tariffs that a charge point has."""

    tariffs: tuple[TariffAssignment, ...]


class TariffWord(Struct, frozen=True, kw_only=True, rename="camel"):
    """What became of one tariff: `status` is the charge point's word; `tariff_id` empty: of all."""

    tariff_id: str
    status: str


class TariffsAnswered(Result, frozen=True, kw_only=True):
    """What was told of each tariff that was to be cleared."""

    tariffs: tuple[TariffWord, ...]


class ProfileInstalled(Result, frozen=True, kw_only=True):
    """A charging profile is there; `replaces` tells which others it has taken the place of."""

    replaces: Replaces


class ProfilesCleared(Result, frozen=True, kw_only=True):
    """None of the charging profiles that were meant is there now; whether there was any before."""

    any_found: bool


class ScheduleTold(Result, frozen=True, kw_only=True):
    """What the charge point itself makes of all its charging profiles."""

    schedule: CompositeSchedule


class NothingToList(Result, frozen=True, kw_only=True):
    """There is nothing of what was to be listed, and no report of it will come."""


class JobPromised(Result, frozen=True, kw_only=True):
    """It will take its time; the job is numbered `request_id`. `ends_older`: another of the same kind was given up for
    it; `file_name` is what a log will be called."""

    request_id: int
    ends_older: bool = False
    file_name: str = ""


class CertificatesTold(Result, frozen=True, kw_only=True):
    """The certificates that there are, of all the `uses` that were asked for."""

    uses: tuple[CertificateUse, ...]
    certificates: tuple[InstalledCertificate, ...]


class DisplayMessageSet(Result, frozen=True, kw_only=True):
    """The number by which the message can be replaced or cleared."""

    message_id: int


class DerControlSet(Result, frozen=True, kw_only=True):
    """The control holds, in place of those that are superseded."""

    control_id: str
    superseded_ids: tuple[str, ...] = ()


AnyResult = (
    VariablesAnswered
    | PartsFollow
    | ReservationNumbered
    # transactions
    | TransactionStatusTold
    # tariffs
    | TariffsListed
    | TariffsAnswered
    # authorization
    | LocalListTold
    | LocalListTaken
    # smart charging
    | ProfileInstalled
    | ProfilesCleared
    | ScheduleTold
    | NothingToList
    # monitoring
    | MonitorsSet
    | MonitorsCleared
    | EventStreamsListed
    | DataReturned
    | JobPromised
    | CertificatesTold
    | DisplayMessageSet
    | DerControlSet
)
