"""Reservations on the wire of 2.x."""

from typing import Any

from msgspec import UNSET

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.authorization import wire_kind
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.outcomes import telling
from chargeyard.domain.results import ReservationNumbered
from chargeyard.ocpp.v201 import messages as m


def gone_from(request: m.ReservationStatusUpdateRequest, hearing: Hearing) -> reports.ReservationGone:
    """ReservationStatusUpdate."""
    return reports.ReservationGone(
        reservation=hearing.whole(request.reservation_id, NUMBERS, 0, "$.reservationId"),
        word=request.reservation_update_status,
    )


def gone_answer(answer: Acknowledged) -> m.ReservationStatusUpdateResponse:
    """ReservationStatusUpdateResponse."""
    return m.ReservationStatusUpdateResponse()


def reserve_script(command: commands.ReserveNow) -> Script:
    """ReserveNow; of one EVSE, of any with a connector of a type, or of any at all (H01.FR.23)."""
    # 2.1 takes any word, 2.0.1 those of its list: the schema of the version spoken says so.
    connector_type: Any = command.connector_type or UNSET
    group = (
        m.IdTokenType(id_token=command.parent, type=wire_kind(command.parent_kind))
        if command.parent
        else UNSET
    )
    outcome = settled(
        (
            yield m.ReserveNowRequest(
                id=command.reservation,
                expiry_date_time=timestamps.spell(command.expires_at),
                id_token=m.IdTokenType(id_token=command.id_token, type=wire_kind(command.token_kind)),
                connector_type=connector_type,
                evse_id=command.evse or UNSET,
                group_id_token=group,
            )
        )
    )
    return telling(outcome, ReservationNumbered(reservation_id=command.reservation))


def cancel_script(command: commands.CancelReservation) -> Script:
    """CancelReservation."""
    return settled((yield m.CancelReservationRequest(reservation_id=command.reservation)))
