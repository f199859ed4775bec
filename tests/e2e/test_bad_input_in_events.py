"""What a charge point of 2.0.1 or 2.1 must never say, said to a real server by a strictly and a tolerantly read one.

Each case shows the answer and what is kept. After it the same connection answers a heartbeat. What is common to
all versions is in `test_bad_input.py`, every field with every poison in `test_poison_in_events.py`.
"""

import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
import pytest_asyncio

from tests.dialects.v201.wire import REQUESTS
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, Wire, items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

OF_201, OF_21 = "ocpp2.0.1", "ocpp2.1"
VERSIONS = (OF_201, OF_21)
READINGS = ("strict", "tolerant")
SILENCE, ANSWERED = "nothing", "an answer"
FORMAT, FRAMEWORK = "FormatViolation", "RpcFrameworkError"
MISSING, TYPE, PROPERTY = (
    "OccurrenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
)
_names = (f"BAD2-{number}" for number in itertools.count(1))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("bad-input"), ocpp__follow_ups="false") as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


class Guest(NamedTuple):
    """A connected and accepted charge point."""

    identity: str
    wire: Wire


@asynccontextmanager
async def guest(server: Server, version: str, reading: str = "tolerant") -> AsyncIterator[Guest]:
    """A charge point of `version`; it is alive when the block ends."""
    identity = next(_names)
    await register(server, identity, reading=reading)
    async with wire(server, identity, subprotocols=[version]) as charge_point:
        assert (await charge_point.ask("BootNotification", **REQUESTS["BootNotification"]))[
            "status"
        ] == "Accepted"
        yield Guest(identity, charge_point)
        await charge_point.alive()


async def reaction(charge_point: Wire, text: str) -> tuple[str, str]:
    """What the server does about `text`: an error code, ANSWERED or SILENCE; and the id of that answer."""
    await charge_point.say(text)
    await charge_point.say('[2,"are you there","Heartbeat",{}]')
    reply = await charge_point.hear()
    if reply[1] == "are you there":
        return SILENCE, ""
    assert (await charge_point.hear())[1] == "are you there"
    return (ANSWERED if reply[0] == 3 else reply[2]), reply[1]


async def rules(server: Server, identity: str) -> set[str]:
    """The names of the findings about a charge point."""
    return {finding["rule"] for finding in await items(server, f"/charge-point/{identity}/finding")}


# --- frames and fields ----------------------------------------------------------------------------------------

FRAMES: dict[str, tuple[str, dict[str, str], str]] = {
    # what: (text, what each version does whatever the reading, the id of the answer)
    "no JSON": ("[2, Heartbeat", {OF_201: FRAMEWORK, OF_21: FRAMEWORK}, "-1"),
    "no text": ("", {OF_201: FRAMEWORK, OF_21: FRAMEWORK}, "-1"),
    "cut off": ('[2,"id","Heartbeat",{', {OF_201: FORMAT, OF_21: FORMAT}, "id"),
    "an object": ('{"action":"Heartbeat"}', {OF_201: FRAMEWORK, OF_21: FRAMEWORK}, "-1"),
    "no action": ('[2,"id"]', {OF_201: FRAMEWORK, OF_21: FRAMEWORK}, "id"),
    "unknown message type": (
        '[7,"id","Heartbeat",{}]', {OF_201: "MessageTypeNotSupported", OF_21: SILENCE}, "id"
    ),
    "what is only sent": (
        '[6,"id","NotifyPeriodicEventStream",{}]', {OF_201: "MessageTypeNotSupported", OF_21: SILENCE}, "id"
    ),
    "a reply to nothing": ('[3,"id",{}]', {OF_201: SILENCE, OF_21: SILENCE}, ""),
    "a dispute of nothing": ('[5,"id","GenericError","",{}]', {OF_201: "MessageTypeNotSupported", OF_21: SILENCE}, "id"),
    "unknown action": ('[2,"id","Levitate",{}]', {OF_201: "NotImplemented", OF_21: "NotImplemented"}, "id"),
    "action of ours": (
        '[2,"id","Reset",{"type":"Immediate"}]', {OF_201: "NotSupported", OF_21: "NotSupported"}, "id"
    ),
    "action of the next version": (
        ('[2,"id","NotifySettlement",{"pspRef":"p","status":"Settled","settlementAmount":1,'
        '"settlementTime":"2026-01-01T12:00:00Z"}]'),
        {OF_201: "NotImplemented", OF_21: ANSWERED}, "id",
    ),
    "action of the version before": (
        '[2,"id","StartTransaction",{}]', {OF_201: "NotImplemented", OF_21: "NotImplemented"}, "id"
    ),
    "key twice": (
        '[2,"id","Authorize",{"idToken":{"idToken":"A","idToken":"B","type":"Central"}}]',
        {OF_201: FORMAT, OF_21: FORMAT}, "id",
    ),
}  # fmt: skip


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", FRAMES)
async def test_frames_that_break_the_rules(server: Server, what: str, version: str, reading: str) -> None:
    text, expected, message_id = FRAMES[what]
    async with guest(server, version, reading) as (_, charge_point):
        told_, answered_id = await reaction(charge_point, text)
    assert told_ == expected[version]
    assert answered_id == (message_id if told_ != SILENCE else "")


