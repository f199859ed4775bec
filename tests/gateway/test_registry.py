"""Sessions of a node: taking over, leaving, and the way of a command to the right one."""

import asyncio
import sqlite3
from pathlib import Path

import msgspec
import pytest

from chargeyard.bus.local import LocalBus
from chargeyard.domain import commands, events, outcomes
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.items import Item
from chargeyard.gateway import registry as registry_module
from chargeyard.gateway import session as session_module
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.registry import Registry
from chargeyard.gateway.yard import Yard
from chargeyard.services.inbound import Inbound
from chargeyard.services.numbers import Numbers
from chargeyard.services.outbound import Errand, subject_of
from chargeyard.services.ports import NoResponders
from chargeyard.services.recording import Recorder
from chargeyard.storage import migrate
from chargeyard.storage.engine import connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore
from tests.contract.happenings import installed, reservation_requested
from tests.gateway.dialogue import AVAILABLE, BOOT, START, STOP, Line, Stage, until
from tests.services.node import NOW, Node

ERRAND = msgspec.json.encode(Errand(commands.Reset(), 5.0))


@pytest.fixture
async def node() -> Node:
    node = Node()
    await node.register("CP1")
    await node.admit(IdToken("CARD1"))
    return node


@pytest.fixture
def stage(node: Node) -> Stage:
    return Stage(node)


def _connected(node: Node) -> list[int]:
    return [event.epoch for event in node.journal.events if isinstance(event, events.ChargePointConnected)]


# --- coming and going


async def test_online_while_the_session_lasts(node: Node, stage: Stage) -> None:
    line = await stage.connect()
    await stage.registry.settled()
    record = await node.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.epoch, record.remote) == (True, 1, "192.0.2.1")
    line.lose("cable cut")
    await until(lambda: not len(stage.registry))
    record = await node.store.find_charge_point("CP1")
    assert record is not None
    assert not record.online
    (left,) = node.journal.of(events.ChargePointDisconnected)
    assert isinstance(left, events.ChargePointDisconnected)
    assert left.reason == "cable cut"


async def test_every_session_has_a_higher_epoch(node: Node, stage: Stage) -> None:
    for _ in range(3):
        line = await stage.connect()
        line.lose()
        await until(lambda: not len(stage.registry))
    await stage.connect()
    await stage.connect()
    await stage.registry.settled()
    assert _connected(node) == [1, 2, 3, 4, 5]


# --- takeover


async def test_the_newcomer_replaces_the_older_session(node: Node, stage: Stage) -> None:
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    newer = await stage.connect()
    assert older.closed == (session_module.REPLACED, "replaced by a newer connection")
    said = len(older.sent)
    older.call("StatusNotification", AVAILABLE)
    assert await newer.ask("StatusNotification", AVAILABLE) == {}
    assert len(older.sent) == said
    older.lose()
    await stage.registry.settled()
    assert len(stage.registry) == 1
    record = await node.store.find_charge_point("CP1")
    assert record is not None
    assert record.online
    assert await newer.ask("StatusNotification", AVAILABLE) == {}


async def test_a_commit_in_flight_is_not_forgotten_by_the_newcomer(node: Node, stage: Stage) -> None:
    """The answer is lost with the old socket; the charge point says it again on the new one."""
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    node.journal.gate.clear()
    node.journal.entered.clear()
    older.call("StartTransaction", START)
    older.call("StatusNotification", AVAILABLE)
    await node.journal.entered.wait()
    newer = await stage.connect()
    message_id = newer.call("StartTransaction", START)
    await asyncio.sleep(0.01)
    assert not newer.answers(message_id)
    node.journal.gate.set()
    await until(lambda: bool(newer.answers(message_id)))
    number = newer.answers(message_id)[0][2]["transactionId"]
    (started,) = node.journal.of(events.TransactionStarted)
    assert isinstance(started, events.TransactionStarted)
    assert started.transaction == number
    # What the old session had not begun to take was not promised, and is dropped.
    assert not node.journal.of(events.ConnectorStatusChanged)
    assert await newer.ask("StopTransaction", {**STOP, "transactionId": number}) == {}


@pytest.fixture
def elsewhere(node: Node) -> Stage:
    """Another node's sessions, over the same database."""
    return Stage(node)


