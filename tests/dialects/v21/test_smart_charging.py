"""What 2.1 adds to smart charging, in both directions."""

from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from chargeyard.domain import commands, reports
from chargeyard.domain.answers import DynamicValuesTold, NeedsHeard
from chargeyard.domain.charging_profiles import ChargingSchedule, CurvePoint, Limits, Period, SocLimit
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Invalid, Rejected, Unsupported
from tests.dialects.v201.test_smart_charging import played as played_by
from tests.dialects.v201.wire import NOW, OF_21, OF_201, PROFILE, STAMP, Payload
from tests.domain.profiles import profile


def played(command: commands.Command, answer: Payload | None = None) -> tuple[list[Any], AnyOutcome]:
    return played_by(OF_21, command, answer)


EVERYTHING = Period(
    start_s=0,
    limit=Decimal(16),
    limit_l2=Decimal(10),
    limit_l3=Decimal("9.5"),
    phases=3,
    discharge_limit=Decimal(-5),
    discharge_limit_l2=Decimal(-4),
    discharge_limit_l3=Decimal(-3),
    setpoint=Decimal(8),
    setpoint_l2=Decimal(7),
    setpoint_l3=Decimal(6),
    reactive=Decimal(2),
    reactive_l2=Decimal(1),
    reactive_l3=Decimal(3),
    operation_mode="LocalFrequency",
    preconditioning=True,
    evse_sleep=False,
    baseline_w=Decimal(100),
    frequency_curve=(CurvePoint(Decimal("49.8"), Decimal(1000)), CurvePoint(Decimal("50.2"), Decimal(-1000))),
    signal_curve=(CurvePoint(Decimal(-3), Decimal(500)),),
)
WHOLE = profile(
    "Tx",
    ChargingSchedule(
        unit="A",
        periods=(EVERYTHING,),
        id=4,
        duration_s=300,
        soc_limit=SocLimit(80, Decimal(6)),
        power_tolerance_w=Decimal(50),
        randomized_delay_s=30,
        use_local_time=True,
        signature_id=2,
        digest="abc",
        prices={
            "priceLevelSchedule": {
                "timeAnchor": "2026-11-21T12:00:00Z",
                "priceScheduleId": 1,
                "numberOfPriceLevels": 2,
                "priceLevelScheduleEntries": [{"duration": 60, "priceLevel": 1}],
            }
        },
    ),
    kind="Dynamic",
    wire_id="tx-1",
    max_offline_s=600,
    invalid_after_offline=True,
    update_interval_s=60,
    updated_at=NOW,
    price_signature="signed",
)


def test_a_profile_that_says_everything_survives_the_wire_both_ways() -> None:
    asked, outcome = played(commands.SetChargingProfile(profile=WHOLE))
    assert isinstance(outcome, Accepted)
    said = asked[0][1]["chargingProfile"]
    listing = {"requestId": 1, "chargingLimitSource": "CSO", "evseId": 1, "chargingProfile": [said]}
    report = OF_21.hear("ReportChargingProfiles", listing, strict=True).report
    assert isinstance(report, reports.ChargingProfilesListed)
    [heard] = report.profiles
    assert replace(heard, evse=1, transaction=7) == WHOLE


def test_a_setpoint_set_centrally_has_no_limits() -> None:
    period = Period(
        start_s=0, limit=Decimal(5), setpoint=Decimal(3), phases=3, operation_mode="CentralSetpoint"
    )
    wrong = replace(WHOLE, schedules=(replace(WHOLE.schedules[0], periods=(period,)),))
    outcome = played(commands.SetChargingProfile(profile=wrong))[1]
    assert isinstance(outcome, Invalid)
    assert "CentralSetpoint has no limits" in outcome.detail


def test_a_vehicle_that_can_only_charge_is_told_no_discharging() -> None:
    command = commands.SetChargingProfile(profile=WHOLE, limits=Limits(charging_only=True))
    outcome = played(command)[1]
    assert isinstance(outcome, Invalid)
    assert "only charge" in outcome.detail


def test_a_mode_that_the_version_has_not_is_not_sent() -> None:
    period = replace(EVERYTHING, operation_mode="Backwards")
    wrong = replace(WHOLE, schedules=(replace(WHOLE.schedules[0], periods=(period,)),))
    assert isinstance(played(commands.SetChargingProfile(profile=wrong))[1], Invalid)


def test_2_0_1_says_none_of_it() -> None:
    simple = replace(WHOLE, kind="Absolute", schedules=(replace(WHOLE.schedules[0], start=NOW),))
    outcome = played_by(OF_201, commands.SetChargingProfile(profile=simple))[1]
    assert isinstance(outcome, Invalid)
    assert outcome.detail.startswith("profiles of this version have no ")


