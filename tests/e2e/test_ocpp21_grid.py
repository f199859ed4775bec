"""Grid controls, by REST, with a charge point of 2.1 that others wrote."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from tests.e2e.ocpp2 import client, looked_up
from tests.e2e.server import Server, serving
from tests.e2e.wire import AT, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

VOLT_VAR = {
    "shape": "Curve",
    "yUnit": "PctMaxVar",
    "points": [{"x": 95, "y": 44}, {"x": 105, "y": -44}],
    "hysteresis": {"high": 1.5, "delayS": 3},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("grid"), ocpp__follow_ups="false") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def test_controls_are_set_listed_and_cleared(server: Server) -> None:
    answers: dict[str, dict[str, Any]] = {
        "SetDERControl": {"status": "Accepted", "superseded_ids": ["old"]},
        "GetDERControl": {"status": "Accepted"},
        "ClearDERControl": {"status": "Accepted"},
    }
    at = "/charge-point/DER"
    async with client(server, "DER", "ocpp2.1", looked_up(answers)) as charge_point:
        wish = {"kind": "VoltVar", "setting": VOLT_VAR, "id": "c-1", "startsAt": AT, "durationS": 60}
        envelope = await told(server, "POST", f"{at}/set-der-control", json=wish)
        assert envelope["result"] == {
            "result": "DerControlSet",
            "controlId": "c-1",
            "supersededIds": ["old"],
        }
        assert charge_point.last("SetDERControl") == {
            "isDefault": False,
            "controlId": "c-1",
            "controlType": "VoltVar",
            "curve": {
                "curveData": [{"x": 95, "y": 44}, {"x": 105, "y": -44}],
                "priority": 0,
                "yUnit": "PctMaxVar",
                "startTime": AT,
                "duration": 60,
                "hysteresis": {"hysteresisHigh": 1.5, "hysteresisDelay": 3},
            },
        }
        [held] = await items(server, f"{at}/installed/der-control")
        assert (held["key"], held["source"], held["body"]["supersedes"]) == (
            "scheduled:VoltVar:c-1",
            "ours",
            ["old"],
        )
        listing = await told(server, "POST", f"{at}/read-der-controls", json={})
        request_id = listing["result"]["requestId"]
        assert charge_point.last("GetDERControl") == {"requestId": request_id}
        gradient = {"priority": 0, "gradient": 2, "soft_gradient": 1}
        await charge_point.say(
            "ReportDERControl", request_id=request_id, gradient=[{"id": "g-1", "gradient": gradient}]
        )
        assert (await told(server, "GET", f"{at}/listing/{request_id}"))["isComplete"]
        [held] = await items(server, f"{at}/installed/der-control")
        assert (held["key"], held["source"]) == ("default:Gradients:g-1", "reported")
        assert held["body"]["setting"] == {"shape": "Gradient", "gradient": 2, "softGradient": 1}
        await told(server, "POST", f"{at}/clear-der-controls", json={"isDefault": True, "kind": "Gradients"})
        assert charge_point.last("ClearDERControl") == {"isDefault": True, "controlType": "Gradients"}
        assert await items(server, f"{at}/installed/der-control") == []


async def test_what_the_grid_makes_it_do_is_kept(server: Server) -> None:
    async with client(server, "ALARM", "ocpp2.1", looked_up({})) as charge_point:
        await charge_point.say(
            "NotifyDERAlarm", control_type="HVMustTrip", timestamp=AT, grid_event_fault="OverVoltage"
        )
        await charge_point.say("NotifyDERAlarm", control_type="HVMustTrip", timestamp=AT, alarm_ended=True)
        await charge_point.say(
            "NotifyDERStartStop", control_id="c-1", started=True, timestamp=AT, superseded_ids=["c-0"]
        )
    ended, begun = await items(server, "/charge-point/ALARM/report", kind="DerAlarmReported")
    assert (begun["body"]["fault"], begun["body"]["has_ended"]) == ("OverVoltage", False)
    assert ended["body"]["has_ended"] is True
    [switched] = await items(server, "/charge-point/ALARM/report", kind="DerControlSwitched")
    assert (switched["body"]["control_id"], switched["body"]["supersedes"]) == ("c-1", ["c-0"])


@pytest.mark.parametrize(
    "wish",
    [
        {"kind": "FixedVar", "setting": VOLT_VAR},
        {"kind": "VoltVar", "setting": VOLT_VAR, "isDefault": True, "durationS": 5},
        {"kind": "Gradients", "setting": {"shape": "Gradient", "gradient": 1, "softGradient": 1}},
    ],
    ids=["shape", "default", "scheduled"],
)
async def test_what_contradicts_the_rules_is_not_said(
    server: Server, wish: dict[str, Any], request: pytest.FixtureRequest
) -> None:
    identity = f"RULES-{request.node.callspec.id}"
    async with client(server, identity, "ocpp2.1", looked_up({})) as charge_point:
        response = await server.http.post(f"/charge-point/{identity}/set-der-control", json=wish)
        assert response.status_code == 422
        assert charge_point.asked == []


async def test_the_version_before_knows_none_of_it(server: Server) -> None:
    async with client(server, "OLDER", "ocpp2.0.1", looked_up({})) as charge_point:
        for path, wish in (
            ("set-der-control", {"kind": "VoltVar", "setting": VOLT_VAR}),
            ("read-der-controls", {}),
            ("clear-der-controls", {"isDefault": True}),
        ):
            envelope = await told(server, "POST", f"/charge-point/OLDER/{path}", json=wish)
            assert envelope["outcome"] == "Unsupported"
        assert charge_point.asked == []
