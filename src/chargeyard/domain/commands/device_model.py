"""Commands about variables."""

from typing import Literal

from msgspec import Struct

from chargeyard.domain.commands.command import Command
from chargeyard.domain.variables import Attribute, Named


class VariableWanted(Struct, frozen=True, kw_only=True):
    """A variable to be read."""

    variable: Named
    attribute: Attribute = "Actual"


class VariableGiven(Struct, frozen=True, kw_only=True):
    """A variable to be written, and its new value."""

    variable: Named
    value: str
    attribute: Attribute = "Actual"


class SetVariables(Command, frozen=True, kw_only=True):
    """Write variables. At most `max_items` go into one message; 0: no limit is known."""

    variables: tuple[VariableGiven, ...]
    max_items: int = 0


class GetVariables(Command, frozen=True, kw_only=True):
    """Read variables. At most `max_items` are asked for in one message; 0: no limit is known."""

    variables: tuple[VariableWanted, ...]
    max_items: int = 0


InventoryScope = Literal["Configuration", "Full", "Summary"]


class ReadInventory(Command, frozen=True, kw_only=True):
    """List variables: those that can be set, all of them, or what tells how the charge point is (B07).

    They may follow in reports numbered `request_id`.
    """

    request_id: int
    scope: InventoryScope = "Full"


ComponentCriterion = Literal["Active", "Available", "Enabled", "Problem"]


class ComponentWanted(Struct, frozen=True, kw_only=True):
    """A component to be reported on, or with `variable` that variable of it alone; EVSE 0: of the charge point."""

    component: str
    component_instance: str = ""
    evse: int = 0
    connector: int = 0
    variable: str = ""
    instance: str = ""


class ReadReport(Command, frozen=True, kw_only=True):
    """List the variables of components that meet one of `criteria` and are among `components`; none names no
    condition (B08). They follow in reports numbered `request_id`."""

    request_id: int
    criteria: tuple[ComponentCriterion, ...] = ()
    components: tuple[ComponentWanted, ...] = ()
    max_items: int = 0
