"""Charging profiles to and from the wire, by tables of names: what a version has no name for, it cannot say."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any, cast

import msgspec
from msgspec import UNSET, Struct

from chargeyard.dialects.dialect import Hearing
from chargeyard.dialects.timestamps import parse, parse_loosely, spell
from chargeyard.domain.charging_profiles import (
    ChargingProfile,
    ChargingSchedule,
    CurvePoint,
    Kind,
    Limits,
    Period,
    Purpose,
    SocLimit,
    Unit,
    faults,
)
from chargeyard.domain.outcomes import Invalid
from chargeyard.domain.smart_charging import CompositeSchedule
from chargeyard.ocpp.struct import Message

Names = Mapping[str, str]
"""A field of the domain → what it is called on the wire."""

LARGEST = 10**9
"""No limit in W or A is higher; what is, means none (999999 is common)."""

_SECONDS = range(-(2**31), 2**31)
_KINDS: tuple[Kind, ...] = ("Absolute", "Recurring", "Relative", "Dynamic")
_UNITS: tuple[Unit, ...] = ("A", "W")
_NOTHING = msgspec.Raw(b"null")
_ELSEWHERE = frozenset(("evse", "transaction", "prices"))
"""Fields that stand outside of the profile on the wire, or that a function of their own puts there."""


class Words(Struct, frozen=True, kw_only=True):
    """A version's names, and what it knows of profiles. `prices` are its names for tariffs for the vehicle.

    `decimals` is how many digits a limit may have behind the point, None: any number.
    """

    profile: type[Message]
    periods: Names
    schedules: Names
    profiles: Names
    purposes: Mapping[Purpose, str]
    limits: Limits
    prices: tuple[str, ...] = ()
    has_many_schedules: bool = True
    has_text_ids: bool = True
    decimals: int | None = None

    def purpose(self, word: str) -> Purpose | None:
        """Our word for a purpose."""
        return next((ours for ours, theirs in self.purposes.items() if theirs == word), None)


CURVES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        # a field with a curve: what its points are called
        "frequency_curve": ("frequency", "power"),
        "signal_curve": ("signal", "power"),
    }
)


# --- to the wire ------------------------------------------------------------------------------------------------


class Unsayable(Exception):
    """The version has no word for this field."""


def said(words: Words, profile: ChargingProfile, limits: Limits) -> Message | Invalid:
    """The version's message for `profile` at a charge point with `limits`; `Invalid` with what forbids it."""
    known = msgspec.structs.replace(
        limits,
        purposes=words.limits.purposes,
        kinds=words.limits.kinds,
        max_schedules=words.limits.max_schedules,
    )
    found = faults(profile, known)
    if found:
        return Invalid(detail="; ".join(fault.detail for fault in found))
    try:
        told = msgspec.convert(_profile(words, profile), words.profile)
    except Unsayable as missing:
        return Invalid(detail=f"profiles of this version have no {missing}")
    except msgspec.ValidationError as error:
        return Invalid(detail=str(error))
    return told


def _profile(words: Words, profile: ChargingProfile) -> dict[str, Any]:
    schedules = [_schedule(words, one, number) for number, one in enumerate(profile.schedules, 1)]
    told = {
        **_fields(profile, words.profiles, {"schedules", "purpose"}),
        words.profiles["purpose"]: words.purposes[profile.purpose],
        words.profiles["schedules"]: schedules if words.has_many_schedules else schedules[0],
    }
    wire_id = words.profiles["wire_id"]
    if wire_id in told and not words.has_text_ids:
        told[wire_id] = int(profile.wire_id)
    return told


def _schedule(words: Words, schedule: ChargingSchedule, number: int) -> dict[str, Any]:
    told = _fields(schedule, words.schedules, {"periods", "soc_limit"})
    told[words.schedules["periods"]] = [period_fields(words, period) for period in schedule.periods]
    if words.has_many_schedules:
        told.setdefault("id", number)
    if schedule.soc_limit is not None:
        name = _named("soc_limit", words.schedules)
        told[name] = {"soc": schedule.soc_limit.soc_percent, "limit": _number(schedule.soc_limit.limit)}
    for name, value in (schedule.prices or {}).items():
        if name not in words.prices:
            raise Unsayable(f"prices.{name}")
        told[name] = value
    return told


