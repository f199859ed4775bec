"""The specification's own schemas of 1.6, from the development dependency `ocpp`, and messages to go by."""

import json
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema
import msgspec

from chargeyard.dialects.dialect import Heard
from chargeyard.dialects.v16 import V16

NOW = datetime(2026, 11, 21, 8, 15, tzinfo=UTC)
STAMP = "2026-11-21T08:14:59Z"


@cache
def schema(name: str) -> dict[str, Any]:
    """`Heartbeat` for a request, `HeartbeatResponse` for an answer."""
    loaded: dict[str, Any] = json.loads(files("ocpp").joinpath("v16", "schemas", f"{name}.json").read_bytes())
    return loaded


def check(name: str, payload: bytes) -> Any:
    """The payload, if the schema takes it; raises jsonschema.ValidationError else."""
    value = json.loads(payload)
    jsonschema.validate(value, schema(name), format_checker=jsonschema.FormatChecker())
    return value


def hear(action: str, payload: Any, *, strict: bool = False) -> Heard:
    """What the dialect makes of a call."""
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return V16.read(action, msgspec.Raw(raw), NOW, strict=strict)


REQUESTS: dict[str, dict[str, Any]] = {
    "Authorize": {"idTag": "CARD1"},
    "BootNotification": {
        "chargePointVendor": "Vendor",
        "chargePointModel": "Model",
        "chargePointSerialNumber": "CP-1",
        "chargeBoxSerialNumber": "CB-1",
        "firmwareVersion": "1.2.3",
        "iccid": "89490200",
        "imsi": "262011",
        "meterType": "M",
        "meterSerialNumber": "M-1",
    },
    "DataTransfer": {"vendorId": "com.vendor", "messageId": "hello", "data": "world"},
    "DiagnosticsStatusNotification": {"status": "Uploading"},
    "FirmwareStatusNotification": {"status": "Downloading"},
    "Heartbeat": {},
    "LogStatusNotification": {"status": "Uploaded", "requestId": 4},
    "MeterValues": {
        "connectorId": 1,
        "transactionId": 7,
        "meterValue": [{"timestamp": STAMP, "sampledValue": [{"value": "1500"}]}],
    },
    "SecurityEventNotification": {"type": "TamperDetectionActivated", "timestamp": STAMP, "techInfo": "door"},
    "SignCertificate": {"csr": "-----BEGIN CERTIFICATE REQUEST-----"},
    "SignedFirmwareStatusNotification": {"status": "SignatureVerified", "requestId": 5},
    "StartTransaction": {
        "connectorId": 2,
        "idTag": "CARD1",
        "meterStart": 1000,
        "timestamp": STAMP,
        "reservationId": 3,
    },
    "StatusNotification": {
        "connectorId": 1,
        "errorCode": "NoError",
        "status": "Available",
        "timestamp": STAMP,
        "info": "fine",
        "vendorId": "V",
        "vendorErrorCode": "0",
    },
    "StopTransaction": {
        "transactionId": 7,
        "meterStop": 8000,
        "timestamp": STAMP,
        "idTag": "CARD1",
        "reason": "EVDisconnected",
        "transactionData": [
            {"timestamp": STAMP, "sampledValue": [{"value": "8000", "context": "Transaction.End"}]}
        ],
    },
}
