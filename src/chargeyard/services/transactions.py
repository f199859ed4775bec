"""What is asked about transactions on our own: one that has ended with events missing may still be told in full,
and one that goes on after the charge point was without power needs its limits again.

What comes late is taken at any time and adds what it tells, whatever was answered here (citrineos-core#1053).
"""

from collections.abc import Awaitable, Callable
from typing import Protocol

from chargeyard.domain.commands import AnyCommand, GetTransactionStatus, SetChargingProfile
from chargeyard.domain.continuity import RESUMED
from chargeyard.domain.events import TransactionAdvanced
from chargeyard.domain.profile_book import book_of
from chargeyard.domain.records import CommandRecord
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.ports import Store

ASKED_AGAIN_AFTER_S = (60.0, 600.0, 3600.0, 6 * 3600.0)
"""While messages are still to come, or nobody answers: so long until the next question, and after the last none."""

UNANSWERED = frozenset(("Offline", "TimedOut"))


class Asking(Protocol):
    """What these rules use of `follow_ups.Hands`."""

    @property
    def store(self) -> Store: ...
    @property
    def rest(self) -> Callable[[float], Awaitable[None]]: ...
    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord: ...


def is_end(event: TransactionAdvanced) -> bool:
    """Only a charge point that tells events tells one of these."""
    return event.phase == "Ended"


async def ask_for_the_rest(event: TransactionAdvanced, hands: Asking) -> None:
    """Ask whether the missing events will come, and again while they may (2.0.1 E14)."""
    for pause_s in (0.0, *ASKED_AGAIN_AFTER_S):
        await hands.rest(pause_s)
        transaction = await hands.store.find_transaction_record(event.transaction)
        if transaction is None or transaction.is_whole:
            return
        question = GetTransactionStatus(transaction=transaction.id, wire_id=transaction.wire_id)
        answered = await hands.ask(event.charge_point, question)
        if answered.outcome not in UNANSWERED and not await _has_messages(event.transaction, hands):
            return


async def _has_messages(transaction: int, hands: Asking) -> bool:
    """What was answered, which is stored together with the outcome."""
    record = await hands.store.find_transaction_record(transaction)
    return record is not None and record.account.queue is not None and record.account.queue.has_messages


def is_resumption(event: TransactionAdvanced) -> bool:
    """It went on after the charge point was without power."""
    return event.trigger == RESUMED and event.phase == "Updated"


async def send_profiles_again(event: TransactionAdvanced, hands: Asking) -> None:
    """Set the transaction's own profiles again, unless the charge point keeps them over power losses (E17.FR.15)."""
    keeps = await Capabilities(hands.store).text(
        event.charge_point, "SmartChargingCtrlr", "ChargingProfilePersistence", "TxProfile"
    )
    transaction = await hands.store.find_transaction_record(event.transaction)
    if transaction is None or transaction.stopped_at is not None or (keeps or "").casefold() == "true":
        return
    for installed in book_of(await hands.store.find_items(event.charge_point, "ChargingProfile")):
        profile = installed.profile
        is_its_own = transaction.wire_id == profile.wire_id or transaction.id == profile.transaction
        if profile.purpose == "Tx" and installed.source == "ours" and is_its_own:
            await hands.ask(event.charge_point, SetChargingProfile(profile=profile))
