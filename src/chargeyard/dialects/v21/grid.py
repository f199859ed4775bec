"""Grid controls on the wire of 2.1."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from msgspec import UNSET, Struct, UnsetType

from chargeyard.dialects import timestamps
from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.outcomes import following, settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain import der_controls as d
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.results import DerControlSet
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m

# --- settings ---------------------------------------------------------------------------------------------------

Fields = Mapping[str, str]
"""Field of the domain -> field of the message, where they differ."""

SHAPES: Mapping[type[Struct], tuple[type[Message], Fields]] = {
    d.CurvePoint: (m.DERCurvePointsType, {}),
    d.Hysteresis: (
        m.HysteresisType,
        {
            "high": "hysteresis_high",
            "low": "hysteresis_low",
            "delay_s": "hysteresis_delay",
            "gradient": "hysteresis_gradient",
        },
    ),
    d.ReactivePower: (
        m.ReactivePowerParamsType,
        {
            "reference_voltage": "v_ref",
            "follows_voltage": "autonomous_v_ref_enable",
            "time_constant_s": "autonomous_v_ref_time_constant",
        },
    ),
    d.VoltageLimits: (
        m.VoltageParamsType,
        {
            "mean_voltage": "hv10_min_mean_value",
            "mean_trip_delay_s": "hv10_min_mean_trip_delay",
        },
    ),
    d.Curve: (
        m.DERCurveType,
        {
            "points": "curve_data",
            "response_time_s": "response_time",
            "reactive_power": "reactive_power_params",
            "voltage_limits": "voltage_params",
        },
    ),
    d.EnterService: (
        m.EnterServiceType,
        {
            "high_frequency_hz": "high_freq",
            "low_frequency_hz": "low_freq",
            "delay_s": "delay",
            "random_delay_s": "random_delay",
        },
    ),
    d.FixedPowerFactor: (m.FixedPFType, {}),
    d.FixedVar: (m.FixedVarType, {}),
    d.FreqDroop: (
        m.FreqDroopType,
        {
            "over_frequency_hz": "over_freq",
            "under_frequency_hz": "under_freq",
            "response_time_s": "response_time",
        },
    ),
    d.Gradient: (m.GradientType, {}),
    d.LimitMaxDischarge: (m.LimitMaxDischargeType, {"max_discharge_percent": "pct_max_discharge_power"}),
}
_OF_MESSAGES = {message: shape for shape, (message, _) in SHAPES.items()}

_ELSEWHERE = frozenset(("must_trip", "must_trip_priority"))
"""Fields that are not carried over one by one."""


def spelled(setting: Struct, **more: Any) -> Message:
    """A setting, or a part of one, as its message; `more` are fields that the domain has elsewhere."""
    message, names = SHAPES[type(setting)]
    fields = {
        names.get(name, name): _spelled_value(getattr(setting, name))
        for name in setting.__struct_fields__
        if name not in _ELSEWHERE
    }
    if isinstance(setting, d.LimitMaxDischarge) and setting.must_trip is not None:
        fields["power_monitoring_must_trip"] = spelled(setting.must_trip, priority=setting.must_trip_priority)
    return message(**fields, **more)


def _spelled_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [spelled(one) for one in value]
    if isinstance(value, Struct):
        return spelled(value)
    return UNSET if value in (None, "") else value


def understood(told: Message) -> Any:
    """The setting, or a part of one, that a message tells."""
    shape = _OF_MESSAGES[type(told)]
    names = SHAPES[shape][1]
    fields = {
        name: _understood_value(getattr(told, names.get(name, name)))
        for name in shape.__struct_fields__
        if name not in _ELSEWHERE
    }
    if isinstance(told, m.LimitMaxDischargeType) and told.power_monitoring_must_trip:
        curve = told.power_monitoring_must_trip
        fields |= {"must_trip": understood(curve), "must_trip_priority": curve.priority}
    return shape(**{name: value for name, value in fields.items() if value is not UNSET})


def _understood_value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(understood(one) for one in value)
    return understood(value) if isinstance(value, Message) else value


# --- what a charge point tells ----------------------------------------------------------------------------------

LISTS: Mapping[str, tuple[str, str]] = {
    # list in the report: (field of its items that holds the setting, the kind of control; empty: the item tells)
    "curve": ("curve", ""),
    "enter_service": ("enter_service", "EnterService"),
    "fixed_pf_absorb": ("fixed_pf", "FixedPFAbsorb"),
    "fixed_pf_inject": ("fixed_pf", "FixedPFInject"),
    "fixed_var": ("fixed_var", "FixedVar"),
    "freq_droop": ("freq_droop", "FreqDroop"),
    "gradient": ("gradient", "Gradients"),
    "limit_max_discharge": ("limit_max_discharge", "LimitMaxDischarge"),
}


def controls_from(request: m.ReportDERControlRequest, hearing: Hearing) -> reports.DerControlsReported:
    """ReportDERControl; the last part is the one that announces no further one (R05.FR.04)."""
    return reports.DerControlsReported(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        is_last=not request.tbc,
        controls=tuple(_controls_from(request, hearing)),
    )


def _controls_from(request: m.ReportDERControlRequest, hearing: Hearing) -> Iterator[d.DerControl]:
    for name, (field, kind) in LISTS.items():
        for one in getattr(request, name) or ():
            yield _control_from(one, getattr(one, field), kind, hearing)


def _control_from(one: Any, told: Any, kind: str, hearing: Hearing) -> d.DerControl:
    """What can only be a default control does not say so."""
    start = getattr(told, "start_time", UNSET)
    return d.DerControl(
        id=one.id,
        kind=kind or one.curve_type,
        setting=understood(told),
        priority=hearing.whole(told.priority, NUMBERS, 0, "$.priority"),
        is_default=getattr(one, "is_default", True),
        starts_at=timestamps.parse(start) if isinstance(start, str) else None,
        duration_s=getattr(told, "duration", None) or None,
        is_superseded=getattr(one, "is_superseded", False),
    )


def controls_answer(answer: Acknowledged) -> m.ReportDERControlResponse:
    """ReportDERControlResponse."""
    return m.ReportDERControlResponse()


def alarm_from(request: m.NotifyDERAlarmRequest, hearing: Hearing) -> reports.DerAlarmHappened:
    """NotifyDERAlarm."""
    return reports.DerAlarmHappened(
        kind=request.control_type,
        at=hearing.instant(request.timestamp, "$.timestamp"),
        fault=request.grid_event_fault or "",
        has_ended=bool(request.alarm_ended),
        info=request.extra_info or "",
    )


def alarm_answer(answer: Acknowledged) -> m.NotifyDERAlarmResponse:
    """NotifyDERAlarmResponse."""
    return m.NotifyDERAlarmResponse()


def switched_from(request: m.NotifyDERStartStopRequest, hearing: Hearing) -> reports.DerControlSwitched:
    """NotifyDERStartStop."""
    return reports.DerControlSwitched(
        control_id=request.control_id,
        has_started=bool(request.started),
        at=hearing.instant(request.timestamp, "$.timestamp"),
        supersedes=tuple(request.superseded_ids or ()),
    )


def switched_answer(answer: Acknowledged) -> m.NotifyDERStartStopResponse:
    """NotifyDERStartStopResponse."""
    return m.NotifyDERStartStopResponse()


# --- what it is asked -------------------------------------------------------------------------------------------

FIELDS: Mapping[str, str] = {
    "EnterService": "enter_service",
    "FixedPFAbsorb": "fixed_pf_absorb",
    "FixedPFInject": "fixed_pf_inject",
    "FixedVar": "fixed_var",
    "FreqDroop": "freq_droop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limit_max_discharge",
}
"""The one field of SetDERControl for each kind (R04.FR.12–16); all other kinds are curves."""


def set_control_script(command: commands.SetDerControl) -> Script:
    """SetDERControl. What contradicts the rules is not said."""
    control = command.control
    if flaw := d.flaw_of(control):
        return outcomes.Invalid(detail=flaw)
    plan: dict[str, Any] = {"priority": control.priority}
    if control.starts_at is not None:
        plan["start_time"] = timestamps.spell(control.starts_at)
    if control.duration_s is not None:
        plan["duration"] = control.duration_s
    setting: Any = {FIELDS.get(control.kind, "curve"): spelled(control.setting, **plan)}
    reply = yield m.SetDERControlRequest(
        is_default=control.is_default,
        control_id=control.id,
        control_type=cast(Any, control.kind),
        **setting,
    )
    outcome = settled(reply)
    superseded: list[str] | UnsetType = getattr(reply.message, "superseded_ids", UNSET)
    if isinstance(outcome, outcomes.Accepted):
        return outcomes.Accepted(
            said=outcome.said,
            result=DerControlSet(control_id=control.id, superseded_ids=tuple(superseded or ())),
        )
    return outcome


def read_controls_script(command: commands.ReadDerControls) -> Script:
    """GetDERControl; what it finds follows in ReportDERControl."""
    request = m.GetDERControlRequest(
        request_id=command.request_id,
        is_default=UNSET if command.is_default is None else command.is_default,
        control_type=command.kind or UNSET,
        control_id=command.control_id or UNSET,
    )
    return following((yield request), command.request_id)


def clear_controls_script(command: commands.ClearDerControls) -> Script:
    """ClearDERControl."""
    request = m.ClearDERControlRequest(
        is_default=command.is_default,
        control_type=command.kind or UNSET,
        control_id=command.control_id or UNSET,
    )
    return settled((yield request))
