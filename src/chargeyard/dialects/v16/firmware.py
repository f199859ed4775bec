"""Firmware and log progress on the wire of 1.6."""

from msgspec import UnsetType

from chargeyard.dialects.dialect import NUMBERS, Hearing
from chargeyard.domain import reports
from chargeyard.domain.answers import Acknowledged
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
