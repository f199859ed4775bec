"""Answers to the requests about the local list and the cache (C, D)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.authorizing import key, verdict

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


def clear_cache(cp: ChargePoint, request: m.ClearCacheRequest) -> Message:
    """Forget what is cached; Rejected without a cache (C11)."""
    if not cp.model.flag("AuthCacheCtrlr.Enabled"):
        return m.ClearCacheResponse(status="Rejected")
    cp.tokens.clear_cache()
    return m.ClearCacheResponse(status="Accepted")


def local_list_version(cp: ChargePoint, request: m.GetLocalListVersionRequest) -> Message:
    """The version of the local list; 0 when there is none (D02)."""
    enabled = cp.model.flag("LocalAuthListCtrlr.Enabled")
    return m.GetLocalListVersionResponse(version_number=cp.tokens.list_version if enabled else 0)


def send_local_list(cp: ChargePoint, request: m.SendLocalListRequest) -> Message:
    """Replace or change the local list (D01)."""
    entries = request.local_authorization_list or []
    is_too_much = len(entries) > cp.model.whole("LocalAuthListCtrlr.ItemsPerMessage")
    if is_too_much or not cp.model.flag("LocalAuthListCtrlr.Enabled"):
        return m.SendLocalListResponse(status="Failed")
    status = cp.tokens.update(
        request.version_number,
        (
            # In a differential update an entry without info is one to delete.
            (
                key(e.id_token),
                None if isinstance(e.id_token_info, msgspec.UnsetType) else verdict(e.id_token_info),
            )
            for e in entries
        ),
        full=request.update_type == "Full",
        limit=1_000,
    )
    return m.SendLocalListResponse(status=status)
