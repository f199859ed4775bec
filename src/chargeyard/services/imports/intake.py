"""The one way in: what is known already is left as it is, everything else is stored through the journal."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterable, Sequence
from enum import StrEnum
from itertools import chain
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.authorization import IdToken, disguised, is_key_code
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.events import ChargePointRegistered, Event, IdTokenSaved
from chargeyard.domain.imports import (
    ImportedChargePoint,
    ImportedTransaction,
    boot_event,
    has_news,
    import_key,
    is_the_same,
    readings_events,
    stop_events,
    transaction_events,
)
from chargeyard.domain.metering import Reading
from chargeyard.errors import Conflict, Poisoned
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Keys, Partitions, Store
from chargeyard.services.recording import Recorder

Imported = ImportedChargePoint | IdToken | ImportedTransaction


class Fate(StrEnum):
    """What becomes of what is imported."""

    TAKEN = "taken"
    ENDED = "ended"
    KNOWN = "known"
    REFUSED = "refused"


class Outcome(Struct, frozen=True):
    """What has become of one of them, and why it was refused."""

    fate: Fate
    reason: str = ""


TAKEN = Outcome(Fate.TAKEN)
ENDED = Outcome(Fate.ENDED)
"""A transaction that was known and has ended since."""
KNOWN = Outcome(Fate.KNOWN)


class Intake(Struct, frozen=True, kw_only=True):
    """Takes things in, several at a time; only asks and stores nothing where `is_dry`.

    `partitions` is None where the database has none.
    """

    store: Store
    recorder: Recorder
    keys: Keys
    numbers: Numbers
    partitions: Partitions | None = None
    is_dry: bool = False

    async def take(self, batch: Sequence[Imported]) -> list[Outcome]:
        """What has become of each of `batch`. Raises `Unavailable`; what was stored until then stays."""
        measured = [one.readings for one in batch if isinstance(one, ImportedTransaction)]
        await self._prepare(chain.from_iterable(measured))
        return await asyncio.gather(*(self._take_one(one) for one in batch))

    async def take_readings(self, charge_point: str, evse: int, readings: tuple[Reading, ...]) -> Outcome:
        """Store readings outside of transactions; those that are known already are stored once."""
        await self._prepare(readings)
        happened = readings_events(charge_point, evse, readings, self.recorder.now())
        return await self._store(happened)

    async def _prepare(self, readings: Iterable[Reading]) -> None:
        """A place for the months of `readings`, which are mostly old ones."""
        if self.partitions is not None and not self.is_dry:
            await self.partitions.make_for((one.at for one in readings), self.recorder.now())

    async def _take_one(self, one: Imported) -> Outcome:
        takes: dict[type[Imported], Callable[[Any], Awaitable[Outcome]]] = {
            ImportedChargePoint: self._charge_point,
            IdToken: self._id_token,
            ImportedTransaction: self._transaction,
        }
        return await takes[type(one)](one)

    async def _charge_point(self, one: ImportedChargePoint) -> Outcome:
        if await self.store.find_charge_point(one.id) is not None:
            return KNOWN
        token = None if one.token is None else self.keys.token(one.token)
        if token is not None and await self.store.load_by_token(token) is not None:
            return Outcome(Fate.REFUSED, "its token is that of another charge point")
        registered = ChargePointRegistered(
            recorded_at=self.recorder.now(),
            charge_point=one.id,
            registration=one.registration,
            name=one.name,
            reading=one.reading,
            credential=self._credential(one),
            token=token,
        )
        if one.nameplate.is_blank:
            return await self._store((registered,))
        boot = boot_event(one.id, one.registration, one.nameplate, self.recorder.now())
        return await self._store((registered, boot))

    def _credential(self, one: ImportedChargePoint) -> bytes | None:
        """Of one that is locked: the hash of a password that nobody has ever seen."""
        password = secrets.token_hex(32) if one.locked else one.password
        return None if password is None else self.keys.charge_point_password(password)

    async def _id_token(self, one: IdToken) -> Outcome:
        if is_key_code(one.kind):
            one = replace(one, id_token=disguised(one.id_token, self.keys.digest_of_code))
        if await self.store.find_id_token_record(one.id_token) is not None:
            return KNOWN
        return await self._store((IdTokenSaved(recorded_at=self.recorder.now(), token=one),))

    async def _transaction(self, one: ImportedTransaction) -> Outcome:
        known = await self._known(one)
        if known is not None:
            return await self._more(known, one)
        if self.is_dry:
            return TAKEN
        number = await self.numbers.next()
        return await self._store(transaction_events(one, number, self.recorder.now()))

    async def _more(self, known: Transaction, one: ImportedTransaction) -> Outcome:
        """What an import before this one could not bring: readings that it left out, an end that has come since."""
        now = self.recorder.now()
        readings = readings_events(one.charge_point, one.evse, one.readings, now, known.number)
        is_over = has_news(known, one)
        stored = await self._store((*readings, *(stop_events(one, known.number, now) if is_over else ())))
        if stored.fate is Fate.REFUSED:
            return stored
        return ENDED if is_over else KNOWN

    async def _known(self, one: ImportedTransaction) -> Transaction | None:
        if one.wire_id:
            known = await self.store.find_transaction(one.charge_point, one.wire_id)
            if known is not None and is_the_same(known, one):
                return known
        return await self.store.find_start(one.charge_point, import_key(one))

    async def _store(self, happened: tuple[Event, ...]) -> Outcome:
        if self.is_dry or not happened:
            return TAKEN
        try:
            await self.recorder.record(*happened)
        except (Conflict, Poisoned) as error:
            return Outcome(Fate.REFUSED, str(error))
        return TAKEN
