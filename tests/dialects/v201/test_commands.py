"""Commands in the words of 2.x: what is sent fits the schemas of both versions, answers become outcomes."""

import json
from decimal import Decimal
from typing import Any, get_args

import msgspec
import pytest
from msgspec.structs import replace

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import Reply
from chargeyard.dialects.v201 import PHRASES
from chargeyard.dialects.v201.provisioning import TRIGGERS
from chargeyard.domain import commands, outcomes
from chargeyard.domain.authorization import ListEntry, Status, Verdict
from chargeyard.domain.network_profiles import AccessPoint, NetworkProfile
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import TransactionStatusTold
from tests.dialects.v201.wire import BOTH, HASHES, NOW, OF_21, OF_201, Payload, Version, named
from tests.domain.made import reading, setting, shown


def _said(version: Version, command: commands.Command) -> tuple[str, Any]:
    """The first request of a command: action and payload, checked against its schema."""
    request = next(version.dialect.phrase(command))
    name = version.dialect.action_of(request).name
    return name, version.check(f"{name}Request", msgspec.json.encode(request))


def _outcome(version: Version, command: commands.Command, *answers: Payload) -> AnyOutcome:
    """What becomes of a command whose requests are answered so, one after the other."""
    script = version.dialect.phrase(command)
    request = next(script)
    for answer in answers:
        action = version.dialect.action_of(request)
        raw = msgspec.Raw(json.dumps(answer).encode())
        version.check(f"{action.name}Response", bytes(raw))
        try:
            request = script.send(version.dialect.understand(action, raw))
        except StopIteration as end:
            outcome: AnyOutcome = end.value
            return outcome
    raise AssertionError("it asks for more")


def _refusal(version: Version, command: commands.Command) -> AnyOutcome:
    """The outcome of a command of which nothing may be sent."""
    with pytest.raises(StopIteration) as end:
        next(version.dialect.phrase(command))
    outcome: AnyOutcome = end.value.value
    return outcome


HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}

SPELLED = timestamps.spell(NOW)


WATCHED = commands.MonitorGiven(variable="EVSE:1.Power", type="UpperThreshold", value=7000, severity=4)

MONITORING: list[tuple[commands.Command, str, Payload]] = [
    (commands.SetMonitoringBase(base="All"), "SetMonitoringBase", {"monitoringBase": "All"}),
    (commands.SetMonitoringLevel(severity=4), "SetMonitoringLevel", {"severity": 4}),
    (
        commands.SetMonitors(monitors=(WATCHED,)),
        "SetVariableMonitoring",
        {
            "setMonitoringData": [
                {
                    "value": 7000,
                    "type": "UpperThreshold",
                    "severity": 4,
                    "component": {"name": "EVSE", "evse": {"id": 1}},
                    "variable": {"name": "Power"},
                }
            ]
        },
    ),
    (commands.ClearMonitors(ids=(7, 8, 7)), "ClearVariableMonitoring", {"id": [7, 8]}),
    (
        commands.ReadMonitors(
            request_id=3,
            criteria=("DeltaMonitoring",),
            components=(commands.ComponentWanted(component="EVSE", evse=1),),
        ),
        "GetMonitoringReport",
        {
            "requestId": 3,
            "monitoringCriteria": ["DeltaMonitoring"],
            "componentVariable": [{"component": {"name": "EVSE", "evse": {"id": 1}}}],
        },
    ),
]

NETWORK = NetworkProfile(
    csms_url="wss://a.example/ocpp",
    interface="Wired0",
    message_timeout_s=30,
    security_profile=2,
    protocol="OCPP20",
    apn=AccessPoint(apn="internet", apn_password="hush"),
)

