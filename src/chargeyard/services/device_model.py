"""What we ask about the device model on our own: inventories, and streams that do not keep up."""

from collections.abc import Awaitable, Callable
from typing import Protocol

from chargeyard.domain.commands import AdjustEventStream, AnyCommand, InventoryScope, ReadInventory
from chargeyard.domain.events import ChargePointBooted, StreamFellBehind
from chargeyard.domain.monitoring import stream_of
from chargeyard.domain.records import CommandRecord
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Store

SETTLE_S = 5.0
"""A charge point has much to do right after its boot; some fail if they are asked too early (field quirk 11)."""

MOST_VALUES = 1000
"""A message of a stream shall hold no more values than this."""


class Asking(Protocol):
    """What these rules use of `follow_ups.Hands`."""

    @property
    def store(self) -> Store: ...
    @property
    def numbers(self) -> Numbers: ...
    @property
    def rest(self) -> Callable[[float], Awaitable[None]]: ...
    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord: ...


SCOPES: tuple[InventoryScope, ...] = ("Full", "Configuration")
"""What is asked for, and what instead of it where it is not known."""


def needs_inventory(event: ChargePointBooted) -> bool:
    """Only a charge point that lists its variables needs one, at its first boot and with other firmware."""
    return event.needs_inventory


async def read_inventory(event: ChargePointBooted, hands: Asking) -> None:
    """Ask for all variables, or for those that can be set where there is no more to be had (2.x B07.FR.14)."""
    await hands.rest(SETTLE_S)
    for scope in SCOPES:
        command = ReadInventory(request_id=await hands.numbers.next(), scope=scope)
        record = await hands.ask(event.charge_point, command)
        if record.outcome != "Unsupported":
            return


async def adjust_stream(event: StreamFellBehind, hands: Asking) -> None:
    """Let a message of the stream hold twice as many values (2.1 N15.FR.05)."""
    known = stream_of(await hands.store.find_items(event.charge_point, "EventStream"), event.stream_id)
    values = 2 * (known.values or 1) if known is not None else 0
    if known is not None and values <= MOST_VALUES:
        command = AdjustEventStream(
            stream_id=event.stream_id,
            interval_s=known.interval_s,
            values=values,
            monitor_id=known.monitor_id,
        )
        await hands.ask(event.charge_point, command)
