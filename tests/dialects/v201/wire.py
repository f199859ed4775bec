"""The schemas of 2.x from the development dependency `ocpp`, and messages to go by, for both of its versions."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import msgspec
from msgspec import Struct

from chargeyard.dialects import Dialect
from chargeyard.dialects.dialect import Heard
from chargeyard.dialects.v21 import V21
from chargeyard.dialects.v201 import V201
from chargeyard.domain import commands
from chargeyard.domain.answers import Refused
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.rules import decide, evolve

Payload = dict[str, Any]

NOW = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
STAMP = "2026-11-21T08:14:59Z"


class Version(Struct, frozen=True):
    """A dialect, and the schemas of its version that the package has under `folder`."""

    dialect: Dialect
    folder: str
    requests: Mapping[str, Payload]

    def __repr__(self) -> str:
        return self.folder

    def schema(self, name: str) -> Payload:
        """`HeartbeatRequest`, `HeartbeatResponse`."""
        return _schema(self.folder, name)

    def check(self, name: str, payload: bytes) -> Any:
        """The payload, if the schema takes it; raises jsonschema.ValidationError else."""
        value = json.loads(payload)
        jsonschema.validate(value, self.schema(name), format_checker=jsonschema.FormatChecker())
        return value

    def hear(self, action: str, payload: Any, *, strict: bool = False) -> Heard:
        """What the dialect makes of a call."""
        raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
        return self.dialect.read(action, msgspec.Raw(raw), NOW, strict=strict)

    def answer(self, action: str, payload: Any, *, strict: bool = False) -> Any:
        """What the charge point is told once its report is decided, checked against the schema."""
        heard = self.hear(action, payload, strict=strict)
        token = IdToken("CARD1", parent="FAMILY", expires_at=NOW)
        state = ChargePoint(id="CP1")
        decision = decide(state, heard.report, Context(now=NOW, token=token, number=7))
        assert not isinstance(decision.answer, Refused)
        for event in decision.events:
            evolve(state, event)
            msgspec.json.encode(event)
        return self.check(f"{action}Response", self.dialect.answer(heard, decision.answer))


def play(
    version: Version, command: commands.Command, answers: Callable[[str, Payload], Payload]
) -> tuple[list[tuple[str, Payload]], AnyOutcome]:
    """What a charge point that answers so is asked for, and what becomes of the command; all by the schemas."""
    script, asked = version.dialect.phrase(command), []
    try:
        request = next(script)
        while True:
            action = version.dialect.action_of(request)
            payload = version.check(f"{action.name}Request", msgspec.json.encode(request))
            asked.append((action.name, payload))
            answer = json.dumps(answers(action.name, payload)).encode()
            version.check(f"{action.name}Response", answer)
            request = script.send(version.dialect.understand(action, msgspec.Raw(answer)))
    except StopIteration as end:
        return asked, end.value


@cache
def _schema(folder: str, name: str) -> Payload:
    path = files("ocpp").joinpath(folder, "schemas", f"{name}.json")
    loaded: Payload = json.loads(path.read_text("utf-8-sig"))
    # An address of its own would send hypothesis-jsonschema there for what stands in the same file.
    loaded.pop("$id", None)
    return loaded


def small(schema: Any) -> Any:
    """The schema with short lists alone: to draw what is nested five deep with long ones takes minutes."""
    if isinstance(schema, list):
        return [small(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    short = {name: small(part) for name, part in schema.items()}
    if short.get("type") == "array":
        short["maxItems"] = max(short.get("minItems", 0), 1)
    return short


TOKEN = {"idToken": "CARD1", "type": "ISO14443"}
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "ab", "issuerKeyHash": "cd", "serialNumber": "1"}
SCHEDULE = {
    "id": 1,
    "chargingRateUnit": "A",
    "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.0}],
}
PROFILE = {
    "id": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxDefaultProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": [SCHEDULE],
}
PLACE = {"component": {"name": "Connector", "evse": {"id": 1}}, "variable": {"name": "AvailabilityState"}}

REQUESTS: dict[str, Payload] = {
    "Authorize": {"idToken": TOKEN},
    "BootNotification": {
        "reason": "PowerUp",
        "chargingStation": {
            "vendorName": "Vendor",
            "model": "Model",
            "serialNumber": "CP-1",
            "firmwareVersion": "1.2.3",
            "modem": {"iccid": "89490200", "imsi": "262011"},
        },
    },
    "ClearedChargingLimit": {"chargingLimitSource": "EMS", "evseId": 1},
    "DataTransfer": {"vendorId": "com.vendor", "messageId": "hello", "data": "world"},
    "FirmwareStatusNotification": {"status": "SignatureVerified", "requestId": 5},
    "Get15118EVCertificate": {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": "Install",
        "exiRequest": "gA==",
    },
    "GetCertificateStatus": {"ocspRequestData": {**HASHES, "responderURL": "http://ocsp.example"}},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Uploaded", "requestId": 4},
    "MeterValues": {
        "evseId": 1,
        "meterValue": [{"timestamp": STAMP, "sampledValue": [{"value": 1500}]}],
    },
    "NotifyChargingLimit": {"chargingLimit": {"chargingLimitSource": "EMS"}, "evseId": 1},
    "NotifyCustomerInformation": {"data": "none", "seqNo": 0, "generatedAt": STAMP, "requestId": 3},
    "NotifyDisplayMessages": {
        "requestId": 3,
        "messageInfo": [
            {"id": 1, "priority": "InFront", "message": {"format": "UTF8", "content": "Hello"}},
        ],
    },
    "NotifyEVChargingNeeds": {
        "evseId": 1,
        "chargingNeeds": {
            "requestedEnergyTransfer": "DC",
            "dcChargingParameters": {"evMaxCurrent": 200, "evMaxVoltage": 800},
        },
    },
    "NotifyEVChargingSchedule": {"timeBase": STAMP, "evseId": 1, "chargingSchedule": SCHEDULE},
    "NotifyEvent": {
        "generatedAt": STAMP,
        "seqNo": 0,
        "eventData": [
            {
                "eventId": 1,
                "timestamp": STAMP,
                "trigger": "Delta",
                "actualValue": "Available",
                "eventNotificationType": "HardWiredNotification",
                **PLACE,
            }
        ],
    },
    "NotifyMonitoringReport": {"requestId": 3, "seqNo": 0, "generatedAt": STAMP},
    "NotifyReport": {
        "requestId": 3,
        "seqNo": 0,
        "generatedAt": STAMP,
        "tbc": True,
        "reportData": [
            {
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "BasicAuthPassword"},
                "variableAttribute": [{"type": "Actual", "mutability": "WriteOnly"}],
                "variableCharacteristics": {"dataType": "string", "supportsMonitoring": False},
            },
        ],
    },
    "PublishFirmwareStatusNotification": {"status": "Downloaded", "requestId": 5},
    "ReportChargingProfiles": {
        "requestId": 3,
        "chargingLimitSource": "CSO",
        "evseId": 1,
        "chargingProfile": [PROFILE],
    },
    "ReservationStatusUpdate": {"reservationId": 3, "reservationUpdateStatus": "Expired"},
    "SecurityEventNotification": {"type": "TamperDetectionActivated", "timestamp": STAMP, "techInfo": "door"},
    "SignCertificate": {
        "csr": "-----BEGIN CERTIFICATE REQUEST-----",
        "certificateType": "V2GCertificate",
    },
    "StatusNotification": {
        "timestamp": STAMP,
        "connectorStatus": "Occupied",
        "evseId": 2,
        "connectorId": 1,
    },
    "TransactionEvent": {
        "eventType": "Started",
        "timestamp": STAMP,
        "triggerReason": "Authorized",
        "seqNo": 0,
        "transactionInfo": {"transactionId": "tx-1", "chargingState": "Charging", "remoteStartId": 12},
        "offline": True,
        "reservationId": 3,
        "evse": {"id": 2, "connectorId": 1},
        "idToken": TOKEN,
        "meterValue": [
            {"timestamp": STAMP, "sampledValue": [{"value": 1000, "context": "Transaction.Begin"}]},
        ],
    },
}

OF_201 = Version(V201, "v201", REQUESTS)

OF_21 = Version(
    V21,
    "v21",
    {
        **REQUESTS,
        "BatterySwap": {
            "eventType": "BatteryIn",
            "requestId": 1,
            "idToken": TOKEN,
            "batteryData": [{"evseId": 1, "serialNumber": "B-1", "soC": 12.5, "soH": 98}],
        },
        "ClosePeriodicEventStream": {"id": 1},
        "GetCertificateChainStatus": {
            "certificateStatusRequests": [
                {"certificateHashData": HASHES, "source": "OCSP", "urls": ["http://ocsp.example"]},
            ]
        },
        "NotifyDERAlarm": {"controlType": "EnterService", "timestamp": STAMP},
        "NotifyDERStartStop": {"controlId": "c-1", "started": True, "timestamp": STAMP},
        "NotifyPriorityCharging": {"transactionId": "tx-1", "activated": True},
        "NotifySettlement": {
            "pspRef": "psp-1",
            "status": "Settled",
            "settlementAmount": 12.5,
            "settlementTime": STAMP,
        },
        "OpenPeriodicEventStream": {
            "constantStreamData": {"id": 1, "variableMonitoringId": 2, "params": {"interval": 5}}
        },
        "PullDynamicScheduleUpdate": {"chargingProfileId": 1},
        "ReportDERControl": {"requestId": 3},
        "VatNumberValidation": {"vatNumber": "DE123456789", "evseId": 2},
    },
)

BOTH = (OF_201, OF_21)


def named(version: Version) -> str:
    """For the names of parametrised tests."""
    return version.folder
