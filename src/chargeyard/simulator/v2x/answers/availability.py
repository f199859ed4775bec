"""Answers to the requests about availability (F05, G03, G04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse


def change_availability(cp: ChargePoint, request: m.ChangeAvailabilityRequest) -> Message:
    """Set a connector, an EVSE or everything operative or not; a running transaction puts it off."""
    operative = request.operational_status == "Operative"
    if isinstance(request.evse, msgspec.UnsetType) or request.evse.id == 0:
        cp.is_operative = operative
        busy = [_set_operative(evse, operative=operative) for evse in cp.connectors]
    else:
        evse, number = cp.connector(request.evse.id), request.evse.connector_id
        if evse is None or (isinstance(number, int) and number not in evse.connector_ids):
            return m.ChangeAvailabilityResponse(status="Rejected")
        busy = [_set_one(evse, number, operative=operative)]
    cp.later(0.0, cp.report_status)
    return m.ChangeAvailabilityResponse(status="Scheduled" if any(busy) else "Accepted")


def _set_one(evse: Evse, number: int | msgspec.UnsetType, *, operative: bool) -> bool:
    if isinstance(number, msgspec.UnsetType) or len(evse.connector_ids) == 1:
        return _set_operative(evse, operative=operative)
    if operative:
        evse.out_of_order.discard(number)
    else:
        evse.out_of_order.add(number)
    # Occupied it stays until the car has gone, because the status follows from that first.
    return not operative and evse.transaction is not None and evse.plugged == number


def _set_operative(evse: Evse, *, operative: bool) -> bool:
    """True if a running transaction puts it off."""
    evse.wants_inoperative = not operative and evse.transaction is not None
    if not evse.wants_inoperative:
        evse.is_operative = operative
    return evse.wants_inoperative


def unlock(cp: ChargePoint, request: m.UnlockConnectorRequest) -> Message:
    """Release the plug, but not of somebody who is charging (F05.FR.02)."""
    evse = cp.connector(request.evse_id)
    if evse is None or request.connector_id not in evse.connector_ids:
        return m.UnlockConnectorResponse(status="UnknownConnector")
    if evse.authorization is not None:
        return m.UnlockConnectorResponse(status="OngoingAuthorizedTransaction")
    return m.UnlockConnectorResponse(status="Unlocked")
