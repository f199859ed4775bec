"""The load against the floor: plain, over TLS, at a rate of its own."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from benchmarks.frames import Message
from benchmarks.plan import Plan, Sight
from benchmarks.servers import Target, echo, free_port, load, make_certificate
from benchmarks.subjects import METER_VALUES
from tests.conftest import RequireService

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")

FEW = 8


def brief(target: Target, *, tls: bool = False, rate: float = 0.0) -> Plan:
    return Plan(
        port=target.port,
        path="/ocpp",
        pid=target.pid,
        connections=FEW,
        tls=tls,
        messages=METER_VALUES.messages(),
        warmup_s=0.1,
        seconds=0.4,
        half_load_s=0.4,
        rate=rate,
    )


def assert_sound(sight: Sight) -> None:
    """Everybody was served, in both windows, and the windows are part of what was acknowledged."""
    assert sight.connected == FEW
    assert sight.window.messages > 0
    assert sight.half_load.messages > 0
    assert len(sight.acknowledged) == FEW
    assert sum(sight.acknowledged.values()) >= sight.window.messages + sight.half_load.messages
    assert sight.rss_active_kb > 0


async def test_plain() -> None:
    async with echo() as target:
        assert_sound(await load(brief(target)))


async def test_tls(tmp_path: Path, require_service: RequireService) -> None:
    require_service(shutil.which("openssl"), "the openssl command is not installed")
    async with echo(make_certificate(tmp_path)) as target:
        assert_sound(await load(brief(target, tls=True)))


async def test_at_a_rate() -> None:
    async with echo() as target:
        sight = await load(brief(target, rate=100.0))
        assert_sound(sight)
        # Not as many as are answered, which are thousands.
        assert sum(sight.acknowledged.values()) <= 150


async def test_nobody_there() -> None:
    async with echo() as target:
        plan = brief(Target(free_port(), target.pid))
        with pytest.raises(RuntimeError, match=f"{FEW} failures"):
            await load(plan)


def test_slots_keep_the_length() -> None:
    message = Message('[2,"########","X",{"t":@@@@@@@@@@,"c":"BENCH-&&&&&","r":"~~~~~~~~"}]')
    first = message.filled(0, b"7", b"00003")
    later = message.filled(12, b"123456", b"00003", 5)
    assert len(first) == len(later)
    assert first[6:] == b'[2,"00000000","X",{"t":7         ,"c":"BENCH-00003","r":"00000000"}]'
    assert later[6:] == b'[2,"00000012","X",{"t":123456    ,"c":"BENCH-00003","r":"00000005"}]'
