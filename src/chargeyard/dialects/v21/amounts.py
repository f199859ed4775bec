"""Sums of money and limits on the wire of 2.1: JSON numbers, which become Decimals before anybody reckons with them."""

from decimal import Decimal

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import Hearing
from chargeyard.dialects.v201.metering import scaled
from chargeyard.domain.accounts import Limits
from chargeyard.ocpp.v21 import messages as m


def amount_from(value: float | UnsetType, hearing: Hearing, path: str) -> Decimal | None:
    """The amount as its shortest text says it; None if there is none, or none that anybody could owe."""
    if isinstance(value, UnsetType):
        return None
    amount = scaled(value, 0)
    if amount is None:
        hearing.find("number_size", path, "a number of sane size")
    return amount


def limits_from(told: m.TransactionLimitType, hearing: Hearing) -> Limits:
    """TransactionLimitType."""
    path = "$.transactionInfo.transactionLimit"
    return Limits(
        max_cost=amount_from(told.max_cost, hearing, f"{path}.maxCost"),
        max_energy_wh=amount_from(told.max_energy, hearing, f"{path}.maxEnergy"),
        max_time_s=hearing.whole(told.max_time, range(2**31), None, f"{path}.maxTime"),
        max_soc_percent=hearing.whole(told.max_soc, range(101), None, f"{path}.maxSoC"),
    )


def limits_on_wire(limits: Limits) -> m.TransactionLimitType:
    """TransactionLimitType."""
    return m.TransactionLimitType(
        max_cost=number(limits.max_cost),
        max_energy=number(limits.max_energy_wh),
        max_time=UNSET if limits.max_time_s is None else limits.max_time_s,
        max_soc=UNSET if limits.max_soc_percent is None else limits.max_soc_percent,
    )


def number(amount: Decimal | None) -> float | UnsetType:
    """The JSON number with the same shortest text."""
    return UNSET if amount is None else float(amount)
