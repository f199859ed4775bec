"""The account of a transaction: what it costs, the limits it has, and whether all of it has been told.

Kept beside the transaction, because most have none of it. Amounts are Decimals in a named currency. A cost that
is not known is not free: free is a cost of 0 (OCPP 2.0.1 I03.FR.04).
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, Struct
from msgspec.structs import replace


class Cost(Struct, frozen=True, kw_only=True):
    """What a transaction costs as far as we know, set at `at`; `is_final`: it will not change any more."""

    amount: Decimal
    currency: str
    at: datetime
    is_final: bool = False


class ToldCost(Struct, frozen=True, kw_only=True):
    """What the charge point makes a transaction cost (2.1 costDetails), as its event number `sequence` told.

    `failure` is why it could not calculate, empty if it could; `doubts` are why the sum cannot be believed as it
    is; `details` is what was told, as JSON.
    """

    currency: str
    excl_tax: Decimal | None = None
    incl_tax: Decimal | None = None
    sequence: int = -1
    failure: str = ""
    doubts: tuple[str, ...] = ()
    details: msgspec.Raw = msgspec.Raw(b"{}")


class Limits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Where charging ends by itself; None limits nothing. The cost is in the currency of the tariff."""

    max_cost: Decimal | None = None
    max_energy_wh: Decimal | None = None
    max_time_s: int | None = None
    max_soc_percent: int | None = None


class ToldLimits(Struct, frozen=True, kw_only=True):
    """The limits in force, as event number `sequence` told."""

    limits: Limits
    sequence: int


class TariffInUse(Struct, frozen=True, kw_only=True):
    """The tariff that the charge point calculates by, as event number `sequence` told."""

    tariff_id: str
    sequence: int


class WishedLimits(Struct, frozen=True, kw_only=True):
    """Limits that an operator wants; `told_at` is when the charge point was told of them, None: not yet."""

    limits: Limits
    told_at: datetime | None = None


class Queue(Struct, frozen=True, kw_only=True):
    """What the charge point answered about a transaction (E14): does it go on, and are messages still to come?

    `is_ongoing` None: it did not say.
    """

    is_ongoing: bool | None
    has_messages: bool
    at: datetime


class Account(Struct, frozen=True, kw_only=True):
    """Everything of it; None is not known."""

    cost: Cost | None = None
    told_cost: ToldCost | None = None
    told_limits: ToldLimits | None = None
    wished_limits: WishedLimits | None = None
    tariff: TariffInUse | None = None
    queue: Queue | None = None


NO_ACCOUNT = Account()

Change = dict[str, Any]
"""New values of fields of an account, by their names."""


def changed(account: Account, event: Any) -> Account:
    """`account` after `event` (`TransactionAccounted`): what it does not tell stays."""
    return replace(account, **told_in(event))


def told_in(event: Any) -> Change:
    """What `event` tells."""
    values = {name: getattr(event, name) for name in Account.__struct_fields__}
    return {name: value for name, value in values.items() if value is not UNSET}


def later(
    account: Account, cost: ToldCost | None, limits: ToldLimits | None, tariff: TariffInUse | None
) -> Change:
    """What an event of the charge point changes: the latest word on each counts, whatever order they come in."""
    if cost is not None:
        cost = replace(cost, doubts=tuple(doubts(cost, account.cost)))
    told = {"told_cost": cost, "told_limits": limits, "tariff": tariff}
    return {name: value for name, value in told.items() if value and _is_news(getattr(account, name), value)}


def _is_news(known: Any, told: Any) -> bool:
    return known is None or (told.sequence >= known.sequence and told != known)


def doubts(told: ToldCost, known: Cost | None) -> Iterator[str]:
    """Why the charge point's own calculation may be wrong: then the central one has to do (I08.FR.34)."""
    if len(told.currency) != len("EUR") or not (told.currency.isascii() and told.currency.isalpha()):
        yield "currency is no ISO 4217 code"
    if known is not None and told.currency.upper() != known.currency:
        yield "currency is not that of the central cost"
    amounts = [amount for amount in (told.excl_tax, told.incl_tax) if amount is not None]
    if not amounts:
        yield "no total is told"
    if any(amount < 0 for amount in amounts):
        yield "a total is negative"
    if len(amounts) > 1 and amounts[1] < amounts[0]:
        yield "the total with tax is less than without"
    if told.failure:
        yield f"the charge point could not calculate: {told.failure}"
