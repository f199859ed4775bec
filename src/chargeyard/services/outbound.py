"""The road of a command: submit, execute, settle. What was asked and what became of it is stored either way."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct

from chargeyard.domain import events, outcomes
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.consequences import BOOKS, Scene, beginnings, consequences
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.records import CommandRecord, ItemRecord
from chargeyard.domain.secrets import masked
from chargeyard.errors import Unavailable
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.charging_limits import profile_fitted
from chargeyard.services.ports import NoResponders, Store
from chargeyard.services.recording import Recorder
from chargeyard.services.write_only import Spot, shown, told, write_only

_log = logging.getLogger(__name__)

GRACE_S = 5.0
"""How much longer we wait for the session than the session waits for the charge point."""

FORGOTTEN_AT_ONCE = 500
"""Commands of an ended server that are settled in one commit."""


class Errand(Struct, frozen=True):
    """A command on its way to the session, and how long the charge point may take."""

    command: AnyCommand
    timeout_s: float


_read_errand = msgspec.json.Decoder(Errand).decode
_read_outcome: Callable[[bytes], AnyOutcome] = msgspec.json.Decoder(AnyOutcome).decode


def subject_of(charge_point: str) -> str:
    """Where a charge point's session listens for errands."""
    return f"charge-point.{charge_point}.command"


def unpack(body: bytes) -> Errand:
    """An errand as the bus carried it."""
    return _read_errand(body)


def pack(outcome: AnyOutcome) -> bytes:
    """An outcome for the way back."""
    return msgspec.json.encode(outcome)


