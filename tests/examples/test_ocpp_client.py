"""The stand-alone example against an independent central system."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from tests.simulator.central_system import CentralSystem, central_system

CLIENT = Path(__file__).parents[2] / "examples" / "ocpp_client.py"


async def run_client(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(CLIENT),
        "--pause",
        "0.2",
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


def assert_one_session(system: CentralSystem) -> None:
    actions = system.actions()
    wanted = ["BootNotification", "Authorize", "StartTransaction", "MeterValues", "StopTransaction"]
    assert [action for action in dict.fromkeys(actions) if action in wanted] == wanted
    (start,), (stop,) = system.payloads("StartTransaction"), system.payloads("StopTransaction")
    assert stop["meterStop"] > start["meterStart"]


async def test_client_charges_one_car_and_leaves_with_0() -> None:
    """--once boots, authorizes, starts, sends meter values, stops and exits with 0."""
    async with central_system() as system:
        client = await run_client(
            f"{system.url}/CP-1", "--password", "secret", "--id-tag", "TAG-7", "--connector", "2", "--once"
        )
        output, _ = await client.communicate()
        assert client.returncode == 0, output.decode()
        assert_one_session(system)
        assert system.payloads("StartTransaction")[0]["idTag"] == "TAG-7"
        assert system.payloads("StartTransaction")[0]["connectorId"] == 2
        # base64 of "CP-1:secret"
        assert system.authorizations == ["Basic Q1AtMTpzZWNyZXQ="]
        assert "-> [2, " in output.decode()
        assert "<- [3," in output.decode()


async def test_client_keeps_a_token_in_the_query_and_survives_a_lost_connection() -> None:
    """The bare token stays in the query, and the transaction goes on over a second connection."""
    async with central_system() as system:
        client = await run_client(f"{system.url}?validToken", "--once")
        await system.until(lambda: len(system.payloads("MeterValues")) == 2)
        await system.hang_up()
        output, _ = await client.communicate()
        assert client.returncode == 0, output.decode()
        assert system.paths == ["/ocpp?validToken"] * 2
        assert_one_session(system)
        # Five samples; the one that was in the air when the connection went may come twice.
        assert len(system.payloads("MeterValues")) in {5, 6}


async def test_client_obeys_and_refuses() -> None:
    """Remote start, remote stop and reset are done; what is not known gets NotImplemented."""
    async with central_system() as system:
        client = await run_client(f"{system.url}/CP-1")
        await system.until(lambda: len(system.payloads("MeterValues")) == 1)
        number = 1000
        assert await system.call("CP-1", "ClearCache", {}) == {"error": "NotImplemented"}
        stop = {"transactionId": number}
        start = {"idTag": "OTHER"}
        assert await system.call("CP-1", "RemoteStartTransaction", start) == {"status": "Rejected"}
        assert await system.call("CP-1", "RemoteStopTransaction", {"transactionId": 7}) == {
            "status": "Rejected"
        }
        assert await system.call("CP-1", "RemoteStopTransaction", stop) == {"status": "Accepted"}
        await system.until(lambda: len(system.payloads("StopTransaction")) == 1)
        assert system.payloads("StopTransaction")[0]["reason"] == "Remote"
        await system.until(lambda: system.payloads("StatusNotification")[-1]["status"] == "Available")
        assert await system.call("CP-1", "RemoteStartTransaction", start) == {"status": "Accepted"}
        await system.until(lambda: len(system.payloads("StartTransaction")) == 2)
        assert await system.call("CP-1", "Reset", {"type": "Soft"}) == {"status": "Accepted"}
        await system.until(lambda: len(system.payloads("BootNotification")) == 2)
        assert system.payloads("StopTransaction")[1]["reason"] == "SoftReset"
        client.kill()
        await client.communicate()
