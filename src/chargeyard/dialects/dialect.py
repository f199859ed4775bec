"""A dialect: one version of OCPP, translated to and from the domain by literal tables.

Everybody else asks the dialect for a word or a capability; nobody asks for the version.
"""

from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec
from msgspec import Struct

from chargeyard.dialects import timestamps
from chargeyard.domain import outcomes, reports
from chargeyard.domain.answers import Answer
from chargeyard.domain.commands import Command, RawCall
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.ocpp.catalogue import Action, Catalogue
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.repairs import Finding
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.tolerance import Fallbacks, salvage
from chargeyard.ocpp.violations import UNDECODABLE, Fault, Violated, Violation, classify, read

T = TypeVar("T")

REGISTERS = range(-(2**62), 2**62)
"""Meter registers in Wh; differences of two of them still fit into 64 bits."""

NUMBERS = range(-(2**63), 2**63)
"""Numbers that charge points make up; 2⁶³−1 for none is common (field quirk 75)."""

OUTLETS = range(2**31)

_NEVER_KEPT = frozenset((Fault.NOT_JSON, Fault.DUPLICATE_KEY))
"""No charge point sends these by mistake, and nobody can say what they mean."""


class Reply(Struct, frozen=True):
    """A charge point's answer to one of our requests: as we understood it, and word for word."""

    message: Message
    said: msgspec.Raw


def said_in(replies: Sequence[Reply]) -> msgspec.Raw:
    """The answers to a command that took several messages: one as it is, several as a list."""
    if len(replies) == 1:
        return replies[0].said
    return msgspec.Raw(b"[" + b",".join(bytes(reply.said) for reply in replies) + b"]")


def parts(items: Sequence[T], most: int) -> list[Sequence[T]]:
    """`items` in messages of at most `most` each; 0: all of them in one."""
    size = most or max(len(items), 1)
    return [items[start : start + size] for start in range(0, len(items), size)]


Script = Generator[Message, Reply, AnyOutcome]
"""A command in a version's own messages: yields requests, is sent replies, returns the outcome. Where there is no
reply, `Unanswered` is raised in it."""


class Unanswered(Exception):
    """A request of a script was not answered: `outcome` tells why. A script that does not know better comes to that."""

    def __init__(self, outcome: AnyOutcome) -> None:
        super().__init__(type(outcome).__name__)
        self.outcome = outcome

    @property
    def is_unknown_there(self) -> bool:
        """Whether the charge point does not know the message, so that another may be tried."""
        return isinstance(self.outcome, outcomes.Unsupported)


def asked_all(requests: Iterable[Message]) -> Generator[Message, Reply, list[Reply]]:
    """One request after the other, as a part of a script; all the replies."""
    replies = []
    for request in requests:
        reply = yield request
        replies.append(reply)
    return replies


class Hearing:
    """One message being read: when it came, word for word, how strictly, and what had to be forgiven."""

    __slots__ = ("findings", "now", "payload", "strict")

    def __init__(self, now: datetime, strict: bool, payload: msgspec.Raw) -> None:
        self.now = now
        self.strict = strict
        self.payload = payload
        self.findings: list[Finding] = []

    def instant(self, text: str | msgspec.UnsetType, path: str) -> datetime:
        """The instant `text` means. Strictly, what is no timestamp is a Violation; else our clock stands in."""
        if isinstance(text, str):
            instant = timestamps.parse(text)
            if instant is not None and timestamps.is_believable(instant, self.now):
                return instant
            return self._doubtful(text, instant, path)
        return self.now

    def whole(self, value: int | None | msgspec.UnsetType, allowed: range, instead: T, path: str) -> int | T:
        """`value` if it is there and in `allowed`: what no database holds must not keep the rest from being stored."""
        if isinstance(value, msgspec.UnsetType):
            return instead
        # Compared, not looked up: `in` walks through a range for whatever is no int.
        if not isinstance(value, int) or not allowed.start <= value < allowed.stop:
            self.find("number_size", path, "a number of sane size")
            return instead
        return value

    def is_dated(self, at: datetime) -> bool:
        """Whether `at`, from `instant`, is the charge point's own; our clock stood in for it otherwise."""
        return at is not self.now

    def _doubtful(self, text: str, instant: datetime | None, path: str) -> datetime:
        if instant is None:
            if self.strict:
                raise Violated(Violation(Fault.VALUE, f"no timestamp at {path}", path))
            instant = timestamps.parse_loosely(text, self.now)
            self.find("timestamp", path, "not RFC 3339")
        if instant is None or not timestamps.is_believable(instant, self.now):
            self.find("clock", path, "taken from the time of receipt")
            return self.now
        return instant

    def find(self, rule: str, path: str, detail: str) -> None:
        """Note a departure from the specification that was understood all the same."""
        self.findings.append(Finding(rule, path, detail))


