"""Every command by its path, and what each outcome becomes."""

from typing import Any

import httpx2
import msgspec
import pytest
from msgspec.structs import replace

from chargeyard.domain import commands as c
from chargeyard.domain import outcomes as o
from chargeyard.domain.authorization import Status
from chargeyard.domain.events import TransactionStarted, TransactionStopped
from chargeyard.domain.network_profiles import NetworkProfile
from chargeyard.domain.variables import Address
from tests.api.yard import START, Open, Yard
from tests.domain.made import reading, setting, shown

SAID = msgspec.Raw(b'{"status":"Accepted","n":1.10}')


def accepted(command: c.AnyCommand) -> o.AnyOutcome:
    return o.Accepted(said=SAID)


async def transaction(yard: Yard, number: int, **ended: Any) -> None:
    await yard.record(
        TransactionStarted(
            recorded_at=yard.clock(),
            charge_point="CP1",
            transaction=number,
            wire_id=f"wire-{number}",
            start_key=f"key-{number}",
            evse=2,
            connector=1,
            id_token="TAG",
            authorization=Status.ACCEPTED,
            meter_start_wh=1000,
            started_at=START,
        )
    )
    if ended:
        stop = {"energy_wh": 500, "quality": "ok", "reason": "Local", "meter_stop_wh": 1500, **ended}
        await yard.record(
            TransactionStopped(
                recorded_at=yard.clock(),
                charge_point="CP1",
                transaction=number,
                evse=2,
                stopped_at=yard.clock(),
                **stop,
            )
        )


PATHS = [
    ("POST", "/charge-point/CP1/hard-reset", c.Reset(hard=True)),
    ("POST", "/charge-point/CP1/soft-reset", c.Reset(hard=False)),
    ("POST", "/charge-point/CP1/connector-unlock?connectorId=2", c.UnlockConnector(evse=2)),
    (
        "POST",
        "/charge-point/CP1/status-notification?connectorId=2",
        c.Trigger(topic="StatusNotification", evse=2),
    ),
    ("POST", "/charge-point/CP1/status-notification", c.Trigger(topic="StatusNotification")),
    ("POST", "/charge-point/CP1/boot-notification", c.Trigger(topic="BootNotification")),
    ("POST", "/charge-point/CP1/heartbeat", c.Trigger(topic="Heartbeat")),
    ("POST", "/charge-point/CP1/meter-values?connectorId=1", c.Trigger(topic="MeterValues", evse=1)),
    (
        "POST",
        "/charge-point/CP1/change-configurations?key=HeartbeatInterval&value=60",
        setting("HeartbeatInterval", "60"),
    ),
    (
        "POST",
        "/charge-point/CP1/change-availability?connectorId=1&type=Inoperative",
        c.ChangeAvailability(operative=False, evse=1),
    ),
    ("GET", "/charge-point/CP1/configuration?key=a&key=b", reading("a", "b")),
    ("GET", "/charge-point/CP1/configuration", c.ReadInventory(request_id=0, scope="Configuration")),
]


WATCH = {"key": "EVSE:1.Power", "type": "Delta", "value": 2.5, "severity": 4}
WATCHED = c.MonitorGiven(variable="EVSE:1.Power", type="Delta", value=2.5, severity=4)
POWER = {
    "component": "EVSE", "componentInstance": "a", "connectorId": 1, "evseConnectorId": 2,
    "variable": "Power", "variableInstance": "b",
}  # fmt: skip
AT_POWER = Address("EVSE", "Power", "b", "a", 1, 2)
NETWORK = {
    "csmsUrl": "wss://a", "interface": "Wired0", "messageTimeoutS": 30, "securityProfile": 2,
    "basicAuthPassword": "hush-hush",
}  # fmt: skip

