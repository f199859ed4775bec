"""Values that may only be written, by what a charge point's inventory says: they are sent, and not stored.

What is secret by its name needs nobody to look it up (`domain.secrets`); a harmless name needs the inventory.
"""

from msgspec.structs import replace

from chargeyard.domain.commands import AnyCommand, SetVariables, VariableGiven
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.secrets import MASK
from chargeyard.domain.variables import Address, Named, parse
from chargeyard.services.ports import Paging, Store

Spot = tuple[str, str, str]
"""Component, name and instance of a variable. Where it is not asked: one connector's secret is every connector's."""

_PAGE = Paging(limit=500)


async def write_only(store: Store, charge_point: str, command: AnyCommand) -> frozenset[Spot]:
    """Which variables of the components that `command` writes to can only be written. Raises `Unavailable`."""
    if not isinstance(command, SetVariables):
        return frozenset()
    found: set[Spot] = set()
    for component in {address.component for address in map(_address, _named(command)) if address}:
        paging = _PAGE
        while True:
            page = await store.list_variables(charge_point, component, paging)
            found |= {
                (one.component, one.name, one.instance) for one in page.items if one.mutability == "WriteOnly"
            }
            if page.next_cursor is None:
                break
            paging = replace(_PAGE, cursor=page.next_cursor)
    return frozenset(found)


def shown(command: AnyCommand, hidden: frozenset[Spot]) -> AnyCommand:
    """The command as it may be stored."""
    if not hidden or not isinstance(command, SetVariables):
        return command
    return replace(command, variables=tuple(_masked(given, hidden) for given in command.variables))


def told(outcome: AnyOutcome, hidden: frozenset[Spot]) -> AnyOutcome:
    """The outcome as it may be stored, and told to whoever asked."""
    result = getattr(outcome, "result", None)
    if not hidden or not isinstance(result, VariablesAnswered):
        return outcome
    words = tuple(_without_value(word, hidden) for word in result.variables)
    return replace(outcome, result=VariablesAnswered(variables=words))


def _named(command: SetVariables) -> tuple[Named, ...]:
    return tuple(given.variable for given in command.variables)


def _address(named: Named) -> Address | None:
    """None for a configuration key: charge points that go by keys know none that can only be written."""
    return named if isinstance(named, Address) else parse(named)


def _masked(given: VariableGiven, hidden: frozenset[Spot]) -> VariableGiven:
    address = _address(given.variable)
    return replace(given, value=MASK) if address and _spot(address) in hidden else given


def _without_value(word: VariableWord, hidden: frozenset[Spot]) -> VariableWord:
    return replace(word, value=None) if _spot(word.variable) in hidden else word


def _spot(address: Address) -> Spot:
    return address.component, address.name, address.instance
