"""Charging profiles of 2.0.1 and 2.1: which one leads, and that the car feels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chargeyard.simulator import instants
from chargeyard.simulator.v2x.smart_charging import limit_from_outside
from chargeyard.simulator.vehicle import Vehicle
from tests.simulator.bench import START, LaterBench, Payload
from tests.simulator.test_v2x_answers import booted
from tests.simulator.test_v2x_transactions import begin

NewCar = Callable[[], Vehicle]
ACCEPTED = {"status": "Accepted"}


def profile(number: int, limit: float, purpose: str = "TxDefaultProfile", **changes: Any) -> Payload:
    schedule = {
        "id": number,
        "chargingRateUnit": "W",
        "startSchedule": "2020-01-01T00:00:00Z",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        **changes.pop("schedule", {}),
    }
    return {
        "id": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [schedule],
        **changes,
    }


def install(bench: LaterBench, evse_id: int, made: Payload) -> Any:
    return bench.call("SetChargingProfile", {"evseId": evse_id, "chargingProfile": made})


def power_w(bench: LaterBench) -> float:
    """What EVSE 1 draws, after a while under the current limits."""
    evse = bench.cp.connectors[0]
    bench.run(120.0)
    before_wh, since = evse.energy_wh, bench.now
    bench.run(600.0)
    return (evse.energy_wh - before_wh) * 3600 / (bench.now - since)


def running(bench: LaterBench) -> str:
    return str(bench.events()[0]["transactionInfo"]["transactionId"])


def test_stack_and_purpose_decide(later: LaterBench, car: NewCar) -> None:
    """The transaction's own profile goes before the default, the whole's maximum over all. (K01)"""
    begin(later, car())
    assert power_w(later) == pytest.approx(11_000, rel=0.03)
    install(later, 0, profile(1, 9_000))
    assert power_w(later) == pytest.approx(9_000, rel=0.03)
    install(later, 1, profile(2, 8_000))
    assert power_w(later) == pytest.approx(8_000, rel=0.03)
    own = profile(3, 10_000, "TxProfile", transactionId=running(later))
    assert install(later, 1, own) == ACCEPTED
    assert power_w(later) == pytest.approx(10_000, rel=0.03)
    install(later, 0, profile(4, 6_000, "ChargingStationMaxProfile"))
    assert power_w(later) == pytest.approx(6_000, rel=0.03)
    assert ("Updated", "ChargingRateChanged") in later.triggers()


def test_limit_from_outside_holds_and_is_told(later: LaterBench, car: NewCar) -> None:
    """(K12, K13)"""
    begin(later, car())
    limit_from_outside(later.cp, 0, 5_000)
    assert power_w(later) == pytest.approx(5_000, rel=0.03)
    wish = {"requestId": 1, "chargingProfile": {"chargingLimitSource": ["EMS"]}}
    assert later.call("GetChargingProfiles", wish) == ACCEPTED
    later.run(1.0)
    [report] = later.payloads("ReportChargingProfiles")
    assert report["chargingLimitSource"] == "EMS"
    limit_from_outside(later.cp, 0, None)
    assert power_w(later) == pytest.approx(11_000, rel=0.03)
    assert {"NotifyChargingLimit", "ClearedChargingLimit"} <= set(later.actions())


def test_what_came_from_outside_is_not_the_central_systems_to_clear(later: LaterBench) -> None:
    limit_from_outside(later.cp, 0, 5_000)
    criteria = {"chargingProfileCriteria": {"evseId": 0}}
    assert later.call("ClearChargingProfile", criteria) == {"status": "Unknown"}


def test_zero_suspends(later: LaterBench, car: NewCar) -> None:
    begin(later, car())
    install(later, 0, profile(1, 0))
    assert power_w(later) == 0
    states = [event["transactionInfo"].get("chargingState") for event in later.events()]
    assert "SuspendedEVSE" in states
    assert later.call("ClearChargingProfile", {"chargingProfileId": 1}) == ACCEPTED
    assert power_w(later) == pytest.approx(11_000, rel=0.03)


@pytest.mark.parametrize(
    ("evse_id", "changes", "reason"),
    [
        (9, {}, "UnknownEvse"),
        (1, {"stackLevel": 99}, "InvalidStackLevel"),
        (1, {"purpose": "ChargingStationMaxProfile"}, "InvalidProfile"),
        (0, {"purpose": "ChargingStationExternalConstraints"}, "InvalidProfile"),
        (1, {"purpose": "TxProfile", "transactionId": "x"}, "TxNotFound"),
        (1, {"schedule": {"chargingSchedulePeriod": [{"startPeriod": 5, "limit": 1}]}}, "InvalidSchedule"),
        (1, {"chargingProfileKind": "Recurring"}, "InvalidProfile"),
    ],
)
def test_unfit_profiles_are_refused(later: LaterBench, evse_id: int, changes: Payload, reason: str) -> None:
    answer = install(later, evse_id, profile(1, 1_000, **dict(changes)))
    assert answer == {"status": "Rejected", "statusInfo": {"reasonCode": reason}}


def test_composite_schedule_says_what_will_hold(later: LaterBench) -> None:
    """(K08)"""
    periods = [{"startPeriod": 0, "limit": 16}, {"startPeriod": 600, "limit": 10}]
    schedule = {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": periods,
        "startSchedule": instants.written(START),
    }
    install(later, 1, profile(1, 0, schedule=schedule))
    later.run(99.0)
    wish = {"duration": 1_000, "evseId": 1, "chargingRateUnit": "A"}
    answer = later.call("GetCompositeSchedule", wish)
    told = answer["schedule"]["chargingSchedulePeriod"]
    assert told == [{"startPeriod": 0, "limit": 16.0}, {"startPeriod": 500, "limit": 10.0}]


def test_installed_profiles_are_reported(later: LaterBench) -> None:
    """One message for each EVSE; tbc in all but the last. (K09)"""
    install(later, 1, profile(1, 8_000))
    install(later, 0, profile(2, 9_000, "ChargingStationMaxProfile"))
    assert later.call("GetChargingProfiles", {"requestId": 7, "chargingProfile": {}}) == ACCEPTED
    later.run(1.0)
    told = later.payloads("ReportChargingProfiles")
    assert [(p["evseId"], p["tbc"]) for p in told] == [(1, True), (0, False)]
    assert told[0]["chargingProfile"] == [profile(1, 8_000)]


def test_dynamic_profile_is_updated_and_ends_without(car: NewCar) -> None:
    """New values hold at once; after its duration without any it holds no more. (2.1 K28)"""
    bench = booted("2.1")
    begin(bench, car())
    dynamic = profile(1, 9_000, chargingProfileKind="Dynamic", schedule={"duration": 1_500})
    assert install(bench, 1, dynamic) == ACCEPTED
    assert power_w(bench) == pytest.approx(9_000, rel=0.03)
    update = {"chargingProfileId": 1, "scheduleUpdate": {"limit": 7_000}}
    assert bench.call("UpdateDynamicSchedule", update) == ACCEPTED
    assert power_w(bench) == pytest.approx(7_000, rel=0.03)
    bench.run(1_500.0)
    assert power_w(bench) == pytest.approx(11_000, rel=0.03)


def test_priority_charging_leads_while_it_is_on(car: NewCar) -> None:
    """(2.1 K21, K22)"""
    bench = booted("2.1")
    begin(bench, car())
    install(bench, 1, profile(1, 5_000))
    wish = {"transactionId": running(bench), "activate": True}
    assert bench.call("UsePriorityCharging", wish) == {"status": "NoProfile"}
    install(bench, 1, profile(2, 10_000, "PriorityCharging"))
    assert power_w(bench) == pytest.approx(5_000, rel=0.03)
    assert bench.call("UsePriorityCharging", wish) == ACCEPTED
    assert power_w(bench) == pytest.approx(10_000, rel=0.03)
    bench.call("UsePriorityCharging", {**wish, "activate": False})
    assert power_w(bench) == pytest.approx(5_000, rel=0.03)
    assert [p["activated"] for p in bench.payloads("NotifyPriorityCharging")] == [True, False]


def test_dynamic_profile_is_asked_for(car: NewCar) -> None:
    """Every dynUpdateInterval; what is answered holds. (2.1 K28)"""
    bench = booted("2.1")
    update = {"status": "Accepted", "scheduleUpdate": {"limit": 6_000}}
    bench.answers["PullDynamicScheduleUpdate"] = lambda _: update
    begin(bench, car())
    for _ in range(2):
        install(bench, 1, profile(1, 9_000, chargingProfileKind="Dynamic", dynUpdateInterval=60))
    bench.run(200.0)
    assert bench.payloads("PullDynamicScheduleUpdate") == [{"chargingProfileId": 1}] * 3
    assert power_w(bench) == pytest.approx(6_000, rel=0.03)
