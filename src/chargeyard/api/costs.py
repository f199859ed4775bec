"""What a transaction costs, where it shall end by itself, and whether all of it has been told."""

from decimal import Decimal
from typing import Annotated

from litestar import Response, post, put
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.accounts import CostRow, cost_row
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.problems import CONFLICT, INVALID_REQUEST, TRANSACTION_NOT_RUNNING, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.api.transactions import KnownTransaction
from chargeyard.domain.accounts import Limits
from chargeyard.domain.commands import GetTransactionStatus, LimitTransaction, UpdateCost
from chargeyard.domain.records import TransactionRecord
from chargeyard.services.accounts import Accounts

_TAGS = ["transactions"]
_COMMANDS = ["commands"]
_MOST = Decimal(10**12)

Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217")]


class Price(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a transaction costs so far; 0 is free."""

    amount: Decimal
    currency: Currency


class FinalPrice(Price, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`isFinal`: it will not change, so that the driver may be told at the end."""

    is_final: bool = False


class LimitsWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Where charging shall end by itself; what is left out is not limited. The cost is in the tariff's currency."""

    max_cost: Decimal | None = None
    max_energy_wh: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    max_time_s: Annotated[int, Meta(ge=0, le=2**31 - 1)] | None = None
    max_soc_percent: Annotated[int, Meta(ge=0, le=100)] | None = None


@put("/charge-transaction/{id:int}/cost", summary="Say what a transaction costs", tags=_TAGS)
async def set_cost(transaction: KnownTransaction, services: Services, data: JSONBody[FinalPrice]) -> CostRow:
    accounts = Accounts(services.store, services.recorder)
    amount = _believable(data.amount, "amount")
    cost = await accounts.set_cost(transaction, amount, data.currency, data.is_final)
    return cost_row(cost)


@post(
    "/charge-transaction/cost-update/{id:int}",
    status_code=200,
    summary="Show the driver what a running transaction costs so far",
    tags=_COMMANDS,
)
async def update_cost(
    transaction: KnownTransaction, dispatch: Dispatching, data: JSONBody[Price]
) -> Response[CommandAnswer]:
    refuse_ended(transaction)
    command = UpdateCost(
        transaction=transaction.id,
        wire_id=transaction.wire_id,
        amount=_believable(data.amount, "amount"),
        currency=data.currency,
    )
    return await dispatch.run(transaction.charge_point, command)


@post(
    "/charge-transaction/limit/{id:int}",
    status_code=200,
    summary="Let a running transaction end by itself at limits",
    tags=_COMMANDS,
)
async def limit(
    transaction: KnownTransaction, dispatch: Dispatching, services: Services, data: JSONBody[LimitsWish]
) -> Response[CommandAnswer]:
    refuse_ended(transaction)
    limits = Limits(
        max_cost=None if data.max_cost is None else _believable(data.max_cost, "maxCost"),
        max_energy_wh=None if data.max_energy_wh is None else Decimal(data.max_energy_wh),
        max_time_s=data.max_time_s,
        max_soc_percent=data.max_soc_percent,
    )
    accounts = Accounts(services.store, services.recorder)
    if unsupported := await accounts.unsupported(transaction.charge_point, limits):
        raise Problem(CONFLICT, f"the charge point does not support {', '.join(unsupported)}")
    command = LimitTransaction(transaction=transaction.id, limits=limits)
    return await dispatch.run(transaction.charge_point, command)


@post(
    "/charge-transaction/status/{id:int}",
    status_code=200,
    summary="Ask whether a transaction goes on, and whether all of it has been told",
    tags=_COMMANDS,
)
async def ask_status(transaction: KnownTransaction, dispatch: Dispatching) -> Response[CommandAnswer]:
    command = GetTransactionStatus(transaction=transaction.id, wire_id=transaction.wire_id)
    return await dispatch.run(transaction.charge_point, command)


@post(
    "/charge-point/{cpId:str}/transaction-status",
    status_code=200,
    summary="Ask whether messages about transactions are still to come",
    tags=_COMMANDS,
)
async def ask_queue(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, GetTransactionStatus())


def refuse_ended(transaction: TransactionRecord) -> None:
    """An end that we only inferred may be wrong: the charge point may still be charging."""
    if transaction.stopped_at is not None and transaction.completeness != "inferred":
        raise Problem(TRANSACTION_NOT_RUNNING, members={"transactionId": transaction.id})


def _believable(amount: Decimal, name: str) -> Decimal:
    """A sum that somebody can owe, with no more digits than a JSON number carries."""
    if not (amount.is_finite() and 0 <= amount < _MOST and amount == round(amount, 4)):
        raise Problem(INVALID_REQUEST, f"{name} is a number from 0 to 10¹² with at most four decimals")
    return amount
