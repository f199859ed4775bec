"""Charging profiles: which one leads, and that the car feels it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from chargeyard.simulator import instants
from chargeyard.simulator.vehicle import Vehicle
from tests.simulator.bench import START, Bench
from tests.simulator.test_answers import charge

NewCar = Callable[[], Vehicle]


def profile(number: int, limit: float, purpose: str = "TxDefaultProfile", **changes: Any) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": limit}],
        **changes.pop("schedule", {}),
    }
    return {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Absolute",
        "chargingSchedule": schedule,
        **changes,
    }


def install(bench: Bench, connector_id: int, made: dict[str, Any]) -> Any:
    return bench.call("SetChargingProfile", {"connectorId": connector_id, "csChargingProfiles": made})


def power_w(bench: Bench) -> float:
    """What connector 1 draws, after a while under the current limits."""
    connector = bench.cp.connectors[0]
    bench.run(120.0)
    before_wh, since = connector.energy_wh, bench.now
    bench.run(600.0)
    return (connector.energy_wh - before_wh) * 3600 / (bench.now - since)


def test_stack_and_purpose_decide(bench: Bench, car: NewCar) -> None:
    """Higher stacks lead, the transaction's own profile before the default, the whole's maximum over all."""
    charge(bench, car)
    assert power_w(bench) == pytest.approx(11_000, rel=0.03)
    install(bench, 0, profile(1, 9_000))
    assert power_w(bench) == pytest.approx(9_000, rel=0.03)
    install(bench, 0, profile(2, 8_000, stackLevel=3))
    assert power_w(bench) == pytest.approx(8_000, rel=0.03)
    install(bench, 1, profile(3, 7_000))
    assert power_w(bench) == pytest.approx(7_000, rel=0.03)
    assert install(bench, 1, profile(4, 10_000, "TxProfile", transactionId=501)) == {"status": "Accepted"}
    assert power_w(bench) == pytest.approx(10_000, rel=0.03)
    install(bench, 0, profile(5, 6_000, "ChargePointMaxProfile"))
    assert power_w(bench) == pytest.approx(6_000, rel=0.03)
    assert bench.call("ClearChargingProfile", {"id": 5}) == {"status": "Accepted"}
    assert power_w(bench) == pytest.approx(10_000, rel=0.03)


def test_maximum_is_shared_by_those_who_charge(bench: Bench, car: NewCar) -> None:
    charge(bench, car)
    install(bench, 0, profile(1, 12_000, "ChargePointMaxProfile"))
    assert power_w(bench) == pytest.approx(11_000, rel=0.03)
    bench.cp.charging.plug_in(bench.cp.connectors[1], car())
    bench.cp.charging.show_token(bench.cp.connectors[1], "TWO")
    assert power_w(bench) == pytest.approx(6_000, rel=0.03)


def test_amperes_are_per_phase(bench: Bench, car: NewCar) -> None:
    charge(bench, car)
    install(bench, 1, profile(1, 10.0, schedule={"chargingRateUnit": "A"}))
    assert power_w(bench) == pytest.approx(3 * 230 * 10, rel=0.03)


def test_nothing_is_suspended_evse(bench: Bench, car: NewCar) -> None:
    charge(bench, car)
    install(bench, 1, profile(1, 0.0))
    assert bench.statuses(1)[-1] == "SuspendedEVSE"
    assert power_w(bench) == 0.0
    bench.call("ClearChargingProfile")
    assert bench.statuses(1)[-1] == "Charging"


def test_profile_of_a_transaction_goes_with_it(bench: Bench, car: NewCar) -> None:
    connector = charge(bench, car)
    install(bench, 1, profile(1, 5_000, "TxProfile"))
    bench.cp.charging.stop(connector, "Local")
    assert len(bench.cp.profiles) == 0


def test_remote_start_brings_its_profile(bench: Bench, car: NewCar) -> None:
    bench.cp.charging.plug_in(bench.cp.connectors[0], car())
    request = {"idTag": "TAG", "connectorId": 1}
    bound = profile(1, 5_000, "TxProfile", transactionId=7)
    refused = bench.call("RemoteStartTransaction", {**request, "chargingProfile": bound})
    assert refused == {"status": "Rejected"}
    free = profile(1, 5_000, "TxProfile")
    assert bench.call("RemoteStartTransaction", {**request, "chargingProfile": free}) == {
        "status": "Accepted"
    }
    assert power_w(bench) == pytest.approx(5_000, rel=0.03)


@pytest.mark.parametrize(
    ("connector_id", "made", "answer"),
    [
        (3, profile(1, 1), ["PropertyConstraintViolation"]),
        (1, profile(1, 1, "ChargePointMaxProfile"), {"status": "Rejected"}),
        (1, profile(1, 1, "TxProfile"), {"status": "Rejected"}),
        (1, profile(1, 1, stackLevel=99), {"status": "Rejected"}),
        (1, profile(1, 1, schedule={"chargingSchedulePeriod": []}), {"status": "Rejected"}),
        (0, profile(1, 1), {"status": "Accepted"}),
    ],
)
def test_what_can_be_installed(bench: Bench, connector_id: int, made: dict[str, Any], answer: Any) -> None:
    said = install(bench, connector_id, made)
    assert said == answer if isinstance(answer, dict) else said[:1] == answer


def test_composite_schedule_shows_what_will_hold(bench: Bench) -> None:
    """Periods, the end of a duration, and a lower stack that takes over."""
    periods = [{"startPeriod": 0, "limit": 5_000.0}, {"startPeriod": 600, "limit": 7_000.0}]
    start = instants.written(bench.now)
    install(bench, 1, profile(1, 9_000))
    install(
        bench,
        1,
        profile(
            2,
            0,
            stackLevel=1,
            schedule={"chargingSchedulePeriod": periods, "startSchedule": start, "duration": 1_200},
        ),
    )
    answer = bench.call("GetCompositeSchedule", {"connectorId": 1, "duration": 3_600})
    told = [
        (step["startPeriod"], step["limit"]) for step in answer["chargingSchedule"]["chargingSchedulePeriod"]
    ]
    assert told == [(0, 5_000.0), (600, 7_000.0), (1_200, 9_000.0)]


def test_recurring_profile_comes_back_every_day(bench: Bench) -> None:
    """Two hours a night at 4 kW, begun the day before."""
    begun = instants.written(START - 86_400)
    install(
        bench,
        1,
        profile(
            1,
            4_000,
            chargingProfileKind="Recurring",
            recurrencyKind="Daily",
            schedule={
                "startSchedule": begun,
                "duration": 7_200,
                "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 4_000.0}],
            },
        ),
    )
    outlet = bench.cp.connectors[0].outlet()
    limits = [bench.cp.profiles.limit_w(outlet, START + hours * 3_600) for hours in (1, 3, 25, 27)]
    assert limits == [4_000, float("inf"), 4_000, float("inf")]


def test_profile_out_of_its_validity_does_not_count(bench: Bench) -> None:
    install(bench, 1, profile(1, 4_000, validTo=instants.written(START + 600)))
    outlet = bench.cp.connectors[0].outlet()
    assert bench.cp.profiles.limit_w(outlet, START + 500) == 4_000
    assert bench.cp.profiles.limit_w(outlet, START + 700) == float("inf")
