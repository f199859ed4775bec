"""Reservations on the wire of 1.6."""

from msgspec import UNSET

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands, outcomes
from chargeyard.domain.authorization import is_key_code
from chargeyard.domain.outcomes import telling
from chargeyard.domain.results import ReservationNumbered
from chargeyard.ocpp.v16 import messages as m


def reserve_script(command: commands.ReserveNow) -> Script:
    """ReserveNow; connector 0 is any of them (§5.13)."""
    if command.connector_type:
        return outcomes.Invalid(detail="the charge point's version reserves no types of connectors")
    if is_key_code(command.token_kind):
        # Here it would stand in the clear, with nothing that tells it from a card (2.0.1 C04.FR.04).
        return outcomes.Invalid(detail="the charge point's version has no key codes")
    outcome = settled(
        (
            yield m.ReserveNowRequest(
                connector_id=command.evse,
                expiry_date=timestamps.spell(command.expires_at),
                id_tag=command.id_token,
                reservation_id=command.reservation,
                parent_id_tag=command.parent or UNSET,
            )
        )
    )
    return telling(outcome, ReservationNumbered(reservation_id=command.reservation))


def cancel_script(command: commands.CancelReservation) -> Script:
    """CancelReservation."""
    return settled((yield m.CancelReservationRequest(reservation_id=command.reservation)))
