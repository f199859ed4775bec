"""Answers to the requests about the local authorization list."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.simulator.v16.charging import verdict

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


def local_list_version(cp: ChargePoint, request: m.GetLocalListVersionRequest) -> Message:
    """The version of the local list; -1 when it is switched off."""
    enabled = cp.configuration.flag("LocalAuthListEnabled")
    return m.GetLocalListVersionResponse(list_version=cp.tokens.list_version if enabled else -1)


def send_local_list(cp: ChargePoint, request: m.SendLocalListRequest) -> Message:
    """Replace or change the local list."""
    if not cp.configuration.flag("LocalAuthListEnabled"):
        return m.SendLocalListResponse(status="NotSupported")
    entries = request.local_authorization_list or []
    if len(entries) > cp.configuration.number("SendLocalListMaxLength"):
        return m.SendLocalListResponse(status="Failed")
    status = cp.tokens.update(
        request.list_version,
        # In a differential update an entry without info is one to delete.
        (
            (e.id_tag, verdict(e.id_tag_info) if isinstance(e.id_tag_info, m.IdTagInfo) else None)
            for e in entries
        ),
        full=request.update_type == "Full",
        limit=cp.configuration.number("LocalAuthListMaxLength"),
    )
    return m.SendLocalListResponse(status=status)
