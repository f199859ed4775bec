"""Every action that a charge point of 2.x may send: heard, decided, answered as the schema wants it."""

import contextlib
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema

from chargeyard.dialects.v201 import FALLBACKS, HEARS, PARKS, V201
from chargeyard.domain import reports
from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context
from chargeyard.domain.rules import decide
from chargeyard.ocpp.violations import Fault, Violated
from tests.dialects.v201.wire import BOTH, NOW, OF_201, REQUESTS, STAMP, Version, named, small

NEVER_REFUSED = ["BootNotification", "MeterValues", "TransactionEvent"]
EVERY = [
    pytest.param(version, action, id=f"{version.folder}-{action}")
    for version in BOTH
    for action in version.requests
]
KEPT = [
    pytest.param(version, action, id=f"{version.folder}-{action}")
    for version in BOTH
    for action in version.requests
    if action not in version.dialect.hears and action not in version.dialect.echoes
]
HEARD = [
    pytest.param(version, action, id=f"{version.folder}-{action}")
    for version in BOTH
    for action in version.dialect.hears
    if action in version.requests  # What is only sent is not answered.
]


def test_the_tables_cover_the_version() -> None:
    actions = {action.name for action in V201.catalogue.from_charge_point()}
    assert set(REQUESTS) == actions
    # All but those whose answer is a promise can be parked.
    assert actions - set(PARKS) == {"Authorize", "BootNotification", "Heartbeat"}
    assert set(HEARS) < actions
    assert len(V201.catalogue) == 64


def test_the_faults_have_the_words_of_the_version() -> None:
    assert set(V201.manners.spelling) == set(Fault)
    assert V201.code(Fault.MISSING) == "OccurrenceConstraintViolation"
    assert V201.code(Fault.NOT_JSON) == "FormatViolation"
    assert V201.code(Fault.FRAME) == "RpcFrameworkError"
    assert V201.code(Fault.MESSAGE_TYPE) == "MessageTypeNotSupported"
    assert V201.manners.answers_unreadable
    assert V201.manners.answers_unknown_type
    assert not V201.manners.knows_send
    assert not V201.manners.knows_result_error


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_fallbacks_name_fields_that_exist(version: Version) -> None:
    fallbacks = version.dialect.fallbacks
    assert len(fallbacks) >= len(FALLBACKS)
    for message, field in fallbacks:
        assert field in message.__struct_encode_fields__, (message, field)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("version", "action"), EVERY)
def test_every_action_is_heard_and_answered(version: Version, action: str, strict: bool) -> None:
    version.answer(action, version.requests[action], strict=strict)
    heard = version.hear(action, version.requests[action], strict=strict)
    assert heard.findings == []
    assert isinstance(heard.report, reports.Reported) == (action not in version.dialect.hears)


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize(("version", "action"), EVERY)
def test_every_action_is_heard_with_the_least_it_may_say(version: Version, action: str, strict: bool) -> None:
    required = version.schema(f"{action}Request").get("required", [])
    least = {name: value for name, value in version.requests[action].items() if name in required}
    version.answer(action, least, strict=strict)


@pytest.mark.parametrize(("version", "action"), KEPT)
def test_what_nobody_models_is_kept_word_for_word(version: Version, action: str) -> None:
    payload = b'{ "customData" : {"vendorId":"V"}, "nobody": 1 }'
    heard = version.hear(action, payload)
    assert isinstance(heard.report, reports.Reported)
    assert (heard.report.action, bytes(heard.report.payload)) == (action, payload)
    assert heard.findings
    version.answer(action, payload)
    with pytest.raises(Violated):
        version.hear(action, payload, strict=True)


@pytest.mark.parametrize("strict", [True, False])
def test_a_key_that_stands_twice_is_never_kept(strict: bool) -> None:
    payload = b'{"reservationId":1,"reservationUpdateStatus":"Expired","reservationId":2}'
    with pytest.raises(Violated) as caught:
        OF_201.hear("ReservationStatusUpdate", payload, strict=strict)
    assert caught.value.violation.fault is Fault.DUPLICATE_KEY


