from __future__ import annotations

import itertools
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeyard.ocpp.frames import BadFrame
from chargeyard.ocpp.happenings import (
    Abandoned,
    AnswerDisputed,
    Answered,
    CallArrived,
    FrameRefused,
    FrameRepaired,
    Garbled,
    Happening,
    Refused,
    SendArrived,
    StrayReply,
    Ticket,
    TimedOut,
)
from chargeyard.ocpp.peer import Closed, Manners, NotOwed, Peer, Priority, QueueFull
from chargeyard.ocpp.violations import Fault, Violation
from tests.ocpp.spellings import SPELLING_2X, SPELLING_16

MANNERS_16 = Manners(SPELLING_16, False, False, False, False)
MANNERS_201 = Manners(SPELLING_2X, True, True, False, False)
MANNERS_21 = Manners(SPELLING_2X, True, False, True, True)
ALL = [MANNERS_16, MANNERS_201, MANNERS_21]


def ids(prefix: str = "m") -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"{prefix}{next(numbers)}"


def peer(manners: Manners = MANNERS_16, queue_limit: int = 32) -> Peer:
    return Peer(manners, ids(), queue_limit)


def strict(manners: Manners) -> Peer:
    return peer(msgspec.structs.replace(manners, tolerant=False))


def said(speaker: Peer) -> list[Any]:
    return [json.loads(text) for text in speaker.outgoing()]


def names(happenings: list[Happening]) -> list[str]:
    return [type(happening).__name__ for happening in happenings]


# ------------------------------------------------------------------ calls of theirs


def test_a_call_arrives_and_is_answered() -> None:
    end = peer()
    (arrived,) = end.feed('[2,"7","Heartbeat",{}]', 0.0)
    assert isinstance(arrived, CallArrived)
    assert (arrived.call.id, arrived.call.action, bytes(arrived.call.payload)) == ("7", "Heartbeat", b"{}")
    assert said(end) == []
    end.reply("7", b'{"currentTime":"now"}')
    assert said(end) == [[3, "7", {"currentTime": "now"}]]
    assert said(end) == []


def test_a_refusal_is_spelled_as_the_version_does() -> None:
    for manners, code in (
        (MANNERS_16, "OccurenceConstraintViolation"),
        (MANNERS_21, "OccurrenceConstraintViolation"),
    ):
        end = peer(manners)
        end.feed('[2,"7","BootNotification",{}]', 0.0)
        end.refuse("7", Fault.MISSING, "required field missing at $.reason")
        assert said(end) == [[4, "7", code, "required field missing at $.reason", {}]]


def test_a_call_is_answered_once_and_only_if_it_came() -> None:
    end = peer()
    with pytest.raises(NotOwed):
        end.reply("7", b"{}")
    end.feed('[2,"7","Heartbeat",{}]', 0.0)
    end.refuse("7", Fault.INTERNAL)
    with pytest.raises(NotOwed):
        end.reply("7", b"{}")
    with pytest.raises(NotOwed):
        end.refuse("7", Fault.INTERNAL)
    assert len(said(end)) == 1


def test_each_call_of_one_id_gets_its_own_answer() -> None:
    """The same start came four times before it was answered (MicroOcpp#50)."""
    end = peer()
    for _ in range(3):
        assert names(end.feed('[2,"7","StartTransaction",{}]', 0.0)) == ["CallArrived"]
    for _ in range(3):
        end.reply("7", b"{}")
    with pytest.raises(NotOwed):
        end.reply("7", b"{}")
    assert said(end) == [[3, "7", {}]] * 3
    assert names(end.feed('[2,"7","StartTransaction",{}]', 0.0)) == ["CallArrived"]
    end.reply("7", b"{}")
    assert said(end) == [[3, "7", {}]]


# ------------------------------------------------------------------ calls of ours


