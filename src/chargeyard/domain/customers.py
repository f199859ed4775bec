"""What charge points know of customers: told in parts, and cleared (N09, N10)."""

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.authorization import is_key_code
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import CustomerInformation
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.secrets import MASK


def decide_part(state: ChargePoint, report: reports.CustomerInformationTold, context: Context) -> Decision:
    """A part is kept, whether it was asked for, is late, or comes again."""
    part = events.CustomerInformationTold(
        recorded_at=context.now,
        charge_point=state.id,
        request_id=report.request_id,
        sequence=report.sequence,
        at=report.at,
        data=report.data,
    )
    advanced = events.ListingAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        kind="CustomerInformation",
        request_id=report.request_id,
        sequence=report.sequence,
        is_last=report.is_last,
        items=1,
    )
    return Decision((part, advanced), ACKNOWLEDGED)


def asked(command: CustomerInformation, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """What will be told, and what is forgotten."""
    if not isinstance(outcome, Accepted):
        return ()
    happened: list[events.Event] = []
    if command.report:
        listing = events.ListingAsked(
            recorded_at=scene.now,
            charge_point=scene.charge_point,
            kind="CustomerInformation",
            request_id=command.request_id,
            is_whole=False,
        )
        happened.append(listing)
    if command.clear:
        cleared = events.CustomerCleared(
            recorded_at=scene.now,
            charge_point=scene.charge_point,
            request_id=command.request_id,
            id_token=MASK if is_key_code(command.token_kind) else command.id_token,
            token_kind=command.token_kind,
        )
        happened.append(cleared)
    return tuple(happened)
