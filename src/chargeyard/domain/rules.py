"""`decide` and `evolve`: the rules of all nouns, in two tables.

`decide` is pure. `evolve` changes the state it is given, which only the owning session holds, and is called
after the commit: a decision that was not stored has changed nothing.
"""

from collections.abc import Callable
from typing import Any

from chargeyard.domain import (
    accounting,
    availability,
    continuity,
    customers,
    device_model,
    display,
    events,
    firmware,
    grid,
    monitoring,
    presented_tokens,
    profile_book,
    provisioning,
    readings,
    reports,
    reservations,
    security,
    settlements,
    transaction_events,
    transactions,
    vehicles,
)
from chargeyard.domain.answers import ACKNOWLEDGED, Answer, DataUnderstood
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.events import Event


def decide(state: ChargePoint, report: reports.Report, context: Context) -> Decision:
    """What shall be stored and answered when `report` comes from the charge point of `state`."""
    refused = provisioning.refusal(state, report, context.policy)
    if refused is not None:
        return Decision((), refused)
    return DECIDES[type(report)](state, report, context)


def evolve(state: ChargePoint, event: Event) -> None:
    """Let `event`, now stored, take effect in memory."""
    change = EVOLVES.get(type(event))
    if change is not None:
        change(state, event)


def _kept(make: Callable[..., Event], answer: Answer = ACKNOWLEDGED) -> Callable[..., Decision]:
    """A rule for what is only to be kept: the report's fields under the event's name."""

    def decide_kept(state: ChargePoint, report: reports.Report, context: Context) -> Decision:
        fields = {name: getattr(report, name) for name in report.__struct_fields__ if name != "said"}
        return Decision((make(recorded_at=context.now, charge_point=state.id, **fields),), answer)

    return decide_kept


def _decide_data(state: ChargePoint, report: reports.DataTransferred, context: Context) -> Decision:
    """No vendor is known: UnknownVendorId without data, and the message kept (OCPP 1.6 §4.3)."""
    answer = DataUnderstood()
    kept = events.DataTransferred(
        recorded_at=context.now,
        charge_point=state.id,
        vendor_id=report.vendor_id,
        message_id=report.message_id,
        data=report.data,
        status=answer.status,
    )
    return Decision((kept,), answer)


def _decide_reported(state: ChargePoint, report: reports.Reported, context: Context) -> Decision:
    kept = events.ReportKept(
        recorded_at=context.now,
        charge_point=state.id,
        action=report.action,
        payload=bytes(report.payload).decode("utf-8", "replace"),
    )
    return Decision((kept,), ACKNOWLEDGED)


DECIDES: dict[type[reports.Report], Callable[[ChargePoint, Any, Context], Decision]] = {
    reports.Booted: provisioning.decide_boot,
    reports.Alive: provisioning.decide_alive,
    reports.TokenPresented: presented_tokens.decide_token,
    reports.ConnectorStatusChanged: availability.decide_status,
    reports.TransactionStarted: transactions.decide_start,
    reports.MeterValuesTaken: readings.decide_meter_values,
    reports.TransactionStopped: transactions.decide_stop,
    reports.TransactionReported: transaction_events.decide_event,
    reports.CustomerInformationTold: customers.decide_part,
    reports.ReservationGone: reservations.decide_end,
    reports.VariablesReported: device_model.decide_variables,
    reports.EventsNotified: monitoring.decide_events,
    reports.MonitorsReported: monitoring.decide_monitors,
    reports.StreamOpened: monitoring.decide_opening,
    reports.StreamClosed: monitoring.decide_closing,
    reports.StreamReceived: monitoring.decide_stream,
    reports.FirmwareProgressed: _kept(events.FirmwareProgressed),
    reports.LogProgressed: _kept(events.LogProgressed),
    reports.PublishProgressed: firmware.decide_publishing,
    reports.SecurityEventHappened: security.decide_event,
    reports.CertificateRequested: security.decide_request,
    reports.DisplayMessagesReported: display.decide_messages,
    reports.DerControlsReported: grid.decide_controls,
    reports.DerAlarmHappened: _kept(events.DerAlarmReported),
    reports.DerControlSwitched: _kept(events.DerControlSwitched),
    reports.DataTransferred: _decide_data,
    reports.ChargingProfilesListed: profile_book.decide_listed,
    reports.ChargingLimitTold: profile_book.decide_limit,
    reports.ChargingLimitCleared: profile_book.decide_limit_cleared,
    reports.PriorityChargingTold: profile_book.decide_priority,
    reports.DynamicValuesAsked: profile_book.decide_values,
    reports.ChargingNeedsTold: vehicles.decide_needs,
    reports.VehicleScheduleTold: vehicles.decide_plan,
    reports.PaymentSettled: settlements.decide_settlement,
    reports.VatNumberAsked: settlements.decide_vat_number,
    reports.BatteriesSwapped: settlements.decide_swap,
    reports.Reported: _decide_reported,
}

EVOLVES: dict[type[Event], Callable[[ChargePoint, Any], None]] = {
    events.ChargePointBooted: provisioning.evolve_boot,
    events.ChargePointChanged: provisioning.evolve_change,
    events.ChargePointRegistered: provisioning.evolve_change,
    events.ConnectorStatusChanged: availability.evolve_status,
    events.TokenChecked: presented_tokens.evolve_checked,
    events.TransactionStarted: transactions.evolve_start,
    events.TransactionStopped: transactions.evolve_stop,
    events.TransactionDetailed: transaction_events.evolve_details,
    events.TransactionAccounted: accounting.evolve_account,
    events.TransactionReopened: continuity.evolve_reopening,
    events.StreamReceived: monitoring.evolve_stream,
    events.MeterValuesTaken: readings.evolve_meter_values,
    events.ItemsInstalled: profile_book.evolve_installed,
    events.ReservationRequested: reservations.evolve_requested,
}
