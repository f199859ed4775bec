"""Id tokens, local lists and customers, with charge points that others wrote."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from ocpp.v16 import call, call_result

from tests.e2e import ocpp2, pypi
from tests.e2e.ocpp2 import Answering
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIN = "471147114711"


class Station:
    """What a charge point of 2.x keeps of tokens."""

    def __init__(self) -> None:
        self.version = 0

    def version_told(self, asked: Payload) -> Payload:
        return {"version_number": self.version}

    def list_sent(self, asked: Payload) -> Payload:
        if asked["update_type"] == "Differential" and asked["version_number"] <= self.version:
            return {"status": "VersionMismatch"}
        self.version = asked["version_number"]
        return {"status": "Accepted"}

    @property
    def answers(self) -> dict[str, Answering]:
        return {
            "ClearCache": lambda asked: {"status": "Rejected"},
            "CustomerInformation": lambda asked: {"status": "Accepted"},
            "GetLocalListVersion": self.version_told,
            "SendLocalList": self.list_sent,
        }


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("tokens")) as server:
        for token in (
            {"idToken": "CARD", "kind": "ISO14443", "parent": "FLEET", "maxTransactions": None},
            {"idToken": "DE-ABC-C1", "kind": "eMAID", "maxTransactions": None},
            {"idToken": "BROKE", "refusal": "NoCredit"},
            {"idToken": "AWAY", "allowedAt": [{"cpId": "ELSEWHERE"}]},
            {"idToken": "MASTER", "parent": "MASTERS", "masterPass": True, "maxTransactions": None},
            {"idToken": PIN, "kind": "KeyCode", "maxTransactions": None},
        ):
            await told(server, "POST", "/id-token", json=token)
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log
        assert PIN not in server.log


async def _event(charge_point: ocpp2.Client, number: int, **rest: Any) -> Any:
    given = {"event_type": "Started" if not number else "Updated", "trigger_reason": "Authorized", **rest}
    answer = await charge_point.say(
        "TransactionEvent",
        timestamp=datetime.now(UTC).isoformat(),
        seq_no=number,
        transaction_info={"transaction_id": "tx-1"},
        evse={"id": 1, "connector_id": 1},
        **given,
    )
    return answer.id_token_info


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_every_token_gets_its_verdict(server: Server, word: str) -> None:
    identity = f"TOKENS-{word}"
    place = {"cpId": identity, "connectorIds": [1, 2]}
    here = {"idToken": f"HERE-{word}", "allowedAt": [place], "personalMessage": "Hello", "language": "en"}
    await told(server, "POST", "/id-token", json=here)
    async with ocpp2.client(server, identity, word, {}) as charge_point:

        async def verdict(id_token: str, kind: str = "ISO14443", **proof: Any) -> Any:
            token = {"id_token": id_token, "type": kind}
            return await charge_point.say("Authorize", id_token=token, **proof)

        assert (await verdict("CARD")).id_token_info == {
            "status": "Accepted",
            "group_id_token": {"id_token": "FLEET", "type": "Central"},
        }
        for id_token, kind, status in (
            ("CARD", "ISO15693", "Unknown"),
            ("NOBODY", "ISO14443", "Unknown"),
            ("BROKE", "ISO14443", "NoCredit"),
            ("AWAY", "ISO14443", "NotAtThisLocation"),
            ("", "NoAuthorization", "Accepted"),
        ):
            assert (await verdict(id_token, kind)).id_token_info["status"] == status
        allowed = (await verdict(here["idToken"])).id_token_info  # type: ignore[arg-type]
        assert (allowed["evse_id"], allowed["language1"]) == ([1, 2], "en")
        assert allowed["personal_message"]["content"] == "Hello"
        contract = await verdict("DE-ABC-C1", "eMAID", certificate="PEM")
        assert (contract.id_token_info["status"], contract.certificate_status) == (
            "Invalid",
            "CertChainError",
        )

        master = {"id_token": "MASTER", "type": "ISO14443"}
        groups = (await verdict("MASTER")).id_token_info
        assert (groups["status"], groups["group_id_token"]["id_token"]) == ("Accepted", "MASTERS")
        card = {"id_token": "CARD", "type": "ISO14443"}
        assert (await _event(charge_point, 0, id_token=master))["status"] == "Invalid"
        assert (await _event(charge_point, 1, id_token=card))["status"] == "Accepted"
        stopped = await _event(
            charge_point, 2, id_token=master, event_type="Ended", trigger_reason="StopAuthorized"
        )
        assert stopped["status"] == "Accepted"


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_a_key_code_is_known_and_seen_nowhere(server: Server, word: str) -> None:
    identity = f"CODES-{word}"
    async with ocpp2.client(server, identity, word, {}) as charge_point:
        code = {"id_token": PIN, "type": "KeyCode"}
        assert (await charge_point.say("Authorize", id_token=code)).id_token_info["status"] == "Accepted"
        assert (await _event(charge_point, 0, id_token=code))["status"] == "Accepted"
        wrong = {"id_token": "000000000000", "type": "KeyCode"}
        for _ in range(5):
            answer = await charge_point.say("Authorize", id_token=wrong)
            assert answer.id_token_info["status"] == "Unknown"
        assert (await charge_point.say("Authorize", id_token=code)).id_token_info["status"] == "Invalid"
    (transaction,) = await items(server, "/charge-transaction", cpId=identity)
    assert transaction["idTag"].startswith("keycode:")
    reports = await items(server, f"/charge-point/{identity}/report", kind="SecurityEventRecorded")
    assert [one["body"]["kind"] for one in reports] == ["WrongKeyCodes"]
    for path in (
        f"/charge-transaction/{transaction['id']}/event",
        f"/charge-point/{identity}/report",
        f"/charge-point/{identity}/message",
        "/id-token",
    ):
        shown = await server.http.get(path)
        assert shown.status_code == 200
        assert PIN not in shown.text
        assert "000000000000" not in shown.text


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_a_local_list_follows_the_register_and_the_customer(server: Server, word: str) -> None:
    identity, station = f"LISTS-{word}", Station()
    async with ocpp2.client(server, identity, word, station.answers) as charge_point:
        answer = await told(server, "POST", f"/charge-point/{identity}/local-list", json={})
        assert (answer["localList"]["version"], answer["localList"]["inStep"]) == (1, True)
        (whole,) = charge_point.payloads("SendLocalList")
        listed = {one["idToken"]["idToken"]: one for one in whole["localAuthorizationList"]}
        assert whole["updateType"] == "Full"
        assert listed["CARD"]["idToken"]["type"] == "ISO14443"
        assert listed["CARD"]["idTokenInfo"]["groupIdToken"]["idToken"] == "FLEET"
        assert listed["BROKE"]["idTokenInfo"]["status"] == "NoCredit"
        assert not {"AWAY", PIN} & set(listed)

        station.version = 7
        await told(server, "POST", "/id-token", json={"idToken": f"NEW-{word}"})
        again = await told(server, "POST", f"/charge-point/{identity}/local-list", json={})
        assert again["commands"][0]["status"] == "VersionMismatch"
        assert (again["localList"]["version"], again["localList"]["inStep"]) == (8, True)

        path = f"/charge-point/{identity}/customer-information"
        asked = await told(server, "POST", path, json={"idToken": "CARD", "clear": True})
        number = asked["result"]["requestId"]
        information = charge_point.payloads("CustomerInformation")[0]
        assert (information["report"], information["clear"]) == (True, True)
        assert information["idToken"] == {"idToken": "CARD", "type": "ISO14443"}
        # N10: what is forgotten must not stand in the list either.
        removal = (await charge_point.until_asked("SendLocalList", 4))[-1]
        assert (removal["versionNumber"], removal["updateType"]) == (9, "Differential")
        assert removal["localAuthorizationList"] == [{"idToken": {"idToken": "CARD", "type": "ISO14443"}}]
        for sequence, text in ((0, "a card, "), (1, "and its owner")):
            await charge_point.say(
                "NotifyCustomerInformation",
                data=text,
                seq_no=sequence,
                generated_at=datetime.now(UTC).isoformat(),
                request_id=number,
                tbc=sequence == 0,
            )
        row = await told(server, "GET", f"{path}/{number}")
        assert (row["text"], row["isComplete"]) == ("a card, and its owner", True)
        cleared = await told(server, "POST", f"/charge-point/{identity}/clear-cache")
        assert cleared["status"] == "Rejected"


async def test_one_of_1_6_has_a_list_of_what_it_can_say(server: Server) -> None:
    await told(server, "POST", "/id-token", json={"idToken": "A-TAG-OF-MORE-THAN-20-LETTERS"})
    async with pypi.client(server, "LISTS-16") as charge_point:
        charge_point.otherwise["GetLocalListVersion"] = call_result.GetLocalListVersion(0)
        answer = await told(server, "POST", "/charge-point/LISTS-16/local-list", json={})
        action, payload = charge_point.asked
        assert (action, payload["updateType"], payload["listVersion"]) == ("SendLocalList", "Full", 1)
        listed = {one["idTag"]: one["idTagInfo"] for one in payload["localAuthorizationList"]}
        assert (listed["BROKE"]["status"], listed["CARD"]["parentIdTag"]) == ("Blocked", "FLEET")
        assert all(len(name) <= 20 for name in listed)
        assert answer["localList"]["inStep"] is True
        refused = await charge_point.call(call.Authorize("AWAY"), suppress=False)
        assert refused.id_tag_info["status"] == "Invalid"
        charge_point.otherwise["GetLocalListVersion"] = call_result.GetLocalListVersion(-1)
        none = await told(server, "POST", "/charge-point/LISTS-16/read-local-list-version")
        assert (none["outcome"], none["result"]["version"]) == ("Unsupported", -1)
