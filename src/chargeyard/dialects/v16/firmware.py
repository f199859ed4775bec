"""Firmware and logs on the wire of 1.6, with the security extension and without."""

from collections.abc import Mapping

from msgspec import UNSET, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import NUMBERS, Hearing, Reply, Script, Unanswered
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.jobs import LogKind
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import JobPromised
from chargeyard.ocpp.v16 import messages as m


def firmware_from(
    request: m.FirmwareStatusNotificationRequest, hearing: Hearing
) -> reports.FirmwareProgressed:
    """FirmwareStatusNotification: 1.6 numbers no unsigned update."""
    return reports.FirmwareProgressed(status=request.status)


def signed_firmware_from(
    request: m.SignedFirmwareStatusNotificationRequest, hearing: Hearing
) -> reports.FirmwareProgressed:
    """SignedFirmwareStatusNotification."""
    return reports.FirmwareProgressed(status=request.status, request_id=number(request.request_id, hearing))


def diagnostics_from(
    request: m.DiagnosticsStatusNotificationRequest, hearing: Hearing
) -> reports.LogProgressed:
    """DiagnosticsStatusNotification."""
    return reports.LogProgressed(status=request.status)


def log_from(request: m.LogStatusNotificationRequest, hearing: Hearing) -> reports.LogProgressed:
    """LogStatusNotification."""
    return reports.LogProgressed(status=request.status, request_id=number(request.request_id, hearing))


def firmware_answer(answer: Acknowledged) -> m.FirmwareStatusNotificationResponse:
    """FirmwareStatusNotification.conf."""
    return m.FirmwareStatusNotificationResponse()


def signed_firmware_answer(answer: Acknowledged) -> m.SignedFirmwareStatusNotificationResponse:
    """SignedFirmwareStatusNotification.conf."""
    return m.SignedFirmwareStatusNotificationResponse()


def diagnostics_answer(answer: Acknowledged) -> m.DiagnosticsStatusNotificationResponse:
    """DiagnosticsStatusNotification.conf."""
    return m.DiagnosticsStatusNotificationResponse()


def log_answer(answer: Acknowledged) -> m.LogStatusNotificationResponse:
    """LogStatusNotification.conf."""
    return m.LogStatusNotificationResponse()


def number(value: int | UnsetType, hearing: Hearing) -> int | None:
    """The number of the request that this is the progress of."""
    return hearing.whole(value, NUMBERS, None, "$.requestId")


def update_script(command: commands.UpdateFirmware) -> Script:
    """SignedUpdateFirmware for what is signed, UpdateFirmware for what is not: one never stands in for the other."""
    if bool(command.signing_certificate) != bool(command.signature):
        return outcomes.Invalid(detail="a signed update has both a certificate and a signature")
    if command.signing_certificate:
        return (yield from _signed_update_script(command))
    if command.install_at is not None:
        return outcomes.Invalid(detail="this version has no install time for firmware that is not signed")
    request = m.UpdateFirmwareRequest(
        location=command.location,
        retrieve_date=timestamps.spell(command.retrieve_at),
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return _promised((yield request), command.request_id)


def _signed_update_script(command: commands.UpdateFirmware) -> Script:
    firmware = m.FirmwareType(
        location=command.location,
        retrieve_date_time=timestamps.spell(command.retrieve_at),
        install_date_time=timestamps.spell(command.install_at) if command.install_at else UNSET,
        signing_certificate=command.signing_certificate,
        signature=command.signature,
    )
    request = m.SignedUpdateFirmwareRequest(
        request_id=command.request_id,
        firmware=firmware,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return _promised((yield request), command.request_id)


LOGS: Mapping[LogKind, m.LogEnumType] = {"Diagnostics": "DiagnosticsLog", "Security": "SecurityLog"}


def log_script(command: commands.GetLog) -> Script:
    """GetDiagnostics, which more charge points know, or GetLog of the security extension where they do not."""
    if command.kind not in LOGS:
        return outcomes.Invalid(detail=f"this version has no {command.kind} log")
    if command.kind == "Diagnostics":
        try:
            return (yield from _diagnostics_script(command))
        except Unanswered as unanswered:
            if not unanswered.is_unknown_there:
                raise
    return (yield from _log_script(command))


def _diagnostics_script(command: commands.GetLog) -> Script:
    """An answer without a file name says that there is nothing to upload (1.6 §5.9)."""
    reply = yield m.GetDiagnosticsRequest(
        location=command.location,
        start_time=timestamps.spell(command.oldest_at) if command.oldest_at else UNSET,
        stop_time=timestamps.spell(command.latest_at) if command.latest_at else UNSET,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    file_name = getattr(reply.message, "file_name", UNSET)
    if not file_name:
        return outcomes.Rejected(reason="NothingAvailable", said=reply.said)
    return _promised(reply, command.request_id, file_name)


def _log_script(command: commands.GetLog) -> Script:
    log = m.LogParametersType(
        remote_location=command.location,
        oldest_timestamp=timestamps.spell(command.oldest_at) if command.oldest_at else UNSET,
        latest_timestamp=timestamps.spell(command.latest_at) if command.latest_at else UNSET,
    )
    reply = yield m.GetLogRequest(
        log=log,
        log_type=LOGS[command.kind],
        request_id=command.request_id,
        retries=_given(command.retries),
        retry_interval=_given(command.retry_interval_s),
    )
    return _promised(reply, command.request_id, getattr(reply.message, "filename", None) or "")


def _promised(reply: Reply, request_id: int, file_name: str = "") -> AnyOutcome:
    outcome = settled(reply)
    if not isinstance(outcome, outcomes.Accepted):
        return outcome
    ends_older = getattr(reply.message, "status", "") == "AcceptedCanceled"
    result = JobPromised(request_id=request_id, ends_older=ends_older, file_name=file_name)
    return outcomes.Accepted(said=outcome.said, result=result)


def _given(number: int | None) -> int | UnsetType:
    return UNSET if number is None else number