def event(**changes: Any) -> Payload:
    """A TransactionEvent; a name with a dot reaches into its members, None leaves out."""
    payload: Payload = json.loads(json.dumps(EVENT))
    for path, value in changes.items():
        *way, name = path.split("__")
        part = payload
        for step in way:
            part = part.setdefault(step, {})
        part[name] = value
        if value is None:
            del part[name]
    return payload


EVENT: Payload = {
    "eventType": "Started",
    "timestamp": "2026-01-01T12:00:00Z",
    "triggerReason": "Authorized",
    "seqNo": 0,
    "transactionInfo": {"transactionId": "tx", "chargingState": "Charging"},
    "evse": {"id": 1, "connectorId": 1},
    "idToken": {"idToken": "TAG", "type": "ISO14443"},
}

FIELDS: dict[str, tuple[Payload, str, str]] = {
    # what: (the event, what a strict reading does, rule of the finding of a tolerant one)
    "no event type": (event(eventType=None), MISSING, "use_fallback"),
    "no trigger": (event(triggerReason=None), MISSING, "use_fallback"),
    "no number": (event(seqNo=None), MISSING, "use_fallback"),
    "number as text": (event(seqNo="0"), TYPE, "text_as_number"),
    "unknown trigger": (event(triggerReason="SunRise"), PROPERTY, "keep_unknown_word"),
    "unknown state": (event(transactionInfo__chargingState="Dreaming"), PROPERTY, "keep_unknown_word"),
    "state in small letters": (event(transactionInfo__chargingState="charging"), PROPERTY, "match_word"),
    "no timestamp": (event(timestamp="yesterday"), PROPERTY, "clock"),
    "token too long": (event(idToken__idToken="T" * 300), PROPERTY, "cut_overlong"),
    "transaction too long": (event(transactionInfo__transactionId="t" * 200), PROPERTY, "keep_length"),
    "null": (event() | {"reservationId": None}, TYPE, "drop_empty_optional"),
    "surplus": (event(vendorStuff={"a": 1}), FORMAT, "ignore_unknown_field"),
    "number beyond all databases": (event(seqNo=2**70), ANSWERED, "number_size"),
    "remote start beyond all databases": (event(transactionInfo__remoteStartId=2**70), ANSWERED, "number_size"),
}  # fmt: skip


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("what", FIELDS)
async def test_an_event_that_breaks_the_schema_is_kept_or_refused(
    server: Server, what: str, version: str
) -> None:
    payload, strictly, rule = FIELDS[what]
    text = json.dumps([2, "id", "TransactionEvent", payload])
    async with guest(server, version, "strict") as (identity, charge_point):
        assert (await reaction(charge_point, text))[0] == strictly
        kept = await items(server, "/charge-transaction", cpId=identity)
        assert len(kept) == (strictly == ANSWERED)
    async with guest(server, version, "tolerant") as (identity, charge_point):
        assert (await reaction(charge_point, text))[0] == ANSWERED
        (transaction,) = await items(server, "/charge-transaction", cpId=identity)
        (stored,) = await items(server, f"/charge-transaction/{transaction['id']}/event")
    # What JSON readers disagree about, numbers beyond 64 bits, is compared without them.
    assert {**stored["payload"], "seqNo": 0} == {**payload, "seqNo": 0}
    assert transaction["idTag"] == payload["idToken"]["idToken"][:255]
    assert rule in await rules(server, identity)


# --- events of transactions -----------------------------------------------------------------------------------


async def tell(charge_point: Wire, *events: Payload) -> list[Payload]:
    """Say these events; the answers."""
    return [await charge_point.ask("TransactionEvent", **one) for one in events]


@pytest.mark.parametrize("version", VERSIONS)
async def test_one_number_with_two_contents_keeps_both_and_told_again_one(
    server: Server, version: str
) -> None:
    first = event()
    other = event(transactionInfo__chargingState="EVConnected")
    async with guest(server, version) as (identity, charge_point):
        answers = await tell(charge_point, first, other, first, other)
    assert all(answer["idTokenInfo"]["status"] == "Accepted" for answer in answers)
    (transaction,) = await items(server, "/charge-transaction", cpId=identity)
    stored = await items(server, f"/charge-transaction/{transaction['id']}/event")
    assert [one["payload"] for one in stored] == [first, other]
    assert transaction["chargingState"] == "Charging"  # the first word under a number stays


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_id_used_again_after_its_end_is_another_transaction(server: Server, version: str) -> None:
    ended = event(
        eventType="Ended", timestamp="2026-01-01T13:00:00Z", seqNo=1, triggerReason="StopAuthorized"
    )
    again = event(timestamp="2026-01-02T12:00:00Z")
    async with guest(server, version) as (identity, charge_point):
        await tell(charge_point, event(), ended, again)
    newest, oldest = await items(server, "/charge-transaction", cpId=identity)
    assert (newest["ocppId"], oldest["ocppId"]) == ("tx", "tx")
    assert (newest["running"], oldest["running"]) == (True, False)
    assert (newest["eventCount"], oldest["eventCount"]) == (1, 2)


