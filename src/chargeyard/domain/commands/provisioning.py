"""Commands about the charge point as a whole: restart, what to report now, its networks, a vendor's own words."""

from typing import Literal

import msgspec

from chargeyard.domain.commands.command import Command
from chargeyard.domain.network_profiles import NetworkProfile


class Reset(Command, frozen=True, kw_only=True):
    """Restart, all of it or with `evse` that EVSE alone. `hard` does not wait for running transactions to end;
    with `resume` too they go on afterwards."""

    hard: bool = False
    evse: int | None = None
    resume: bool = False


Topic = Literal[
    "BootNotification",
    "CustomTrigger",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "PublishFirmwareStatusNotification",
    "SignChargePointCertificate",
    "SignCombinedCertificate",
    "SignV2G20Certificate",
    "SignV2GCertificate",
    "StatusNotification",
    "TransactionEvent",
]
"""What a charge point can be asked to report now."""


class Trigger(Command, frozen=True, kw_only=True):
    """Report this now; EVSE None: for the charge point, or for every outlet. Connector None: the first.

    `custom` names what a CustomTrigger is for.
    """

    topic: Topic
    evse: int | None = None
    connector: int | None = None
    custom: str = ""


class SetNetworkProfile(Command, frozen=True, kw_only=True):
    """Keep a way to reach a central system in a slot of the charge point (B09)."""

    slot: int
    profile: NetworkProfile


class TransferData(Command, frozen=True, kw_only=True):
    """A vendor's own message (DataTransfer). `data` is JSON; null is none."""

    vendor_id: str
    message_id: str = ""
    data: msgspec.Raw = msgspec.Raw(b"null")
