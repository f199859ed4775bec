"""Charging profiles: how much an EVSE may take, when; and what is wrong with one before it is sent.

One set of structs for every version of the protocol; a dialect fills in what its version has. Limits are
`Decimal` in the schedule's unit: watts in total over the phases, amperes per phase (1.6 §7.13, 2.x
ChargingSchedulePeriodType). Instants are aware UTC, offsets whole seconds. As JSON they stand in the store and
in REST, in camelCase.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any, Literal

from msgspec import Struct

Purpose = Literal[
    "ChargePointMax", "ExternalConstraints", "TxDefault", "Tx", "PriorityCharging", "LocalGeneration"
]
"""What a profile is for: the charge point's limit for all EVSEs together; a limit from outside, which is never
ours to set; every transaction; one transaction; a transaction with priority; power generated on the site, which
comes on top."""

Kind = Literal["Absolute", "Recurring", "Relative", "Dynamic"]
"""From an instant; from an instant and again daily or weekly; from the start of charging; one period whose
values are sent anew now and then."""

Recurrency = Literal["Daily", "Weekly"]
Unit = Literal["A", "W"]


class CurvePoint(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A point of a curve that an EV follows by itself: at this frequency (Hz) or signal, this power (W)."""

    at: Decimal
    power_w: Decimal


class Period(
    Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", forbid_unknown_fields=True
):
    """What holds from `start_s` after the schedule's start until the next period, or the schedule's end.

    `limit` None: this period does not limit. With a value for L2 or L3, the plain one is for L1 alone.
    Discharging has negative values. `operation_mode` is the version's own word, "" where it has none.
    """

    start_s: int
    limit: Decimal | None = None
    limit_l2: Decimal | None = None
    limit_l3: Decimal | None = None
    phases: int | None = None
    phase_to_use: int | None = None
    discharge_limit: Decimal | None = None
    discharge_limit_l2: Decimal | None = None
    discharge_limit_l3: Decimal | None = None
    setpoint: Decimal | None = None
    setpoint_l2: Decimal | None = None
    setpoint_l3: Decimal | None = None
    reactive: Decimal | None = None
    reactive_l2: Decimal | None = None
    reactive_l3: Decimal | None = None
    operation_mode: str = ""
    preconditioning: bool | None = None
    evse_sleep: bool | None = None
    baseline_w: Decimal | None = None
    frequency_curve: tuple[CurvePoint, ...] = ()
    signal_curve: tuple[CurvePoint, ...] = ()


