"""What charge points of 2.0.1 and 2.1 answer to each request of the central system."""

from __future__ import annotations

from typing import Any

import pytest

from chargeyard.ocpp import v21, v201
from chargeyard.simulator.v2x.answers import HANDLERS
from tests.simulator.bench import LaterBench, Payload
from tests.simulator.test_certificates import ROOT_PEM

TOKEN = {"idToken": "TAG", "type": "ISO14443"}
PROFILE: Payload = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [
        {
            "id": 1,
            "chargingRateUnit": "W",
            "startSchedule": "2020-01-01T00:00:00Z",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6_000}],
        }
    ],
}
TARIFF = {"tariffId": "T1", "currency": "EUR", "energy": {"prices": [{"priceKwh": 0.5}]}}
HEARTBEAT = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "HeartbeatInterval"}}
POWER = {"component": {"name": "EVSE", "evse": {"id": 1}}, "variable": {"name": "Power"}}
HASH = {
    "hashAlgorithm": "SHA256",
    "issuerNameHash": "8ad465302635dc2846e8c5048bdfef8ce0257eb3b53c000c23e7d31060915403",
    "issuerKeyHash": "ebf3eab109820724733aa5b494ac757a59be7179a98f94cc3026a88d938c7314",
    "serialNumber": "1a2b3c",
}
ACCEPTED = {"status": "Accepted"}
REJECTED = {"status": "Rejected"}
PAST = "2020-01-01T00:00:00Z"

# action: (payload, what of the answer is expected)
IDLE: dict[str, tuple[Payload, Payload]] = {
    "CancelReservation": ({"reservationId": 9}, REJECTED),
    "CertificateSigned": ({"certificateChain": ROOT_PEM}, ACCEPTED),
    "ChangeAvailability": ({"operationalStatus": "Inoperative"}, ACCEPTED),
    "ClearCache": ({}, ACCEPTED),
    "ClearChargingProfile": ({"chargingProfileId": 5}, {"status": "Unknown"}),
    "ClearDisplayMessage": ({"id": 1}, {"status": "Unknown"}),
    "ClearVariableMonitoring": ({"id": [1]}, {"clearMonitoringResult": [{"status": "NotFound", "id": 1}]}),
    "CostUpdated": ({"totalCost": 1.5, "transactionId": "x"}, {}),
    "CustomerInformation": (
        {"requestId": 1, "report": True, "clear": False, "idToken": TOKEN},
        ACCEPTED,
    ),
    "DataTransfer": ({"vendorId": "nobody"}, {"status": "UnknownVendorId"}),
    "DeleteCertificate": ({"certificateHashData": HASH}, {"status": "NotFound"}),
    "GetBaseReport": ({"requestId": 1, "reportBase": "FullInventory"}, ACCEPTED),
    "GetChargingProfiles": ({"requestId": 1, "chargingProfile": {}}, {"status": "NoProfiles"}),
    "GetCompositeSchedule": ({"duration": 60, "evseId": 1}, ACCEPTED),
    "GetDisplayMessages": ({"requestId": 1}, {"status": "Unknown"}),
    "GetInstalledCertificateIds": ({}, {"status": "NotFound"}),
    "GetLocalListVersion": ({}, {"versionNumber": 0}),
    "GetLog": (
        {"log": {"remoteLocation": "https://x/"}, "logType": "SecurityLog", "requestId": 3},
        ACCEPTED,
    ),
    "GetMonitoringReport": ({"requestId": 1}, {"status": "EmptyResultSet"}),
    "GetReport": ({"requestId": 1, "componentCriteria": ["Problem"]}, {"status": "EmptyResultSet"}),
    "GetTransactionStatus": ({}, {"messagesInQueue": False}),
    "GetVariables": (
        {"getVariableData": [HEARTBEAT]},
        {"getVariableResult": [{**HEARTBEAT, "attributeStatus": "Accepted", "attributeValue": "300"}]},
    ),
    "InstallCertificate": (
        {"certificateType": "CSMSRootCertificate", "certificate": ROOT_PEM},
        ACCEPTED,
    ),
    "PublishFirmware": ({"location": "https://x/f", "checksum": "a" * 32, "requestId": 1}, ACCEPTED),
    "RequestStartTransaction": ({"idToken": TOKEN, "remoteStartId": 7, "evseId": 1}, ACCEPTED),
    "RequestStopTransaction": ({"transactionId": "x"}, REJECTED),
    "ReserveNow": ({"id": 1, "expiryDateTime": PAST, "idToken": TOKEN, "evseId": 1}, REJECTED),
    "Reset": ({"type": "OnIdle"}, ACCEPTED),
    "SendLocalList": ({"versionNumber": 1, "updateType": "Full"}, ACCEPTED),
    "SetChargingProfile": ({"evseId": 0, "chargingProfile": PROFILE}, ACCEPTED),
    "SetDisplayMessage": (
        {"message": {"id": 1, "priority": "InFront", "message": {"format": "UTF8", "content": "Hello"}}},
        ACCEPTED,
    ),
    "SetMonitoringBase": ({"monitoringBase": "All"}, ACCEPTED),
    "SetMonitoringLevel": ({"severity": 5}, ACCEPTED),
    "SetNetworkProfile": (
        {
            "configurationSlot": 2,
            "connectionData": {
                "ocppVersion": "OCPP20",
                "ocppTransport": "JSON",
                "ocppCsmsUrl": "wss://x/ocpp",
                "messageTimeout": 30,
                "securityProfile": 2,
                "ocppInterface": "Wired0",
            },
        },
        ACCEPTED,
    ),
    "SetVariableMonitoring": (
        {"setMonitoringData": [{**POWER, "value": 5_000, "type": "UpperThreshold", "severity": 4}]},
        {
            "setMonitoringResult": [
                {**POWER, "status": "Accepted", "type": "UpperThreshold", "severity": 4, "id": 1}
            ]
        },
    ),
    "SetVariables": (
        {"setVariableData": [{**HEARTBEAT, "attributeValue": "60"}]},
        {"setVariableResult": [{**HEARTBEAT, "attributeStatus": "Accepted"}]},
    ),
    "TriggerMessage": ({"requestedMessage": "Heartbeat"}, ACCEPTED),
    "UnlockConnector": ({"evseId": 1, "connectorId": 1}, {"status": "Unlocked"}),
    "UnpublishFirmware": ({"checksum": "a" * 32}, {"status": "NoFirmware"}),
    "UpdateFirmware": (
        {"requestId": 1, "firmware": {"location": "https://x/f", "retrieveDateTime": PAST}},
        ACCEPTED,
    ),
}
IDLE_21: dict[str, tuple[Payload, Payload]] = {
    "AFRRSignal": ({"timestamp": PAST, "signal": 3}, REJECTED),
    "AdjustPeriodicEventStream": ({"id": 1, "params": {"interval": 5}}, REJECTED),
    "ChangeTransactionTariff": ({"tariff": TARIFF, "transactionId": "x"}, {"status": "TxNotFound"}),
    "ClearDERControl": ({"isDefault": True}, {"status": "NotFound"}),
    "ClearTariffs": ({}, {"clearTariffsResult": [{"status": "NoTariff"}]}),
    "GetDERControl": ({"requestId": 1}, {"status": "NotFound"}),
    "GetPeriodicEventStream": ({}, {}),
    "GetTariffs": ({"evseId": 0}, {"status": "NoTariff"}),
    "NotifyAllowedEnergyTransfer": ({"transactionId": "x", "allowedEnergyTransfer": ["DC"]}, REJECTED),
    "NotifyWebPaymentStarted": ({"evseId": 1, "timeout": 60}, {}),
    "RequestBatterySwap": ({"idToken": TOKEN, "requestId": 1}, ACCEPTED),
    "SetDERControl": (
        {
            "isDefault": True,
            "controlId": "c",
            "controlType": "Gradients",
            "gradient": {"priority": 1, "gradient": 5, "softGradient": 1},
        },
        ACCEPTED,
    ),
    "SetDefaultTariff": ({"evseId": 0, "tariff": TARIFF}, ACCEPTED),
    "UpdateDynamicSchedule": ({"chargingProfileId": 1, "scheduleUpdate": {"limit": 5}}, REJECTED),
    "UsePriorityCharging": ({"transactionId": "x", "activate": True}, REJECTED),
}


