"""Answers to the requests about reservations (H)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.reservations import ANY, Reservation
from chargeyard.simulator.v2x.authorizing import key
from chargeyard.simulator.v2x.evses import Evse

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


def reserve(cp: ChargePoint, request: m.ReserveNowRequest) -> Message:
    """Hold an EVSE, or any that fits, for an id token."""
    status = _status(cp, request)
    if status == "Accepted":
        ends = instants.read(request.expiry_date_time) or cp.clock
        group = request.group_id_token
        cp.reservations.hold(
            Reservation(
                request.id,
                _place(request),
                key(request.id_token),
                None if isinstance(group, msgspec.UnsetType) else group.id_token,
                ends,
            )
        )
        # A second more, so that the clock is past the end when it is looked at.
        cp.agenda.at(cp.now + ends - cp.clock + 1.0, cp.expired)
        cp.later(0.0, cp.report_status)
    return m.ReserveNowResponse(status=status)


def _place(request: m.ReserveNowRequest) -> int:
    return ANY if isinstance(request.evse_id, msgspec.UnsetType) else request.evse_id


def _status(cp: ChargePoint, request: m.ReserveNowRequest) -> m.ReserveNowStatusEnumType:
    expiry = instants.read(request.expiry_date_time)
    if expiry is None or expiry <= cp.clock or not cp.model.flag("ReservationCtrlr.Enabled"):
        return "Rejected"
    cp.expire_reservations()
    if _place(request) == ANY:
        return _any_status(cp, request.connector_type)
    evse = cp.connector(_place(request))
    if evse is None:
        return "Rejected"
    held = cp.reservations.find(evse.id)
    if held is not None and held.id != request.id:
        return "Occupied"
    return _evse_status(evse)


def _any_status(cp: ChargePoint, connector_type: str | msgspec.UnsetType) -> m.ReserveNowStatusEnumType:
    fit = [evse for evse in cp.connectors if connector_type in (msgspec.UNSET, evse.connector_type)]
    if not fit:
        return "Rejected"
    states = [_evse_status(evse) for evse in fit if cp.reservations.find(evse.id) is None]
    if states.count("Accepted") > cp.reservations.unplaced():
        return "Accepted"
    return next((state for state in states if state != "Accepted"), "Occupied")


def _evse_status(evse: Evse) -> m.ReserveNowStatusEnumType:
    if evse.error != "NoError":
        return "Faulted"
    if not evse.is_operative:
        return "Unavailable"
    return "Accepted" if evse.is_free else "Occupied"


def cancel_reservation(cp: ChargePoint, request: m.CancelReservationRequest) -> Message:
    """Let a reservation go."""
    found = cp.reservations.release(request.reservation_id)
    cp.later(0.0, cp.report_status)
    return m.CancelReservationResponse(status="Accepted" if found else "Rejected")