async def test_a_session_that_was_taken_over_elsewhere_stores_and_answers_nothing(
    node: Node, stage: Stage, elsewhere: Stage
) -> None:
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    newer = await elsewhere.connect()
    await elsewhere.registry.settled()
    sent = [older.call("StartTransaction", START), older.call("StatusNotification", AVAILABLE)]
    await until(lambda: older.closed is not None)
    assert older.closed == (session_module.REPLACED, "replaced by a newer connection")
    await stage.registry.settled()
    assert [older.answers(message_id) for message_id in sent] == [[], []]
    assert not node.journal.of(events.TransactionStarted)
    number = (await newer.ask("StartTransaction", START))["transactionId"]
    older.lose()
    await stage.registry.settled()
    record = await node.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.epoch) == (True, 2)
    (started,) = node.journal.of(events.TransactionStarted)
    assert isinstance(started, events.TransactionStarted)
    assert started.transaction == number


async def test_what_cannot_be_stored_is_not_acknowledged_by_a_session_that_was_taken_over(
    node: Node, stage: Stage, elsewhere: Stage
) -> None:
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    await elsewhere.connect()
    await elsewhere.registry.settled()
    node.journal.poison = events.TransactionStarted
    message_id = older.call("StartTransaction", START)
    await until(lambda: older.closed is not None)
    assert older.answers(message_id) == []
    assert not node.journal.of(events.ReportKept)


async def test_who_was_too_slow_to_claim_is_closed(node: Node, stage: Stage, elsewhere: Stage) -> None:
    """Its handshake read the store before another node's newcomer, its claim came after."""
    loaded = await node.store.load("CP1")
    assert loaded is not None
    for _ in range(2):
        newer = await elsewhere.connect()
        await elsewhere.registry.settled()
    late = Line()
    late.end = stage.registry.open(stage.opening(loaded.state), late)
    await until(lambda: late.closed is not None)
    assert await newer.ask("StatusNotification", AVAILABLE) == {}


async def test_who_comes_back_after_a_time_elsewhere_begins_with_what_was_stored_there(
    node: Node, stage: Stage, elsewhere: Stage
) -> None:
    """What this node remembers of the charge point is older than what the other has stored."""
    first = await stage.connect()
    await first.ask("BootNotification", BOOT)
    first.lose()
    await until(lambda: not len(stage.registry))
    away = await elsewhere.connect()
    number = (await away.ask("StartTransaction", START))["transactionId"]
    away.lose()
    await until(lambda: not len(elsewhere.registry))
    again = await stage.connect()
    assert number in stage.session().state.transactions
    assert await again.ask("StopTransaction", {**STOP, "transactionId": number}) == {}
    assert _connected(node) == [1, 2, 3]


async def test_a_chain_of_newcomers_while_the_database_hangs(node: Node, stage: Stage) -> None:
    lines = [await stage.connect()]
    await lines[0].ask("BootNotification", BOOT)
    node.journal.gate.clear()
    for _ in range(4):
        lines[-1].call("StartTransaction", START)
        await asyncio.sleep(0)
        lines.append(await stage.connect())
        lines[-2].lose()
    message_id = lines[-1].call("StartTransaction", START)
    node.journal.gate.set()
    await until(lambda: bool(lines[-1].answers(message_id)))
    assert len(node.journal.of(events.TransactionStarted)) == 1
    await stage.registry.settled()
    record = await node.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.epoch) == (True, 5)


async def test_the_commands_of_the_older_session_are_settled(node: Node, stage: Stage) -> None:
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    asking = asyncio.create_task(stage.session().execute(commands.Reset(), 5.0))
    await older.asked_for()
    await stage.connect()
    older.lose()
    outcome = await asking
    assert isinstance(outcome, outcomes.Failed)
    assert outcome.code == "SessionEnded"


# --- commands from the bus


async def test_a_command_finds_the_session(node: Node, stage: Stage) -> None:
    line = await stage.connect()
    await line.ask("BootNotification", BOOT)
    asking = asyncio.create_task(node.bus.request(subject_of("CP1"), ERRAND, 5.0))
    call = await line.asked_for()
    line.say([3, call[1], {"status": "Rejected"}])
    assert json_outcome(await asking) == "Rejected"


