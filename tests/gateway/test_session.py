"""One charge point in conversation: what is promised is stored, whatever goes wrong meanwhile."""

import asyncio
import json
from typing import Any

import pytest

from chargeyard.domain import commands, events, outcomes
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.decision import Policy
from chargeyard.gateway import session as session_module
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.findings import MOST_FINDINGS
from tests.domain import made
from tests.gateway.dialogue import AVAILABLE, BOOT, START, STOP, VALUES, Line, Stage, until
from tests.services.node import Node

RESET = commands.Reset()
ACCEPTED = {"status": "Accepted"}


@pytest.fixture
async def node() -> Node:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"))
    return node


@pytest.fixture
def stage(node: Node) -> Stage:
    return Stage(node)


@pytest.fixture
async def line(stage: Stage) -> Line:
    """A charge point that has booted."""
    line = await stage.connect()
    await line.ask("BootNotification", BOOT)
    return line


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that was away is asked again at once."""
    monkeypatch.setattr(session_module, "RETRY_S", (0.001,))


# --- reports


async def test_a_charge_from_boot_to_stop(node: Node, line: Line) -> None:
    assert (await line.ask("StatusNotification", AVAILABLE)) == {}
    assert (await line.ask("Authorize", {"idTag": "CARD1"}))["idTagInfo"] == {"status": "Accepted"}
    number = (await line.ask("StartTransaction", START))["transactionId"]
    assert (await line.ask("MeterValues", {**VALUES, "transactionId": number})) == {}
    assert (await line.ask("StopTransaction", {**STOP, "transactionId": number})) == {}
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert record.energy_wh == 7000


async def test_pipelined_calls_are_taken_and_answered_in_order(node: Node, line: Line) -> None:
    node.journal.gate.clear()
    sent = [line.call("StatusNotification", AVAILABLE)]
    sent += [
        line.call("MeterValues", VALUES),
        line.call("Heartbeat", {}),
        line.call("StartTransaction", START),
    ]
    sent += [
        line.call("Authorize", {"idTag": "CARD1"}),
        line.call("StopTransaction", {**STOP, "transactionId": -1}),
    ]
    before = len(line.sent)
    await asyncio.sleep(0.01)
    assert len(line.sent) == before
    node.journal.gate.set()
    await until(lambda: len(line.sent) == before + len(sent))
    assert [frame[1] for frame in line.sent[before:]] == sent
    (ended,) = node.journal.of(events.TransactionStopped)
    assert isinstance(ended, events.TransactionStopped)
    assert ended.completeness == "reported"


async def test_a_heartbeat_needs_no_task(stage: Stage, line: Line) -> None:
    await stage.session().finished()
    message_id = line.call("Heartbeat", {})
    assert line.answers(message_id) == [[3, message_id, {"currentTime": "2026-11-21T12:00:00Z"}]]
    assert stage.session()._under_way is None


async def test_meter_values_need_no_task(
    node: Node, stage: Stage, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What began at once ends in order: reports that come meanwhile wait until it is stored."""
    stored: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    await stage.session().finished()
    tasks = asyncio.all_tasks()
    with monkeypatch.context() as slow:
        slow.setattr(node.journal, "begin", lambda happened, fence: stored)
        sent = [line.call("MeterValues", VALUES), line.call("Heartbeat", {})]
    assert asyncio.all_tasks() == tasks
    sent.append(line.call("StatusNotification", AVAILABLE))
    await asyncio.sleep(0.01)
    assert not any(line.answers(message_id) for message_id in sent)
    stored.set_result(None)
    await until(lambda: bool(line.answers(sent[-1])))
    assert [frame[1] for frame in line.sent[-3:]] == sent


async def test_a_session_has_finished_only_when_what_began_at_once_is_stored(
    node: Node, stage: Stage, line: Line
) -> None:
    node.journal.gate.clear()
    line.call("MeterValues", VALUES)
    line.lose()
    await asyncio.sleep(0.01)
    assert len(stage.registry)
    node.journal.gate.set()
    await until(lambda: not len(stage.registry))
    assert node.journal.of(events.MeterValuesTaken)


