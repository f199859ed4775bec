"""Smart charging in the words of 1.6: what is sent fits the schemas, what is answered becomes an outcome."""

import json
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from chargeyard.dialects.v16 import V16
from chargeyard.domain import commands
from chargeyard.domain.charging_profiles import ChargingProfile, Limits, SocLimit
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.outcomes import Accepted, AnyOutcome, Invalid, Rejected, Unsupported
from chargeyard.domain.results import ProfileInstalled, ProfilesCleared, ScheduleTold
from tests.dialects.v16.wire import STAMP, check
from tests.domain.profiles import profile, schedule

EVENING = schedule((0, 16), (3600, "7.9"), duration_s=7200, phases=3)
SPELT = {
    "chargingRateUnit": "A",
    "startSchedule": "2026-11-21T12:00:00Z",
    "duration": 7200,
    "chargingSchedulePeriod": [
        {"startPeriod": 0, "limit": 16, "numberPhases": 3},
        {"startPeriod": 3600, "limit": 7.9, "numberPhases": 3},
    ],
}


def _played(command: commands.Command, answer: dict[str, Any] | None = None) -> tuple[list[Any], AnyOutcome]:
    """What is asked, checked against its schema, and the outcome when everything is answered alike."""
    asked = []
    script = V16.phrase(command)
    try:
        request = next(script)
        while True:
            action = V16.action_of(request)
            asked.append([action.name, check(action.name, msgspec.json.encode(request))])
            raw = msgspec.Raw(json.dumps(answer or {"status": "Accepted"}).encode())
            check(f"{action.name}Response", bytes(raw))
            request = script.send(V16.understand(action, raw))
    except StopIteration as end:
        return asked, end.value


def _profile(**fields: Any) -> dict[str, Any]:
    given = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Absolute",
        "chargingSchedule": SPELT,
    }
    return {**given, **fields}


TX = profile("Tx", EVENING, wire_id="7", transaction=7)


@pytest.mark.parametrize(
    ("given", "connector", "said"),
    [
        (profile("TxDefault", EVENING), 1, _profile()),
        (
            profile("ChargePointMax", EVENING, id=5, stack_level=3),
            0,
            _profile(chargingProfileId=5, stackLevel=3, chargingProfilePurpose="ChargePointMaxProfile"),
        ),
        (TX, 1, _profile(chargingProfilePurpose="TxProfile", transactionId=7)),
        (
            profile("TxDefault", EVENING, kind="Recurring", recurrency="Daily"),
            1,
            _profile(chargingProfileKind="Recurring", recurrencyKind="Daily"),
        ),
    ],
)
def test_a_profile_is_set(given: ChargingProfile, connector: int, said: dict[str, Any]) -> None:
    asked, outcome = _played(commands.SetChargingProfile(profile=given))
    assert asked == [["SetChargingProfile", {"connectorId": connector, "csChargingProfiles": said}]]
    assert isinstance(outcome, Accepted)
    assert outcome.result == ProfileInstalled(replaces="stack")


def test_a_double_gives_way_and_forbids_nothing() -> None:
    command = commands.SetChargingProfile(profile=TX, doubles=("profile 9 says the same",))
    assert len(_played(command)[0]) == 1