async def test_a_command_finds_the_newer_session(node: Node, stage: Stage) -> None:
    older = await stage.connect()
    await older.ask("BootNotification", BOOT)
    newer = await stage.connect()
    older.lose()
    asking = asyncio.create_task(node.bus.request(subject_of("CP1"), ERRAND, 5.0))
    call = await newer.asked_for()
    newer.say([3, call[1], {"status": "Accepted"}])
    assert json_outcome(await asking) == "Accepted"
    assert older.asked == []


async def test_nobody_answers_for_who_has_gone(node: Node, stage: Stage) -> None:
    line = await stage.connect()
    line.lose()
    with pytest.raises(NoResponders):
        await node.bus.request(subject_of("CP1"), ERRAND, 5.0)


def json_outcome(body: bytes) -> str:
    """The tag of an outcome as the bus carries it."""
    return str(msgspec.json.decode(body)["outcome"])


# --- what operators do meanwhile


def _announce(node: Node, *happened: events.Event) -> None:
    node.bus.publish(happened)


async def test_who_is_accepted_meanwhile_is_asked_to_boot(node: Node, stage: Stage) -> None:
    await node.register("CP2", Registration.PENDING)
    line = await stage.connect("CP2")
    assert (await line.ask("BootNotification", BOOT))["status"] == "Pending"
    _announce(
        node,
        events.ChargePointChanged(recorded_at=NOW, charge_point="CP2", registration=Registration.ACCEPTED),
    )
    call = await line.asked_for()
    assert call[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]
    line.say([3, call[1], {"status": "Accepted"}])
    assert (await line.ask("BootNotification", BOOT))["status"] == "Accepted"
    assert await line.ask("StatusNotification", AVAILABLE) == {}


async def test_who_is_removed_is_closed(node: Node, stage: Stage) -> None:
    line = await stage.connect()
    _announce(node, events.ChargePointRemoved(recorded_at=NOW, charge_point="CP1"))
    assert line.closed is not None
    assert line.closed[0] == 1008


async def test_what_others_do_is_heard_no_more_after_the_end(node: Node, stage: Stage) -> None:
    line = await stage.connect()
    stage.registry.close()
    _announce(node, events.ChargePointRemoved(recorded_at=NOW, charge_point="CP1"))
    assert line.closed is None


# --- who was heard


async def test_who_was_heard_is_told_to_the_store(
    node: Node, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry_module, "SEEN_EVERY_S", 0.01)
    await node.register("CP2")
    line, silent = await stage.connect(), await stage.connect("CP2")
    node.journal.is_away = True
    watching = asyncio.create_task(stage.registry.watch(_last_heard))
    await asyncio.sleep(0.03)
    node.journal.is_away = False
    line.last_heard = asyncio.get_running_loop().time() + 0.02
    await until(lambda: bool(node.journal.of(events.ChargePointsSeen)))
    watching.cancel()
    (seen, *_) = node.journal.of(events.ChargePointsSeen)
    assert isinstance(seen, events.ChargePointsSeen)
    assert list(seen.seen) == ["CP1"]
    assert silent.last_heard == 0


