"""Controls of the grid operator over what feeds into the grid (2.1 R: distributed energy resources)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from chargeyard.ocpp.v21 import messages as m

# The field of a request that belongs to a type of control; all others are curves.
_FIELDS: Mapping[m.DERControlEnumType, str] = {
    "EnterService": "enter_service",
    "FixedPFAbsorb": "fixed_pf_absorb",
    "FixedPFInject": "fixed_pf_inject",
    "FixedVar": "fixed_var",
    "FreqDroop": "freq_droop",
    "Gradients": "gradient",
    "LimitMaxDischarge": "limit_max_discharge",
}
_CURVE = "curve"
UNSUPPORTED: frozenset[m.DERControlEnumType] = frozenset({"PowerMonitoringMustTrip"})
_DEFAULT_ONLY = frozenset({"EnterService", "Gradients"})


class Control(msgspec.Struct, frozen=True):
    """One control as it came; ``is_superseded`` while one of a higher priority holds."""

    told: m.SetDERControlRequest
    is_superseded: bool = False

    @property
    def body(self) -> Any:
        """The part that belongs to its type."""
        return getattr(self.told, field_of(self.told.control_type))

    @property
    def priority(self) -> int:
        """0 goes first."""
        return int(getattr(self.body, "priority", 0))


class GridControls:
    """The controls of one charge point, by their ids."""

    __slots__ = ("_controls",)

    def __init__(self) -> None:
        self._controls: dict[str, Control] = {}

    def set(self, told: m.SetDERControlRequest) -> tuple[m.DERControlStatusEnumType, list[str]]:
        """Take a control; also tells which it supersedes: of its type, and no higher priority (R04)."""
        if told.control_type in UNSUPPORTED:
            return "NotSupported", []
        if isinstance(getattr(told, field_of(told.control_type)), msgspec.UnsetType):
            return "Rejected", []
        if told.control_type in _DEFAULT_ONLY and not told.is_default:
            return "Rejected", []
        control = Control(told)
        superseded = [
            number
            for number, other in self._controls.items()
            if _is_alike(control, other) and other.priority >= control.priority and number != told.control_id
        ]
        for number in superseded:
            self._controls[number] = msgspec.structs.replace(self._controls[number], is_superseded=True)
        self._controls[told.control_id] = control
        return "Accepted", superseded

    def find(
        self,
        *,
        is_default: bool | msgspec.UnsetType,
        kind: str | msgspec.UnsetType,
        number: str | msgspec.UnsetType,
    ) -> list[Control]:
        """The controls that fit."""
        return [
            control
            for control in self._controls.values()
            if is_default in (msgspec.UNSET, control.told.is_default)
            and kind in (msgspec.UNSET, control.told.control_type)
            and number in (msgspec.UNSET, control.told.control_id)
        ]

    def clear(self, controls: list[Control]) -> None:
        """Forget these controls."""
        for control in controls:
            self._controls.pop(control.told.control_id, None)


def _is_alike(control: Control, other: Control) -> bool:
    told, before = control.told, other.told
    return (told.control_type, told.is_default) == (before.control_type, before.is_default)


def field_of(kind: m.DERControlEnumType) -> str:
    """The field of a SetDERControl that a type of control uses."""
    return _FIELDS.get(kind, _CURVE)


def reported(control: Control) -> tuple[str, Any]:
    """(field of a ReportDERControl, its entry) for a control."""
    field = field_of(control.told.control_type)
    return field, _REPORTED[field](control)


def _marks(control: Control) -> dict[str, Any]:
    told = control.told
    return {"id": told.control_id, "is_default": told.is_default, "is_superseded": control.is_superseded}


_REPORTED: Mapping[str, Callable[[Control], Any]] = {
    "curve": lambda c: m.DERCurveGetType(curve=c.body, curve_type=c.told.control_type, **_marks(c)),
    "enter_service": lambda c: m.EnterServiceGetType(enter_service=c.body, id=c.told.control_id),
    "fixed_pf_absorb": lambda c: m.FixedPFGetType(fixed_pf=c.body, **_marks(c)),
    "fixed_pf_inject": lambda c: m.FixedPFGetType(fixed_pf=c.body, **_marks(c)),
    "fixed_var": lambda c: m.FixedVarGetType(fixed_var=c.body, **_marks(c)),
    "freq_droop": lambda c: m.FreqDroopGetType(freq_droop=c.body, **_marks(c)),
    "gradient": lambda c: m.GradientGetType(gradient=c.body, id=c.told.control_id),
    "limit_max_discharge": lambda c: m.LimitMaxDischargeGetType(limit_max_discharge=c.body, **_marks(c)),
}
