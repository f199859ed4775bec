"""Clocks that are set while charge points charge: ours, and theirs. No promise depends on either."""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from chargeyard.domain.registers import SLACK_S
from tests.e2e.promises import broken_promises
from tests.e2e.server import Server, serving
from tests.e2e.wire import booted, items, told, wire
from tests.e2e.witnesses import Witness, Witness16, Witness201, a_crowd, introduce, living, under_load

HOUR_S = 3600
JUMPS_S = (-HOUR_S, 30 * 24 * HOUR_S, -400 * 24 * HOUR_S, -1_700_000_000, 50 * 365 * 24 * HOUR_S, 0)
"""An hour back (summer time, wrongly set), a month on, more than a year back, 1973, half a century on, right again."""


def with_a_clock(directory: Path) -> tuple[Server, Callable[[float], None]]:
    """A server that is not started yet, and how to set its clock."""
    file = directory / "wrong-by"
    server = Server(directory, {"ocpp__unknown_charge_points": "accept"})
    server.program = (sys.executable, "-m", "tests.e2e.wrong_clock", str(file))

    def wrong_by(seconds: float) -> None:
        new = file.with_suffix(".new")
        new.write_text(str(seconds), "ascii")
        new.replace(file)

    wrong_by(0)
    return server, wrong_by


async def test_our_own_clock_jumps_under_load(tmp_path: Path) -> None:
    server, wrong_by = with_a_clock(tmp_path)
    witnesses = a_crowd(10, seed=11)
    try:
        await server.start()
        await introduce(server)
        async with living(server, witnesses):
            for seconds in JUMPS_S:
                wrong_by(seconds)
                for _ in range(5):
                    await under_load(witnesses)
        assert await server.terminate() == 0
        assert await broken_promises(server.database_url, witnesses) == []
        assert "Traceback" not in server.log
        # Nobody was refused or sent away.
        assert sum(witness.retries for witness in witnesses) == 0
    finally:
        await server.aclose()


async def test_a_server_that_starts_with_a_wrong_clock_goes_on_with_what_it_knew(tmp_path: Path) -> None:
    """As a small computer without a battery does: it starts in 1970 and learns the time a little later."""
    server, wrong_by = with_a_clock(tmp_path)
    try:
        await server.start()
        await told(server, "POST", "/id-token", json={"idToken": "TAG", "maxTransactions": None})
        start = {"connectorId": 1, "idTag": "TAG", "meterStart": 0, "timestamp": "2026-01-01T12:00:00Z"}
        async with booted(server, "CP-1") as charge_point:
            number = (await charge_point.ask("StartTransaction", **start))["transactionId"]
        await server.terminate()
        wrong_by(-datetime.now(UTC).timestamp())
        await server.start()
        async with wire(server, "CP-1") as charge_point:
            assert (await charge_point.ask("Heartbeat"))["currentTime"].startswith("1970-01-01")
            # It is the same start, whatever we think the time is; and the transaction can be ended.
            assert (await charge_point.ask("StartTransaction", **start))["transactionId"] == number
            wrong_by(0)
            assert not (await charge_point.ask("Heartbeat"))["currentTime"].startswith("1970")
            stop = {"transactionId": number, "meterStop": 1500, "timestamp": "2026-01-01T13:00:00Z"}
            await charge_point.ask("StopTransaction", **stop)
        [transaction] = await items(server, "/charge-transaction")
        assert (transaction["running"], transaction["energyWh"], transaction["quality"]) == (
            False,
            1500,
            "ok",
        )
    finally:
        await server.aclose()


async def test_clocks_of_charge_points_jump_in_the_middle_of_transactions(tmp_path: Path) -> None:
    """All is stored once, as it was told, and acknowledged, whatever order the instants make of it."""
    witnesses: list[Witness] = [Witness16(f"CP-{number}", 12) for number in range(5)]
    witnesses += [Witness201(f"NEW-{number}", 12) for number in range(5)]
    for witness in witnesses:
        witness.jumps = 0.2
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        async with living(server, witnesses):
            for _ in range(100):
                await under_load(witnesses)
        booked = {
            one["ocppId"]: one
            for witness in witnesses
            for one in await items(server, "/charge-transaction", cpId=witness.identity)
        }
        assert await server.terminate() == 0
        broken = await broken_promises(server.database_url, witnesses)
        assert "Traceback" not in server.log
    told_by_events = _told_by_events(witnesses)
    assert any(step > SLACK_S for _, _, step in told_by_events.values())
    for name, (first_wh, last_wh, step) in told_by_events.items():
        one = booked[name]
        quality = "ok" if step <= SLACK_S else "estimated"
        assert (one["meterStartWh"], one["meterStopWh"]) == (first_wh, last_wh), (name, step)
        assert (one["energyWh"], one["quality"]) == (last_wh - first_wh, quality), (name, step)
    # In 2.0.1 the begin of a transaction is its earliest event, so that it moves with the clock; the events stay.
    assert [line for line in broken if not ("transaction " in line and "NEW-" in line)] == []
    assert sum(witness.retries for witness in witnesses) == 0


def _told_by_events(witnesses: list[Witness]) -> dict[str, tuple[int, int, float]]:
    """By transaction: the registers of its first and its last event, and how far the clock was set back, in s."""
    told: dict[str, list[tuple[int, datetime]]] = {}
    for witness in witnesses:
        for action, payload, _ in witness.promises:
            if action == "TransactionEvent":
                [value] = payload["meterValue"]
                register = value["sampledValue"][0]["value"], datetime.fromisoformat(payload["timestamp"])
                told.setdefault(payload["transactionInfo"]["transactionId"], []).append(register)
    return {
        name: (
            registers[0][0],
            registers[-1][0],
            max((one[1] - other[1]).total_seconds() for one, other in pairwise(registers)),
        )
        for name, registers in told.items()
    }
