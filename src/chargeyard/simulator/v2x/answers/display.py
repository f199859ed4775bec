"""Answers to the requests about the screen (O)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.parts import batched

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


def set_display_message(cp: ChargePoint, request: m.SetDisplayMessageRequest) -> Message:
    """Show a message; one for a transaction only while that runs."""
    number = request.message.transaction_id
    if not isinstance(number, msgspec.UnsetType) and cp.find_transaction(number) is None:
        return m.SetDisplayMessageResponse(status="UnknownTransaction")
    return m.SetDisplayMessageResponse(status=cp.display.show(request.message))


def get_display_messages(cp: ChargePoint, request: m.GetDisplayMessagesRequest) -> Message:
    """Promise the messages that fit; they follow in one NotifyDisplayMessages each five."""
    found = cp.display.find(request.id, request.priority, request.state)
    if not found:
        return m.GetDisplayMessagesResponse(status="Unknown")
    parts = list(batched(found, 5))
    for number, part in enumerate(parts, start=1):
        notify = m.NotifyDisplayMessagesRequest(
            request_id=request.request_id, message_info=part, tbc=number < len(parts)
        )
        cp.follow("NotifyDisplayMessages", notify)
    return m.GetDisplayMessagesResponse(status="Accepted")


def clear_display_message(cp: ChargePoint, request: m.ClearDisplayMessageRequest) -> Message:
    """Take a message down."""
    found = cp.display.clear(request.id)
    return m.ClearDisplayMessageResponse(status="Accepted" if found else "Unknown")