@pytest.mark.parametrize("times", [2, 4])
async def test_a_message_id_that_comes_again_is_answered_again(node: Node, line: Line, times: int) -> None:
    """The same start, four times before the first answer (MicroOcpp#50)."""
    for _ in range(times):
        line.call("StartTransaction", START, "58")
    await until(lambda: len(line.answers("58")) == times)
    assert len({frame[2]["transactionId"] for frame in line.answers("58")}) == 1
    assert len(node.journal.of(events.TransactionStarted)) == 1


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ([2, "x", "Nonsense", {}], "NotImplemented"),
        ([2, "x", "Reset", {"type": "Hard"}], "NotSupported"),
        ([2, "x", "Authorize", {}], "OccurenceConstraintViolation"),
        ([2, "x", "Authorize", []], "TypeConstraintViolation"),
        (b'[2,"x","Authorize",{"idTag":"a","idTag":"b"}]', "FormationViolation"),
    ],
)
async def test_what_cannot_be_understood_is_refused_and_found(
    node: Node, stage: Stage, line: Line, frame: Any, code: str
) -> None:
    line.say(frame)
    line.say(frame)
    assert [told[2] for told in line.answers("x")] == [code, code]
    await stage.session().finished()
    assert len(node.journal.of(events.FindingRecorded)) == 1


async def test_findings_are_stored_once_for_a_session(node: Node, stage: Stage, line: Line) -> None:
    for _ in range(3):
        await line.ask("StatusNotification", {**AVAILABLE, "extra": 1})
    (finding,) = node.journal.of(events.FindingRecorded)
    assert isinstance(finding, events.FindingRecorded)
    assert (finding.action, finding.rule) == ("StatusNotification", "ignore_unknown_field")
    other = await stage.connect()
    await other.ask("StatusNotification", {**AVAILABLE, "extra": 1})
    assert len(node.journal.of(events.FindingRecorded)) == 2


async def test_endless_sins_are_not_stored_endlessly(node: Node, stage: Stage, line: Line) -> None:
    for number in range(3 * MOST_FINDINGS):
        line.call(f"Nonsense{number}", {})
    await stage.session().finished()
    assert len(node.journal.of(events.FindingRecorded)) == MOST_FINDINGS


async def test_strict_and_tolerant(node: Node, stage: Stage) -> None:
    strict = await stage.connect(strict=True)
    await strict.ask("BootNotification", BOOT)
    assert await strict.ask("StatusNotification", {**AVAILABLE, "extra": 1}) == "FormationViolation"
    tolerant = await stage.connect()
    assert await tolerant.ask("StatusNotification", {**AVAILABLE, "extra": 1}) == {}


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'[2,"x"',
        b"[9,1]",
        b'[3,"none",{}]',
        b'[4,"x","a","b",{}]',
    ],
)
async def test_garbage_harms_nobody(line: Line, text: bytes) -> None:
    line.say(text)
    assert await line.ask("StatusNotification", AVAILABLE) == {}


# --- before the boot


async def test_strictly_a_boot_comes_first(stage: Stage) -> None:
    line = await stage.connect(strict=True)
    assert await line.ask("StatusNotification", AVAILABLE) == "SecurityError"
    assert await line.ask("Heartbeat", {}) == "SecurityError"
    assert (await line.ask("BootNotification", BOOT))["status"] == "Accepted"
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_tolerantly_all_is_taken_before_the_boot(stage: Stage) -> None:
    line = await stage.connect()
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_strictly_a_reconnect_needs_no_boot(stage: Stage, line: Line) -> None:
    line.lose()
    await stage.registry.settled()
    again = await stage.connect(strict=True)
    assert await again.ask("StatusNotification", AVAILABLE) == {}


@pytest.mark.parametrize("registration", [Registration.PENDING, Registration.REJECTED])
async def test_who_is_not_accepted_may_only_boot(node: Node, registration: Registration) -> None:
    await node.register("CP2", registration)
    line = await Stage(node, policy=Policy(retry_interval_s=7)).connect("CP2")
    told = await line.ask("BootNotification", BOOT)
    assert (told["status"], told["interval"]) == (registration.value, 7)
    for action, payload in (
        ("StartTransaction", START),
        ("Heartbeat", {}),
        ("StatusNotification", AVAILABLE),
    ):
        assert await line.ask(action, payload) == "SecurityError"
    assert not node.journal.of(events.TransactionStarted)


# --- the database goes away


