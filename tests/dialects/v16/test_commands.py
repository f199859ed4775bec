"""Commands in the words of 1.6: what is sent fits the schema, what is answered becomes an outcome."""

import json
from datetime import datetime
from typing import Any, get_args

import msgspec
import pytest

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Reply
from chargeyard.dialects.v16 import PHRASES, V16
from chargeyard.dialects.v16.provisioning import EXTENDED_TRIGGERS, TRIGGERS
from chargeyard.domain import commands, outcomes
from chargeyard.domain.authorization import ListEntry, Status, Verdict
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.ocpp.struct import Message
from tests.dialects.v16.wire import NOW, STAMP, check, schema
from tests.domain.made import reading, setting, shown

BEYOND_THE_CALENDAR = datetime.fromisoformat("9999-12-31T23:59:59-14:00")


def _said(command: commands.Command) -> tuple[str, Any]:
    """The one request of a command: action and payload, checked against its schema."""
    request = next(V16.phrase(command))
    name = V16.action_of(request).name
    return name, check(name, msgspec.json.encode(request))


def _outcome(command: commands.Command, answer: dict[str, Any]) -> AnyOutcome:
    """What becomes of a command whose only request is answered so."""
    script = V16.phrase(command)
    action = V16.action_of(next(script))
    raw = msgspec.Raw(json.dumps(answer).encode())
    check(f"{action.name}Response", bytes(raw))
    with pytest.raises(StopIteration) as end:
        script.send(V16.understand(action, raw))
    outcome: AnyOutcome = end.value.value
    return outcome


def _refusal(command: commands.Command) -> AnyOutcome:
    """The outcome of a command of which nothing may be sent."""
    with pytest.raises(StopIteration) as end:
        next(V16.phrase(command))
    outcome: AnyOutcome = end.value.value
    return outcome


SPELLED = timestamps.spell(NOW)

SAID: list[tuple[commands.Command, str, dict[str, Any]]] = [
    (commands.Reset(), "Reset", {"type": "Soft"}),
    (commands.Reset(hard=True), "Reset", {"type": "Hard"}),
    (commands.UnlockConnector(evse=2), "UnlockConnector", {"connectorId": 2}),
    (
        commands.ChangeAvailability(operative=False),
        "ChangeAvailability",
        {"connectorId": 0, "type": "Inoperative"},
    ),
    (
        commands.ChangeAvailability(operative=True, evse=1),
        "ChangeAvailability",
        {"connectorId": 1, "type": "Operative"},
    ),
    (
        commands.StartTransaction(id_token="CARD1", evse=1),
        "RemoteStartTransaction",
        {"idTag": "CARD1", "connectorId": 1},
    ),
    (commands.StartTransaction(id_token="CARD1"), "RemoteStartTransaction", {"idTag": "CARD1"}),
    (
        commands.StopTransaction(transaction=7, wire_id="4711"),
        "RemoteStopTransaction",
        {"transactionId": 4711},
    ),
    (
        setting("HeartbeatInterval", "300"),
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "300"},
    ),
    (
        setting("OCPPCommCtrlr.HeartbeatInterval", "300"),
        "ChangeConfiguration",
        {"key": "HeartbeatInterval", "value": "300"},
    ),
    (commands.ReadInventory(request_id=1), "GetConfiguration", {}),
    (reading("A", "B", "A"), "GetConfiguration", {"key": ["A", "B"]}),
    (
        commands.TransferData(vendor_id="V", data=msgspec.Raw(b'"text"')),
        "DataTransfer",
        {"vendorId": "V", "data": "text"},
    ),
    (
        commands.TransferData(vendor_id="V", message_id="M", data=msgspec.Raw(b'{"a":1}')),
        "DataTransfer",
        {"vendorId": "V", "messageId": "M", "data": '{"a":1}'},
    ),
    (
        commands.Trigger(topic="StatusNotification", evse=1),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "connectorId": 1},
    ),
    *(
        (commands.Trigger(topic=topic), "TriggerMessage", {"requestedMessage": topic})
        for topic in sorted(TRIGGERS)
    ),
    (
        commands.ReserveNow(reservation=7, id_token="CARD1", expires_at=NOW, evse=2, parent="FAMILY"),
        "ReserveNow",
        {
            "connectorId": 2,
            "expiryDate": SPELLED,
            "idTag": "CARD1",
            "reservationId": 7,
            "parentIdTag": "FAMILY",
        },
    ),
    (
        commands.ReserveNow(reservation=7, id_token="CARD1", expires_at=NOW, token_kind="eMAID"),
        "ReserveNow",
        {"connectorId": 0, "expiryDate": SPELLED, "idTag": "CARD1", "reservationId": 7},
    ),
    (commands.ClearCache(), "ClearCache", {}),
    (commands.ReadLocalListVersion(), "GetLocalListVersion", {}),
    (
        commands.SendLocalList(version=1, is_full=True),
        "SendLocalList",
        {"listVersion": 1, "updateType": "Full"},
    ),
    (
        commands.SendLocalList(
            version=2,
            entries=(
                ListEntry(id_token="CARD1", kind="Local"),
                ListEntry(id_token="CARD1", kind="eMAID", verdict=Verdict(Status.NO_CREDIT, parent="FAMILY")),
                ListEntry(id_token="L" * 21, verdict=Verdict(Status.ACCEPTED)),
                ListEntry(id_token="GONE"),
            ),
        ),
        "SendLocalList",
        {
            "listVersion": 2,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idTag": "CARD1", "idTagInfo": {"status": "Blocked", "parentIdTag": "FAMILY"}},
                {"idTag": "GONE"},
            ],
        },
    ),
    (commands.CancelReservation(reservation=7), "CancelReservation", {"reservationId": 7}),
    *(
        (commands.Trigger(topic=topic), "ExtendedTriggerMessage", {"requestedMessage": topic})
        for topic in sorted(EXTENDED_TRIGGERS)
    ),
]


