"""The composite schedule: what all charging profiles together leave to an EVSE, second by second.

The rules are those of 1.6 §3.13 and 2.x part 2 chapter K, as one algorithm: of one purpose the valid profile
with the highest stack level that has a period at this moment leads; the lowest of the leads of all purposes
holds; local generation comes on top. Where the texts leave a choice, this is the one made here:

- A profile for EVSE 0 and one for this EVSE both hold where they cap (charge point's maximum, external
  constraints). Where they allot or add (defaults, priority, local generation) the one for the EVSE comes first.
- The charge point's maximum caps each EVSE whole: how the charge point shares it out is its own business.
- `phases` is the least of the EVSE's phases and those that the leads name; a lead that names none takes what
  there is. W and A are converted with *that* number, so the answer is the same in either unit, and a limit for
  more phases than are used stays as it is.
- Local generation does not lower the number of phases; from fewer phases it is spread over those in use.
- A setpoint comes from the transaction's lead, else from a cap, and never goes beyond the limits.
- An absolute schedule without a start counts from the start of charging (1.6 §7.13).
- A Dynamic profile counts from its last update; where that is unknown, from its start, else from now.
- Recurring goes by whole days and weeks of UTC, from its start on and not before.
- Of two profiles with the same claim (purpose, EVSE, stack level) the higher id leads.
- Of several schedules offered to an ISO 15118 vehicle the chosen one counts, else the first.
- The schedule begins at a whole second; a change within a second takes effect at the next.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from math import floor, trunc

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Lead, Leads, Situation, stacked, start_of
from chargeyard.domain.charging_profiles import ChargingProfile, Period, Unit

_DECIMALS = 3
_SECOND = timedelta(seconds=1)


class Horizon(Struct, frozen=True):
    """From when, for how long and in which unit. No duration asks for this moment (libocpp#1169)."""

    start: datetime
    duration_s: int
    unit: Unit

    @property
    def begins(self) -> datetime:
        """The start, on a whole second."""
        return self.start.replace(microsecond=0)


class CompositeSchedule(Struct, frozen=True, kw_only=True, rename="camel"):
    """Limits of an EVSE from `start` on; the first period is at 0, and neighbours differ.

    A period without `limit` is unlimited: a dialect says so with a high number (999999). Values are rounded to
    three decimals towards less: the limit downwards, setpoint and discharging towards 0. L2 and L3 have values
    of their own only where the phases differ.
    """

    evse: int
    start: datetime
    duration_s: int
    unit: Unit
    periods: tuple[Period, ...]

    def at(self, second: int) -> Period:
        """What holds at a second after the start."""
        return self.periods[max(0, bisect_right(self.periods, second, key=start_of) - 1)]


def composite_schedule(
    profiles: Iterable[ChargingProfile], evse: int, horizon: Horizon, situation: Situation
) -> CompositeSchedule:
    """What `profiles` leave to `evse`; with EVSE 0 what is said of the charge point as a whole.

    A default for EVSE 0 is one for each EVSE and none for their sum: that is `station_schedule`.
    """
    stacks = stacked(profiles, evse, horizon.begins, situation)

    def period(second: int) -> Period:
        return _period(stacks.at(second), second, horizon.unit, situation)

    return _drawn(evse, horizon, stacks.changes(horizon.duration_s), period)


def station_schedule(
    profiles: Sequence[ChargingProfile],
    horizon: Horizon,
    whole: Situation,
    evses: Mapping[int, Situation],
) -> CompositeSchedule:
    """The most that all EVSEs may take together: the sum of theirs within the charge point's own caps.

    In A it is per phase of the charge point, the load taken as even. One EVSE without a limit leaves the sum
    without one, and so the caps alone.
    """
    for_each = [p for p in profiles if p.evse != 0 or p.purpose != "LocalGeneration"]
    in_watts = replace(horizon, unit="W")
    parts = [composite_schedule(for_each, evse, in_watts, situation) for evse, situation in evses.items()]
    stacks = stacked(profiles, 0, horizon.begins, whole)

    def period(second: int) -> Period:
        leads = replace(stacks.at(second), allotted=_sum(parts, second))
        return _period(leads, second, horizon.unit, whole)

    changes = stacks.changes(horizon.duration_s) | {p.start_s for part in parts for p in part.periods}
    return _drawn(0, horizon, changes, period)


def _sum(parts: Sequence[CompositeSchedule], second: int) -> Lead | None:
    limits = [_limit_w(part.at(second)) for part in parts]
    known = [limit for limit in limits if limit is not None]
    if not parts or len(known) < len(parts):
        return None
    return Lead("W", Period(start_s=0, limit=sum(known, Decimal(0))))


def _limit_w(period: Period) -> Decimal | None:
    """The limit over all phases of a composite period in W."""
    if period.limit is None:
        return None
    return period.limit + (period.limit_l2 or 0) + (period.limit_l3 or 0)


def _drawn(
    evse: int, horizon: Horizon, changes: Iterable[int], period: Callable[[int], Period]
) -> CompositeSchedule:
    return CompositeSchedule(
        evse=evse,
        start=horizon.begins,
        duration_s=horizon.duration_s,
        unit=horizon.unit,
        periods=merged(period(second) for second in sorted(changes)),
    )


def merged(periods: Iterable[Period]) -> tuple[Period, ...]:
    """Without periods that only repeat the one before."""
    kept: list[Period] = []
    for period in periods:
        if not kept or replace(period, start_s=kept[-1].start_s) != kept[-1]:
            kept.append(period)
    return tuple(kept)


class Deviation(Struct, frozen=True, rename="camel"):
    """From this instant on a charge point's own schedule allows `theirs` where we computed `ours`."""

    at: datetime
    ours: Decimal
    theirs: Decimal | None


def deviations(
    ours: CompositeSchedule, theirs: CompositeSchedule, tolerance: Decimal
) -> tuple[Deviation, ...]:
    """Where a charge point's answer (in the same unit) is off by more than `tolerance`, while both cover it.

    Whatever it says is right where we know no limit: it may have limits of its own (1.6 §5.7). Less than ours
    may come from those too; more than ours is a limit not kept.
    """
    shift = (theirs.start - ours.start) // _SECOND
    begin, end = max(0, shift), min(ours.duration_s, shift + theirs.duration_s)
    changes = {p.start_s for p in ours.periods} | {p.start_s + shift for p in theirs.periods}
    found = (
        Deviation(ours.start + second * _SECOND, limit, theirs.at(second - shift).limit)
        for second in sorted({begin} | changes)
        if begin <= second < end and (limit := ours.at(second).limit) is not None
    )
    return tuple(each for each in found if each.theirs is None or abs(each.ours - each.theirs) > tolerance)


# ---------------------------------------------------------------- the arithmetic of one moment
# In fractions of watts per line (phase, or the one pair of direct current), so that nothing is rounded before
# the end: 11 kW on three phases stays 11 kW.

_Lines = tuple[Fraction, ...]
_Values = tuple[Decimal | None, Decimal | None, Decimal | None]


def _limits(period: Period) -> _Values:
    return period.limit, period.limit_l2, period.limit_l3


def _discharge_limits(period: Period) -> _Values:
    return period.discharge_limit, period.discharge_limit_l2, period.discharge_limit_l3


def _setpoints(period: Period) -> _Values:
    return period.setpoint, period.setpoint_l2, period.setpoint_l3


def _period(leads: Leads, second: int, unit: Unit, situation: Situation) -> Period:
    phases = _phases(leads, situation)
    volts = Fraction(situation.voltage_v)

    def watts(values: Callable[[Period], _Values]) -> list[_Lines]:
        spoken = ((lead.unit, values(lead.period)) for lead in leads.bounds)
        return [lines for said, each in spoken if (lines := _watts(said, each, phases, volts))]

    limit = _with_generation(_each(min, watts(_limits)), leads.generation, phases, volts)
    discharge = _each(max, watts(_discharge_limits))
    setpoint = _clamped(next(iter(watts(_setpoints)), None), discharge, limit)
    limits = _said(limit, unit, volts, floor)
    discharges = _said(discharge, unit, volts, trunc)
    setpoints = _said(setpoint, unit, volts, trunc)
    return Period(
        start_s=second,
        limit=limits[0],
        limit_l2=limits[1],
        limit_l3=limits[2],
        phases=phases or None if leads.bounds else None,
        phase_to_use=_phase_to_use(leads, phases),
        discharge_limit=discharges[0],
        discharge_limit_l2=discharges[1],
        discharge_limit_l3=discharges[2],
        setpoint=setpoints[0],
        setpoint_l2=setpoints[1],
        setpoint_l3=setpoints[2],
        operation_mode=next((b.period.operation_mode for b in leads.bounds if b.period.operation_mode), ""),
    )


def _phases(leads: Leads, situation: Situation) -> int:
    """The phases in use; 0 for direct current, where profiles have none to name."""
    named = (lead.period.phases for lead in leads.bounds)
    return min([situation.phases, *(phases for phases in named if phases and phases > 0)])


def _phase_to_use(leads: Leads, phases: int) -> int | None:
    """Leads that name different phases cannot be met (the charge point refuses): the transaction's is shown."""
    named = (lead.period.phase_to_use for lead in leads.bounds)
    return next((phase for phase in named if phase), None) if phases == 1 else None


def _watts(unit: Unit, values: _Values, phases: int, volts: Fraction) -> _Lines | None:
    """W on each line. A value alone is per phase in A and the sum of all in W; beside others it is for L1."""
    first = values[0]
    if first is None:
        return None
    lines = max(1, phases)
    each = [Fraction(first if value is None else value) for value in values][:lines]
    if unit == "A":
        return tuple(amperes * volts for amperes in each)
    alone = values[1] is None and values[2] is None
    return tuple(watts / lines if alone else watts for watts in each)


def _each(choose: Callable[[Iterable[Fraction]], Fraction], bounds: Sequence[_Lines]) -> _Lines | None:
    return tuple(choose(line) for line in zip(*bounds, strict=True)) if bounds else None


def _with_generation(
    limit: _Lines | None, generation: Lead | None, phases: int, volts: Fraction
) -> _Lines | None:
    if limit is None or generation is None:
        return limit
    fed = min(phases, generation.period.phases or phases)
    added = _watts(generation.unit, _limits(generation.period), fed, volts)
    if added is None:
        return limit
    if len(added) < len(limit):
        added = (sum(added, Fraction(0)) / len(limit),) * len(limit)
    return tuple(base + more for base, more in zip(limit, added, strict=True))


def _clamped(setpoint: _Lines | None, low: _Lines | None, high: _Lines | None) -> _Lines | None:
    if setpoint is None:
        return None
    raised = setpoint if low is None else _each(max, (setpoint, low))
    return raised if high is None or raised is None else _each(min, (raised, high))


def _said(lines: _Lines | None, unit: Unit, volts: Fraction, whole: Callable[[Fraction], int]) -> _Values:
    """The lines in the unit asked for: one value where they are alike."""
    if lines is None:
        return None, None, None
    per_watt = 1 / volts if unit == "A" else Fraction(1)
    if len(set(lines)) == 1:
        together = lines[0] if unit == "A" else sum(lines, Fraction(0))
        return _decimal(together * per_watt, whole), None, None
    each = [_decimal(line * per_watt, whole) for line in lines]
    return each[0], each[1], each[2] if len(each) > 2 else None


def _decimal(value: Fraction, whole: Callable[[Fraction], int]) -> Decimal:
    """Through text, which is exact at any size; `Decimal` arithmetic would round at 28 digits or refuse."""
    digits, decimals = whole(value * 10**_DECIMALS), _DECIMALS
    while decimals and digits % 10 == 0:
        digits, decimals = digits // 10, decimals - 1
    return Decimal(f"{digits}e-{decimals}") if decimals else Decimal(digits)
