"""Answers to the requests about firmware and logs (L, N01)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


def update_firmware(cp: ChargePoint, request: m.UpdateFirmwareRequest) -> Message:
    """Update, with a signature or without."""
    return m.UpdateFirmwareResponse(status=cp.maintenance.update(request))


def publish_firmware(cp: ChargePoint, request: m.PublishFirmwareRequest) -> Message:
    """Fetch firmware and offer it to others."""
    cp.maintenance.publish(request)
    return m.PublishFirmwareResponse(status="Accepted")


def unpublish_firmware(cp: ChargePoint, request: m.UnpublishFirmwareRequest) -> Message:
    """Offer it no more."""
    return m.UnpublishFirmwareResponse(status=cp.maintenance.unpublish(request.checksum))


def get_log(cp: ChargePoint, request: m.GetLogRequest) -> Message:
    """Go through the motions of a log upload."""
    return cp.maintenance.send_log(request)
