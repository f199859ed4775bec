"""Smart charging with charge points that others wrote: profiles, limits from outside, what vehicles need."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from ocpp.v16 import call, call_result

from tests.e2e import ocpp2, pypi
from tests.e2e.ocpp2 import Answering, Client
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, items, told

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = {"id_token": "CARD", "type": "ISO14443"}


def _now(minutes: float = 0) -> str:
    at = datetime.now(UTC) + timedelta(minutes=minutes)
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("smart")) as server:
        await told(server, "POST", "/id-token", json={"idToken": "CARD", "maxTransactions": None})
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


def _accepted(payload: Payload) -> Payload:
    return {"status": "Accepted"}


ANSWERS: dict[str, Answering] = {
    "ClearChargingProfile": _accepted,
    "GetBaseReport": _accepted,
    "GetChargingProfiles": _accepted,
    "GetCompositeSchedule": lambda payload: {
        "status": "Accepted",
        "schedule": {
            "evse_id": payload["evse_id"],
            "duration": payload["duration"],
            "schedule_start": _now(),
            "charging_rate_unit": "A",
            "charging_schedule_period": [{"start_period": 0, "limit": 10.0}],
        },
    },
    "SetChargingProfile": _accepted,
}
OF_21: dict[str, Answering] = {
    "AFRRSignal": _accepted,
    "NotifyAllowedEnergyTransfer": _accepted,
    "UpdateDynamicSchedule": _accepted,
    "UsePriorityCharging": _accepted,
}


def _profile(number: int, limit: float = 16, **fields: Any) -> Payload:
    given = {
        "id": number,
        "purpose": "TxDefault",
        "kind": "Absolute",
        "connectorId": 1,
        "schedules": [{"unit": "A", "start": _now(-1), "periods": [{"startS": 0, "limit": limit}]}],
    }
    return {**given, **fields}


async def _begin(charge_point: Client, server: Server, identity: str) -> int:
    await charge_point.say(
        "TransactionEvent",
        event_type="Started",
        timestamp=_now(),
        trigger_reason="Authorized",
        seq_no=0,
        transaction_info={"transaction_id": "tx-1", "charging_state": "Charging"},
        evse={"id": 1, "connector_id": 1},
        id_token=TOKEN,
    )
    [running] = await items(server, "/charge-transaction", cpId=identity, running="true")
    return int(running["id"])


async def _end(charge_point: Client) -> None:
    await charge_point.say(
        "TransactionEvent",
        event_type="Ended",
        timestamp=_now(),
        trigger_reason="EVDeparted",
        seq_no=1,
        transaction_info={"transaction_id": "tx-1", "stopped_reason": "EVDisconnected"},
    )


async def _installed(server: Server, identity: str, kind: str = "charging-profile") -> list[Any]:
    rows = await items(server, f"/charge-point/{identity}/installed/{kind}")
    return [(row["key"], row["connectorId"], row["source"]) for row in rows]


async def _until_installed(server: Server, identity: str) -> None:
    async with asyncio.timeout(20.0):
        while not await _installed(server, identity):  # noqa: ASYNC110 - there is no news of it to wait for
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_profiles_are_set_listed_composed_and_cleared(server: Server, word: str) -> None:
    identity = f"PROFILES-{word}"
    path = f"/charge-point/{identity}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        number = await _begin(charge_point, server, identity)
        await told(server, "POST", f"{path}/set-charging-profile", json=_profile(1))
        mine = _profile(2, 12, purpose="Tx", transactionId=number)
        await told(server, "POST", f"{path}/set-charging-profile", json=mine)
        said = charge_point.payloads("SetChargingProfile")
        assert [(one["evseId"], one["chargingProfile"]["id"]) for one in said] == [(1, 1), (1, 2)]
        assert said[1]["chargingProfile"]["transactionId"] == "tx-1"
        double = await server.http.post(f"{path}/set-charging-profile", json=_profile(3))
        assert double.status_code == 422
        assert len(charge_point.payloads("SetChargingProfile")) == 2

        await charge_point.say(
            "NotifyChargingLimit", charging_limit={"charging_limit_source": "EMS"}, evse_id=1,
            charging_schedule=[
                {"id": 1, "charging_rate_unit": "A", "charging_schedule_period": [{"start_period": 0, "limit": 11.0}]}
            ],
        )  # fmt: skip
        assert await _installed(server, identity, "external-limit") == [("EMS", 1, "external")]
        composite = {"connectorId": 1, "duration": 60, "unit": "A"}
        compared = await told(server, "POST", f"{path}/composite-schedule", json=composite)
        assert compared["ours"]["periods"][0]["limit"] == 11
        assert [one["theirs"] for one in compared["deviations"]] == [10.0]
        await charge_point.say("ClearedChargingLimit", charging_limit_source="EMS")

        asked = await told(server, "POST", f"{path}/read-charging-profiles", json={})
        request = charge_point.payloads("GetChargingProfiles")[0]["requestId"]
        assert asked["outcome"] == "Accepted"
        listed = {
            "id": 7,
            "stack_level": 3,
            "charging_profile_purpose": "ChargingStationExternalConstraints",
            "charging_profile_kind": "Absolute",
            "charging_schedule": [
                {
                    "id": 1,
                    "charging_rate_unit": "A",
                    "start_schedule": _now(),
                    "charging_schedule_period": [{"start_period": 0, "limit": 6.0}],
                }
            ],
        }
        await charge_point.say(
            "ReportChargingProfiles", request_id=request, charging_limit_source="SO",
            charging_profile=[listed], evse_id=1, tbc=False,
        )  # fmt: skip
        # It has named all that it holds: the others are not there.
        assert await _installed(server, identity) == [("external-7", 1, "external")]
        ours = await told(server, "GET", f"{path}/composite-schedule?connectorId=1&duration=60")
        assert ours["periods"][0]["limit"] == 6

        await told(server, "POST", f"{path}/set-charging-profile", json=mine)
        await _end(charge_point)
        assert await _installed(server, identity) == [("external-7", 1, "external")]
        await told(server, "POST", f"{path}/clear-charging-profiles", json={"id": 1})
        assert charge_point.payloads("ClearChargingProfile") == [{"chargingProfileId": 1}]


@pytest.mark.parametrize("word", ocpp2.VERSIONS)
async def test_a_vehicle_is_given_what_it_needs(server: Server, word: str) -> None:
    """TC_K_53, TC_K_55, TC_K_57: the needs are answered by a profile, and too high a plan by another."""
    identity = f"NEEDS-{word}"
    async with ocpp2.client(server, identity, word, ANSWERS) as charge_point:
        needs = {
            "requested_energy_transfer": "AC_three_phase",
            "departure_time": _now(120),
            "ac_charging_parameters": {
                "energy_amount": 10_000,
                "ev_min_current": 6,
                "ev_max_current": 16,
                "ev_max_voltage": 230,
            },
        }
        early = await charge_point.say("NotifyEVChargingNeeds", evse_id=1, charging_needs=needs)
        assert early.status in {"Rejected", "NoChargingProfile"}
        number = await _begin(charge_point, server, identity)
        answer = await charge_point.say("NotifyEVChargingNeeds", evse_id=1, charging_needs=needs)
        assert answer.status == "Accepted"
        [sent] = await charge_point.until_asked("SetChargingProfile", 1)
        profile = sent["chargingProfile"]
        assert (profile["chargingProfilePurpose"], profile["transactionId"]) == ("TxProfile", "tx-1")
        assert profile["id"] == number
        [schedule] = profile["chargingSchedule"]
        assert 7 < schedule["chargingSchedulePeriod"][0]["limit"] < 9
        await _until_installed(server, identity)
        plan = {
            "id": 1,
            "charging_rate_unit": "A",
            "charging_schedule_period": [{"start_period": 0, "limit": 16.0}],
        }
        heard = await charge_point.say(
            "NotifyEVChargingSchedule", time_base=_now(), evse_id=1, charging_schedule=plan
        )
        assert heard.status == "Accepted"
        [_, again] = await charge_point.until_asked("SetChargingProfile", 2)
        assert again["chargingProfile"]["id"] == number
        keys = [key for key, _, _ in await _installed(server, identity, "vehicle")]
        assert keys == ["needs", "plan"]
        history = await items(server, f"/charge-point/{identity}/report", kind="ChargingNeedsTold")
        assert [one["body"]["is_promised"] for one in history] == [True, False]


async def test_what_only_2_1_can_do(server: Server) -> None:
    identity = "DYNAMIC"
    path = f"/charge-point/{identity}"
    async with ocpp2.client(server, identity, "ocpp2.1", {**ANSWERS, **OF_21}) as charge_point:
        number = await _begin(charge_point, server, identity)
        dynamic = _profile(4, kind="Dynamic")
        del dynamic["schedules"][0]["start"]
        await told(server, "POST", f"{path}/set-charging-profile", json=dynamic)
        values = {"id": 4, "values": {"startS": 0, "limit": 9.5}}
        await told(server, "POST", f"{path}/update-dynamic-schedule", json=values)
        pulled = await charge_point.say("PullDynamicScheduleUpdate", charging_profile_id=4)
        assert (pulled.status, pulled.schedule_update) == ("Accepted", {"limit": 9.5})
        unknown = await charge_point.say("PullDynamicScheduleUpdate", charging_profile_id=5)
        assert (unknown.status, unknown.status_info["reason_code"]) == ("Rejected", "InvalidProfile")

        await charge_point.say("NotifyPriorityCharging", transaction_id="tx-1", activated=True)
        [row] = await items(server, f"{path}/installed/vehicle")
        assert row["body"] == {"transaction": number, "activated": True}
        await told(
            server, "POST", f"{path}/use-priority-charging", json={"transactionId": number, "activate": False}
        )
        transfer = {"transactionId": number, "modes": ["AC_three_phase"]}
        await told(server, "POST", f"{path}/allow-energy-transfer", json=transfer)
        await told(server, "POST", f"{path}/send-grid-signal", json={"signal": 5})
        assert [action for action, _ in charge_point.asked if action != "GetBaseReport"] == [
            "SetChargingProfile",
            "UpdateDynamicSchedule",
            "UsePriorityCharging",
            "NotifyAllowedEnergyTransfer",
            "AFRRSignal",
        ]
        [row] = await items(server, f"{path}/installed/vehicle")
        assert row["body"]["activated"] is False


async def test_one_of_1_6_keeps_its_book_with_us(server: Server) -> None:
    identity = "PROFILES-16"
    path = f"/charge-point/{identity}"
    async with pypi.client(server, identity) as charge_point:
        started = await charge_point.call(call.StartTransaction(1, "CARD", 0, _now()), suppress=False)
        number = started.transaction_id
        await told(server, "POST", f"{path}/set-charging-profile", json=_profile(1))
        await told(server, "POST", f"{path}/set-charging-profile", json=_profile(2, 10))
        action, payload = charge_point.asked
        assert (action, payload["connectorId"]) == ("SetChargingProfile", 1)
        # The same purpose and stack level gives way.
        assert await _installed(server, identity) == [("2", 1, "ours")]
        mine = _profile(3, 8, purpose="Tx", transactionId=number)
        await told(server, "POST", f"{path}/set-charging-profile", json=mine)
        assert charge_point.asked[1]["csChargingProfiles"]["transactionId"] == number
        ours = await told(server, "GET", f"{path}/composite-schedule?connectorId=1&duration=60")
        assert ours["periods"][0]["limit"] == 8
        composite = {"connectorId": 1, "duration": 60}
        compared = await told(server, "POST", f"{path}/composite-schedule", json=composite)
        assert compared["result"]["schedule"]["periods"][0]["limit"] == 16
        for odd, word in (({"maxOfflineS": 5}, "max_offline_s"), ({"kind": "Dynamic"}, "Dynamic")):
            refused = await server.http.post(f"{path}/set-charging-profile", json=_profile(5, **odd))
            assert refused.status_code == 422
            assert word in refused.json()["detail"]
        await charge_point.call(call.StopTransaction(100, _now(), number), suppress=False)
        assert await _installed(server, identity) == [("2", 1, "ours")]
        charge_point.otherwise["ClearChargingProfile"] = call_result.ClearChargingProfile("Unknown")
        cleared = await told(server, "POST", f"{path}/clear-charging-profiles", json={})
        assert (cleared["outcome"], cleared["result"]["anyFound"]) == ("Rejected", False)
        assert await _installed(server, identity) == []
        wish = {
            "cpId": identity,
            "connectorId": 1,
            "idTag": "CARD",
            "chargingProfile": _profile(6, purpose="Tx"),
        }
        await told(server, "POST", "/charge-transaction/start", json=wish)
        assert charge_point.asked[1]["chargingProfile"]["chargingProfilePurpose"] == "TxProfile"
