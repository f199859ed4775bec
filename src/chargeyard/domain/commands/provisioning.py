"""Commands about the charge point as a whole: restart, what to report now."""

from typing import Literal

from chargeyard.domain.commands.command import Command


class Reset(Command, frozen=True, kw_only=True):
    """Restart. `hard` does not wait for running transactions to end."""

    hard: bool = False


Topic = Literal[
    "BootNotification",
    "DiagnosticsStatusNotification",
    "FirmwareStatusNotification",
    "Heartbeat",
    "LogStatusNotification",
    "MeterValues",
    "SignChargePointCertificate",
    "StatusNotification",
]
"""What a charge point can be asked to report now."""


class Trigger(Command, frozen=True, kw_only=True):
    """Report this now; EVSE None: for the charge point, or for every outlet."""

    topic: Topic
    evse: int | None = None
