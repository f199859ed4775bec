"""The components and variables of one charge point: what they hold, and what may be asked and set.

Names are compared without regard to case, as 2.x wants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.connectors import Plug
from chargeyard.simulator.v2x.components import CONNECTOR, EVSE, LEVELS, STATION, Component, Variable

_NAME = re.compile(r"(?P<name>[^\[\]]+)(?:\[(?P<instance>[^\]]*)\])?")
_NUMBER = re.compile(r"-?[0-9]{1,10}(\.[0-9]{1,6})?")


class Spot(msgspec.Struct, frozen=True, order=True):
    """Where a variable is: its component, which EVSE and connector (0: none), and its name with instance."""

    component: str
    evse_id: int
    connector_id: int
    variable: str

    def component_type(self) -> m.ComponentType:
        """The component in a message."""
        if not self.evse_id:
            return m.ComponentType(name=self.component)
        evse = m.EVSEType(id=self.evse_id, connector_id=self.connector_id or msgspec.UNSET)
        return m.ComponentType(name=self.component, evse=evse)

    def variable_type(self) -> m.VariableType:
        """The variable in a message."""
        found = _NAME.fullmatch(self.variable)
        name, instance = (self.variable, None) if found is None else (found["name"], found["instance"])
        return m.VariableType(name=name, instance=msgspec.UNSET if instance is None else instance)


Live = Callable[[Spot], str]
"""Reads a variable that is not stored but follows from the charge point's state."""


class DeviceModel:
    """All variables. Reading one by a name that is not in the table is a programming error (KeyError)."""

    __slots__ = ("_changed", "_components", "_live", "_plugs", "_waiting")

    def __init__(
        self,
        components: Mapping[str, Component],
        plugs: Sequence[Plug],
        overrides: Mapping[str, str],
        live: Mapping[str, Live],
    ) -> None:
        """``overrides`` and ``live`` are by ``Component.Variable``; raises KeyError for one that is not there."""
        self._components = components
        self._plugs = tuple(plugs)
        self._live = live
        self._waiting: dict[Spot, str] = {}
        self._changed: dict[Spot, str] = {}
        for name, value in overrides.items():
            self.set_own(name, value)

    # -------------------------------------------------------------- from inside

    def __getitem__(self, name: str) -> str:
        return self.value(self._own_spot(name))

    def number(self, name: str) -> float:
        """The value of a numeric variable."""
        return float(self[name] or 0)

    def whole(self, name: str) -> int:
        """The value of an integer variable."""
        return int(self[name] or 0)

    def flag(self, name: str) -> bool:
        """The value of a boolean variable."""
        return self[name].lower() == "true"

    def words(self, name: str) -> tuple[str, ...]:
        """The items of a list."""
        return tuple(word.strip() for word in self[name].split(",") if word.strip())

    def set_own(self, name: str, value: str) -> None:
        """Set a variable of the charging station from inside."""
        self._changed[self._own_spot(name)] = value

    def boot(self) -> None:
        """Let what waited for a reboot take effect."""
        self._changed |= self._waiting
        self._waiting.clear()

    def value(self, spot: Spot) -> str:
        """What a variable holds now."""
        live = self._live.get(f"{spot.component}.{spot.variable}")
        if live is not None:
            return live(spot)
        return self._changed.get(spot, self.variable(spot).default)

    def variable(self, spot: Spot) -> Variable:
        """What kind of variable is there."""
        return self._components[spot.component][spot.variable]

    def spots(self) -> Iterator[Spot]:
        """Every variable there is."""
        for component, variables in self._components.items():
            for evse_id, connector_id in self._places(component):
                yield from (Spot(component, evse_id, connector_id, name) for name in variables)

    def _own_spot(self, name: str) -> Spot:
        component, _, variable = name.partition(".")
        spot = Spot(component, 0, 0, variable)
        self.variable(spot)
        return spot

    def _places(self, component: str) -> Iterable[tuple[int, int]]:
        level = LEVELS.get(component, STATION)
        if level == STATION:
            return ((0, 0),)
        evses = enumerate(self._plugs, start=1)
        if level == EVSE:
            return [(evse_id, 0) for evse_id, _ in evses]
        assert level == CONNECTOR
        return [(evse_id, number) for evse_id, plug in evses for number in range(1, plug.connectors + 1)]

    # -------------------------------------------------------------- from outside

    def find(self, component: m.ComponentType, variable: m.VariableType) -> Spot | str:
        """The variable that a message means, or the word for what is not known: UnknownComponent, …Variable."""
        name = self._named(component)
        if name is None:
            return "UnknownComponent"
        wanted = _with_instance(variable).lower()
        known = next((each for each in self._components[name] if each.lower() == wanted), None)
        if known is None:
            return "UnknownVariable"
        return Spot(name, *_place(component), known)

    def _named(self, component: m.ComponentType) -> str | None:
        wanted = component.name.lower()
        name = next((each for each in self._components if each.lower() == wanted), None)
        if name is None or component.instance is not msgspec.UNSET:
            return None
        return name if _place(component) in self._places(name) else None

    def select(self, wanted: Sequence[m.ComponentVariableType]) -> list[Spot]:
        """The variables that a filter means; without an EVSE a component is meant wherever it is."""
        return [spot for spot in self.spots() if any(_matches(each, spot) for each in wanted)]

    def write(self, spot: Spot, text: str) -> m.SetVariableStatusEnumType:
        """Set a variable for the central system."""
        variable = self.variable(spot)
        if variable.mutability == "ReadOnly" or not _fits(variable, text):
            return "Rejected"
        if variable.reboot:
            self._waiting[spot] = text
            return "RebootRequired"
        self._changed[spot] = text
        return "Accepted"


def _place(component: m.ComponentType) -> tuple[int, int]:
    if isinstance(component.evse, msgspec.UnsetType):
        return 0, 0
    number = component.evse.connector_id
    return component.evse.id, 0 if isinstance(number, msgspec.UnsetType) else number


def _with_instance(variable: m.VariableType) -> str:
    return variable.name if variable.instance is msgspec.UNSET else f"{variable.name}[{variable.instance}]"


def _matches(wanted: m.ComponentVariableType, spot: Spot) -> bool:
    if wanted.component.name.lower() != spot.component.lower():
        return False
    evse_id, connector_id = _place(wanted.component)
    if evse_id not in (0, spot.evse_id) or connector_id not in (0, spot.connector_id):
        return False
    if isinstance(wanted.variable, msgspec.UnsetType):
        return True
    asked = _with_instance(wanted.variable).lower()
    # Without an instance all instances are meant.
    return asked in (spot.variable.lower(), spot.variable.partition("[")[0].lower())


def _fits(variable: Variable, text: str) -> bool:
    if variable.kind in ("integer", "decimal"):
        if not _NUMBER.fullmatch(text) or (variable.kind == "integer" and "." in text):
            return False
        return _within(variable, float(text))
    if variable.kind == "boolean":
        return text.lower() in {"true", "false"}
    if variable.kind == "string":
        return _within(variable, len(text))
    if variable.kind == "dateTime":
        return _is_instant(text)
    words = [word.strip() for word in text.split(",") if word.strip()]
    if variable.kind == "OptionList":
        return text in variable.values
    return all(word in variable.values for word in words)


def _within(variable: Variable, number: float) -> bool:
    least, most = variable.least, variable.most
    return (least is None or number >= least) and (most is None or number <= most)


def _is_instant(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