async def test_many_are_told_in_parts(node: Node, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order in which they were heard, by whole seconds."""
    monkeypatch.setattr(registry_module, "SEEN_EVERY_S", 0.01)
    monkeypatch.setattr(registry_module, "SEEN_TOGETHER", 2)
    soon = asyncio.get_running_loop().time() + 10
    await node.register("CP2")
    await node.register("CP3")
    for number in (1, 2, 3):
        (await stage.connect(f"CP{number}")).last_heard = soon - number
    watching = asyncio.create_task(stage.registry.watch(_last_heard))
    await until(lambda: len(node.journal.of(events.ChargePointsSeen)) >= 2)
    watching.cancel()
    first, second = node.journal.of(events.ChargePointsSeen)[:2]
    assert isinstance(first, events.ChargePointsSeen)
    assert isinstance(second, events.ChargePointsSeen)
    assert [*first.seen, *second.seen] == ["CP3", "CP2", "CP1"]
    assert {at.microsecond for at in first.seen.values()} == {0}
    assert first.seen["CP3"] < first.seen["CP2"] < second.seen["CP1"]


def _last_heard(wire: object) -> float:
    assert isinstance(wire, Line)
    return wire.last_heard


# --- on a real database


async def test_a_locked_database_holds_answers_back_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session_module, "RETRY_S", (0.01,))
    database = connect(str(tmp_path / "yard.sqlite"), busy_timeout_s=0.05)
    await migrate.upgrade(database)
    journal, store, bus = SqlJournal(database), SqlStore(database), LocalBus()
    recorder = Recorder(journal, bus, lambda: NOW)
    inbound = Inbound(recorder, store, Numbers(SqlSequences(database), b"key"), bytes)
    registry = Registry(Yard(inbound=inbound, clock=lambda: NOW, backlog=Backlog()), journal, bus)
    await journal.commit(
        [
            events.ChargePointRegistered(
                recorded_at=NOW, charge_point="CP1", registration=Registration.ACCEPTED
            )
        ]
    )
    line = Line()
    line.end = registry.open(Stage.opening(ChargePoint(id="CP1")), line)
    await line.ask("BootNotification", BOOT)
    intruder = sqlite3.connect(tmp_path / "yard.sqlite", isolation_level=None)
    intruder.execute("BEGIN IMMEDIATE")
    sent = [line.call("StartTransaction", START), line.call("StatusNotification", AVAILABLE)]
    await asyncio.sleep(0.2)
    assert not line.answers(sent[0])
    assert not line.answers(sent[1])
    intruder.execute("ROLLBACK")
    intruder.close()
    await until(lambda: bool(line.answers(sent[1])))
    number = line.answers(sent[0])[0][2]["transactionId"]
    assert await store.find_transaction_record(number) is not None
    line.lose()
    await until(lambda: not len(registry))
    await journal.aclose()
    await database.aclose()


# --- what was read from the store may be old


async def test_a_newcomer_begins_with_what_the_last_session_knew(node: Node, stage: Stage) -> None:
    """A transaction begun and committed between the newcomer's look into the store and its opening counts."""
    line = await stage.connect()
    loaded = await node.store.load("CP1")
    assert loaded is not None
    number = (await line.ask("StartTransaction", START))["transactionId"]
    line.lose()
    await until(lambda: not len(stage.registry))
    newcomer = Line()
    newcomer.end = stage.registry.open(stage.opening(loaded.state), newcomer)
    await newcomer.ask("StopTransaction", {**STOP, "transactionId": -1})
    record = await node.store.find_transaction_record(number)
    assert record is not None
    assert (record.completeness, record.energy_wh) == ("reported", 7000)


async def test_what_a_departed_charge_point_knew_is_forgotten_with_it(node: Node, stage: Stage) -> None:
    """Removed and registered anew, it starts from nothing."""
    line = await stage.connect()
    await line.ask("StartTransaction", START)
    line.lose()
    await until(lambda: not len(stage.registry))
    stage.node.bus.publish([events.ChargePointRemoved(recorded_at=NOW, charge_point="CP1")])
    fresh = ChargePoint(id="CP1")
    again = Line()
    again.end = stage.registry.open(stage.opening(fresh), again)
    assert stage.session().state is fresh


async def test_nothing_is_sent_to_a_rejected_charge_point(node: Node, stage: Stage) -> None:
    """B03.FR.03: it hears so at its next boot, and nothing else from us."""
    await node.register("CP2", Registration.REJECTED)
    line = await stage.connect("CP2")
    outcome = await stage.session("CP2").execute(commands.Reset(), 5.0)
    assert isinstance(outcome, outcomes.Invalid)
    assert line.asked == []


async def test_registered_anew_a_live_session_has_the_new_registration(node: Node, stage: Stage) -> None:
    """An operator removes a charge point and registers it again while it is connected."""
    await stage.connect()
    stage.node.bus.publish(
        [events.ChargePointRegistered(recorded_at=NOW, charge_point="CP1", registration=Registration.PENDING)]
    )
    assert stage.session().state.registration is Registration.PENDING


async def test_what_commands_put_there_is_known_to_the_session(node: Node, stage: Stage) -> None:
    await stage.connect()
    state = stage.session().state
    assert (state.may_hold_profiles, state.may_hold_reservations) == (False, False)
    _announce(node, installed(Item(key="1"), kind="ChargingProfile"), reservation_requested(7))
    assert (state.may_hold_profiles, state.may_hold_reservations) == (True, True)
