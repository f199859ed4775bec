"""TransactionEvent: every field that means something arrives, whatever else is wrong."""

from typing import Any

import pytest

from chargeyard.dialects.v201.authorization import STATUS, id_token_info
from chargeyard.domain import reports
from chargeyard.domain.authorization import Status, Verdict
from chargeyard.ocpp.v201 import messages as m201
from tests.dialects.v201.wire import BOTH, NOW, OF_201, REQUESTS, STAMP, TOKEN, Version, named

WHOLE = REQUESTS["TransactionEvent"]


def _hear(version: Version = OF_201, /, **changed: Any) -> reports.TransactionReported:
    payload = {name: value for name, value in {**WHOLE, **changed}.items() if value is not ...}
    report = version.hear("TransactionEvent", payload).report
    assert isinstance(report, reports.TransactionReported)
    return report


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_an_event_is_heard_whole(version: Version) -> None:
    report = _hear(version)
    assert (report.wire_id, report.phase, report.sequence, report.trigger) == (
        "tx-1",
        "Started",
        0,
        "Authorized",
    )
    assert (report.said, report.is_dated, report.is_offline) == (STAMP, True, True)
    assert (report.evse, report.connector) == (2, 1)
    assert (report.id_token, report.token_kind) == ("CARD1", "ISO14443")
    assert (report.charging_state, report.reason) == ("Charging", "")
    assert (report.remote_start_id, report.reservation_id) == (12, 3)
    (reading,) = report.readings
    assert (reading.summary.energy_wh, reading.samples[0].context) == (1000, "Transaction.Begin")
    assert b'"seqNo": 0' in bytes(report.payload)


def test_what_is_not_told_says_nothing() -> None:
    least = dict.fromkeys(("offline", "reservationId", "evse", "idToken", "meterValue"), ...)
    report = _hear(**least, transactionInfo={"transactionId": "tx-1"})
    assert (report.evse, report.connector, report.id_token, report.token_kind) == (None, None, None, "")
    assert (report.charging_state, report.reason, report.remote_start_id) == ("", "", None)
    assert (report.reservation_id, report.readings, report.is_offline) == (None, (), False)


def test_the_connector_may_be_left_out() -> None:
    """lbbrhzn/ocpp#2135: legal, and no reason to think of connector 1."""
    report = _hear(evse={"id": 2})
    assert (report.evse, report.connector) == (2, None)


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"triggerReason": ...}, "trigger", "Trigger"),  # MicroOcpp#405
        ({"triggerReason": "Moonrise"}, "trigger", "Moonrise"),
        ({"triggerReason": ""}, "trigger", "Trigger"),
        ({"eventType": "Paused"}, "phase", "Updated"),
        ({"eventType": ...}, "phase", "Updated"),
        ({"eventType": "ended"}, "phase", "Ended"),
        ({"seqNo": ...}, "sequence", -1),
        ({"seqNo": "12"}, "sequence", 12),
        ({"seqNo": 10**30}, "sequence", -1),
        ({"timestamp": ...}, "at", NOW),
        ({"timestamp": "1970-01-01T00:00:00Z"}, "is_dated", False),
        ({"idToken": {"idToken": "CARD1"}}, "token_kind", "Central"),
        ({"idToken": {"idToken": "\u0010CARD1\u0000", "type": "ISO14443"}}, "id_token", "CARD1"),
        ({"idToken": {}}, "id_token", None),
        ({"evse": {}}, "evse", None),
        ({"transactionInfo": {"transactionId": "t" * 60}}, "wire_id", "t" * 60),
        ({"transactionInfo": {"transactionId": 17}}, "wire_id", "17"),
        (
            {"transactionInfo": {"transactionId": "t", "chargingState": "Resting"}},
            "charging_state",
            "Resting",
        ),
        ({"transactionInfo": {"transactionId": "t", "stoppedReason": "Boredom"}}, "reason", "Boredom"),
        ({"transactionInfo": {"transactionId": "t", "remoteStartId": 2**70}}, "remote_start_id", None),
        ({"meterValue": [{"timestamp": STAMP, "sampledValue": [{"value": "x"}]}]}, "phase", "Started"),
    ],
    ids=str,
)
@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_chargers_say_instead(version: Version, changed: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(_hear(version, **changed), field) == value


def test_a_kind_of_token_that_only_the_next_version_knows() -> None:
    token = {"idToken": "psp-1", "type": "DirectPayment"}
    for version in BOTH:
        assert _hear(version, idToken=token).token_kind in ("DirectPayment", "Central")
    assert BOTH[1].hear("TransactionEvent", {**WHOLE, "idToken": token}, strict=True).findings == []


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize("info", [{}, {"transactionId": ""}, None, "tx-1"], ids=str)
def test_an_event_of_no_transaction_is_kept_and_acknowledged(version: Version, info: Any) -> None:
    payload = {**WHOLE, "transactionInfo": info}
    report = version.hear("TransactionEvent", payload).report
    assert isinstance(report, reports.Reported)
    assert b"CARD1" in bytes(report.payload)
    assert version.answer("TransactionEvent", payload) == {}


def test_a_token_is_answered_and_no_token_is_not() -> None:
    told = OF_201.answer("TransactionEvent", WHOLE)
    assert told["idTokenInfo"]["groupIdToken"] == {"idToken": "FAMILY", "type": "Central"}
    assert "totalCost" not in told, "a cost of which nothing is known is left out: 0 means free (I03.FR.04)"
    without = {name: value for name, value in WHOLE.items() if name != "idToken"}
    assert OF_201.answer("TransactionEvent", without) == {}


def test_no_authorization_is_accepted() -> None:
    token = {"idToken": "", "type": "NoAuthorization"}
    told = OF_201.answer("TransactionEvent", {**WHOLE, "idToken": token}, strict=True)
    assert told["idTokenInfo"]["status"] == "Accepted"


def test_every_verdict_has_a_word_of_the_version() -> None:
    assert set(STATUS) == set(Status)
    assert set(STATUS.values()) <= set(m201.AuthorizationStatusEnumType.__args__)  # type: ignore[attr-defined]


def test_a_group_whose_name_is_too_long_is_left_out() -> None:
    info = id_token_info(Verdict(Status.ACCEPTED, parent="P" * 37))
    assert not info.group_id_token


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize("kind", ["Central", "eMAID", "ISO15693", "KeyCode", "Local", "MacAddress"])
def test_kinds_of_tokens(version: Version, kind: str) -> None:
    assert _hear(version, idToken={**TOKEN, "type": kind}).token_kind == kind