def test_one_call_is_outstanding_and_the_others_wait_by_priority() -> None:
    end = peer()
    first = end.call("GetDiagnostics", b"{}", 0.0, 30.0, Priority.HOUSEKEEPING)
    end.call("GetConfiguration", b"{}", 0.0, 30.0, Priority.HOUSEKEEPING)
    end.call("Reset", b'{"type":"Soft"}', 0.0, 30.0)
    end.call("UnlockConnector", b"{}", 0.0, 30.0)
    end.call("RemoteStopTransaction", b"{}", 0.0, 30.0, Priority.SAFETY)
    assert said(end) == [[2, first.id, "GetDiagnostics", {}]]
    order = []
    outstanding = first.id
    while outstanding:
        end.feed(f'[3,"{outstanding}",{{}}]', 1.0)
        frames = said(end)
        order += [frame[2] for frame in frames]
        outstanding = frames[0][1] if frames else ""
    assert order == ["RemoteStopTransaction", "Reset", "UnlockConnector", "GetConfiguration"]


def test_an_answer_resolves_the_call() -> None:
    end = peer()
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    (answered,) = end.feed(f'[3,"{ticket.id}",{{"status":"Accepted"}}]', 1.0)
    assert isinstance(answered, Answered)
    assert (answered.ticket, bytes(answered.payload)) == (ticket, b'{"status":"Accepted"}')
    assert end.next_deadline() is None


def test_a_refusal_resolves_the_call_whatever_its_code_is() -> None:
    end = peer()
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    (refused,) = end.feed(f'[4,"{ticket.id}","NotEvenACode","so",{{"a":1}}]', 1.0)
    assert isinstance(refused, Refused)
    assert (refused.ticket, refused.code, refused.description) == (ticket, "NotEvenACode", "so")
    assert bytes(refused.details) == b'{"a":1}'


def test_answers_go_out_before_calls_and_never_wait_for_them() -> None:
    end = peer()
    end.feed('[2,"7","Heartbeat",{}]', 0.0)
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    end.reply("7", b"{}")
    assert [frame[:2] for frame in said(end)] == [[3, "7"], [2, ticket.id]]
    end.feed('[2,"8","Heartbeat",{}]', 0.0)
    end.reply("8", b"{}")
    assert said(end) == [[3, "8", {}]]


def test_the_queue_is_bounded() -> None:
    end = peer(queue_limit=2)
    for _ in range(3):
        end.call("Reset", b"{}", 0.0, 30.0)
    with pytest.raises(QueueFull):
        end.call("Reset", b"{}", 0.0, 30.0)
    assert len(end.close()) == 3


def test_a_deadline_counts_from_being_sent() -> None:
    end = peer()
    first = end.call("Reset", b"{}", 100.0, 30.0)
    second = end.call("Reset", b"{}", 100.0, 10.0)
    assert end.next_deadline() == 130.0
    assert end.tick(129.9) == []
    assert end.tick(131.0) == [TimedOut(first)]
    assert end.next_deadline() == 141.0
    assert end.tick(141.0) == [TimedOut(second)]
    assert end.next_deadline() is None
    assert end.tick(1e9) == []


def test_a_late_answer_is_stray_and_tells_what_it_was_for() -> None:
    end = peer()
    first = end.call("GetConfiguration", b"{}", 0.0, 30.0)
    second = end.call("Reset", b"{}", 0.0, 30.0)
    end.tick(30.0)
    (late,) = end.feed(f'[3,"{first.id}",{{"configurationKey":[]}}]', 31.0)
    assert isinstance(late, StrayReply)
    assert late.ticket == first
    assert late.payload is not None
    assert bytes(late.payload) == b'{"configurationKey":[]}'
    assert names(end.feed(f'[3,"{second.id}",{{}}]', 32.0)) == ["Answered"]


def test_only_the_last_few_overdue_calls_are_remembered() -> None:
    end = peer()
    tickets = []
    for number in range(5):
        tickets.append(end.call("Reset", b"{}", float(number), 1.0))
        end.tick(number + 1.0)
    known = [end.feed(f'[3,"{ticket.id}",{{}}]', 9.0)[0].ticket for ticket in tickets]  # type: ignore[union-attr]
    assert known == [None, *tickets[1:]]


@pytest.mark.parametrize(
    "text", ['[3,"x",{}]', '[4,"x","GenericError","",{}]', '[4,"-1","GenericError","",{}]']
)
@pytest.mark.parametrize("manners", ALL)
def test_replies_to_nothing_are_stray_and_stay_unanswered(text: str, manners: Manners) -> None:
    end = peer(manners)
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    assert len(said(end)) == 1
    (stray,) = end.feed(text, 1.0)
    assert isinstance(stray, StrayReply)
    assert stray.ticket is None
    assert said(end) == []
    assert names(end.feed(f'[3,"{ticket.id}",{{}}]', 1.0)) == ["Answered"]