BODIES: list[tuple[str, dict[str, Any] | None, c.AnyCommand]] = [
    ("reset", {}, c.Reset()),
    ("reset", {"type": "Hard", "connectorId": 2}, c.Reset(hard=True, evse=2)),
    ("reset", {"type": "Resume"}, c.Reset(resume=True)),
    (
        "trigger",
        {"topic": "TransactionEvent", "connectorId": 2, "evseConnectorId": 1},
        c.Trigger(topic="TransactionEvent", evse=2, connector=1),
    ),
    ("trigger", {"topic": "CustomTrigger", "custom": "x"}, c.Trigger(topic="CustomTrigger", custom="x")),
    (
        "transfer-data",
        {"vendorId": "V", "messageId": "M", "data": {"a": 1}},
        c.TransferData(vendor_id="V", message_id="M", data=msgspec.Raw(b'{"a":1}')),
    ),
    (
        "set-network-profile",
        {"slot": 1, "profile": NETWORK},
        c.SetNetworkProfile(slot=1, profile=msgspec.convert(NETWORK, NetworkProfile)),
    ),
    (
        "set-variables",
        {"variables": [{"key": "A", "value": "1"}, {**POWER, "value": "2", "attribute": "MaxSet"}]},
        c.SetVariables(
            variables=(
                c.VariableGiven(variable="A", value="1"),
                c.VariableGiven(variable=AT_POWER, value="2", attribute="MaxSet"),
            )
        ),
    ),
    ("get-variables", {"variables": [{"key": "a"}, {"key": "b"}]}, reading("a", "b")),
    ("read-inventory", {"scope": "Summary"}, c.ReadInventory(request_id=0, scope="Summary")),
    (
        "read-report",
        {"criteria": ["Problem"], "components": [{"component": "EVSE", "connectorId": 1}]},
        c.ReadReport(
            request_id=0, criteria=("Problem",), components=(c.ComponentWanted(component="EVSE", evse=1),)
        ),
    ),
    ("set-monitoring-base", {"base": "All"}, c.SetMonitoringBase(base="All")),
    ("set-monitoring-level", {"severity": 4}, c.SetMonitoringLevel(severity=4)),
    ("set-monitors", {"monitors": [WATCH]}, c.SetMonitors(monitors=(WATCHED,))),
    ("clear-monitors", {"ids": [1, 2]}, c.ClearMonitors(ids=(1, 2))),
    (
        "read-monitors",
        {"criteria": ["DeltaMonitoring"]},
        c.ReadMonitors(request_id=0, criteria=("DeltaMonitoring",)),
    ),
    ("read-event-streams", None, c.ReadEventStreams()),
    ("adjust-event-stream", {"streamId": 4, "values": 9}, c.AdjustEventStream(stream_id=4, values=9)),
]


@pytest.mark.parametrize(("path", "body", "command"), BODIES, ids=shown)
async def test_a_body_becomes_its_command(
    client: httpx2.AsyncClient, yard: Yard, path: str, body: dict[str, Any] | None, command: c.AnyCommand
) -> None:
    await yard.connect("CP1", accepted)
    for _ in range(2):
        answer = await client.post(f"/charge-point/CP1/{path}", json=body, headers={"Idempotency-Key": path})
        assert answer.status_code == 200, answer.text
    (asked,) = yard.asked
    assert msgspec.json.encode(_numberless(asked)) == msgspec.json.encode(command)
    commands = await client.get("/charge-point/CP1/command")
    assert "hush-hush" not in answer.text + commands.text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("set-variables", {"variables": []}),
        ("set-variables", {"variables": [{"key": "A"}]}),
        ("get-variables", {"variables": [{"key": "A", "component": "B", "variable": "C"}]}),
        ("get-variables", {"variables": [{"component": "B"}]}),
        ("get-variables", {"variables": [{"key": "A", "attribute": "Dream"}]}),
        ("get-variables", {"variables": [{"key": "A", "colour": 1}]}),
        ("set-monitors", {"monitors": [{**WATCH, "severity": 10}]}),
        ("clear-monitors", {"ids": [-1]}),
        ("reset", {"type": "Immediate"}),
        ("trigger", {"topic": "Weather"}),
        ("set-network-profile", {"slot": 1, "profile": {}}),
    ],
    ids=str,
)
async def test_a_body_that_makes_no_command_is_a_problem(
    client: httpx2.AsyncClient, yard: Yard, path: str, body: dict[str, Any]
) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.post(f"/charge-point/CP1/{path}", json=body)
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:chargeyard:problem:invalid-request")
    assert yard.asked == []


