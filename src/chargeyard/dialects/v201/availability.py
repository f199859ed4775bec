"""Connector states, availability and unlocking on the wire of 2.x."""

from msgspec import UNSET

from chargeyard.dialects.dialect import OUTLETS, Hearing, Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.ocpp.v201 import messages as m


def status_from(request: m.StatusNotificationRequest, hearing: Hearing) -> reports.ConnectorStatusChanged:
    """StatusNotification."""
    evse = hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId")
    connector = hearing.whole(request.connector_id, OUTLETS, 1 if evse else 0, "$.connectorId")
    at = hearing.instant(request.timestamp, "$.timestamp")
    return reports.ConnectorStatusChanged(
        evse=evse,
        connector=connector,
        status=request.connector_status,
        at=at if hearing.is_dated(at) else None,
        said=request.timestamp,
    )


def status_answer(answer: Acknowledged) -> m.StatusNotificationResponse:
    """StatusNotificationResponse."""
    return m.StatusNotificationResponse()


def change_availability_script(command: commands.ChangeAvailability) -> Script:
    """ChangeAvailability of the station (no EVSE), of an EVSE, or of one connector of it (G03, G04)."""
    place = m.EVSEType(id=command.evse, connector_id=command.connector or UNSET)
    wanted: m.OperationalStatusEnumType = "Operative" if command.operative else "Inoperative"
    request = m.ChangeAvailabilityRequest(operational_status=wanted, evse=place if command.evse else UNSET)
    return settled((yield request))


def unlock_script(command: commands.UnlockConnector) -> Script:
    """UnlockConnector."""
    return settled((yield m.UnlockConnectorRequest(evse_id=command.evse, connector_id=command.connector)))