SAID: list[tuple[commands.Command, str, Payload]] = [
    (commands.Reset(), "Reset", {"type": "OnIdle"}),
    (commands.Reset(hard=True), "Reset", {"type": "Immediate"}),
    (commands.Reset(evse=2), "Reset", {"type": "OnIdle", "evseId": 2}),
    (commands.UnlockConnector(evse=2), "UnlockConnector", {"evseId": 2, "connectorId": 1}),
    (
        commands.ChangeAvailability(operative=False),
        "ChangeAvailability",
        {"operationalStatus": "Inoperative"},
    ),
    (
        commands.ChangeAvailability(operative=True, evse=2),
        "ChangeAvailability",
        {"operationalStatus": "Operative", "evse": {"id": 2}},
    ),
    (
        commands.ChangeAvailability(operative=True, evse=2, connector=3),
        "ChangeAvailability",
        {"operationalStatus": "Operative", "evse": {"id": 2, "connectorId": 3}},
    ),
    (
        commands.StartTransaction(id_token="CARD1", evse=1, remote_start_id=99),
        "RequestStartTransaction",
        {"idToken": {"idToken": "CARD1", "type": "Central"}, "evseId": 1, "remoteStartId": 99},
    ),
    (
        commands.StartTransaction(id_token="CARD1", token_kind="ISO14443"),
        "RequestStartTransaction",
        {"idToken": {"idToken": "CARD1", "type": "ISO14443"}, "remoteStartId": 0},
    ),
    (
        commands.StopTransaction(transaction=7, wire_id="c0ffee"),
        "RequestStopTransaction",
        {"transactionId": "c0ffee"},
    ),
    (
        commands.GetTransactionStatus(transaction=7, wire_id="c0ffee"),
        "GetTransactionStatus",
        {"transactionId": "c0ffee"},
    ),
    (
        commands.UpdateCost(transaction=7, wire_id="c0ffee", amount=Decimal("3.10"), currency="EUR"),
        "CostUpdated",
        {"totalCost": 3.1, "transactionId": "c0ffee"},
    ),
    (
        setting("heartbeatinterval", "300"),
        "SetVariables",
        {"setVariableData": [{"attributeValue": "300", **HEARTBEAT}]},
    ),
    (
        setting("Connector[left]:2:1.Available[now]", "true"),
        "SetVariables",
        {
            "setVariableData": [
                {
                    "attributeValue": "true",
                    "component": {
                        "name": "Connector",
                        "instance": "left",
                        "evse": {"id": 2, "connectorId": 1},
                    },
                    "variable": {"name": "Available", "instance": "now"},
                }
            ]
        },
    ),
    (
        commands.ReadInventory(request_id=5, scope="Configuration"),
        "GetBaseReport",
        {"requestId": 5, "reportBase": "ConfigurationInventory"},
    ),
    (
        commands.ReadReport(
            request_id=6,
            criteria=("Problem",),
            components=(commands.ComponentWanted(component="EVSE", evse=1, variable="Power"),),
        ),
        "GetReport",
        {
            "requestId": 6,
            "componentCriteria": ["Problem"],
            "componentVariable": [
                {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
            ],
        },
    ),
    (
        reading("HeartbeatInterval", "EVSE:1.Power", "OCPPCommCtrlr.HeartbeatInterval"),
        "GetVariables",
        {
            "getVariableData": [
                HEARTBEAT,
                {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}},
            ]
        },
    ),
    (
        commands.Trigger(topic="StatusNotification", evse=2),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 1}},
    ),
    (
        commands.Trigger(topic="StatusNotification", evse=2, connector=3),
        "TriggerMessage",
        {"requestedMessage": "StatusNotification", "evse": {"id": 2, "connectorId": 3}},
    ),
    (
        commands.Trigger(topic="TransactionEvent", evse=2),
        "TriggerMessage",
        {"requestedMessage": "TransactionEvent", "evse": {"id": 2}},
    ),
    *MONITORING,
    (
        commands.TransferData(vendor_id="V", message_id="M", data=msgspec.Raw(b'{"a":[1.10]}')),
        "DataTransfer",
        {"vendorId": "V", "messageId": "M", "data": {"a": [1.1]}},
    ),
    (commands.TransferData(vendor_id="V"), "DataTransfer", {"vendorId": "V"}),
    (
        commands.SetNetworkProfile(slot=1, profile=NETWORK),
        "SetNetworkProfile",
        {
            "configurationSlot": 1,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://a.example/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
                "apn": {
                    "apn": "internet",
                    "apnAuthentication": "AUTO",
                    "apnPassword": "hush",
                    "useOnlyPreferredNetwork": False,
                },
            },
        },
    ),
    (
        commands.Trigger(topic="MeterValues", evse=2),
        "TriggerMessage",
        {"requestedMessage": "MeterValues", "evse": {"id": 2}},
    ),
    (
        commands.ReserveNow(
            reservation=7,
            id_token="CARD1",
            expires_at=NOW,
            evse=2,
            token_kind="ISO14443",
            parent="FAMILY",
            parent_kind="Local",
        ),
        "ReserveNow",
        {
            "id": 7,
            "expiryDateTime": SPELLED,
            "idToken": {"idToken": "CARD1", "type": "ISO14443"},
            "evseId": 2,
            "groupIdToken": {"idToken": "FAMILY", "type": "Local"},
        },
    ),
    (
        commands.ReserveNow(reservation=7, id_token="CARD1", expires_at=NOW, connector_type="cType2"),
        "ReserveNow",
        {
            "id": 7,
            "expiryDateTime": SPELLED,
            "idToken": {"idToken": "CARD1", "type": "Central"},
            "connectorType": "cType2",
        },
    ),
    (commands.ClearCache(), "ClearCache", {}),
    (commands.ReadLocalListVersion(), "GetLocalListVersion", {}),
    (
        commands.SendLocalList(version=1, is_full=True),
        "SendLocalList",
        {"versionNumber": 1, "updateType": "Full"},
    ),
    (
        commands.SendLocalList(
            version=2,
            entries=(
                ListEntry(id_token="CARD1", kind="Local"),
                ListEntry(id_token="CARD1", verdict=Verdict(Status.NO_CREDIT, parent="FAMILY")),
                ListEntry(id_token="L" * 37, verdict=Verdict(Status.ACCEPTED)),
                ListEntry(id_token="psp", kind="DirectPayment", verdict=Verdict(Status.ACCEPTED)),
            ),
        ),
        "SendLocalList",
        {
            "versionNumber": 2,
            "updateType": "Differential",
            "localAuthorizationList": [
                {"idToken": {"idToken": "CARD1", "type": "Local"}},
                {
                    "idToken": {"idToken": "CARD1", "type": "ISO14443"},
                    "idTokenInfo": {
                        "status": "NoCredit",
                        "groupIdToken": {"idToken": "FAMILY", "type": "Central"},
                    },
                },
            ],
        },
    ),
    (
        commands.CustomerInformation(
            request_id=7, report=True, clear=False, id_token="CARD1", token_kind="ISO14443"
        ),
        "CustomerInformation",
        {"requestId": 7, "report": True, "clear": False, "idToken": {"idToken": "CARD1", "type": "ISO14443"}},
    ),
    (
        commands.CustomerInformation(
            request_id=7,
            report=False,
            clear=True,
            certificate=commands.CertificateHash(
                hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1"
            ),
        ),
        "CustomerInformation",
        {"requestId": 7, "report": False, "clear": True, "customerCertificate": HASHES},
    ),
    (
        commands.CustomerInformation(request_id=7, report=True, clear=True, customer_identifier="c-1"),
        "CustomerInformation",
        {"requestId": 7, "report": True, "clear": True, "customerIdentifier": "c-1"},
    ),
    (commands.CancelReservation(reservation=7), "CancelReservation", {"reservationId": 7}),
    *(
        (commands.Trigger(topic=topic), "TriggerMessage", {"requestedMessage": TRIGGERS[topic]})
        for topic in get_args(commands.Topic)
        if topic != "StatusNotification" and topic in TRIGGERS
    ),
]


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(("command", "action", "payload"), SAID, ids=shown)
def test_what_is_said(version: Version, command: commands.Command, action: str, payload: Payload) -> None:
    assert _said(version, command) == (action, payload)


