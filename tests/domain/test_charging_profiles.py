"""What is wrong with a profile before it is sent; profiles as JSON."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chargeyard.domain.charging_profiles import (
    ChargingProfile,
    ChargingSchedule,
    CurvePoint,
    Limits,
    Period,
    Purpose,
    SocLimit,
    faults,
)
from tests.domain.made import NOW
from tests.domain.profiles import periods, profile, schedule, second

SCHEDULE = schedule((0, 16), (60, 8))


@pytest.mark.parametrize(
    "sound",
    [
        profile("ChargePointMax", SCHEDULE),
        profile("TxDefault", SCHEDULE, evse=0),
        profile("TxDefault", schedule((0, 16), begins=None), kind="Relative"),
        profile("TxDefault", SCHEDULE, kind="Recurring", recurrency="Weekly"),
        profile("Tx", SCHEDULE),
        profile("Tx", SCHEDULE, transaction=None, wire_id="their own"),
        profile("Tx", SCHEDULE, SCHEDULE, SCHEDULE),
        profile("Tx", schedule((0, 16), begins=None), kind="Dynamic"),
        profile("PriorityCharging", SCHEDULE),
        profile("LocalGeneration", SCHEDULE, evse=0),
        profile("Tx", schedule((0, 16), phases=1)),
        profile("TxDefault", SCHEDULE, valid_from=NOW, valid_to=second(1)),
        # Many a charge point names a recurrency that its kind does not ask for (libocpp#609).
        profile("TxDefault", SCHEDULE, recurrency="Daily"),
    ],
)
def test_a_sound_profile_has_no_fault(sound: ChargingProfile) -> None:
    assert faults(sound, Limits()) == ()


def _periods(*given: Period, purpose: Purpose = "Tx") -> ChargingProfile:
    return profile(purpose, ChargingSchedule(unit="A", start=NOW, periods=given))


def _at(start_s: int, **fields: Any) -> Period:
    return Period(start_s=start_s, **{"limit": Decimal(16), **fields})


@pytest.mark.parametrize(
    ("unsound", "words"),
    [
        (profile("ExternalConstraints", SCHEDULE), ["ExternalConstraints"]),
        (profile("ChargePointMax", SCHEDULE, evse=1), ["WrongEvse"]),
        (profile("ChargePointMax", schedule((0, 16), begins=None), kind="Relative"), ["UnsupportedKind"]),
        (profile("TxDefault", SCHEDULE, evse=-1), ["WrongEvse"]),
        (profile("Tx", SCHEDULE, evse=0), ["WrongEvse"]),
        (profile("Tx", SCHEDULE, transaction=None), ["TransactionMissing"]),
        (profile("TxDefault", SCHEDULE, transaction=7), ["TransactionNotAllowed"]),
        (profile("TxDefault", SCHEDULE, wire_id="x"), ["TransactionNotAllowed"]),
        (profile("TxDefault", SCHEDULE, stack_level=-1), ["StackLevel"]),
        (profile("TxDefault", SCHEDULE, valid_from=NOW, valid_to=NOW), ["Validity"]),
        (profile("TxDefault", SCHEDULE, kind="Recurring"), ["RecurrencyMissing"]),
        (profile("TxDefault"), ["ScheduleCount"]),
        (profile("TxDefault", SCHEDULE, SCHEDULE), ["ScheduleCount"]),
        (profile("Tx", *[SCHEDULE] * 4), ["ScheduleCount"]),
        (profile("TxDefault", schedule((0, 16), begins=None)), ["StartMissing"]),
        (profile("TxDefault", SCHEDULE, kind="Relative"), ["StartNotAllowed"]),
        (profile("TxDefault", schedule((0, 16), duration_s=0)), ["Duration"]),
        (profile("TxDefault", schedule((0, 16), duration_s=2**31)), ["Duration"]),
        (profile("TxDefault", schedule((0, 16), (2**31, 8))), ["PeriodOrder"]),
        (profile("TxDefault", schedule()), ["PeriodCount"]),
        (profile("Tx", SCHEDULE, kind="Dynamic"), ["PeriodCount"]),
        # steve#1174
        (profile("TxDefault", schedule((1, 16))), ["FirstPeriod"]),
        (profile("TxDefault", schedule((0, 16), (60, 8), (60, 6))), ["PeriodOrder"]),
        (profile("TxDefault", schedule((0, 16), (60, 8), (30, 6))), ["PeriodOrder"]),
        (_periods(_at(0, phases=0)), ["Phases"]),
        (_periods(_at(0, phases=4)), ["Phases"]),
        (_periods(_at(0, phase_to_use=1)), ["Phases"]),
        (_periods(_at(0, phase_to_use=1, phases=3)), ["Phases"]),
        (_periods(_at(0, limit_l2=Decimal(1)), purpose="TxDefault"), ["Phases"]),
        (_periods(_at(0, limit=None)), ["Limit"]),
        (_periods(_at(0), _at(9, limit=Decimal(-1))), ["Limit"]),
        (_periods(_at(0, limit_l3=Decimal(-1))), ["Limit"]),
        (_periods(_at(0, discharge_limit=Decimal(1))), ["Limit"]),
        (_periods(_at(0, limit=Decimal("NaN"))), ["Limit"]),
        (_periods(_at(0, setpoint=Decimal("-Infinity"))), ["Limit"]),
        (_periods(_at(0, limit=Decimal("1e999999"))), ["Limit"]),
        (
            profile("Tx", schedule((1, -1), begins=None), evse=0),
            ["WrongEvse", "StartMissing", "FirstPeriod", "Limit"],
        ),
    ],
)
def test_each_fault_has_its_word(unsound: ChargingProfile, words: list[str]) -> None:
    found = faults(unsound, Limits())
    assert [fault.word for fault in found] == words
    assert all(fault.detail for fault in found)


@pytest.mark.parametrize(
    ("limits", "given", "words"),
    [
        (Limits(max_stack_level=8), profile("Tx", SCHEDULE, stack_level=9), ["StackLevel"]),
        (Limits(max_stack_level=8), profile("Tx", SCHEDULE, stack_level=8), []),
        (Limits(max_periods=1), profile("Tx", SCHEDULE), ["PeriodCount"]),
        (Limits(max_periods=2), profile("Tx", SCHEDULE), []),
        (Limits(max_schedules=1), profile("Tx", SCHEDULE, SCHEDULE), ["ScheduleCount"]),
        (Limits(units=("W",)), profile("Tx", SCHEDULE), ["UnsupportedUnit"]),
        (Limits(purposes=("Tx",)), profile("TxDefault", SCHEDULE), ["UnsupportedPurpose"]),
        (
            Limits(kinds=("Absolute",)),
            profile("Tx", SCHEDULE, kind="Recurring", recurrency="Daily"),
            ["UnsupportedKind"],
        ),
        (Limits(evses=2), profile("Tx", SCHEDULE, evse=3), ["WrongEvse"]),
        (Limits(evses=2), profile("Tx", SCHEDULE, evse=2), []),
        (Limits(direct_current=True), profile("Tx", schedule((0, 16), phases=3)), ["Phases"]),
        (Limits(direct_current=True), profile("Tx", SCHEDULE), []),
        (Limits(phase_switching=True), _periods(_at(0, phases=1, phase_to_use=2)), []),
        (Limits(phase_switching=False), _periods(_at(0, phases=1, phase_to_use=2)), ["Phases"]),
        (Limits(transaction_optional=True), profile("Tx", SCHEDULE, transaction=None), []),
        # A setpoint steers alone where its mode says so.
        (Limits(), _periods(_at(0, limit=None, setpoint=Decimal(9), operation_mode="CentralSetpoint")), []),
    ],
)
def test_a_charge_point_has_its_own_limits(limits: Limits, given: ChargingProfile, words: list[str]) -> None:
    assert [fault.word for fault in faults(given, limits)] == words


def test_a_profile_survives_json() -> None:
    whole = profile(
        "Tx",
        ChargingSchedule(
            unit="W",
            start=NOW,
            duration_s=60,
            min_rate=Decimal("1.5"),
            soc_limit=SocLimit(80, Decimal(3700)),
            prices={"salesTariff": {"id": 1}},
            periods=(
                *periods((0, "7400.5"), phases=1, phase_to_use=3),
                Period(
                    start_s=30, setpoint=Decimal(-5), signal_curve=(CurvePoint(Decimal(1), Decimal(-900)),)
                ),
            ),
        ),
        updated_at=NOW,
        valid_to=second(90),
    )
    assert msgspec.json.decode(msgspec.json.encode(whole), type=ChargingProfile) == whole