@pytest.mark.parametrize(
    ("changes", "detail"),
    [
        ({"purpose": "PriorityCharging"}, "PriorityCharging"),
        ({"kind": "Dynamic"}, "Dynamic"),
        ({"max_offline_s": 60}, "max_offline_s"),
        ({"price_signature": "x"}, "price_signature"),
        ({"schedules": (EVENING, EVENING)}, "2 schedules"),
        ({"schedules": (replace(EVENING, id=3),)}, "no id"),
        ({"schedules": (replace(EVENING, soc_limit=SocLimit(80, Decimal(6))),)}, "soc_limit"),
        ({"schedules": (replace(EVENING, prices={"salesTariff": {}}),)}, "salesTariff"),
        ({"schedules": (schedule((0, 16), phases=1),), "stack_level": 9}, "stack level 9"),
        ({"schedules": (schedule((0, "16.05")),)}, "limit with more than 1 digit"),
        ({"schedules": (replace(EVENING, unit="W"),)}, "limits in W"),
        ({"wire_id": "c0ffee", "transaction": 3, "purpose": "Tx"}, "another version"),
        ({"id": "x"}, "int"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_1_6_or_the_charge_point_cannot_say_is_not_sent(changes: dict[str, Any], detail: str) -> None:
    given = replace(profile("TxDefault", EVENING), **changes)
    limits = Limits(max_stack_level=8, units=("A",))
    asked, outcome = _played(commands.SetChargingProfile(profile=given, limits=limits))
    assert asked == []
    assert isinstance(outcome, Invalid)
    assert detail in outcome.detail


def test_a_period_that_1_6_cannot_say_names_its_field() -> None:
    period = replace(EVENING.periods[0], setpoint=Decimal(5))
    given = profile("TxDefault", replace(EVENING, periods=(period,)))
    outcome = _played(commands.SetChargingProfile(profile=given))[1]
    assert outcome == Invalid(detail="profiles of this version have no setpoint")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("Rejected", Rejected), ("NotSupported", Unsupported)],
)
def test_a_profile_is_refused(status: str, outcome: type[AnyOutcome]) -> None:
    command = commands.SetChargingProfile(profile=TX)
    assert isinstance(_played(command, {"status": status})[1], outcome)


@pytest.mark.parametrize(
    ("criteria", "said"),
    [
        (Criteria(), {}),
        (Criteria(id=4, evse=1), {"id": 4}),
        (
            Criteria(evse=0, purpose="TxDefault", stack_level=2),
            {"connectorId": 0, "chargingProfilePurpose": "TxDefaultProfile", "stackLevel": 2},
        ),
    ],
)
def test_profiles_are_cleared(criteria: Criteria, said: dict[str, Any]) -> None:
    command = commands.ClearChargingProfiles(criteria=criteria)
    asked, outcome = _played(command)
    assert asked == [["ClearChargingProfile", said]]
    assert isinstance(outcome, Accepted)
    assert outcome.result == ProfilesCleared(any_found=True)
    unknown = _played(command, {"status": "Unknown"})[1]
    assert isinstance(unknown, Rejected)
    assert (unknown.reason, unknown.result) == ("Unknown", ProfilesCleared(any_found=False))


def test_a_purpose_that_1_6_has_not_cannot_be_cleared() -> None:
    command = commands.ClearChargingProfiles(criteria=Criteria(purpose="LocalGeneration"))
    assert isinstance(_played(command)[1], Invalid)


def test_the_composite_schedule_is_read() -> None:
    answer = {
        "status": "Accepted",
        "connectorId": 1,
        "scheduleStart": STAMP,
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "duration": 600,
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 16.1, "numberPhases": 3}],
        },
    }
    command = commands.GetCompositeSchedule(evse=1, duration_s=900, unit="A")
    asked, outcome = _played(command, answer)
    assert asked == [["GetCompositeSchedule", {"connectorId": 1, "duration": 900, "chargingRateUnit": "A"}]]
    assert isinstance(outcome, Accepted)
    assert isinstance(outcome.result, ScheduleTold)
    told = outcome.result.schedule
    assert (told.evse, told.duration_s, told.unit) == (1, 600, "A")
    assert [(p.start_s, p.limit, p.phases) for p in told.periods] == [(0, Decimal("16.1"), 3)]


@pytest.mark.parametrize(
    "answer",
    [
        {"status": "Accepted"},
        {
            "status": "Accepted",
            "chargingSchedule": {"chargingRateUnit": "A", "chargingSchedulePeriod": []},
        },
    ],
)
def test_a_composite_schedule_without_a_start_says_nothing(answer: dict[str, Any]) -> None:
    outcome = _played(commands.GetCompositeSchedule(evse=1, duration_s=900), answer)[1]
    assert isinstance(outcome, Accepted)
    assert outcome.result is None


def test_a_profile_goes_with_the_start() -> None:
    given = replace(TX, wire_id="", transaction=None)
    asked, _ = _played(commands.StartTransaction(id_token="CARD1", evse=1, profile=given))
    assert asked[0][1]["chargingProfile"] == _profile(chargingProfilePurpose="TxProfile")
    wrong = replace(given, purpose="TxDefault", max_offline_s=1)
    outcome = _played(commands.StartTransaction(id_token="CARD1", evse=1, profile=wrong))[1]
    assert isinstance(outcome, Invalid)
