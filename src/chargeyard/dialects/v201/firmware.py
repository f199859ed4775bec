"""Firmware and logs on the wire of 2.x."""

from collections.abc import Mapping

from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.outcomes import promised, settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.jobs import LogKind
from chargeyard.ocpp.v201 import messages as m


def firmware_from(
    request: m.FirmwareStatusNotificationRequest, hearing: Hearing
) -> reports.FirmwareProgressed:
    """FirmwareStatusNotification; Idle belongs to no request (L01.FR.20)."""
    number = hearing.whole(request.request_id, NUMBERS, None, "$.requestId")
    return reports.FirmwareProgressed(status=request.status, request_id=number)


def firmware_answer(answer: Acknowledged) -> m.FirmwareStatusNotificationResponse:
    """FirmwareStatusNotificationResponse."""
    return m.FirmwareStatusNotificationResponse()


def log_from(request: m.LogStatusNotificationRequest, hearing: Hearing) -> reports.LogProgressed:
    """LogStatusNotification."""
    number = hearing.whole(request.request_id, NUMBERS, None, "$.requestId")
    return reports.LogProgressed(status=request.status, request_id=number)


def log_answer(answer: Acknowledged) -> m.LogStatusNotificationResponse:
    """LogStatusNotificationResponse."""
    return m.LogStatusNotificationResponse()


def publishing_from(
    request: m.PublishFirmwareStatusNotificationRequest, hearing: Hearing
) -> reports.PublishProgressed:
    """PublishFirmwareStatusNotification; Published tells where the firmware is offered (L03.FR.04)."""
    return reports.PublishProgressed(
        status=request.status,
        request_id=hearing.whole(request.request_id, NUMBERS, None, "$.requestId"),
        locations=tuple(request.location or ()),
    )


def publishing_answer(answer: Acknowledged) -> m.PublishFirmwareStatusNotificationResponse:
    """PublishFirmwareStatusNotificationResponse."""
    return m.PublishFirmwareStatusNotificationResponse()


def update_script(command: commands.UpdateFirmware) -> Script:
    """UpdateFirmware; signed if it has a certificate and a signature (L01.FR.11), else not (L02)."""
    firmware = m.FirmwareType(
        location=command.location,
        retrieve_date_time=timestamps.spell(command.retrieve_at),
        install_date_time=timestamps.spell(command.install_at) if command.install_at else UNSET,
        signing_certificate=command.signing_certificate or UNSET,
        signature=command.signature or UNSET,
    )
    request = m.UpdateFirmwareRequest(
        request_id=command.request_id,
        firmware=firmware,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return promised((yield request), command.request_id)


def publish_script(command: commands.PublishFirmware) -> Script:
    """PublishFirmware, to a local controller (L03)."""
    request = m.PublishFirmwareRequest(
        request_id=command.request_id,
        location=command.location,
        checksum=command.checksum,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return promised((yield request), command.request_id)


def unpublish_script(command: commands.UnpublishFirmware) -> Script:
    """UnpublishFirmware (L04)."""
    return settled((yield m.UnpublishFirmwareRequest(checksum=command.checksum)))


LOGS: Mapping[LogKind, str] = {
    "Diagnostics": "DiagnosticsLog",
    "Security": "SecurityLog",
    # 2.1 only; the schema of 2.0.1 does not let it through.
    "DataCollector": "DataCollectorLog",
}


def log_script(command: commands.GetLog) -> Script:
    """GetLog (N01)."""
    log = m.LogParametersType(
        remote_location=command.location,
        oldest_timestamp=timestamps.spell(command.oldest_at) if command.oldest_at else UNSET,
        latest_timestamp=timestamps.spell(command.latest_at) if command.latest_at else UNSET,
    )
    reply = yield m.GetLogRequest(
        log=log,
        log_type=LOGS[command.kind],  # type: ignore[arg-type]  # the schema is asked before it is said
        request_id=command.request_id,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return promised(reply, command.request_id, getattr(reply.message, "filename", None) or "")


def _given(number: int | None) -> int | UnsetType:
    return UNSET if number is None else number
