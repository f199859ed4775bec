"""Answers to the requests about reservations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.reservations import Reservation

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


def reserve(cp: ChargePoint, request: m.ReserveNowRequest) -> Message:
    """Hold a connector for an id token."""
    status = _reservation_status(cp, request)
    if status == "Accepted":
        ends = instants.read(request.expiry_date) or cp.clock
        group = None if request.parent_id_tag is msgspec.UNSET else request.parent_id_tag
        cp.reservations.hold(
            Reservation(request.reservation_id, request.connector_id, request.id_tag, group, ends)
        )
        # A second more, so that the clock is past the end when it is looked at.
        cp.agenda.at(cp.now + ends - cp.clock + 1.0, cp.report_status)
        cp.later(0.0, cp.report_status)
    return m.ReserveNowResponse(status=status)


def _reservation_status(cp: ChargePoint, request: m.ReserveNowRequest) -> m.ReservationStatus:
    expiry = instants.read(request.expiry_date)
    if expiry is None or expiry <= cp.clock:
        return "Rejected"
    cp.reservations.expire(cp.clock)
    if request.connector_id == 0:
        return "Accepted" if any(connector.is_free for connector in cp.connectors) else "Occupied"
    connector = cp.connector(request.connector_id)
    if connector is None:
        return "Rejected"
    if connector.error != "NoError":
        return "Faulted"
    if not connector.is_operative:
        return "Unavailable"
    held = cp.reservations.find(connector.id)
    is_taken = held is not None and held.id != request.reservation_id
    return "Occupied" if is_taken or not connector.is_free else "Accepted"


def cancel_reservation(cp: ChargePoint, request: m.CancelReservationRequest) -> Message:
    """Let a reservation go."""
    found = cp.reservations.release(request.reservation_id)
    cp.later(0.0, cp.report_status)
    return m.CancelReservationResponse(status="Accepted" if found else "Rejected")