@pytest.mark.usefixtures("impatient")
async def test_nothing_is_acknowledged_while_the_database_is_away_and_all_after(
    node: Node, line: Line
) -> None:
    node.journal.is_away = True
    sent = [
        line.call("StartTransaction", START),
        line.call("MeterValues", VALUES),
        line.call("Heartbeat", {}),
    ]
    before = len(line.sent)
    await asyncio.sleep(0.02)
    assert len(line.sent) == before
    node.journal.is_away = False
    await until(lambda: len(line.sent) == before + 3)
    assert [frame[:2] for frame in line.sent[before:]] == [[3, message_id] for message_id in sent]
    assert node.journal.of(events.TransactionStarted)
    assert node.journal.of(events.MeterValuesTaken)


@pytest.mark.usefixtures("impatient")
async def test_a_lost_session_drops_what_it_did_not_take(node: Node, stage: Stage, line: Line) -> None:
    node.journal.is_away = True
    line.call("StartTransaction", START)
    line.call("MeterValues", VALUES)
    await asyncio.sleep(0.01)
    line.lose()
    before = len(line.sent)
    await until(lambda: not len(stage.registry))
    node.journal.is_away = False
    again = await stage.connect()
    number = (await again.ask("StartTransaction", START))["transactionId"]
    (started,) = node.journal.of(events.TransactionStarted)
    assert isinstance(started, events.TransactionStarted)
    assert started.transaction == number
    assert not node.journal.of(events.MeterValuesTaken)
    assert len(line.sent) == before


@pytest.mark.parametrize("fault", ["poison", "defect"])
async def test_what_can_never_be_stored_is_parked_and_acknowledged(
    node: Node, line: Line, fault: str
) -> None:
    setattr(node.journal, fault, events.MeterValuesTaken)
    assert await line.ask("MeterValues", VALUES) == {}
    (kept,) = node.journal.of(events.ReportKept)
    assert isinstance(kept, events.ReportKept)
    assert (kept.action, json.loads(kept.payload)) == ("MeterValues", VALUES)
    assert kept.fault
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_a_start_that_can_never_be_stored_gets_no_number(node: Node, line: Line) -> None:
    node.journal.poison = events.TransactionStarted
    assert await line.ask("StartTransaction", START) == "InternalError"
    assert len(node.journal.of(events.ReportKept)) == 1


@pytest.mark.parametrize("fault", ["poison", "defect"])
async def test_what_cannot_even_be_parked_is_refused_and_the_next_is_taken(
    node: Node, line: Line, fault: str
) -> None:
    setattr(node.journal, fault, events.ChargePointEvent)
    assert await line.ask("MeterValues", VALUES) == "InternalError"
    setattr(node.journal, fault, None)
    assert await line.ask("MeterValues", VALUES) == {}


