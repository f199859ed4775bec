"""Connector states, availability and unlocking on the wire of 1.6. Connector n is EVSE n."""

from chargeyard.dialects.dialect import OUTLETS, Hearing, Script
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.dialects.v16.provisioning import text
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.ocpp.v16 import messages as m


def status_from(request: m.StatusNotificationRequest, hearing: Hearing) -> reports.ConnectorStatusChanged:
    """StatusNotification."""
    has_time = bool(request.timestamp)
    evse = hearing.whole(request.connector_id, OUTLETS, 0, "$.connectorId")
    return reports.ConnectorStatusChanged(
        evse=evse,
        connector=1 if evse else 0,
        status=request.status,
        error_code=request.error_code,
        info=text(request.info),
        vendor_id=text(request.vendor_id),
        vendor_error_code=text(request.vendor_error_code),
        at=hearing.instant(request.timestamp, "$.timestamp") if has_time else None,
        said=text(request.timestamp),
    )


def status_answer(answer: Acknowledged) -> m.StatusNotificationResponse:
    """StatusNotification.conf."""
    return m.StatusNotificationResponse()


def change_availability_script(command: commands.ChangeAvailability) -> Script:
    """ChangeAvailability."""
    wanted: m.AvailabilityType = "Operative" if command.operative else "Inoperative"
    return settled((yield m.ChangeAvailabilityRequest(connector_id=command.evse, type=wanted)))


def unlock_script(command: commands.UnlockConnector) -> Script:
    """UnlockConnector."""
    return settled((yield m.UnlockConnectorRequest(connector_id=command.evse)))
