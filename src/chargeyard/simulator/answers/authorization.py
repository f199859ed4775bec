"""Answers to the requests about the local authorization list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m

if TYPE_CHECKING:
    from chargeyard.simulator.charge_point import SimulatedChargePoint as ChargePoint


def local_list_version(cp: ChargePoint, request: m.GetLocalListVersionRequest) -> Message:
    """The version of the local list; -1 when it is switched off."""
    enabled = cp.configuration.flag("LocalAuthListEnabled")
    return m.GetLocalListVersionResponse(list_version=cp.tokens.list_version if enabled else -1)


def send_local_list(cp: ChargePoint, request: m.SendLocalListRequest) -> Message:
    """Replace or change the local list."""
    if not cp.configuration.flag("LocalAuthListEnabled"):
        return m.SendLocalListResponse(status="NotSupported")
    return m.SendLocalListResponse(status=cp.tokens.update(request, cp.configuration))
