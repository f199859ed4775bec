"""Local authorization lists: bringing what a charge point holds into step with the register of id tokens.

What is in a list that we did not write nobody can read: then all of it is replaced. Else only the difference is
sent. Either goes in as many parts as the charge point's limits want, each with a version of its own (D01.FR.03).
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.authorization import IdToken, ListEntry, key_of
from chargeyard.domain.commands import AnyCommand, ReadLocalListVersion, SendLocalList
from chargeyard.domain.events import CustomerCleared
from chargeyard.domain.local_lists import NO_LIST, difference, entry_of, in_parts, verdict_in
from chargeyard.domain.records import CommandRecord, IdTokenRecord, ListedToken, LocalListRecord
from chargeyard.domain.variables import CONFIGURATION
from chargeyard.errors import Conflict
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.ports import Clock, Paging, Store

_PAGE = 500
_CONTROLLER = "LocalAuthListCtrlr"


Asking = Callable[[str, AnyCommand], Awaitable[CommandRecord]]
"""Has a command carried out by a charge point."""


class Wish(Struct, frozen=True, kw_only=True):
    """What a list shall hold: the tokens named, or with None all that are registered; never those `without`.

    Of a list that is known, tokens that are not named stay as they are. `is_full`: replace it in any case.
    """

    named: tuple[str, ...] | None = None
    is_full: bool = False
    without: frozenset[str] = frozenset()


class Standing(Struct, frozen=True, kw_only=True):
    """A charge point's list beside the register: `differences` are the tokens that one of them lacks or has
    otherwise; None: nobody knows."""

    known: LocalListRecord | None
    entries: int
    differences: int | None


class Sent(Struct, frozen=True, kw_only=True):
    """The commands that it took, in their order; none, if the list was in step."""

    commands: tuple[CommandRecord, ...]


class LocalLists(Struct, frozen=True):
    """The local lists of all charge points."""

    store: Store
    clock: Clock

    async def standing(self, charge_point: str) -> Standing:
        """What the list of `charge_point` holds, and whether that is what is registered."""
        known = await self.store.find_local_list(charge_point)
        held = await self.store.find_listed_tokens(charge_point)
        if known is None or not known.is_known or known.version == NO_LIST:
            return Standing(known=known, entries=len(held), differences=None)
        wanted = await self.registered(charge_point)
        changed = {key_of(entry.id_token) for entry in difference(held, wanted)}
        return Standing(known=known, entries=len(held), differences=len(changed))

    async def bring_up_to_date(self, charge_point: str, wish: Wish, ask: Asking) -> Sent:
        """Have the list hold what is wished, by commands that `ask` carries out. A difference that is refused is
        followed by all of it.

        Raises `Conflict` if the charge point says that so many have no room there.
        """
        errand = _Errand(self, charge_point, wish, ask)
        return Sent(commands=tuple(await errand.run()))

    async def registered(self, charge_point: str) -> dict[str, ListEntry]:
        """All that may stand in the list of `charge_point`, by the form in which tokens are compared."""
        now, found, cursor = self.clock(), {}, None
        while True:
            page = await self.store.list_id_tokens(Paging(_PAGE, cursor))
            for record in page.items:
                entry = entry_of(_token(record), charge_point, now)
                if entry is not None:
                    found[key_of(entry.id_token)] = entry
            cursor = page.next_cursor
            if cursor is None:
                return found


class _Errand:
    """One list being brought up to date."""

    def __init__(self, lists: LocalLists, charge_point: str, wish: Wish, ask: Asking) -> None:
        self._lists = lists
        self._charge_point = charge_point
        self._wish = wish
        self._ask = ask
        self._done: list[CommandRecord] = []

    async def run(self) -> list[CommandRecord]:
        """The commands that it took."""
        known = await self._lists.store.find_local_list(self._charge_point)
        if known is None or not known.is_known:
            known = await self._asked()
        if known is None or known.version == NO_LIST:
            return self._done
        is_full = self._wish.is_full or not known.is_known or known.version <= 0
        if not await self._send(known, is_full) and not is_full:
            # What it holds is not what we think (VersionMismatch), or it could not be changed (Failed).
            known = await self._asked()
            if known is not None and known.version != NO_LIST:
                await self._send(known, is_full=True)
        return self._done

    async def _asked(self) -> LocalListRecord | None:
        """The list as the charge point tells it; None: it does not tell."""
        if not await self._submit(ReadLocalListVersion()):
            return None
        return await self._lists.store.find_local_list(self._charge_point)

    async def _send(self, known: LocalListRecord, is_full: bool) -> bool:
        """Whether it has been taken, or nothing was to be said."""
        held = () if is_full else await self._lists.store.find_listed_tokens(self._charge_point)
        wanted = await self._wanted(held, is_full)
        await self._check_room(len(wanted))
        entries = list(wanted.values()) if is_full else list(difference(held, wanted))
        if not entries and not is_full:
            return True
        version = max(known.version, 0) + 1
        for number, part in enumerate(await self._parts(entries)):
            command = SendLocalList(version=version + number, is_full=is_full and number == 0, entries=part)
            if not await self._submit(command):
                return False
        return True

    async def _wanted(self, held: Sequence[ListedToken], is_full: bool) -> dict[str, ListEntry]:
        registered = await self._lists.registered(self._charge_point)
        without = self._wish.without
        wanted = {key: entry for key, entry in registered.items() if key not in without}
        if self._wish.named is None:
            return wanted
        names = {key_of(name) for name in self._wish.named}
        chosen = {key: entry for key, entry in wanted.items() if key in names}
        if is_full:
            return chosen
        stays = {key_of(one.id_token): one for one in held if key_of(one.id_token) not in names | without}
        return {**{key: _as_listed(one) for key, one in stays.items()}, **chosen}

    async def _check_room(self, entries: int) -> None:
        capabilities = Capabilities(self._lists.store)
        room = await capabilities.number(self._charge_point, CONFIGURATION, "LocalAuthListMaxLength")
        if room is not None and entries > room:
            raise Conflict(f"its local list has room for {room} tokens, and {entries} are wanted: name them")

    async def _parts(self, entries: list[ListEntry]) -> list[tuple[ListEntry, ...]]:
        return in_parts(entries, await self._limit("ItemsPerMessage"), await self._limit("BytesPerMessage"))

    async def _limit(self, variable: str) -> int | None:
        return await Capabilities(self._lists.store).number(self._charge_point, _CONTROLLER, variable)

    async def _submit(self, command: AnyCommand) -> bool:
        """Whether it was accepted."""
        record = await self._ask(self._charge_point, command)
        self._done.append(record)
        return record.outcome == "Accepted"


class Hands(Protocol):
    """What the rule uses of `follow_ups.Hands`."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord: ...


def names_token(event: CustomerCleared) -> bool:
    """Only tokens stand in local lists."""
    return bool(event.id_token)


async def forget_customer(event: CustomerCleared, hands: Hands) -> None:
    """What a charge point shall forget must not stand in its local list either (N10, TC_N_46)."""
    known = await hands.store.find_local_list(event.charge_point)
    if known is None or known.version <= 0:
        return
    wish = Wish(named=(event.id_token,), without=frozenset((key_of(event.id_token),)))
    if not known.is_known:
        wish = replace(wish, named=None)
    await LocalLists(hands.store, hands.clock).bring_up_to_date(event.charge_point, wish, hands.ask)


def _token(record: IdTokenRecord) -> IdToken:
    return IdToken(**{name: getattr(record, name) for name in IdToken.__struct_fields__})


def _as_listed(one: ListedToken) -> ListEntry:
    return ListEntry(id_token=one.id_token, kind=one.kind, verdict=verdict_in(one))
