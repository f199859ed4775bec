"""Controls of distributed energy resources: what a charge point does for the grid while it charges or discharges.

Each control has a kind, and one setting of the shape that its kind wants (OCPP 2.1 R04.FR.12–16). Voltages in curves
are in percent of the nominal one, frequencies in Hz, times in seconds; units of powers are named beside them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec
from msgspec import Struct

from chargeyard.domain.items import Item

DerKind = Literal[
    "EnterService",
    "FreqDroop",
    "FreqWatt",
    "FixedPFAbsorb",
    "FixedPFInject",
    "FixedVar",
    "Gradients",
    "HFMustTrip",
    "HFMayTrip",
    "HVMustTrip",
    "HVMomCess",
    "HVMayTrip",
    "LimitMaxDischarge",
    "LFMustTrip",
    "LVMustTrip",
    "LVMomCess",
    "LVMayTrip",
    "PowerMonitoringMustTrip",
    "VoltVar",
    "VoltWatt",
    "WattPF",
    "WattVar",
]


class Setting(
    Struct,
    frozen=True,
    kw_only=True,
    rename="camel",
    omit_defaults=True,
    forbid_unknown_fields=True,
    tag=True,
    tag_field="shape",
):
    """The common ancestor; the tag is the class name."""


class CurvePoint(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A point of a curve, in the units of its axes."""

    x: float
    y: float


class Hysteresis(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """When a curve lets go again: bounds in the unit of its x axis, delay in s, ramp in percent per s."""

    high: float | None = None
    low: float | None = None
    delay_s: float | None = None
    gradient: float | None = None


class ReactivePower(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Of a curve over voltage: reference voltage in percent, and whether it follows the grid by itself, how fast."""

    reference_voltage: float | None = None
    follows_voltage: bool | None = None
    time_constant_s: float | None = None


class VoltageLimits(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Of a curve over voltage: limit of the mean over ten minutes and delay of the trip, power during cessation."""

    mean_voltage: float | None = None
    mean_trip_delay_s: float | None = None
    power_during_cessation: str = ""


class Curve(Setting, frozen=True, kw_only=True):
    """What to do (y, in `y_unit`) at which voltage, frequency or power (x)."""

    points: tuple[CurvePoint, ...]
    y_unit: str = "Not_Applicable"
    response_time_s: float | None = None
    hysteresis: Hysteresis | None = None
    reactive_power: ReactivePower | None = None
    voltage_limits: VoltageLimits | None = None


class EnterService(Setting, frozen=True, kw_only=True):
    """Voltages (percent) and frequencies (Hz) within which it may connect; ramp in percent per s."""

    high_voltage: float
    low_voltage: float
    high_frequency_hz: float
    low_frequency_hz: float
    delay_s: float | None = None
    random_delay_s: float | None = None
    ramp_rate: float | None = None


class FixedPowerFactor(Setting, frozen=True, kw_only=True):
    """Power factor (0…1), over- (true) or underexcited."""

    displacement: float
    excitation: bool


class FixedVar(Setting, frozen=True, kw_only=True):
    """Reactive power in percent (-100…100) of what `unit` says."""

    setpoint: float
    unit: str


class FreqDroop(Setting, frozen=True, kw_only=True):
    """Power by frequency: bounds in Hz, droop in percent of power per Hz."""

    over_frequency_hz: float
    under_frequency_hz: float
    over_droop: float
    under_droop: float
    response_time_s: float


class Gradient(Setting, frozen=True, kw_only=True):
    """How fast power may change, in percent of the rated current per s: by default, and after a (re)connection."""

    gradient: float
    soft_gradient: float


class LimitMaxDischarge(Setting, frozen=True, kw_only=True):
    """Discharging at most so many percent of the rated power, or trip by a curve; the curve has a rank of its own."""

    max_discharge_percent: float | None = None
    must_trip: Curve | None = None
    must_trip_priority: int = 0


AnySetting = Curve | EnterService | FixedPowerFactor | FixedVar | FreqDroop | Gradient | LimitMaxDischarge

_SHAPES: Mapping[str, type[Setting]] = {
    "EnterService": EnterService,
    "FixedPFAbsorb": FixedPowerFactor,
    "FixedPFInject": FixedPowerFactor,
    "FixedVar": FixedVar,
    "FreqDroop": FreqDroop,
    "Gradients": Gradient,
    "LimitMaxDischarge": LimitMaxDischarge,
}

ONLY_DEFAULT = frozenset(("EnterService", "Gradients"))


class DerControl(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A control. 0 is the highest `priority` among those of its kind. A default one holds whenever no scheduled one does;
    a scheduled one from `starts_at` (None: at once) for `duration_s` (None: until it is cleared).

    `is_superseded` is told by the charge point; `supersedes` are those whose place this one has taken.
    """

    id: str
    kind: str
    setting: AnySetting
    priority: int = 0
    is_default: bool = False
    starts_at: datetime | None = None
    duration_s: float | None = None
    is_superseded: bool = False
    supersedes: tuple[str, ...] = ()


def flaw_of(control: DerControl) -> str:
    """Why `control` contradicts the rules (R04.FR.12–16, and those on default controls); empty if it does not."""
    wanted = _SHAPES.get(control.kind, Curve)
    if not isinstance(control.setting, wanted):
        return f"{control.kind} wants a setting of the shape {wanted.__name__}"
    if control.is_default and (control.starts_at or control.duration_s is not None):
        return "a default control has neither start nor duration"
    if control.kind in ONLY_DEFAULT and not control.is_default:
        return f"{control.kind} can only be a default control"
    return ""


def item_of(control: DerControl) -> Item:
    """The control in the book of what is installed."""
    key = key_of(control.id, control.kind, is_default=control.is_default)
    return Item(key=key, body=msgspec.Raw(msgspec.json.encode(control)))


def key_of(control_id: str, kind: str, *, is_default: bool) -> str:
    """What the book calls a control."""
    return f"{prefix_of(kind, is_default=is_default)}{control_id[:150]}"


def prefix_of(kind: str, *, is_default: bool) -> str:
    """What the keys of all default or scheduled controls begin with; of one kind, unless `kind` is empty."""
    shelf = "default:" if is_default else "scheduled:"
    return f"{shelf}{kind[:50]}:" if kind else shelf
