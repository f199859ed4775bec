"""The life of a command: stored, carried out, settled, whatever becomes of it."""

import asyncio
import itertools
import json

import msgspec
import pytest

from chargeyard.domain import commands, events, outcomes
from chargeyard.errors import Unavailable
from chargeyard.services import outbound as outbound_module
from chargeyard.services.outbound import Errand, Outbound, pack, subject_of, unpack
from chargeyard.services.recording import Recorder
from tests.domain import made
from tests.services.node import Node

RESET = commands.Reset(hard=True)


class Yard(Node):
    """A node that commands, and a charge point that answers as it is told to."""

    def __init__(self) -> None:
        super().__init__()
        ids = itertools.count(1)
        recorder = Recorder(self.journal, self.bus, self.clock)
        self.outbound = Outbound(recorder, self.store, lambda: f"command-{next(ids)}", 30.0)
        self.errands: list[Errand] = []
        self.outcome: outcomes.AnyOutcome = outcomes.Accepted(said=msgspec.Raw(b'{"status":"Accepted"}'))

    def connect(self) -> None:
        self.bus.serve(subject_of("CP1"), self._answer)

    async def _answer(self, body: bytes) -> bytes:
        self.errands.append(unpack(body))
        return pack(self.outcome)


@pytest.fixture
async def yard() -> Yard:
    return Yard()


async def test_a_command_is_stored_carried_out_and_settled(yard: Yard) -> None:
    yard.connect()
    record = await yard.outbound.submit("CP1", RESET, "admin")
    assert yard.errands == [Errand(RESET, 30.0)]
    assert (record.id, record.kind, record.outcome, record.principal) == (
        "command-1",
        "Reset",
        "Accepted",
        "admin",
    )
    assert json.loads(bytes(record.detail))["said"] == {"status": "Accepted"}
    assert await yard.store.find_command("command-1") == record
    assert [type(event).__name__ for event in yard.heard] == ["CommandSubmitted", "CommandSettled"]


async def test_nobody_there_is_offline_at_once(yard: Yard) -> None:
    record = await yard.outbound.submit("CP1", RESET, "admin")
    assert record.outcome == "Offline"


@pytest.mark.parametrize(
    "outcome",
    [
        outcomes.Accepted(),
        outcomes.Scheduled(said=msgspec.Raw(b"{}")),
        outcomes.Rejected(reason="Rejected"),
        outcomes.Unsupported(reason="NotSupported"),
        outcomes.Invalid(detail="d"),
        outcomes.Offline(),
        outcomes.TimedOut(after_s=1.5),
        outcomes.Failed(code="GenericError", detail="d"),
    ],
    ids=lambda outcome: type(outcome).__name__,
)
async def test_every_outcome_finds_its_way(yard: Yard, outcome: outcomes.AnyOutcome) -> None:
    yard.connect()
    yard.outcome = outcome
    record = await yard.outbound.submit("CP1", RESET, "admin")
    assert record.outcome == type(outcome).__name__
    assert json.loads(bytes(record.detail)) == json.loads(pack(outcome))


async def test_a_session_that_never_answers_is_a_timeout(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbound_module, "GRACE_S", 0.0)

    async def silent(body: bytes) -> bytes:
        await asyncio.Event().wait()
        return body

    yard.bus.serve(subject_of("CP1"), silent)
    record = await yard.outbound.submit("CP1", RESET, "admin", timeout_s=0.01)
    assert record.outcome == "TimedOut"


async def test_a_session_that_breaks_settles_the_command(yard: Yard) -> None:
    async def broken(body: bytes) -> bytes:
        raise ZeroDivisionError

    yard.bus.serve(subject_of("CP1"), broken)
    record = await yard.outbound.submit("CP1", RESET, "admin")
    assert record.outcome == "Failed"
    assert record.settled_at is not None


async def test_the_same_key_is_the_same_command(yard: Yard) -> None:
    yard.connect()
    first = await yard.outbound.submit("CP1", RESET, "admin", "key-1")
    again = await yard.outbound.submit("CP1", commands.Reset(), "admin", "key-1")
    assert again == first
    other = await yard.outbound.submit("CP1", RESET, "somebody else", "key-1")
    assert other.id != first.id
    assert len(yard.errands) == 2
    assert await yard.outbound.start("CP1", RESET, "admin", "key-1") == first.id


async def test_a_command_in_the_background(yard: Yard) -> None:
    yard.connect()
    command_id = await yard.outbound.start("CP1", RESET, "admin")
    await yard.outbound.drain()
    record = await yard.store.find_command(command_id)
    assert record is not None
    assert record.outcome == "Accepted"


async def test_what_cannot_be_stored_is_not_carried_out(yard: Yard) -> None:
    yard.connect()
    yard.journal.is_away = True
    with pytest.raises(Unavailable):
        await yard.outbound.submit("CP1", RESET, "admin")
    assert yard.errands == []


async def test_no_secret_is_stored(yard: Yard) -> None:
    yard.connect()
    said = b'{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"hush"}]}'
    yard.outcome = outcomes.Accepted(said=msgspec.Raw(said))
    command = made.setting("AuthorizationKey", "hush")
    raw = commands.RawCall(
        action="ChangeConfiguration", payload=msgspec.Raw(b'{"key":"AuthorizationKey","value":"hush"}')
    )
    for one in (command, raw):
        record = await yard.outbound.submit("CP1", one, "admin")
        assert b"hush" not in msgspec.json.encode(record)
    assert all(b"hush" not in msgspec.json.encode(event) for event in yard.journal.events)
    # The charge point is told the secret all the same.
    assert yard.errands[0].command == command
    assert [type(event) for event in yard.heard].count(events.CommandSettled) == 2


@pytest.mark.parametrize(
    "command",
    [
        RESET,
        commands.UnlockConnector(evse=1),
        commands.ChangeAvailability(operative=True),
        commands.StartTransaction(id_token="CARD1", evse=1),
        commands.StopTransaction(transaction=7, wire_id="7"),
        commands.Trigger(topic="Heartbeat"),
        made.setting("A", "B"),
        made.reading("A"),
        commands.RawCall(action="ClearCache", payload=msgspec.Raw(b"{}")),
    ],
    ids=lambda command: type(command).__name__,
)
def test_every_command_travels(command: commands.AnyCommand) -> None:
    assert unpack(msgspec.json.encode(Errand(command, 5.0))) == Errand(command, 5.0)


async def test_what_an_ended_server_left_under_way_is_settled(yard: Yard) -> None:
    """A caller that looks its command up later is not told for ever that it is under way."""
    submitted = events.CommandSubmitted(
        recorded_at=yard.clock(),
        charge_point="CP1",
        command_id="left",
        kind="Reset",
        command="{}",
        principal="admin",
    )
    await yard.journal.commit([submitted])
    done = await yard.outbound.submit("CP1", RESET, "admin")
    await yard.outbound.settle_forgotten()
    left = await yard.store.find_command("left")
    assert left is not None
    assert (left.outcome, json.loads(bytes(left.detail))["code"]) == ("Failed", "ServerEnded")
    assert await yard.store.find_command(done.id) == done
    assert await yard.store.list_open_commands(10) == []
