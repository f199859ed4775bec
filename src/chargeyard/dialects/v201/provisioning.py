"""Boot, heartbeat, vendor data, triggers, networks and reset on the wire of 2.x."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Hearing, Script
from chargeyard.dialects.v201.outcomes import judged, settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import DataUnderstood, Registered, TimeTold
from chargeyard.domain.network_profiles import AccessPoint, NetworkProfile, Vpn
from chargeyard.domain.outcomes import Accepted
from chargeyard.domain.results import DataReturned
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
        lists_variables=True,
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
    """Reset: at once, or when no transaction runs any more, of all or of one EVSE (B11, B12)."""
    if command.resume:
        return outcomes.Invalid(detail="it knows no restart after which transactions go on")
    kind: m.ResetEnumType = "Immediate" if command.hard else "OnIdle"
    return settled((yield m.ResetRequest(type=kind, evse_id=command.evse or UNSET)))


TRIGGERS: Mapping[commands.Topic, m.MessageTriggerEnumType] = {
    "BootNotification": "BootNotification",
    "DiagnosticsStatusNotification": "LogStatusNotification",
    "FirmwareStatusNotification": "FirmwareStatusNotification",
    "Heartbeat": "Heartbeat",
    "LogStatusNotification": "LogStatusNotification",
    "MeterValues": "MeterValues",
    "PublishFirmwareStatusNotification": "PublishFirmwareStatusNotification",
    "SignChargePointCertificate": "SignChargingStationCertificate",
    "SignCombinedCertificate": "SignCombinedCertificate",
    "SignV2GCertificate": "SignV2GCertificate",
    "StatusNotification": "StatusNotification",
    "TransactionEvent": "TransactionEvent",
}

PLACED = frozenset(("MeterValues", "TransactionEvent"))
"""What can be asked of one EVSE."""

MOST_OUTLETS = 64
"""So many EVSEs are asked for their state at most; a charge point that says yes to all of them is not asked on."""


def trigger_script(command: commands.Trigger) -> Script:
    """TriggerMessage. The state must be asked of each connector by name (F06.FR.13)."""
    wanted = TRIGGERS.get(command.topic)
    if wanted is None:
        return outcomes.Invalid(detail=f"it cannot be asked to report {command.topic}")
    if wanted == "StatusNotification":
        return (yield from _trigger_status(command.evse or 0, command.connector or 1))
    return settled((yield m.TriggerMessageRequest(requested_message=wanted, evse=trigger_place(command))))


def trigger_place(command: commands.Trigger) -> m.EVSEType | UnsetType:
    """The EVSE that is to report, where the topic is one of an EVSE."""
    if command.topic not in PLACED or command.evse is None:
        return UNSET
    return m.EVSEType(id=command.evse, connector_id=command.connector or UNSET)


def _trigger_status(evse: int, connector: int) -> Script:
    """The state of one connector, or of the first of all EVSEs: they are numbered from 1 without gaps, and the first no ends the list."""
    evses = (evse,) if evse else range(1, MOST_OUTLETS + 1)
    accepted: Accepted | None = None
    for number in evses:
        place = m.EVSEType(id=number, connector_id=connector if evse else 1)
        reply = yield m.TriggerMessageRequest(requested_message="StatusNotification", evse=place)
        outcome = settled(reply)
        if not isinstance(outcome, Accepted):
            return accepted or outcome
        accepted = outcome
    return settled(reply)


def transfer_script(command: commands.TransferData) -> Script:
    """DataTransfer."""
    data = msgspec.json.decode(command.data)
    reply = yield m.DataTransferRequest(
        vendor_id=command.vendor_id,
        message_id=command.message_id or UNSET,
        data=UNSET if data is None else command.data,
    )
    told = getattr(reply.message, "data", UNSET)
    result = DataReturned(data=msgspec.Raw(msgspec.json.encode(None if told is UNSET else told)))
    return judged(str(getattr(reply.message, "status", "Rejected")), reply.said, result)


def network_profile_script(command: commands.SetNetworkProfile) -> Script:
    """SetNetworkProfile (B09)."""
    if command.profile.identity or command.profile.basic_auth_password:
        return outcomes.Invalid(detail="it has one identity and one password for all networks")
    connection = m.NetworkConnectionProfileType(**network_fields(command.profile))
    request = m.SetNetworkProfileRequest(configuration_slot=command.slot, connection_data=connection)
    return settled((yield request))


def network_fields(profile: NetworkProfile) -> dict[str, Any]:
    """The fields that NetworkConnectionProfileType has in every version."""
    return {
        "ocpp_version": profile.protocol or "OCPP20",
        "ocpp_transport": profile.transport,
        "ocpp_csms_url": profile.csms_url,
        "message_timeout": profile.message_timeout_s,
        "security_profile": profile.security_profile,
        "ocpp_interface": profile.interface,
        "apn": m.APNType(**_told(profile.apn)) if profile.apn else UNSET,
        "vpn": m.VPNType(**_told(profile.vpn)) if profile.vpn else UNSET,
    }


def _told(part: AccessPoint | Vpn) -> dict[str, Any]:
    """The fields that say something."""
    fields = {name: getattr(part, name) for name in part.__struct_fields__}
    return {name: value for name, value in fields.items() if value not in (None, "")}