def test_calls_are_held_back_until_released() -> None:
    end = peer()
    end.hold()
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    assert said(end) == []
    assert end.next_deadline() is None
    end.release(50.0)
    assert said(end) == [[2, ticket.id, "Reset", {}]]
    assert end.next_deadline() == 80.0


def test_a_call_is_withdrawn_while_it_waits_and_not_after() -> None:
    end = peer()
    sent = end.call("Reset", b"{}", 0.0, 30.0)
    waiting = [
        end.call(action, b"{}", 0.0, 30.0) for action in ("ClearCache", "GetConfiguration", "SendLocalList")
    ]
    end.withdraw(sent)
    end.withdraw(waiting[1])
    assert [happening.ticket for happening in end.close()] == [sent, waiting[0], waiting[2]]  # type: ignore[union-attr]


# ------------------------------------------------------------------ frames that are none

NO_ID = "{}"
NOT_JSON = '[2,"7","Boot",{"a":'
WIDE = '[2,"7"]'
UNKNOWN = '[9,"7","Boot",{}]'
SEND = '[6,"7","NotifyPeriodicEventStream",{}]'
RESULT_ERROR = '[5,"7","GenericError","",{}]'
LONG_ID = f'[2,"{"x" * 37}","Boot",{{}}]'


@pytest.mark.parametrize(
    ("manners", "text", "answer"),
    [
        (MANNERS_16, NO_ID, None),
        (MANNERS_201, NO_ID, ("-1", "RpcFrameworkError")),
        (MANNERS_21, NO_ID, ("-1", "RpcFrameworkError")),
        (MANNERS_201, "pong", ("-1", "RpcFrameworkError")),
        (MANNERS_16, NOT_JSON, ("7", "FormationViolation")),
        (MANNERS_201, NOT_JSON, ("7", "FormatViolation")),
        (MANNERS_16, WIDE, ("7", "ProtocolError")),
        (MANNERS_21, WIDE, ("7", "RpcFrameworkError")),
        (MANNERS_16, LONG_ID, ("x" * 37, "ProtocolError")),
        (MANNERS_201, LONG_ID, ("x" * 37, "RpcFrameworkError")),
        (MANNERS_16, UNKNOWN, None),
        (MANNERS_201, UNKNOWN, ("7", "MessageTypeNotSupported")),
        (MANNERS_21, UNKNOWN, None),
        (MANNERS_16, SEND, None),
        (MANNERS_201, SEND, ("7", "MessageTypeNotSupported")),
        (MANNERS_16, RESULT_ERROR, None),
        (MANNERS_201, RESULT_ERROR, ("7", "MessageTypeNotSupported")),
        (MANNERS_21, '[6,"7",', None),
        (MANNERS_201, '[5,"7",', None),
        (MANNERS_201, '[3,"7",', None),
        (MANNERS_201, '[4,"7"]', None),
    ],
)
def test_a_refused_frame_is_answered_where_the_version_wants_it(
    manners: Manners, text: str, answer: tuple[str, str] | None
) -> None:
    end = strict(manners)
    assert names(end.feed(text, 0.0)) == ["FrameRefused"]
    assert [(frame[1], frame[2]) for frame in said(end)] == ([answer] if answer else [])


def test_a_tolerant_peer_mends_first_and_tells() -> None:
    end = peer()
    repaired, arrived = end.feed('[2,7,"MeterValues",{"transactionId":,}]', 0.0)
    assert isinstance(repaired, FrameRepaired)
    assert [finding.rule for finding in repaired.findings] == [
        "fill_empty_values",
        "drop_stray_commas",
        "quote_message_id",
    ]
    assert isinstance(arrived, CallArrived)
    end.reply("7", b"{}")
    assert said(end) == [[3, "7", {}]]


def test_a_strict_peer_mends_nothing() -> None:
    end = strict(MANNERS_16)
    assert names(end.feed('[2,"7","A",{"a":1,}]', 0.0)) == ["FrameRefused"]
    assert names(end.feed('[2,"7","A",{}][2,"8","A",{}]', 0.0)) == ["FrameRefused"]


