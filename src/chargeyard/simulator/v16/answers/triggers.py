"""Answers to requests for a message, and the message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.simulator.certificates import signing_request

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


def trigger(cp: ChargePoint, request: m.TriggerMessageRequest) -> Message:
    """Send a message that the core specification lets one ask for."""
    return m.TriggerMessageResponse(
        status=_triggered(cp, request.requested_message, request.connector_id, _PLAIN)
    )


def extended_trigger(cp: ChargePoint, request: m.ExtendedTriggerMessageRequest) -> Message:
    """Send a message that the security extension lets one ask for."""
    status = _triggered(cp, request.requested_message, request.connector_id, _EXTENDED)
    return m.ExtendedTriggerMessageResponse(status=status)


Trigger = Callable[[Any, tuple[int, ...]], None]


def _triggered(
    cp: ChargePoint, wanted: str, connector_id: int | msgspec.UnsetType, triggers: Mapping[str, Trigger]
) -> m.TriggerMessageStatus:
    everywhere = (*range(1, len(cp.connectors) + 1),)
    numbers = everywhere if isinstance(connector_id, msgspec.UnsetType) else (connector_id,)
    if any(not 0 <= number <= len(cp.connectors) for number in numbers):
        return "Rejected"
    # Meter values are a transaction message and have to wait for the boot to be accepted.
    if wanted == "MeterValues" and not cp.is_registered:
        return "Rejected"
    trigger = triggers[wanted]
    cp.later(0.0, lambda: trigger(cp, numbers))
    return "Accepted"


def _tell_meters(cp: ChargePoint, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        if (connector := cp.connector(number)) is not None:
            cp.charging.tell_meter(connector)


def _tell_statuses(cp: ChargePoint, numbers: tuple[int, ...]) -> None:
    for number in numbers:
        cp.tell_status(number)


def _sign_certificate(cp: ChargePoint, numbers: tuple[int, ...]) -> None:
    csr = signing_request(cp.name, cp.configuration["CpoName"], cp.rng)
    cp.ask("SignCertificate", m.SignCertificateRequest(csr=csr), early=not cp.is_registered)


_PLAIN: Mapping[str, Trigger] = {
    "BootNotification": lambda cp, _: cp.boot(),
    "DiagnosticsStatusNotification": lambda cp, _: cp.maintenance.tell_diagnostics(),
    "FirmwareStatusNotification": lambda cp, _: cp.maintenance.tell_firmware(),
    "Heartbeat": lambda cp, _: cp.heartbeat(),
    "MeterValues": _tell_meters,
    "StatusNotification": _tell_statuses,
}
_EXTENDED: Mapping[str, Trigger] = {
    **_PLAIN,
    "FirmwareStatusNotification": lambda cp, _: cp.maintenance.tell_signed(),
    "LogStatusNotification": lambda cp, _: cp.maintenance.tell_log(),
    "SignChargePointCertificate": _sign_certificate,
}
