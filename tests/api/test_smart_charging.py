"""Charging profiles over REST."""

from decimal import Decimal
from typing import Any

import httpx2
import pytest

from chargeyard.domain import commands as c
from chargeyard.domain import outcomes
from chargeyard.domain.charging_profiles import Period
from chargeyard.domain.installed_profiles import Criteria
from chargeyard.domain.outcomes import AnyOutcome
from chargeyard.domain.results import ProfileInstalled, ProfilesCleared, ScheduleTold
from chargeyard.domain.smart_charging import CompositeSchedule
from tests.api.yard import START, Yard
from tests.contract import happenings as h

PATH = "/charge-point/CP1"
PROFILE: dict[str, Any] = {
    "id": 3,
    "connectorId": 1,
    "purpose": "TxDefault",
    "kind": "Absolute",
    "schedules": [{"unit": "A", "start": "2026-11-20T12:00:00Z", "periods": [{"startS": 0, "limit": 16.5}]}],
}


def _answer(command: c.AnyCommand) -> AnyOutcome:
    match command:
        case c.SetChargingProfile():
            return outcomes.Accepted(result=ProfileInstalled(replaces="id"))
        case c.ClearChargingProfiles():
            return outcomes.Accepted(result=ProfilesCleared(any_found=True))
        case c.GetCompositeSchedule(evse=evse, duration_s=duration_s):
            told = CompositeSchedule(
                evse=evse,
                start=START,
                duration_s=duration_s,
                unit="A",
                periods=(Period(start_s=0, limit=Decimal(10)),),
            )
            return outcomes.Accepted(result=ScheduleTold(schedule=told))
        case _:
            return outcomes.Accepted()


@pytest.fixture
async def connected(yard: Yard) -> Yard:
    await yard.connect("CP1", _answer)
    return yard


