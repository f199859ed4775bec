"""The sessions of this node: who is connected, who takes over from whom, and the way of a command to a socket."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Sequence
from datetime import datetime, timedelta
from typing import Any

import structlog
from msgspec import Struct

from chargeyard.dialects import Dialect
from chargeyard.domain import commands, events
from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.outcomes import Offline
from chargeyard.domain.rules import evolve
from chargeyard.errors import Poisoned, Unavailable
from chargeyard.gateway.session import REPLACED, Session
from chargeyard.gateway.yard import Wire, Yard
from chargeyard.services.outbound import pack, subject_of, unpack
from chargeyard.services.ports import Bus, Journal

log = structlog.get_logger()

SEEN_EVERY_S = 30.0
"""How often the store is told when charge points were last heard; never per message."""

SEEN_TOGETHER = 500
"""Charge points in one commit of that: the messages of others must not wait for twenty thousand rows."""

REMEMBERED_S = 30.0
"""How long the state of a charge point is kept that has gone: longer than a handshake may take, so that nobody
begins with what was read from the store before the last commit of the session before."""


class Opening(Struct, frozen=True, kw_only=True):
    """An admitted charge point, about to get its session."""

    state: ChargePoint
    dialect: Dialect
    subprotocol: str
    remote: str
    security_profile: int
    strict: bool


class _Seat(Struct):
    """A session and how to leave the bus when it ends."""

    session: Session
    wire: Wire
    leave: Callable[[], None]
    epoch: int


class End:
    """The session's end of a connection: what the connection calls."""

    __slots__ = ("_registry", "_seat")

    def __init__(self, registry: "Registry", seat: _Seat) -> None:
        self._registry = registry
        self._seat = seat

    def received(self, text: bytes) -> None:
        """One text message."""
        self._seat.session.received(text)

    def lost(self, reason: str) -> None:
        """The connection is gone, for whatever reason."""
        self._registry.lost(self._seat, reason)


