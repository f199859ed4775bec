"""The road of a report: decide, commit, answer, announce.

Reports of one charge point are taken one at a time, in the order they came, by the session that owns its
state. Nothing here waits for a charge point.
"""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any
from weakref import WeakValueDictionary

import msgspec
from msgspec import Struct

from chargeyard.domain import events, reports
from chargeyard.domain.answers import Answer
from chargeyard.domain.authorization import disguised, is_key_code, key_of
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Policy
from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import Told, has_order_of_arrival
from chargeyard.domain.items import ItemKind
from chargeyard.domain.profile_book import after_end
from chargeyard.domain.readings import measured_transaction
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.rules import decide, evolve
from chargeyard.domain.transaction_events import begins_to_count, reported_transaction
from chargeyard.errors import Conflict
from chargeyard.services.needs import NOTHING, Needs, needs_of
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Fence, Store
from chargeyard.services.recording import Recorder

Facts = dict[str, Any]
"""Fields of a `Context` that a report needs besides clock and policy."""


class Promise(Struct, frozen=True, gc=False):
    """An answer that may be given once `stored` is done and `happened` has been followed; at once, if it is None."""

    answer: Answer
    happened: tuple[events.Event, ...]
    stored: asyncio.Future[None] | None


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

    def begin(
        self, state: ChargePoint, report: reports.Report, policy: Policy, fence: Fence | None = None
    ) -> Promise | None:
        """Decide at once what needs no look-up, and begin to store it; None: it must be taken.

        Most messages go this way, without a task. Whoever is given a promise follows what has happened before the
        answer is given; if storing fails, nothing was stored and the report can be taken.
        """
        if needs_of(state, report) is not NOTHING:
            return None
        decision = decide(state, report, Context(now=self._clock(), policy=policy))
        happened = decision.events
        if not happened:
            return Promise(decision.answer, (), None)
        if _ended(happened) and state.may_hold_profiles:
            return None
        return Promise(decision.answer, happened, self._journal.begin(happened, fence))

    async def _take(
        self,
        state: ChargePoint,
        report: reports.Report,
        policy: Policy,
        also: tuple[events.Event, ...],
        fence: Fence | None,
    ) -> Answer:
        facts = await self._facts_of(state, report)
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
        stops = _ended(happened)
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
            self.follow(state, happened)

    def follow(self, state: ChargePoint, happened: tuple[events.Event, ...]) -> None:
        """Let the state follow what is stored, and announce it."""
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

    async def _facts_of(self, state: ChargePoint, report: reports.Report) -> Facts:
        """What `report` needs. A transaction that memory had forgotten is remembered, if readings go on with it."""
        needs = needs_of(state, report)
        facts = await self._look_up(state, report, needs)
        known = facts.get("known")
        if known is not None:
            if isinstance(report, reports.MeterValuesTaken) and measured_transaction(state, report) is None:
                state.remember(known)
            needs = needs_of(state, report, known)
            facts |= await self._look_up(state, report, needs)
        if needs.number:
            facts["number"] = await self._numbers.next()
        if needs.told_events is not None and _has_order_of_arrival(facts["told_events"], report):
            in_order = await self._store.list_metered_in_order(needs.told_events)
            facts["in_order"] = {needs.told_events: tuple(in_order)}
        return facts

    async def _look_up(self, state: ChargePoint, report: reports.Report, needs: Needs) -> Facts:
        """All of it at once: what is asked together is read in one turn, and a start waits once, not four times."""
        questions = self._questions(state, report, needs)
        if len(questions) == 1:  # no task is needed for that
            [(name, question)] = questions.items()
            return {name: await question}
        return dict(zip(questions, await asyncio.gather(*questions.values()), strict=True))

    def _questions(
        self, state: ChargePoint, report: reports.Report, needs: Needs
    ) -> dict[str, Coroutine[Any, Any, Any]]:
        store = self._store
        questions: dict[str, Coroutine[Any, Any, Any]] = {}
        if needs.token is not None:
            questions["token"] = store.find_id_token(needs.token)
        if needs.start_key:
            questions["known"] = store.find_start(state.id, needs.start_key)
        elif needs.wire_id:
            questions["known"] = store.find_transaction(state.id, needs.wire_id)
        if needs.held:
            questions["held"] = store.find_held(state.id)
        if needs.books:
            questions["book"] = self._books(state, needs.books)
        if needs.told_events is not None:
            sequence = report.sequence if isinstance(report, reports.TransactionReported) else None
            questions["told_events"] = self._store.list_told(needs.told_events, sequence)
        if needs.metered or needs.told_events is not None:
            questions["metered"] = self._metered(needs.metered)
        return questions

    async def _books(self, state: ChargePoint, kinds: tuple[ItemKind, ...]) -> tuple[ItemRecord, ...]:
        found = [await self._store.find_items(state.id, kind) for kind in kinds]
        return tuple(item for book in found for item in book)

    async def _metered(self, transactions: tuple[int, ...]) -> dict[int, tuple[Metered, ...]]:
        """What was measured in `transactions`."""
        return {number: tuple(await self._store.list_metered(number)) for number in transactions}


def _ended(happened: tuple[events.Event, ...]) -> list[events.TransactionStopped]:
    return [event for event in happened if isinstance(event, events.TransactionStopped)]


def _has_order_of_arrival(told: Sequence[Told], report: reports.Report) -> bool:
    if isinstance(report, reports.TransactionReported):
        return has_order_of_arrival(told, report.sequence, report.at)
    return has_order_of_arrival(told)


def _begins(state: ChargePoint, report: reports.Report, facts: Facts) -> bool:
    """Whether a token may get a transaction by `report`, so that its limit counts."""
    if isinstance(report, reports.TransactionStarted):
        return True
    if not isinstance(report, reports.TransactionReported):
        return False
    return begins_to_count(reported_transaction(state, report) or facts.get("known"), report)