class Heard(Struct, frozen=True):
    """A call, understood: the report in it. `request` is what it came as, where nobody models it; None if that broke
    its schema."""

    report: reports.Report
    request: Message | None
    action: Action
    findings: Sequence[Finding] = ()


Listen = Callable[[Any, Hearing], reports.Report]
Answering = Callable[[Any], Message]


class Dialect(Struct, frozen=True, kw_only=True):
    """The tables of one version.

    `hears` gives for each action how to read the request and how to write the answer; an action that is not
    in it becomes `Reported` and is answered by `parks`, the answers that promise nothing, or by `echoes` where
    the answer must repeat what was asked. What is in `endurable` is heard, and yet kept like the others if nothing
    can be made of it: it carries nothing for which a charge point should be asked again. `phrases` gives for each command the script that carries it out;
    `harmless` are the actions whose requests hold no secrets.
    """

    subprotocol: str
    aliases: frozenset[str]
    catalogue: Catalogue
    manners: Manners
    hears: Mapping[str, tuple[Listen, Answering]]
    parks: Mapping[str, Callable[[], Message]]
    phrases: Mapping[type[Command], Callable[[Any], Script]]
    fallbacks: Fallbacks
    settled: Callable[[Reply], AnyOutcome]
    harmless: frozenset[str]
    echoes: Mapping[str, Callable[[Any], Message]] = MappingProxyType({})
    endurable: frozenset[str] = frozenset()

    def code(self, fault: Fault) -> str:
        """The version's spelling of a fault."""
        return self.manners.spelling[fault]

    def read(self, action_name: str, payload: msgspec.Raw, now: datetime, *, strict: bool) -> Heard:
        """Understand a call. Raises `Violated` with what the charge point must be told."""
        action = self.catalogue.find(action_name)
        if action is None:
            raise Violated(Violation(Fault.UNKNOWN_ACTION, "no such action"))
        if not action.from_charge_point:
            raise Violated(Violation(Fault.UNSUPPORTED, "not an action of charge points"))
        hearing = Hearing(now, strict, payload)
        listen = self.hears.get(action.name)
        if listen is None:
            return self._keep(action, hearing)
        try:
            request = self._request(action, hearing)
        except Violated:
            if hearing.strict or action.name not in self.endurable:
                raise
            return self._keep(action, hearing)
        # The request goes at once: with a thousand messages under way, memory that is used again while it is in the
        # processor's cache makes MeterValues of ten samples a tenth cheaper.
        return Heard(listen[0](request, hearing), None, action, hearing.findings)

    def _keep(self, action: Action, hearing: Hearing) -> Heard:
        """A message that nobody models: worth keeping, and no reason to refuse it, though parts are wrong."""
        request = None
        try:
            request = self._request(action, hearing)
        except Violated as violated:
            if hearing.strict or action.name in self.echoes or violated.violation.fault in _NEVER_KEPT:
                raise
            hearing.find("keep_unread", violated.violation.path, violated.violation.detail)
        report = reports.Reported(action=action.name, payload=hearing.payload)
        return Heard(report, request, action, hearing.findings)

    def _request(self, action: Action, hearing: Hearing) -> Message:
        try:
            return read(hearing.payload, action.read_request)
        except Violated:
            if hearing.strict:
                raise
        salvaged = salvage(bytes(hearing.payload), action.request, self.fallbacks)
        hearing.findings.extend(salvaged.findings)
        return salvaged.value

    def answer(self, heard: Heard, answer: Answer) -> bytes:
        """The wire's answer to a call, encoded."""
        name = heard.action.name
        if heard.action.response is None:
            # What wants no answer and came as a call all the same is waited for like any other.
            return b"{}"
        if name in self.hears:
            return msgspec.json.encode(self.hears[name][1](answer))
        if name in self.echoes:
            return msgspec.json.encode(self.echoes[name](heard.request))
        return msgspec.json.encode(self.parks[name]())

    def parking_answer(self, action_name: str) -> bytes | None:
        """What acknowledges a message that could only be kept, None where nothing honest can be said."""
        park = self.parks.get(action_name)
        return msgspec.json.encode(park()) if park else None

    def phrase(self, command: Command) -> Script:
        """The script of `command`. Its first step returns `Invalid` or `Unsupported` where nothing can be sent."""
        if isinstance(command, RawCall):
            return self._raw_script(command)
        phrase = self.phrases.get(type(command))
        return self._checked(phrase(command)) if phrase else _unsupported_script(command)

    def _checked(self, script: Script) -> Script:
        """`script`, ended by `Invalid` before it says what the version's schema forbids, as a tag too long, or
        what cannot be said in UTC, as an instant of the year 9999 far west of Greenwich."""
        try:
            request = next(script)
            while True:
                try:
                    read(msgspec.json.encode(request), self.action_of(request).read_request)
                except Violated as violated:
                    return outcomes.Invalid(detail=violated.violation.detail)
                try:
                    reply = yield request
                except Unanswered as unanswered:
                    request = script.throw(unanswered)
                else:
                    request = script.send(reply)
        except OverflowError:
            return outcomes.Invalid(detail="an instant is beyond the calendar")
        except StopIteration as end:
            outcome: AnyOutcome = end.value
            return outcome

    def _raw_script(self, command: RawCall) -> Script:
        action = self.catalogue.find(command.action)
        if action is None or not action.to_charge_point:
            return outcomes.Invalid(
                detail=f"{command.action[:50]} is not an action this charge point can be asked for"
            )
        try:
            request = read(command.payload, action.read_request)
        except Violated as violated:
            return outcomes.Invalid(detail=violated.violation.detail)
        reply = yield request
        return self.settled(reply)

    def action_of(self, request: Message) -> Action:
        """The action that `request` belongs to."""
        name = type(request).__name__.removesuffix("Request")
        return self.catalogue[name]

    def understand(self, action: Action, payload: msgspec.Raw) -> Reply:
        """A charge point's answer; leniently where it must be. Raises `Violated` if nothing can be made of it."""
        try:
            return Reply(action.read_response(payload), payload)
        except UNDECODABLE as error:
            if action.response is None:
                raise Violated(classify(error)) from None
            return Reply(salvage(bytes(payload), action.response, self.fallbacks).value, payload)


def _unsupported_script(command: Command) -> Script:
    """A script that has nothing to say."""
    yield from ()
    return outcomes.Unsupported(reason=f"{type(command).__name__} does not exist in this version")


def choose(offered: Sequence[str], spoken: Sequence[Dialect]) -> tuple[Dialect, str] | None:
    """The first offered subprotocol that is spoken here, and the exact token it was offered as.

    The charge point's order counts (RFC 6455 §4.1). Case and known misspellings do not.
    """
    for token in offered:
        name = token.strip().lower()
        for dialect in spoken:
            if name == dialect.subprotocol or name in dialect.aliases:
                return dialect, token.strip()
    return None
