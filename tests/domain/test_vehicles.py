"""What vehicles tell is kept, and a schedule is promised only where one can follow."""

import msgspec
import pytest

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, NeedsHeard
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.charging_needs import ChargingNeeds, VehicleSchedule
from chargeyard.domain.decision import Policy
from chargeyard.domain.rules import decide
from tests.domain.made import context, only, start, taken
from tests.domain.profiles import schedule

NEEDS = ChargingNeeds(transfer="AC_three_phase", phases=3)


@pytest.mark.parametrize(
    ("evse", "follows_up", "is_promised"), [(1, True, True), (1, False, False), (2, True, False)]
)
def test_a_schedule_is_promised_for_a_transaction_by_who_may_send_it(
    evse: int, follows_up: bool, is_promised: bool
) -> None:
    state = ChargePoint(id="CP1")
    taken(state, start(), context(7))
    policy = Policy(follows_up=follows_up)
    decision = decide(state, reports.ChargingNeedsTold(evse=evse, needs=NEEDS), context(policy=policy))
    assert decision.answer == NeedsHeard(is_promised)
    kept, told = decision.events
    assert isinstance(kept, events.ItemsInstalled)
    assert isinstance(told, events.ChargingNeedsTold)
    assert told.is_promised is is_promised
    assert told.needs.transaction == (7 if evse == 1 else None)
    [item] = kept.items
    assert (kept.kind, item.key, item.evse) == ("Vehicle", "needs", evse)
    assert msgspec.json.decode(item.body, type=ChargingNeeds) == told.needs


def test_a_plan_is_kept_with_its_transaction() -> None:
    state = ChargePoint(id="CP1")
    taken(state, start(), context(7))
    plan = VehicleSchedule(schedule=schedule((0, 16)), chosen=2)
    decision = decide(state, reports.VehicleScheduleTold(evse=1, plan=plan), context())
    assert decision.answer == ACKNOWLEDGED
    kept, told = decision.events
    assert isinstance(told, events.VehicleScheduleTold)
    assert (told.plan.transaction, told.plan.chosen) == (only(state).number, 2)
    assert isinstance(kept, events.ItemsInstalled)
    assert [item.key for item in kept.items] == ["plan"]
