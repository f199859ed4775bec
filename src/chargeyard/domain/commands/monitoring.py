"""Commands about monitors of variables and the streams they send."""

from typing import Literal

from msgspec import Struct

from chargeyard.domain.commands.command import Command
from chargeyard.domain.commands.device_model import ComponentWanted
from chargeyard.domain.variables import Named

MonitoringBase = Literal["All", "FactoryDefault", "HardWiredOnly"]


class SetMonitoringBase(Command, frozen=True, kw_only=True):
    """Which monitors shall be active: all there are, those it came with, or only those that cannot be changed (N03)."""

    base: MonitoringBase


class SetMonitoringLevel(Command, frozen=True, kw_only=True):
    """Report only what is at most of this severity; 0 is the worst, 9 the least (N05)."""

    severity: int


MonitorType = Literal[
    "UpperThreshold",
    "LowerThreshold",
    "Delta",
    "Periodic",
    "PeriodicClockAligned",
    "TargetDelta",
    "TargetDeltaRelative",
]


class MonitorGiven(Struct, frozen=True, kw_only=True):
    """A monitor to be set; with `id` in the place of one that is there. With `interval_s` or `values` its periodic
    values come as a stream: every so many seconds, or so many at once."""

    variable: Named
    type: MonitorType
    value: float
    severity: int
    id: int | None = None
    is_for_transactions: bool = False
    interval_s: int | None = None
    values: int | None = None


class SetMonitors(Command, frozen=True, kw_only=True):
    """Set monitors (N04). At most `max_items` go into one message; 0: no limit is known."""

    monitors: tuple[MonitorGiven, ...]
    max_items: int = 0


class ClearMonitors(Command, frozen=True, kw_only=True):
    """Remove monitors by their ids (N06). At most `max_items` go into one message; 0: no limit is known."""

    ids: tuple[int, ...]
    max_items: int = 0


MonitoringCriterion = Literal["ThresholdMonitoring", "DeltaMonitoring", "PeriodicMonitoring"]


class ReadMonitors(Command, frozen=True, kw_only=True):
    """List monitors that meet one of `criteria` and are of `components`; none names no condition (N02). They follow
    in reports numbered `request_id`."""

    request_id: int
    criteria: tuple[MonitoringCriterion, ...] = ()
    components: tuple[ComponentWanted, ...] = ()
    max_items: int = 0


class ReadEventStreams(Command, frozen=True, kw_only=True):
    """List the streams of periodic values that are open (2.1 N13)."""


class AdjustEventStream(Command, frozen=True, kw_only=True):
    """Let a stream come every `interval_s` seconds, or with so many `values` at once (2.1 N14). `monitor_id` is what
    it is of, if that is known."""

    stream_id: int
    interval_s: int | None = None
    values: int | None = None
    monitor_id: int | None = None
