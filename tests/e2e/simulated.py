"""One simulated charge point of any version on a real socket, driven by a test.

    async with simulated(server, "CP-1", version="2.1") as charge_point:
        charge_point.plug_in()
        charge_point.present("TAG-1")
        await charge_point.until(lambda: charge_point.is_charging())
        ...                                       # commands over REST: it answers every one, and does what it says
        charge_point.cut_link(1.0)                # a second offline; what happens meanwhile is told afterwards
        charge_point.unplug()
        await charge_point.until(lambda: not charge_point.undelivered)

`server` is one of `tests.e2e.server.serving(…, ocpp__unknown_charge_points="accept")` or the URL of any central
system; with a registered charge point give its `password`. When the block is entered the charge point is
connected and its boot accepted (unless `boot=False`). Its life runs `speed` times faster than the clock (60: a
car gains an hour's energy in a minute), while heartbeats, retries and time-outs keep their seconds. `configuration`
overrides what it is made with: keys of 1.6, `Component.Variable` of 2.x. Tokens of 2.x are of type ISO14443.

`await charge_point.say("NotifyEVChargingNeeds", {…})` sends any message and gives its answer. Everything else can be reached in `charge_point.cp` (`chargeyard.simulator.charge_point`): after doing something
to that, call `charge_point.nudge()`, so that it speaks of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import time
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.simulator.charge_point import SimulatedChargePoint
from chargeyard.simulator.connectors import AC_22_KW, Plug
from chargeyard.simulator.design import Design, Fate
from chargeyard.simulator.link import Address, Link
from chargeyard.simulator.vehicle import MODELS, Vehicle
from chargeyard.simulator.versions import MAKERS
from tests.e2e.server import Server

VERSIONS = tuple(MAKERS)
"""The versions that there are: for `pytest.mark.parametrize`."""

_LOOK_S = 0.01


class Simulated:
    """A charge point with its link. EVSEs, or connectors of 1.6, are counted from 1."""

    def __init__(self, charge_point: SimulatedChargePoint[Any], link: Link) -> None:
        self.cp = charge_point
        self.link = link

    def plug_in(self, evse: int = 1, *, soc: float = 0.3) -> Vehicle:
        """A compact car (three phases, 11 kW) with so much in its battery (0–1)."""
        car = Vehicle(MODELS[1], random.Random(7), soc=soc)
        self._do(lambda: self.cp.charging.plug_in(self._at(evse), car))
        return car

    def present(self, token: str, evse: int = 1) -> None:
        """Hold a token to the reader: it starts, or ends what it has started."""
        self._do(lambda: self.cp.charging.show_token(self._at(evse), token))

    def unplug(self, evse: int = 1) -> None:
        """The car drives off."""
        self._do(lambda: self.cp.charging.unplug(self._at(evse)))

    def cut_link(self, seconds: float) -> None:
        """Be offline for so many real seconds, and then come back."""
        self._do(lambda: self.cp.cut_link(seconds * self.cp.speed))

    def drop_link(self) -> None:
        """Lose the connection without a word; it comes back after its back-off."""
        self.link.drop()

    def nudge(self) -> None:
        """Something was done to `cp`: let it speak of it."""
        self.link.nudge()

    async def say(self, action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
        """Send any message of its version (as on the wire), and the answer to it; None if it was refused."""
        answered: asyncio.Future[dict[str, Any] | None] = asyncio.get_running_loop().create_future()
        request = self.cp.wire.vocabulary[action].read_request(msgspec.json.encode(payload))

        def settle(response: Message | None) -> None:
            if not answered.done():
                answered.set_result(None if response is None else json.loads(msgspec.json.encode(response)))

        self._do(lambda: self.cp.ask(action, request, settle))
        return await answered

    async def until(self, claim: Callable[[], bool], within_s: float = 20.0) -> None:
        """Wait until the claim is true; TimeoutError if it never is."""
        async with asyncio.timeout(within_s):
            while not claim():  # noqa: ASYNC110 - its state has no news to wait for
                await asyncio.sleep(_LOOK_S)

    # ---------------------------------------------------------------- how it is

    @property
    def is_online(self) -> bool:
        """It has a connection and its boot was accepted."""
        return self.cp.conversation.is_connected and self.cp.is_registered

    @property
    def undelivered(self) -> int:
        """Messages of transactions that the server has not confirmed."""
        return self.cp.conversation.undelivered

    def is_charging(self, evse: int = 1) -> bool:
        """There is a transaction, and energy flows."""
        at = self._at(evse)
        return at.transaction is not None and at.is_energized and at.vehicle is not None

    def transaction_id(self, evse: int = 1) -> str | None:
        """Of the transaction that runs, as text; None when there is none, or (1.6) it is not yet numbered."""
        transaction = self._at(evse).transaction
        return None if transaction is None or transaction.id is None else str(transaction.id)

    def energy_wh(self, evse: int = 1) -> float:
        """What the meter shows."""
        self._do(lambda: self.cp.settle(self._at(evse)))
        return float(self._at(evse).energy_wh)

    def _at(self, evse: int) -> Any:
        found = self.cp.connector(evse)
        assert found is not None, f"there is no {evse}"
        return found

    def _do(self, action: Callable[[], None]) -> None:
        self.cp.now = time.time()
        action()
        self.link.nudge()


@contextlib.asynccontextmanager
async def simulated(
    server: Server | str,
    identity: str,
    version: str = "1.6",
    *,
    password: str = "",
    speed: float = 60.0,
    plugs: tuple[Plug, ...] = (AC_22_KW, AC_22_KW),
    configuration: Mapping[str, str] | None = None,
    boot: bool = True,
) -> AsyncIterator[Simulated]:
    """A charge point that is connected as long as the block runs."""
    url = server if isinstance(server, str) else server.ws_url
    design = Design(plugs=plugs, configuration=configuration or {})
    charge_point = MAKERS[version](identity, design, Fate(identity, speed))
    link = Link(charge_point, Address(url, password=password))
    running = asyncio.create_task(link.run())
    driven = Simulated(charge_point, link)
    try:
        if boot:
            await driven.until(lambda: driven.is_online)
        yield driven
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