ELSEWHERE = {
    # said in the tests of their noun
    commands.ClearDisplayMessage,
    commands.DeleteCertificate,
    commands.GetLog,
    commands.InstallCertificate,
    commands.PublishFirmware,
    commands.ReadDisplayMessages,
    commands.ReadInstalledCertificates,
    commands.SendSignedCertificate,
    commands.SetDisplayMessage,
    commands.UnpublishFirmware,
    commands.UpdateFirmware,
    commands.ClearChargingProfiles,
    commands.GetCompositeSchedule,
    commands.ReadChargingProfiles,
    commands.SetChargingProfile,
}


def test_every_command_and_topic_has_words() -> None:
    assert set(PHRASES) <= set(get_args(commands.AnyCommand)) - {commands.RawCall}
    assert {type(command) for command, _, _ in SAID} | ELSEWHERE == set(PHRASES)
    assert set(get_args(commands.Topic)) - set(TRIGGERS) == {"CustomTrigger", "SignV2G20Certificate"}


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(
    "command",
    [
        commands.StartTransaction(id_token="A" * 256),
        commands.StartTransaction(id_token="A\x00"),
        commands.StartTransaction(id_token="A", token_kind="a kind with a name too long"),
        commands.StopTransaction(transaction=7, wire_id="t" * 37),
        setting("OCPPCommCtrlr.HeartbeatInterval", "v" * 2501),
        setting("NumberOfConnectors", "2"),
        setting("Com ponent[", "2"),
        setting(f"{'C' * 51}.V", "2"),
        setting("", "2"),
        reading("HeartbeatInterval", "NumberOfConnectors"),
        commands.ReserveNow(reservation=7, id_token="A" * 256, expires_at=NOW),
        commands.ReserveNow(
            reservation=7, id_token="A", expires_at=NOW, connector_type="a type of 20 letters or more"
        ),
    ],
    ids=str,
)
def test_what_cannot_be_said_is_never_said(version: Version, command: commands.Command) -> None:
    assert isinstance(_refusal(version, command), outcomes.Invalid)


