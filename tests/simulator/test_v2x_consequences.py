"""What follows from the answers of charge points of 2.0.1 and 2.1: reports, statuses, events, transactions."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chargeyard.simulator import instants
from chargeyard.simulator.connectors import DC_50_KW, Plug
from chargeyard.simulator.vehicle import Vehicle
from tests.simulator.bench import EDITIONS, LaterBench
from tests.simulator.test_certificates import ROOT_PEM
from tests.simulator.test_v2x_answers import HASH, HEARTBEAT, PAST, POWER, TARIFF, TOKEN, booted
from tests.simulator.test_v2x_transactions import begin

NewCar = Callable[[], Vehicle]
ACCEPTED = {"status": "Accepted"}


# ---------------------------------------------------------------- the device model


@pytest.mark.parametrize("version", EDITIONS)
def test_base_report_has_everything_in_parts(version: str) -> None:
    """NotifyReport with seqNo from 0, and tbc in all but the last; secrets have no value. (B07)"""
    bench = booted(version, plugs=(Plug(3, 22_000, connectors=2), DC_50_KW))
    assert bench.call("GetBaseReport", {"requestId": 4, "reportBase": "FullInventory"}) == ACCEPTED
    bench.run(1.0)
    parts = bench.payloads("NotifyReport")
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert [part["tbc"] for part in parts] == [True] * (len(parts) - 1) + [False]
    assert {part["requestId"] for part in parts} == {4}
    entries = [entry for part in parts for entry in part["reportData"]]
    places = {
        (evse["id"], evse.get("connectorId"))
        for entry in entries
        if (evse := entry["component"].get("evse")) and entry["component"]["name"] == "Connector"
    }
    assert places == {(1, 1), (1, 2), (2, 1)}
    secret = [entry for entry in entries if entry["variable"]["name"] == "BasicAuthPassword"]
    assert [entry["variableAttribute"][0].get("value") for entry in secret] == [None]
    assert ("DCDERCtrlr" in {entry["component"]["name"] for entry in entries}) == (version == "2.1")


def test_reports_are_filtered(later: LaterBench) -> None:
    """By component, EVSE and variable, in any letters. (B08)"""
    wanted = [{"component": {"name": "evse"}, "variable": {"name": "availabilitystate"}}]
    later.call("GetReport", {"requestId": 1, "componentVariable": wanted})
    later.run(1.0)
    [part] = later.payloads("NotifyReport")
    assert [entry["component"]["evse"]["id"] for entry in part["reportData"]] == [1, 2]
    nothing = {"requestId": 1, "componentVariable": [{"component": {"name": "Nothing"}}]}
    assert later.call("GetReport", nothing) == {"status": "EmptyResultSet"}


@pytest.mark.parametrize(
    ("component", "variable", "value", "status"),
    [
        ("OCPPCommCtrlr", "HeartbeatInterval", "60", "Accepted"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "-1", "Rejected"),
        ("OCPPCommCtrlr", "HeartbeatInterval", "soon", "Rejected"),
        ("OCPPCommCtrlr", "NetworkConfigurationPriority", "2,1", "RebootRequired"),
        ("OCPPCommCtrlr", "Colour", "red", "UnknownVariable"),
        ("Nothing", "Colour", "red", "UnknownComponent"),
        ("SecurityCtrlr", "BasicAuthPassword", "a" * 20, "Accepted"),
        ("SecurityCtrlr", "BasicAuthPassword", "short", "Rejected"),
        ("SecurityCtrlr", "Identity", "me", "Rejected"),
        ("TxCtrlr", "TxStartPoint", "EVConnected,Authorized", "Accepted"),
        ("TxCtrlr", "TxStartPoint", "Moonrise", "Rejected"),
        ("AuthCtrlr", "LocalPreAuthorize", "TRUE", "Accepted"),
    ],
)
def test_variables_are_set_with_their_own_status(
    later: LaterBench, component: str, variable: str, value: str, status: str
) -> None:
    place = {"component": {"name": component}, "variable": {"name": variable}}
    answer = later.call("SetVariables", {"setVariableData": [{**place, "attributeValue": value}]})
    assert answer == {"setVariableResult": [{**place, "attributeStatus": status}]}


def test_secrets_and_targets_are_not_read(later: LaterBench) -> None:
    secret = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    wanted = [secret, {**HEARTBEAT, "attributeType": "Target"}]
    answer = later.call("GetVariables", {"getVariableData": wanted})
    statuses = [each["attributeStatus"] for each in answer["getVariableResult"]]
    assert statuses == ["Rejected", "NotSupportedAttributeType"]


def test_items_beyond_the_limit_are_rejected(later: LaterBench) -> None:
    answer = later.call("GetVariables", {"getVariableData": [HEARTBEAT] * 60})
    statuses = [each["attributeStatus"] for each in answer["getVariableResult"]]
    assert statuses == ["Accepted"] * 50 + ["Rejected"] * 10


def test_what_needs_a_reboot_waits_for_it(later: LaterBench) -> None:
    place = {"component": {"name": "OCPPCommCtrlr"}, "variable": {"name": "NetworkConfigurationPriority"}}
    later.call("SetVariables", {"setVariableData": [{**place, "attributeValue": "2,1"}]})
    for value in ("1", "2,1"):
        [read] = later.call("GetVariables", {"getVariableData": [place]})["getVariableResult"]
        assert read["attributeValue"] == value
        later.call("Reset", {"type": "Immediate"})
        later.run(60.0)


# ---------------------------------------------------------------- monitors


def test_threshold_is_told_when_it_is_crossed_and_when_it_is_over(later: LaterBench, car: NewCar) -> None:
    """(N07)"""
    monitor = {**POWER, "value": 5_000, "type": "UpperThreshold", "severity": 4}
    later.call("SetVariableMonitoring", {"setMonitoringData": [monitor]})
    evse = begin(later, car())
    later.run(8 * 3_600.0)
    assert evse.transaction is not None
    later.call("GetMonitoringReport", {"requestId": 1, "monitoringCriteria": ["ThresholdMonitoring"]})
    later.run(1.0)
    told = [payload["eventData"][0] for payload in later.payloads("NotifyEvent")]
    assert [(event["variableMonitoringId"], event.get("cleared")) for event in told] == [(1, None), (1, True)]
    assert float(told[0]["actualValue"]) > 5_000 > float(told[1]["actualValue"])
    [report] = later.payloads("NotifyMonitoringReport")
    [described] = report["monitor"][0]["variableMonitoring"]
    assert ("eventNotificationType" in described) == (later.version == "2.1")
    cleared = later.call("ClearVariableMonitoring", {"id": [1]})
    assert cleared == {"clearMonitoringResult": [{"status": "Accepted", "id": 1}]}


def test_periodic_monitor_tells_again_and_again(later: LaterBench) -> None:
    monitor = {**POWER, "value": 60, "type": "Periodic", "severity": 8}
    later.call("SetVariableMonitoring", {"setMonitoringData": [monitor]})
    later.run(190.0)
    assert [p["eventData"][0]["trigger"] for p in later.payloads("NotifyEvent")] == ["Periodic"] * 3
    later.call("SetMonitoringLevel", {"severity": 7})
    later.forget()
    later.run(190.0)
    assert later.payloads("NotifyEvent") == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"component": {"name": "Nothing"}}, "UnknownComponent"),
        ({"variable": {"name": "Nothing"}}, "UnknownVariable"),
        ({"variable": {"name": "EvseId"}}, "UnsupportedMonitorType"),
        ({"variable": {"name": "AvailabilityState"}}, "UnsupportedMonitorType"),
        ({"value": -1}, "Rejected"),
        ({"id": 77}, "Rejected"),
        ({}, "Duplicate"),
    ],
)
def test_unfit_monitors_are_refused(later: LaterBench, changes: dict[str, object], status: str) -> None:
    """Each by its own status. (N04)"""
    monitor = {**POWER, "value": 5_000, "type": "UpperThreshold", "severity": 4}
    later.call("SetVariableMonitoring", {"setMonitoringData": [monitor]})
    if "value" in changes:
        changes = {**changes, "severity": 5}
    answer = later.call("SetVariableMonitoring", {"setMonitoringData": [{**monitor, **changes}]})
    assert answer["setMonitoringResult"][0]["status"] == status


def test_stream_is_opened_told_adjusted_and_listed() -> None:
    """Values go out as SEND, which nobody answers. (2.1 N11-N15)"""
    bench = booted("2.1")
    monitor = {**POWER, "value": 3_600, "type": "Periodic", "severity": 8}
    stream = {"periodicEventStream": {"interval": 10, "values": 1}}
    bench.call("SetVariableMonitoring", {"setMonitoringData": [{**monitor, **stream}]})
    bench.run(31.0)
    assert len(bench.payloads("NotifyPeriodicEventStream")) == 3
    assert bench.call("AdjustPeriodicEventStream", {"id": 1, "params": {"interval": 100}}) == ACCEPTED
    listed = bench.call("GetPeriodicEventStream")["constantStreamData"]
    assert listed == [{"id": 1, "params": {"interval": 100}, "variableMonitoringId": 1}]
    bench.call("ClearVariableMonitoring", {"id": [1]})
    bench.run(200.0)
    assert bench.payloads("ClosePeriodicEventStream") == [{"id": 1}]


def test_faults_are_events(later: LaterBench) -> None:
    later.cp.charging.fault(later.cp.connectors[0], "GroundFailure")
    later.run(1.0)
    [event] = later.payloads("NotifyEvent")[0]["eventData"]
    assert (event["techCode"], event["actualValue"]) == ("GroundFailure", "true")
    assert later.statuses(1) == ["Faulted"]


# ---------------------------------------------------------------- transactions from afar


def test_remote_start_and_stop(later: LaterBench, car: NewCar) -> None:
    """remoteStartId comes back once, with the idToken. (F01, F03)"""
    later.cp.charging.plug_in(later.cp.connectors[0], car())
    assert later.call("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 7}) == ACCEPTED
    later.run(90.0)
    [number] = {event["transactionInfo"]["transactionId"] for event in later.events()}
    ids = [event["transactionInfo"].get("remoteStartId") for event in later.events()]
    assert ids == [7] + [None] * (len(ids) - 1)
    status = later.call("GetTransactionStatus", {"transactionId": number})
    assert status == {"ongoingIndicator": True, "messagesInQueue": False}
    assert later.call("RequestStopTransaction", {"transactionId": number}) == ACCEPTED
    later.run(1.0)
    assert later.triggers() == [("Started", "RemoteStart"), ("Ended", "RemoteStop")]


def test_remote_start_of_a_transaction_that_runs_names_it(later: LaterBench, car: NewCar) -> None:
    later.cp.model.set_own("TxCtrlr.TxStartPoint", "EVConnected")
    later.cp.charging.plug_in(later.cp.connectors[0], car())
    later.run(1.0)
    answer = later.call("RequestStartTransaction", {"idToken": TOKEN, "remoteStartId": 7})
    later.run(1.0)
    assert answer["transactionId"] == later.events()[0]["transactionInfo"]["transactionId"]
    assert later.triggers() == [("Started", "CablePluggedIn"), ("Updated", "RemoteStart")]


def test_messages_that_wait_are_owned_up_to(later: LaterBench, car: NewCar) -> None:
    """(E14)"""
    later.answers["TransactionEvent"] = lambda _: None
    begin(later, car())
    number = later.events()[0]["transactionInfo"]["transactionId"]
    assert later.call("GetTransactionStatus", {"transactionId": number})["messagesInQueue"] is True


def test_transaction_events_can_be_asked_for(later: LaterBench, car: NewCar) -> None:
    assert later.call("TriggerMessage", {"requestedMessage": "TransactionEvent"})["status"] == "Rejected"
    begin(later, car())
    trigger = {"requestedMessage": "TransactionEvent", "evse": {"id": 1}}
    assert later.call("TriggerMessage", trigger) == ACCEPTED
    later.run(1.0)
    assert later.triggers()[-1] == ("Updated", "Trigger")


@pytest.mark.parametrize(
    ("wanted", "follows"),
    [
        ("LogStatusNotification", "LogStatusNotification"),
        ("FirmwareStatusNotification", "FirmwareStatusNotification"),
        ("PublishFirmwareStatusNotification", "PublishFirmwareStatusNotification"),
        ("Heartbeat", "Heartbeat"),
        ("MeterValues", "MeterValues"),
        ("SignChargingStationCertificate", "SignCertificate"),
        ("SignV2GCertificate", "SignCertificate"),
        ("StatusNotification", "StatusNotification"),
    ],
)
def test_triggered_messages_follow(later: LaterBench, wanted: str, follows: str) -> None:
    """(F06)"""
    payload = {"requestedMessage": wanted, "evse": {"id": 2, "connectorId": 1}}
    assert later.call("TriggerMessage", payload) == ACCEPTED
    later.run(1.0)
    assert set(later.actions()) == {follows}


# ---------------------------------------------------------------- resets, availability, reservations


@pytest.mark.parametrize(("kind", "status"), [("Immediate", "Accepted"), ("OnIdle", "Scheduled")])
def test_reset_ends_or_awaits_the_transaction(later: LaterBench, car: NewCar, kind: str, status: str) -> None:
    """(B11, B12)"""
    evse = begin(later, car())
    assert later.call("Reset", {"type": kind}) == {"status": status}
    later.run(100.0)
    if kind == "OnIdle":
        assert later.payloads("BootNotification") == []
        later.cp.charging.show_token(evse, "TAG")
        later.run(1.0)
        later.run(100.0)
    [boot] = later.payloads("BootNotification")
    assert boot["reason"] == ("RemoteReset" if kind == "Immediate" else "ScheduledReset")
    reason = later.events()[-1]["transactionInfo"]["stoppedReason"]
    assert reason == ("ImmediateReset" if kind == "Immediate" else "Local")


def test_reset_of_one_evse_does_not_boot(later: LaterBench) -> None:
    assert later.call("Reset", {"type": "Immediate", "evseId": 2}) == ACCEPTED
    later.run(60.0)
    assert later.statuses(2) == ["Unavailable", "Available"]
    assert later.payloads("BootNotification") == []


def test_transaction_is_resumed_after_a_reset(car: NewCar) -> None:
    """(2.1 E17)"""
    bench = booted("2.1")
    begin(bench, car())
    assert bench.call("Reset", {"type": "ImmediateAndResume"}) == ACCEPTED
    bench.run(100.0)
    assert bench.triggers()[:2] == [("Started", "Authorized"), ("Updated", "TxResumed")]
    assert len({event["transactionInfo"]["transactionId"] for event in bench.events()}) == 1


def test_availability_waits_for_the_transaction(later: LaterBench, car: NewCar) -> None:
    """(G03)"""
    evse = begin(later, car())
    wish = {"operationalStatus": "Inoperative", "evse": {"id": 1}}
    assert later.call("ChangeAvailability", wish) == {"status": "Scheduled"}
    later.cp.charging.unplug(evse)
    later.run(1.0)
    assert later.statuses(1) == ["Occupied", "Unavailable"]
    wish = {"operationalStatus": "Operative", "evse": {"id": 1}}
    assert later.call("ChangeAvailability", wish) == ACCEPTED
    later.run(1.0)
    assert later.statuses(1)[-1] == "Available"


def test_plug_of_somebody_who_charges_is_not_released(later: LaterBench, car: NewCar) -> None:
    begin(later, car())
    unlock = {"evseId": 1, "connectorId": 1}
    assert later.call("UnlockConnector", unlock) == {"status": "OngoingAuthorizedTransaction"}
    assert later.call("UnlockConnector", {"evseId": 1, "connectorId": 9}) == {"status": "UnknownConnector"}


def test_connectors_of_one_evse_exclude_each_other(car: NewCar) -> None:
    bench = booted(plugs=(Plug(3, 22_000, connectors=2),))
    bench.cp.charging.plug_in(bench.cp.connectors[0], car(), 2)
    bench.run(1.0)
    assert (bench.statuses(1, 1), bench.statuses(1, 2)) == (["Unavailable"], ["Occupied"])


def test_reservation_is_held_used_and_told(later: LaterBench, car: NewCar) -> None:
    """(H01, H03)"""
    wish = {"id": 5, "expiryDateTime": instants.written(later.now + 600), "idToken": TOKEN, "evseId": 1}
    assert later.call("ReserveNow", wish) == ACCEPTED
    later.run(1.0)
    assert later.statuses(1) == ["Reserved"]
    evse = later.cp.connectors[0]
    later.cp.charging.plug_in(evse, car())
    later.cp.charging.show_token(evse, "OTHER")
    later.run(1.0)
    assert later.events() == []
    later.cp.charging.show_token(evse, "TAG")
    later.run(1.0)
    assert later.events()[0]["reservationId"] == 5


def test_reservation_that_is_over_is_told(later: LaterBench) -> None:
    """(H04)"""
    wish = {"id": 5, "expiryDateTime": instants.written(later.now + 60), "idToken": TOKEN}
    assert later.call("ReserveNow", wish) == ACCEPTED
    assert later.call("ReserveNow", {**wish, "id": 6, "connectorType": "cCCS2"}) == {"status": "Rejected"}
    later.run(100.0)
    [update] = later.payloads("ReservationStatusUpdate")
    assert update == {"reservationId": 5, "reservationUpdateStatus": "Expired"}


def test_local_list_is_kept_and_used_offline(later: LaterBench, car: NewCar) -> None:
    """(D01, C13)"""
    entry = {"idToken": TOKEN, "idTokenInfo": ACCEPTED}
    full = {"versionNumber": 3, "updateType": "Full", "localAuthorizationList": [entry]}
    assert later.call("SendLocalList", full) == ACCEPTED
    assert later.call("GetLocalListVersion") == {"versionNumber": 3}
    older = {**full, "versionNumber": 2, "updateType": "Differential"}
    assert later.call("SendLocalList", older) == {"status": "VersionMismatch"}
    later.lose_connection()
    assert begin(later, car()).transaction is not None


# ---------------------------------------------------------------- firmware, logs, certificates


def test_firmware_update_goes_through_its_statuses(later: LaterBench) -> None:
    """(L01)"""
    firmware = {
        "location": "https://x/f",
        "retrieveDateTime": PAST,
        "signingCertificate": ROOT_PEM,
        "signature": "x",
    }
    assert later.call("UpdateFirmware", {"requestId": 8, "firmware": firmware}) == ACCEPTED
    later.run(200.0)
    told = [(p["status"], p["requestId"]) for p in later.payloads("FirmwareStatusNotification")]
    words = ["Downloading", "Downloaded", "SignatureVerified", "Installing", "InstallRebooting", "Installed"]
    assert told == [(word, 8) for word in words]
    [boot] = later.payloads("BootNotification")
    assert boot["reason"] == "FirmwareUpdate"
    assert boot["chargingStation"]["firmwareVersion"] == "1.4.1"
    broken = {**firmware, "signingCertificate": "rubbish"}
    answer = later.call("UpdateFirmware", {"requestId": 9, "firmware": broken})
    assert answer == {"status": "InvalidCertificate"}


def test_firmware_waits_for_the_transaction(later: LaterBench, car: NewCar) -> None:
    """(L01.FR.06)"""
    evse = begin(later, car())
    firmware = {"location": "https://x/f", "retrieveDateTime": PAST}
    later.call("UpdateFirmware", {"requestId": 8, "firmware": firmware})
    later.run(300.0)
    told = [p["status"] for p in later.payloads("FirmwareStatusNotification")]
    assert told == ["Downloading", "Downloaded", "InstallScheduled"]
    later.cp.charging.unplug(evse)
    later.run(200.0)
    assert later.payloads("FirmwareStatusNotification")[-1]["status"] == "Installed"


def test_second_log_cancels_the_first(later: LaterBench) -> None:
    """(N01.FR.20)"""
    wish = {"log": {"remoteLocation": "https://x/"}, "logType": "DiagnosticsLog", "requestId": 1}
    later.call("GetLog", wish)
    later.run(2.0)
    assert later.call("GetLog", {**wish, "requestId": 2})["status"] == "AcceptedCanceled"
    later.run(60.0)
    told = [(p["status"], p["requestId"]) for p in later.payloads("LogStatusNotification")]
    assert told == [("Uploading", 1), ("AcceptedCanceled", 1), ("Uploading", 2), ("Uploaded", 2)]


def test_firmware_is_published_and_taken_back(later: LaterBench) -> None:
    """(L03, L04)"""
    later.call("PublishFirmware", {"location": "https://x/f", "checksum": "a" * 32, "requestId": 1})
    later.run(60.0)
    told = later.payloads("PublishFirmwareStatusNotification")
    assert [p["status"] for p in told] == ["Downloading", "Downloaded", "ChecksumVerified", "Published"]
    assert told[-1]["location"]
    assert later.call("UnpublishFirmware", {"checksum": "A" * 32}) == {"status": "Unpublished"}


def test_certificates_are_installed_listed_and_deleted(later: LaterBench) -> None:
    """(M03, M04, M05)"""
    wish = {"certificateType": "CSMSRootCertificate", "certificate": ROOT_PEM}
    assert later.call("InstallCertificate", wish) == ACCEPTED
    listed = later.call("GetInstalledCertificateIds", {"certificateType": ["CSMSRootCertificate"]})
    chain = {"certificateType": "CSMSRootCertificate", "certificateHashData": HASH}
    assert listed["certificateHashDataChain"] == [chain]
    assert later.call("DeleteCertificate", {"certificateHashData": HASH}) == ACCEPTED
    assert later.call("GetInstalledCertificateIds") == {"status": "NotFound"}
    assert later.call("InstallCertificate", {**wish, "certificate": "rubbish"})["status"] == "Rejected"


def test_signing_requests_have_numbers_in_the_later_edition(later: LaterBench) -> None:
    later.call("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    later.run(1.0)
    [request] = later.payloads("SignCertificate")
    assert ("requestId" in request) == (later.version == "2.1")


def test_certificate_that_does_not_come_is_asked_for_again(later: LaterBench) -> None:
    """After CertSigningWaitMinimum, which doubles. (A02.FR.17-19)"""
    seconds: list[float] = []

    def accept(_: object) -> dict[str, str]:
        seconds.append(later.now)
        return ACCEPTED

    later.answers["SignCertificate"] = accept
    later.call("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"})
    began = later.now
    later.run(200.0)
    assert [second - began for second in seconds] == pytest.approx([0.0, 60.0, 180.0], abs=1.0)
    later.call("CertificateSigned", {"certificateChain": ROOT_PEM})
    later.run(1_000.0)
    assert len(seconds) == 3


def test_new_password_is_used_from_the_next_connection_on(later: LaterBench) -> None:
    """(A01)"""
    place = {"component": {"name": "SecurityCtrlr"}, "variable": {"name": "BasicAuthPassword"}}
    later.call("SetVariables", {"setVariableData": [{**place, "attributeValue": "x" * 20}]})
    later.run(5.0)
    assert (later.cp.password, later.connects) == ("x" * 20, 2)
    assert later.payloads("BootNotification") == []


# ---------------------------------------------------------------- screen, customers, tariffs, the grid


def test_display_messages_are_told(later: LaterBench) -> None:
    """(O01, O03, O05)"""
    for number in range(1, 8):
        message = {"id": number, "priority": "NormalCycle", "message": {"format": "UTF8", "content": "x"}}
        assert later.call("SetDisplayMessage", {"message": message}) == ACCEPTED
    assert later.call("GetDisplayMessages", {"requestId": 1}) == ACCEPTED
    later.run(1.0)
    parts = later.payloads("NotifyDisplayMessages")
    assert [len(part["messageInfo"]) for part in parts] == [5, 2]
    assert [part["tbc"] for part in parts] == [True, False]
    assert later.call("ClearDisplayMessage", {"id": 3}) == ACCEPTED


def test_display_message_goes_with_its_transaction(later: LaterBench, car: NewCar) -> None:
    """(O02)"""
    evse = begin(later, car())
    number = later.events()[0]["transactionInfo"]["transactionId"]
    message = {"id": 1, "priority": "InFront", "message": {"format": "UTF8", "content": "x"}}
    assert later.call("SetDisplayMessage", {"message": {**message, "transactionId": "x"}}) == {
        "status": "UnknownTransaction"
    }
    assert later.call("SetDisplayMessage", {"message": {**message, "transactionId": number}}) == ACCEPTED
    later.cp.charging.unplug(evse)
    later.run(1.0)
    assert later.call("GetDisplayMessages", {"requestId": 1}) == {"status": "Unknown"}


def test_customer_is_told_of_and_forgotten(later: LaterBench, car: NewCar) -> None:
    """(N09, N10)"""
    begin(later, car())
    wish = {"requestId": 1, "report": True, "clear": True, "idToken": TOKEN}
    assert later.call("CustomerInformation", wish) == ACCEPTED
    assert later.call("CustomerInformation", wish) == ACCEPTED
    later.run(1.0)
    told = [payload["data"] for payload in later.payloads("NotifyCustomerInformation")]
    assert told == ["status=Accepted; group=-", ""]
    assert later.call("CustomerInformation", {**wish, "customerIdentifier": "x"})["status"] == "Invalid"


def test_cost_by_tariff_is_told_at_the_end(car: NewCar) -> None:
    """(2.1 I08, I11, I12)"""
    bench = booted("2.1")
    assert bench.call("SetDefaultTariff", {"evseId": 1, "tariff": TARIFF}) == ACCEPTED
    assert bench.call("GetTariffs", {"evseId": 1})["tariffAssignments"] == [
        {"tariffId": "T1", "tariffKind": "DefaultTariff", "evseIds": [1]}
    ]
    evse = begin(bench, car())
    assert evse.transaction is not None
    begun_wh = evse.transaction.started_wh
    bench.run(600.0)
    dearer = {**TARIFF, "tariffId": "T2", "energy": {"prices": [{"priceKwh": 1.0}]}}
    change = {"transactionId": evse.transaction.id, "tariff": dearer}
    assert bench.call("ChangeTransactionTariff", change) == ACCEPTED
    bench.cp.charging.unplug(evse)
    bench.run(1.0)
    assert ("Updated", "TariffChanged") in bench.triggers()
    cost = bench.events()[-1]["costDetails"]["totalCost"]
    assert cost["total"]["exclTax"] == pytest.approx((evse.energy_wh - begun_wh) / 1_000, abs=0.001)
    infos = [event["transactionInfo"] for event in bench.events()]
    assert [info["tariffId"] for info in infos if "tariffId" in info] == ["T1", "T2"]
    assert bench.call("ClearTariffs", {"tariffIds": ["T1", "T9"]})["clearTariffsResult"] == [
        {"status": "Accepted", "tariffId": "T1"},
        {"status": "NoTariff", "tariffId": "T9"},
    ]


def test_grid_controls_are_superseded_and_reported() -> None:
    """(2.1 R04, R05)"""
    bench = booted("2.1")
    curve = {"curveData": [{"x": 90, "y": 0}], "yUnit": "PctMaxW", "priority": 2}
    wish = {"isDefault": False, "controlId": "a", "controlType": "VoltWatt", "curve": curve}
    assert bench.call("SetDERControl", wish) == ACCEPTED
    higher = {**wish, "controlId": "b", "curve": {**curve, "priority": 1}}
    assert bench.call("SetDERControl", higher) == {"status": "Accepted", "supersededIds": ["a"]}
    assert bench.call("GetDERControl", {"requestId": 3}) == ACCEPTED
    bench.run(1.0)
    told = [(p["curve"][0]["id"], p["curve"][0]["isSuperseded"]) for p in bench.payloads("ReportDERControl")]
    assert told == [("a", True), ("b", False)]
    assert [p["controlId"] for p in bench.payloads("NotifyDERStartStop")] == ["a", "b"]
    assert bench.call("ClearDERControl", {"isDefault": False}) == ACCEPTED


def test_batteries_are_swapped() -> None:
    """(2.1 S02)"""
    bench = booted("2.1")
    assert bench.call("RequestBatterySwap", {"requestId": 4, "idToken": TOKEN}) == ACCEPTED
    bench.run(60.0)
    assert [p["eventType"] for p in bench.payloads("BatterySwap")] == ["BatteryIn", "BatteryOut"]


def test_evse_is_kept_for_who_pays_on_the_web() -> None:
    """(2.1 C25)"""
    bench = booted("2.1")
    bench.call("NotifyWebPaymentStarted", {"evseId": 1, "timeout": 60})
    bench.run(1.0)
    assert bench.statuses(1) == ["Reserved"]
    bench.run(100.0)
    assert bench.statuses(1)[-1] == "Available"
    assert bench.payloads("ReservationStatusUpdate") == []