class Registry:
    """Sessions by charge point. One for each node."""

    def __init__(self, yard: Yard, journal: Journal, bus: Bus) -> None:
        self._yard = yard
        self._journal = journal
        self._bus = bus
        self._seats: dict[str, _Seat] = {}
        self._departed: dict[str, ChargePoint] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._reactions: dict[type[events.Event], Callable[[Any], None]] = {
            events.ChargePointChanged: self._changed,
            events.ChargePointRegistered: self._changed,
            events.ChargePointRemoved: self._removed,
            # What operators and their commands do, and the session's state must know of.
            events.TransactionAccounted: self._follow,
            events.ItemsInstalled: self._follow,
            events.ReservationRequested: self._follow,
        }
        self._leave_bus = bus.subscribe(self._on_events)

    def __len__(self) -> int:
        return len(self._seats)

    def open(self, opening: Opening, wire: Wire) -> End:
        """A new session. An older one of the same charge point is closed, and keeps its last word in the store.

        The newcomer was authenticated before. It takes the state over as it is in memory: what the older
        session is still committing must not be forgotten.
        """
        older = self._seats.get(opening.state.id)
        departed = self._departed.pop(opening.state.id, None)
        state = _newest(older.session.state if older else departed, opening.state)
        state.epoch = epoch = state.epoch + 1
        session = Session(state, opening.dialect, wire, self._yard, strict=opening.strict)

        async def serve(body: bytes) -> bytes:
            errand = unpack(body)
            if self._seats.get(state.id) is not seat:
                return pack(Offline())
            return pack(await session.execute(errand.command, errand.timeout_s))

        seat = _Seat(session, wire, self._bus.serve(subject_of(state.id), serve), epoch)
        self._seats[state.id] = seat
        session.begin(self._connected(opening, epoch), older.session if older else None)
        if older and not older.session.is_lost:
            older.session.retire()
            older.session.close(REPLACED, "replaced by a newer connection")
        log.info("connected", charge_point=state.id, remote=opening.remote, subprotocol=opening.subprotocol)
        return End(self, seat)

    def _connected(self, opening: Opening, epoch: int) -> events.ChargePointConnected:
        return events.ChargePointConnected(
            recorded_at=self._yard.clock(),
            charge_point=opening.state.id,
            epoch=epoch,
            subprotocol=opening.subprotocol,
            remote=opening.remote,
            security_profile=opening.security_profile,
        )

    def lost(self, seat: _Seat, reason: str) -> None:
        """The connection of `seat` is gone; its seat stays taken until its last commit is through."""
        seat.leave()
        seat.session.lost(
            events.ChargePointDisconnected(
                recorded_at=self._yard.clock(),
                charge_point=seat.session.state.id,
                epoch=seat.epoch,
                reason=reason[:123],
            )
        )
        log.info("disconnected", charge_point=seat.session.state.id, reason=reason[:123])
        self._spawn(self._vacate(seat))

    async def _vacate(self, seat: _Seat) -> None:
        await seat.session.finished()
        state = seat.session.state
        if self._seats.get(state.id) is seat:
            del self._seats[state.id]
            self._departed[state.id] = state
            asyncio.get_running_loop().call_later(REMEMBERED_S, self._forget, state)

    def _forget(self, state: ChargePoint) -> None:
        if self._departed.get(state.id) is state:
            del self._departed[state.id]

    async def settled(self) -> None:
        """Return when every session has stored and answered all it has taken."""
        for seat in tuple(self._seats.values()):
            await seat.session.finished()

    def close(self) -> None:
        """Stop listening to what others change; the connections are the gateway's to close."""
        self._leave_bus()

    # -------------------------------------------------------------- what others have changed

    def _on_events(self, happened: Sequence[events.Event]) -> None:
        for event in happened:
            react = self._reactions.get(type(event))
            if react is not None:
                react(event)

    def _removed(self, event: events.ChargePointRemoved) -> None:
        self._departed.pop(event.charge_point, None)
        if event.charge_point in self._seats:
            self._seats[event.charge_point].session.close(1008, "not known any more")

    def _follow(self, event: events.ChargePointEvent) -> None:
        """What a command has changed. Of the session's own it hears again, and no harm."""
        seat = self._seats.get(event.charge_point)
        state = seat.session.state if seat is not None else self._departed.get(event.charge_point)
        if state is not None:
            evolve(state, event)

    def _changed(self, event: events.ChargePointChanged | events.ChargePointRegistered) -> None:
        departed = self._departed.get(event.charge_point)
        if departed is not None:
            evolve(departed, event)
        seat = self._seats.get(event.charge_point)
        if seat is None:
            return
        was = seat.session.state.registration
        evolve(seat.session.state, event)
        if was is not Registration.ACCEPTED and seat.session.state.registration is Registration.ACCEPTED:
            # It waits for its next boot to be answered; this makes it come now.
            self._spawn(self._ask_to_boot(seat.session))

    async def _ask_to_boot(self, session: Session) -> None:
        await session.execute(commands.Trigger(topic="BootNotification"), timeout_s=30.0)

    # -------------------------------------------------------------- who was heard

    async def watch(self, last_heard: Callable[[Wire], float]) -> None:
        """Tell the store now and then who was heard since; runs until it is cancelled.

        `last_heard` gives the event loop's time of the last frame of a connection.
        """
        told: float = asyncio.get_running_loop().time()
        while True:
            await asyncio.sleep(SEEN_EVERY_S)
            heard = self._heard_since(told, last_heard)
            told = asyncio.get_running_loop().time()
            with contextlib.suppress(Unavailable, Poisoned):
                for first in range(0, len(heard), SEEN_TOGETHER):
                    seen = {charge_point: at for at, charge_point in heard[first : first + SEEN_TOGETHER]}
                    await self._journal.commit(
                        [events.ChargePointsSeen(recorded_at=self._yard.clock(), seen=seen)]
                    )

    def _heard_since(self, since: float, last_heard: Callable[[Wire], float]) -> list[tuple[datetime, str]]:
        """In the order of time, by whole seconds: those who share one are one statement."""
        now, clock = asyncio.get_running_loop().time(), self._yard.clock()
        heard = ((last_heard(seat.wire), charge_point) for charge_point, seat in self._seats.items())
        return sorted(
            ((clock - timedelta(seconds=now - at)).replace(microsecond=0), charge_point)
            for at, charge_point in heard
            if at > since
        )

    def _spawn(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


def _newest(remembered: ChargePoint | None, loaded: ChargePoint) -> ChargePoint:
    """What is in memory, unless another node has had the charge point since."""
    return loaded if remembered is None or remembered.epoch < loaded.epoch else remembered
