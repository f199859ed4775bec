"""More comes than can be stored: sockets are read no further, memory stays bounded, nothing is refused or lost."""

import asyncio
import json
import re
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.e2e.server import Server, serving
from tests.e2e.test_database_away import locked, rows
from tests.e2e.wire import ANSWERED_WITHIN_S, Wire, register, wire

CHARGE_POINTS = 10
FRAMES = 80
FRAME_BYTES = 32_000
BACKLOG_BYTES = 1_000_000
GROWTH_BYTES = 12_000_000
"""Of 25 MB that are offered. Most of it is what one read of each socket may bring, before anybody knows."""


async def figures(server: Server) -> dict[str, float]:
    """What `/metrics` tells that has no labels."""
    answer = await server.http.get("/metrics", timeout=ANSWERED_WITHIN_S)
    families = text_string_to_metric_families(answer.text)
    return {one.name: one.value for family in families for one in family.samples if not one.labels}


async def flood(charge_point: Wire) -> None:
    """Say all at once, and wait for nothing."""
    data = {"vendorId": "flood", "data": "x" * FRAME_BYTES}
    for number in range(FRAMES):
        await charge_point.say(json.dumps([2, f"f{number}", "DataTransfer", data]))


async def answers(charge_point: Wire) -> list[str]:
    """The message ids of all answers, in the order they came; none may be an error."""
    heard = [await charge_point.hear() for _ in range(FRAMES)]
    assert {frame[0] for frame in heard} == {3}
    return [frame[1] for frame in heard]


async def until_full(server: Server) -> dict[str, float]:
    """The figures, once the journal has met the lock, sockets are read no further and nothing more arrives."""
    before: dict[str, float] = {}
    while True:
        now = await figures(server)
        stuck = now["chargeyard_backlog_full"] == 1 and now["chargeyard_journal_away"] == 1
        if stuck and now["chargeyard_backlog_bytes"] == before.get("chargeyard_backlog_bytes"):
            return now
        before = now
        await asyncio.sleep(0.3)


async def crowd(server: Server, stack: AsyncExitStack) -> list[Wire]:
    """Charge points that have booted, with room for a message or two: it is the server that must say stop."""
    charge_points = []
    for number in range(CHARGE_POINTS):
        await register(server, f"FLOOD{number}")
        socket = wire(server, f"FLOOD{number}", write_limit=FRAME_BYTES)
        charge_points.append(await stack.enter_async_context(socket))
        await charge_points[-1].boot()
    return charge_points


@pytest.mark.timeout(180)
async def test_a_flood_while_the_database_is_locked(tmp_path: Path) -> None:
    settings = {
        "database__url": f"sqlite:///{tmp_path}/data/chargeyard.db",  # a file, which can be locked
        "database__max_waiting_bytes": BACKLOG_BYTES,
        "message_log__enabled": "false",
    }
    async with serving(tmp_path, **settings) as server, AsyncExitStack() as sockets, asyncio.timeout(170):
        charge_points = await crowd(server, sockets)
        before = await figures(server)
        async with asyncio.TaskGroup() as tasks:
            async with locked(server.database):
                for charge_point in charge_points:
                    tasks.create_task(flood(charge_point))
                await assert_bounded(server, before)
            told = [tasks.create_task(answers(charge_point)) for charge_point in charge_points]
        assert [task.result() for task in told] == [[f"f{n}" for n in range(FRAMES)]] * CHARGE_POINTS
        assert rows(server.database, "kept_report") == CHARGE_POINTS * FRAMES
        after = await figures(server)
        assert (after["chargeyard_backlog_messages"], after["chargeyard_backlog_bytes"]) == (0, 0)
        assert (after["chargeyard_backlog_full"], after["chargeyard_journal_away"]) == (0, 0)
        assert (await server.http.post("/charge-point", json={"cpId": "LATE"})).status_code == 201


async def assert_bounded(server: Server, before: dict[str, float]) -> None:
    full = await until_full(server)
    grown = full["process_resident_memory_bytes"] - before["process_resident_memory_bytes"]
    assert grown < GROWTH_BYTES
    assert full["chargeyard_journal_oldest_seconds"] > 0
    put_off = await server.http.post("/charge-point", json={"cpId": "LATE"})
    assert (put_off.status_code, put_off.json()["type"]) == (503, "urn:chargeyard:problem:overloaded")
    assert int(put_off.headers["Retry-After"]) > 0
    assert rows(server.database, "kept_report") == 0


async def test_every_figure_is_in_the_reference_and_the_other_way_round(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "reference" / "metrics.md").read_text("utf-8")
    async with serving(tmp_path) as server:
        text = (await server.http.get("/metrics")).text
    told = set(re.findall(r"^# TYPE (chargeyard_\w+?)(?:_created)? \w+$", text, re.MULTILINE))
    assert told == set(re.findall(r"^\| `(chargeyard_\w+)`", page, re.MULTILINE))
