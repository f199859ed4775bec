"""The road of a report: decide, commit, answer, announce.

Reports of one charge point are taken one at a time, in the order they came, by the session that owns its
state. Nothing here waits for a charge point.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from weakref import WeakValueDictionary

import msgspec

from chargeyard.domain import events, reports
from chargeyard.domain.answers import Answer
from chargeyard.domain.authorization import UNAUTHORIZED_KIND, disguised, is_key_code, key_of
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context, Policy
from chargeyard.domain.energy import Metered
from chargeyard.domain.profile_book import after_end
from chargeyard.domain.readings import measured_transaction
from chargeyard.domain.records import ReservationRecord
from chargeyard.domain.rules import decide, evolve
from chargeyard.domain.transaction_events import (
    begins_to_count,
    ended_by_event,
    is_reused,
    measures_energy,
    reported_transaction,
)
from chargeyard.domain.transactions import (
    ended_by,
    is_to_end,
    may_be_ours,
    orphan_key,
    start_key,
    stopped_transaction,
)
from chargeyard.errors import Conflict
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Fence, Paging, Store
from chargeyard.services.recording import Recorder

Facts = dict[str, Any]
"""Fields of a `Context` that a report needs besides clock and policy."""

FIRST_EVENTS = Paging(32)
"""Where the first register of a transaction is looked for: one of its first events tells it."""


class Inbound:
    """Takes reports. One for all charge points of a node; holds no state of any.

    `digest` is a keyed hash: what of a key code may be stored.
    """

    def __init__(
        self, recorder: Recorder, store: Store, numbers: Numbers, digest: Callable[[bytes], bytes]
    ) -> None:
        self._journal = recorder.journal
        self._bus = recorder.bus
        self._clock = recorder.clock
        self._store = store
        self._numbers = numbers
        self._digest = digest
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._gather: dict[type[reports.Report], Callable[[ChargePoint, Any], Awaitable[Facts]]] = {
            reports.TokenPresented: self._facts_of_token,
            reports.TransactionStarted: self._facts_of_start,
            reports.TransactionStopped: self._facts_of_stop,
            reports.MeterValuesTaken: self._facts_of_meter_values,
            reports.TransactionReported: self._facts_of_event,
            reports.ChargingProfilesListed: self._facts_of_profiles,
            reports.ChargingLimitCleared: self._facts_of_limit,
            reports.PriorityChargingTold: self._facts_of_priority,
            reports.DynamicValuesAsked: self._facts_of_profiles,
        }

    async def take(
        self,
        state: ChargePoint,
        report: reports.Report,
        policy: Policy,
        also: tuple[events.Event, ...] = (),
        fence: Fence | None = None,
    ) -> Answer:
        """The answer to `report`, a promise already kept: its events, and `also`, are stored.

        Raises `Unavailable` (nothing stored: take it again later), `Poisoned` (can never be stored) and `Fenced`
        (the session of `fence` has been taken over, and says nothing more).
        """
        report = self._without_code(report)
        try:
            return await self._take(state, report, policy, also, fence)
        except Conflict:
            # Its natural key was taken between our look and our commit: look again, it is a retry.
            return await self._take(state, report, policy, also, fence)

    def _without_code(self, report: reports.Report) -> reports.Report:
        """`report` with a key code in disguise: from here on nobody sees what was typed (C04.FR.04)."""
        if not is_key_code(getattr(report, "token_kind", "")):
            return report
        id_token: str = getattr(report, "id_token", None) or ""
        return msgspec.structs.replace(report, id_token=disguised(id_token, self._digest))

    def answer_now(self, state: ChargePoint, report: reports.Report, policy: Policy) -> Answer | None:
        """The answer to a report that needs no look-up and stores nothing; None if it must be taken."""
        if not isinstance(report, reports.Alive):
            return None
        return decide(state, report, Context(now=self._clock(), policy=policy)).answer

    async def _take(
        self,
        state: ChargePoint,
        report: reports.Report,
        policy: Policy,
        also: tuple[events.Event, ...],
        fence: Fence | None,
    ) -> Answer:
        gather = self._gather.get(type(report))
        facts = await gather(state, report) if gather else {}
        token = facts.get("token")
        if token is None or token.max_transactions is None or not _begins(state, report, facts):
            context = Context(now=self._clock(), policy=policy, **facts)
            return await self._commit(state, report, context, also, fence)
        # What was counted must still be true when the start is stored: starts of one token take turns.
        turn = self._turns.setdefault(key_of(token.id_token), asyncio.Lock())
        async with turn:
            facts["running"] = await self._store.count_running(token.id_token)
            context = Context(now=self._clock(), policy=policy, **facts)
            return await self._commit(state, report, context, also, fence)

    async def _commit(
        self,
        state: ChargePoint,
        report: reports.Report,
        context: Context,
        also: tuple[events.Event, ...],
        fence: Fence | None,
    ) -> Answer:
        decision = decide(state, report, context)
        left = await self._left_behind(state, decision.events)
        await self.store(state, (*also, *decision.events, *left), fence)
        return decision.answer

    async def _left_behind(
        self, state: ChargePoint, happened: tuple[events.Event, ...]
    ) -> tuple[events.Event, ...]:
        """What goes with the transactions that end, whatever ended them: their own charging profiles."""
        stops = [event for event in happened if isinstance(event, events.TransactionStopped)]
        if not stops or not state.may_hold_profiles:
            return ()
        book = await self._store.find_items(state.id, "ChargingProfile")
        return tuple(event for stop in stops for event in after_end(book, stop))

    async def store(
        self, state: ChargePoint, happened: tuple[events.Event, ...], fence: Fence | None = None
    ) -> None:
        """Commit, let the state follow, announce. Raises as `Journal.commit` does."""
        if happened:
            await self._journal.commit(happened, fence)
            for event in happened:
                evolve(state, event)
            self._bus.publish(happened)

    async def park(
        self,
        state: ChargePoint,
        action: str,
        payload: msgspec.Raw,
        fault: str,
        fence: Fence | None = None,
    ) -> None:
        """Keep a message that could not be stored as what it is, so that it can be acknowledged and repaired."""
        text = bytes(payload).decode("utf-8", "replace").replace("\\u0000", "")
        kept = events.ReportKept(
            recorded_at=self._clock(), charge_point=state.id, action=action, payload=text, fault=fault
        )
        await self.store(state, (kept,), fence)

    async def _facts_of_token(self, state: ChargePoint, report: reports.TokenPresented) -> Facts:
        return {"token": await self._store.find_id_token(report.id_token)}

    async def _facts_of_start(self, state: ChargePoint, report: reports.TransactionStarted) -> Facts:
        key = start_key(report)
        in_memory = any(transaction.start_key == key for transaction in state.transactions.values())
        ending = [] if in_memory else [one for one in ended_by(state, report) if one.last_reading_at]
        return {
            "metered": await self._metered(*ending),
            "token": await self._store.find_id_token(report.id_token),
            "known": None if in_memory else await self._store.find_start(state.id, key),
            "number": await self._numbers.next(),
            "held": await self._held(state),
        }

    async def _facts_of_stop(self, state: ChargePoint, report: reports.TransactionStopped) -> Facts:
        facts: Facts = {}
        if report.id_token:
            facts["token"] = await self._store.find_id_token(report.id_token)
        transaction = stopped_transaction(state, report)
        if transaction is None:
            transaction = facts["known"] = await self._known_stop(state, report)
            if transaction is None:
                facts["number"] = await self._numbers.next()
        if transaction is not None and is_to_end(transaction) and transaction.last_reading_at is not None:
            facts["metered"] = await self._metered(transaction)
        return facts

    async def _held(self, state: ChargePoint) -> tuple[ReservationRecord, ...]:
        """The reservations that a transaction may use."""
        return await self._store.find_held(state.id) if state.may_hold_reservations else ()

    async def _metered(self, *transactions: Transaction) -> dict[int, tuple[Metered, ...]]:
        """What was measured in `transactions`."""
        return {one.number: tuple(await self._store.list_metered(one.number)) for one in transactions}

    async def _known_stop(self, state: ChargePoint, report: reports.TransactionStopped) -> Transaction | None:
        if may_be_ours(report.transaction):
            return await self._store.find_transaction(state.id, str(report.transaction))
        return await self._store.find_start(state.id, orphan_key(report))

    async def _facts_of_event(self, state: ChargePoint, report: reports.TransactionReported) -> Facts:
        facts: Facts = {}
        if report.id_token is not None and report.token_kind != UNAUTHORIZED_KIND:
            facts["token"] = await self._store.find_id_token(report.id_token)
        known = reported_transaction(state, report)
        if known is None:
            known = facts["known"] = await self._store.find_transaction(state.id, report.wire_id)
        if known is None or is_reused(known, report):
            facts["number"] = await self._numbers.next()
        if known is None or report.reservation_id is not None or begins_to_count(known, report):
            facts["held"] = await self._held(state)
        ending = [one for one in ended_by_event(state, known, report) if one.last_reading_at]
        if known is not None and measures_energy(known, report):
            events_read = self._store.list_transaction_events(known.number, FIRST_EVENTS)
            # Asked for at once, both are read in one turn.
            page, facts["metered"] = await asyncio.gather(events_read, self._metered(*ending, known))
            facts["first_events"] = tuple(page.items)
        elif ending:
            facts["metered"] = await self._metered(*ending)
        return facts

    async def _facts_of_profiles(self, state: ChargePoint, report: reports.Report) -> Facts:
        return {"book": tuple(await self._store.find_items(state.id, "ChargingProfile"))}

    async def _facts_of_limit(self, state: ChargePoint, report: reports.ChargingLimitCleared) -> Facts:
        limits = await self._store.find_items(state.id, "ExternalLimit")
        return {"book": (*limits, *await self._store.find_items(state.id, "ChargingProfile"))}

    async def _facts_of_priority(self, state: ChargePoint, report: reports.PriorityChargingTold) -> Facts:
        return {"known": await self._store.find_transaction(state.id, report.wire_id)}

    async def _facts_of_meter_values(self, state: ChargePoint, report: reports.MeterValuesTaken) -> Facts:
        """The store is asked only for a transaction that memory has forgotten, and then remembers it."""
        named = report.transaction
        running = state.transactions.get(named) if named is not None else None
        if not report.evse or (running is not None and running.is_open):
            return {}
        known = None
        measured = measured_transaction(state, report)
        if named is not None and named not in state.transactions and may_be_ours(named):
            known = await self._store.find_transaction(state.id, str(named))
            if known is not None and measured is None:
                state.remember(known)
        measured = measured or known
        if measured is None or measured.is_open:
            return {"known": known}
        return {"known": known, "metered": await self._metered(measured)}


def _begins(state: ChargePoint, report: reports.Report, facts: Facts) -> bool:
    """Whether a token may get a transaction by `report`, so that its limit counts."""
    if isinstance(report, reports.TransactionStarted):
        return True
    if not isinstance(report, reports.TransactionReported):
        return False
    return begins_to_count(reported_transaction(state, report) or facts.get("known"), report)