def booted(version: str = "2.0.1", **options: Any) -> LaterBench:
    bench = LaterBench(version, **options)
    bench.run(1.0)
    bench.forget()
    return bench


def test_no_request_of_the_central_system_is_missing() -> None:
    """Every action of both catalogues that a central system may ask has a handler, and a test of it here."""
    asked_201 = {action.name for action in v201.CATALOGUE.to_charge_point()}
    asked_21 = {action.name for action in v21.CATALOGUE.to_charge_point()}
    assert set(HANDLERS) == asked_201 | asked_21
    assert set(IDLE) == asked_201
    assert set(IDLE) | set(IDLE_21) == asked_21


@pytest.mark.parametrize("action", IDLE)
def test_every_request_is_answered(later: LaterBench, action: str) -> None:
    payload, expected = IDLE[action]
    answer = later.call(action, payload)
    assert answer | expected == answer
    later.run(120.0)


@pytest.mark.parametrize("action", IDLE_21)
def test_every_request_of_21_is_answered(action: str) -> None:
    bench = booted("2.1")
    payload, expected = IDLE_21[action]
    answer = bench.call(action, payload)
    assert answer | expected == answer
    bench.run(120.0)


@pytest.mark.parametrize("action", IDLE_21)
def test_the_earlier_edition_does_not_know_what_came_later(action: str) -> None:
    bench = booted("2.0.1")
    bench.cp.receive(f'[2,"x","{action}",{{}}]', bench.now)
    [frame] = bench.cp.outgoing()
    assert frame.startswith(b'[4,"x","NotImplemented"')


def test_the_earlier_edition_refuses_the_fields_of_the_later(later: LaterBench) -> None:
    call = '[2,"x","TriggerMessage",{"requestedMessage":"LogStatusNotification","customTrigger":"x"}]'
    later.cp.receive(call, later.now)
    frame = later.cp.outgoing()[0]
    is_later = later.version == "2.1"
    assert frame.startswith(b'[3,"x",{"status":"Accepted"' if is_later else b'[4,"x","FormatViolation"')