def period_fields(words: Words, period: Period) -> dict[str, Any]:
    """A period by the version's names; also what of one is only values. Raises `Unsayable`."""
    told = _fields(period, words.periods, set(CURVES))
    for field, (at, power) in CURVES.items():
        points: Iterable[CurvePoint] = getattr(period, field)
        if points:
            told[_named(field, words.periods)] = [
                {at: _number(point.at), power: _number(point.power_w)} for point in points
            ]
    for name in ("limit", "setpoint"):
        value = getattr(period, name)
        if words.decimals is not None and value is not None and _digits(value) > words.decimals:
            raise Unsayable(f"{name} with more than {words.decimals} digit behind the point")
    return told


def _digits(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return -exponent if isinstance(exponent, int) else 0


def _fields(thing: Struct, names: Names, but: set[str]) -> dict[str, Any]:
    """The fields that say something, by their names on the wire."""
    told = {}
    for info in msgspec.structs.fields(thing):
        value = getattr(thing, info.name)
        if info.name in but or info.name in _ELSEWHERE or (not info.required and value == info.default):
            continue
        told[_named(info.name, names)] = _plain(value)
    return told


def _named(field: str, names: Names) -> str:
    name = names.get(field)
    if name is None:
        raise Unsayable(field)
    return name


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return _number(value)
    return spell(value) if isinstance(value, datetime) else value


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)


# --- from the wire ----------------------------------------------------------------------------------------------


def profile_of(words: Words, message: Message, hearing: Hearing, path: str) -> ChargingProfile | None:
    """What a charge point lists; None, and a finding, for one whose purpose, kind or unit nobody knows."""
    told: dict[str, Any] = msgspec.to_builtins(message)
    read = _Reader(told, words.profiles, hearing, path)
    purpose = words.purpose(str(read.value("purpose")))
    kind = read.value("kind")
    found = getattr(message, "charging_schedule", ())
    schedules = [
        schedule_of(words, one, hearing, f"{path}.chargingSchedule")
        for one in (found if isinstance(found, list | tuple) else [found])
    ]
    if purpose is None or kind not in _KINDS or None in schedules:
        hearing.find("profile_unread", path, "a purpose, kind or unit that nobody knows")
        return None
    recurrency = read.value("recurrency")
    return ChargingProfile(
        id=read.whole("id") or 0,
        stack_level=read.whole("stack_level") or 0,
        purpose=purpose,
        kind=cast(Kind, kind),
        schedules=tuple(one for one in schedules if one is not None),
        wire_id=str(read.value("wire_id") or ""),
        recurrency=recurrency if recurrency in ("Daily", "Weekly") else None,
        valid_from=read.instant("valid_from"),
        valid_to=read.instant("valid_to"),
        max_offline_s=read.whole("max_offline_s"),
        invalid_after_offline=bool(read.value("invalid_after_offline")),
        update_interval_s=read.whole("update_interval_s"),
        updated_at=read.instant("updated_at"),
        price_signature=str(read.value("price_signature") or ""),
    )


def schedule_of(words: Words, message: Message, hearing: Hearing, path: str) -> ChargingSchedule | None:
    """A schedule; None where it is in a unit that nobody knows."""
    told: dict[str, Any] = msgspec.to_builtins(message)
    read = _Reader(told, words.schedules, hearing, path)
    unit = read.value("unit")
    if unit not in _UNITS:
        return None
    prices = {name: told[name] for name in words.prices if name in told}
    return ChargingSchedule(
        unit=cast(Unit, unit),
        periods=periods_of(words, told.get(words.schedules["periods"], ()), hearing, path),
        start=read.instant("start"),
        duration_s=read.whole("duration_s"),
        min_rate=read.decimal("min_rate"),
        id=read.whole("id"),
        soc_limit=_soc_limit(read.value("soc_limit")),
        power_tolerance_w=read.decimal("power_tolerance_w"),
        randomized_delay_s=read.whole("randomized_delay_s"),
        use_local_time=bool(read.value("use_local_time")),
        signature_id=read.whole("signature_id"),
        digest=str(read.value("digest") or ""),
        prices=prices or None,
    )


