"""Every request of the central system is answered with a valid response, and has its consequences."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from chargeyard.ocpp.v16 import CATALOGUE
from chargeyard.simulator import instants
from chargeyard.simulator.v16.answers import HANDLERS
from chargeyard.simulator.v16.connectors import Connector
from chargeyard.simulator.vehicle import Vehicle
from tests.conftest import RequireService
from tests.simulator.bench import START, Bench
from tests.simulator.test_certificates import ROOT_PEM

NewCar = Callable[[], Vehicle]
LATER = instants.written(START + 3_600)
FIRMWARE = {
    "location": "https://files.example/fw.bin",
    "retrieveDateTime": instants.written(START),
    "signingCertificate": ROOT_PEM,
    "signature": "c2lnbmF0dXJl",
}

# One request for each action, and the status that it must get from an idle charge point with two connectors.
REQUESTS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("CancelReservation", {"reservationId": 1}, {"status": "Rejected"}),
    ("CertificateSigned", {"certificateChain": ROOT_PEM}, {"status": "Accepted"}),
    ("CertificateSigned", {"certificateChain": "rubbish"}, {"status": "Rejected"}),
    ("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}, {"status": "Accepted"}),
    ("ChangeAvailability", {"connectorId": 9, "type": "Inoperative"}, {"status": "Rejected"}),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "60"}, {"status": "Accepted"}),
    ("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "soon"}, {"status": "Rejected"}),
    ("ChangeConfiguration", {"key": "NumberOfConnectors", "value": "3"}, {"status": "Rejected"}),
    ("ChangeConfiguration", {"key": "SecurityProfile", "value": "2"}, {"status": "RebootRequired"}),
    ("ChangeConfiguration", {"key": "SecurityProfile", "value": "0"}, {"status": "Rejected"}),
    ("ChangeConfiguration", {"key": "Colour", "value": "red"}, {"status": "NotSupported"}),
    ("ChangeConfiguration", {"key": "MeterValuesSampledData", "value": "SoC,RPM"}, {"status": "Rejected"}),
    ("ClearCache", {}, {"status": "Accepted"}),
    ("ClearChargingProfile", {}, {"status": "Unknown"}),
    ("DataTransfer", {"vendorId": "nobody"}, {"status": "UnknownVendorId"}),
    ("DataTransfer", {"vendorId": "org.chargeyard.simulator"}, {"status": "UnknownMessageId"}),
    (
        "DataTransfer",
        {"vendorId": "org.chargeyard.simulator", "messageId": "Echo", "data": "x"},
        {"status": "Accepted", "data": "x"},
    ),
    (
        "DeleteCertificate",
        {
            "certificateHashData": {
                "hashAlgorithm": "SHA256",
                "issuerNameHash": "00",
                "issuerKeyHash": "00",
                "serialNumber": "1",
            }
        },
        {"status": "NotFound"},
    ),
    ("ExtendedTriggerMessage", {"requestedMessage": "LogStatusNotification"}, {"status": "Accepted"}),
    ("GetCompositeSchedule", {"connectorId": 7, "duration": 60}, {"status": "Rejected"}),
    ("GetConfiguration", {"key": ["Nonsense"]}, {"unknownKey": ["Nonsense"]}),
    (
        "GetConfiguration",
        {"key": ["NumberOfConnectors"]},
        {"configurationKey": [{"key": "NumberOfConnectors", "readonly": True, "value": "2"}]},
    ),
    (
        "GetConfiguration",
        {"key": ["AuthorizationKey"]},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False}]},
    ),
    (
        "GetInstalledCertificateIds",
        {"certificateType": "ManufacturerRootCertificate"},
        {"status": "NotFound"},
    ),
    ("GetLocalListVersion", {}, {"listVersion": 0}),
    (
        "InstallCertificate",
        {"certificateType": "ManufacturerRootCertificate", "certificate": "rubbish"},
        {"status": "Rejected"},
    ),
    ("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1}, {"status": "Accepted"}),
    ("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 3}, {"status": "Rejected"}),
    ("RemoteStopTransaction", {"transactionId": 4}, {"status": "Rejected"}),
    (
        "ReserveNow",
        {"connectorId": 1, "expiryDate": LATER, "idTag": "TAG", "reservationId": 5},
        {"status": "Accepted"},
    ),
    ("Reset", {"type": "Hard"}, {"status": "Accepted"}),
    ("SendLocalList", {"listVersion": 3, "updateType": "Full"}, {"status": "Accepted"}),
    ("SignedUpdateFirmware", {"requestId": 1, "firmware": FIRMWARE}, {"status": "Accepted"}),
    (
        "SignedUpdateFirmware",
        {"requestId": 1, "firmware": {**FIRMWARE, "signingCertificate": "rubbish"}},
        {"status": "InvalidCertificate"},
    ),
    ("TriggerMessage", {"requestedMessage": "Heartbeat"}, {"status": "Accepted"}),
    ("TriggerMessage", {"requestedMessage": "MeterValues", "connectorId": 8}, {"status": "Rejected"}),
    ("UnlockConnector", {"connectorId": 2}, {"status": "Unlocked"}),
    ("UnlockConnector", {"connectorId": 3}, {"status": "NotSupported"}),
    ("UpdateFirmware", {"location": "ftp://x/y", "retrieveDate": instants.written(START)}, {}),
]


def test_no_request_is_forgotten() -> None:
    """The table of answers has every action that a central system may ask."""
    assert set(HANDLERS) == {action.name for action in CATALOGUE.to_charge_point()}


@pytest.mark.parametrize(("action", "payload", "response"), REQUESTS)
def test_answer(bench: Bench, action: str, payload: dict[str, Any], response: dict[str, Any]) -> None:
    """The bench checks request and response against the schemas."""
    assert bench.call(action, payload) == response


def test_all_keys_can_be_read(bench: Bench) -> None:
    keys = bench.call("GetConfiguration")["configurationKey"]
    assert len(keys) > 35
    assert all("value" in key for key in keys if key["key"] != "AuthorizationKey")


def test_remote_start_and_stop(bench: Bench, car: NewCar) -> None:
    bench.call("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 2})
    assert bench.statuses(2) == ["Preparing"]
    bench.cp.charging.plug_in(bench.cp.connectors[1], car())
    bench.run(1.0)
    assert bench.actions("StatusNotification") == ["StartTransaction", "MeterValues"]
    assert bench.call("RemoteStopTransaction", {"transactionId": 501}) == {"status": "Accepted"}
    assert bench.payloads("StopTransaction")[0]["reason"] == "Remote"


def test_remote_start_without_a_car_times_out(bench: Bench) -> None:
    """ConnectionTimeOut."""
    bench.call("RemoteStartTransaction", {"idTag": "TAG", "connectorId": 1})
    bench.run(61.0)
    assert bench.statuses(1) == ["Preparing", "Available"]


def test_remote_start_asks_first_if_configured(bench: Bench, car: NewCar) -> None:
    """AuthorizeRemoteTxRequests."""
    bench.call("ChangeConfiguration", {"key": "AuthorizeRemoteTxRequests", "value": "true"})
    bench.cp.charging.plug_in(bench.cp.connectors[0], car())
    bench.call("RemoteStartTransaction", {"idTag": "TAG"})
    assert bench.actions("StatusNotification") == ["Authorize", "StartTransaction", "MeterValues"]


def test_availability_is_scheduled_during_a_transaction(bench: Bench, car: NewCar) -> None:
    connector = charge(bench, car)
    request = {"connectorId": 0, "type": "Inoperative"}
    assert bench.call("ChangeAvailability", request) == {"status": "Scheduled"}
    assert bench.statuses(0) == ["Unavailable"]
    assert bench.statuses(2) == ["Unavailable"]
    assert bench.statuses(1)[-1] == "Charging"
    bench.cp.charging.stop(connector, "Local")
    bench.run(1.0)
    assert bench.statuses(1)[-1] == "Unavailable"
    assert bench.call("ChangeAvailability", {"connectorId": 0, "type": "Operative"}) == {"status": "Accepted"}
    assert bench.statuses(1)[-1] == "Finishing"


def test_reservation_holds_the_connector_for_one_token(bench: Bench, car: NewCar) -> None:
    request = {"connectorId": 1, "expiryDate": LATER, "idTag": "MINE", "reservationId": 5}
    bench.call("ReserveNow", request)
    assert bench.statuses(1) == ["Reserved"]
    assert bench.call("ReserveNow", {**request, "reservationId": 6}) == {"status": "Occupied"}
    connector = bench.cp.connectors[0]
    bench.cp.charging.show_token(connector, "OTHER")
    bench.run(1.0)
    assert bench.payloads("Authorize") == []
    bench.cp.charging.plug_in(connector, car())
    bench.cp.charging.show_token(connector, "mine")
    bench.run(1.0)
    assert bench.payloads("StartTransaction")[0]["reservationId"] == 5


def test_reservation_ends_by_itself_or_by_cancelling(bench: Bench) -> None:
    request = {"connectorId": 1, "expiryDate": LATER, "idTag": "MINE", "reservationId": 5}
    bench.call("ReserveNow", request)
    bench.run(3_700.0)
    assert bench.statuses(1) == ["Reserved", "Available"]
    assert bench.call("ReserveNow", request) == {"status": "Rejected"}
    soon = {**request, "expiryDate": instants.written(bench.now + 100)}
    bench.call("ReserveNow", soon)
    assert bench.call("CancelReservation", {"reservationId": 5}) == {"status": "Accepted"}
    assert bench.statuses(1)[-1] == "Available"


def test_local_list_lets_drivers_start_offline(bench: Bench, car: NewCar) -> None:
    entries = [{"idTag": "LOCAL", "idTagInfo": {"status": "Accepted"}}]
    update = {"listVersion": 7, "updateType": "Full", "localAuthorizationList": entries}
    assert bench.call("SendLocalList", update) == {"status": "Accepted"}
    assert bench.call("GetLocalListVersion") == {"listVersion": 7}
    stale = {"listVersion": 7, "updateType": "Differential"}
    assert bench.call("SendLocalList", stale) == {"status": "VersionMismatch"}
    bench.lose_connection()
    for connector, id_tag in zip(bench.cp.connectors, ("local", "UNKNOWN"), strict=True):
        bench.cp.charging.plug_in(connector, car())
        bench.cp.charging.show_token(connector, id_tag)
    assert bench.cp.connectors[0].transaction is not None
    assert bench.cp.connectors[1].transaction is None


def test_deleted_from_the_local_list(bench: Bench) -> None:
    entries = [{"idTag": "LOCAL", "idTagInfo": {"status": "Accepted"}}]
    bench.call("SendLocalList", {"listVersion": 1, "updateType": "Full", "localAuthorizationList": entries})
    removal = {"listVersion": 2, "updateType": "Differential", "localAuthorizationList": [{"idTag": "LOCAL"}]}
    assert bench.call("SendLocalList", removal) == {"status": "Accepted"}
    assert bench.cp.tokens.find("LOCAL") is None


def test_cleared_cache_forgets_tokens(bench: Bench, car: NewCar) -> None:
    charge(bench, car)
    assert bench.cp.tokens.find("TAG") is not None
    bench.call("ClearCache")
    assert bench.cp.tokens.find("TAG") is None


def test_triggered_messages_come_after_the_answer(bench: Bench) -> None:
    for message, action in (
        ("DiagnosticsStatusNotification", "DiagnosticsStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
        ("Heartbeat", "Heartbeat"),
        ("BootNotification", "BootNotification"),
    ):
        bench.forget()
        assert bench.call("TriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
        assert bench.actions()[0] == action
    bench.forget()
    bench.call("TriggerMessage", {"requestedMessage": "MeterValues"})
    assert [payload["connectorId"] for payload in bench.payloads("MeterValues")] == [1, 2]
    bench.call("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 0})
    assert bench.statuses(0) == ["Available"]


def test_extended_triggers(bench: Bench) -> None:
    for message, action in (
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "SignedFirmwareStatusNotification"),
        ("SignChargePointCertificate", "SignCertificate"),
    ):
        bench.forget()
        assert bench.call("ExtendedTriggerMessage", {"requestedMessage": message}) == {"status": "Accepted"}
        assert bench.actions() == [action]


def test_firmware_update_reboots_into_the_new_version(bench: Bench) -> None:
    bench.call("UpdateFirmware", {"location": "https://x/fw", "retrieveDate": LATER})
    bench.run(3_000.0)
    assert bench.payloads("FirmwareStatusNotification") == []
    bench.run(1_000.0)
    told = [payload["status"] for payload in bench.payloads("FirmwareStatusNotification")]
    assert told == ["Downloading", "Downloaded", "Installing", "Installed"]
    assert bench.connects == 2
    assert bench.payloads("BootNotification")[0]["firmwareVersion"] == "1.4.1"


def test_failed_firmware_download(bench: Bench) -> None:
    bench.call("UpdateFirmware", {"location": "nowhere", "retrieveDate": instants.written(START)})
    bench.run(60.0)
    told = [payload["status"] for payload in bench.payloads("FirmwareStatusNotification")]
    assert told == ["Downloading", "DownloadFailed"]
    assert bench.connects == 1


def test_signed_firmware_update(bench: Bench) -> None:
    bench.call("SignedUpdateFirmware", {"requestId": 4, "firmware": FIRMWARE})
    again = bench.call("SignedUpdateFirmware", {"requestId": 5, "firmware": FIRMWARE})
    assert again == {"status": "AcceptedCanceled"}
    bench.run(120.0)
    told = bench.payloads("SignedFirmwareStatusNotification")
    assert [payload["status"] for payload in told] == [
        "Downloading",
        "Downloaded",
        "SignatureVerified",
        "Installing",
        "InstallRebooting",
        "Installed",
    ]
    assert {payload["requestId"] for payload in told} == {5}


def test_diagnostics_and_logs(bench: Bench) -> None:
    assert bench.call("GetDiagnostics", {"location": "ftp://x/"})["fileName"].startswith("diagnostics-SIM-1")
    request = {"logType": "SecurityLog", "requestId": 3, "log": {"remoteLocation": "https://x/"}}
    assert bench.call("GetLog", request)["status"] == "Accepted"
    assert bench.call("GetLog", {**request, "requestId": 4})["status"] == "AcceptedCanceled"
    bench.run(60.0)
    told = [payload["status"] for payload in bench.payloads("DiagnosticsStatusNotification")]
    assert told == ["Uploading", "Uploaded"]
    assert bench.payloads("LogStatusNotification") == [
        {"status": "Uploading", "requestId": 4},
        {"status": "Uploaded", "requestId": 4},
    ]


def test_certificates_are_stored_listed_and_deleted(bench: Bench) -> None:
    request = {"certificateType": "CentralSystemRootCertificate", "certificate": ROOT_PEM}
    assert bench.call("InstallCertificate", request) == {"status": "Accepted"}
    listed = bench.call("GetInstalledCertificateIds", {"certificateType": "CentralSystemRootCertificate"})
    (hashed,) = listed["certificateHashData"]
    upper = {**hashed, "serialNumber": hashed["serialNumber"].upper()}
    assert bench.call("DeleteCertificate", {"certificateHashData": upper}) == {"status": "Accepted"}
    assert bench.call("DeleteCertificate", {"certificateHashData": hashed}) == {"status": "NotFound"}


def test_bad_certificate_raises_a_security_event(bench: Bench) -> None:
    bench.call("CertificateSigned", {"certificateChain": "rubbish"})
    assert bench.payloads("SecurityEventNotification")[0]["type"] == "InvalidChargePointCertificate"


def test_signing_request_is_good(bench: Bench, tmp_path: Path, require_service: RequireService) -> None:
    """An independent reader verifies the signature and finds the names."""
    require_service(shutil.which("openssl"), "the openssl command is not installed")
    bench.call("ExtendedTriggerMessage", {"requestedMessage": "SignChargePointCertificate"})
    file = tmp_path / "request.pem"
    file.write_text(bench.payloads("SignCertificate")[0]["csr"])
    command = ["openssl", "req", "-in", str(file), "-noout", "-verify", "-subject"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = done.stdout + done.stderr
    assert "verify OK" in said or "verify ok" in said
    assert "SIM-1" in said
    assert "Chargeyard" in said


def charge(bench: Bench, car: NewCar) -> Connector:
    connector = bench.cp.connectors[0]
    bench.cp.charging.plug_in(connector, car())
    bench.cp.charging.show_token(connector, "TAG")
    bench.run(1.0)
    return connector


@pytest.mark.parametrize(
    ("key", "password"), [("61" * 16, "a" * 16), ("not hexadecimal!", "not hexadecimal!")]
)
def test_new_authorization_key_is_used_from_the_next_connection_on(
    bench: Bench, key: str, password: str
) -> None:
    """(security whitepaper A01)"""
    bench.call("ChangeConfiguration", {"key": "AuthorizationKey", "value": key})
    bench.run(5.0)
    assert (bench.cp.password, bench.connects) == (password, 2)
