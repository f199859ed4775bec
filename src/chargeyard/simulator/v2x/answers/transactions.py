"""Answers to the requests that start, stop and ask about transactions (E14, F, Q, S)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.smart_charging import profile_for

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse


_SWAP_S = 10.0
_EMPTY_SOC = 12.0
_FULL_SOC = 95.0


def request_start(cp: ChargePoint, request: m.RequestStartTransactionRequest) -> Message:
    """Promise to start; the transaction, or the wait for a car, follows (F01, F02)."""
    evse = _startable(cp, request)
    profile = request.charging_profile
    if evse is None or not _fits_start(profile):
        return m.RequestStartTransactionResponse(status="Rejected")
    if not isinstance(profile, msgspec.UnsetType):
        cp.profiles.install(profile_for(evse.id, profile, cp.clock))
    cp.later(0.0, lambda: _begin(cp, evse, request))
    running = evse.transaction
    return m.RequestStartTransactionResponse(
        status="Accepted", transaction_id=msgspec.UNSET if running is None else running.id
    )


def _fits_start(profile: m.ChargingProfileType | msgspec.UnsetType) -> bool:
    """Only a TxProfile makes sense, without a transaction that it could name (F01.FR.10, FR.11)."""
    if isinstance(profile, msgspec.UnsetType):
        return True
    return profile.charging_profile_purpose == "TxProfile" and profile.transaction_id is msgspec.UNSET


def _startable(cp: ChargePoint, request: m.RequestStartTransactionRequest) -> Evse | None:
    """The EVSE named, or else the best one: where a car waits, then any free one."""
    if not cp.is_registered or not cp.is_operative:
        return None
    wanted = cp.connectors if request.evse_id is msgspec.UNSET else (cp.connector(request.evse_id),)
    fit = [
        evse
        for evse in wanted
        if evse is not None
        and evse.authorization is None
        and evse.is_operative
        and evse.error == "NoError"
        and not cp.charging.is_kept_from(evse, request.id_token)
    ]
    return min(fit, key=lambda evse: (evse.vehicle is None, evse.id), default=None)


def _begin(cp: ChargePoint, evse: Evse, request: m.RequestStartTransactionRequest) -> None:
    evse.remote_start_id = request.remote_start_id
    if cp.model.flag("AuthCtrlr.AuthorizeRemoteStart"):
        cp.charging.authorize(evse, request.id_token, "RemoteStart")
    else:
        cp.charging.welcome(evse, request.id_token, "RemoteStart")
    if evse.vehicle is None and cp.drivers is not None:
        cp.drivers.expected_at(evse)


def request_stop(cp: ChargePoint, request: m.RequestStopTransactionRequest) -> Message:
    """Stop a running transaction (F03)."""
    evse = cp.find_transaction(request.transaction_id)
    if evse is None:
        return m.RequestStopTransactionResponse(status="Rejected")
    cp.later(0.0, lambda: cp.charging.stop(evse, "RemoteStop"))
    return m.RequestStopTransactionResponse(status="Accepted")


def transaction_status(cp: ChargePoint, request: m.GetTransactionStatusRequest) -> Message:
    """Say whether a transaction runs, and whether something of it (or of any) is still to be told (E14)."""
    number = request.transaction_id
    if isinstance(number, msgspec.UnsetType):
        return m.GetTransactionStatusResponse(messages_in_queue=cp.conversation.undelivered > 0)
    return m.GetTransactionStatusResponse(
        ongoing_indicator=cp.find_transaction(number) is not None,
        messages_in_queue=cp.conversation.is_telling(number),
    )


def allowed_energy_transfer(cp: ChargePoint, request: m.NotifyAllowedEnergyTransferRequest) -> Message:
    """Take what a transaction may do (2.1 Q02)."""
    found = cp.find_transaction(request.transaction_id)
    return m.NotifyAllowedEnergyTransferResponse(status="Rejected" if found is None else "Accepted")


def battery_swap(cp: ChargePoint, request: m.RequestBatterySwapRequest) -> Message:
    """Open a slot for an empty battery, and give a full one for it (2.1 S02)."""
    slots = [evse.id for evse in cp.connectors if evse.is_free]
    if not slots:
        return m.RequestBatterySwapResponse(status="Rejected")
    empty = _battery(cp, slots[0], _EMPTY_SOC)
    full = _battery(cp, slots[-1], _FULL_SOC)
    cp.later(_SWAP_S, lambda: _swap(cp, request, "BatteryIn", empty))
    cp.later(2 * _SWAP_S, lambda: _swap(cp, request, "BatteryOut", full))
    return m.RequestBatterySwapResponse(status="Accepted")


def _battery(cp: ChargePoint, evse_id: int, soc: float) -> m.BatteryDataType:
    number = f"B-{cp.rng.randrange(10**8):08d}"
    return m.BatteryDataType(evse_id=evse_id, serial_number=number, soc=soc, soh=97.0)


def _swap(
    cp: ChargePoint,
    request: m.RequestBatterySwapRequest,
    event: m.BatterySwapEventEnumType,
    battery: m.BatteryDataType,
) -> None:
    follow = m.BatterySwapRequest(
        battery_data=[battery],
        event_type=event,
        id_token=request.id_token,
        request_id=request.request_id,
    )
    cp.ask("BatterySwap", follow, keep=True)
