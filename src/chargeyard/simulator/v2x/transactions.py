"""Transactions as OCPP 2.x knows them: named by the charge point, told event by event (E)."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.deliveries import Delivery

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint
    from chargeyard.simulator.v2x.evses import Evse

ValueT = TypeVar("ValueT")

KEPT_SAMPLES = 200
"""Most meter values of an Ended event; a real charge point runs out of memory too."""


class Transaction:
    """One transaction. What has to be told once (evse, idToken, …) waits in ``untold`` until an event takes it.

    ``reached``: the stop points that held at some time. ``charged_s``: seconds with energy flowing.
    """

    __slots__ = (
        "charged_s",
        "grace_ends_wh",
        "id",
        "kept",
        "kept_at",
        "limit",
        "phases_told",
        "reached",
        "remote_start_id",
        "seq_no",
        "started_at",
        "started_wh",
        "state_told",
        "tariff_id",
        "token",
        "untold",
    )

    def __init__(self, number: str, started_at: float, started_wh: float) -> None:
        self.id = number
        self.started_at = started_at
        self.started_wh = started_wh
        self.seq_no = 0
        self.reached: set[str] = set()
        self.token: m.IdTokenType | None = None
        self.remote_start_id: int | None = None
        self.untold: Untold = Untold()
        self.state_told: m.ChargingStateEnumType | None = None
        self.phases_told = 0
        self.charged_s = 0.0
        # At this register a refused token gets no more (MaxEnergyOnInvalidId).
        self.grace_ends_wh: float | None = None
        self.kept: list[m.MeterValueType] = []
        self.kept_at = started_at
        self.limit: m.TransactionLimitType | None = None
        self.tariff_id: str | None = None

    def keep(self, value: m.MeterValueType, at: float) -> None:
        """Remember a meter value for the Ended event; the oldest but the first gives way."""
        self.kept.append(value)
        self.kept_at = at
        if len(self.kept) > KEPT_SAMPLES:
            del self.kept[1]


class Untold(msgspec.Struct):
    """What the next event has to tell, once."""

    evse: m.EVSEType | None = None
    token: m.IdTokenType | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    limit: m.TransactionLimitType | None = None
    tariff_id: str | None = None


class Occurrence(msgspec.Struct, frozen=True):
    """What an event is about, besides the state of the EVSE."""

    kind: m.TransactionEventEnumType
    trigger: m.TriggerReasonEnumType
    values: list[m.MeterValueType] | None = None
    reason: m.ReasonEnumType | None = None
    cost: m.CostDetailsType | None = None


def tell(cp: ChargePoint, evse: Evse, transaction: Transaction, occurrence: Occurrence) -> None:
    """Put a TransactionEvent into the queue; its time, number and offline flag are those of this moment."""
    token = transaction.untold.token
    request = _event(cp, evse, transaction, occurrence)
    transaction.untold = Untold()
    transaction.seq_no += 1
    cp.conversation.deliver(
        Delivery(
            "TransactionEvent",
            lambda: request,
            lambda answer: _answered(cp, evse, transaction, token, answer),
            transaction.id,
        )
    )


def _event(
    cp: ChargePoint, evse: Evse, transaction: Transaction, occurrence: Occurrence
) -> m.TransactionEventRequest:
    untold = transaction.untold
    phases = evse.phases if evse.vehicle is not None else 0
    new_phases = phases if phases and phases != transaction.phases_told else None
    transaction.phases_told = phases or transaction.phases_told
    return m.TransactionEventRequest(
        event_type=occurrence.kind,
        timestamp=cp.timestamp(),
        trigger_reason=occurrence.trigger,
        seq_no=transaction.seq_no,
        transaction_info=_info(evse, transaction, occurrence),
        meter_value=occurrence.values or msgspec.UNSET,
        offline=msgspec.UNSET if cp.is_online else True,
        number_of_phases_used=_given(new_phases),
        evse=_given(untold.evse),
        id_token=_given(untold.token),
        reservation_id=_given(untold.reservation_id),
        cost_details=_given(occurrence.cost),
    )


def _info(evse: Evse, transaction: Transaction, occurrence: Occurrence) -> m.TransactionType:
    state, untold = evse.charging_state(), transaction.untold
    is_news = state != transaction.state_told or occurrence.kind != "Updated"
    transaction.state_told = state
    return m.TransactionType(
        transaction_id=transaction.id,
        charging_state=state if is_news else msgspec.UNSET,
        time_spent_charging=round(transaction.charged_s),
        stopped_reason=_given(occurrence.reason),
        remote_start_id=_given(untold.remote_start_id),
        transaction_limit=_given(untold.limit),
        tariff_id=_given(untold.tariff_id),
    )


def _given(value: ValueT | None) -> ValueT | msgspec.UnsetType:
    return msgspec.UNSET if value is None else value


def _answered(
    cp: ChargePoint,
    evse: Evse,
    transaction: Transaction,
    token: m.IdTokenType | None,
    answer: Message | None,
) -> None:
    if not isinstance(answer, m.TransactionEventResponse):
        return
    if token is not None and not isinstance(answer.id_token_info, msgspec.UnsetType):
        cp.charging.judged_late(evse, transaction, token, answer.id_token_info)
    if not isinstance(answer.total_cost, msgspec.UnsetType):
        cp.costs[transaction.id] = answer.total_cost
    if not isinstance(answer.transaction_limit, msgspec.UnsetType):
        cp.charging.limit(evse, transaction, answer.transaction_limit)
