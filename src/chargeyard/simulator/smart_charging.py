"""Charging profiles of OCPP 1.6 and the power they leave to a connector.

The charge point's own maximum and the transaction's limit both hold; of one purpose the highest stack level
that has a period now leads (1.6 §3.13). Limits are in watts here; amperes are per phase at nominal voltage.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator

import msgspec

from chargeyard.ocpp.v16.messages import (
    ChargingProfile,
    ChargingProfilePurposeType,
    ChargingRateUnitType,
    ChargingSchedule,
    ChargingSchedulePeriod,
    ClearChargingProfileRequest,
)
from chargeyard.simulator import instants
from chargeyard.simulator.vehicle import VOLTAGE_V

DC_VOLTAGE_V = 400.0
UNLIMITED_W = math.inf
_RECURRENCE_S = {"Daily": 86_400.0, "Weekly": 604_800.0}


class Outlet(msgspec.Struct, frozen=True):
    """What a limit is for: a connector, its phases (0: direct current) and when its transaction began."""

    connector_id: int
    phases: int
    started_at: float | None

    @property
    def volts(self) -> float:
        """Watts per ampere and phase."""
        return VOLTAGE_V if self.phases else DC_VOLTAGE_V


class Installed(msgspec.Struct, frozen=True):
    """A profile and where it was put; ``at`` stands in for a start that an Absolute schedule left out."""

    connector_id: int
    profile: ChargingProfile
    at: float


class Profiles:
    """The charging profiles of one charge point."""

    __slots__ = ("_installed",)

    def __init__(self) -> None:
        self._installed: tuple[Installed, ...] = ()

    def __len__(self) -> int:
        return len(self._installed)

    def install(self, connector_id: int, profile: ChargingProfile, now: float) -> None:
        """Add a profile; one with the same id, or the same purpose and stack level there, is replaced."""
        self._installed = (
            *(entry for entry in self._installed if not _replaces(connector_id, profile, entry)),
            Installed(connector_id, profile, now),
        )

    def clear(self, request: ClearChargingProfileRequest) -> bool:
        """Remove what matches; True if anything did. An id makes the other fields irrelevant (errata 3.25)."""
        kept = tuple(entry for entry in self._installed if not _matches(request, entry))
        found = len(kept) < len(self._installed)
        self._installed = kept
        return found

    def end_transaction(self, connector_id: int) -> None:
        """A TxProfile lives as long as its transaction."""
        self._installed = tuple(
            entry
            for entry in self._installed
            if entry.connector_id != connector_id or entry.profile.charging_profile_purpose != "TxProfile"
        )

    def limit_w(self, outlet: Outlet, now: float, shared_by: int = 1) -> float:
        """Watts for a connector now; infinity when no profile speaks. The charge point's maximum is shared out."""
        whole = self._lead("ChargePointMaxProfile", 0, outlet, now)
        own = self._lead("TxProfile", outlet.connector_id, outlet, now)
        if own is None:
            own = self._lead("TxDefaultProfile", outlet.connector_id, outlet, now)
        if own is None:
            own = self._lead("TxDefaultProfile", 0, outlet, now)
        share = UNLIMITED_W if whole is None else whole / max(1, shared_by)
        return min(share, UNLIMITED_W if own is None else own)

    def next_change(self, outlet: Outlet, now: float) -> float | None:
        """When a limit may change next, or None."""
        return min((at for at in self._bounds(outlet, now) if at > now), default=None)

    def composite(
        self, outlet: Outlet, now: float, duration_s: int, ceiling_w: float
    ) -> list[tuple[int, float]]:
        """(second from now, watts) wherever the limit changes within ``duration_s``; never above ``ceiling_w``."""
        bounds = {at for at in self._bounds(outlet, now) if now < at < now + duration_s}
        steps: list[tuple[int, float]] = []
        for at in sorted({now} | bounds):
            watts = min(ceiling_w, self.limit_w(outlet, at))
            if not steps or steps[-1][1] != watts:
                steps.append((round(at - now), watts))
        return steps

    def _lead(
        self, purpose: ChargingProfilePurposeType, connector_id: int, outlet: Outlet, now: float
    ) -> float | None:
        entries = [
            entry
            for entry in self._installed
            if entry.connector_id == connector_id and entry.profile.charging_profile_purpose == purpose
        ]
        for entry in sorted(entries, key=lambda entry: -entry.profile.stack_level):
            if (watts := _watts(entry, outlet, now)) is not None:
                return watts
        return None

    def _bounds(self, outlet: Outlet, now: float) -> Iterator[float]:
        for entry in self._installed:
            profile = entry.profile
            yield from filter(None, (instants.read(profile.valid_from), instants.read(profile.valid_to)))
            start = _start(entry, outlet, now)
            if start is None:
                continue
            schedule = profile.charging_schedule
            yield start
            yield from (start + period.start_period for period in schedule.charging_schedule_period)
            if schedule.duration:
                yield start + schedule.duration
            if recurrence_s := _recurrence_s(profile):
                yield start + recurrence_s