@pytest.mark.parametrize(("version", "action"), HEARD)
@settings(max_examples=5, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_whatever_the_schema_takes_is_heard_and_answered(
    version: Version, action: str, data: st.DataObject
) -> None:
    version.answer(action, data.draw(from_schema(small(version.schema(f"{action}Request")))))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@pytest.mark.parametrize(("version", "action"), HEARD)
@settings(max_examples=40)
@given(data=st.data())
def test_whatever_stands_in_a_field_is_answered_or_refused(
    version: Version, action: str, data: st.DataObject
) -> None:
    payload = dict(version.requests[action])
    for name in data.draw(st.lists(st.sampled_from([*payload, "customData"]), max_size=3)):
        payload[name] = data.draw(json_values)
    for strict in (True, False):
        must = action in NEVER_REFUSED and not strict
        with contextlib.nullcontext() if must else contextlib.suppress(Violated):
            version.answer(action, payload, strict=strict)


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize("action", NEVER_REFUSED)
@pytest.mark.parametrize("payload", [{}, {"evseId": None}, {"unknown": 1}], ids=str)
def test_what_carries_money_or_state_is_never_refused_for_what_it_lacks(
    version: Version, action: str, payload: dict[str, Any]
) -> None:
    version.answer(action, payload)
    assert version.hear(action, payload).findings


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_parked_message_gets_an_honest_answer(version: Version) -> None:
    for action in version.dialect.parks:
        payload = version.dialect.parking_answer(action)
        assert payload is not None
        status = version.check(f"{action}Response", payload).get("status")
        assert status in (None, "Rejected", "Failed") or action == "NotifyEVChargingSchedule"


@pytest.mark.parametrize("registration", list(Registration))
def test_boots_are_answered_in_every_registration(registration: Registration) -> None:
    heard = OF_201.hear("BootNotification", REQUESTS["BootNotification"])
    state = ChargePoint(id="CP1", registration=registration)
    answer = decide(state, heard.report, Context(now=NOW)).answer
    told = OF_201.check("BootNotificationResponse", V201.answer(heard, answer))
    assert told["status"] == registration.value
    assert told["currentTime"] == "2026-11-21T08:15:00Z"


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_boot_is_heard_whole(version: Version) -> None:
    assert version.hear("BootNotification", REQUESTS["BootNotification"]).report == reports.Booted(
        vendor="Vendor",
        model="Model",
        serial_number="CP-1",
        firmware_version="1.2.3",
        iccid="89490200",
        imsi="262011",
        reason="PowerUp",
        lists_variables=True,
    )


def test_a_boot_reason_of_its_own_is_kept_and_none_is_unknown() -> None:
    station = REQUESTS["BootNotification"]["chargingStation"]
    for reason, kept in (({"reason": "Thunder"}, "Thunder"), ({}, "Unknown"), ({"reason": 7}, "7")):
        report = OF_201.hear("BootNotification", {"chargingStation": station, **reason}).report
        assert isinstance(report, reports.Booted)
        assert report.reason == kept


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_status_is_heard_whole(version: Version) -> None:
    report = version.hear("StatusNotification", REQUESTS["StatusNotification"]).report
    assert isinstance(report, reports.ConnectorStatusChanged)
    assert (report.evse, report.connector, report.status, report.said) == (2, 1, "Occupied", STAMP)
    assert report.at is not None
    assert (NOW - report.at).total_seconds() == 1


def test_a_status_that_no_version_knows_is_kept() -> None:
    payload = {**REQUESTS["StatusNotification"], "connectorStatus": "Preparing", "timestamp": "soon"}
    report = OF_201.hear("StatusNotification", payload).report
    assert isinstance(report, reports.ConnectorStatusChanged)
    assert (report.status, report.at) == ("Preparing", None)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ({}, ""),
        ({"data": "a"}, "a"),
        ({"data": {"a": [1, None]}}, '{"a":[1,null]}'),
        ({"data": 1.5}, "1.5"),
        ({"data": False}, "false"),
    ],
    ids=str,
)
def test_vendor_data_of_any_kind_is_kept(data: dict[str, Any], text: str) -> None:
    report = OF_201.hear("DataTransfer", {"vendorId": "V", **data}, strict=True).report
    assert isinstance(report, reports.DataTransferred)
    assert report.data == text


def test_progress_and_requests_are_heard_with_number_and_use() -> None:
    assert OF_201.hear("FirmwareStatusNotification", {"status": "Idle"}).report == (
        reports.FirmwareProgressed(status="Idle")
    )
    assert OF_201.hear("LogStatusNotification", REQUESTS["LogStatusNotification"]).report == (
        reports.LogProgressed(status="Uploaded", request_id=4)
    )
    assert OF_201.hear("SignCertificate", {"csr": "PEM"}).report == (
        reports.CertificateRequested(csr="PEM", use="ChargingStation")
    )
    assert OF_201.hear("SignCertificate", REQUESTS["SignCertificate"]).report == (
        reports.CertificateRequested(csr=REQUESTS["SignCertificate"]["csr"], use="V2G")
    )


def test_a_token_is_judged_with_its_group_and_what_may_be_cached() -> None:
    told = OF_201.answer("Authorize", REQUESTS["Authorize"])["idTokenInfo"]
    assert told == {
        "status": "Expired",
        "cacheExpiryDateTime": "2026-11-21T08:15:00Z",
        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
    }