def test_a_dynamic_profile_gets_new_values() -> None:
    values = Period(start_s=0, limit=Decimal("10.5"), setpoint=Decimal(7))
    asked, outcome = played(commands.UpdateDynamicSchedule(profile_id=4, values=values))
    assert asked == [
        [
            "UpdateDynamicSchedule",
            {"chargingProfileId": 4, "scheduleUpdate": {"limit": 10.5, "setpoint": 7}},
        ]
    ]
    assert isinstance(outcome, Accepted)


@pytest.mark.parametrize(
    ("values", "detail"),
    [
        (Period(start_s=0), "no value"),
        (Period(start_s=0, phases=3), "phases cannot be given anew"),
        (Period(start_s=0, discharge_limit=Decimal(5)), "<= 0"),
    ],
)
def test_values_that_cannot_be_given_anew(values: Period, detail: str) -> None:
    outcome = played(commands.UpdateDynamicSchedule(profile_id=4, values=values))[1]
    assert isinstance(outcome, Invalid)
    assert detail in outcome.detail


@pytest.mark.parametrize(
    ("command", "action", "payload"),
    [
        (
            commands.UsePriorityCharging(evse=1, transaction=7, wire_id="tx-1"),
            "UsePriorityCharging",
            {"transactionId": "tx-1", "activate": True},
        ),
        (
            commands.AllowEnergyTransfer(transaction=7, wire_id="tx-1", modes=("AC_BPT", "DC")),
            "NotifyAllowedEnergyTransfer",
            {"transactionId": "tx-1", "allowedEnergyTransfer": ["AC_BPT", "DC"]},
        ),
        (
            commands.SendGridSignal(signal=-3, at=NOW),
            "AFRRSignal",
            {"timestamp": "2026-11-21T08:15:00Z", "signal": -3},
        ),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, commands.Command) else "",
)
def test_what_only_2_1_can_be_asked(command: commands.Command, action: str, payload: Payload) -> None:
    asked, outcome = played(command)
    assert asked == [[action, payload]]
    assert isinstance(outcome, Accepted)
    assert isinstance(played(command, {"status": "Rejected"})[1], Rejected)
    assert isinstance(played_by(OF_201, command)[1], Unsupported)


def test_a_mode_of_energy_transfer_is_checked() -> None:
    command = commands.AllowEnergyTransfer(transaction=7, wire_id="tx-1", modes=("Wireless",))
    assert isinstance(played(command)[1], Invalid)


def test_dynamic_values_are_pulled() -> None:
    heard = OF_21.hear("PullDynamicScheduleUpdate", {"chargingProfileId": 4}, strict=True)
    assert heard.report == reports.DynamicValuesAsked(profile_id=4)

    def answer(told: DynamicValuesTold) -> Any:
        return OF_21.check("PullDynamicScheduleUpdateResponse", OF_21.dialect.answer(heard, told))

    assert answer(DynamicValuesTold(None)) == {
        "status": "Rejected",
        "statusInfo": {"reasonCode": "InvalidProfile"},
    }
    told = answer(DynamicValuesTold(EVERYTHING))
    assert told["status"] == "Accepted"
    assert told["scheduleUpdate"]["limit_L2"] == 10
    assert "numberPhases" not in told["scheduleUpdate"]


def test_needs_of_an_iso_15118_20_vehicle() -> None:
    payload = {
        "evseId": 1,
        "timestamp": STAMP,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_BPT",
            "availableEnergyTransfer": ["AC_BPT", "AC_three_phase"],
            "controlMode": "ScheduledControl",
            "v2xChargingParameters": {
                "maxChargePower": 3700,
                "maxChargePower_L2": 3700,
                "maxChargePower_L3": 3600,
                "evTargetEnergyRequest": 30_000,
            },
        },
    }
    heard = OF_21.hear("NotifyEVChargingNeeds", payload, strict=True)
    assert isinstance(heard.report, reports.ChargingNeedsTold)
    needs = heard.report.needs
    assert (needs.discharges, needs.phases) == (True, None)
    assert (needs.max_power_w, needs.energy_wh) == (Decimal(11_000), Decimal(30_000))
    for is_promised, word in ((True, "Accepted"), (False, "NoChargingProfile")):
        told = OF_21.check(
            "NotifyEVChargingNeedsResponse", OF_21.dialect.answer(heard, NeedsHeard(is_promised))
        )
        assert told == {"status": word}


def test_priority_is_heard() -> None:
    payload = {"transactionId": "tx-1", "activated": True}
    heard = OF_21.hear("NotifyPriorityCharging", payload, strict=True)
    assert heard.report == reports.PriorityChargingTold(wire_id="tx-1", activated=True)


def test_a_limit_may_be_local_generation() -> None:
    payload = {
        "chargingLimit": {"chargingLimitSource": "roof", "isLocalGeneration": True},
        "chargingSchedule": [PROFILE["chargingSchedule"][0]],  # type: ignore[index]
    }
    report = OF_21.hear("NotifyChargingLimit", payload, strict=True).report
    assert isinstance(report, reports.ChargingLimitTold)
    assert (report.evse, report.is_local_generation, report.limit_source) == (0, True, "roof")
