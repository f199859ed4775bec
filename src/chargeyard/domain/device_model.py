"""The device model: components and variables of a charge point, as it tells them and as they were written."""

from msgspec.structs import replace

from chargeyard.domain import commands, events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.reports import Variable
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.secrets import is_secret
from chargeyard.domain.variables import Address

WRITTEN = frozenset(("Accepted", "RebootRequired"))
"""Words by which a charge point says that it has taken a value."""


def decide_variables(state: ChargePoint, report: reports.VariablesReported, context: Context) -> Decision:
    """Keep every part as it comes: a report whose other parts never come is still worth what it told."""
    advanced = events.ListingAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        kind="Variable",
        request_id=report.request_id,
        sequence=report.sequence,
        is_last=report.is_last,
        items=len(report.variables),
    )
    if not report.variables:
        return Decision((advanced,), ACKNOWLEDGED)
    kept = events.VariablesReported(
        recorded_at=context.now,
        charge_point=state.id,
        at=report.at,
        variables=tuple(map(without_secret, report.variables)),
    )
    return Decision((advanced, kept), ACKNOWLEDGED)


def without_secret(variable: Variable) -> Variable:
    """The variable without its value if that may be a secret: write-only, or by its name (A01.FR.09)."""
    if variable.value is None:
        return variable
    if variable.mutability == "WriteOnly" or is_secret(variable.name):
        return replace(variable, value=None)
    return variable


def variable_at(address: Address, value: str | None, attribute: str = "Actual", **traits: str) -> Variable:
    """The variable at `address` with what is told of it; a value that may be secret is left out."""
    made = Variable(
        component=address.component,
        component_instance=address.component_instance,
        name=address.name,
        instance=address.instance,
        place=(address.evse, address.connector),
        attribute=attribute,
        value=value,
        **({"mutability": ""} | traits),
    )
    return without_secret(made)


def after_reading(
    command: commands.GetVariables | commands.ReadInventory, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """What an answer told of variables is as good as a report of them."""
    told = [_variable(word) for word in _words(outcome) if word.status == "Accepted"]
    if told:
        return (
            events.VariablesReported(
                recorded_at=scene.now, charge_point=scene.charge_point, at=scene.now, variables=tuple(told)
            ),
        )
    return after_asking(command, outcome, scene) if isinstance(command, commands.ReadInventory) else ()


def after_writing(command: commands.SetVariables, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The values that were accepted, also those that need a restart, and also where others were refused."""
    taken = tuple(_variable(word) for word in _words(outcome) if word.status in WRITTEN)
    written = events.VariablesWritten(recorded_at=scene.now, charge_point=scene.charge_point, variables=taken)
    return (written,) if taken else ()


def after_asking(
    command: commands.ReadInventory | commands.ReadReport, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """An inventory that was promised is waited for."""
    if not isinstance(outcome, Accepted):
        return ()
    is_whole = isinstance(command, commands.ReadInventory) and command.scope == "Full"
    return (
        events.ListingAsked(
            recorded_at=scene.asked_at,
            charge_point=scene.charge_point,
            kind="Variable",
            request_id=command.request_id,
            is_whole=is_whole,
        ),
    )


def _words(outcome: Outcome) -> tuple[VariableWord, ...]:
    result = getattr(outcome, "result", None)
    return result.variables if isinstance(result, VariablesAnswered) else ()


def _variable(word: VariableWord) -> Variable:
    return variable_at(word.variable, word.value, word.attribute, mutability=word.mutability)
