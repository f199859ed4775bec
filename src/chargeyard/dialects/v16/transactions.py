"""Transactions on the wire of 1.6."""

import re
from typing import Any

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import NUMBERS, OUTLETS, REGISTERS, Hearing, Script
from chargeyard.dialects.profiles import said
from chargeyard.dialects.v16.authorization import id_tag_info
from chargeyard.dialects.v16.metering import readings_from
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.dialects.v16.provisioning import text
from chargeyard.dialects.v16.smart_charging import WORDS
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import TransactionClosed, TransactionNumbered
from chargeyard.domain.authorization import is_key_code
from chargeyard.domain.charging_profiles import Limits
from chargeyard.ocpp.v16 import messages as m

_NUMBER = re.compile(r"-?[0-9]{1,19}")


def started_from(request: m.StartTransactionRequest, hearing: Hearing) -> reports.TransactionStarted:
    """StartTransaction."""
    at = hearing.instant(request.timestamp, "$.timestamp")
    return reports.TransactionStarted(
        # An impossible number is no outlet's: taken for the first, it would end what really runs there.
        evse=hearing.whole(request.connector_id, OUTLETS, 0, "$.connectorId"),
        id_token=request.id_tag,
        meter_start_wh=hearing.whole(request.meter_start, REGISTERS, None, "$.meterStart"),
        at=at,
        said=request.timestamp,
        is_dated=hearing.is_dated(at),
        reservation_id=hearing.whole(request.reservation_id, NUMBERS, None, "$.reservationId"),
    )


def start_answer(answer: TransactionNumbered) -> m.StartTransactionResponse:
    """StartTransaction.conf: always with a number, also for a token that is refused."""
    return m.StartTransactionResponse(transaction_id=answer.number, id_tag_info=id_tag_info(answer.verdict))


def stopped_from(request: m.StopTransactionRequest, hearing: Hearing) -> reports.TransactionStopped:
    """StopTransaction; an absent reason is Local."""
    data = request.transaction_data
    at = hearing.instant(request.timestamp, "$.timestamp")
    return reports.TransactionStopped(
        transaction=hearing.whole(request.transaction_id, NUMBERS, -1, "$.transactionId"),
        meter_stop_wh=hearing.whole(request.meter_stop, REGISTERS, 0, "$.meterStop"),
        at=at,
        said=request.timestamp,
        is_dated=hearing.is_dated(at),
        id_token=text(request.id_tag),
        reason=request.reason or "Local",
        readings=() if isinstance(data, UnsetType) else readings_from(data, hearing, "$.transactionData"),
    )


def stop_answer(answer: TransactionClosed) -> m.StopTransactionResponse:
    """StopTransaction.conf: a verdict only where the stop had an idTag."""
    return m.StopTransactionResponse(id_tag_info=id_tag_info(answer.verdict) if answer.verdict else UNSET)


def start_script(command: commands.StartTransaction) -> Script:
    """RemoteStartTransaction: accepted means that the charge point will try."""
    if is_key_code(command.token_kind):  # it would stand in the clear here, as in a reservation
        return outcomes.Invalid(detail="the charge point's version has no key codes")
    profile: Any = UNSET
    if command.profile is not None:
        profile = said(WORDS, command.profile, Limits(transaction_optional=True))
        if isinstance(profile, outcomes.Invalid):
            return profile
    request = m.RemoteStartTransactionRequest(
        id_tag=command.id_token, connector_id=command.evse or UNSET, charging_profile=profile
    )
    return settled((yield request))


def stop_script(command: commands.StopTransaction) -> Script:
    """RemoteStopTransaction: accepted means that a StopTransaction will follow."""
    if not _NUMBER.fullmatch(command.wire_id):
        return outcomes.Invalid(detail="the transaction was begun under another version of the protocol")
    return settled((yield m.RemoteStopTransactionRequest(transaction_id=int(command.wire_id))))
