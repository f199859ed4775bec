"""Transactions on the wire of 2.x: TransactionEvent, and starting and stopping from here."""

from typing import Any

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Script
from chargeyard.dialects.profiles import Words, said
from chargeyard.dialects.v201.authorization import id_token_info, wire_kind
from chargeyard.dialects.v201.metering import readings_from
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged, TransactionHeard
from chargeyard.domain.charging_profiles import Limits
from chargeyard.domain.outcomes import Accepted, Invalid
from chargeyard.domain.results import TransactionStatusTold
from chargeyard.ocpp.v201 import messages as m

NOT_NUMBERED = -1
"""The sequence of an event that came without a number: before all others, and never the same as one of them."""


def event_from(
    request: m.TransactionEventRequest, hearing: Hearing
) -> reports.TransactionReported | reports.Reported:
    """TransactionEvent. One that names no transaction is kept as it is: refused, it would only come again."""
    told = request.transaction_info
    if not told.transaction_id:
        return reports.Reported(action="TransactionEvent", payload=hearing.payload)
    at = hearing.instant(request.timestamp, "$.timestamp")
    evse, connector = place_of(request.evse, hearing)
    token = request.id_token or None
    return reports.TransactionReported(
        wire_id=told.transaction_id,
        phase=request.event_type,
        sequence=hearing.whole(request.seq_no, NUMBERS, NOT_NUMBERED, "$.seqNo"),
        trigger=request.trigger_reason,
        at=at,
        said=request.timestamp,
        is_dated=hearing.is_dated(at),
        is_offline=bool(request.offline),
        evse=evse,
        connector=connector,
        id_token=token.id_token if token else None,
        token_kind=token.type if token else "",
        charging_state=told.charging_state or "",
        reason=told.stopped_reason or "",
        remote_start_id=hearing.whole(told.remote_start_id, NUMBERS, None, "$.transactionInfo.remoteStartId"),
        reservation_id=hearing.whole(request.reservation_id, NUMBERS, None, "$.reservationId"),
        readings=readings_from(request.meter_value, hearing),
        payload=hearing.payload,
    )


def event_answer(answer: TransactionHeard | Acknowledged) -> m.TransactionEventResponse:
    """TransactionEventResponse: a verdict wherever the event had a token (E05.FR.01), no cost we do not know."""
    if isinstance(answer, Acknowledged):
        return m.TransactionEventResponse()
    return m.TransactionEventResponse(
        id_token_info=id_token_info(answer.verdict) if answer.verdict is not None else UNSET,
        total_cost=float(answer.total_cost) if answer.total_cost is not None else UNSET,
    )


def place_of(evse: m.EVSEType | UnsetType, hearing: Hearing) -> tuple[int | None, int | None]:
    """EVSE and connector where they are told; the connector may be left out (lbbrhzn#2135)."""
    if isinstance(evse, UnsetType):
        return None, None
    return (
        hearing.whole(evse.id, OUTLETS, None, "$.evse.id"),
        hearing.whole(evse.connector_id, OUTLETS, None, "$.evse.connectorId"),
    )


def start_script(words: Words, command: commands.StartTransaction) -> Script:
    """RequestStartTransaction: accepted means that the charge point will try."""
    profile: Any = UNSET
    if command.profile is not None:
        profile = said(words, command.profile, Limits(transaction_optional=True))
        if isinstance(profile, Invalid):
            return profile
    return settled(
        (
            yield m.RequestStartTransactionRequest(
                id_token=m.IdTokenType(id_token=command.id_token, type=wire_kind(command.token_kind)),
                remote_start_id=command.remote_start_id,
                evse_id=command.evse or UNSET,
                charging_profile=profile,
            )
        )
    )


def stop_script(command: commands.StopTransaction) -> Script:
    """RequestStopTransaction: accepted means that an event with Ended will follow."""
    return settled((yield m.RequestStopTransactionRequest(transaction_id=command.wire_id)))


def status_script(command: commands.GetTransactionStatus) -> Script:
    """GetTransactionStatus: of one transaction, or only whether messages about any are still to come (E14)."""
    reply = yield m.GetTransactionStatusRequest(transaction_id=command.wire_id or UNSET)
    told: Any = reply.message
    ongoing = told.ongoing_indicator
    return Accepted(
        said=reply.said,
        result=TransactionStatusTold(
            is_ongoing=None if isinstance(ongoing, UnsetType) else ongoing,
            has_messages=told.messages_in_queue,
        ),
    )
