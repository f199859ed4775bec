"""Charging profiles, made with as few words as a test needs; all times in seconds around `NOW`."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from chargeyard.domain.charging_profiles import ChargingProfile, ChargingSchedule, Kind, Period, Purpose, Unit
from chargeyard.domain.smart_charging import CompositeSchedule
from tests.domain.made import NOW

DAY_S, WEEK_S = 86_400, 604_800


def second(offset_s: float) -> datetime:
    """Seconds after `NOW`."""
    return NOW + timedelta(seconds=offset_s)


def periods(*steps: tuple[int, Any], **fields: Any) -> tuple[Period, ...]:
    """Periods of (start, limit)."""
    return tuple(Period(start_s=start_s, limit=Decimal(str(limit)), **fields) for start_s, limit in steps)


def schedule(
    *steps: tuple[int, Any],
    unit: Unit = "A",
    begins: float | None = 0,
    duration_s: int | None = None,
    phases: int | None = None,
    **fields: Any,
) -> ChargingSchedule:
    """A schedule that begins `begins` seconds after `NOW` (None: no start)."""
    start = None if begins is None else second(begins)
    return ChargingSchedule(
        unit=unit, start=start, duration_s=duration_s, periods=periods(*steps, phases=phases), **fields
    )


def profile(
    purpose: Purpose, *schedules: ChargingSchedule, kind: Kind = "Absolute", **fields: Any
) -> ChargingProfile:
    """An absolute profile of stack level 0; for EVSE 1 where the purpose is not the charge point's own."""
    given: dict[str, Any] = {"id": 1, "stack_level": 0, "evse": 0 if purpose == "ChargePointMax" else 1}
    if purpose == "Tx":
        given["transaction"] = 7
    return ChargingProfile(**{**given, **fields}, purpose=purpose, kind=kind, schedules=schedules)


def drawn(composite: CompositeSchedule) -> list[tuple[int, str | None, int | None]]:
    """(start, limit, phases) of each period, the limit as text."""
    return [
        (each.start_s, None if each.limit is None else str(each.limit), each.phases)
        for each in composite.periods
    ]
