"""From events to rows: which function takes which event, and which events must stay in order.

A projection is `(connection, events of one type) -> None`, so that a thousand events cost one statement.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Connection

from chargeyard.domain import events as e
from chargeyard.storage.projections import (
    access,
    accounts,
    authorization,
    availability,
    commands,
    device_model,
    firmware,
    items,
    local_lists,
    metering,
    provisioning,
    reports,
    reservations,
    tariffs,
    transaction_events,
    transactions,
)
from chargeyard.storage.projections.order import ALL, Keys, Place, in_steps

Projection = Callable[[Connection, Sequence[Any]], None]


def _charge_point(event: e.ChargePointEvent) -> Keys:
    return (event.charge_point,)


def _transaction(
    event: e.TransactionStarted
    | e.TransactionAdvanced
    | e.TransactionDetailed
    | e.TransactionAccounted
    | e.TransactionReopened
    | e.TransactionStopped,
) -> Keys:
    return (event.transaction,)


def _all(_event: e.Event) -> Keys:
    return ALL


PLACES: dict[type[e.Event], Place[Projection]] = {
    e.NodeStarted: Place("charge_point", _all, provisioning.node_started),
    # What names a token may depend on what another charge point does with the same one.
    e.ChargePointRegistered: Place("charge_point", _all, provisioning.registered),
    e.ChargePointChanged: Place("charge_point", _all, provisioning.changed),
    e.ChargePointRemoved: Place("charge_point", _all, provisioning.removed),
    e.ChargePointConnected: Place("charge_point", _charge_point, provisioning.connected),
    e.ChargePointDisconnected: Place("charge_point", _charge_point, provisioning.disconnected),
    e.ChargePointsSeen: Place("charge_point", lambda event: tuple(event.seen), provisioning.seen),
    e.ChargePointBooted: Place("charge_point", _charge_point, provisioning.booted),
    e.FirmwareProgressed: Place("charge_point", _charge_point, firmware.firmware_progressed),
    e.LogProgressed: Place("charge_point", _charge_point, firmware.log_progressed),
    e.PublishProgressed: Place("charge_point", _charge_point, firmware.publish_progressed),
    e.JobBegun: Place("charge_point", _charge_point, firmware.job_begun),
    e.ConnectorStatusChanged: Place("charge_point", _charge_point, availability.status_changed),
    e.VariablesReported: Place("charge_point", _charge_point, device_model.reported),
    e.VariablesWritten: Place("charge_point", _charge_point, device_model.written),
    e.ItemsInstalled: Place("charge_point", _charge_point, items.installed),
    e.ItemsRemoved: Place("charge_point", _charge_point, items.removed),
    e.ListingAsked: Place("charge_point", _charge_point, items.listing_asked),
    e.ListingAdvanced: Place("charge_point", _charge_point, items.listing_advanced),
    e.IdTokenSaved: Place("id_token", _all, authorization.saved),
    e.IdTokenRemoved: Place("id_token", _all, authorization.removed),
    e.TransactionStarted: Place("transaction", _transaction, transactions.started),
    e.TransactionAdvanced: Place("transaction", _transaction, transaction_events.advanced),
    e.TransactionDetailed: Place("transaction", _transaction, transaction_events.detailed),
    e.TransactionStopped: Place("transaction", _transaction, transactions.stopped),
    e.TransactionReopened: Place("transaction", _transaction, transactions.reopened),
    e.TransactionAccounted: Place("account", _transaction, accounts.accounted),
    e.MeterValuesTaken: Place("meter_value", _charge_point, metering.taken),
    e.ReservationRequested: Place("charge_point", _charge_point, reservations.requested),
    e.ReservationAnswered: Place("charge_point", _charge_point, reservations.answered),
    e.ReservationEnded: Place("charge_point", _charge_point, reservations.ended),
    e.LocalListVersionTold: Place("charge_point", _charge_point, local_lists.told),
    e.LocalListSent: Place("charge_point", _charge_point, local_lists.sent),
    e.LocalListDoubted: Place("charge_point", _charge_point, local_lists.doubted),
    e.CustomerInformationTold: Place("charge_point", _charge_point, local_lists.customer_told),
    e.CustomerInformationErased: Place("charge_point", _charge_point, local_lists.customer_erased),
    e.CustomerCleared: Place("report", _charge_point, reports.kept),
    e.TokenChecked: Place("report", _charge_point, reports.kept),
    e.TariffWorded: Place("tariff", lambda event: (event.tariff.tariff_id,), tariffs.worded),
    e.PaymentSettled: Place("report", _charge_point, reports.kept),
    e.VatNumberAsked: Place("report", _charge_point, reports.kept),
    e.BatteriesSwapped: Place("report", _charge_point, reports.kept),
    e.StopConflicted: Place("report", _charge_point, reports.kept),
    e.SecurityEventRecorded: Place("report", _charge_point, reports.kept),
    e.CertificateRequested: Place("report", _charge_point, reports.kept),
    e.CertificateInstalled: Place("report", _charge_point, reports.kept),
    e.DerAlarmReported: Place("report", _charge_point, reports.kept),
    e.DerControlSwitched: Place("report", _charge_point, reports.kept),
    e.DataTransferred: Place("report", _charge_point, reports.kept),
    e.ReportKept: Place("report", _charge_point, reports.kept),
    e.ChargingLimitTold: Place("report", _charge_point, reports.kept),
    e.ChargingLimitCleared: Place("report", _charge_point, reports.kept),
    e.ChargingNeedsTold: Place("report", _charge_point, reports.kept),
    e.VehicleScheduleTold: Place("report", _charge_point, reports.kept),
    e.PriorityChargingTold: Place("report", _charge_point, reports.kept),
    e.DeviceEventHappened: Place("report", _charge_point, reports.kept),
    e.StreamReceived: Place("report", _charge_point, reports.kept),
    e.StreamFellBehind: Place("report", _charge_point, reports.kept),
    e.FindingRecorded: Place("finding", _charge_point, reports.found),
    e.CommandSubmitted: Place("command", lambda event: (event.command_id,), commands.submitted),
    e.CommandSettled: Place("command", lambda event: (event.command_id,), commands.settled),
    e.OperatorSaved: Place("operator", _all, access.operator_saved),
    e.ApiKeySaved: Place("api_key", _all, access.api_key_saved),
    e.ApiKeyRemoved: Place("api_key", _all, access.api_key_removed),
}


ALONE = frozenset({kind for kind, place in PLACES.items() if place.keys is _all} | {e.ChargePointsSeen})
"""Events that concern more than one charge point, or may: two transactions must not write them beside others."""


def project(connection: Connection, happened: Iterable[e.Event]) -> None:
    """Write all of `happened`, with as few statements as their order allows."""
    for projection, events in in_steps(PLACES, happened):
        projection(connection, events)
