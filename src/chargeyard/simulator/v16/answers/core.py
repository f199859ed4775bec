"""Answers to the requests of the core profile."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.simulator.v16.connectors import Connector
from chargeyard.simulator.v16.smart_charging import profile_for

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint

VENDOR_ID = "org.chargeyard.simulator"
"""The DataTransfer vendor that is understood; its one message is ``Echo``."""


def change_availability(cp: ChargePoint, request: m.ChangeAvailabilityRequest) -> Message:
    """Set a connector, or with 0 all, operative or not; a running transaction puts it off."""
    chosen = cp.connectors if request.connector_id == 0 else (cp.connector(request.connector_id),)
    connectors = [connector for connector in chosen if connector is not None]
    if not connectors:
        return m.ChangeAvailabilityResponse(status="Rejected")
    operative = request.type == "Operative"
    if request.connector_id == 0:
        cp.is_operative = operative
    busy = [_set_operative(connector, operative=operative) for connector in connectors]
    cp.later(0.0, cp.report_status)
    return m.ChangeAvailabilityResponse(status="Scheduled" if any(busy) else "Accepted")


def _set_operative(connector: Connector, *, operative: bool) -> bool:
    """True if a running transaction puts it off."""
    connector.wants_inoperative = not operative and connector.transaction is not None
    if not connector.wants_inoperative:
        connector.is_operative = operative
    return connector.wants_inoperative


def change_configuration(cp: ChargePoint, request: m.ChangeConfigurationRequest) -> Message:
    """Change a key; intervals begin to count anew."""
    status = cp.configuration.change(request)
    if status == "Accepted" and request.key == "HeartbeatInterval":
        cp.schedule_heartbeat()
    if status == "Accepted" and request.key == "ClockAlignedDataInterval":
        cp.charging.schedule_aligned()
    if status == "Accepted" and request.key == "AuthorizationKey":
        cp.use_password(_password(request.value))
    return m.ChangeConfigurationResponse(status=status)


def _password(key: str) -> str:
    """The key is written in hexadecimal digits (security whitepaper A00); whoever writes text means that."""
    try:
        return bytes.fromhex(key).decode("latin-1")
    except ValueError:
        return key


def get_configuration(cp: ChargePoint, request: m.GetConfigurationRequest) -> Message:
    """Read keys."""
    return cp.configuration.read(request)


def clear_cache(cp: ChargePoint, request: m.ClearCacheRequest) -> Message:
    """Forget the cached id tokens."""
    if not cp.configuration.flag("AuthorizationCacheEnabled"):
        return m.ClearCacheResponse(status="Rejected")
    cp.tokens.clear_cache()
    return m.ClearCacheResponse(status="Accepted")


def data_transfer(cp: ChargePoint, request: m.DataTransferRequest) -> Message:
    """Echo for the vendor that is understood."""
    if request.vendor_id != VENDOR_ID:
        return m.DataTransferResponse(status="UnknownVendorId")
    if request.message_id != "Echo":
        return m.DataTransferResponse(status="UnknownMessageId")
    return m.DataTransferResponse(status="Accepted", data=request.data)


def remote_start(cp: ChargePoint, request: m.RemoteStartTransactionRequest) -> Message:
    """Promise to start; the transaction, or the wait for a car, follows."""
    connector = _startable(cp, request)
    profile = request.charging_profile
    if connector is None or not _fits_remote_start(profile):
        return m.RemoteStartTransactionResponse(status="Rejected")
    if isinstance(profile, m.ChargingProfile):
        cp.profiles.install(profile_for(connector.id, profile, cp.clock))
    cp.later(0.0, lambda: _begin_remotely(cp, connector, request.id_tag))
    return m.RemoteStartTransactionResponse(status="Accepted")


def _fits_remote_start(profile: m.ChargingProfile | msgspec.UnsetType) -> bool:
    """Only a TxProfile makes sense, and there is no transaction yet that it could name (errata 3.41)."""
    if isinstance(profile, msgspec.UnsetType):
        return True
    return profile.charging_profile_purpose == "TxProfile" and profile.transaction_id is msgspec.UNSET


def _startable(cp: ChargePoint, request: m.RemoteStartTransactionRequest) -> Connector | None:
    """The connector named, or else the best one: where a car waits, then any free one."""
    if not cp.is_registered or not cp.is_operative:
        return None
    wanted = cp.connectors if request.connector_id is msgspec.UNSET else (cp.connector(request.connector_id),)
    fit = [
        connector
        for connector in wanted
        if connector is not None
        and connector.transaction is None
        and connector.is_operative
        and connector.error == "NoError"
        and not cp.charging.is_kept_from(connector, request.id_tag)
    ]
    return min(fit, key=lambda connector: (connector.vehicle is None, connector.id), default=None)


def _begin_remotely(cp: ChargePoint, connector: Connector, id_tag: str) -> None:
    if cp.configuration.flag("AuthorizeRemoteTxRequests"):
        cp.charging.authorize(connector, id_tag)
    else:
        cp.charging.welcome(connector, id_tag)
    if connector.vehicle is None and cp.drivers is not None:
        cp.drivers.expected_at(connector)


def remote_stop(cp: ChargePoint, request: m.RemoteStopTransactionRequest) -> Message:
    """Stop a running transaction by its number."""
    for connector in cp.connectors:
        if connector.transaction is not None and connector.transaction.id == request.transaction_id:
            cp.later(0.0, partial(cp.charging.stop, connector, "Remote"))
            return m.RemoteStopTransactionResponse(status="Accepted")
    return m.RemoteStopTransactionResponse(status="Rejected")


def reset(cp: ChargePoint, request: m.ResetRequest) -> Message:
    """Go down and boot again, after the answer."""
    cp.later(0.0, lambda: cp.reboot("HardReset" if request.type == "Hard" else "SoftReset"))
    return m.ResetResponse(status="Accepted")


def unlock(cp: ChargePoint, request: m.UnlockConnectorRequest) -> Message:
    """Release the plug, which ends a transaction."""
    connector = cp.connector(request.connector_id)
    if connector is None:
        return m.UnlockConnectorResponse(status="NotSupported")
    if connector.transaction is not None:
        cp.later(0.0, lambda: cp.charging.stop(connector, "UnlockCommand"))
    return m.UnlockConnectorResponse(status="Unlocked")
