"""What we ask of charge points on our own, because of what has happened: the rest of a transaction, an inventory.

Each rule hears of one type of event after its commit, and submits commands as anybody else would, in the name
of `system`. A rule that fails is logged and harms nobody. Many charge points at once take turns, so that a
thousand boots do not become a thousand questions in the same second.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.events import (
    CertificateInstalled,
    ChargePointBooted,
    ChargePointEvent,
    ChargingNeedsTold,
    CustomerCleared,
    Event,
    StreamFellBehind,
    TransactionAdvanced,
    VehicleScheduleTold,
)
from chargeyard.domain.records import CommandRecord
from chargeyard.errors import Poisoned, Unavailable
from chargeyard.services import device_model, local_list, security, smart_charging, transactions
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Bus, Clock, Outbound, Store

_log = logging.getLogger(__name__)

PRINCIPAL = "system"
AT_ONCE = 32
"""So many charge points are asked at the same time."""


class Hands(Struct, frozen=True, kw_only=True):
    """What a rule may use. `numbers` gives what a charge point's later reports are numbered by; `rest` waits, and
    lets others have the turn meanwhile."""

    outbound: Outbound
    store: Store
    numbers: Numbers
    clock: Clock
    rest: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord:
        """Have `command` carried out, and its outcome."""
        return await self.outbound.submit(charge_point, command, PRINCIPAL)


FollowUp = Callable[[Any, Hands], Awaitable[None]]


class Rule(Struct, frozen=True):
    """A follow-up, and whether an event asks for it: judged at once and without looking anything up."""

    applies: Callable[[Any], bool]
    follow: FollowUp


FOLLOW_UPS: Mapping[type[Event], Sequence[Rule]] = {
    ChargePointBooted: (Rule(device_model.needs_inventory, device_model.read_inventory),),
    StreamFellBehind: (Rule(lambda event: True, device_model.adjust_stream),),
    ChargingNeedsTold: (Rule(smart_charging.is_promised, smart_charging.keep_promise),),
    CustomerCleared: (Rule(local_list.names_token, local_list.forget_customer),),
    TransactionAdvanced: (
        Rule(transactions.is_end, transactions.ask_for_the_rest),
        Rule(transactions.is_resumption, transactions.send_profiles_again),
    ),
    CertificateInstalled: (Rule(security.is_listed, security.read_certificates),),
    VehicleScheduleTold: (Rule(smart_charging.is_of_transaction, smart_charging.answer_plan),),
}


class FollowUps:
    """Listens to the bus from `begin` to `aclose`."""

    def __init__(
        self, hands: Hands, bus: Bus, rules: Mapping[type[Event], Sequence[Rule]] = FOLLOW_UPS
    ) -> None:
        self._hands = replace(hands, rest=self._rest)
        self._sleep = hands.rest
        self._bus = bus
        self._rules = rules
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._under_way: set[asyncio.Task[None]] = set()
        self._leave: Callable[[], None] = _nothing

    def begin(self) -> None:
        """Hear of events from now on."""
        if self._rules:
            self._leave = self._bus.subscribe(self._heard)

    async def aclose(self) -> None:
        """Begin nothing more; what is under way is given up."""
        self._leave()
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def settled(self) -> None:
        """Return when everything that was begun has ended."""
        while self._under_way:
            await asyncio.gather(*self._under_way, return_exceptions=True)

    def _heard(self, happened: Sequence[Event]) -> None:
        for event in happened:
            for rule in self._rules.get(type(event), ()):
                if rule.applies(event):
                    task = asyncio.create_task(self._follow(rule, event))
                    self._under_way.add(task)
                    task.add_done_callback(self._under_way.discard)

    async def _follow(self, rule: Rule, event: Event) -> None:
        async with self._turns:
            try:
                await rule.follow(event, self._hands)
            except (Unavailable, Poisoned) as error:
                _log.warning("not followed up: %s of %r: %s", type(event).__name__, _whose(event), error)
            except Exception:  # noqa: BLE001 - logged; a rule of ours must not end the others
                _log.exception("not followed up: %s of %r", type(event).__name__, _whose(event))

    async def _rest(self, seconds: float) -> None:
        """Sleep without a turn."""
        self._turns.release()
        try:
            await self._sleep(seconds)
        finally:
            await self._turns.acquire()


def _whose(event: Event) -> str:
    return event.charge_point if isinstance(event, ChargePointEvent) else ""


def _nothing() -> None:
    """Leave what was never begun."""