def test_the_next_version_allows_longer_tokens_and_more_kinds() -> None:
    for command in (
        commands.StartTransaction(id_token="A" * 37),
        commands.StartTransaction(id_token="psp-1", token_kind="DirectPayment"),
    ):
        assert isinstance(_refusal(OF_201, command), outcomes.Invalid)
        assert _said(OF_21, command)[0] == "RequestStartTransaction"


MEANINGS = {
    "Accepted": outcomes.Accepted,
    "AcceptedCanceled": outcomes.Accepted,
    "Unlocked": outcomes.Accepted,
    "Unpublished": outcomes.Accepted,
    "Scheduled": outcomes.Scheduled,
    "RebootRequired": outcomes.Scheduled,
    "NotSupported": outcomes.Unsupported,
    "NotImplemented": outcomes.Unsupported,
    "UnknownVendorId": outcomes.Unsupported,
    "UnknownMessageId": outcomes.Unsupported,
    "UnknownComponent": outcomes.Unsupported,
    "UnknownVariable": outcomes.Unsupported,
    "NotSupportedAttributeType": outcomes.Unsupported,
    "UnsupportedMonitorType": outcomes.Unsupported,
}
"""All other words are a no."""


def _words(version: Version, response: str, *path: str) -> list[str]:
    """The words that the schema allows at `path` in a response; none where there is no such field."""
    schema = version.schema(response)
    node = schema
    for name in path:
        node = node.get("properties", {}).get(name, {})
        node = node.get("items", node)
        if "$ref" in node:
            node = schema["definitions"][node["$ref"].rpartition("/")[2]]
    return list(node.get("enum", []))


STATUSES = [
    pytest.param(version, action.name, word, id=f"{version.folder}-{action.name}-{word}")
    for version in BOTH
    for action in version.dialect.catalogue.to_charge_point()
    for word in _words(version, f"{action.name}Response", "status")
]


