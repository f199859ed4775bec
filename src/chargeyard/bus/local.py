"""The bus of a single process: the same words as between nodes, without a broker."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import structlog

from chargeyard.domain.events import Event
from chargeyard.services.ports import Listener, NoResponders

log = structlog.get_logger()

Handler = Callable[[bytes], Awaitable[bytes]]


class LocalBus:
    """Moves bytes for requests, as a broker would, and events as they are."""

    def __init__(self) -> None:
        self._owners: dict[str, Handler] = {}
        self._listeners: list[Listener] = []

    async def request(self, subject: str, body: bytes, timeout_s: float) -> bytes:
        """The owner's answer. Raises `NoResponders` at once, `TimeoutError` after `timeout_s` seconds."""
        handler = self._owners.get(subject)
        if handler is None:
            raise NoResponders(subject)
        async with asyncio.timeout(timeout_s):
            return await handler(body)

    def serve(self, subject: str, handler: Handler) -> Callable[[], None]:
        """Own `subject` until the returned function is called; the latest owner counts."""
        self._owners[subject] = handler

        def leave() -> None:
            if self._owners.get(subject) is handler:
                del self._owners[subject]

        return leave

    def publish(self, events: Sequence[Event]) -> None:
        """Tell all listeners. One that fails is logged and harms neither the others nor the caller."""
        for listener in tuple(self._listeners):
            try:
                listener(events)
            except Exception:
                log.exception("listener failed", listener=getattr(listener, "__qualname__", "?"))

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of committed events until the returned function is called."""
        self._listeners.append(listener)

        def leave() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return leave
