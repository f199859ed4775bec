"""Everything a charge point must never say, said to a real server by a strictly and by a tolerantly read one.

After each of it the same connection answers a heartbeat wherever the specification lets it live on, and what is
kept of it is what REST shows.
"""

import asyncio
import itertools
import json
from collections.abc import AsyncIterator
from typing import Any, Literal

import pytest
import pytest_asyncio
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect as sync_connect

from tests.e2e.server import Server, serving
from tests.e2e.wire import (
    ANSWERED_WITHIN_S,
    AT,
    OFFER,
    Wire,
    booted,
    items,
    register,
    told,
    wire,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

Reading = Literal["strict", "tolerant"]
READINGS: tuple[Reading, ...] = ("strict", "tolerant")
FORMATION, PROTOCOL = "FormationViolation", "ProtocolError"
MISSING, TYPE, PROPERTY = (
    "OccurenceConstraintViolation",  # the misspelling of OCPP-J 1.6 §4.2.3
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
)
ANSWERED, SILENCE = "an answer", "nothing"
START = {"connectorId": 1, "idTag": "TAG", "meterStart": 1000, "timestamp": AT}
_names = (f"BAD-{number}" for number in itertools.count(1))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("bad-input")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def reaction(charge_point: Wire, text: str | bytes) -> str:
    """What the server does about `text`: an error code, ANSWERED or SILENCE. It is alive after that."""
    await charge_point.say(text)
    await charge_point.say('[2,"are you there","Heartbeat",{}]')
    reply = await charge_point.hear()
    if reply[1] == "are you there":
        return SILENCE
    assert (await charge_point.hear())[1] == "are you there"
    if reply[0] == 3:
        return ANSWERED
    assert reply[0] == 4
    _, _, code, description, details = reply
    assert len(description) <= 255
    assert details == {}
    return code


async def rules(server: Server, identity: str) -> set[str]:
    """The names of the findings about a charge point."""
    return {finding["rule"] for finding in await items(server, f"/charge-point/{identity}/finding")}


def start(**changes: Any) -> str:
    return json.dumps([2, "id", "StartTransaction", START | changes])


def without(field: str) -> str:
    return json.dumps([2, "id", "StartTransaction", {k: v for k, v in START.items() if k != field}])


def call(action: str, payload: str) -> str:
    return f'[2,"id","{action}",{payload}]'


NESTED = "[" * 50_000 + "]" * 50_000
DIGITS = "1" + "0" * 5_000

FRAMES = {
    # what: (text, what a strict reading does, what a tolerant reading does, rule of the finding)
    "no JSON": ("[2, Heartbeat", SILENCE, SILENCE, "refused:not_json"),
    "no text": ("", SILENCE, SILENCE, "refused:not_json"),
    "cut off": ('[2,"id","Heartbeat",{', FORMATION, FORMATION, "refused:not_json"),
    "comma too many": ('[2,"id","Heartbeat",{},]', FORMATION, ANSWERED, "drop_stray_commas"),
    "empty value": (call("Heartbeat", '{"a":}'), FORMATION, ANSWERED, "fill_empty_values"),
    "BOM and NUL": ('\ufeff[2,"id","Heartbeat",{}]\0', SILENCE, ANSWERED, "strip_nul_and_bom"),
    "nested deeply": (call("Heartbeat", NESTED), FORMATION, FORMATION, "refused:not_json"),
    "brackets alone": ("[" * 100_000, SILENCE, SILENCE, "refused:not_json"),
    "an object": ('{"action": "Heartbeat"}', SILENCE, SILENCE, "refused:frame"),
    "a number": ("17", SILENCE, SILENCE, "refused:frame"),
    "null": ("null", SILENCE, SILENCE, "refused:frame"),
    "an empty array": ("[]", SILENCE, SILENCE, "refused:frame"),
    "no action": ('[2,"id"]', PROTOCOL, PROTOCOL, "refused:frame"),
    "action of another type": ('[2,"id",7,{}]', PROTOCOL, PROTOCOL, "refused:frame"),
    "five elements": ('[2,"id","Heartbeat",{},{}]', PROTOCOL, ANSWERED, "drop_surplus_elements"),
    "id is null": ('[2,null,"Heartbeat",{}]', SILENCE, SILENCE, "refused:frame"),
    "id is a number": ('[2,17,"Heartbeat",{}]', PROTOCOL, ANSWERED, "quote_message_id"),
    "type in quotes": ('["2","id","Heartbeat",{}]', SILENCE, ANSWERED, "unquote_message_type"),
    "unknown message type": ('[7,"id","Heartbeat",{}]', SILENCE, SILENCE, "refused:message_type"),
    "message type of 2.1": ('[6,"id","NotifyPeriodicEventStream",{}]', SILENCE, SILENCE, "refused:message_type"),
    "unknown action": (call("Levitate", "{}"), "NotImplemented", "NotImplemented", "refused:unknown_action"),
    "action in small letters": (call("heartbeat", "{}"), "NotImplemented", "NotImplemented", "refused:unknown_action"),
    "action of ours": (call("Reset", '{"type":"Hard"}'), "NotSupported", "NotSupported", "refused:unsupported"),
}  # fmt: skip

FIELDS = {
    "payload is an array": (call("Heartbeat", "[]"), TYPE, TYPE, "refused:type"),
    "missing, needed": (call("Authorize", "{}"), MISSING, MISSING, "refused:missing"),
    "missing": (without("meterStart"), MISSING, ANSWERED, "use_fallback"),
    "null": (start(idTag=None), TYPE, ANSWERED, "use_fallback"),
    "surplus": (start(vendorStuff={"a": 1}), FORMATION, ANSWERED, "ignore_unknown_field"),
    "text for a number": (start(connectorId="1"), TYPE, ANSWERED, "text_as_number"),
    "number for a text": (start(idTag=4711), TYPE, ANSWERED, "number_as_text"),
    "object for a number": (start(meterStart={}), TYPE, ANSWERED, "use_fallback"),
    "over-long": (start(idTag="T" * 21), PROPERTY, ANSWERED, "keep_length"),
    "no timestamp": (start(timestamp="yesterday"), PROPERTY, ANSWERED, "clock"),
    "control character": (start(idTag="TAG\u0001"), PROPERTY, ANSWERED, "drop_control_characters"),
    "word out of range": (
        call("StatusNotification", '{"connectorId":1,"errorCode":"NoError","status":"Dancing"}'),
        PROPERTY, ANSWERED, "keep_unknown_word",
    ),
    "word in small letters": (
        call("StatusNotification", '{"connectorId":1,"errorCode":"noerror","status":"available"}'),
        PROPERTY, ANSWERED, "match_word",
    ),
    "exponent out of range": (
        start(meterStart=0).replace('"meterStart": 0', '"meterStart": 1e999999999'),
        PROPERTY, ANSWERED, "use_fallback",
    ),
    "five thousand digits": (
        call("Authorize", f'{{"idTag":{DIGITS}}}'), PROPERTY, ANSWERED, "number_as_text"
    ),
    "NaN": (start(meterStart=float("nan")), FORMATION, ANSWERED, "null_for_nan"),
    "key twice": (
        call("Authorize", '{"idTag":"A","idTag":"B"}'), FORMATION, FORMATION, "refused:duplicate_key"
    ),
    "key twice, escaped": (
        call("Authorize", '{"idTag":"A","id\\u0054ag":"B"}'), FORMATION, FORMATION, "refused:duplicate_key"
    ),
}  # fmt: skip


@pytest.mark.parametrize("reading", READINGS)
@pytest.mark.parametrize("what", [*FRAMES, *(f"field: {name}" for name in FIELDS)])
async def test_what_breaks_the_rules_is_answered_by_the_right_code(
    server: Server, what: str, reading: Reading
) -> None:
    text, strictly, tolerantly, rule = FRAMES.get(what) or FIELDS[what.removeprefix("field: ")]
    identity = next(_names)
    async with booted(server, identity, reading=reading) as charge_point:
        expected = strictly if reading == "strict" else tolerantly
        assert await reaction(charge_point, text) == expected
    found = await rules(server, identity)
    if reading == "tolerant":
        assert rule in found
    elif expected != ANSWERED:
        assert any(one.startswith("refused:") for one in found)


@pytest.mark.parametrize("reading", READINGS)
async def test_an_integer_of_five_thousand_digits_harms_nobody(server: Server, reading: Reading) -> None:
    async with booted(server, next(_names), reading=reading) as charge_point:
        text = start().replace("1000", DIGITS)
        assert await reaction(charge_point, text) in {ANSWERED, PROPERTY}


@pytest.mark.parametrize("reading", READINGS)
async def test_ids_over_36_characters_come_back_as_they_were(server: Server, reading: Reading) -> None:
    async with booted(server, next(_names), reading=reading) as charge_point:
        reply = await charge_point.call("Heartbeat", {}, "i" * 37)
        assert (reply[0], *reply[2:3]) == (4, PROTOCOL) if reading == "strict" else reply[0] == 3
        # Beyond all sense it is not read at all: an answer could not be matched to anything.
        assert await reaction(charge_point, f'[2,"{"i" * 300}","Heartbeat",{{}}]') == SILENCE


@pytest.mark.parametrize("reading", READINGS)
async def test_calls_before_the_first_boot(server: Server, reading: Reading) -> None:
    identity = next(_names)
    await register(server, identity, reading=reading)
    async with wire(server, identity) as charge_point:
        for text in (start(), call("Heartbeat", "{}"), call("Authorize", '{"idTag":"TAG"}')):
            await charge_point.say(text)
            reply = await charge_point.hear()
            assert (reply[0], *reply[2:3]) == (4, "SecurityError") if reading == "strict" else reply[0] == 3
        assert (await charge_point.boot())["status"] == "Accepted"
        await charge_point.alive()


@pytest.mark.parametrize("reading", READINGS)
async def test_replies_to_nothing_are_ignored(server: Server, reading: Reading) -> None:
    async with booted(server, next(_names), reading=reading) as charge_point:
        for text in (
            '[3,"nothing",{}]',
            '[3,"nothing",{"status":"Accepted"}]',
            '[3,"nothing"]',
            '[3,"nothing",',
            '[4,"nothing","GenericError","",{}]',
            '[4,"nothing"]',
            '[4,null,null,null,null]',
            '[5,"nothing","GenericError","",{}]',
        ):  # fmt: skip
            assert await reaction(charge_point, text) == SILENCE


@pytest.mark.parametrize("reading", READINGS)
async def test_a_foreign_reply_does_not_settle_a_command(server: Server, reading: Reading) -> None:
    """Only the id of the outstanding call does; an answer comes once."""
    identity = next(_names)
    async with booted(server, identity, reading=reading) as charge_point:
        asking = asyncio.create_task(told(server, "POST", f"/charge-point/{identity}/hard-reset"))
        asked = await charge_point.hear()
        await charge_point.say('[3,"another",{"status":"Rejected"}]')
        await charge_point.say(json.dumps([3, asked[1], {"status": "Accepted"}]))
        await charge_point.say(json.dumps([3, asked[1], {"status": "Rejected"}]))
        assert (await asking)["status"] == "Accepted"
        await charge_point.alive()


@pytest.mark.parametrize("reading", READINGS)
async def test_the_same_message_id_twice(server: Server, reading: Reading) -> None:
    """The same question again has the same answer and no second transaction; another question has its own."""
    identity = next(_names)
    async with booted(server, identity, reading=reading) as charge_point:
        first = await charge_point.call("StartTransaction", START, "1")
        again = await charge_point.call("StartTransaction", START, "1")
        other = await charge_point.call("StartTransaction", START | {"connectorId": 2}, "1")
        assert first == again
        assert first[2]["transactionId"] != other[2]["transactionId"]
        stop = {"transactionId": first[2]["transactionId"], "meterStop": 1500, "timestamp": AT}
        assert await charge_point.call("StopTransaction", stop, "1") == await charge_point.call(
            "StopTransaction", stop, "1"
        )
    transactions = await items(server, "/charge-transaction", cpId=identity)
    assert sorted((row["connectorId"], row["running"], row["energyWh"]) for row in transactions) == [
        (1, False, 500),
        (2, True, 0),
    ]


@pytest.mark.parametrize("reading", READINGS)
async def test_binary_frames_are_ignored(server: Server, reading: Reading) -> None:
    async with booted(server, next(_names), reading=reading) as charge_point:
        await charge_point.socket.send(b'[2,"binary","Heartbeat",{}]')
        await charge_point.socket.send([b"\x00" * 1000, b"\xff" * 1000])
        await charge_point.socket.send(b"")
        await charge_point.alive()


@pytest.mark.parametrize("reading", READINGS)
async def test_text_that_is_not_utf_8_ends_the_connection_and_nothing_else(
    server: Server, reading: Reading
) -> None:
    identity = next(_names)
    async with booted(server, identity, reading=reading) as charge_point:
        await charge_point.say(b'[2,"id","Authorize",{"idTag":"\xff\xfe"}]')
        await assert_closed(charge_point, 1007)
    async with wire(server, identity) as charge_point:
        await charge_point.alive()


@pytest.mark.parametrize("reading", READINGS)
async def test_ten_megabytes_end_the_connection_and_nothing_else(server: Server, reading: Reading) -> None:
    identity, letters = next(_names), "x" * 10_000_000
    await register(server, identity, reading=reading)
    whole = call("DataTransfer", json.dumps({"vendorId": letters}))
    fragments = [letters[at : at + 50_000] for at in range(0, len(letters), 50_000)]
    for message in (whole, fragments):
        assert await asyncio.to_thread(_code_that_ends, f"{server.ws_url}/{identity}", message) == 1009
    async with wire(server, identity) as charge_point:
        await charge_point.boot()
        await charge_point.alive()


def _code_that_ends(url: str, message: str | list[str]) -> int | None:
    """The code that the connection is closed with after `message`.

    With threads: asyncio's transport of Python 3.11 trips over a close with unsent bytes in its buffer.
    """
    with sync_connect(url, subprotocols=OFFER, compression=None, proxy=None, close_timeout=2) as socket:
        try:
            socket.send(message)
            answer = socket.recv(ANSWERED_WITHIN_S)
        except ConnectionClosed as closed:
            return closed.rcvd.code if closed.rcvd else None
    raise AssertionError(f"it was answered: {answer!r}")


async def assert_closed(charge_point: Wire, code: int) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        await charge_point.hear()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


@pytest.mark.parametrize("reading", READINGS)
async def test_ten_thousand_frames_at_once(server: Server, reading: Reading) -> None:
    """All are answered, in order; what has to be stored is stored once; others are served meanwhile."""
    async with booted(server, next(_names), reading=reading) as charge_point:
        early = START | {"timestamp": "2025-12-31T23:59:59Z", "meterStart": 0}
        transaction = (await charge_point.ask("StartTransaction", **early))["transactionId"]
        flood = [_flood(number, transaction) for number in range(10_000)]
        sending = asyncio.create_task(_say_all(charge_point, flood))
        async with booted(server, next(_names)) as bystander:
            await bystander.alive()
        for number in range(10_000):
            if number % 10:
                assert (await charge_point.hear())[1] == f"flood-{number}"
        await sending
        await charge_point.alive()
    stored = await items(server, f"/charge-transaction/{transaction}/meter-value")
    assert sorted(reading["energyWh"] for reading in stored) == list(range(1, 10_000, 100))


def _flood(number: int, transaction: int) -> str:
    """Of ten frames one is garbage, the others are heartbeats; but of a hundred one is to be stored."""
    if number % 10 == 0:
        return "garbage"
    if number % 100 == 1:
        at = f"2026-01-01T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}Z"
        value = {"timestamp": at, "sampledValue": [{"value": str(number), "unit": "Wh"}]}
        values = {"connectorId": 1, "transactionId": transaction, "meterValue": [value]}
        return json.dumps([2, f"flood-{number}", "MeterValues", values])
    return f'[2,"flood-{number}","Heartbeat",{{}}]'


async def _say_all(charge_point: Wire, texts: list[str]) -> None:
    for text in texts:
        await charge_point.say(text)


# --- what a tolerant reading salvages -------------------------------------------------------------------------


async def test_broken_start_meter_values_and_stop_become_a_whole_transaction(server: Server) -> None:
    identity = next(_names)
    async with booted(server, identity, reading="tolerant") as charge_point:
        await charge_point.say(
            '[2,7,"StartTransaction",{"connectorId":"1","idTag":" TAG ","meterStart":"1000.0",'
            '"timestamp":"2026-01-01 12:00:00","reservationId":null,"vendor":{}},]'
        )
        number = (await charge_point.hear())[2]["transactionId"]
        await charge_point.say(
            f'[2,"m","MeterValues",{{"connectorId":1.0,"transactionId":"{number}","meterValue":[{{'
            '"timestamp":"2026-01-01T12:10:00Z","sampledValue":['
            '{"value":1500,"unit":"wh"},{"value":"nan","measurand":"Voltage"},'
            '{"value":"7,4","measurand":"power.active.import","unit":"KW","phase":""}]}]}]'
        )
        assert (await charge_point.hear())[2] == {}
        await charge_point.say(
            f'[2,"s","StopTransaction",{{"transactionId":"{number}","meterStop":2500.4,"idTag":"",'
            '"timestamp":"2026-01-01T12:20:00","reason":"because","transactionData":null}]\0'
        )
        assert (await charge_point.hear())[0] == 3
        await charge_point.alive()
    [row] = await items(server, "/charge-transaction", cpId=identity)
    assert (row["id"], row["idTag"], row["running"]) == (number, "TAG", False)
    assert (row["meterStartWh"], row["meterStopWh"], row["energyWh"]) == (1000, 2500, 1500)
    assert (row["startedAt"], row["stoppedAt"]) == (AT, "2026-01-01T12:20:00Z")
    [reading] = await items(server, f"/charge-transaction/{number}/meter-value")
    assert (reading["energyWh"], reading["powerW"], reading["voltageV"]) == (1500, 7400, None)
    assert await rules(server, identity) >= {
        "quote_message_id", "drop_stray_commas", "text_as_number", "trim", "whole_number", "timestamp",
        "drop_empty_optional", "ignore_unknown_field", "number", "match_word", "strip_nul_and_bom",
    }  # fmt: skip


async def test_a_stop_without_a_usable_number_ends_what_it_must_have_meant(server: Server) -> None:
    identity = next(_names)
    async with booted(server, identity, reading="tolerant") as charge_point:
        await charge_point.ask("StartTransaction", **START)
        await charge_point.say(call("StopTransaction", '{"transactionId":,"meterStop":1700}'))
        assert (await charge_point.hear())[0] == 3
    [row] = await items(server, "/charge-transaction", cpId=identity)
    assert (row["running"], row["meterStopWh"], row["energyWh"]) == (False, 1700, 700)
