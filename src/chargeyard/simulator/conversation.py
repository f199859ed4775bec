"""How a charge point speaks: one call at a time, boot first, transaction messages in order, the rest between.

Sans-I/O like the `Peer` it drives; a conversation outlives its connections, a Peer does not.
"""

from __future__ import annotations

import enum
from collections import deque
from collections.abc import Callable

import msgspec

from chargeyard.ocpp.frames import Call
from chargeyard.ocpp.happenings import (
    Abandoned,
    Answered,
    CallArrived,
    Garbled,
    Happening,
    Refused,
    TimedOut,
)
from chargeyard.ocpp.peer import Peer
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.violations import Fault
from chargeyard.simulator.deliveries import Delivery, DeliveryQueue
from chargeyard.simulator.statistics import Tally
from chargeyard.simulator.wire import Wire

CALL_TIMEOUT_S = 30.0
DEAF_AFTER = 3
"""Unanswered calls in a row after which a charge point takes its connection for dead."""

_SHORT_BACKLOG = 8


class Refusal(Exception):
    """A request of the central system that is answered with a CALLERROR."""

    def __init__(self, fault: Fault, detail: str) -> None:
        super().__init__(detail)
        self.fault = fault
        self.detail = detail


class Voice(enum.Enum):
    """What may be said: everything, only what is asked for (boot not accepted yet), or nothing (rejected)."""

    FREE = "free"
    BOOTING = "booting"
    SILENT = "silent"


class Retries(msgspec.Struct, frozen=True):
    """How often a refused transaction message is sent, and the seconds that the pauses grow by."""

    attempts: int
    interval_s: float


class Question(msgspec.Struct):
    """A call that is no transaction message. `settle` gets the response, or None when there will be none.

    ``early``: allowed before the boot is accepted. ``keep``: asked again after a lost connection.
    """

    action: str
    request: Message
    settle: Callable[[Message | None], None]
    early: bool = False
    keep: bool = False
    number: int = 0