def test_several_frames_in_one_text_are_all_taken() -> None:
    end = peer(MANNERS_201)
    happenings = end.feed('[2,"7","A",{}][2,"8"][2,"9","A",{}]', 0.0)
    assert names(happenings) == ["FrameRepaired", "CallArrived", "FrameRefused", "CallArrived"]
    assert [frame[:2] for frame in said(end)] == [[4, "8"]]


@pytest.mark.parametrize("text", ['[3,"m1",{"a":', '[3,"m1","a","b"', "[3,", '[4,"m1"]', "[3,[],{}]"])
def test_a_garbled_answer_settles_the_call_and_lets_the_next_go(text: str) -> None:
    """Some devices answer with broken JSON (lbbrhzn/ocpp#442); the conversation goes on."""
    end = peer()
    ticket = end.call("GetConfiguration", b"{}", 0.0, 30.0)
    second = end.call("Reset", b"{}", 0.0, 30.0)
    end.outgoing()
    refused, *garbled = end.feed(text, 1.0)
    assert isinstance(refused, FrameRefused)
    assert isinstance(garbled[0], Garbled)
    assert garbled[0].ticket == ticket
    assert said(end) == [[2, second.id, "Reset", {}]]


def test_a_garbled_answer_to_something_else_settles_nothing() -> None:
    end = peer()
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    assert names(end.feed('[3,"other",{"a":', 1.0)) == ["FrameRefused"]
    assert names(end.feed(f'[3,"{ticket.id}",{{}}]', 1.0)) == ["Answered"]


def test_an_answer_that_cannot_be_used_is_disputed_where_the_version_can_say_so() -> None:
    violation = Violation(Fault.MISSING, "required field missing at $.status", "$.status")
    for manners, expected in (
        (MANNERS_16, []),
        (MANNERS_21, [[5, "m1", "OccurrenceConstraintViolation", violation.detail, {}]]),
    ):
        end = peer(manners)
        ticket = end.call("Reset", b"{}", 0.0, 30.0)
        end.outgoing()
        end.feed('[3,"m1",{}]', 1.0)
        end.dispute(ticket, violation)
        assert said(end) == expected
    assert end.feed('[5,"m1","FormatViolation","so",{}]', 1.0) == [
        AnswerDisputed("m1", "FormatViolation", "so")
    ]


def test_sends_pass_where_the_version_has_them() -> None:
    end = peer(MANNERS_21)
    end.send("NotifyPeriodicEventStream", b'{"id":1}')
    (text,) = end.outgoing()
    (arrived,) = peer(MANNERS_21).feed(text, 0.0)
    assert isinstance(arrived, SendArrived)
    assert bytes(arrived.send.payload) == b'{"id":1}'


# ------------------------------------------------------------------ the end


def test_closing_abandons_every_call_and_tells_which_were_sent() -> None:
    end = peer()
    sent = end.call("Reset", b"{}", 0.0, 30.0)
    end.outgoing()
    late = end.call("GetConfiguration", b"{}", 0.0, 30.0, Priority.HOUSEKEEPING)
    soon = end.call("Reset", b"{}", 0.0, 30.0, Priority.SAFETY)
    assert end.close() == [Abandoned(sent, True), Abandoned(soon, False), Abandoned(late, False)]
    assert end.close() == []


def test_a_call_that_never_left_is_abandoned_unsent() -> None:
    end = peer()
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    assert end.close() == [Abandoned(ticket, False)]


def test_after_the_end_nothing_goes_in_or_out() -> None:
    end = peer()
    end.feed('[2,"7","Heartbeat",{}]', 0.0)
    end.close()
    end.reply("7", b"{}")
    end.refuse("7", Fault.INTERNAL)
    end.dispute(Ticket("m1", "Reset"), Violation(Fault.TYPE, ""))
    end.release(1.0)
    assert end.feed('[2,"8","Heartbeat",{}]', 1.0) == []
    assert end.outgoing() == []
    assert end.tick(1e9) == []
    with pytest.raises(Closed):
        end.call("Reset", b"{}", 1.0, 30.0)
    with pytest.raises(Closed):
        end.send("NotifyPeriodicEventStream", b"{}")


