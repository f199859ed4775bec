"""What each event does to the tables: the projections, without SQL."""

from collections.abc import Callable
from typing import Any

import msgspec
from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.authorization import IdToken, key_of
from chargeyard.domain.records import (
    ApiKeyRecord,
    ChargePointRecord,
    CommandRecord,
    ConnectorRecord,
    FindingRecord,
    IdTokenRecord,
    OperatorRecord,
    ReportRecord,
)
from chargeyard.storage.memory import device_model, firmware, items, local_lists, reservations, transactions
from chargeyard.storage.memory.tables import Secrets, Tables, refuse_if

_REPORTED = msgspec.json.Encoder()


def evolve(tables: Tables, event: e.Event) -> None:
    """Let `event` have happened. Raises `Conflict` where a unique name or natural key is taken."""
    EVOLUTIONS[type(event)](tables, event)


# --- charge points --------------------------------------------------------------------------------------------


def _alter(tables: Tables, charge_point: str, **fields: Any) -> None:
    known = tables.charge_points.get(charge_point)
    if known is not None:
        tables.charge_points[charge_point] = replace(known, **fields)


def _keep_secrets(tables: Tables, charge_point: str, secrets: Secrets) -> None:
    others = (one.token for name, one in tables.secrets.items() if name != charge_point)
    refuse_if(secrets.token is not None and secrets.token in others, "charge_point.token")
    tables.secrets[charge_point] = secrets
    has = {"has_password": secrets.credential is not None, "has_token": secrets.token is not None}
    _alter(tables, charge_point, **has)


def _registered(tables: Tables, event: e.ChargePointRegistered) -> None:
    refuse_if(event.charge_point in tables.charge_points, "charge_point.id")
    tables.charge_points[event.charge_point] = ChargePointRecord(
        id=event.charge_point,
        name=event.name,
        registration=event.registration,
        reading=event.reading,
        online=False,
        has_password=False,
        has_token=False,
        registered_at=event.recorded_at,
    )
    _keep_secrets(tables, event.charge_point, Secrets(event.credential, event.token))


def _given(event: e.ChargePointChanged, *names: str) -> dict[str, Any]:
    values = {name: getattr(event, name) for name in names}
    return {name: value for name, value in values.items() if value is not msgspec.UNSET}


def _changed(tables: Tables, event: e.ChargePointChanged) -> None:
    if event.charge_point in tables.charge_points:
        _alter(tables, event.charge_point, **_given(event, "registration", "name", "reading"))
        secrets = replace(tables.secrets[event.charge_point], **_given(event, "credential", "token"))
        _keep_secrets(tables, event.charge_point, secrets)


def _removed(tables: Tables, event: e.ChargePointRemoved) -> None:
    tables.charge_points.pop(event.charge_point, None)
    tables.secrets.pop(event.charge_point, None)
    tables.connectors = {key: one for key, one in tables.connectors.items() if key[0] != event.charge_point}
    tables.variables = {key: one for key, one in tables.variables.items() if key[0] != event.charge_point}
    tables.items = {key: one for key, one in tables.items.items() if key[0] != event.charge_point}
    local_lists.removed(tables, event.charge_point)
    tables.reservations = {
        key: one for key, one in tables.reservations.items() if key[0] != event.charge_point
    }
    tables.listings = {key: one for key, one in tables.listings.items() if key[0] != event.charge_point}
    tables.jobs = {key: one for key, one in tables.jobs.items() if key[0] != event.charge_point}


def _connected(tables: Tables, event: e.ChargePointConnected) -> None:
    known = tables.charge_points.get(event.charge_point)
    if known is not None and known.epoch < event.epoch:
        tables.charge_points[event.charge_point] = replace(
            known,
            online=True,
            epoch=event.epoch,
            subprotocol=event.subprotocol,
            remote=event.remote,
            security_profile=event.security_profile,
            connected_at=event.recorded_at,
            last_seen_at=event.recorded_at,
        )


def _disconnected(tables: Tables, event: e.ChargePointDisconnected) -> None:
    known = tables.charge_points.get(event.charge_point)
    if known is not None and known.online and known.epoch == event.epoch:
        _alter(tables, event.charge_point, online=False, disconnected_at=event.recorded_at)