async def test_a_finding_that_cannot_be_stored_does_not_stop_the_session(
    node: Node, stage: Stage, line: Line
) -> None:
    for fault in ("poison", "defect"):
        setattr(node.journal, fault, events.FindingRecorded)
        line.call("Nonsense" + fault, {})
        await stage.session().finished()
        setattr(node.journal, fault, None)
    node.journal.conflicts = 1
    line.call("Nonsense", {})
    await stage.session().finished()
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_a_defect_in_a_reader_harms_one_message(
    node: Node, line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("chargeyard.dialects.dialect.Dialect.read", broken)
        assert await line.ask("MeterValues", VALUES) == {}
        assert await line.ask("StartTransaction", START) == "InternalError"
    assert len(node.journal.of(events.ReportKept)) == 2
    assert await line.ask("MeterValues", VALUES) == {}


async def test_a_defect_in_a_writer_harms_one_message(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> bytes:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr("chargeyard.dialects.dialect.Dialect.answer", broken)
        assert await line.ask("Heartbeat", {}) == "InternalError"
        assert await line.ask("MeterValues", VALUES) == {}
    assert await line.ask("MeterValues", VALUES) == {}


# --- pressure


async def test_a_flood_pauses_the_wire_and_is_taken_all_the_same(node: Node) -> None:
    line = await Stage(node, max_waiting_calls=8).connect()
    await line.ask("BootNotification", BOOT)
    node.journal.gate.clear()
    sent = [line.call("MeterValues", VALUES) for _ in range(50)]
    assert line.pauses == ["pause"]
    node.journal.gate.set()
    await until(lambda: bool(line.answers(sent[-1])))
    assert line.pauses == ["pause", "resume"]


async def crowd(node: Node, backlog: Backlog) -> list[Line]:
    """Five charge points that share a small backlog, all booted."""
    stage, lines = Stage(node, backlog=backlog), []
    for number in range(5):
        await node.register(f"CP-{number}")
        lines.append(await stage.connect(f"CP-{number}"))
        await lines[-1].ask("BootNotification", BOOT)
    return lines


async def test_when_the_backlog_of_all_is_full_nobody_reads_on_until_half_of_it_is_stored(node: Node) -> None:
    backlog = Backlog(6)
    lines = await crowd(node, backlog)
    node.journal.gate.clear()
    sent = [(line, line.call("MeterValues", VALUES)) for line in lines[:4] for _ in range(2)]
    # Whoever said something after it was full is read no further; who says nothing is not troubled.
    assert [line.pauses for line in lines] == [[], [], ["pause"], ["pause"], []]
    assert (backlog.is_full, backlog.messages) == (True, 8)
    sent.append((lines[4], lines[4].call("Heartbeat", {})))
    await until(lambda: bool(lines[4].answers(sent[-1][1])))
    assert not any(line.answers(message_id) for line, message_id in sent[:-1])
    node.journal.gate.set()
    await until(lambda: all(line.answers(message_id) for line, message_id in sent))
    assert [frame[0] for line, message_id in sent for frame in line.answers(message_id)] == [3] * 9
    assert [line.pauses[-1:] for line in lines[2:4]] == [["resume"], ["resume"]]
    assert (backlog.is_full, backlog.messages, backlog.size) == (False, 0, 0)
    assert len(node.journal.of(events.MeterValuesTaken)) == 8


async def test_large_messages_fill_the_backlog_sooner(node: Node) -> None:
    backlog = Backlog(most_bytes=3000)
    lines = await crowd(node, backlog)
    node.journal.gate.clear()
    data = {"vendorId": "V", "data": "x" * 2000}
    sent = [(line, line.call("DataTransfer", data)) for line in lines[:3]]
    assert [line.pauses for line in lines] == [[], ["pause"], ["pause"], [], []]
    node.journal.gate.set()
    await until(lambda: all(line.answers(message_id) for line, message_id in sent))
    assert (backlog.is_full, backlog.size) == (False, 0)


async def test_who_leaves_while_the_backlog_is_full_takes_its_messages_out_of_it(node: Node) -> None:
    backlog = Backlog(6)
    lines = await crowd(node, backlog)
    node.journal.gate.clear()
    for _ in range(4):
        lines[0].call("MeterValues", VALUES)
        lines[1].call("MeterValues", VALUES)
    assert backlog.is_full
    lines[0].lose()
    lines[1].lose()
    # The message of each at hand, and that it has gone.
    assert (backlog.is_full, backlog.messages) == (False, 4)
    node.journal.gate.set()
    await until(lambda: backlog.messages == 0)


# --- commands


async def _answer(line: Line, count: int, payload: Any = ACCEPTED) -> None:
    call = await line.asked_for(count)
    line.say([3, call[1], payload])


async def test_a_command_is_asked_and_its_answer_is_the_outcome(stage: Stage, line: Line) -> None:
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    assert (await line.asked_for())[2:] == ["Reset", {"type": "Soft"}]
    await _answer(line, 1)
    outcome = await asking
    assert isinstance(outcome, outcomes.Accepted)
    assert json.loads(bytes(outcome.said)) == ACCEPTED


async def test_one_command_is_outstanding_and_the_others_wait_their_turn(stage: Stage, line: Line) -> None:
    asking = [
        asyncio.create_task(stage.session().execute(commands.UnlockConnector(evse=evse), 5.0))
        for evse in (1, 2, 3)
    ]
    for count in (1, 2, 3):
        call = await line.asked_for(count)
        assert len(line.asked) == count
        assert call[3] == {"connectorId": count}
        # Reports are taken while a command is outstanding.
        assert await line.ask("StatusNotification", AVAILABLE) == {}
        await _answer(line, count, {"status": "Unlocked"})
    assert all(isinstance(outcome, outcomes.Accepted) for outcome in await asyncio.gather(*asking))


async def test_commands_wait_for_the_boot(stage: Stage) -> None:
    """Some break when they are called before (evcc#25069)."""
    line = await stage.connect()
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    assert await line.ask("StatusNotification", AVAILABLE) == {}
    assert line.asked == []
    await line.ask("BootNotification", BOOT)
    await _answer(line, 1)
    assert isinstance(await asking, outcomes.Accepted)


async def test_commands_do_not_wait_for_a_boot_that_never_comes(node: Node) -> None:
    stage = Stage(node, boot_grace_s=0.01)
    line = await stage.connect()
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await _answer(line, 1)
    assert isinstance(await asking, outcomes.Accepted)


async def test_no_answer_in_time(stage: Stage, line: Line) -> None:
    assert await stage.session().execute(RESET, 0.01) == outcomes.TimedOut(after_s=0.01)
    # The late answer is nobody's, and the next command is asked.
    await _answer(line, 1)
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await _answer(line, 2)
    assert isinstance(await asking, outcomes.Accepted)


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        ("NotSupported", outcomes.Unsupported(reason="NotSupported")),
        ("NotImplemented", outcomes.Unsupported(reason="NotImplemented")),
        ("GenericError", outcomes.Failed(code="GenericError", detail="why")),
        ("MadeUp", outcomes.Failed(code="MadeUp", detail="why")),
    ],
)
async def test_a_command_refused_with_an_error(
    stage: Stage, line: Line, answer: str, outcome: outcomes.Outcome
) -> None:
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    call = await line.asked_for()
    line.say([4, call[1], answer, "why", {}])
    assert await asking == outcome


