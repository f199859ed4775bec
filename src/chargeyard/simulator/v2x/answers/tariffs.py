"""Answers to the requests about tariffs, costs and payment (I, C25)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.reservations import Reservation
from chargeyard.simulator.v2x.costs import STATION

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


_MOST_PRICES = 20


def cost_updated(cp: ChargePoint, request: m.CostUpdatedRequest) -> Message:
    """Remember what a transaction costs so far."""
    cp.costs[request.transaction_id] = request.total_cost
    return m.CostUpdatedResponse()


def set_default_tariff(cp: ChargePoint, request: m.SetDefaultTariffRequest) -> Message:
    """Take a tariff for an EVSE, or with 0 for all (2.1 I08)."""
    if request.evse_id != STATION and cp.connector(request.evse_id) is None:
        return m.SetDefaultTariffResponse(status="Rejected")
    if _prices(request.tariff) > _MOST_PRICES:
        return m.SetDefaultTariffResponse(status="TooManyElements")
    known = cp.tariffs.defaults.values()
    if any(each.tariff_id == request.tariff.tariff_id and each != request.tariff for each in known):
        return m.SetDefaultTariffResponse(status="DuplicateTariffId")
    cp.tariffs.defaults[request.evse_id] = request.tariff
    return m.SetDefaultTariffResponse(status="Accepted")


def _prices(tariff: m.TariffType) -> int:
    parts = (tariff.energy, tariff.charging_time, tariff.idle_time, tariff.fixed_fee)
    return sum(len(part.prices) for part in parts if not isinstance(part, msgspec.UnsetType))


def get_tariffs(cp: ChargePoint, request: m.GetTariffsRequest) -> Message:
    """List the tariffs of an EVSE, or with 0 all."""
    if request.evse_id != STATION and cp.connector(request.evse_id) is None:
        return m.GetTariffsResponse(status="Rejected")
    places = (STATION, request.evse_id)
    found = [
        each
        for each in cp.tariffs.assignments()
        if request.evse_id == STATION
        or isinstance(each.evse_ids, msgspec.UnsetType)
        or any(place in places for place in each.evse_ids)
    ]
    if not found:
        return m.GetTariffsResponse(status="NoTariff")
    return m.GetTariffsResponse(status="Accepted", tariff_assignments=found)


def clear_tariffs(cp: ChargePoint, request: m.ClearTariffsRequest) -> Message:
    """Remove tariffs by their ids, or all (of an EVSE)."""
    ids, place = request.tariff_ids, request.evse_id
    fit = {
        evse_id: tariff.tariff_id
        for evse_id, tariff in cp.tariffs.defaults.items()
        if place in (msgspec.UNSET, evse_id)
        and (isinstance(ids, msgspec.UnsetType) or tariff.tariff_id in ids)
    }
    for evse_id in fit:
        del cp.tariffs.defaults[evse_id]
    cleared = set(fit.values())
    asked = cleared if isinstance(ids, msgspec.UnsetType) else set(ids)
    results = [
        m.ClearTariffsResultType(status="Accepted" if each in cleared else "NoTariff", tariff_id=each)
        for each in sorted(asked)
    ]
    none = [m.ClearTariffsResultType(status="NoTariff")]
    return m.ClearTariffsResponse(clear_tariffs_result=results or none)


def change_transaction_tariff(cp: ChargePoint, request: m.ChangeTransactionTariffRequest) -> Message:
    """Go on with another tariff of the same currency (2.1 I11)."""
    evse = cp.find_transaction(request.transaction_id)
    if evse is None or evse.transaction is None:
        return m.ChangeTransactionTariffResponse(status="TxNotFound")
    now = cp.tariffs.find(evse.id, evse.token)
    if now is not None and now.currency != request.tariff.currency:
        return m.ChangeTransactionTariffResponse(status="NoCurrencyChange")
    transaction, tariff_id = evse.transaction, request.tariff.tariff_id
    cp.tariffs.transactions[transaction.id] = request.tariff
    transaction.tariff_id = transaction.untold.tariff_id = tariff_id
    cp.later(0.0, partial(cp.charging.update, evse, "TariffChanged"))
    return m.ChangeTransactionTariffResponse(status="Accepted")


def web_payment_started(cp: ChargePoint, request: m.NotifyWebPaymentStartedRequest) -> Message:
    """Somebody is paying on the web for this EVSE; nobody else may take it meanwhile (2.1 C25)."""
    evse = cp.connector(request.evse_id)
    if evse is not None and evse.is_free:
        ends = cp.clock + request.timeout
        cp.reservations.hold(Reservation(-evse.id, evse.id, "DirectPayment:", None, ends))
        cp.agenda.at(cp.now + request.timeout + 1.0, lambda: _release(cp, -evse.id))
        cp.later(0.0, cp.report_status)
    return m.NotifyWebPaymentStartedResponse()


def _release(cp: ChargePoint, number: int) -> None:
    cp.reservations.release(number)
    cp.report_status()
