"""Which actions an OCPP version has, who may ask for them, and how their payloads are read.

Each version writes its catalogue down as one literal table (`v16`, `v201`, `v21`).
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

import msgspec

from chargeyard.ocpp.struct import Message, decoder, json_schemas


class Direction(enum.Enum):
    """Who sends the request of an action."""

    FROM_CHARGE_POINT = "from charge point"
    TO_CHARGE_POINT = "to charge point"
    BOTH = "both"


class ActionSchemas(msgspec.Struct, frozen=True):
    """JSON schemas (2020-12) of an action; `components` holds what `request` and `response` refer to."""

    request: dict[str, Any]
    response: dict[str, Any] | None
    components: dict[str, Any]


class Action(msgspec.Struct, frozen=True, dict=True):
    """One action: its name on the wire, its payload classes and who asks.

    `response` is None for an action that is only ever sent and never answered (OCPP 2.1 SEND).
    """

    name: str
    request: type[Message]
    response: type[Message] | None
    direction: Direction

    @property
    def from_charge_point(self) -> bool:
        """A charge point may ask for it."""
        return self.direction is not Direction.TO_CHARGE_POINT

    @property
    def to_charge_point(self) -> bool:
        """The central system may ask for it."""
        return self.direction is not Direction.FROM_CHARGE_POINT

    def read_request(self, payload: bytes | str | msgspec.Raw) -> Message:
        """The typed request. Raises msgspec.ValidationError, or msgspec.DecodeError for what is not JSON."""
        return self._request_decoder.decode(payload)

    def read_response(self, payload: bytes | str | msgspec.Raw) -> Message:
        """The typed response. Raises as `read_request` does, and TypeError when the action has no response."""
        return self._response_decoder.decode(payload)

    def json_schemas(self, ref_template: str = "#/components/schemas/{name}") -> ActionSchemas:
        """Schemas for the API documentation; `{name}` in `ref_template` stands for a component's name."""
        kinds = (self.request,) if self.response is None else (self.request, self.response)
        (request, *rest), components = json_schemas(kinds, ref_template)
        return ActionSchemas(request, rest[0] if rest else None, components)

    # Decoders are made on first use (`dict=True` gives the struct room to keep them): a charge point
    # uses a dozen of the actions, and 2.1 has 181 messages.
    @cached_property
    def _request_decoder(self) -> msgspec.json.Decoder[Message]:
        return decoder(self.request)

    @cached_property
    def _response_decoder(self) -> msgspec.json.Decoder[Message]:
        if self.response is None:
            raise TypeError(f"{self.name} has no response")
        return decoder(self.response)


class Catalogue(Mapping[str, Action]):
    """The actions of one version by name; immutable. Names are case-sensitive, as on the wire."""

    def __init__(self, actions: Iterable[Action]) -> None:
        """Raises ValueError when two actions have the same name."""
        self._actions: dict[str, Action] = {}
        for action in actions:
            if action.name in self._actions:
                raise ValueError(f"two actions are called {action.name}")
            self._actions[action.name] = action

    def __getitem__(self, name: str) -> Action:
        return self._actions[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._actions)

    def __len__(self) -> int:
        return len(self._actions)

    def find(self, name: str) -> Action | None:
        """The action, or None when this version does not know it."""
        return self._actions.get(name)

    def from_charge_point(self) -> tuple[Action, ...]:
        """What a charge point may ask, in the order of the table."""
        return tuple(action for action in self._actions.values() if action.from_charge_point)

    def to_charge_point(self) -> tuple[Action, ...]:
        """What the central system may ask, in the order of the table."""
        return tuple(action for action in self._actions.values() if action.to_charge_point)
