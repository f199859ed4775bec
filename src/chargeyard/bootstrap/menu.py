"""What charge points can be sent by name, for the API's documentation: made from the dialects' catalogues."""

from collections.abc import Mapping, Sequence
from typing import Any

from chargeyard.dialects import Dialect
from chargeyard.services.ports import MenuItem


class WireMenu:
    """All actions of all dialects, with JSON schemas; components are prefixed so that no two collide."""

    def __init__(self, spoken: Sequence[Dialect]) -> None:
        self._items: list[MenuItem] = []
        self._components: dict[str, dict[str, Any]] = {}
        for dialect in spoken:
            self._add(dialect)

    def actions(self) -> Sequence[MenuItem]:
        """One item for each action of each dialect."""
        return self._items

    def components(self) -> Mapping[str, dict[str, Any]]:
        """The schemas that the items refer to."""
        return self._components

    def _add(self, dialect: Dialect) -> None:
        prefix = "".join(letter for letter in dialect.subprotocol.title() if letter.isalnum())
        for action in dialect.catalogue.to_charge_point():
            schemas = action.json_schemas(f"#/components/schemas/{prefix}{{name}}")
            self._components |= {prefix + name: schema for name, schema in schemas.components.items()}
            self._items.append(
                MenuItem(action.name, schemas.request, schemas.response, (dialect.subprotocol,))
            )
