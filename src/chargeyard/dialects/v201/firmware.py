"""Firmware and log progress on the wire of 2.x."""

from chargeyard.dialects.dialect import NUMBERS, Hearing
from chargeyard.domain import reports
from chargeyard.domain.answers import Acknowledged
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
