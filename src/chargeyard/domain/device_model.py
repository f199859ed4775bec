"""The device model: components and variables of a charge point, as it tells them."""

from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Decision
from chargeyard.domain.reports import Variable
from chargeyard.domain.secrets import is_secret


def decide_variables(state: ChargePoint, report: reports.VariablesReported, context: Context) -> Decision:
    """Keep every part as it comes: a report whose other parts never come is still worth what it told."""
    kept = events.VariablesReported(
        recorded_at=context.now,
        charge_point=state.id,
        request_id=report.request_id,
        sequence=report.sequence,
        is_last=report.is_last,
        at=report.at,
        variables=tuple(map(without_secret, report.variables)),
    )
    return Decision((kept,), ACKNOWLEDGED)


def without_secret(variable: Variable) -> Variable:
    """The variable without its value if that may be a secret: write-only, or by its name (A01.FR.09)."""
    if variable.value is None:
        return variable
    if variable.mutability == "WriteOnly" or is_secret(variable.name):
        return replace(variable, value=None)
    return variable
