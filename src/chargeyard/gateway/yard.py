"""What sessions are given: what all of them share, and the wire of each."""

from collections.abc import Callable
from typing import Protocol
from uuid import uuid4

from msgspec import Struct

from chargeyard.domain.decision import Policy
from chargeyard.gateway.backlog import Backlog
from chargeyard.services.inbound import Inbound
from chargeyard.services.ports import Clock


class Wire(Protocol):
    """The connection, as a session sees it."""

    def send(self, text: bytes) -> None: ...
    def close(self, code: int, reason: str) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...


Note = Callable[[str, str, bytes, bool], None]
"""Takes a frame for the message log: charge point, `in` or `out`, text, and whether it may hold secrets."""


class Yard(Struct, frozen=True, kw_only=True):
    """What all sessions of a node share; times in seconds."""

    inbound: Inbound
    clock: Clock
    backlog: Backlog
    note: Note | None = None
    policy: Policy = Policy()
    max_waiting_calls: int = 64
    max_queued_commands: int = 64
    boot_grace_s: float = 5.0


def new_message_id() -> str:
    """The id of a call of ours."""
    return str(uuid4())
