"""What vehicles tell of their needs and plans, and what they are answered (2.x K15–K17)."""

from msgspec.structs import replace

from chargeyard.domain import reports
from chargeyard.domain.answers import ACKNOWLEDGED, NeedsHeard
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.events import ChargingNeedsTold, VehicleScheduleTold
from chargeyard.domain.profile_book import of_vehicle

NEEDS = "needs"
PLAN = "plan"
"""The keys of the items that tell what the vehicle at an EVSE needs, and how it means to charge."""


def decide_needs(state: ChargePoint, report: reports.ChargingNeedsTold, context: Context) -> Decision:
    """A schedule is promised only where one can follow: for a transaction, by somebody who may send it (K15)."""
    running = _running(state, report.evse)
    needs = replace(report.needs, transaction=running.number if running else None)
    is_promised = running is not None and context.policy.follows_up
    told = ChargingNeedsTold(
        recorded_at=context.now,
        charge_point=state.id,
        evse=report.evse,
        needs=needs,
        is_promised=is_promised,
    )
    kept = of_vehicle(report.evse, NEEDS, needs, Scene(state.id, context.now))
    return Decision((kept, told), NeedsHeard(is_promised))


def decide_plan(state: ChargePoint, report: reports.VehicleScheduleTold, context: Context) -> Decision:
    """Kept. The answer does not say that the plan is approved of: one that takes too much is answered by
    another profile (K16)."""
    running = _running(state, report.evse)
    plan = replace(report.plan, transaction=running.number if running else None)
    told = VehicleScheduleTold(recorded_at=context.now, charge_point=state.id, evse=report.evse, plan=plan)
    return Decision((of_vehicle(report.evse, PLAN, plan, Scene(state.id, context.now)), told), ACKNOWLEDGED)


def _running(state: ChargePoint, evse: int) -> Transaction | None:
    here = [one for one in state.open_transactions() if one.evse == evse]
    return here[-1] if here else None
