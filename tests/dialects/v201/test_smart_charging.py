"""Smart charging on the wire of 2.0.1 and 2.1: chapter K, in both directions."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chargeyard.domain import commands, reports
from chargeyard.domain.charging_profiles import ChargingProfile, Limits
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Invalid, Rejected
from chargeyard.domain.results import (
    NothingToList,
    PartsFollow,
    ProfileInstalled,
    ProfilesCleared,
    ScheduleTold,
)
from tests.dialects.v201.wire import BOTH, NOW, PROFILE, SCHEDULE, STAMP, Payload, Version, named
from tests.domain.profiles import profile, schedule

EVENING = schedule((0, 16), (3600, "7.9"), duration_s=7200, phases=3)
SPELT = {
    "id": 1,
    "chargingRateUnit": "A",
    "startSchedule": "2026-11-21T12:00:00Z",
    "duration": 7200,
    "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 16, "numberPhases": 3},
        {"startPeriod": 3600, "limit": 7.9, "numberPhases": 3},
    ],
}

pytestmark = pytest.mark.parametrize("version", BOTH, ids=named)


def played(
    version: Version, command: commands.Command, answer: Payload | None = None
) -> tuple[list[Any], AnyOutcome]:
    """What is asked, checked against its schema, and the outcome when everything is answered alike."""
    asked = []
    script = version.dialect.phrase(command)
    try:
        request = next(script)
        while True:
            action = version.dialect.action_of(request)
            asked.append([action.name, version.check(f"{action.name}Request", msgspec.json.encode(request))])
            raw = msgspec.Raw(json.dumps(answer or {"status": "Accepted"}).encode())
            version.check(f"{action.name}Response", bytes(raw))
            request = script.send(version.dialect.understand(action, raw))
    except StopIteration as end:
        return asked, end.value


def _profile(**fields: Any) -> Payload:
    given = {
        "id": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": [SPELT],
    }
    return {**given, **fields}


TX = profile("Tx", EVENING, wire_id="c0ffee", transaction=7)


@pytest.mark.parametrize(
    ("given", "evse", "said"),
    [
        (profile("TxDefault", EVENING, evse=0), 0, _profile()),
        (
            profile("ChargePointMax", EVENING, id=5, stack_level=3),
            0,
            _profile(id=5, stackLevel=3, chargingProfilePurpose="ChargingStationMaxProfile"),
        ),
        (
            replace(TX, schedules=(EVENING, replace(EVENING, id=9))),
            1,
            _profile(
                chargingProfilePurpose="TxProfile",
                transactionId="c0ffee",
                chargingSchedule=[SPELT, {**SPELT, "id": 9}],
            ),
        ),
    ],
)
def test_a_profile_is_set(version: Version, given: ChargingProfile, evse: int, said: Payload) -> None:
    asked, outcome = played(version, commands.SetChargingProfile(profile=given))
    assert asked == [["SetChargingProfile", {"evseId": evse, "chargingProfile": said}]]
    assert isinstance(outcome, Accepted)
    assert outcome.result == ProfileInstalled(replaces="id")


def test_a_tariff_for_the_vehicle_goes_as_it_is(version: Version) -> None:
    tariff = {"id": 1, "salesTariffEntry": [{"relativeTimeInterval": {"start": 0}}]}
    given = replace(EVENING, prices={"salesTariff": tariff})
    asked, _ = played(version, commands.SetChargingProfile(profile=replace(TX, schedules=(given,))))
    assert asked[0][1]["chargingProfile"]["chargingSchedule"][0]["salesTariff"] == tariff


@pytest.mark.parametrize(
    ("changes", "limits", "detail"),
    [
        ({}, {"max_periods": 1}, "2 periods"),
        ({}, {"units": ("W",)}, "limits in A"),
        ({}, {"max_stack_level": 0}, "stack level 1 is above 0"),
        ({"purpose": "ExternalConstraints"}, {}, "from outside"),
        ({"schedules": (schedule((0, 16), phases=3, begins=None),)}, {}, "need their start"),
        ({"wire_id": "x" * 40, "transaction": 7, "purpose": "Tx"}, {}, "length <= 36"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_cannot_be_is_not_sent(
    version: Version, changes: dict[str, Any], limits: dict[str, Any], detail: str
) -> None:
    given = replace(profile("TxDefault", EVENING, stack_level=1), **changes)
    asked, outcome = played(version, commands.SetChargingProfile(profile=given, limits=Limits(**limits)))
    assert asked == []
    assert isinstance(outcome, Invalid)
    assert detail in outcome.detail


def test_a_double_is_not_sent(version: Version) -> None:
    command = commands.SetChargingProfile(profile=TX, doubles=("profile 9 says the same",))
    assert played(version, command) == ([], Invalid(detail="profile 9 says the same"))


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        (Criteria(id=4, evse=1), {"chargingProfileId": 4}),
        (
            Criteria(evse=0, purpose="TxDefault", stack_level=2),
            {
                "chargingProfileCriteria": {
                    "evseId": 0,
                    "chargingProfilePurpose": "TxDefaultProfile",
                    "stackLevel": 2,
                }
            },
        ),
    ],
)
def test_profiles_are_cleared(version: Version, criteria: Criteria, said: Payload) -> None:
    command = commands.ClearChargingProfiles(criteria=criteria)
    asked, outcome = played(version, command)
    assert asked == [["ClearChargingProfile", said]]
    assert isinstance(outcome, Accepted)
    assert outcome.result == ProfilesCleared(any_found=True)
    unknown = played(version, command, {"status": "Unknown"})[1]
    assert isinstance(unknown, Rejected)
    assert unknown.result == ProfilesCleared(any_found=False)


def test_everything_is_cleared_purpose_by_purpose(version: Version) -> None:
    asked, outcome = played(version, commands.ClearChargingProfiles())
    purposes = [payload["chargingProfileCriteria"]["chargingProfilePurpose"] for _, payload in asked]
    assert purposes[:3] == ["ChargingStationMaxProfile", "TxDefaultProfile", "TxProfile"]
    assert "ChargingStationExternalConstraints" not in purposes
    assert isinstance(outcome, Accepted)
    outside = commands.ClearChargingProfiles(criteria=Criteria(purpose="ExternalConstraints"))
    assert isinstance(played(version, outside)[1], Invalid)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, {"chargingProfile": {}}),
        ({"evse": 0}, {"evseId": 0, "chargingProfile": {}}),
        ({"ids": (4, 5), "evse": 1}, {"evseId": 1, "chargingProfile": {"chargingProfileId": [4, 5]}}),
        (
            {"evse": 1, "purpose": "Tx", "stack_level": 1, "sources": ("EMS", "CSO")},
            {
                "evseId": 1,
                "chargingProfile": {
                    "chargingProfilePurpose": "TxProfile",
                    "stackLevel": 1,
                    "chargingLimitSource": ["EMS", "CSO"],
                },
            },
        ),
    ],
)
def test_profiles_are_read(version: Version, fields: dict[str, Any], said: Payload) -> None:
    command = commands.ReadChargingProfiles(request_id=3, **fields)
    asked, outcome = played(version, command)
    assert asked == [["GetChargingProfiles", {"requestId": 3, **said}]]
    assert isinstance(outcome, Accepted)
    assert outcome.result == PartsFollow(request_id=3)
    none = played(version, command, {"status": "NoProfiles"})[1]
    assert isinstance(none, Rejected)
    assert (none.reason, none.result) == ("NoProfiles", NothingToList())


def test_the_composite_schedule_is_read(version: Version) -> None:
    answer = {
        "status": "Accepted",
        "schedule": {
            "evseId": 1,
            "duration": 600,
            "scheduleStart": STAMP,
            "chargingRateUnit": "W",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 11000}],
        },
    }
    command = commands.GetCompositeSchedule(evse=1, duration_s=600, unit="W")
    asked, outcome = played(version, command, answer)
    assert asked == [["GetCompositeSchedule", {"evseId": 1, "duration": 600, "chargingRateUnit": "W"}]]
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.result, ScheduleTold)
    told = outcome.result.schedule
    assert (told.evse, told.unit, told.periods[0].limit) == (1, "W", Decimal(11_000))
    assert isinstance(played(version, command, {"status": "Rejected"})[1], Rejected)


def test_a_profile_goes_with_the_start(version: Version) -> None:
    given = replace(TX, wire_id="", transaction=None)
    asked, _ = played(version, commands.StartTransaction(id_token="CARD1", evse=1, profile=given))
    assert asked[0][1]["chargingProfile"] == _profile(chargingProfilePurpose="TxProfile")
    wrong = replace(given, evse=0)
    outcome = played(version, commands.StartTransaction(id_token="CARD1", profile=wrong))[1]
    assert isinstance(outcome, Invalid)


# --- what charge points tell ------------------------------------------------------------------------------------


def test_listed_profiles_are_understood(version: Version) -> None:
    listed = {
        **PROFILE,
        "chargingProfilePurpose": "ChargingStationExternalConstraints",
        "validTo": "2099-01-01T00:00:00Z",
        "chargingSchedule": [{**SCHEDULE, "startSchedule": STAMP, "duration": 60}],
    }
    report = _profiles(version, [listed], tbc=True)
    assert (report.request_id, report.is_last, report.evse, report.limit_source) == (3, False, 1, "EMS")
    [found] = report.profiles
    assert (found.purpose, found.kind) == ("ExternalConstraints", "Absolute")
    # What is valid for years is no mistake of a clock.
    assert found.valid_to is not None
    assert found.valid_to.year == 2099
    assert found.schedules[0].periods[0].limit == Decimal(16)


@pytest.mark.parametrize(
    "oddity",
    [
        {"chargingProfilePurpose": "Unheard"},
        {"chargingProfileKind": "Sporadic"},
        {"chargingSchedule": [{**SCHEDULE, "chargingRateUnit": "VA"}]},
    ],
    ids=str,
)
def test_a_profile_that_nobody_understands_hides_no_other(version: Version, oddity: Payload) -> None:
    heard = version.hear("ReportChargingProfiles", _listing([{**PROFILE, **oddity}, PROFILE]))
    assert isinstance(heard.report, reports.ChargingProfilesListed)
    assert [one.id for one in heard.report.profiles] == [1]
    assert "profile_unread" in {finding.rule for finding in heard.findings}


def _listing(profiles: list[Payload], **fields: Any) -> Payload:
    return {
        "requestId": 3,
        "chargingLimitSource": "EMS",
        "evseId": 1,
        "chargingProfile": profiles,
        **fields,
    }


def _profiles(version: Version, profiles: list[Payload], **fields: Any) -> reports.ChargingProfilesListed:
    report = version.hear("ReportChargingProfiles", _listing(profiles, **fields), strict=True).report
    assert isinstance(report, reports.ChargingProfilesListed)
    return report


def test_numbers_beyond_all_sense_are_kept_small(version: Version) -> None:
    schedule_ = {
        **SCHEDULE,
        "chargingSchedulePeriod": [{"startPeriod": 10**30, "limit": 1e300}],
    }
    [found] = _profiles(version, [{**PROFILE, "chargingSchedule": [schedule_]}]).profiles
    [period] = found.schedules[0].periods
    assert (period.start_s, period.limit) == (0, Decimal(10**9))


def test_a_limit_from_outside_begins_when_it_is_told(version: Version) -> None:
    payload = {
        "chargingLimit": {"chargingLimitSource": "SO", "isGridCritical": True},
        "evseId": 2,
        "chargingSchedule": [SCHEDULE],
    }
    report = version.hear("NotifyChargingLimit", payload, strict=True).report
    assert isinstance(report, reports.ChargingLimitTold)
    assert (report.evse, report.limit_source, report.is_grid_critical) == (2, "SO", True)
    assert report.schedules[0].start == NOW
    cleared = version.hear("ClearedChargingLimit", {"chargingLimitSource": "SO"}, strict=True).report
    assert cleared == reports.ChargingLimitCleared(evse=None, limit_source="SO")


def test_needs_of_a_vehicle_on_alternating_current(version: Version) -> None:
    payload = {
        "evseId": 1,
        "maxScheduleTuples": 12,
        "chargingNeeds": {
            "requestedEnergyTransfer": "AC_two_phase",
            "departureTime": "2026-11-22T06:00:00Z",
            "acChargingParameters": {
                "energyAmount": 20_000,
                "evMinCurrent": 6,
                "evMaxCurrent": 32,
                "evMaxVoltage": 230,
            },
        },
    }
    report = version.hear("NotifyEVChargingNeeds", payload, strict=True).report
    assert isinstance(report, reports.ChargingNeedsTold)
    needs = report.needs
    assert (needs.phases, needs.max_tuples) == (2, 12)
    assert (needs.energy_wh, needs.max_current_a) == (Decimal(20_000), Decimal(32))
    assert needs.departure is not None
    assert needs.departure.day == 22
    assert json.loads(bytes(needs.said))["acChargingParameters"]["evMinCurrent"] == 6
    assert needs.discharges is False


def test_needs_of_a_vehicle_on_direct_current(version: Version) -> None:
    direct = {
        "evMaxCurrent": 200,
        "evMaxVoltage": 800,
        "evMaxPower": 100_000,
        "stateOfCharge": 40,
        "evEnergyCapacity": 60_000,
        "fullSoC": 80,
    }
    payload = {
        "evseId": 1,
        "chargingNeeds": {"requestedEnergyTransfer": "DC", "dcChargingParameters": direct},
    }
    report = version.hear("NotifyEVChargingNeeds", payload, strict=True).report
    assert isinstance(report, reports.ChargingNeedsTold)
    needs = report.needs
    # What is missing in the battery is what it needs.
    assert needs.phases == 0
    assert (needs.energy_wh, needs.max_power_w) == (Decimal(24_000), Decimal(100_000))


def test_needs_of_which_nothing_can_be_read_are_answered(version: Version) -> None:
    answer = version.answer("NotifyEVChargingNeeds", {"evseId": "?", "chargingNeeds": {}})
    assert answer["status"] in ("Rejected", "NoChargingProfile")


def test_a_plan_counts_from_its_time_base(version: Version) -> None:
    payload = {"timeBase": STAMP, "evseId": 1, "chargingSchedule": {**SCHEDULE, "id": 2}}
    report = version.hear("NotifyEVChargingSchedule", payload, strict=True).report
    assert isinstance(report, reports.VehicleScheduleTold)
    assert report.plan.chosen == 2
    assert str(report.plan.schedule.start) == "2026-11-21 08:14:59+00:00"
    odd = {**payload, "chargingSchedule": {**SCHEDULE, "chargingRateUnit": "VA"}}
    assert isinstance(version.hear("NotifyEVChargingSchedule", odd).report, reports.Reported)
    assert version.answer("NotifyEVChargingSchedule", payload) == {"status": "Accepted"}