class Outbound:
    """Sends commands. `timeout_s` is how long a charge point may take where the caller does not say."""

    def __init__(self, recorder: Recorder, store: Store, new_id: Callable[[], str], timeout_s: float) -> None:
        self._recorder = recorder
        self._store = store
        self._capabilities = Capabilities(store)
        self._new_id = new_id
        self._timeout_s = timeout_s
        self._under_way: set[asyncio.Task[CommandRecord]] = set()
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def submit(
        self,
        charge_point: str,
        command: AnyCommand,
        principal: str,
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> CommandRecord:
        """Store the command, have it executed, store the outcome; return both.

        The same `idempotency_key` of the same principal gives the first command's record, settled or not.
        Raises `Conflict` if two such commands race, `Unavailable` as the journal and the store do.
        """
        if idempotency_key:
            known = await self._store.find_command_by_key(principal, idempotency_key)
            if known is not None:
                return known
        record, hidden = await self._begin(charge_point, command, principal, idempotency_key)
        return await self._finish(record, command, timeout_s, hidden)

    async def start(
        self,
        charge_point: str,
        command: AnyCommand,
        principal: str,
        idempotency_key: str = "",
        timeout_s: float | None = None,
    ) -> str:
        """Store the command and return its id; it is executed and settled in the background."""
        if idempotency_key:
            known = await self._store.find_command_by_key(principal, idempotency_key)
            if known is not None:
                return known.id
        record, hidden = await self._begin(charge_point, command, principal, idempotency_key)
        task = asyncio.create_task(self._finish(record, command, timeout_s, hidden))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return record.id

    async def settle_forgotten(self) -> None:
        """Settle what a server before this one left under way when it ended: what came of it is unknown."""
        lost = outcomes.Failed(code="ServerEnded", detail="whether it was done is unknown")
        while forgotten := await self._store.list_open_commands(FORGOTTEN_AT_ONCE):
            settled = [self._settled(record, lost) for record in forgotten]
            await self._recorder.record(*settled)

    async def drain(self) -> None:
        """Return when every command in the background is settled."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _begin(
        self, charge_point: str, command: AnyCommand, principal: str, idempotency_key: str
    ) -> tuple[CommandRecord, frozenset[Spot]]:
        """The record, and which variables that the command writes must not show their values."""
        hidden = await write_only(self._store, charge_point, command)
        submitted = events.CommandSubmitted(
            recorded_at=self._recorder.now(),
            charge_point=charge_point,
            command_id=self._new_id(),
            kind=type(command).__name__,
            command=masked(msgspec.json.encode(shown(command, hidden))).decode(),
            principal=principal,
            idempotency_key=idempotency_key,
        )
        scene = Scene(charge_point, submitted.recorded_at)
        await self._recorder.record(submitted, *beginnings(command, scene))
        record = CommandRecord(
            id=submitted.command_id,
            charge_point=charge_point,
            kind=submitted.kind,
            command=msgspec.Raw(submitted.command.encode()),
            principal=principal,
            submitted_at=submitted.recorded_at,
        )
        return record, hidden

    async def _finish(
        self, record: CommandRecord, command: AnyCommand, timeout_s: float | None, hidden: frozenset[Spot]
    ) -> CommandRecord:
        async with self._turn(record.charge_point, command):
            settled = await self._settle(record, command, timeout_s or self._timeout_s, hidden)
        return msgspec.structs.replace(
            record,
            settled_at=settled.recorded_at,
            outcome=settled.outcome,
            detail=msgspec.Raw(settled.detail.encode()),
        )

    def _turn(self, charge_point: str, command: AnyCommand) -> AbstractAsyncContextManager[Any]:
        """What follows from one command of those that change a book must be stored before the next looks."""
        if type(command) not in BOOKS:
            return nullcontext()
        return self._turns.setdefault(charge_point, asyncio.Lock())

    async def _settle(
        self, record: CommandRecord, command: AnyCommand, timeout_s: float, hidden: frozenset[Spot]
    ) -> events.CommandSettled:
        try:
            book = await self._book(record.charge_point, command)
        except Unavailable:
            outcome: AnyOutcome = outcomes.Failed(code="Unavailable", detail="nothing was sent")
            book = ()
        else:
            fitted = await self._fitted(record.charge_point, command, book)
            outcome = told(await self._execute(record.charge_point, Errand(fitted, timeout_s)), hidden)
        settled = self._settled(record, outcome)
        scene = Scene(record.charge_point, settled.recorded_at, record.submitted_at, book)
        await self._recorder.record(settled, *consequences(command, outcome, scene))
        return settled

    async def _book(self, charge_point: str, command: AnyCommand) -> tuple[ItemRecord, ...]:
        kind = BOOKS.get(type(command))
        return tuple(await self._store.find_items(charge_point, kind)) if kind else ()

    async def _fitted(
        self, charge_point: str, command: AnyCommand, book: tuple[ItemRecord, ...]
    ) -> AnyCommand:
        """The command with the charge point's limits in it; while nobody can look them up, as it was given."""
        try:
            fitted = await self._capabilities.fitted(charge_point, command)
            return await profile_fitted(self._capabilities, charge_point, fitted, book)
        except Unavailable:
            return command

    def _settled(self, record: CommandRecord, outcome: AnyOutcome) -> events.CommandSettled:
        return events.CommandSettled(
            recorded_at=self._recorder.now(),
            charge_point=record.charge_point,
            command_id=record.id,
            outcome=type(outcome).__name__,
            detail=masked(pack(outcome)).decode(),
        )

    async def _execute(self, charge_point: str, errand: Errand) -> AnyOutcome:
        try:
            body = await self._recorder.bus.request(
                subject_of(charge_point), msgspec.json.encode(errand), errand.timeout_s + GRACE_S
            )
        except NoResponders:
            return outcomes.Offline()
        except TimeoutError:
            return outcomes.TimedOut(after_s=errand.timeout_s)
        except Exception:  # noqa: BLE001 - logged and told to whoever asked
            # A defect of ours in the session; the command must not stay under way for ever.
            _log.exception("command for %r not carried out", charge_point)
            return outcomes.Failed(code="InternalError", detail="whether it was done is unknown")
        return _read_outcome(body)
