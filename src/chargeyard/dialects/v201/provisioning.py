"""Boot, heartbeat, vendor data, triggers and reset on the wire of 2.x."""

from collections.abc import Mapping

import msgspec
from msgspec import UNSET

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing, Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import DataUnderstood, Registered, TimeTold
from chargeyard.domain.outcomes import Accepted
from chargeyard.ocpp.v201 import messages as m


def booted_from(request: m.BootNotificationRequest, hearing: Hearing) -> reports.Booted:
    """BootNotification."""
    station = request.charging_station
    modem = station.modem or None
    return reports.Booted(
        vendor=station.vendor_name,
        model=station.model,
        serial_number=station.serial_number or "",
        firmware_version=station.firmware_version or "",
        iccid=modem.iccid or "" if modem else "",
        imsi=modem.imsi or "" if modem else "",
        reason=request.reason,
    )


def boot_answer(answer: Registered) -> m.BootNotificationResponse:
    """BootNotificationResponse."""
    return m.BootNotificationResponse(
        status=answer.registration.value,
        current_time=timestamps.spell(answer.now),
        interval=answer.interval_s,
    )


def alive_from(request: m.HeartbeatRequest, hearing: Hearing) -> reports.Alive:
    """Heartbeat."""
    return reports.Alive()


def heartbeat_answer(answer: TimeTold) -> m.HeartbeatResponse:
    """HeartbeatResponse."""
    return m.HeartbeatResponse(current_time=timestamps.spell(answer.now))


def data_from(request: m.DataTransferRequest, hearing: Hearing) -> reports.DataTransferred:
    """DataTransfer. Data may be any JSON; what is no text is kept as its JSON."""
    data = request.data
    if data is UNSET:
        data = ""
    return reports.DataTransferred(
        vendor_id=request.vendor_id,
        message_id=request.message_id or "",
        data=data if isinstance(data, str) else msgspec.json.encode(data).decode(),
    )


def data_answer(answer: DataUnderstood) -> m.DataTransferResponse:
    """DataTransferResponse; there is no data with an unknown vendor or message."""
    return m.DataTransferResponse(
        status=_DATA_STATUS.get(answer.status, "Rejected"), data=answer.data or UNSET
    )


_DATA_STATUS: Mapping[str, m.DataTransferStatusEnumType] = {
    "Accepted": "Accepted",
    "Rejected": "Rejected",
    "UnknownMessageId": "UnknownMessageId",
    "UnknownVendorId": "UnknownVendorId",
}


def reset_script(command: commands.Reset) -> Script:
    """Reset: at once, or when no transaction runs any more (B11, B12)."""
    return settled((yield m.ResetRequest(type="Immediate" if command.hard else "OnIdle")))


TRIGGERS: Mapping[commands.Topic, m.MessageTriggerEnumType] = {
    "BootNotification": "BootNotification",
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "FirmwareStatusNotification": "FirmwareStatusNotification",
    "Heartbeat": "Heartbeat",
    "LogStatusNotification": "LogStatusNotification",
    "MeterValues": "MeterValues",
    "SignChargePointCertificate": "SignChargingStationCertificate",
    "StatusNotification": "StatusNotification",
}

MOST_OUTLETS = 64
"""So many EVSEs are asked for their state at most; a charge point that says yes to all of them is not asked on."""


def trigger_script(command: commands.Trigger) -> Script:
    """TriggerMessage. The state must be asked of each connector by name (F06.FR.13)."""
    wanted = TRIGGERS[command.topic]
    if wanted == "StatusNotification":
        return (yield from _trigger_status(command.evse or 0))
    evse = m.EVSEType(id=command.evse) if wanted == "MeterValues" and command.evse is not None else UNSET
    return settled((yield m.TriggerMessageRequest(requested_message=wanted, evse=evse)))


def _trigger_status(evse: int) -> Script:
    """The state of one EVSE, or of all: they are numbered from 1 without gaps, and the first no ends the list."""
    evses = (evse,) if evse else range(1, MOST_OUTLETS + 1)
    accepted: Accepted | None = None
    for number in evses:
        place = m.EVSEType(id=number, connector_id=1)
        reply = yield m.TriggerMessageRequest(requested_message="StatusNotification", evse=place)
        outcome = settled(reply)
        if not isinstance(outcome, Accepted):
            return accepted or outcome
        accepted = outcome
    return settled(reply)