def _seen(tables: Tables, event: e.ChargePointsSeen) -> None:
    for charge_point, at in event.seen.items():
        known = tables.charge_points.get(charge_point)
        if known is not None and (known.last_seen_at is None or known.last_seen_at < at):
            _alter(tables, charge_point, last_seen_at=at)


def _node_started(tables: Tables, event: e.NodeStarted) -> None:
    for known in list(tables.charge_points.values()):
        if known.online:
            _alter(tables, known.id, online=False, disconnected_at=event.recorded_at)


_SAID_AT_BOOT = (
    *("vendor", "model", "serial_number", "box_serial_number", "firmware_version"),
    *("iccid", "imsi", "meter_type", "meter_serial_number"),
)


def _booted(tables: Tables, event: e.ChargePointBooted) -> None:
    said = {name: getattr(event, name) for name in _SAID_AT_BOOT}
    _alter(tables, event.charge_point, booted_at=event.recorded_at, **said)


def _status_changed(tables: Tables, event: e.ConnectorStatusChanged) -> None:
    key = (event.charge_point, event.evse, event.connector)
    known = tables.connectors.get(key)
    if known is None or event.at >= known.at:
        tables.connectors[key] = ConnectorRecord(
            evse=event.evse,
            connector=event.connector,
            status=event.status,
            error_code=event.error_code,
            at=event.at,
            info=event.info,
            vendor_id=event.vendor_id,
            vendor_error_code=event.vendor_error_code,
        )


# --- id tokens ------------------------------------------------------------------------------------------------


def _token_saved(tables: Tables, event: e.IdTokenSaved) -> None:
    key = key_of(event.token.id_token)
    known = tables.id_tokens.get(key)
    tables.id_tokens[key] = IdTokenRecord(
        **{name: getattr(event.token, name) for name in IdToken.__struct_fields__},
        registered_at=known.registered_at if known else event.recorded_at,
    )


def _token_removed(tables: Tables, event: e.IdTokenRemoved) -> None:
    tables.id_tokens.pop(key_of(event.id_token), None)


# --- what is kept as it was -----------------------------------------------------------------------------------


def _kept(tables: Tables, event: e.ChargePointEvent) -> None:
    report = ReportRecord(
        id=len(tables.reports) + 1,
        charge_point=event.charge_point,
        at=event.recorded_at,
        kind=type(event).__name__,
        body=msgspec.Raw(_REPORTED.encode(event)),
    )
    tables.reports.append(report)


def _found(tables: Tables, event: e.FindingRecorded) -> None:
    finding = FindingRecord(
        id=len(tables.findings) + 1,
        charge_point=event.charge_point,
        at=event.recorded_at,
        action=event.action,
        rule=event.rule,
        path=event.path,
        detail=event.detail,
    )
    tables.findings.append(finding)


def _worded(tables: Tables, event: e.TariffWorded) -> None:
    tables.tariffs.setdefault(event.tariff.tariff_id, event.tariff)


# --- commands -------------------------------------------------------------------------------------------------


def _submitted(tables: Tables, event: e.CommandSubmitted) -> None:
    key = (event.principal, event.idempotency_key)
    refuse_if(event.command_id in tables.commands, "command.id")
    if event.idempotency_key:
        refuse_if(key in tables.command_keys, "command.idempotency_key")
        tables.command_keys[key] = event.command_id
    tables.commands[event.command_id] = CommandRecord(
        id=event.command_id,
        charge_point=event.charge_point,
        kind=event.kind,
        command=msgspec.Raw(event.command.encode()),
        principal=event.principal,
        submitted_at=event.recorded_at,
    )


def _settled(tables: Tables, event: e.CommandSettled) -> None:
    known = tables.commands.get(event.command_id)
    if known is not None and known.settled_at is None:
        tables.commands[event.command_id] = replace(
            known,
            settled_at=event.recorded_at,
            outcome=event.outcome,
            detail=msgspec.Raw(event.detail.encode()),
        )


