"""Events to commit: each with believable values, of which a test names those it is about."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from chargeyard.domain import events as e
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken, ListEntry, Status, Verdict
from chargeyard.domain.items import Item
from chargeyard.domain.jobs import Job
from chargeyard.domain.metering import ENERGY_IMPORT, POWER_IMPORT, SOC, Reading, Sample, reading
from chargeyard.domain.reports import Variable
from chargeyard.domain.tariffs import Tariff

NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)


def after(minutes: float) -> datetime:
    return NOON + timedelta(minutes=minutes)


def registered(charge_point: str = "CP1", **fields: Any) -> e.ChargePointRegistered:
    values: dict[str, Any] = {"registration": Registration.ACCEPTED, "recorded_at": NOON} | fields
    return e.ChargePointRegistered(charge_point=charge_point, **values)


def changed(charge_point: str = "CP1", **fields: Any) -> e.ChargePointChanged:
    return e.ChargePointChanged(charge_point=charge_point, recorded_at=NOON, **fields)


def removed(charge_point: str = "CP1") -> e.ChargePointRemoved:
    return e.ChargePointRemoved(charge_point=charge_point, recorded_at=NOON)


def connected(epoch: int, charge_point: str = "CP1", **fields: Any) -> e.ChargePointConnected:
    values: dict[str, Any] = {
        "recorded_at": NOON,
        "subprotocol": "ocpp1.6",
        "remote": "192.0.2.1",
        "security_profile": 1,
    } | fields
    return e.ChargePointConnected(charge_point=charge_point, epoch=epoch, **values)


def disconnected(epoch: int, charge_point: str = "CP1", at: datetime = NOON) -> e.ChargePointDisconnected:
    return e.ChargePointDisconnected(charge_point=charge_point, epoch=epoch, recorded_at=at, reason="closed")


def booted(charge_point: str = "CP1", **fields: Any) -> e.ChargePointBooted:
    values: dict[str, Any] = {
        "registration": Registration.ACCEPTED,
        "recorded_at": NOON,
        "vendor": "Acme",
        "model": "One",
    }
    return e.ChargePointBooted(charge_point=charge_point, **(values | fields))


def status(name: str, at: datetime = NOON, **fields: Any) -> e.ConnectorStatusChanged:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "evse": 1,
        "connector": 1,
        "error_code": "NoError",
    } | fields
    return e.ConnectorStatusChanged(status=name, at=at, recorded_at=at, **values)


def token_saved(id_token: str, at: datetime = NOON, **fields: Any) -> e.IdTokenSaved:
    return e.IdTokenSaved(token=IdToken(id_token, **fields), recorded_at=at)


def token_removed(id_token: str) -> e.IdTokenRemoved:
    return e.IdTokenRemoved(id_token=id_token, recorded_at=NOON)


def local_list_told(version: int, at: datetime = NOON, charge_point: str = "CP1") -> e.LocalListVersionTold:
    return e.LocalListVersionTold(charge_point=charge_point, version=version, recorded_at=at)


def local_list_sent(
    version: int, *entries: ListEntry, at: datetime = NOON, is_full: bool = False, **fields: Any
) -> e.LocalListSent:
    values: dict[str, Any] = {"charge_point": "CP1"} | fields
    return e.LocalListSent(version=version, entries=entries, is_full=is_full, recorded_at=at, **values)


def listed(id_token: str, kind: str = "", status: Status | None = Status.ACCEPTED) -> ListEntry:
    """An entry of a local list; status None takes the token out."""
    return ListEntry(id_token=id_token, kind=kind, verdict=Verdict(status) if status else None)


def local_list_doubted(at: datetime = NOON, charge_point: str = "CP1") -> e.LocalListDoubted:
    return e.LocalListDoubted(charge_point=charge_point, recorded_at=at)


def customer_told(
    sequence: int, data: str = "", at: datetime = NOON, charge_point: str = "CP1"
) -> e.CustomerInformationTold:
    return e.CustomerInformationTold(
        charge_point=charge_point, request_id=1, sequence=sequence, at=at, data=data, recorded_at=at
    )


def customer_erased(charge_point: str = "CP1") -> e.CustomerInformationErased:
    return e.CustomerInformationErased(charge_point=charge_point, request_id=1, recorded_at=NOON)


def customer_cleared(id_token: str, charge_point: str = "CP1") -> e.CustomerCleared:
    return e.CustomerCleared(charge_point=charge_point, request_id=1, id_token=id_token, recorded_at=NOON)


def reservation_requested(number: int, at: datetime = NOON, **fields: Any) -> e.ReservationRequested:
    values: dict[str, Any] = {"charge_point": "CP1", "id_token": "TAG", "expires_at": after(60)} | fields
    return e.ReservationRequested(reservation=number, recorded_at=at, **values)


def reservation_answered(
    number: int, at: datetime = NOON, *, is_held: bool = True, **fields: Any
) -> e.ReservationAnswered:
    values: dict[str, Any] = {"charge_point": "CP1"} | fields
    return e.ReservationAnswered(reservation=number, recorded_at=at, is_held=is_held, **values)


def reservation_ended(number: int, at: datetime = NOON, **fields: Any) -> e.ReservationEnded:
    values: dict[str, Any] = {"charge_point": "CP1", "end": "cancelled"} | fields
    return e.ReservationEnded(reservation=number, recorded_at=at, **values)


def started(number: int, at: datetime = NOON, **fields: Any) -> e.TransactionStarted:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "wire_id": str(number),
        "start_key": f"s:{number}",
        "evse": 1,
        "connector": 1,
        "id_token": "Tag",
        "authorization": Status.ACCEPTED,
        "meter_start_wh": 1000,
    } | fields
    return e.TransactionStarted(transaction=number, started_at=at, recorded_at=at, **values)


def stopped(number: int, at: datetime = NOON, **fields: Any) -> e.TransactionStopped:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "evse": 1,
        "meter_stop_wh": 3000,
        "energy_wh": 2000,
        "quality": "ok",
        "reason": "Local",
    } | fields
    return e.TransactionStopped(transaction=number, stopped_at=at, recorded_at=at, **values)


def advanced(number: int, sequence: int, **fields: Any) -> e.TransactionAdvanced:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "phase": "Updated",
        "trigger": "MeterValuePeriodic",
        "at": after(sequence),
        "recorded_at": after(sequence),
        "payload": f'{{"seqNo":{sequence}}}',
    } | fields
    return e.TransactionAdvanced(transaction=number, sequence=sequence, **values)


def detailed(number: int, charge_point: str = "CP1", **fields: Any) -> e.TransactionDetailed:
    return e.TransactionDetailed(transaction=number, charge_point=charge_point, recorded_at=NOON, **fields)


def accounted(number: int, charge_point: str = "CP1", **fields: Any) -> e.TransactionAccounted:
    return e.TransactionAccounted(transaction=number, charge_point=charge_point, recorded_at=NOON, **fields)


def reopened(number: int, charge_point: str = "CP1") -> e.TransactionReopened:
    return e.TransactionReopened(transaction=number, charge_point=charge_point, recorded_at=NOON)


def worded(tariff_id: str, currency: str = "EUR", charge_point: str = "CP1") -> e.TariffWorded:
    tariff = Tariff(tariff_id=tariff_id, currency=currency)
    return e.TariffWorded(charge_point=charge_point, tariff=tariff, recorded_at=NOON)


def variables(*told: Variable, at: datetime = NOON, charge_point: str = "CP1") -> e.VariablesReported:
    return e.VariablesReported(
        charge_point=charge_point,
        at=at,
        variables=told,
        recorded_at=at,
    )


def written(*given: Variable, at: datetime = NOON, charge_point: str = "CP1") -> e.VariablesWritten:
    return e.VariablesWritten(charge_point=charge_point, variables=given, recorded_at=at)


def variable(name: str, value: str | None = "1", **fields: Any) -> Variable:
    return Variable(**({"component": "OCPPCommCtrlr", "name": name, "value": value} | fields))


def installed(*items: Item, at: datetime = NOON, **fields: Any) -> e.ItemsInstalled:
    values: dict[str, Any] = {"charge_point": "CP1", "kind": "DisplayMessage", "source": "ours"} | fields
    return e.ItemsInstalled(items=items, recorded_at=at, **values)


def uninstalled(*keys: tuple[int, str], **fields: Any) -> e.ItemsRemoved:
    values: dict[str, Any] = {"charge_point": "CP1", "kind": "DisplayMessage", "keys": keys} | fields
    return e.ItemsRemoved(recorded_at=NOON, **values)


def listing_asked(request_id: int = 1, at: datetime = NOON, **fields: Any) -> e.ListingAsked:
    values: dict[str, Any] = {"charge_point": "CP1", "kind": "DisplayMessage", "is_whole": True} | fields
    return e.ListingAsked(request_id=request_id, recorded_at=at, **values)


def listing_advanced(sequence: int | None, at: datetime = NOON, **fields: Any) -> e.ListingAdvanced:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "kind": "DisplayMessage",
        "request_id": 1,
        "is_last": False,
        "items": 1,
    } | fields
    return e.ListingAdvanced(sequence=sequence, recorded_at=at, **values)


def job_begun(request_id: int, at: datetime = NOON, **fields: Any) -> e.JobBegun:
    job = {"kind": "Firmware", "begun_at": at, "asked_at": at} | fields.pop("job", {})
    values: dict[str, Any] = {"charge_point": "CP1"} | fields
    return e.JobBegun(job=Job(request_id=request_id, **job), recorded_at=at, **values)


def firmware_progressed(status: str, at: datetime = NOON, **fields: Any) -> e.FirmwareProgressed:
    values: dict[str, Any] = {"charge_point": "CP1"} | fields
    return e.FirmwareProgressed(status=status, recorded_at=at, **values)


def log_progressed(status: str, at: datetime = NOON, **fields: Any) -> e.LogProgressed:
    values: dict[str, Any] = {"charge_point": "CP1"} | fields
    return e.LogProgressed(status=status, recorded_at=at, **values)


def measured(
    at: datetime, energy_wh: int | None = None, power_w: int | None = None, soc: int | None = None
) -> Reading:
    values = ((ENERGY_IMPORT, energy_wh, "Wh"), (POWER_IMPORT, power_w, "W"), (SOC, soc, "Percent"))
    samples = tuple(Sample(Decimal(value), name, unit) for name, value, unit in values if value is not None)
    return reading(at, samples, at.isoformat())


def taken(transaction: int | None, *readings: Reading, charge_point: str = "CP1") -> e.MeterValuesTaken:
    return e.MeterValuesTaken(
        charge_point=charge_point, evse=1, readings=readings, transaction=transaction, recorded_at=NOON
    )


def submitted(command_id: str, at: datetime = NOON, **fields: Any) -> e.CommandSubmitted:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "kind": "Reset",
        "command": '{"hard":true}',
        "principal": "admin",
    } | fields
    return e.CommandSubmitted(command_id=command_id, recorded_at=at, **values)


def settled(command_id: str, outcome: str = "Accepted", at: datetime = NOON) -> e.CommandSettled:
    return e.CommandSettled(
        charge_point="CP1",
        command_id=command_id,
        outcome=outcome,
        detail='{"status":"Accepted"}',
        recorded_at=at,
    )


def finding(rule: str, charge_point: str = "CP1") -> e.FindingRecorded:
    return e.FindingRecorded(
        charge_point=charge_point,
        action="BootNotification",
        rule=rule,
        path="$.x",
        detail="odd",
        recorded_at=NOON,
    )


def data_transferred(data: str, charge_point: str = "CP1") -> e.DataTransferred:
    return e.DataTransferred(
        charge_point=charge_point,
        vendor_id="v",
        message_id="m",
        data=data,
        status="Accepted",
        recorded_at=NOON,
    )


def limit_told(source: str, **fields: Any) -> e.ChargingLimitTold:
    return e.ChargingLimitTold(
        **{"charge_point": "CP1", "recorded_at": NOON, "evse": 1, "limit_source": source, **fields}
    )


def token_checked(id_token: str, charge_point: str = "CP1") -> e.TokenChecked:
    return e.TokenChecked(
        charge_point=charge_point, id_token=id_token, status=Status.ACCEPTED, recorded_at=NOON
    )


def api_key(key_id: str, digest: bytes, at: datetime = NOON) -> e.ApiKeySaved:
    return e.ApiKeySaved(key_id=key_id, name=f"key {key_id}", digest=digest, operator="admin", recorded_at=at)