def schedule_of(
    steps: Iterable[tuple[int, float]], unit: ChargingRateUnitType, outlet: Outlet
) -> ChargingSchedule:
    """The steps of `Profiles.composite` as OCPP says them, in the unit asked for."""
    divisor = 1.0 if unit == "W" else outlet.volts * max(1, outlet.phases)
    periods = [
        ChargingSchedulePeriod(start_period=second, limit=round(watts / divisor, 1))
        for second, watts in steps
    ]
    return ChargingSchedule(charging_rate_unit=unit, charging_schedule_period=periods)


def _replaces(connector_id: int, profile: ChargingProfile, entry: Installed) -> bool:
    other = entry.profile
    if other.charging_profile_id == profile.charging_profile_id:
        return True
    same_place = entry.connector_id == connector_id and other.stack_level == profile.stack_level
    return same_place and other.charging_profile_purpose == profile.charging_profile_purpose


def _matches(request: ClearChargingProfileRequest, entry: Installed) -> bool:
    profile = entry.profile
    if request.id is not msgspec.UNSET:
        return profile.charging_profile_id == request.id
    wanted = (
        (request.connector_id, entry.connector_id),
        (request.charging_profile_purpose, profile.charging_profile_purpose),
        (request.stack_level, profile.stack_level),
    )
    return all(asked is msgspec.UNSET or asked == has for asked, has in wanted)


def _recurrence_s(profile: ChargingProfile) -> float | None:
    if profile.charging_profile_kind != "Recurring" or profile.recurrency_kind is msgspec.UNSET:
        return None
    return _RECURRENCE_S[profile.recurrency_kind]


def _start(entry: Installed, outlet: Outlet, now: float) -> float | None:
    """When the schedule that covers ``now`` began; None if it has nothing to count from."""
    profile = entry.profile
    if profile.charging_profile_kind == "Relative":
        return outlet.started_at
    start = instants.read(profile.charging_schedule.start_schedule)
    if start is None:
        start = entry.at
    recurrence_s = _recurrence_s(profile)
    if recurrence_s and now > start:
        start += (now - start) // recurrence_s * recurrence_s
    return start


def _is_valid(profile: ChargingProfile, now: float) -> bool:
    begins, ends = instants.read(profile.valid_from), instants.read(profile.valid_to)
    return (begins is None or begins <= now) and (ends is None or now < ends)


def _watts(entry: Installed, outlet: Outlet, now: float) -> float | None:
    """What one profile allows now; None when it has no period for this moment."""
    start = _start(entry, outlet, now)
    if start is None or now < start or not _is_valid(entry.profile, now):
        return None
    schedule, elapsed = entry.profile.charging_schedule, now - start
    if schedule.duration is not msgspec.UNSET and elapsed >= schedule.duration:
        return None
    begun = [period for period in schedule.charging_schedule_period if period.start_period <= elapsed]
    if not begun:
        return None
    period = max(begun, key=lambda period: period.start_period)
    if schedule.charging_rate_unit == "W":
        return period.limit
    phases = 3 if period.number_phases is msgspec.UNSET else period.number_phases
    return period.limit * outlet.volts * max(1, min(phases, outlet.phases))