# --- operators ------------------------------------------------------------------------------------------------


def _operator_saved(tables: Tables, event: e.OperatorSaved) -> None:
    tables.operators[event.name] = OperatorRecord(name=event.name, password_hash=event.password_hash)


def _api_key_saved(tables: Tables, event: e.ApiKeySaved) -> None:
    others = (digest for key, digest in tables.digests.items() if key != event.key_id)
    refuse_if(event.digest in others, "api_key.digest")
    known = tables.api_keys.get(event.key_id)
    tables.digests[event.key_id] = event.digest
    tables.api_keys[event.key_id] = ApiKeyRecord(
        id=event.key_id,
        name=event.name,
        operator=event.operator,
        created_at=known.created_at if known else event.recorded_at,
    )


def _api_key_removed(tables: Tables, event: e.ApiKeyRemoved) -> None:
    tables.api_keys.pop(event.key_id, None)
    tables.digests.pop(event.key_id, None)


EVOLUTIONS: dict[type[e.Event], Callable[[Tables, Any], None]] = {
    e.NodeStarted: _node_started,
    e.ChargePointRegistered: _registered,
    e.ChargePointChanged: _changed,
    e.ChargePointRemoved: _removed,
    e.ChargePointConnected: _connected,
    e.ChargePointDisconnected: _disconnected,
    e.ChargePointsSeen: _seen,
    e.ChargePointBooted: _booted,
    e.FirmwareProgressed: firmware.firmware_progressed,
    e.LogProgressed: firmware.log_progressed,
    e.PublishProgressed: firmware.progress,
    e.JobBegun: firmware.job_begun,
    e.ConnectorStatusChanged: _status_changed,
    e.VariablesReported: device_model.reported,
    e.VariablesWritten: device_model.written,
    e.ItemsInstalled: items.installed,
    e.ItemsRemoved: items.removed,
    e.ListingAsked: items.listing_asked,
    e.ListingAdvanced: items.listing_advanced,
    e.IdTokenSaved: _token_saved,
    e.IdTokenRemoved: _token_removed,
    e.TransactionStarted: transactions.started,
    e.TransactionAdvanced: transactions.advanced,
    e.TransactionDetailed: transactions.detailed,
    e.TransactionStopped: transactions.stopped,
    e.TransactionReopened: transactions.reopened,
    e.TransactionAccounted: transactions.accounted,
    e.MeterValuesTaken: transactions.meter_values_taken,
    e.ReservationRequested: reservations.requested,
    e.ReservationAnswered: reservations.answered,
    e.ReservationEnded: reservations.ended,
    e.LocalListVersionTold: local_lists.told,
    e.LocalListSent: local_lists.sent,
    e.LocalListDoubted: local_lists.doubted,
    e.CustomerInformationTold: local_lists.customer_told,
    e.CustomerInformationErased: local_lists.customer_erased,
    e.CustomerCleared: _kept,
    e.TokenChecked: _kept,
    e.TariffWorded: _worded,
    e.PaymentSettled: _kept,
    e.VatNumberAsked: _kept,
    e.BatteriesSwapped: _kept,
    e.StopConflicted: _kept,
    e.SecurityEventRecorded: _kept,
    e.CertificateRequested: _kept,
    e.CertificateInstalled: _kept,
    e.DerAlarmReported: _kept,
    e.DerControlSwitched: _kept,
    e.DataTransferred: _kept,
    e.ReportKept: _kept,
    e.ChargingLimitTold: _kept,
    e.ChargingLimitCleared: _kept,
    e.ChargingNeedsTold: _kept,
    e.VehicleScheduleTold: _kept,
    e.PriorityChargingTold: _kept,
    e.DeviceEventHappened: _kept,
    e.StreamReceived: _kept,
    e.StreamFellBehind: _kept,
    e.FindingRecorded: _found,
    e.CommandSubmitted: _submitted,
    e.CommandSettled: _settled,
    e.OperatorSaved: _operator_saved,
    e.ApiKeySaved: _api_key_saved,
    e.ApiKeyRemoved: _api_key_removed,
}