class Conversation:
    """The charge point's side of the talk, over any number of connections."""

    __slots__ = (
        "_asked",
        "_deliveries",
        "_new_id",
        "_number",
        "_peer",
        "_questions",
        "_retries",
        "_tally",
        "_unanswered",
        "_wire",
        "voice",
    )

    def __init__(
        self, wire: Wire, retries: Callable[[], Retries], new_id: Callable[[], str], tally: Tally
    ) -> None:
        """``retries`` is asked each time, for the central system may change it."""
        self._wire = wire
        self._retries = retries
        self._new_id = new_id
        self._tally = tally
        self._peer: Peer | None = None
        self._questions: deque[Question] = deque()
        self._deliveries = DeliveryQueue()
        self._asked: Question | Delivery | None = None
        self._number = 0
        self._unanswered = 0
        self.voice = Voice.BOOTING

    @property
    def is_connected(self) -> bool:
        """There is a connection."""
        return self._peer is not None

    @property
    def is_deaf(self) -> bool:
        """The other end has not answered for so long that the connection must be dead."""
        return self._peer is not None and self._unanswered >= DEAF_AFTER

    @property
    def is_settled(self) -> bool:
        """Nothing is waiting to be said or answered."""
        return not (self._questions or self._deliveries or self._asked)

    @property
    def undelivered(self) -> int:
        """Transaction messages that the central system has not confirmed."""
        return len(self._deliveries)

    def is_telling(self, transaction: str) -> bool:
        """Messages of this transaction are still to be delivered."""
        return self._deliveries.holds(transaction)

    def connect(self) -> None:
        """A connection is there."""
        self._peer = Peer(self._wire.manners, self._new_id)
        self._unanswered = 0
        self._deliveries.link_is_up()
        self._tally.connected += 1

    def disconnect(self) -> None:
        """The connection is gone: questions are lost unless they are to be kept, deliveries never are."""
        if self._peer is None:
            return
        peer, self._peer = self._peer, None
        peer.close()
        self._tally.connected -= 1
        asked, self._asked = self._asked, None
        if isinstance(asked, Question):
            self._questions.appendleft(asked)
        waiting, self._questions = self._questions, deque()
        self._questions.extend(question for question in waiting if question.keep)
        for question in waiting:
            if not question.keep:
                question.settle(None)

    def ask(self, question: Question) -> None:
        """Say something as soon as it is its turn; without a connection only what is to be kept waits."""
        if self._peer is None and not question.keep:
            question.settle(None)
            return
        self._number += 1
        question.number = self._number
        self._questions.append(question)

    def deliver(self, delivery: Delivery) -> None:
        """Queue a transaction message."""
        self._number += 1
        delivery.number = self._number
        self._deliveries.add(delivery)

    def send(self, action: str, message: Message) -> None:
        """Say something that wants no answer (2.1 SEND); without a connection it is lost."""
        if self._peer is not None and self.voice is Voice.FREE:
            self._peer.send(action, msgspec.json.encode(message))

    def feed(self, text: bytes | str, now: float) -> list[Call]:
        """Take a text; the calls in it are the charge point's to answer."""
        if self._peer is None:
            return []
        self._tally.received += 1
        return [call for item in self._peer.feed(text, now) if (call := self._take(item, now)) is not None]

    def reply(self, call: Call, response: Message) -> None:
        """Answer a call."""
        if self._peer is not None:
            self._peer.reply(call.id, msgspec.json.encode(response))

    def refuse(self, call: Call, fault: Fault, detail: str) -> None:
        """Refuse a call."""
        if self._peer is not None:
            self._peer.refuse(call.id, fault, detail)

    def tick(self, now: float) -> None:
        """Let time pass: give up what was not answered, say what is due."""
        if self._peer is None:
            return
        for item in self._peer.tick(now):
            self._take(item, now)
        self._speak(now)

    def outgoing(self) -> list[bytes]:
        """Take the texts to send now."""
        texts = [] if self._peer is None else self._peer.outgoing()
        self._tally.sent += len(texts)
        return texts

    def next_due(self) -> float | None:
        """When `tick` has something to do."""
        if self._peer is None:
            return None
        if self._asked is not None:
            return self._peer.next_deadline()
        return self._deliveries.next_due() if self.voice is Voice.FREE else None

    def _speak(self, now: float) -> None:
        if self._asked is not None or self._peer is None:
            return
        asked = self._next(now)
        if asked is None:
            return
        self._asked = asked
        if isinstance(asked, Delivery):
            asked.sends += 1
            request = asked.ready()
        else:
            request = asked.request
        self._peer.call(asked.action, msgspec.json.encode(request), now, CALL_TIMEOUT_S)

    def _next(self, now: float) -> Question | Delivery | None:
        if self.voice is Voice.FREE:
            return self._next_freely(now)
        if self.voice is Voice.SILENT:
            return None
        early = next((question for question in self._questions if question.early), None)
        if early is not None:
            self._questions.remove(early)
        return early

    def _next_freely(self, now: float) -> Question | Delivery | None:
        delivery = self._deliveries.head(now)
        if not self._questions:
            return delivery
        # A short queue keeps the natural order (start before "Charging"); a long backlog may be overtaken, or
        # a driver would wait for an hour of old meter values to be told.
        if delivery is not None and len(self._deliveries) <= _SHORT_BACKLOG:
            return self._older(delivery)
        return self._questions.popleft()

    def _older(self, delivery: Delivery) -> Question | Delivery:
        return delivery if delivery.number < self._questions[0].number else self._questions.popleft()

    def _take(self, item: Happening, now: float) -> Call | None:
        if isinstance(item, CallArrived):
            return item.call
        if isinstance(item, Answered):
            self._unanswered = 0
            self._answered(item)
        elif isinstance(item, Refused | Garbled | TimedOut):
            self._unanswered = self._unanswered + 1 if isinstance(item, TimedOut) else 0
            self._tally.errors += 1
            self._failed(item, now)
        elif not isinstance(item, Abandoned):
            self._tally.errors += 1
        return None

    def _answered(self, item: Answered) -> None:
        asked, self._asked = self._asked, None
        if asked is None:
            return
        if isinstance(asked, Delivery):
            self._deliveries.take()
        try:
            response = self._wire.read_response(asked.action, item.payload)
        except (msgspec.DecodeError, UnicodeDecodeError):
            self._tally.errors += 1
            asked.settle(None)
            return
        asked.settle(response)

    def _failed(self, item: Refused | Garbled | TimedOut, now: float) -> None:
        asked, self._asked = self._asked, None
        if isinstance(asked, Question):
            asked.settle(None)
        elif asked is not None:
            self._not_delivered(asked, item, now)

    def _not_delivered(self, delivery: Delivery, item: Refused | Garbled | TimedOut, now: float) -> None:
        retries = self._retries()
        # Attempts count what the central system failed to process (TransactionMessageAttempts, MessageAttempts). Silence is not
        # that: it may never have heard, and money hangs on the message.
        if isinstance(item, TimedOut):
            self._deliveries.retry_later(now, retries.interval_s)
            return
        if self._deliveries.refused(now, retries.attempts, retries.interval_s):
            self._deliveries.take()
            self._tally.discarded += 1
            delivery.settle(None)