class SocLimit(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """From this state of charge on, no more than `limit` in the schedule's unit."""

    soc_percent: int
    limit: Decimal


class ChargingSchedule(
    Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel", forbid_unknown_fields=True
):
    """Periods, and where they begin. `duration_s` None: the last period never ends, or until it recurs.

    `prices` keeps a tariff for the vehicle as the charge point's version words it: it informs, it limits nothing.
    """

    unit: Unit
    periods: tuple[Period, ...]
    start: datetime | None = None
    duration_s: int | None = None
    min_rate: Decimal | None = None
    id: int | None = None
    soc_limit: SocLimit | None = None
    power_tolerance_w: Decimal | None = None
    randomized_delay_s: int | None = None
    use_local_time: bool = False
    signature_id: int | None = None
    digest: str = ""
    prices: dict[str, Any] | None = None


class ChargingProfile(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """A profile for one EVSE, or with EVSE 0 for the charge point.

    Several schedules are offers to an ISO 15118 vehicle, which picks one. `transaction` is our number;
    `wire_id` is what the charge point calls it, and stands alone where we do not know that transaction.
    `updated_at` is when a Dynamic profile last got its values: its duration counts from there.
    """

    id: int
    stack_level: int
    purpose: Purpose
    kind: Kind
    schedules: tuple[ChargingSchedule, ...]
    evse: int = 0
    transaction: int | None = None
    wire_id: str = ""
    recurrency: Recurrency | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    max_offline_s: int | None = None
    invalid_after_offline: bool = False
    update_interval_s: int | None = None
    updated_at: datetime | None = None
    price_signature: str = ""


class Limits(Struct, frozen=True, kw_only=True):
    """What a charge point can take, as it has told; the defaults refuse nothing that it might know.

    A dialect gives the purposes and the number of schedules of its version; the rest is read from the charge
    point. `transaction_optional`: the profile goes with the request to start, when no transaction exists yet.
    `charging_only`: the vehicle of the transaction cannot discharge.
    """

    max_stack_level: int | None = None
    max_periods: int | None = None
    max_schedules: int = 3
    units: tuple[Unit, ...] = ("A", "W")
    purposes: tuple[Purpose, ...] = (
        "ChargePointMax",
        "TxDefault",
        "Tx",
        "PriorityCharging",
        "LocalGeneration",
    )
    kinds: tuple[Kind, ...] = ("Absolute", "Recurring", "Relative", "Dynamic")
    evses: int | None = None
    direct_current: bool = False
    phase_switching: bool = True
    transaction_optional: bool = False
    charging_only: bool = False


FaultWord = Literal[
    "ExternalConstraints",
    "UnsupportedPurpose",
    "UnsupportedKind",
    "WrongEvse",
    "TransactionMissing",
    "TransactionNotAllowed",
    "StackLevel",
    "Validity",
    "RecurrencyMissing",
    "ScheduleCount",
    "UnsupportedUnit",
    "StartMissing",
    "StartNotAllowed",
    "Duration",
    "PeriodCount",
    "FirstPeriod",
    "PeriodOrder",
    "Phases",
    "Limit",
    "Duplicate",
    "Full",
]


class Fault(Struct, frozen=True):
    """Why a charge point would refuse a profile: a word for programs, a sentence for people."""

    word: FaultWord
    detail: str


def faults(profile: ChargingProfile, limits: Limits) -> tuple[Fault, ...]:
    """All that is wrong with `profile` for a charge point with `limits`; empty: it can be sent."""
    found = [fault for check in PROFILE_CHECKS for fault in check(profile, limits)]
    for schedule in profile.schedules:
        found += [fault for check in SCHEDULE_CHECKS for fault in check(profile, schedule, limits)]
    return tuple(found)


def _purpose(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    if profile.purpose == "ExternalConstraints":
        yield Fault("ExternalConstraints", "external constraints come from outside and are never set by us")
    elif profile.purpose not in limits.purposes:
        yield Fault("UnsupportedPurpose", f"the charge point has no profiles for {profile.purpose}")
    if profile.kind not in limits.kinds:
        yield Fault("UnsupportedKind", f"the charge point has no {profile.kind} profiles")
    if profile.purpose == "ChargePointMax" and profile.kind == "Relative":
        yield Fault("UnsupportedKind", "the charge point's maximum cannot be relative to a transaction")


def _place(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    if profile.evse < 0 or (limits.evses is not None and profile.evse > limits.evses):
        yield Fault("WrongEvse", f"the charge point has no EVSE {profile.evse}")
    elif profile.purpose == "ChargePointMax" and profile.evse != 0:
        yield Fault("WrongEvse", "the charge point's maximum is set for EVSE 0")
    elif profile.purpose == "Tx" and profile.evse == 0:
        yield Fault("WrongEvse", "a profile for one transaction needs the EVSE it runs on")


def _transaction(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    """2.0.1 K01.FR.03; with the request to start there is none yet (1.6 errata 3.41)."""
    known = profile.transaction is not None or bool(profile.wire_id)
    if profile.purpose == "Tx" and not known and not limits.transaction_optional:
        yield Fault("TransactionMissing", "a profile for one transaction must name it")
    if profile.purpose != "Tx" and known:
        yield Fault("TransactionNotAllowed", f"a profile for {profile.purpose} names no transaction")


def _stack_level(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    if profile.stack_level < 0:
        yield Fault("StackLevel", "stack levels begin at 0")
    if limits.max_stack_level is not None and profile.stack_level > limits.max_stack_level:
        yield Fault("StackLevel", f"stack level {profile.stack_level} is above {limits.max_stack_level}")


def _validity(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    begins, ends = profile.valid_from, profile.valid_to
    if begins is not None and ends is not None and ends <= begins:
        yield Fault("Validity", "the profile ends before it begins")
    if profile.kind == "Recurring" and profile.recurrency is None:
        yield Fault("RecurrencyMissing", "a recurring profile recurs daily or weekly")


def _schedule_count(profile: ChargingProfile, limits: Limits) -> Iterator[Fault]:
    """More than one is an offer to an ISO 15118 vehicle, and so for its transaction only."""
    count = len(profile.schedules)
    allowed = limits.max_schedules if profile.purpose == "Tx" else 1
    if not 1 <= count <= allowed:
        yield Fault("ScheduleCount", f"{count} schedules where 1 to {allowed} can be")


def _unit(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    if schedule.unit not in limits.units:
        yield Fault("UnsupportedUnit", f"the charge point does not take limits in {schedule.unit}")


def _start(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    """2.0.1 K01.FR.40; field quirks 59 and 61 show both mistakes refused."""
    if profile.kind in ("Absolute", "Recurring") and schedule.start is None:
        yield Fault("StartMissing", f"{profile.kind} schedules need their start")
    if profile.kind == "Relative" and schedule.start is not None:
        yield Fault("StartNotAllowed", "a Relative schedule starts with the transaction")


def _duration(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    if schedule.duration_s is not None and not 0 < schedule.duration_s <= _LONGEST_S:
        yield Fault("Duration", f"a schedule lasts 1 to {_LONGEST_S} seconds")


def _periods(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    """The first at 0, then ascending (2.0.1 K01.FR.31, FR.35; steve#1174)."""
    starts = [period.start_s for period in schedule.periods]
    allowed = 1 if profile.kind == "Dynamic" else limits.max_periods
    if not starts or (allowed is not None and len(starts) > allowed):
        yield Fault("PeriodCount", f"{len(starts)} periods where 1 to {allowed or 'any number'} can be")
    if starts and starts[0] != 0:
        yield Fault("FirstPeriod", f"the first period starts at {starts[0]} s and not at 0")
    if any(later <= earlier for earlier, later in pairwise(starts)):
        yield Fault("PeriodOrder", "each period must start after the one before")
    if starts and max(starts) > _LONGEST_S:
        yield Fault("PeriodOrder", f"no period starts later than after {_LONGEST_S} s")


_LONGEST_S = 2**31 - 1
"""What a charge point's integers hold; more would also leave the calendar."""


def _phases(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    for period in schedule.periods:
        yield from (Fault("Phases", detail) for detail in _phase_details(profile, period, limits))


def _phase_details(profile: ChargingProfile, period: Period, limits: Limits) -> Iterator[str]:
    if period.phases is not None and limits.direct_current:
        yield "direct current has no phases"
    elif period.phases is not None and not 1 <= period.phases <= 3:
        yield f"{period.phases} phases where 1 to 3 can be"
    if period.phase_to_use is not None and not (period.phases == 1 and limits.phase_switching):
        yield "a phase is chosen only for one phase, by a charge point that can switch"
    if profile.purpose != "Tx" and (period.limit_l2 is not None or period.limit_l3 is not None):
        yield "limits per phase are for a transaction only"


def _limit(profile: ChargingProfile, schedule: ChargingSchedule, limits: Limits) -> Iterator[Fault]:
    for period in schedule.periods:
        yield from (Fault("Limit", f"{detail} (period at {period.start_s} s)") for detail in _details(period))
        if limits.charging_only and _reaches_beyond_charging(period):
            yield Fault("Limit", "the vehicle can only charge: no setpoint, no discharging (2.1 Q02.FR.02)")


def _reaches_beyond_charging(period: Period) -> bool:
    discharge = (period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3)
    return bool(_given(*discharge, period.setpoint, period.setpoint_l2, period.setpoint_l3))


SET_CENTRALLY = frozenset(("CentralSetpoint", "CentralFrequency"))
"""Modes of operation in which the setpoint says everything, and limits have no place (2.1 Q03.FR.02, Q07.FR.03)."""


def _details(period: Period) -> Iterator[str]:
    charge = _given(period.limit, period.limit_l2, period.limit_l3)
    discharge = _given(period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3)
    if period.limit is None and not period.operation_mode:
        yield "the limit is missing"
    if not is_countable(period):
        yield f"a value is no number up to {LARGEST}"
        return
    if period.operation_mode in SET_CENTRALLY and (charge or discharge):
        yield f"{period.operation_mode} has no limits"
    if any(limit < 0 for limit in charge):
        yield "a limit is below 0"
    if any(limit > 0 for limit in discharge):
        yield "a limit for discharging is above 0"


def is_countable(period: Period) -> bool:
    """Whether each of its values is a number that can be reckoned with."""
    values = (
        *(period.limit, period.limit_l2, period.limit_l3),
        *(period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3),
        *(period.setpoint, period.setpoint_l2, period.setpoint_l3),
    )
    return all(value.is_finite() and abs(value) <= LARGEST for value in _given(*values))


LARGEST = 10**9
"""Far above the high number that stands for no limit; a text like 1e999999 would cost minutes to count with."""


def _given(*values: Decimal | None) -> list[Decimal]:
    return [value for value in values if value is not None]


PROFILE_CHECKS: tuple[Callable[[ChargingProfile, Limits], Iterator[Fault]], ...] = (
    _purpose,
    _place,
    _transaction,
    _stack_level,
    _validity,
    _schedule_count,
)
SCHEDULE_CHECKS: tuple[Callable[[ChargingProfile, ChargingSchedule, Limits], Iterator[Fault]], ...] = (
    _unit,
    _start,
    _duration,
    _periods,
    _phases,
    _limit,
)
