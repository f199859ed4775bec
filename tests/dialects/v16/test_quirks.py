"""What chargers in the field send instead, by the number of the quirk or the thread that tells of it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chargeyard.domain import reports
from chargeyard.ocpp.violations import Fault, Violated
from tests.dialects.v16.wire import NOW, REQUESTS, hear


def _start(**changed: Any) -> reports.TransactionStarted:
    report = hear("StartTransaction", {**REQUESTS["StartTransaction"], **changed}).report
    assert isinstance(report, reports.TransactionStarted)
    return report


def _stop(**changed: Any) -> reports.TransactionStopped:
    report = hear("StopTransaction", {**REQUESTS["StopTransaction"], **changed}).report
    assert isinstance(report, reports.TransactionStopped)
    return report


def _status(**changed: Any) -> reports.ConnectorStatusChanged:
    report = hear("StatusNotification", {**REQUESTS["StatusNotification"], **changed}).report
    assert isinstance(report, reports.ConnectorStatusChanged)
    return report


@pytest.mark.parametrize(
    ("text", "at", "is_dated"),
    [
        ("2026-11-21T10:14:00", NOW - timedelta(minutes=1), True),  # 14: local time without a zone
        ("2026-11-21T10:14:00+02", NOW - timedelta(minutes=1), True),  # 15
        ("2026-11-21 08:14:00.1234567z", NOW - timedelta(seconds=59, microseconds=876544), True),  # 15
        ("", NOW, False),  # 17
        (None, NOW, False),
        ("yesterday", NOW, False),
        ("1970-01-01T00:00:12Z", NOW, False),  # 77
        ("2046-11-21T08:14:00Z", NOW, False),
        (1795248840, NOW, False),
    ],
)
def test_timestamps(text: Any, at: datetime, is_dated: bool) -> None:
    report = _start(timestamp=text)
    assert (report.at, report.is_dated) == (at, is_dated)
    assert report.at.tzinfo is UTC


def test_strictly_a_text_that_is_no_timestamp_is_refused() -> None:
    with pytest.raises(Violated) as caught:
        hear(
            "StartTransaction",
            {**REQUESTS["StartTransaction"], "timestamp": "2026-11-21T08:14:00"},
            strict=True,
        )
    assert caught.value.violation.fault is Fault.VALUE


def test_strictly_a_clock_that_was_never_set_is_understood_all_the_same() -> None:
    payload = {**REQUESTS["StartTransaction"], "timestamp": "1970-01-01T00:00:12Z"}
    assert [finding.rule for finding in hear("StartTransaction", payload, strict=True).findings] == ["clock"]


def test_19_long_serial_numbers_are_kept() -> None:
    payload = {**REQUESTS["BootNotification"], "chargePointSerialNumber": "S" * 33}
    heard = hear("BootNotification", payload)
    assert isinstance(heard.report, reports.Booted)
    assert heard.report.serial_number == "S" * 33
    assert heard.findings
    with pytest.raises(Violated):
        hear("BootNotification", payload, strict=True)


def test_20_long_info_is_kept() -> None:
    assert _status(info="i" * 80).info == "i" * 80


def test_21_an_unknown_error_code_is_another_error() -> None:
    assert _status(errorCode="Error").error_code == "OtherError"


def test_unknown_states_are_kept() -> None:
    assert _status(status="Sleeping").status == "Sleeping"
    assert _status(status="available").status == "Available"


@pytest.mark.parametrize("action", ["FirmwareStatusNotification", "DiagnosticsStatusNotification"])
def test_unknown_progress_is_kept(action: str) -> None:
    report = hear(action, {"status": "Verifying"}).report
    assert isinstance(report, reports.FirmwareProgressed | reports.LogProgressed)
    assert report.status == "Verifying"


@pytest.mark.parametrize("action", ["SignedFirmwareStatusNotification", "LogStatusNotification"])
def test_unknown_numbered_progress_is_kept(action: str) -> None:
    report = hear(action, {"status": "Verifying", "requestId": 4}).report
    assert isinstance(report, reports.FirmwareProgressed | reports.LogProgressed)
    assert (report.status, report.request_id) == ("Verifying", 4)


@pytest.mark.parametrize("action", sorted(REQUESTS))
def test_24_unknown_fields_are_ignored(action: str) -> None:
    payload = {**REQUESTS[action], "customData": {"vendorId": "X"}}
    assert hear(action, payload).report == hear(action, REQUESTS[action]).report
    with pytest.raises(Violated) as caught:
        hear(action, payload, strict=True)
    assert caught.value.violation.fault is Fault.EXTRA


@pytest.mark.parametrize("strict", [True, False])
def test_25_repeated_keys_are_refused(strict: bool) -> None:
    with pytest.raises(Violated) as caught:
        hear("Authorize", b'{"idTag":"CARD1","idTag":"CARD2"}', strict=strict)
    assert caught.value.violation.fault is Fault.DUPLICATE_KEY


@pytest.mark.parametrize("number", [0, -1, -12345, 2**31, 2**63 - 1])
def test_26_66_75_89_transaction_numbers_of_all_kinds(number: int) -> None:
    assert _stop(transactionId=number).transaction == number
    report = hear("MeterValues", {**REQUESTS["MeterValues"], "transactionId": number}).report
    assert isinstance(report, reports.MeterValuesTaken)
    assert report.transaction is None


@pytest.mark.parametrize("number", [None, "", "abc", {}, 2**63, 10**50])
def test_transaction_numbers_that_are_none(number: Any) -> None:
    assert _stop(transactionId=number).transaction == -1


def test_68_69_tags_with_control_characters_or_too_long() -> None:
    assert _stop(idTag="A" * 18 + "\x10\x0e").id_token == "A" * 18
    assert _stop(idTag="A" * 21).id_token == "A" * 21


def test_71_extra_connector_in_authorize() -> None:
    assert hear("Authorize", {"idTag": "CARD1", "connectorId": 1}).report == (
        reports.TokenPresented(id_token="CARD1")
    )


@pytest.mark.parametrize("told", ["1000", 1000.4, "1000.0"])
def test_registers_of_all_kinds(told: Any) -> None:
    assert _start(meterStart=told).meter_start_wh == 1000
    assert _stop(meterStop=told).meter_stop_wh == 1000


@pytest.mark.parametrize("told", [None, "", "abc", [], 10**30])
def test_a_register_that_cannot_be_read_is_unknown_at_the_start_and_lost_at_the_stop(told: Any) -> None:
    """A start read as 0 would bill all that the meter has ever counted; a stop of 0 falls back to readings."""
    assert _start(meterStart=told).meter_start_wh is None
    assert _stop(meterStop=told).meter_stop_wh == 0


@pytest.mark.parametrize("wrong", [10**30, 2**63, -(2**63) - 1])
def test_numbers_that_no_database_holds_do_not_come_through(wrong: int) -> None:
    """A start that could not be stored would have to be refused, and the energy would be lost."""
    report = _start(connectorId=wrong, meterStart=wrong, reservationId=wrong)
    assert (report.evse, report.meter_start_wh, report.reservation_id) == (0, None, None)
    assert _status(connectorId=wrong).evse == 0
    values = hear("MeterValues", {**REQUESTS["MeterValues"], "connectorId": wrong}).report
    assert isinstance(values, reports.MeterValuesTaken)
    assert values.evse == 1


def test_93_a_boot_with_null_and_wrong_types_is_heard() -> None:
    report = hear(
        "BootNotification", {"chargePointVendor": None, "chargePointModel": 7, "iccid": None}
    ).report
    assert report == reports.Booted(vendor="", model="7")


def test_vendor_data_without_a_vendor_is_answered() -> None:
    assert hear("DataTransfer", {"data": {"a": 1}}).report == reports.DataTransferred(vendor_id="", data="")


@pytest.mark.parametrize("payload", [b"[]", b'"x"', b"7", b"nonsense", b'{"idTag":'])
@pytest.mark.parametrize("strict", [True, False])
def test_what_is_no_object_is_refused(payload: bytes, strict: bool) -> None:
    with pytest.raises(Violated):
        hear("Authorize", payload, strict=strict)
