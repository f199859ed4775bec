"""Display messages, by REST, with charge points of 2.0.1 and 2.1 that others wrote."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.ocpp2 import VERSIONS, client, looked_up
from tests.e2e.server import Server, serving
from tests.e2e.wire import items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("display"), ocpp__follow_ups="false") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("word", VERSIONS)
async def test_messages_are_shown_listed_and_taken_away(server: Server, word: str) -> None:
    identity = f"DISPLAY-{word}"
    at = f"/charge-point/{identity}"
    answers: dict[str, dict[str, Any]] = {
        "SetDisplayMessage": {"status": "Accepted"},
        "GetDisplayMessages": {"status": "Accepted"},
        "ClearDisplayMessage": {"status": "Accepted"},
    }
    async with client(server, identity, word, looked_up(answers)) as charge_point:
        wish = {"contents": [{"text": "Hello", "language": "en"}], "priority": "InFront", "state": "Idle"}
        envelope = await told(server, "POST", f"{at}/set-display-message", json=wish)
        number = envelope["result"]["messageId"]
        assert charge_point.last("SetDisplayMessage") == {
            "message": {
                "id": number,
                "priority": "InFront",
                "state": "Idle",
                "message": {"format": "UTF8", "content": "Hello", "language": "en"},
            }
        }
        [shown] = await items(server, f"{at}/installed/display-message")
        assert (shown["key"], shown["source"]) == (str(number), "ours")
        assert shown["body"]["contents"] == [{"text": "Hello", "language": "en"}]

        listing = await told(server, "POST", f"{at}/read-display-messages", json={})
        assert listing["outcome"] == "Accepted"
        request_id = listing["result"]["requestId"]
        assert charge_point.last("GetDisplayMessages") == {"requestId": request_id}
        for message_id, tbc in ((5, True), (6, False)):
            content = {"format": "ASCII", "content": "Closed"}
            await charge_point.say(
                "NotifyDisplayMessages",
                request_id=request_id,
                tbc=tbc,
                message_info=[{"id": message_id, "priority": "AlwaysFront", "message": content}],
            )
        progress = await told(server, "GET", f"{at}/listing/{request_id}")
        assert (progress["isComplete"], progress["parts"], progress["items"]) == (True, 2, 2)
        held = await items(server, f"{at}/installed/display-message")
        assert [(one["key"], one["source"]) for one in held] == [("5", "reported"), ("6", "reported")]

        await told(server, "POST", f"{at}/clear-display-message", json={"id": 5})
        assert charge_point.last("ClearDisplayMessage") == {"id": 5}
        answers["ClearDisplayMessage"] = {"status": "Unknown"}
        unknown = await told(server, "POST", f"{at}/clear-display-message", json={"id": 6})
        assert (unknown["outcome"], unknown["status"]) == ("Rejected", "Unknown")
        assert await items(server, f"{at}/installed/display-message") == []


@pytest.mark.parametrize("word", VERSIONS)
async def test_what_it_cannot_show_it_says_in_its_own_words(server: Server, word: str) -> None:
    identity = f"BLIND-{word}"
    at = f"/charge-point/{identity}"
    answers: dict[str, dict[str, Any]] = {
        "SetDisplayMessage": {"status": "NotSupportedMessageFormat"},
        "GetDisplayMessages": {"status": "Unknown"},
    }
    async with client(server, identity, word, looked_up(answers)):
        html = {"contents": [{"text": "<b>Hello</b>", "format": "HTML"}]}
        refused = await told(server, "POST", f"{at}/set-display-message", json=html)
        assert (refused["outcome"], refused["status"]) == ("Rejected", "NotSupportedMessageFormat")
        none = await told(server, "POST", f"{at}/read-display-messages", json={"ids": [1]})
        assert (none["outcome"], none["result"]) == ("Accepted", {"result": "NothingToList"})
        stranger = {**html, "transactionId": 4711}
        assert (await server.http.post(f"{at}/set-display-message", json=stranger)).status_code == 404
    assert await items(server, f"{at}/installed/display-message") == []


async def test_languages_are_for_who_can_show_them(server: Server) -> None:
    contents = [{"text": "Hello", "language": "en"}, {"text": "Hallo", "language": "de"}]
    answers = {"SetDisplayMessage": {"status": "Accepted"}}
    async with client(server, "POLYGLOT", "ocpp2.1", looked_up(answers)) as charge_point:
        await told(server, "POST", "/charge-point/POLYGLOT/set-display-message", json={"contents": contents})
        message = charge_point.last("SetDisplayMessage")["message"]
        assert message["messageExtra"] == [{"format": "UTF8", "content": "Hallo", "language": "de"}]
    async with client(server, "MONOGLOT", "ocpp2.0.1", looked_up(answers)) as charge_point:
        response = await server.http.post(
            "/charge-point/MONOGLOT/set-display-message", json={"contents": contents}
        )
        assert response.status_code == 422
        assert charge_point.asked == []
