"""Boot, heartbeat, vendor data, triggers and reset on the wire of 1.6."""

from typing import Any, get_args

import msgspec
from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing, Script
from chargeyard.dialects.v16.outcomes import judged, settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import DataUnderstood, Registered, TimeTold
from chargeyard.domain.results import DataReturned
from chargeyard.ocpp.v16 import messages as m


def booted_from(request: m.BootNotificationRequest, hearing: Hearing) -> reports.Booted:
    """BootNotification."""
    return reports.Booted(
        vendor=request.charge_point_vendor,
        model=request.charge_point_model,
        serial_number=text(request.charge_point_serial_number),
        box_serial_number=text(request.charge_box_serial_number),
        firmware_version=text(request.firmware_version),
        iccid=text(request.iccid),
        imsi=text(request.imsi),
        meter_type=text(request.meter_type),
        meter_serial_number=text(request.meter_serial_number),
    )


def boot_answer(answer: Registered) -> m.BootNotificationResponse:
    """BootNotification.conf."""
    return m.BootNotificationResponse(
        status=answer.registration.value,
        current_time=timestamps.spell(answer.now),
        interval=answer.interval_s,
    )


def alive_from(request: m.HeartbeatRequest, hearing: Hearing) -> reports.Alive:
    """Heartbeat."""
    return reports.Alive()


def heartbeat_answer(answer: TimeTold) -> m.HeartbeatResponse:
    """Heartbeat.conf."""
    return m.HeartbeatResponse(current_time=timestamps.spell(answer.now))


def data_from(request: m.DataTransferRequest, hearing: Hearing) -> reports.DataTransferred:
    """DataTransfer."""
    return reports.DataTransferred(
        vendor_id=request.vendor_id, message_id=text(request.message_id), data=text(request.data)
    )


def data_answer(answer: DataUnderstood) -> m.DataTransferResponse:
    """DataTransfer.conf; there is no data with an unknown vendor or message."""
    return m.DataTransferResponse(
        status=_DATA_STATUS.get(answer.status, "Rejected"), data=answer.data or UNSET
    )


_DATA_STATUS: dict[str, m.DataTransferStatus] = {
    "Accepted": "Accepted",
    "Rejected": "Rejected",
    "UnknownMessageId": "UnknownMessageId",
    "UnknownVendorId": "UnknownVendorId",
}


def reset_script(command: commands.Reset) -> Script:
    """Reset, hard or soft, of the whole charge point."""
    if command.evse or command.resume:
        return outcomes.Invalid(detail="it can only be restarted as a whole, and ends its transactions then")
    return settled((yield m.ResetRequest(type="Hard" if command.hard else "Soft")))


TRIGGERS: frozenset[commands.Topic] = frozenset(get_args(m.MessageTrigger))
EXTENDED_TRIGGERS: frozenset[commands.Topic] = frozenset(get_args(m.MessageTriggerEnumType)) - TRIGGERS
"""What only the security extension can ask for."""


def trigger_script(command: commands.Trigger) -> Script:
    """TriggerMessage, or ExtendedTriggerMessage for what only the security extension knows."""
    connector = command.evse if command.evse is not None else UNSET
    topic: Any = command.topic
    if topic in TRIGGERS:
        return settled((yield m.TriggerMessageRequest(requested_message=topic, connector_id=connector)))
    if topic in EXTENDED_TRIGGERS:
        return settled(
            (yield m.ExtendedTriggerMessageRequest(requested_message=topic, connector_id=connector))
        )
    return outcomes.Invalid(detail=f"it cannot be asked to report {topic}")


def transfer_script(command: commands.TransferData) -> Script:
    """DataTransfer. Data is text here: a JSON string as it is, anything else as its JSON."""
    value = msgspec.json.decode(command.data)
    said = value if isinstance(value, str) else bytes(command.data).decode()
    reply = yield m.DataTransferRequest(
        vendor_id=command.vendor_id,
        message_id=command.message_id or UNSET,
        data=UNSET if value is None else said,
    )
    data = getattr(reply.message, "data", UNSET)
    result = DataReturned(data=msgspec.Raw(msgspec.json.encode(None if data is UNSET else data)))
    return judged(str(getattr(reply.message, "status", "Rejected")), reply.said, result)


def text(value: str | UnsetType) -> str:
    """An optional text, empty where it was left out."""
    return "" if isinstance(value, UnsetType) else value
