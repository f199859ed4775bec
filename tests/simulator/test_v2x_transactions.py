"""Transactions of 2.0.1 and 2.1 on the bench: events, their order, the offline queue, start and stop points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chargeyard.simulator.v2x.evses import Evse
from chargeyard.simulator.vehicle import Vehicle
from tests.simulator.bench import LaterBench, Payload, Refuse

NewCar = Callable[[], Vehicle]


def begin(bench: LaterBench, car: Vehicle, token: str = "TAG") -> Evse:
    """A car at EVSE 1 and an accepted token for it."""
    evse = bench.cp.connectors[0]
    bench.cp.charging.plug_in(evse, car)
    bench.cp.charging.show_token(evse, token)
    bench.run(1.0)
    return evse


def registers(event: Payload) -> list[tuple[str, float]]:
    return [
        (sample["context"], sample["value"])
        for value in event.get("meterValue", ())
        for sample in value["sampledValue"]
        if sample["measurand"] == "Energy.Active.Import.Register"
    ]


def test_boot_has_a_reason_and_is_followed_by_every_connector() -> None:
    bench = LaterBench()
    bench.run(1.0)
    assert bench.actions() == ["BootNotification", *["StatusNotification"] * 2]
    assert bench.payloads("BootNotification")[0]["reason"] == "PowerUp"
    bench.cp.press_reset()
    bench.run(60.0)
    assert bench.payloads("BootNotification")[1]["reason"] == "LocalReset"


def test_whole_session_in_order(later: LaterBench, car: NewCar) -> None:
    """Started, Updated for each state and sample, Ended; numbers from 0 without a gap; things told once. (E02, E06)"""
    evse = begin(later, car())
    later.run(8 * 3_600.0)
    later.cp.charging.show_token(evse, "tag")  # the same token in other letters
    later.run(1.0)
    later.cp.charging.unplug(evse)
    later.run(1.0)
    assert later.statuses(1) == ["Occupied", "Available"]
    assert later.triggers() == [
        ("Started", "Authorized"),
        ("Updated", "ChargingStateChanged"),
        ("Ended", "StopAuthorized"),
    ]
    events = later.events()
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert len({event["transactionInfo"]["transactionId"] for event in events}) == 1
    states = [event["transactionInfo"].get("chargingState") for event in events]
    assert states[0] == "Charging"
    assert "SuspendedEV" in states
    assert [event["evse"] for event in events if "evse" in event] == [{"id": 1, "connectorId": 1}]
    assert [event["idToken"]["idToken"] for event in events if "idToken" in event] == ["TAG", "tag"]
    assert events[-1]["transactionInfo"]["stoppedReason"] == "Local"
    (_, begun), (_, ended) = registers(events[-1])[0], registers(events[-1])[-1]
    # 70 % of 52 kWh, and a tenth lost on the way.
    assert ended - begun == pytest.approx(0.7 * 52_000 / 0.9, rel=0.01)
    assert not any("offline" in event for event in events)


def test_meter_values_have_their_contexts(later: LaterBench, car: NewCar) -> None:
    evse = begin(later, car())
    later.run(179.0)
    later.cp.charging.stop(evse, "RemoteStop")
    later.run(1.0)
    started, *updated, ended = later.events()
    assert [context for context, _ in registers(started)] == ["Transaction.Begin"]
    assert {context for event in updated for context, _ in registers(event)} == {"Sample.Periodic"}
    assert [context for context, _ in registers(ended)] == ["Transaction.Begin", "Transaction.End"]
    samples = {
        (s["measurand"], s.get("phase")): s["value"] for s in updated[-1]["meterValue"][0]["sampledValue"]
    }
    amperes = sum(samples["Current.Import", phase] for phase in ("L1", "L2", "L3"))
    assert amperes * 230 == pytest.approx(samples["Power.Active.Import", None], rel=0.02)


def test_outage_loses_nothing_and_keeps_the_order(later: LaterBench, car: NewCar) -> None:
    """What happened offline is told in order with its own times and marked. (E04, E11)"""
    later.cp.model.set_own("AuthCtrlr.OfflineTxForUnknownIdEnabled", "true")
    later.lose_connection()
    evse = begin(later, car())
    later.run(600.0)
    later.cp.charging.stop(evse, "StopAuthorized")
    later.run(3_600.0)
    assert later.heard == []
    later.restore_connection()
    later.run(1.0)
    events = later.events()
    assert [events[0]["eventType"], events[-1]["eventType"]] == ["Started", "Ended"]
    assert [event["seqNo"] for event in events] == list(range(12))
    assert all(event["offline"] for event in events)
    times = [event["timestamp"] for event in events]
    assert times == sorted(times)
    assert later.cp.conversation.undelivered == 0


@pytest.mark.parametrize(("seconds", "told"), [(50.0, 0), (70.0, 2)])
def test_everything_is_told_anew_after_a_long_outage(later: LaterBench, seconds: float, told: int) -> None:
    """OfflineThreshold. (B04.FR.01, FR.02)"""
    later.lose_connection()
    later.run(seconds)
    later.restore_connection()
    later.run(1.0)
    assert later.actions().count("StatusNotification") == told


def test_refused_event_is_tried_again_and_then_discarded(later: LaterBench, car: NewCar) -> None:
    """MessageAttempts tries, after the interval times the number of sends. (E13)"""
    seconds: list[float] = []

    def refuse(_: Payload) -> Payload:
        seconds.append(later.now)
        raise Refuse

    later.answers["TransactionEvent"] = refuse
    later.cp.model.set_own("SampledDataCtrlr.TxUpdatedInterval", "0")
    begin(later, car())
    began = later.now
    later.run(1_000.0)
    assert [second - began for second in seconds] == pytest.approx([-1.0, 59.0, 179.0], abs=1.0)
    assert later.cp.tally.discarded == 1


def test_refused_token_ends_the_transaction(later: LaterBench, car: NewCar) -> None:
    """A verdict in the answer to an event counts. (E05)"""
    later.answers["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in payload else {}
    )
    begin(later, car())
    later.run(1.0)
    assert later.triggers() == [("Started", "Authorized"), ("Ended", "Deauthorized")]
    assert later.events()[-1]["transactionInfo"]["stoppedReason"] == "DeAuthorized"


def test_refused_token_gets_no_energy_when_the_transaction_goes_on(later: LaterBench, car: NewCar) -> None:
    later.cp.model.set_own("TxCtrlr.StopTxOnInvalidId", "false")
    later.answers["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in payload else {}
    )
    evse = begin(later, car())
    before_wh = evse.energy_wh
    later.run(600.0)
    assert evse.energy_wh == before_wh
    assert later.events()[-1]["eventType"] == "Updated"
    assert later.triggers()[-1] == ("Updated", "Deauthorized")


def test_refused_token_gets_some_energy_if_it_may(later: LaterBench, car: NewCar) -> None:
    """MaxEnergyOnInvalidId. (E05.FR.03)"""
    later.cp.model.set_own("TxCtrlr.MaxEnergyOnInvalidId", "500")
    later.answers["TransactionEvent"] = lambda payload: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in payload else {}
    )
    evse = begin(later, car())
    before_wh = evse.energy_wh
    later.run(3_600.0)
    assert later.triggers() == [("Started", "Authorized"), ("Ended", "Deauthorized")]
    # A look a minute.
    assert 500 <= evse.energy_wh - before_wh < 500 + 11_000 / 60


@pytest.mark.parametrize(
    ("start", "stop", "told"),
    [
        (
            "EVConnected",
            "EVConnected",
            [
                ("Started", "CablePluggedIn"),
                ("Updated", "Authorized"),
                ("Updated", "StopAuthorized"),
                ("Ended", "EVCommunicationLost"),
            ],
        ),
        ("Authorized", "Authorized", [("Started", "Authorized"), ("Ended", "StopAuthorized")]),
        (
            "PowerPathClosed",
            "EVConnected,Authorized",
            [("Started", "Authorized"), ("Ended", "StopAuthorized")],
        ),
        ("EnergyTransfer", "EnergyTransfer", [("Started", "Authorized"), ("Ended", "StopAuthorized")]),
    ],
)
def test_start_and_stop_points_decide(
    later: LaterBench, car: NewCar, start: str, stop: str, told: list[Any]
) -> None:
    """TxStartPoint and TxStopPoint are set as variables. (E01, E06)"""
    for name, value in (("TxStartPoint", start), ("TxStopPoint", stop)):
        later.cp.model.set_own(f"TxCtrlr.{name}", value)
    evse = begin(later, car())
    later.run(100.0)
    later.cp.charging.show_token(evse, "TAG")
    later.run(1.0)
    later.cp.charging.unplug(evse)
    later.run(1.0)
    assert later.triggers() == told
    assert later.events()[-1]["transactionInfo"]["stoppedReason"] == "Local"


def test_nobody_comes(later: LaterBench) -> None:
    """Authorized first, and no car within EVConnectionTimeOut. (E03.FR.05)"""
    later.cp.model.set_own("TxCtrlr.TxStartPoint", "Authorized")
    later.cp.charging.show_token(later.cp.connectors[0], "TAG")
    later.run(1.0)
    later.run(100.0)
    assert later.triggers() == [("Started", "Authorized"), ("Ended", "EVConnectTimeout")]
    assert later.events()[-1]["transactionInfo"]["stoppedReason"] == "Timeout"


def test_unplugging_ends_it(later: LaterBench, car: NewCar) -> None:
    evse = begin(later, car())
    later.run(60.0)
    later.cp.charging.unplug(evse)
    later.run(1.0)
    assert later.triggers()[-1] == ("Ended", "EVCommunicationLost")
    assert later.events()[-1]["transactionInfo"]["stoppedReason"] == "EVDisconnected"
    assert later.statuses(1)[-1] == "Available"


def test_limits_of_a_transaction_end_it(car: NewCar) -> None:
    """A limit in an answer is told back once, and holds. (2.1 E16)"""
    bench = LaterBench("2.1")
    bench.run(1.0)
    bench.answers["TransactionEvent"] = lambda _: {"transactionLimit": {"maxEnergy": 1_000}}
    begin(bench, car())
    bench.run(3_600.0)
    assert ("Updated", "LimitSet") in bench.triggers()
    assert bench.triggers()[-1] == ("Ended", "EnergyLimitReached")
    limits = [
        e["transactionInfo"]["transactionLimit"]
        for e in bench.events()
        if "transactionLimit" in e["transactionInfo"]
    ]
    assert limits == [{"maxEnergy": 1_000}]


def test_clock_aligned_values_are_told_in_and_outside_of_transactions(later: LaterBench, car: NewCar) -> None:
    later.cp.model.set_own("AlignedDataCtrlr.Interval", "900")
    later.cp.charging.schedule_aligned()
    begin(later, car())
    later.run(1_800.0)
    assert [payload["evseId"] for payload in later.payloads("MeterValues")] == [2, 2]
    clock = [event for event in later.events() if event["triggerReason"] == "MeterValueClock"]
    assert len(clock) == 2
    assert registers(clock[0])[0][0] == "Sample.Clock"


def test_availability_as_events(car: NewCar) -> None:
    """2.1 may tell states with NotifyEvent. (2.1 G01)"""
    bench = LaterBench("2.1", by_event=True)
    bench.run(1.0)
    begin(bench, car())
    assert "StatusNotification" not in bench.actions()
    told = [payload["eventData"][0] for payload in bench.payloads("NotifyEvent")]
    assert [event["actualValue"] for event in told] == ["Available", "Available", "Occupied"]
    assert told[-1]["component"] == {"name": "Connector", "evse": {"id": 1, "connectorId": 1}}
