"""The order in which a batch is written: few statements, and yet the tables come out as if one by one.

Events in different lanes touch different tables, so their order means nothing. Within a lane, events that
share a key touch the same row and stay in order; others may move past each other, to stand with those that
one statement can take. An event with the key `ALL` moves past nothing, and nothing moves past it.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, NamedTuple, TypeVar

from chargeyard.domain.events import Event

F = TypeVar("F")
Keys = tuple[object, ...]

ALL: Keys = ()
"""The key of what may concern every row of its lane."""


class Place(NamedTuple, Generic[F]):
    """Where an event type belongs: its lane, the keys of an event, and the function that writes it."""

    lane: str
    keys: Callable[[Any], Keys]
    function: F


Step = tuple[F, list[Event]]


class _Lane(Generic[F]):
    """The steps of one lane so far."""

    def __init__(self) -> None:
        self.steps: list[Step[F]] = []
        self._newest: dict[F, int] = {}
        self._after: dict[object, int] = {}
        self._floor = 0

    def add(self, place: Place[F], event: Event) -> None:
        """Put `event` with the newest step of its function, if that is not before a step it must follow."""
        keys = place.keys(event)
        index = self._newest.get(place.function, -1)
        if index < self._earliest(keys):
            index = self._newest[place.function] = len(self.steps)
            self.steps.append((place.function, []))
        self.steps[index][1].append(event)
        if keys is ALL:
            self._floor = index
        for key in keys:
            self._after[key] = index

    def _earliest(self, keys: Keys) -> int:
        if keys is ALL:
            return max(len(self.steps) - 1, 0)
        return max([self._floor, *(self._after.get(key, 0) for key in keys)])


def in_steps(places: dict[type[Event], Place[F]], events: Iterable[Event]) -> Iterator[Step[F]]:
    """`events` as (function, events for one call of it), to be called in the order given."""
    events = list(events)
    if len(kinds := {type(event) for event in events}) == 1:
        # A batch of meter values, as most are: one step, whatever its keys. Half of the price of looking at them.
        yield places[kinds.pop()].function, events
        return
    lanes: dict[str, _Lane[F]] = {}
    for event in events:
        place = places[type(event)]
        lane = lanes.get(place.lane)
        if lane is None:
            lane = lanes[place.lane] = _Lane()
        lane.add(place, event)
    for lane in lanes.values():
        yield from lane.steps