def test_an_idle_peer_is_small() -> None:
    """Ten thousand of them wait most of the time."""
    end = peer()
    end.feed('[2,"7","Heartbeat",{}]', 0.0)
    end.reply("7", b"{}")
    end.outgoing()
    own = [getattr(end, slot) for slot in Peer.__slots__ if slot not in ("_manners", "_new_id")]
    assert not hasattr(end, "__dict__")
    assert sys.getsizeof(end) + sum(map(sys.getsizeof, own)) < 1024


# ------------------------------------------------------------------ two of them


class Link:
    """Two Peers and a wire that loses, repeats and reorders; every settled call is counted."""

    def __init__(self) -> None:
        self.ends = [Peer(MANNERS_21, ids(prefix), 4) for prefix in "ab"]
        self.wires: list[list[bytes]] = [[], []]
        self.owing: list[list[str]] = [[], []]
        self.asked: list[list[Ticket]] = [[], []]
        self.settled: list[Counter[str]] = [Counter(), Counter()]
        self.received: list[Counter[str]] = [Counter(), Counter()]
        self.answered: list[Counter[str]] = [Counter(), Counter()]
        self.now = 0.0

    def flush(self) -> None:
        for side, end in enumerate(self.ends):
            for text in end.outgoing():
                kind, message_id = json.loads(text)[:2]
                self.answered[side][message_id] += kind in (3, 4)
                self.wires[1 - side].append(text)

    def note(self, side: int, happenings: list[Happening]) -> None:
        for happening in happenings:
            if isinstance(happening, CallArrived):
                self.owing[side].append(happening.call.id)
                self.received[side][happening.call.id] += 1
            elif isinstance(happening, Answered | Refused | Garbled | TimedOut | Abandoned):
                self.settled[side][happening.ticket.id] += 1
            elif isinstance(happening, FrameRefused):
                self.received[side][happening.bad.call_id or "-1"] += happening.bad.kind in (2, None)
            else:
                assert isinstance(happening, StrayReply | FrameRepaired)

    def step(self, verb: str, side: int, number: int) -> None:
        getattr(self, verb)(side, number)
        self.flush()

    def ask(self, side: int, number: int) -> None:
        try:
            priority = Priority(number % 3)
            self.asked[side].append(self.ends[side].call("Reset", b"{}", self.now, 5.0, priority))
        except QueueFull:
            self.pass_time(side, number)

    def answer(self, side: int, number: int) -> None:
        if self.owing[side]:
            self.ends[side].reply(self.owing[side].pop(number % len(self.owing[side])), b"{}")

    def refuse(self, side: int, number: int) -> None:
        if self.owing[side]:
            self.ends[side].refuse(self.owing[side].pop(number % len(self.owing[side])), Fault.INTERNAL)

    def deliver(self, side: int, number: int) -> None:
        if self.wires[side]:
            self.note(
                side, self.ends[side].feed(self.wires[side].pop(number % len(self.wires[side])), self.now)
            )

    def repeat(self, side: int, number: int) -> None:
        if self.wires[side]:
            self.note(side, self.ends[side].feed(self.wires[side][number % len(self.wires[side])], self.now))

    def lose(self, side: int, number: int) -> None:
        if self.wires[side]:
            self.wires[side].pop(number % len(self.wires[side]))

    def garble(self, side: int, number: int) -> None:
        if self.wires[side]:
            text = self.wires[side].pop(number % len(self.wires[side]))
            self.note(side, self.ends[side].feed(text[: number % len(text)], self.now))

    def pass_time(self, _: int, number: int) -> None:
        self.now += number
        for side, end in enumerate(self.ends):
            self.note(side, end.tick(self.now))

    def check(self) -> None:
        for side in (0, 1):
            outstanding = {json.loads(text)[1] for text in self.wires[1 - side] if text.startswith(b"[2")}
            assert all(count == 1 for count in self.settled[side].values())
            assert self.answered[side] <= self.received[side]
            unsettled = [ticket for ticket in self.asked[side] if not self.settled[side][ticket.id]]
            # Whatever was asked and is not settled is outstanding with a deadline, and so nothing ever hangs.
            assert not unsettled or self.ends[side].next_deadline() is not None
            assert outstanding <= {ticket.id for ticket in self.asked[side]}

    def wind_down(self) -> None:
        """Let the deadlines pass: a call that nobody answers is timed out, and the queue drains by itself."""
        for side, end in enumerate(self.ends):
            while (deadline := end.next_deadline()) is not None:
                self.now = max(self.now, deadline)
                self.note(side, end.tick(self.now))


