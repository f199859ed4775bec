"""What an ISO 15118 vehicle needs, and the charging schedule that gives it that (2.x K15–K17).

The schedule levels the load: it is the lowest constant power that still brings the energy asked for until the
departure, cut where the limits in the book leave less. Where no departure or no energy is told, the vehicle gets
what it can take, as soon as the limits allow.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.charging_profiles import ChargingSchedule, Period, Unit
from chargeyard.domain.smart_charging import CompositeSchedule, Deviation, merged

MARGIN = Decimal("1.1")
"""So much more than was asked for is planned: what goes lost on the way into the battery."""

NO_LIMIT = Decimal(999_999)
"""How a schedule says that it does not limit (1.6 and 2.x have no other word)."""

LONGEST = timedelta(days=1)
"""How far a schedule looks ahead if no departure is told, or one that is further away."""

_SECOND = timedelta(seconds=1)
_STEP = Decimal("0.1")
_S_PER_H = 3600


class ChargingNeeds(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """What a vehicle at an EVSE has told of its needs.

    `transfer` is the charge point's word for how energy shall flow, `available` others that are possible;
    `phases` follows from it: 0 for direct current, None where it does not tell. Currents are per phase.
    `said` is all of it, word for word.
    """

    transfer: str
    phases: int | None = None
    transaction: int | None = None
    departure: datetime | None = None
    energy_wh: Decimal | None = None
    min_current_a: Decimal | None = None
    max_current_a: Decimal | None = None
    max_voltage_v: Decimal | None = None
    max_power_w: Decimal | None = None
    soc_percent: int | None = None
    max_tuples: int | None = None
    available: tuple[str, ...] = ()
    discharges: bool | None = None
    said: msgspec.Raw = msgspec.Raw(b"{}")


class VehicleSchedule(Struct, frozen=True, kw_only=True, omit_defaults=True, rename="camel"):
    """How a vehicle means to charge; `chosen` is the id of the offered schedule that it follows."""

    schedule: ChargingSchedule
    transaction: int | None = None
    chosen: int | None = None


class Priority(Struct, frozen=True, kw_only=True, rename="camel"):
    """Whether a transaction charges with priority."""

    transaction: int
    activated: bool


def most_w(needs: ChargingNeeds, voltage_v: Decimal) -> Decimal | None:
    """The most power that the vehicle can take, in W over all phases; None: not told."""
    told = [needs.max_power_w] if needs.max_power_w else []
    if needs.max_current_a is not None:
        volts = (needs.max_voltage_v or voltage_v) if needs.phases == 0 else voltage_v
        told.append(needs.max_current_a * volts * _lines(needs))
    return min(told) if told else None


def _least_w(needs: ChargingNeeds, voltage_v: Decimal) -> Decimal:
    if needs.min_current_a is None or needs.phases == 0:
        return Decimal(0)
    return needs.min_current_a * voltage_v * _lines(needs)


def _lines(needs: ChargingNeeds) -> int:
    return 3 if needs.phases is None else max(1, needs.phases)


def horizon_s(needs: ChargingNeeds, now: datetime) -> int:
    """How many seconds from `now` a schedule for `needs` has to cover."""
    wanted = LONGEST if needs.departure is None else min(LONGEST, needs.departure - now)
    return max(1, wanted // _SECOND)


def planned(
    needs: ChargingNeeds, others: CompositeSchedule, unit: Unit, most_periods: int | None, voltage_v: Decimal
) -> ChargingSchedule:
    """The schedule for `needs` within `others`: what all other profiles leave to the EVSE, in W, from now.

    It never allows more than `others` and the vehicle's own maximum, in at most `most_periods` periods. After
    the departure it goes on, as low as the lowest bound before: some leave late.
    """
    most = most_w(needs, voltage_v)
    bounds = [_step(period.start_s, _lowest(most, _limit_w(period))) for period in others.periods]
    level = _level_w(needs, bounds, others.duration_s, voltage_v)
    steps = [_step(step.start_s, _lowest(level, step.limit)) for step in bounds]
    if level is not None:
        steps.append(_step(others.duration_s, _lowest(most, *(step.limit for step in bounds))))
    per_unit = voltage_v * _lines(needs) if unit == "A" else Decimal(1)
    periods = [_said(step, per_unit, needs) for step in _fewer(merged(steps), most_periods)]
    return ChargingSchedule(id=1, unit=unit, start=others.start, periods=merged(periods))


def _step(start_s: int, limit_w: Decimal | None) -> Period:
    return Period(start_s=start_s, limit=limit_w)


def _limit_w(period: Period) -> Decimal | None:
    if period.limit is None:
        return None
    return period.limit + (period.limit_l2 or 0) + (period.limit_l3 or 0)


def _lowest(*limits: Decimal | None) -> Decimal | None:
    return min((limit for limit in limits if limit is not None), default=None)


def _said(step: Period, per_unit: Decimal, needs: ChargingNeeds) -> Period:
    """With one digit behind the point, downwards: more is not allowed on the wire of every version."""
    limit = NO_LIMIT if step.limit is None else min(NO_LIMIT, step.limit / per_unit // _STEP * _STEP)
    return replace(step, limit=limit, phases=needs.phases or None)


def _level_w(
    needs: ChargingNeeds, bounds: Sequence[Period], duration_s: int, voltage_v: Decimal
) -> Decimal | None:
    """The lowest power that brings the energy in time under `bounds`; None if it takes all they allow.

    Filled like water: the longer the lowest bound can be left untouched, the higher the level over the others.
    """
    if needs.energy_wh is None or needs.departure is None:
        return None
    missing_ws = needs.energy_wh * MARGIN * _S_PER_H
    spans = sorted(_spans(bounds, duration_s), key=lambda span: span[1])
    left_s = sum(span[0] for span in spans)
    for seconds, bound in spans:
        if bound * left_s >= missing_ws:
            return max(missing_ws / left_s, _least_w(needs, voltage_v))
        missing_ws -= bound * seconds
        left_s -= seconds
    return None


def _spans(bounds: Sequence[Period], duration_s: int) -> list[tuple[int, Decimal]]:
    """Seconds and W of each piece; unlimited is a high number."""
    ends = [step.start_s for step in bounds[1:]]
    pieces = zip(bounds, [*ends, duration_s], strict=True)
    return [(end - step.start_s, NO_LIMIT if step.limit is None else step.limit) for step, end in pieces]


def _fewer(steps: Sequence[Period], most: int | None) -> Sequence[Period]:
    """At most `most` periods: the last ones become one, as low as the lowest of them."""
    if most is None or len(steps) <= max(1, most):
        return steps
    kept, rest = steps[: max(1, most) - 1], steps[max(1, most) - 1 :]
    return [*kept, replace(rest[0], limit=_lowest(*(step.limit for step in rest)))]


def excesses(
    vehicle: ChargingSchedule, allowed: CompositeSchedule, tolerance: Decimal
) -> tuple[Deviation, ...]:
    """Where a vehicle means to take more than `allowed` (in the same unit) by more than `tolerance` (K16).

    Once for each stretch on which both stay the same.
    """
    begins = ((vehicle.start or allowed.start) - allowed.start) // _SECOND
    ends = allowed.duration_s if vehicle.duration_s is None else begins + vehicle.duration_s
    edges = {p.start_s + begins for p in vehicle.periods} | {p.start_s for p in allowed.periods} | {0}
    until = min(ends, allowed.duration_s)
    seconds = sorted({edge for edge in edges if max(0, begins) <= edge < until} | {until})
    found = []
    for second, _next in pairwise(seconds):
        wish = _at(vehicle.periods, second - begins)
        limit = allowed.at(second).limit
        if wish is not None and limit is not None and wish > limit + tolerance:
            found.append(Deviation(allowed.start + second * _SECOND, limit, wish))
    return tuple(found)


def _at(periods: Sequence[Period], second: int) -> Decimal | None:
    begun = [period.limit for period in periods if period.start_s <= second]
    return begun[-1] if begun else None
