"""What charge points tell of limits from outside, and of what vehicles need and mean to do."""

from chargeyard.domain.charging_needs import ChargingNeeds, VehicleSchedule
from chargeyard.domain.charging_profiles import ChargingSchedule
from chargeyard.domain.events.event import ChargePointEvent


class ChargingLimitTold(ChargePointEvent, frozen=True, kw_only=True):
    """Somebody outside limits an EVSE, or with EVSE 0 the charge point. `limit_source` is its word for whom."""

    evse: int
    limit_source: str
    is_grid_critical: bool = False
    is_local_generation: bool = False
    schedules: tuple[ChargingSchedule, ...] = ()


class ChargingLimitCleared(ChargePointEvent, frozen=True, kw_only=True):
    """A limit from outside is gone; EVSE None: all of that source."""

    evse: int | None
    limit_source: str


class ChargingNeedsTold(ChargePointEvent, frozen=True, kw_only=True):
    """A vehicle has told what it needs; `is_promised`: the charge point was told that a schedule will come."""

    evse: int
    needs: ChargingNeeds
    is_promised: bool


class VehicleScheduleTold(ChargePointEvent, frozen=True, kw_only=True):
    """A vehicle has told how it means to charge."""

    evse: int
    plan: VehicleSchedule


class PriorityChargingTold(ChargePointEvent, frozen=True, kw_only=True):
    """A transaction charges with priority, or no more, because somebody at the charge point wants it so."""

    wire_id: str
    activated: bool
    transaction: int | None = None