def test_nearly_every_answer_has_status_words() -> None:
    assert len(STATUSES) > 200


@pytest.mark.parametrize(("version", "action", "word"), STATUSES)
def test_every_status_word_has_a_meaning(version: Version, action: str, word: str) -> None:
    response = version.dialect.catalogue[action].response
    assert response is not None
    # Other required fields do not matter here.
    message = response(**dict.fromkeys(response.__struct_fields__) | {"status": word})
    raw = msgspec.Raw(b"{}")
    outcome = version.dialect.settled(Reply(message, raw))
    assert type(outcome) is MEANINGS.get(word, outcomes.Rejected)
    assert getattr(outcome, "reason", word) == word
    assert getattr(outcome, "said", None) == raw


LISTS = [
    ("SetVariables", "setVariableResult", "attributeStatus", HEARTBEAT),
    ("GetVariables", "getVariableResult", "attributeStatus", HEARTBEAT),
    (
        "SetVariableMonitoring",
        "setMonitoringResult",
        "status",
        {"type": "Delta", "severity": 5, **HEARTBEAT},
    ),
    ("ClearVariableMonitoring", "clearMonitoringResult", "status", {"id": 1}),
]


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(("action", "items", "status", "rest"), LISTS)
def test_every_status_word_in_a_list_has_a_meaning(
    version: Version, action: str, items: str, status: str, rest: Payload
) -> None:
    words = _words(version, f"{action}Response", items, status)
    assert len(words) > 2
    for word in words:
        assert type(_settle(version, action, {items: [{status: word, **rest}]})) is MEANINGS.get(
            word, outcomes.Rejected
        )


def test_tariffs_that_were_cleared() -> None:
    for word in _words(OF_21, "ClearTariffsResponse", "clearTariffsResult", "status"):
        outcome = _settle(OF_21, "ClearTariffs", {"clearTariffsResult": [{"status": word}]})
        assert type(outcome) is MEANINGS.get(word, outcomes.Rejected)


def _settle(version: Version, action: str, answer: Payload) -> AnyOutcome:
    raw = msgspec.Raw(json.dumps(answer).encode())
    version.check(f"{action}Response", bytes(raw))
    return version.dialect.settled(version.dialect.understand(version.dialect.catalogue[action], raw))


@pytest.mark.parametrize(
    ("action", "items", "words", "outcome"),
    [
        ("SetVariables", "setVariableResult", ["Accepted", "RebootRequired"], outcomes.Scheduled),
        (
            "SetVariables",
            "setVariableResult",
            ["RebootRequired", "Rejected", "Accepted"],
            outcomes.Rejected,
        ),
        ("GetVariables", "getVariableResult", ["UnknownVariable", "Accepted"], outcomes.Accepted),
        ("GetVariables", "getVariableResult", ["UnknownVariable", "Rejected"], outcomes.Unsupported),
    ],
)
def test_of_several_things_set_the_worst_counts_and_of_those_read_the_best(
    action: str, items: str, words: list[str], outcome: type[AnyOutcome]
) -> None:
    answer = {items: [{"attributeStatus": word, **HEARTBEAT} for word in words]}
    assert type(_settle(OF_201, action, answer)) is outcome


def test_an_answer_without_a_status_is_a_yes() -> None:
    assert isinstance(_settle(OF_201, "GetLocalListVersion", {"versionNumber": 7}), outcomes.Accepted)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_all_variables_come_later_in_reports(version: Version) -> None:
    command = commands.ReadInventory(request_id=5, scope="Configuration")
    assert isinstance(_outcome(version, command, {"status": "Accepted"}), outcomes.Accepted)
    assert isinstance(_outcome(version, command, {"status": "NotSupported"}), outcomes.Unsupported)
    assert isinstance(_outcome(version, command, {"status": "EmptyResultSet"}), outcomes.Rejected)


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        (["Rejected"], outcomes.Rejected),
        (["NotImplemented"], outcomes.Unsupported),
        (["Accepted", "Rejected"], outcomes.Accepted),
        (["Accepted", "Accepted", "NotImplemented"], outcomes.Accepted),
        (["Accepted"] * 64, outcomes.Accepted),
    ],
    ids=str,
)
def test_the_state_of_all_is_asked_of_one_after_the_other(
    answers: list[str], outcome: type[AnyOutcome]
) -> None:
    command = commands.Trigger(topic="StatusNotification")
    assert type(_outcome(OF_201, command, *({"status": word} for word in answers))) is outcome