@pytest.mark.parametrize("payload", ["x", [], {}, {"status": "Perhaps"}, {"status": 7}])
async def test_an_answer_that_means_nothing_fails_the_command_alone(
    stage: Stage, line: Line, payload: Any
) -> None:
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await _answer(line, 1, payload)
    assert isinstance(await asking, outcomes.Failed)
    assert line.closed is None
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_an_answer_that_is_no_json_fails_the_command_alone(stage: Stage, line: Line) -> None:
    """Grizzl-E answers so (lbbrhzn/ocpp#442)."""
    asking = asyncio.create_task(stage.session().execute(RESET, 5.0))
    call = await line.asked_for()
    line.say(f'[3,"{call[1]}",{{"status":"Acc'.encode())
    assert isinstance(await asking, outcomes.Failed)
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_the_session_ends_meanwhile(stage: Stage, line: Line) -> None:
    sent = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await line.asked_for()
    waiting = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await asyncio.sleep(0)
    session = stage.session()
    line.lose()
    outcome = await sent
    assert isinstance(outcome, outcomes.Failed)
    assert outcome.code == "SessionEnded"
    assert await waiting == outcomes.Offline()
    assert await session.execute(RESET, 5.0) == outcomes.Offline()


async def test_too_many_commands(node: Node) -> None:
    stage = Stage(node, max_queued_commands=1)
    line = await stage.connect()
    await line.ask("BootNotification", BOOT)
    first = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await line.asked_for()
    second = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await asyncio.sleep(0)
    full = await stage.session().execute(RESET, 5.0)
    assert isinstance(full, outcomes.Failed)
    assert full.code == "QueueFull"
    await _answer(line, 1)
    await _answer(line, 2)
    assert all(isinstance(outcome, outcomes.Accepted) for outcome in await asyncio.gather(first, second))


async def test_a_command_nobody_waits_for_any_more_is_not_sent(stage: Stage, line: Line) -> None:
    """Its caller was told that the time was over; a reset an hour later would surprise everybody."""
    first = asyncio.create_task(stage.session().execute(RESET, 5.0))
    await line.asked_for()
    second = asyncio.create_task(stage.session().execute(commands.Reset(hard=True), 5.0))
    await asyncio.sleep(0)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    await _answer(line, 1)
    await first
    assert len(line.asked) == 1


async def test_what_must_not_be_said_is_not_said(stage: Stage, line: Line) -> None:
    outcome = await stage.session().execute(made.setting("K" * 51, ""), 5.0)
    assert isinstance(outcome, outcomes.Invalid)
    assert line.asked == []


# --- the message log


async def test_frames_that_may_hold_secrets_are_marked(stage: Stage, line: Line) -> None:
    await line.ask("StatusNotification", AVAILABLE)
    await line.ask("DataTransfer", {"vendorId": "V", "data": "password=hush"})
    asking = asyncio.create_task(stage.session().execute(made.setting("AuthorizationKey", "x"), 5.0))
    await _answer(line, 1)
    await asking
    marked = {text: suspicious for _, text, suspicious in stage.notes}
    assert [one for text, one in marked.items() if b"StatusNotification" in text] == [False]
    assert [one for text, one in marked.items() if b"DataTransfer" in text] == [True]
    assert [one for text, one in marked.items() if b"ChangeConfiguration" in text] == [True]
    assert {direction for direction, _, _ in stage.notes} == {"in", "out"}
