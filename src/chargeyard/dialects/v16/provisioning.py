"""Boot, heartbeat, vendor data, configuration keys and reset on the wire of 1.6."""

from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing, Script
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import DataUnderstood, Registered, TimeTold
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
    """Reset, hard or soft."""
    return settled((yield m.ResetRequest(type="Hard" if command.hard else "Soft")))


def trigger_script(command: commands.Trigger) -> Script:
    """TriggerMessage, or ExtendedTriggerMessage for what only the security extension knows."""
    connector = command.evse if command.evse is not None else UNSET
    match command.topic:
        case "LogStatusNotification" | "SignChargePointCertificate" as topic:
            return settled(
                (yield m.ExtendedTriggerMessageRequest(requested_message=topic, connector_id=connector))
            )
        case topic:
            return settled((yield m.TriggerMessageRequest(requested_message=topic, connector_id=connector)))


def text(value: str | UnsetType) -> str:
    """An optional text, empty where it was left out."""
    return "" if isinstance(value, UnsetType) else value
