"""Many charge points over real sockets, against the PyPI `ocpp` package."""

from __future__ import annotations

import asyncio
import io
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from chargeyard.simulator.fleet import Fleet, Plan, run, versions_of
from chargeyard.simulator.link import Address
from chargeyard.simulator.v16.charge_point import ChargePoint
from tests.simulator.central_system import CentralSystem, Refuse, central_system

SPEED = 600.0


async def test_fleet_charges_and_stops_cleanly() -> None:
    """Sessions from boot to stop over sockets, each message valid, and nobody connected afterwards."""
    async with central_system() as system:
        fleet = Fleet(Plan(Address(system.url, password="key-{id}"), count=5, speed=SPEED, habits="busy"))
        fleet.start()
        await system.until(lambda: len(system.payloads("StopTransaction")) >= 10)
        statistics = fleet.statistics()
        assert statistics.tally.connected == 5
        assert statistics.tally.started >= statistics.tally.stopped >= 10
        assert statistics.tally.energy_wh > 0
        await fleet.stop()
        assert fleet.statistics().tally.connected == 0
        assert {name for name, _, _ in system.heard} == {f"SIM-000{number}" for number in range(1, 6)}
        assert set(system.paths) == {f"/ocpp/SIM-000{number}" for number in range(1, 6)}
        for number in {payload["transactionId"] for payload in system.payloads("StopTransaction")}:
            assert_plausible(system, number)


def assert_plausible(system: CentralSystem, number: int) -> None:
    stops = [payload for payload in system.payloads("StopTransaction") if payload["transactionId"] == number]
    assert len(stops) == 1
    registers = [
        int(sample["value"])
        for payload in system.payloads("MeterValues")
        if payload.get("transactionId") == number
        for sample in payload["meterValue"][0]["sampledValue"]
        if sample["measurand"] == "Energy.Active.Import.Register"
    ]
    assert registers == sorted(registers)
    assert registers[-1] == stops[0]["meterStop"]


async def test_lost_connections_lose_nothing() -> None:
    """The central system hangs up and refuses now and then; every transaction is told completely."""
    async with central_system() as system:
        refused = 0

        def grumpy(action: str, payload: dict[str, Any]) -> dict[str, Any] | None:
            nonlocal refused
            if action == "MeterValues" and refused < 2:
                refused += 1
                raise Refuse
            return system.sensible(action, payload)

        system.judge = grumpy
        fleet = Fleet(Plan(Address(system.url), count=3, speed=SPEED, habits="busy"))
        fleet.start()
        await system.until(lambda: len(system.payloads("StartTransaction")) >= 2)
        for charge_point in fleet.charge_points:
            assert isinstance(charge_point, ChargePoint)
            charge_point.configuration.set_own("TransactionMessageRetryInterval", "0")
        await system.hang_up()
        seen = len(system.paths)
        await system.until(lambda: len(system.paths) >= seen + 3)
        await system.until(lambda: len(system.payloads("StopTransaction")) >= 6)
        await fleet.stop()
        assert system.actions().count("BootNotification") == 3
        assert fleet.statistics().tally.discarded == 0


async def test_remote_reset_over_a_socket() -> None:
    """The charge point answers, hangs up, comes back and boots."""
    async with central_system() as system:
        fleet = Fleet(Plan(Address(system.url), count=1, speed=SPEED, habits="idle"))
        fleet.start()
        await system.until(lambda: "StatusNotification" in system.actions())
        assert await system.call("SIM-0001", "Reset", {"type": "Soft"}) == {"status": "Accepted"}
        await system.until(lambda: system.actions().count("BootNotification") == 2)
        assert len(system.paths) == 2
        await fleet.stop()


async def test_refused_handshake_is_told_and_tried_again() -> None:
    """A 401 is in the numbers with its reason, and the charge point comes back."""
    attempts = 0

    def doorkeeper(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal attempts
        attempts += 1
        return connection.respond(HTTPStatus.UNAUTHORIZED, "no") if attempts == 1 else None

    async with central_system(doorkeeper) as system:
        fleet = Fleet(Plan(Address(system.url), count=1, speed=SPEED, habits="idle"))
        fleet.start()
        await system.until(lambda: "BootNotification" in system.actions())
        assert fleet.statistics().tally.failed_connects == 1
        await fleet.stop()


async def test_refusal_is_counted_by_reason() -> None:
    def doorkeeper(connection: ServerConnection, request: Request) -> Response | None:
        return connection.respond(HTTPStatus.NOT_FOUND, "who?")

    async with central_system(doorkeeper) as system:
        fleet = Fleet(Plan(Address(system.url), count=2, speed=SPEED, habits="idle"))
        fleet.start()
        while fleet.refusals() != {"HTTP 404": 2}:
            await _a_moment()
        await fleet.stop()


async def _a_moment() -> None:
    await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("address", "url", "authorization"),
    [
        (Address("ws://h:1/ocpp"), "ws://h:1/ocpp/CP%201", None),
        (Address("ws://h:1/ocpp/", token="t"), "ws://h:1/ocpp/CP%201?token=t", None),
        (Address("ws://h:1/ocpp?{id}"), "ws://h:1/ocpp?CP%201", None),
        (Address("wss://h/{id}/x?a=b"), "wss://h/CP%201/x?a=b", None),
        (Address("ws://h/ocpp?a=b", token="{id}-t"), "ws://h/ocpp/CP%201?a=b&token=CP+1-t", None),
        (Address("ws://h/o", password="{id}!"), "ws://h/o/CP%201", "Basic Q1AgMTpDUCAxIQ=="),
    ],
)
def test_addresses(address: Address, url: str, authorization: str | None) -> None:
    assert address.url_of("CP 1") == url
    assert address.authorization_of("CP 1") == authorization
    assert address.authorization_of("CP 1", "own") == "Basic Q1AgMTpvd24="


def test_run_tells_how_it_goes_and_comes_to_an_end() -> None:
    """Without anybody to connect to, it still ends, and says why nobody is connected."""
    out = io.StringIO()
    plan = Plan(Address("ws://127.0.0.1:9/ocpp"), count=2, habits="idle")
    statistics = run(plan, out, duration_s=0.5)
    assert statistics.tally.failed_connects >= 2
    assert "connected 0/2" in out.getvalue()
    assert "2 not connected" in out.getvalue()


@pytest.mark.parametrize("wrong", [{"count": 0}, {"connectors": 0}, {"speed": 0.0}])
def test_impossible_plans_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="at least"):
        Fleet(Plan(Address("ws://h/o"), **wrong))


def test_names_have_room_for_all() -> None:
    assert Plan(Address("ws://h/o"), count=3).names() == ["SIM-0001", "SIM-0002", "SIM-0003"]
    assert Plan(Address("ws://h/o"), count=12_345, prefix="X").names()[0] == "X00001"


async def test_mixed_fleet_charges_in_all_versions() -> None:
    """Every version in turn, every message valid by its own schemas."""
    async with central_system() as system:
        plan = Plan(Address(system.url), count=6, speed=SPEED, habits="wild", versions=versions_of("mixed"))
        fleet = Fleet(plan)
        fleet.start()
        await system.until(lambda: system.actions().count("StopTransaction") >= 2)
        await system.until(lambda: system.ended("ocpp2.0.1") >= 2 and system.ended("ocpp2.1") >= 2)
        await fleet.stop()
        assert {kind for _, kind in system.subprotocols} == {"ocpp1.6", "ocpp2.0.1", "ocpp2.1"}