steps = st.tuples(
    st.sampled_from(
        [
            "ask",
            "ask",
            "answer",
            "refuse",
            "deliver",
            "deliver",
            "deliver",
            "repeat",
            "lose",
            "garble",
            "pass_time",
        ]
    ),
    st.integers(0, 1),
    st.integers(0, 40),
)


@given(st.lists(steps, max_size=60), st.booleans())
@settings(max_examples=400, derandomize=True, deadline=None)
def test_over_a_bad_link_each_call_ends_exactly_once(
    script: list[tuple[str, int, int]], closes: bool
) -> None:
    link = Link()
    for verb, side, number in script:
        link.step(verb, side, number)
        link.check()
    if not closes:
        link.wind_down()
    for side, end in enumerate(link.ends):
        link.note(side, end.close())
        assert link.settled[side] == Counter(ticket.id for ticket in link.asked[side])


def test_the_bad_link_really_settles_calls_in_every_way() -> None:
    """A property that only ever sees abandoned calls would prove nothing."""
    link = Link()
    kinds: set[str] = set()
    note = link.note

    def noting(side: int, happenings: list[Happening]) -> None:
        kinds.update(names(happenings))
        note(side, happenings)

    link.note = noting  # type: ignore[method-assign]
    for verb in ("answer", "refuse", "answer"):
        link.step("ask", 0, 0)
        link.step("deliver", 1, 0)
        link.step(verb, 1, 0)
        link.step("deliver" if len(link.settled[0]) < 2 else "garble", 0, 7)
    link.step("ask", 0, 0)
    link.step("lose", 1, 0)
    link.step("pass_time", 0, 5)
    assert {"Answered", "Refused", "Garbled", "TimedOut", "CallArrived"} <= kinds


kinds_of_text = st.binary(max_size=40) | st.text(st.characters(), max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(["m1", "7", "Reset", "\ud800"]),
    lambda x: st.lists(x, max_size=5) | st.dictionaries(st.text(max_size=3), x, max_size=2),
    max_leaves=8,
)
framelike = st.lists(values, max_size=4).flatmap(
    lambda rest: st.integers(1, 7).map(lambda kind: json.dumps([kind, *rest]))
)


@given(
    st.lists(kinds_of_text | values.map(json.dumps) | framelike, max_size=5),
    st.sampled_from(ALL),
    st.booleans(),
)
@settings(max_examples=300, derandomize=True, deadline=None)
def test_nothing_that_is_fed_makes_a_peer_raise_or_lose_its_call(
    texts: list[str | bytes], manners: Manners, tolerant: bool
) -> None:
    end = peer(msgspec.structs.replace(manners, tolerant=tolerant))
    ticket = end.call("Reset", b"{}", 0.0, 30.0)
    settled = 0
    for text in texts:
        for happening in end.feed(text, 1.0):
            settled += getattr(happening, "ticket", None) == ticket
            if isinstance(happening, CallArrived):
                end.reply(happening.call.id, b"{}")
    for frame in end.outgoing():
        assert json.loads(frame)[0] in (2, 3, 4, 5)
    assert settled + len(end.close()) == 1


@pytest.mark.parametrize("tolerant", [False, True])
@pytest.mark.parametrize("manners", ALL)
def test_hostile_frames_leave_the_peer_alive(manners: Manners, tolerant: bool) -> None:
    end = peer(msgspec.structs.replace(manners, tolerant=tolerant))
    deep = "[" * 100_000
    long = "9" * 10_000_000
    for text in (
        deep,
        f'[2,"7","A",{deep}',
        f"[2,{long}",
        f"[{long}",
        '[2,"7","A",NaNa]',
        '[2,"\ud800","A",{}]',
        b"\xff",
    ):
        assert names(end.feed(text, 0.0)) == ["FrameRefused"]
    assert names(end.feed(f'[2,"7","A",{{"a":{long}}}]', 0.0)) == ["CallArrived"]
    assert isinstance(end.feed("{}", 0.0)[0].bad, BadFrame)  # type: ignore[union-attr]