@pytest.mark.parametrize(("command", "action", "payload"), SAID, ids=shown)
def test_what_is_said(command: commands.Command, action: str, payload: dict[str, Any]) -> None:
    assert _said(command) == (action, payload)


ELSEWHERE = {
    # said in the tests of their noun
    commands.DeleteCertificate,
    commands.GetLog,
    commands.InstallCertificate,
    commands.ReadInstalledCertificates,
    commands.SendSignedCertificate,
    commands.UpdateFirmware,
    commands.ClearChargingProfiles,
    commands.GetCompositeSchedule,
    commands.SetChargingProfile,
}


def test_every_command_has_words() -> None:
    assert set(PHRASES) <= set(get_args(commands.AnyCommand))
    assert {type(command) for command, _, _ in SAID} | ELSEWHERE == set(PHRASES)


@pytest.mark.parametrize(
    "command",
    [
        commands.StartTransaction(id_token="A" * 21),
        commands.Reset(evse=1),
        commands.Reset(resume=True),
        commands.Trigger(topic="TransactionEvent"),
        commands.StartTransaction(id_token="A\x00"),
        setting("K" * 51, "1"),
        setting("K", "v" * 501),
        reading("K" * 51),
        commands.ReserveNow(reservation=7, id_token="A" * 21, expires_at=NOW),
        commands.ReserveNow(reservation=7, id_token="A", expires_at=NOW, parent="P" * 21),
        commands.ReserveNow(reservation=7, id_token="A", expires_at=NOW, connector_type="cType2"),
        commands.StartTransaction(id_token="4711", token_kind="KeyCode"),
        commands.ReserveNow(reservation=7, id_token="4711", expires_at=NOW, token_kind="KeyCode"),
        commands.ReserveNow(reservation=7, id_token="A", expires_at=BEYOND_THE_CALENDAR),
        commands.StopTransaction(transaction=7, wire_id="c0ffee"),
        commands.StopTransaction(transaction=7, wire_id=""),
        commands.StopTransaction(transaction=7, wire_id="--7"),
        commands.StopTransaction(transaction=7, wire_id="\N{SUPERSCRIPT TWO}"),
    ],
    ids=str,
)
def test_what_the_schema_forbids_is_never_said(command: commands.Command) -> None:
    assert isinstance(_refusal(command), outcomes.Invalid)


MEANINGS = {
    "Accepted": outcomes.Accepted,
    "AcceptedCanceled": outcomes.Accepted,
    "Unlocked": outcomes.Accepted,
    "Scheduled": outcomes.Scheduled,
    "RebootRequired": outcomes.Scheduled,
    "NotSupported": outcomes.Unsupported,
    "NotImplemented": outcomes.Unsupported,
    "UnknownVendorId": outcomes.Unsupported,
    "UnknownMessageId": outcomes.Unsupported,
}
"""All other words are a no."""

STATUSES = [
    (action.name, word)
    for action in V16.catalogue.to_charge_point()
    for word in schema(f"{action.name}Response").get("properties", {}).get("status", {}).get("enum", [])
]


@pytest.mark.parametrize(("action", "word"), STATUSES)
def test_every_status_word_has_a_meaning(action: str, word: str) -> None:
    raw = msgspec.Raw(json.dumps({"status": word}).encode())
    response = V16.catalogue[action].response
    assert response is not None
    outcome = V16.settled(Reply(_response(response, word), raw))
    assert type(outcome) is MEANINGS.get(word, outcomes.Rejected)
    assert getattr(outcome, "reason", word) == word
    assert getattr(outcome, "said", None) == raw


def _response(kind: type[Message], word: str) -> Message:
    """An answer with that status; other required fields do not matter here."""
    blanks = {name: None for name in kind.__struct_fields__ if name != "status"}
    return kind(status=word, **blanks)