async def _post(client: httpx2.AsyncClient, path: str, body: Any) -> Any:
    answer = await client.post(f"{PATH}/{path}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_a_profile_is_set_shown_and_cleared(client: httpx2.AsyncClient, connected: Yard) -> None:
    assert (await _post(client, "set-charging-profile", PROFILE))["result"] == {
        "result": "ProfileInstalled",
        "replaces": "id",
    }
    [asked] = connected.asked
    assert isinstance(asked, c.SetChargingProfile)
    assert (asked.profile.evse, asked.profile.schedules[0].periods[0].limit) == (1, Decimal("16.5"))
    [row] = (await client.get(f"{PATH}/installed/charging-profile")).json()["items"]
    assert (row["key"], row["connectorId"], row["source"]) == ("3", 1, "ours")
    assert row["body"]["schedules"][0]["periods"] == [{"startS": 0, "limit": 16.5}]
    await _post(client, "clear-charging-profiles", {"id": 3})
    assert connected.asked[-1] == c.ClearChargingProfiles(criteria=Criteria(id=3))
    assert (await client.get(f"{PATH}/installed/charging-profile")).json()["items"] == []


async def test_the_same_key_sets_a_profile_once(client: httpx2.AsyncClient, connected: Yard) -> None:
    for _ in range(2):
        answer = await client.post(
            f"{PATH}/set-charging-profile", json=PROFILE, headers={"Idempotency-Key": "k"}
        )
        assert answer.status_code == 200
    assert len(connected.asked) == 1


async def test_a_profile_for_a_transaction_names_it_by_our_number(
    client: httpx2.AsyncClient, connected: Yard
) -> None:
    await connected.record(h.started(7, evse=2), h.started(8, start_key="b", evse=1), h.stopped(8))
    mine = {**PROFILE, "purpose": "Tx", "transactionId": 7}
    del mine["connectorId"]
    await _post(client, "set-charging-profile", mine)
    asked = connected.asked[-1]
    assert isinstance(asked, c.SetChargingProfile)
    profile = asked.profile
    assert (profile.evse, profile.transaction, profile.wire_id) == (2, 7, "7")
    for number, status in ((8, 409), (9, 404)):
        answer = await client.post(f"{PATH}/set-charging-profile", json={**mine, "transactionId": number})
        assert answer.status_code == status


@pytest.mark.parametrize(
    "change",
    [
        {"id": 0},
        {"purpose": "Unheard"},
        {"schedules": []},
        {"colour": "red"},
        {"validFrom": "2026-11-20T12:00:00"},
        {"schedules": [{"unit": "A", "start": "2026-11-20T12:00:00", "periods": []}]},
        {"schedules": [{"unit": "A", "periods": [{"startS": 0, "lmit": 5}]}]},
    ],
    ids=str,
)
async def test_what_is_no_profile_is_refused(
    client: httpx2.AsyncClient, connected: Yard, change: dict[str, Any]
) -> None:
    answer = await client.post(f"{PATH}/set-charging-profile", json={**PROFILE, **change})
    assert answer.status_code == 400
    assert connected.asked == []


async def test_profiles_are_listed_by_what_is_wanted(client: httpx2.AsyncClient, connected: Yard) -> None:
    wish = {"ids": [1], "connectorId": 0, "purpose": "Tx", "stackLevel": 2, "limitSources": ["EMS"]}
    await _post(client, "read-charging-profiles", wish)
    [asked] = connected.asked
    assert isinstance(asked, c.ReadChargingProfiles)
    assert (asked.ids, asked.evse, asked.purpose, asked.stack_level, asked.sources) == (
        (1,), 0, "Tx", 2, ("EMS",)
    )  # fmt: skip
    listing = await client.get(f"{PATH}/listing/{asked.request_id}")
    assert (listing.json()["kind"], listing.json()["isWhole"]) == ("ChargingProfile", False)


async def test_our_reckoning_and_the_charge_points_own(client: httpx2.AsyncClient, connected: Yard) -> None:
    await _post(client, "set-charging-profile", PROFILE)
    ours = (await client.get(f"{PATH}/composite-schedule?connectorId=1&duration=60")).json()
    assert (ours["evse"], ours["unit"], ours["durationS"]) == (1, "A", 60)
    assert ours["periods"] == [{"startS": 0, "limit": 16.5, "phases": 3}]
    told = await _post(client, "composite-schedule", {"connectorId": 1, "duration": 60, "unit": "A"})
    assert told["result"]["schedule"]["periods"] == [{"startS": 0, "limit": 10}]
    assert told["ours"]["periods"][0]["limit"] == 16.5
    assert told["deviations"] == [{"at": "2026-11-20T12:00:00Z", "ours": 16.5, "theirs": 10.0}]
    whole = (await client.get(f"{PATH}/composite-schedule?unit=W")).json()
    assert whole["periods"] == [{"startS": 0}]


async def test_where_nobody_answers_there_is_nothing_to_compare(
    client: httpx2.AsyncClient, yard: Yard
) -> None:
    await yard.register("CP1")
    assert (await client.post(f"{PATH}/composite-schedule", json={})).status_code == 409


async def test_what_2_x_adds(client: httpx2.AsyncClient, connected: Yard) -> None:
    await connected.record(h.started(7, evse=2))
    await _post(client, "update-dynamic-schedule", {"id": 3, "values": {"startS": 0, "limit": 8}})
    await _post(client, "use-priority-charging", {"transactionId": 7})
    await _post(client, "allow-energy-transfer", {"transactionId": 7, "modes": ["DC_BPT"]})
    await _post(client, "send-grid-signal", {"signal": -4, "at": "2026-11-20T12:00:00Z"})
    assert connected.asked == [
        c.UpdateDynamicSchedule(profile_id=3, values=Period(start_s=0, limit=Decimal(8))),
        c.UsePriorityCharging(evse=2, transaction=7, wire_id="7"),
        c.AllowEnergyTransfer(transaction=7, wire_id="7", modes=("DC_BPT",)),
        c.SendGridSignal(signal=-4, at=START),
    ]
    [row] = (await client.get(f"{PATH}/installed/vehicle")).json()["items"]
    assert (row["key"], row["body"]) == ("priority", {"transaction": 7, "activated": True})
    endless = {"id": 3, "values": {"startS": 0, "limit": "1e999999"}}
    assert (await client.post(f"{PATH}/update-dynamic-schedule", json=endless)).status_code == 400
    late = await client.post(f"{PATH}/send-grid-signal", json={"signal": 1, "at": "2026-11-20T12:00:00"})
    assert late.status_code == 400


async def test_a_profile_goes_with_a_start(client: httpx2.AsyncClient, connected: Yard) -> None:
    wish = {"cpId": "CP1", "connectorId": 2, "idTag": "TAG", "chargingProfile": {**PROFILE, "purpose": "Tx"}}
    assert (await client.post("/charge-transaction/start", json=wish)).status_code == 200
    [asked] = connected.asked
    assert isinstance(asked, c.StartTransaction)
    assert asked.profile is not None
    assert (asked.profile.evse, asked.profile.transaction) == (2, None)
    wrong = {**wish, "chargingProfile": PROFILE}
    assert (await client.post("/charge-transaction/start", json=wrong)).status_code == 400
