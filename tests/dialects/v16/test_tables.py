"""Every action that a charge point of 1.6 may send: heard, decided, answered as the schema wants it."""

import contextlib
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from chargeyard.dialects.v16 import FALLBACKS, HEARS, PARKS, V16
from chargeyard.domain import reports
from chargeyard.domain.answers import Refused, Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context
from chargeyard.domain.rules import decide, evolve
from chargeyard.ocpp.tolerance import KEEP
from chargeyard.ocpp.violations import Fault, Violated
from tests.dialects.v16.wire import NOW, REQUESTS, STAMP, check, hear, schema

ACTIONS = sorted(action.name for action in V16.catalogue.from_charge_point())
NEVER_REFUSED = ["MeterValues", "StartTransaction", "StopTransaction"]


def _answer(action: str, payload: Any, *, strict: bool = False) -> Any:
    """What the charge point is told, checked against its schema."""
    heard = hear(action, payload, strict=strict)
    token = IdToken("CARD1", parent="FAMILY", expires_at=NOW)
    decision = decide(ChargePoint(id="CP1"), heard.report, Context(now=NOW, token=token, number=7))
    assert not isinstance(decision.answer, Refused)
    state = ChargePoint(id="CP1")
    for event in decision.events:
        evolve(state, event)
        msgspec.json.encode(event)
    return check(f"{action}Response", V16.answer(heard, decision.answer))


def test_the_tables_cover_the_version() -> None:
    assert sorted(HEARS) == ACTIONS == sorted(REQUESTS)
    assert len(ACTIONS) == 14
    assert set(PARKS) < set(ACTIONS)
    assert set(V16.manners.spelling) == set(Fault)
    assert V16.code(Fault.MISSING) == "OccurenceConstraintViolation"
    assert V16.code(Fault.NOT_JSON) == "FormationViolation"


def test_fallbacks_name_fields_that_exist() -> None:
    for message, field in FALLBACKS:
        assert field in message.__struct_encode_fields__, (message, field)


def test_words_that_are_kept_fit_the_fallback() -> None:
    assert all(value is KEEP or isinstance(value, str | int | list | None) for value in FALLBACKS.values())


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_heard_and_answered(action: str, strict: bool) -> None:
    check(action, json.dumps(REQUESTS[action]).encode())
    _answer(action, REQUESTS[action], strict=strict)
    assert hear(action, REQUESTS[action], strict=strict).findings == []


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("action", ACTIONS)
def test_every_action_is_heard_with_the_least_it_may_say(action: str, strict: bool) -> None:
    required = schema(action).get("required", [])
    _answer(
        action, {name: value for name, value in REQUESTS[action].items() if name in required}, strict=strict
    )


@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_schema_takes_is_heard_and_answered(action: str, data: st.DataObject) -> None:
    payload = data.draw(from_schema(schema(action)))
    _answer(action, payload)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize("action", ACTIONS)
@settings(max_examples=60)
@given(data=st.data())
def test_whatever_stands_in_a_field_is_answered_or_refused(action: str, data: st.DataObject) -> None:
    payload = dict(REQUESTS[action])
    for name in data.draw(st.lists(st.sampled_from([*payload, "customData"]), max_size=3)):
        payload[name] = data.draw(json_values)
    for strict in (True, False):
        with contextlib.nullcontext() if _must_be_taken(action, strict) else contextlib.suppress(Violated):
            _answer(action, payload, strict=strict)


def _must_be_taken(action: str, strict: bool) -> bool:
    return action in NEVER_REFUSED and not strict


@pytest.mark.parametrize("action", NEVER_REFUSED)
@pytest.mark.parametrize("payload", [{}, {"connectorId": None}, {"unknown": 1}], ids=str)
def test_what_carries_money_is_never_refused_for_what_it_lacks(action: str, payload: dict[str, Any]) -> None:
    _answer(action, payload)
    assert hear(action, payload).findings


@pytest.mark.parametrize("action", sorted(PARKS))
def test_a_parked_message_gets_an_honest_answer(action: str) -> None:
    payload = V16.parking_answer(action)
    assert payload is not None
    assert check(f"{action}Response", payload).get("status") in (None, "Rejected")


@pytest.mark.parametrize(
    "action", ["StartTransaction", "Authorize", "BootNotification", "Heartbeat", "Nonsense"]
)
def test_what_promises_something_cannot_be_parked(action: str) -> None:
    assert V16.parking_answer(action) is None


@pytest.mark.parametrize("registration", list(Registration))
def test_boots_are_answered_in_every_registration(registration: Registration) -> None:
    heard = hear("BootNotification", REQUESTS["BootNotification"])
    state = ChargePoint(id="CP1", registration=registration)
    answer = decide(state, heard.report, Context(now=NOW)).answer
    told = check("BootNotificationResponse", V16.answer(heard, answer))
    assert told["status"] == registration.value
    assert told["currentTime"] == "2026-11-21T08:15:00Z"


def test_a_boot_is_heard_whole() -> None:
    assert hear("BootNotification", REQUESTS["BootNotification"]).report == reports.Booted(
        vendor="Vendor",
        model="Model",
        serial_number="CP-1",
        box_serial_number="CB-1",
        firmware_version="1.2.3",
        iccid="89490200",
        imsi="262011",
        meter_type="M",
        meter_serial_number="M-1",
    )


def test_a_start_is_heard_whole() -> None:
    report = hear("StartTransaction", REQUESTS["StartTransaction"]).report
    assert isinstance(report, reports.TransactionStarted)
    assert (report.evse, report.connector, report.id_token, report.meter_start_wh) == (2, 1, "CARD1", 1000)
    assert (report.said, report.reservation_id, report.is_dated) == (STAMP, 3, True)
    assert (NOW - report.at).total_seconds() == 1


def test_a_stop_is_heard_whole() -> None:
    report = hear("StopTransaction", REQUESTS["StopTransaction"]).report
    assert isinstance(report, reports.TransactionStopped)
    assert (report.transaction, report.meter_stop_wh, report.reason) == (7, 8000, "EVDisconnected")
    assert (report.id_token, report.said, report.is_dated) == ("CARD1", STAMP, True)
    (reading,) = report.readings
    assert (reading.summary.energy_wh, reading.samples[0].context) == (8000, "Transaction.End")


def test_a_stop_without_a_reason_is_local() -> None:
    least = {"transactionId": 7, "meterStop": 8000, "timestamp": STAMP}
    report = hear("StopTransaction", least).report
    assert isinstance(report, reports.TransactionStopped)
    assert (report.reason, report.id_token, report.readings) == ("Local", "", ())


def test_progress_is_heard_with_its_number() -> None:
    assert hear("SignedFirmwareStatusNotification", REQUESTS["SignedFirmwareStatusNotification"]).report == (
        reports.FirmwareProgressed(status="SignatureVerified", request_id=5)
    )
    assert hear("LogStatusNotification", REQUESTS["LogStatusNotification"]).report == (
        reports.LogProgressed(status="Uploaded", request_id=4)
    )


def test_the_charge_point_itself_has_no_connector() -> None:
    payload = {"connectorId": 0, "errorCode": "NoError", "status": "Available"}
    report = hear("StatusNotification", payload).report
    assert report == reports.ConnectorStatusChanged(
        evse=0, connector=0, status="Available", error_code="NoError"
    )
