"""What events tell of cost and limits, what is told in return, and what commands leave behind."""

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from chargeyard.domain import commands, events, outcomes
from chargeyard.domain.accounts import (
    NO_ACCOUNT,
    Account,
    Cost,
    Limits,
    TariffInUse,
    ToldCost,
    ToldLimits,
    WishedLimits,
    doubts,
    later,
)
from chargeyard.domain.answers import TransactionHeard
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.consequences import Scene, consequences
from chargeyard.domain.results import TransactionStatusTold
from chargeyard.domain.rules import evolve
from tests.domain.made import NOW, apply, context, only, taken, told

EUR = Cost(amount=Decimal("3.20"), currency="EUR", at=NOW)
SCENE = Scene("CP1", NOW)


@pytest.fixture
def state() -> ChargePoint:
    state = ChargePoint(id="CP1", booted=True)
    apply(state, told(0, evse=1), context(7))
    return state


def accounted(**fields: Any) -> events.TransactionAccounted:
    return events.TransactionAccounted(recorded_at=NOW, charge_point="CP1", transaction=7, **fields)


def _answer(state: ChargePoint, sequence: int, **fields: Any) -> TransactionHeard:
    answer = taken(state, told(sequence, **fields), context())
    assert isinstance(answer, TransactionHeard)
    return answer


# --- cost


def test_a_cost_that_nobody_knows_is_not_told(state: ChargePoint) -> None:
    assert _answer(state, 1).total_cost is None
    assert _answer(state, 2, phase="Ended").total_cost is None


def test_the_running_cost_is_told_while_it_runs_and_at_the_end_only_the_final_one(state: ChargePoint) -> None:
    evolve(state, accounted(cost=EUR))
    assert _answer(state, 1).total_cost == Decimal("3.20")
    assert _answer(state, 2, is_offline=True).total_cost is None
    assert _answer(state, 3, phase="Ended").total_cost is None
    evolve(state, accounted(cost=msgspec.structs.replace(EUR, amount=Decimal(0), is_final=True)))
    assert _answer(state, 3, phase="Ended").total_cost == 0, "0 is free and is told (I03.FR.04)"
    assert _answer(state, 3, phase="Ended", is_offline=True).total_cost == 0


def test_what_the_charge_point_makes_it_cost_is_kept_as_it_was_told_last(state: ChargePoint) -> None:
    for sequence, total in ((1, "1.00"), (3, "3.00"), (2, "2.00")):
        cost = ToldCost(currency="EUR", incl_tax=Decimal(total), sequence=sequence)
        apply(state, told(sequence, told_cost=cost), context())
    known = only(state).account.told_cost
    assert known is not None
    assert known.incl_tax == 3


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"currency": "€"}, "ISO 4217"),
        ({"currency": "USD"}, "central cost"),
        ({"incl_tax": None}, "no total"),
        ({"incl_tax": Decimal("-1")}, "negative"),
        ({"excl_tax": Decimal(5)}, "less than without"),
        ({"failure": "no tariff"}, "no tariff"),
    ],
)
def test_a_sum_that_cannot_be_right_is_doubted_and_kept(fields: dict[str, Any], word: str) -> None:
    cost = ToldCost(**{"currency": "EUR", "incl_tax": Decimal(4), **fields})
    assert any(word in doubt for doubt in doubts(cost, EUR))
    assert list(doubts(ToldCost(currency="EUR", excl_tax=Decimal(3), incl_tax=Decimal(4)), EUR)) == []
    found = later(NO_ACCOUNT, cost, None, None)["told_cost"]
    assert (found.incl_tax, found.currency) == (cost.incl_tax, cost.currency)


# --- limits and tariffs


def test_limits_in_force_and_the_tariff_are_kept_once(state: ChargePoint) -> None:
    fields: dict[str, Any] = {
        "told_limits": ToldLimits(limits=Limits(max_time_s=60), sequence=1),
        "tariff": TariffInUse(tariff_id="T1", sequence=1),
    }
    (first,) = [
        event
        for event in apply(state, told(1, **fields), context()).events
        if isinstance(event, events.TransactionAccounted)
    ]
    assert (first.told_limits, first.tariff) == (fields["told_limits"], fields["tariff"])
    again = apply(state, told(1, **fields), context()).events
    assert not any(isinstance(event, events.TransactionAccounted) for event in again)


def test_limits_that_an_operator_wants_are_told_once_and_live(state: ChargePoint) -> None:
    limits = Limits(max_cost=Decimal(20))
    evolve(state, accounted(wished_limits=WishedLimits(limits=limits)))
    assert _answer(state, 1, is_offline=True).limits is None
    assert _answer(state, 2).limits == limits
    assert only(state).account.wished_limits == WishedLimits(limits=limits, told_at=NOW)
    assert _answer(state, 3).limits is None


def test_limits_are_of_no_use_to_what_has_ended(state: ChargePoint) -> None:
    evolve(state, accounted(wished_limits=WishedLimits(limits=Limits(max_time_s=1))))
    assert _answer(state, 2, phase="Ended").limits is None
    assert _answer(state, 1).limits is None


# --- what commands leave behind


def test_what_was_answered_about_a_transaction_is_kept_with_it() -> None:
    outcome = outcomes.Accepted(result=TransactionStatusTold(is_ongoing=False, has_messages=True))
    command = commands.GetTransactionStatus(transaction=7, wire_id="TX")
    (found,) = consequences(command, outcome, SCENE)
    assert isinstance(found, events.TransactionAccounted)
    assert (found.transaction, found.queue.is_ongoing, found.queue.has_messages) == (7, False, True)  # type: ignore[union-attr]
    assert consequences(commands.GetTransactionStatus(), outcome, SCENE) == ()
    assert consequences(command, outcomes.Offline(), SCENE) == ()


def test_only_limits_and_costs_that_were_taken_count() -> None:
    limit = commands.LimitTransaction(transaction=7, limits=Limits(max_time_s=1))
    (found,) = consequences(limit, outcomes.Scheduled(), SCENE)
    assert found == accounted(wished_limits=WishedLimits(limits=limit.limits))
    assert consequences(limit, outcomes.Unsupported(), SCENE) == ()
    update = commands.UpdateCost(transaction=7, wire_id="TX", amount=Decimal("3.20"), currency="EUR")
    assert consequences(update, outcomes.Accepted(), SCENE) == (accounted(cost=EUR),)
    assert consequences(update, outcomes.TimedOut(after_s=1), SCENE) == ()


def test_an_account_of_a_transaction_that_memory_has_forgotten_harms_nobody(state: ChargePoint) -> None:
    state.transactions.clear()
    evolve(state, accounted(cost=EUR))
    evolve(state, events.TransactionReopened(recorded_at=NOW, charge_point="CP1", transaction=7))
    assert state.transactions == {}
    assert Account() == NO_ACCOUNT