@pytest.mark.parametrize(("method", "path", "command"), PATHS)
async def test_a_path_sends_its_command(
    client: httpx2.AsyncClient, yard: Yard, method: str, path: str, command: c.AnyCommand
) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.request(method, path)
    assert answer.status_code == 200, answer.text
    assert list(map(_numberless, yard.asked)) == [command]
    told = answer.json()
    assert told["outcome"] == told["status"] == "Accepted"
    assert (told["cpId"], told["command"]) == ("CP1", type(command).__name__)
    assert told["durationMs"] == 1000  # the clock goes a second further at each reading
    assert told["submittedAt"] < told["settledAt"]
    assert told["error"] is None


async def test_the_answer_is_word_for_word(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.post("/charge-point/CP1/heartbeat")
    assert b'"answer":{"status":"Accepted","n":1.10}' in answer.content


async def test_a_registered_key_code_starts_as_what_it_is(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    await client.post("/id-token", json={"idToken": "4711", "kind": "KeyCode"})
    started = await client.post("/charge-transaction/start", json={"cpId": "CP1", "idTag": "4711"})
    assert started.status_code == 200
    assert _numberless(yard.asked[0]) == c.StartTransaction(id_token="4711", token_kind="KeyCode")


async def test_start_and_stop(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    await transaction(yard, 7)
    wish = {"cpId": "CP1", "connectorId": 2, "idTag": "TAG"}
    assert (await client.post("/charge-transaction/start", json=wish)).status_code == 200
    assert (await client.post("/charge-transaction/stop/7")).status_code == 200
    start, stop = yard.asked
    assert isinstance(start, c.StartTransaction)
    assert 0 < start.remote_start_id < 2**31
    assert _numberless(start) == c.StartTransaction(id_token="TAG", evse=2)
    assert stop == c.StopTransaction(transaction=7, wire_id="wire-7")


async def test_no_two_starts_and_no_two_readings_have_the_same_number(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.connect("CP1", accepted)
    for _ in range(2):
        await client.post("/charge-transaction/start", json={"cpId": "CP1", "idTag": "TAG"})
        await client.get("/charge-point/CP1/configuration")
    numbers = [
        getattr(asked, "remote_start_id", 0) or getattr(asked, "request_id", 0) for asked in yard.asked
    ]
    assert len(set(numbers)) == 4


def _numberless(command: c.AnyCommand) -> c.AnyCommand:
    """The command without the number that it was given."""
    if isinstance(command, c.StartTransaction):
        return replace(command, remote_start_id=0)
    return (
        replace(command, request_id=0)
        if isinstance(command, c.ReadInventory | c.ReadReport | c.ReadMonitors)
        else command
    )


async def test_a_start_at_an_unknown_charge_point_is_a_404(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/charge-transaction/start", json={"cpId": "x", "idTag": "TAG"})
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:chargeyard:problem:charge-point-not-found",
    )


@pytest.mark.parametrize(("completeness", "status"), [("reported", 409), ("inferred", 200)])
async def test_only_an_end_that_was_told_refuses_a_stop(
    client: httpx2.AsyncClient, yard: Yard, completeness: str, status: int
) -> None:
    await yard.connect("CP1", accepted)
    await transaction(yard, 7, completeness=completeness)
    assert (await client.post("/charge-transaction/stop/7")).status_code == status


ANSWERED = [
    (o.Accepted(said=SAID), "Accepted", "Accepted"),
    (o.Scheduled(said=msgspec.Raw(b'{"status":"Scheduled"}')), "Scheduled", "Scheduled"),
    (o.Rejected(reason="Occupied", said=msgspec.Raw(b'{"results":[]}')), "Rejected", "Occupied"),
    (o.Unsupported(), "Unsupported", None),
]


@pytest.mark.parametrize(("outcome", "word", "status"), ANSWERED)
async def test_whatever_a_charge_point_answers_is_a_200(
    client: httpx2.AsyncClient, yard: Yard, outcome: o.AnyOutcome, word: str, status: str | None
) -> None:
    await yard.connect("CP1", lambda _: outcome)
    answer = await client.post("/charge-point/CP1/soft-reset")
    assert answer.status_code == 200
    assert (answer.json()["outcome"], answer.json()["status"]) == (word, status)


UNANSWERED = [
    (o.TimedOut(after_s=5), 504, "no-answer", "no answer within 5 s; whether it was done is unknown"),
    (o.Invalid(detail="$.type: not one of"), 422, "invalid-command", "$.type: not one of"),
    (o.Failed(code="InternalError", detail="oops"), 502, "charge-point-error", "oops"),
    (o.Offline(), 409, "charge-point-offline", None),
]


@pytest.mark.parametrize(("outcome", "status", "kind", "detail"), UNANSWERED)
async def test_what_no_charge_point_answered_is_a_problem_with_the_envelope(
    client: httpx2.AsyncClient,
    yard: Yard,
    *,
    outcome: o.AnyOutcome,
    status: int,
    kind: str,
    detail: str | None,
) -> None:
    await yard.connect("CP1", lambda _: outcome)
    answer = await client.post("/charge-point/CP1/soft-reset")
    told = answer.json()
    assert (answer.status_code, told["status"]) == (status, status)
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (told["type"], told.get("detail")) == (f"urn:chargeyard:problem:{kind}", detail)
    assert told["outcome"] == type(outcome).__name__
    found = await client.get(f"/charge-point/CP1/command/{told['commandId']}")
    assert (found.status_code, found.json()["outcome"]) == (200, type(outcome).__name__)


async def test_a_registered_charge_point_without_a_session_is_offline(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.register("CP1")
    answer = await client.post("/charge-point/CP1/hard-reset")
    assert (answer.status_code, answer.json()["outcome"]) == (409, "Offline")


async def test_the_same_key_is_the_same_command(
    client: httpx2.AsyncClient, open_client: Open, yard: Yard
) -> None:
    await yard.connect("CP1", accepted)
    key = {"Idempotency-Key": '"one"'}
    first = await client.post("/charge-point/CP1/hard-reset", headers=key)
    again = await client.post("/charge-point/CP1/hard-reset", headers=key)
    assert again.json() == first.json()
    assert len(yard.asked) == 1
    issued = await client.post("/api-key", json={"name": "another caller"})
    bearer = {"Authorization": f"Bearer {issued.json()['key']}"}
    other = await open_client().post("/charge-point/CP1/hard-reset", headers=key | bearer)
    assert other.json()["commandId"] != first.json()["commandId"]


async def test_a_key_does_not_pass_for_another_command(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    await yard.connect("CP2", accepted)
    key = {"Idempotency-Key": "one"}
    await client.post("/charge-point/CP1/hard-reset", headers=key)
    for path in ("/charge-point/CP1/soft-reset", "/charge-point/CP2/hard-reset"):
        answer = await client.post(path, headers=key)
        assert (answer.status_code, answer.json()["type"]) == (
            409,
            "urn:chargeyard:problem:idempotency-key-reused",
        )
    assert len(yard.asked) == 1


async def test_a_masked_value_does_not_look_like_another_command(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.connect("CP1", accepted)
    path = "/charge-point/CP1/change-configurations?key=AuthorizationKey&value=very-secret-key"
    first = await client.post(path, headers={"Idempotency-Key": "one"})
    again = await client.post(path, headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert "very-secret-key" not in (await client.get("/charge-point/CP1/command")).text


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("get-log", {"kind": "Security", "location": "ftp://h/x"}),
        ("update-firmware", {"location": "ftp://h/x"}),
        ("publish-firmware", {"location": "ftp://h/x", "checksum": "0" * 32}),
        ("read-display-messages", {}),
        ("set-display-message", {"priority": "InFront", "contents": [{"text": "Hi"}]}),
        ("read-der-controls", {}),
    ],
)
async def test_what_we_fill_in_does_not_make_another_command(
    client: httpx2.AsyncClient, yard: Yard, path: str, body: dict[str, Any]
) -> None:
    await yard.connect("CP1", accepted)
    answers = [
        await client.post(f"/charge-point/CP1/{path}", json=body, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert [one.status_code for one in answers] == [200, 200], [one.text for one in answers]
    assert len(yard.asked) == 1


async def test_who_does_not_wait_is_told_where_to_look(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP 1/a", accepted)
    later = await client.post(
        "/charge-point/CP%201%2Fa/heartbeat", headers={"Prefer": "respond-async, wait=9"}
    )
    assert later.status_code == 202
    assert later.headers["Preference-Applied"] == "respond-async"
    assert later.json()["outcome"] in {"Pending", "Accepted"}
    await yard.services.outbound.drain()  # type: ignore[attr-defined]
    found = await client.get(later.headers["Location"])
    assert (found.json()["outcome"], found.json()["cpId"]) == ("Accepted", "CP 1/a")


@pytest.mark.parametrize("wait", ["0", "-1", "1000000", "soon"])
async def test_a_senseless_wait_is_refused(client: httpx2.AsyncClient, yard: Yard, wait: str) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.post("/charge-point/CP1/heartbeat", headers={"Prefer": f"wait={wait}"})
    assert (answer.status_code, yard.asked) == (400, [])


@pytest.mark.parametrize(
    "path",
    [
        "/connector-unlock",
        "/connector-unlock?connectorId=one",
        "/connector-unlock?connectorId=-1",
        "/change-availability?type=Broken",
        "/change-configurations?key=a",
    ],
)
async def test_a_wrong_parameter_is_named(client: httpx2.AsyncClient, yard: Yard, path: str) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.post(f"/charge-point/CP1{path}")
    assert (answer.status_code, answer.json()["type"]) == (400, "urn:chargeyard:problem:invalid-request")
    assert yard.asked == []


async def test_any_message_goes_out_as_it_was_written(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    body = b'{"limit": 11.10, "evse": {"id": 1}}'
    answer = await client.post("/charge-point/CP1/command/SetChargingProfile", content=body)
    assert (answer.status_code, answer.json()["command"]) == (200, "SetChargingProfile")
    (command,) = yard.asked
    assert isinstance(command, c.RawCall)
    assert (command.action, bytes(command.payload)) == ("SetChargingProfile", body)


async def test_a_message_without_a_body_is_empty(client: httpx2.AsyncClient, yard: Yard) -> None:
    await yard.connect("CP1", accepted)
    await client.post("/charge-point/CP1/command/ClearCache")
    (command,) = yard.asked
    assert isinstance(command, c.RawCall)
    assert bytes(command.payload) == b"{}"


@pytest.mark.parametrize("body", [b"[]", b"{", b'"x"', b"\xff\xfe", b"[" * 100_000])
async def test_a_message_that_is_no_object_is_refused(
    client: httpx2.AsyncClient, yard: Yard, body: bytes
) -> None:
    await yard.connect("CP1", accepted)
    answer = await client.post("/charge-point/CP1/command/Reset", content=body)
    assert (answer.status_code, yard.asked) == (400, [])


async def test_commands_are_listed_and_belong_to_their_charge_point(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.connect("CP1", accepted)
    await yard.connect("CP2", accepted)
    first = (await client.post("/charge-point/CP1/hard-reset")).json()
    second = (await client.post("/charge-point/CP1/heartbeat")).json()
    listed = (await client.get("/charge-point/CP1/command")).json()
    assert listed["items"] == [second, first]
    assert first["principal"] == "admin"
    elsewhere = await client.get(f"/charge-point/CP2/command/{first['commandId']}")
    assert elsewhere.status_code == 404
    assert (await client.get("/charge-point/CP1/command/none")).status_code == 404


@pytest.mark.parametrize(("method", "path", "_command"), PATHS)
async def test_an_unknown_charge_point_is_a_404(
    client: httpx2.AsyncClient, method: str, path: str, _command: c.AnyCommand
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:chargeyard:problem:charge-point-not-found",
    )