def test_outlets_are_asked_by_number() -> None:
    script = OF_201.dialect.phrase(commands.Trigger(topic="StatusNotification", evse=0))
    request = next(script)
    for number in (1, 2, 3):
        asked = json.loads(msgspec.json.encode(request))
        assert asked["evse"] == {"id": number, "connectorId": 1}
        action = OF_201.dialect.action_of(request)
        request = script.send(OF_201.dialect.understand(action, msgspec.Raw(b'{"status":"Accepted"}')))


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_sloppy_answer_is_understood(version: Version) -> None:
    script = version.dialect.phrase(commands.Reset())
    action = version.dialect.action_of(next(script))
    reply = version.dialect.understand(action, msgspec.Raw(b'{"status": "accepted", "extra": 1}'))
    with pytest.raises(StopIteration) as end:
        script.send(reply)
    assert isinstance(end.value.value, outcomes.Accepted)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_every_action_for_charge_points_can_be_called_by_name(version: Version) -> None:
    """With nothing in it: said where nothing is required, invalid where something is; never unsupported."""
    for action in version.dialect.catalogue.to_charge_point():
        command = commands.RawCall(action=action.name, payload=msgspec.Raw(b"{}"))
        if version.schema(f"{action.name}Request").get("required"):
            assert isinstance(_refusal(version, command), outcomes.Invalid)
        else:
            assert _said(version, command) == (action.name, {})


@pytest.mark.parametrize("action", ["TransactionEvent", "ChangeConfiguration", "", "reset", "A" * 200])
def test_what_a_charge_point_cannot_be_asked_is_never_said(action: str) -> None:
    command = commands.RawCall(action=action, payload=msgspec.Raw(b"{}"))
    assert isinstance(_refusal(OF_201, command), outcomes.Invalid)


@pytest.mark.parametrize("version", BOTH, ids=named)
@pytest.mark.parametrize(
    ("answer", "is_ongoing"),
    [({"messagesInQueue": True}, None), ({"messagesInQueue": True, "ongoingIndicator": False}, False)],
    ids=str,
)
def test_what_is_told_of_a_transaction(version: Version, answer: Payload, is_ongoing: bool | None) -> None:
    outcome = _outcome(version, commands.GetTransactionStatus(), answer)
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == TransactionStatusTold(is_ongoing=is_ongoing, has_messages=True)
    assert json.loads(bytes(outcome.said)) == answer


@pytest.mark.parametrize(
    "command",
    [
        commands.Reset(resume=True),
        commands.Trigger(topic="CustomTrigger", custom="x"),
        commands.Trigger(topic="SignV2G20Certificate"),
        commands.SetNetworkProfile(slot=1, profile=replace(NETWORK, identity="CP7")),
        commands.SetNetworkProfile(slot=1, profile=replace(NETWORK, interface="Any")),
        commands.SetMonitors(monitors=(replace(WATCHED, interval_s=5),)),
        commands.SetMonitors(monitors=(replace(WATCHED, type="TargetDelta"),)),
    ],
    ids=str,
)
def test_what_only_the_next_version_can_say(command: commands.Command) -> None:
    assert isinstance(_refusal(OF_201, command), outcomes.Invalid)
    next(OF_21.dialect.phrase(command))


def test_streams_exist_in_the_next_version_only() -> None:
    for command in (commands.ReadEventStreams(), commands.AdjustEventStream(stream_id=1)):
        assert isinstance(_refusal(OF_201, command), outcomes.Unsupported)
