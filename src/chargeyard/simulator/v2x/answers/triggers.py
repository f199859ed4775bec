"""Answers to requests for a message, and the message (F06)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse


Trigger = Callable[["ChargePoint", tuple["Evse", ...], int], None]


def trigger(cp: ChargePoint, request: m.TriggerMessageRequest) -> Message:
    """Send a message that the central system asks for."""
    return m.TriggerMessageResponse(status=_triggered(cp, request))


def _triggered(cp: ChargePoint, request: m.TriggerMessageRequest) -> m.TriggerMessageStatusEnumType:
    wanted, connector_id = request.requested_message, 0
    act = _TRIGGERS.get(wanted)
    if act is None:
        return "NotImplemented"
    evses = cp.connectors
    if not isinstance(request.evse, msgspec.UnsetType) and request.evse.id != 0:
        evse, number = cp.connector(request.evse.id), request.evse.connector_id
        connector_id = 0 if isinstance(number, msgspec.UnsetType) else number
        if evse is None or (connector_id and connector_id not in evse.connector_ids):
            return "Rejected"
        evses = (evse,)
    # What is told of transactions and meters has to wait for the boot to be accepted.
    if wanted in ("MeterValues", "TransactionEvent") and not cp.is_registered:
        return "Rejected"
    if wanted == "TransactionEvent" and not any(evse.transaction for evse in evses):
        return "Rejected"
    # A charge point that is accepted has nothing to boot for (F06.FR.17).
    if wanted == "BootNotification" and cp.is_registered:
        return "Rejected"
    cp.later(0.0, lambda: act(cp, evses, connector_id))
    return "Accepted"


def _tell_meters(cp: ChargePoint, evses: tuple[Evse, ...], connector_id: int) -> None:
    for evse in evses:
        cp.charging.tell_meter(evse)


def _tell_transactions(cp: ChargePoint, evses: tuple[Evse, ...], connector_id: int) -> None:
    for evse in evses:
        cp.charging.update(evse, "Trigger", "Trigger")


def _tell_statuses(cp: ChargePoint, evses: tuple[Evse, ...], connector_id: int) -> None:
    for evse in evses:
        for number in (connector_id,) if connector_id else evse.connector_ids:
            cp.tell_status(evse, number)


_TRIGGERS: Mapping[str, Trigger] = {
    "BootNotification": lambda cp, *_: cp.boot(),
    "FirmwareStatusNotification": lambda cp, *_: cp.maintenance.tell_firmware(),
    "Heartbeat": lambda cp, *_: cp.heartbeat(),
    "LogStatusNotification": lambda cp, *_: cp.maintenance.tell_log(),
    "MeterValues": _tell_meters,
    "PublishFirmwareStatusNotification": lambda cp, *_: cp.maintenance.tell_publication(),
    "SignChargingStationCertificate": lambda cp, *_: cp.maintenance.sign("ChargingStationCertificate"),
    "SignCombinedCertificate": lambda cp, *_: cp.maintenance.sign("ChargingStationCertificate"),
    "SignV2G20Certificate": lambda cp, *_: cp.maintenance.sign("V2G20Certificate"),
    "SignV2GCertificate": lambda cp, *_: cp.maintenance.sign("V2GCertificate"),
    "StatusNotification": _tell_statuses,
    "TransactionEvent": _tell_transactions,
}
"""All but CustomTrigger, of which this charge point has none."""
