"""A charge point's life on the bench: boot, heartbeats, resets, lost connections."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from chargeyard.simulator import instants
from chargeyard.simulator.behaviours import HABITS, Crowd
from chargeyard.simulator.vehicle import Vehicle
from tests.simulator.bench import START, Bench

NewCar = Callable[[], Vehicle]


def test_boot_is_followed_by_the_status_of_everything() -> None:
    """After an accepted boot connector 0 and all connectors are reported. (errata 3.22)"""
    bench = Bench()
    bench.run(1.0)
    assert bench.actions() == ["BootNotification", *["StatusNotification"] * 3]
    assert [payload["connectorId"] for payload in bench.payloads("StatusNotification")] == [0, 1, 2]


def test_pending_charge_point_boots_again_at_the_interval_and_says_nothing_else() -> None:
    bench = Bench()
    bench.answers["BootNotification"] = lambda _: {
        "status": "Pending",
        "currentTime": instants.written(bench.now),
        "interval": 40,
    }
    bench.run(100.0)
    assert bench.actions() == ["BootNotification"] * 3
    assert bench.call("GetLocalListVersion") == {"listVersion": 0}
    assert bench.call("TriggerMessage", {"requestedMessage": "StatusNotification", "connectorId": 1}) == {
        "status": "Accepted"
    }
    assert bench.statuses(1) == ["Available"]
    assert bench.call("RemoteStartTransaction", {"idTag": "TAG"}) == {"status": "Rejected"}
    del bench.answers["BootNotification"]
    bench.run(40.0)
    assert bench.cp.is_registered


def test_rejected_charge_point_is_silent_even_over_a_reconnect() -> None:
    """It sends nothing until the interval is over. (1.6 §4.2.1)"""
    bench = Bench()
    bench.answers["BootNotification"] = lambda _: {
        "status": "Rejected",
        "currentTime": instants.written(bench.now),
        "interval": 600,
    }
    bench.run(100.0)
    bench.lose_connection()
    bench.restore_connection()
    bench.run(400.0)
    assert bench.actions() == ["BootNotification"]
    bench.run(200.0)
    assert bench.actions() == ["BootNotification"] * 2


def test_heartbeats_come_at_the_interval_of_the_boot(bench: Bench) -> None:
    bench.run(3_000.0)
    assert bench.actions() == ["Heartbeat"] * 10
    bench.forget()
    changed = bench.call("ChangeConfiguration", {"key": "HeartbeatInterval", "value": "1000"})
    assert changed == {"status": "Accepted"}
    bench.run(3_000.0)
    assert bench.actions() == ["Heartbeat"] * 3


def test_clock_is_the_central_systems() -> None:
    bench = Bench()
    bench.answers["BootNotification"] = lambda _: {
        "status": "Accepted",
        "currentTime": instants.written(bench.now + 5_000),
        "interval": 300,
    }
    bench.run(1.0)
    assert bench.payloads("StatusNotification")[0]["timestamp"] == instants.written(START + 5_000)


def test_plain_reconnect_does_not_boot_but_tells_what_changed(bench: Bench, car: NewCar) -> None:
    bench.lose_connection()
    bench.cp.charging.plug_in(bench.cp.connectors[0], car())
    bench.run(60.0)
    bench.restore_connection()
    bench.run(1.0)
    assert bench.actions() == ["StatusNotification"]
    assert bench.statuses(1) == ["Preparing"]


def test_hard_reset_boots_first_and_delivers_the_stop_afterwards(bench: Bench, car: NewCar) -> None:
    _charge(bench, car)
    bench.forget()
    assert bench.call("Reset", {"type": "Hard"}) == {"status": "Accepted"}
    bench.run(60.0)
    assert bench.connects == 2
    actions = bench.actions("StatusNotification", "Heartbeat")
    assert actions == ["BootNotification", "MeterValues", "StopTransaction"]
    assert bench.payloads("StopTransaction")[0]["reason"] == "HardReset"


def test_soft_reset_delivers_the_stop_before_it_goes_down(bench: Bench, car: NewCar) -> None:
    _charge(bench, car)
    bench.forget()
    assert bench.call("Reset", {"type": "Soft"}) == {"status": "Accepted"}
    bench.run(60.0)
    assert bench.connects == 2
    actions = bench.actions("StatusNotification", "Heartbeat")
    assert actions == ["MeterValues", "StopTransaction", "BootNotification"]
    assert bench.payloads("StopTransaction")[0]["reason"] == "SoftReset"


def test_dead_connection_is_given_up_after_three_unanswered_calls(bench: Bench) -> None:
    bench.answers["Heartbeat"] = lambda _: None
    bench.run(1_200.0)
    assert bench.connects == 2


def test_garbage_is_refused_in_the_words_of_1_6(bench: Bench) -> None:
    """Wrong payloads get the error codes of 1.6, and the charge point goes on."""
    for payload, code in (
        ({}, "OccurenceConstraintViolation"),
        ({"type": 1}, "TypeConstraintViolation"),
        ({"type": "Warm"}, "PropertyConstraintViolation"),
        ({"type": "Soft", "x": 1}, "FormationViolation"),
    ):
        assert _raw(bench, "Reset", payload)[0] == code
    assert _raw(bench, "Dance", {})[0] == "NotImplemented"
    assert _raw(bench, "Heartbeat", {})[0] == "NotSupported"
    assert bench.connects == 1


def test_same_seed_same_messages_another_seed_others() -> None:
    """A whole wild day is repeatable to the last sample."""
    assert _wild_day(5) == _wild_day(5)
    assert _wild_day(5) != _wild_day(6)


def _wild_day(seed: int) -> list[tuple[str, Any]]:
    bench = Bench(seed=seed)
    Crowd(bench.cp, HABITS["wild"], ["A", "B", "C"], seed).begin(bench.now)
    bench.run(6 * 3_600.0)
    assert len(bench.payloads("StopTransaction")) > 5
    return bench.heard


def _charge(bench: Bench, car: NewCar) -> None:
    connector = bench.cp.connectors[0]
    bench.cp.charging.plug_in(connector, car())
    bench.cp.charging.show_token(connector, "TAG")
    bench.run(300.0)
    assert bench.statuses(1) == ["Preparing", "Charging"]


def _raw(bench: Bench, action: str, payload: dict[str, Any]) -> Any:
    bench.cp.receive(json.dumps([2, "raw", action, payload]), bench.now)
    (text,) = bench.cp.outgoing()
    return json.loads(text)[2:]