@pytest.mark.parametrize("at", ["1970-01-01T00:00:07Z", "2096-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
@pytest.mark.parametrize("version", VERSIONS)
async def test_a_time_that_cannot_be_is_that_of_receipt_and_kept_as_it_was_said(
    server: Server, version: str, at: str
) -> None:
    async with guest(server, version) as (identity, charge_point):
        await tell(charge_point, event(timestamp=at))
    (transaction,) = await items(server, "/charge-transaction", cpId=identity)
    (stored,) = await items(server, f"/charge-transaction/{transaction['id']}/event")
    assert abs(datetime.now(UTC) - datetime.fromisoformat(transaction["startedAt"])) < timedelta(minutes=5)
    assert stored["payload"]["timestamp"] == at
    assert "clock" in await rules(server, identity)


@pytest.mark.parametrize("evse", [None, {"id": 0}, {"id": 99, "connectorId": 7}, {"id": 2**31}, {"id": -1}])
@pytest.mark.parametrize("version", VERSIONS)
async def test_an_evse_that_nobody_knows_costs_no_transaction(
    server: Server, version: str, evse: Payload | None
) -> None:
    async with guest(server, version) as (identity, charge_point):
        (answer,) = await tell(charge_point, event(evse=evse))
    assert answer["idTokenInfo"]["status"] == "Accepted"
    (transaction,) = await items(server, "/charge-transaction", cpId=identity)
    named = evse["id"] if evse and 0 < evse["id"] < 2**31 else 0
    assert transaction["connectorId"] == named


@pytest.mark.parametrize("version", VERSIONS)
async def test_two_transactions_of_evse_0_or_none_do_not_end_each_other(server: Server, version: str) -> None:
    async with guest(server, version) as (identity, charge_point):
        for name, evse in (("a", None), ("b", None), ("c", {"id": 0}), ("d", {"id": 0})):
            await tell(charge_point, event(transactionInfo__transactionId=name, evse=evse))
    running = await items(server, "/charge-transaction", cpId=identity, running=True)
    assert len(running) == 4


@pytest.mark.parametrize("version", VERSIONS)
async def test_events_of_a_foreign_transaction_touch_nothing_of_it(server: Server, version: str) -> None:
    """The same id at two charge points is two transactions."""
    async with guest(server, version) as (mine, first), guest(server, version) as (theirs, second):
        await tell(first, event())
        await tell(second, event(eventType="Ended", seqNo=9, triggerReason="StopAuthorized"))
    (running,) = await items(server, "/charge-transaction", cpId=mine)
    (ended,) = await items(server, "/charge-transaction", cpId=theirs)
    assert (running["running"], ended["running"]) == (True, False)


# --- inventories ----------------------------------------------------------------------------------------------


def part(sequence: int, *, variables: int = 1, tbc: bool | None = True, request_id: int = 1) -> Payload:
    """A part of an inventory, with names of its own."""
    data = [
        {
            "component": {"name": f"Component{sequence}"},
            "variable": {"name": f"Variable{number}"},
            "variableAttribute": [{"value": str(number)}],
            "variableCharacteristics": {"dataType": "integer", "supportsMonitoring": False},
        }
        for number in range(variables)
    ]
    more = {} if tbc is None else {"tbc": tbc}
    return {
        "requestId": request_id,
        "seqNo": sequence,
        "generatedAt": "2026-01-01T12:00:00Z",
        **more,
        **({"reportData": data} if data else {}),
    }


@pytest.mark.parametrize("version", VERSIONS)
async def test_parts_that_never_end_are_kept_and_seen_as_unfinished(server: Server, version: str) -> None:
    async with guest(server, version) as (identity, charge_point):
        for sequence in (0, 1, 2, 4, 4, 500):
            assert await charge_point.ask("NotifyReport", **part(sequence)) == {}
    listing = await told(server, "GET", f"/charge-point/{identity}/listing/1")
    assert (listing["isComplete"], listing["parts"]) == (False, 5)
    assert listing["missing"] == [[3, 3], [5, 499]]
    assert len(await items(server, f"/charge-point/{identity}/variable")) == 5


@pytest.mark.parametrize("version", VERSIONS)
async def test_an_inventory_of_a_hundred_thousand_variables(server: Server, version: str) -> None:
    parts = 1_000
    async with guest(server, version) as (identity, charge_point):
        for sequence in range(parts):
            told_ = part(sequence, variables=100, tbc=sequence < parts - 1)
            assert await charge_point.ask("NotifyReport", **told_) == {}
        await charge_point.alive()
    listing = await told(server, "GET", f"/charge-point/{identity}/listing/1")
    assert (listing["isComplete"], listing["parts"], listing["items"]) == (True, parts, 100_000)
    page = await items(server, f"/charge-point/{identity}/variable", component="Component999")
    assert len(page) == 100
