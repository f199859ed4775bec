"""What one session has taken from its socket and not yet stored and answered, in the order it came."""

from msgspec import Struct

from chargeyard.dialects.dialect import Heard
from chargeyard.domain.events import Event
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.yard import Wire
from chargeyard.ocpp.frames import Call, Send


class Waiting(Struct, frozen=True):
    """A message that waits for its turn. `heard` None: a defect of ours kept it from being understood."""

    call: Call | Send
    heard: Heard | None


Item = Waiting | tuple[Event, ...]
"""A message, or events of our own about the session."""


class Inbox:
    """Stops the reading of the socket when `most` items wait, or when the backlog of the node is full.

    Who has taken an item says `done` with it, whatever became of it, or gives it back.
    """

    __slots__ = ("_backlog", "_is_paused", "_items", "_most", "_wire")

    def __init__(self, wire: Wire, backlog: Backlog, most: int) -> None:
        self._wire = wire
        self._backlog = backlog
        self._most = most
        # An empty deque is ten times as large, and there are as many as charge points that say nothing.
        self._items: list[Item] = []
        self._is_paused = False

    def __len__(self) -> int:
        return len(self._items)

    def put(self, item: Item) -> None:
        """Let it wait."""
        self._items.append(item)
        self._backlog.add(_size(item))
        if not self._is_paused and (len(self._items) >= self._most or self._backlog.is_full):
            self._is_paused = True
            self._wire.pause()
            if self._backlog.is_full:
                self._backlog.hold(self)

    def take(self) -> Item:
        """What waits longest."""
        return self._items.pop(0)

    def give_back(self, item: Item) -> None:
        """It is to be taken once more, before all others."""
        self._items.insert(0, item)

    def done(self, item: Item) -> None:
        """It waits no longer. Half empty, and with room in the node, the socket is read again."""
        self._backlog.remove(_size(item))
        if self._is_paused:
            self.go_on()

    def go_on(self) -> None:
        """See `backlog.Held`."""
        if not self._is_paused or len(self._items) * 2 > self._most:
            return
        if self._backlog.is_full:
            self._backlog.hold(self)
            return
        self._is_paused = False
        self._wire.resume()

    def drop_messages(self) -> None:
        """The socket is of no interest any more; what was not taken was not promised."""
        messages = [item for item in self._items if isinstance(item, Waiting)]
        self._items = [item for item in self._items if not isinstance(item, Waiting)]
        for message in messages:
            self._backlog.remove(_size(message))
        self._backlog.forget(self)


def _size(item: Item) -> int:
    """Bytes, as it came."""
    return len(item.call.payload) if isinstance(item, Waiting) else 0
