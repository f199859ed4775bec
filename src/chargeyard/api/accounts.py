"""The account of a transaction as readers get it; amounts are texts, so that no digit is lost."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from msgspec import Struct

from chargeyard.domain.accounts import Account, Cost, Limits, Queue, ToldCost


class CostRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a transaction costs as far as we were told, and when; `isFinal`: it will not change."""

    amount: Decimal
    currency: str
    is_final: bool
    at: datetime


class ToldCostRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the charge point makes it cost. `failure` is why it could not calculate, `doubts` why the sum may be
    wrong; `details` is what it told."""

    currency: str
    excl_tax: Decimal | None
    incl_tax: Decimal | None
    failure: str
    doubts: tuple[str, ...]
    details: Any


class LimitsRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Where charging ends by itself; null limits nothing."""

    max_cost: Decimal | None
    max_energy_wh: Decimal | None
    max_time_s: int | None
    max_soc_percent: int | None


class WishedLimitsRow(LimitsRow, frozen=True, kw_only=True, rename="camel"):
    """Limits that were asked for here; `toldAt` null: they wait for the next event of the transaction."""

    told_at: datetime | None


class QueueRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the charge point answered when it was asked about the transaction; `isOngoing` null: it did not say."""

    is_ongoing: bool | None
    has_messages: bool
    at: datetime


class AccountRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """What is known of a transaction besides its course; null is not known. `limits` are those in force."""

    cost: CostRow | None
    told_cost: ToldCostRow | None
    limits: LimitsRow | None
    wished_limits: WishedLimitsRow | None
    tariff_id: str | None
    queue: QueueRow | None


def account_row(account: Account) -> AccountRow:
    """The account as readers get it."""
    told, wished = account.told_limits, account.wished_limits
    return AccountRow(
        cost=cost_row(account.cost) if account.cost else None,
        told_cost=_told_cost_row(account.told_cost) if account.told_cost else None,
        limits=LimitsRow(**_fields(told.limits)) if told else None,
        wished_limits=WishedLimitsRow(**_fields(wished.limits), told_at=wished.told_at) if wished else None,
        tariff_id=account.tariff.tariff_id if account.tariff else None,
        queue=QueueRow(**_fields(account.queue)) if account.queue else None,
    )


def cost_row(cost: Cost) -> CostRow:
    """The cost as readers get it."""
    return CostRow(**_fields(cost))


def _told_cost_row(told: ToldCost) -> ToldCostRow:
    return ToldCostRow(**{name: getattr(told, name) for name in ToldCostRow.__struct_fields__})


def _fields(of: Cost | Limits | Queue) -> dict[str, Any]:
    return {name: getattr(of, name) for name in of.__struct_fields__}