def test_an_answer_without_a_status_is_a_yes() -> None:
    outcome = _outcome(
        commands.ReadInventory(request_id=1), {"configurationKey": [{"key": "A", "readonly": True}]}
    )
    assert isinstance(outcome, outcomes.Accepted)
    assert b"readonly" in bytes(outcome.said)


def test_the_charge_points_own_words_are_kept() -> None:
    outcome = _outcome(commands.Reset(), {"status": "Rejected"})
    assert outcome == outcomes.Rejected(reason="Rejected", said=msgspec.Raw(b'{"status": "Rejected"}'))


@pytest.mark.parametrize("status", ["accepted", " Accepted"])
def test_a_sloppy_answer_is_understood(status: str) -> None:
    script = V16.phrase(commands.Reset())
    action = V16.action_of(next(script))
    reply = V16.understand(action, msgspec.Raw(json.dumps({"status": status, "extra": 1}).encode()))
    with pytest.raises(StopIteration) as end:
        script.send(reply)
    assert isinstance(end.value.value, outcomes.Accepted)


PROFILE = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "startSchedule": STAMP,
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1}],
    },
}
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "ab",
    "issuerKeyHash": "cd",
    "serialNumber": "1",
}
RAW: dict[str, dict[str, Any]] = {
    "CancelReservation": {"reservationId": 1},
    "CertificateSigned": {"certificateChain": "PEM"},
    "ChangeAvailability": {"connectorId": 0, "type": "Operative"},
    "ChangeConfiguration": {"key": "K", "value": "V"},
    "ClearCache": {},
    "ClearChargingProfile": {"id": 1},
    "DataTransfer": {"vendorId": "V"},
    "DeleteCertificate": {"certificateHashData": HASH},
    "ExtendedTriggerMessage": {"requestedMessage": "Heartbeat"},
    "GetCompositeSchedule": {"connectorId": 1, "duration": 3600},
    "GetConfiguration": {},
    "GetDiagnostics": {"location": "ftp://host/"},
    "GetInstalledCertificateIds": {"certificateType": "ManufacturerRootCertificate"},
    "GetLocalListVersion": {},
    "GetLog": {"log": {"remoteLocation": "ftp://host/"}, "logType": "DiagnosticsLog", "requestId": 1},
    "InstallCertificate": {"certificateType": "CentralSystemRootCertificate", "certificate": "PEM"},
    "RemoteStartTransaction": {"idTag": "CARD1", "chargingProfile": PROFILE},
    "RemoteStopTransaction": {"transactionId": 7},
    "ReserveNow": {"connectorId": 1, "expiryDate": STAMP, "idTag": "CARD1", "reservationId": 1},
    "Reset": {"type": "Soft"},
    "SendLocalList": {
        "listVersion": 1,
        "updateType": "Full",
        "localAuthorizationList": [{"idTag": "A", "idTagInfo": {"status": "Accepted"}}],
    },
    "SetChargingProfile": {"connectorId": 1, "csChargingProfiles": PROFILE},
    "SignedUpdateFirmware": {
        "requestId": 1,
        "firmware": {
            "location": "https://host/",
            "retrieveDateTime": STAMP,
            "signingCertificate": "PEM",
            "signature": "ab",
        },
    },
    "TriggerMessage": {"requestedMessage": "Heartbeat"},
    "UnlockConnector": {"connectorId": 1},
    "UpdateFirmware": {"location": "https://host/", "retrieveDate": STAMP},
}


def _raw(action: str, payload: Any) -> commands.RawCall:
    return commands.RawCall(action=action, payload=msgspec.Raw(json.dumps(payload).encode()))


def test_every_action_can_be_called_by_name() -> None:
    assert set(RAW) == {action.name for action in V16.catalogue.to_charge_point()}


@pytest.mark.parametrize("action", sorted(RAW))
def test_a_raw_call_is_said_as_it_is(action: str) -> None:
    assert _said(_raw(action, RAW[action])) == (action, RAW[action])


@pytest.mark.parametrize("action", sorted(RAW))
def test_a_raw_call_that_breaks_the_schema_is_never_said(action: str) -> None:
    assert isinstance(_refusal(_raw(action, {**RAW[action], "surplus": 1})), outcomes.Invalid)
    assert isinstance(_refusal(_raw(action, [])), outcomes.Invalid)
    if RAW[action]:
        required = next(iter(schema(action).get("required", [])), None)
        lacking = {name: value for name, value in RAW[action].items() if name != required}
        assert required is None or isinstance(_refusal(_raw(action, lacking)), outcomes.Invalid)


@pytest.mark.parametrize("action", ["Heartbeat", "StartTransaction", "Nonsense", "", "reset", "A" * 200])
def test_what_a_charge_point_cannot_be_asked_is_never_said(action: str) -> None:
    assert isinstance(_refusal(_raw(action, {})), outcomes.Invalid)
