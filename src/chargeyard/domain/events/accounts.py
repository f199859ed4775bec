"""What becomes known of a transaction besides its course: its account, and that it goes on after all."""

from msgspec import UNSET, UnsetType

from chargeyard.domain.accounts import Cost, Queue, TariffInUse, ToldCost, ToldLimits, WishedLimits
from chargeyard.domain.events.event import ChargePointEvent


class TransactionAccounted(ChargePointEvent, frozen=True, kw_only=True):
    """What is now known of a transaction's account; UNSET stays as it was."""

    transaction: int
    cost: Cost | UnsetType = UNSET
    told_cost: ToldCost | UnsetType = UNSET
    told_limits: ToldLimits | UnsetType = UNSET
    wished_limits: WishedLimits | UnsetType = UNSET
    tariff: TariffInUse | UnsetType = UNSET
    queue: Queue | UnsetType = UNSET


class TransactionReopened(ChargePointEvent, frozen=True, kw_only=True):
    """A transaction whose end we had only concluded goes on (2.1 E17)."""

    transaction: int