def _soc_limit(told: Any) -> SocLimit | None:
    return SocLimit(told["soc"], decimal_of(told["limit"])) if isinstance(told, dict) else None


def periods_of(
    words: Words, told: Iterable[dict[str, Any]], hearing: Hearing, path: str
) -> tuple[Period, ...]:
    """Periods, by their fields on the wire."""
    return tuple(_period(words, one, hearing, f"{path}.chargingSchedulePeriod") for one in told)


def _period(words: Words, told: dict[str, Any], hearing: Hearing, path: str) -> Period:
    read = _Reader(told, words.periods, hearing, path)
    fields: dict[str, Any] = {"start_s": read.whole("start_s") or 0}
    for info in msgspec.structs.fields(Period):
        if info.name not in words.periods or info.name == "start_s":
            continue
        value = _PERIOD_READERS.get(info.name, _Reader.decimal)(read, info.name)
        if value is not None:
            fields[info.name] = value
    return Period(**fields)


class _Reader(Struct, frozen=True):
    """Fields of one object on the wire, by our names; None where they are not told."""

    told: dict[str, Any]
    names: Names
    hearing: Hearing
    path: str

    def value(self, field: str) -> Any:
        return self.told.get(self.names.get(field, ""))

    def whole(self, field: str) -> int | None:
        value = self.value(field)
        return None if value is None else self.hearing.whole(value, _SECONDS, None, self._at(field))

    def decimal(self, field: str) -> Decimal | None:
        value = self.value(field)
        return None if value is None else decimal_of(value)

    def instant(self, field: str) -> datetime | None:
        value = self.value(field)
        return None if value is None else instant_of(str(value), self.hearing, self._at(field))

    def curve(self, field: str) -> tuple[CurvePoint, ...]:
        at, power = CURVES[field]
        points = self.value(field) or ()
        return tuple(CurvePoint(decimal_of(one[at]), decimal_of(one[power])) for one in points)

    def _at(self, field: str) -> str:
        return f"{self.path}.{self.names[field]}"


_PERIOD_READERS: Mapping[str, Callable[[_Reader, str], Any]] = {
    "phases": _Reader.whole,
    "phase_to_use": _Reader.whole,
    "operation_mode": _Reader.value,
    "preconditioning": _Reader.value,
    "evse_sleep": _Reader.value,
    "frequency_curve": _Reader.curve,
    "signal_curve": _Reader.curve,
}


def instant_of(text: str, hearing: Hearing, path: str) -> datetime | None:
    """The instant that `text` means; other than the time of a report it may lie years ahead."""
    instant = parse(text)
    if instant is None:
        hearing.find("timestamp", path, "not RFC 3339")
        instant = parse_loosely(text, hearing.now)
    return instant


def decimal_of(value: float) -> Decimal:
    """A number as it was written, and never one that would cost minutes to count with."""
    if abs(value) > LARGEST:
        return Decimal(LARGEST if value > 0 else -LARGEST)
    return Decimal(int(value)) if value == int(value) else Decimal(repr(value))


def composite_of(
    words: Words, evse: int, start: str, told: Message, duration_s: int
) -> CompositeSchedule | None:
    """A charge point's own composite schedule; None where it does not tell when it begins, or in which unit."""
    begins = parse(start)
    fields: dict[str, Any] = msgspec.to_builtins(told)
    unit = fields.get(words.schedules["unit"])
    if begins is None or unit not in _UNITS:
        return None
    hearing = Hearing(begins, False, _NOTHING)
    return CompositeSchedule(
        evse=evse,
        start=begins,
        duration_s=fields.get(words.schedules["duration_s"], duration_s),
        unit=cast(Unit, unit),
        periods=periods_of(words, fields.get(words.schedules["periods"], ()), hearing, "$"),
    )


def or_unset(value: Any) -> Any:
    """`value`, or nothing on the wire where there is none."""
    return UNSET if value is None else value
