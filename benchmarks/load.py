"""The load, a process of its own: `python -m benchmarks.load < plan.json > sight.json`.

Charge points over bare sockets on uvloop, their frames made beforehand. It reports its own share of a core, and how
busy its core was with everything: near 1 it was the bottleneck.
"""

import asyncio
import base64
import gc
import os
import re
import ssl
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

from benchmarks.frames import Message
from benchmarks.messages import BOOTS
from benchmarks.plan import Plan, Sight, Window
from benchmarks.proc import busy_s, cpu_s, family_cpu_s, rss_kb

_TRANSACTION = re.compile(rb'"transactionId": ?(-?\d+)')
_SETTLES_WITHIN_S = 60.0


class ChargePoint(asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_buffer",
        "_is_open",
        "_load",
        "_transaction",
        "_transport",
        "answered",
        "number",
        "sent_at",
    )

    def __init__(self, load: "Load", number: int) -> None:
        self._load = load
        self.number = number
        self._transport: asyncio.Transport
        self._buffer = b""
        self._is_open = False
        self._transaction = b"0"
        self.answered = -1  # the boot is not counted
        self.sent_at = 0.0

    @property
    def name(self) -> str:
        """The identity."""
        return f"BENCH-{self.number:05}"

    def itself(self) -> "ChargePoint":
        """The protocol that the event loop asks for."""
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._load.request(self.name))

    def data_received(self, data: bytes) -> None:
        if self._buffer:
            data = self._buffer + data
            self._buffer = b""
        if not self._is_open:
            data = self._opened(data)
        while len(data) >= 2:
            at, size = (2, data[1]) if data[1] < 126 else (4, int.from_bytes(data[2:4], "big"))
            if len(data) < at + size:
                break
            self._heard(data[0] & 15, data[at : at + size])
            data = data[at + size :]
        self._buffer = data

    def _opened(self, data: bytes) -> bytes:
        """What follows the head of the response, once that is complete."""
        head, end, rest = data.partition(b"\r\n\r\n")
        if not end:
            self._buffer = data
            return b""
        if not head.startswith(b"HTTP/1.1 101"):
            self._load.failed(f"{self.name}: {head[:100]!r}")
            return b""
        self._is_open = True
        self._transport.write(self._load.boot)
        return rest

    def _heard(self, opcode: int, text: bytes) -> None:
        if opcode == 9:
            self._transport.write(b"\x8a" + bytes((0x80 | len(text),)) + bytes(4) + text)
        elif opcode == 8:
            self._transport.close()
        elif text[1:2] == b"3":
            self.answered += 1
            if b'"transactionId"' in text:
                self._transaction = _TRANSACTION.search(text)[1]  # type: ignore[index]
            self._load.answered(self)
        elif text[1:2] == b"4":
            self._load.failed(f"{self.name}: {text[:200]!r}")

    def send(self, message: Message, turn: int) -> None:
        """Send the next message, in this round; its number is that of the last answer plus one."""
        self.sent_at = time.perf_counter()
        name = b"%05d" % self.number
        self._transport.write(message.filled(self.answered + 1, self._transaction, name, turn))

    def connection_lost(self, exc: Exception | None) -> None:
        self._load.lost(f"{self.name}: connection lost: {exc}")

    def hang_up(self) -> None:
        """Cut the connection."""
        self._transport.abort()


class Load:
    """All connections of one plan."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.sight = Sight()
        self.boot = Message(BOOTS[plan.subprotocol]).filled(0, b"", b"")
        self._prelude = [Message(text) for text in plan.prelude]
        self._messages = [Message(text) for text in plan.messages]
        self._points: list[ChargePoint] = []
        self._idle: deque[ChargePoint] = deque()
        self._all_idle = asyncio.Event()
        self._latencies = array("d")
        self._is_booted = False
        self._goes_on = False
        self._is_paced = False
        self._is_over = False
        self._tls = _context() if plan.tls else None

    def request(self, name: str) -> bytes:
        """The head of a handshake."""
        login = ""
        if self.plan.password:
            basic = base64.b64encode(f"{name}:{self.plan.password}".encode()).decode()
            login = f"Authorization: Basic {basic}\r\n"
        return (
            f"GET {self.plan.path}/{name} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n"
            "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            f"Sec-WebSocket-Protocol: {self.plan.subprotocol}\r\n{login}\r\n"
        ).encode()

    # --- what the connections tell ----------------------------------------------------------------------------

    def failed(self, why: str) -> None:
        """Something that must not happen."""
        self.sight.failures += 1
        self.sight.first_failure = self.sight.first_failure or why

    def lost(self, why: str) -> None:
        """A connection has gone."""
        if not self._is_over:
            self.failed(why)

    def answered(self, point: ChargePoint) -> None:
        """A call was answered: send the next, or wait for it."""
        if point.answered < len(self._prelude):
            point.send(self._prelude[point.answered], 0)
            return
        if self._is_booted:
            self._latencies.append(time.perf_counter() - point.sent_at)
        if self._goes_on and not self._is_paced:
            self._send(point)
            return
        self._idle.append(point)
        if len(self._idle) == self.plan.connections:
            self._all_idle.set()

    def _send(self, point: ChargePoint) -> None:
        turn, index = divmod(point.answered - len(self._prelude), len(self._messages))
        point.send(self._messages[index], turn)

    # --- the plan ---------------------------------------------------------------------------------------------

    async def run(self) -> Sight:
        """Do all of it."""
        plan, sight = self.plan, self.sight
        sight.rss_before_kb = rss_kb(plan.pid)
        await self._connect()
        await asyncio.sleep(plan.settle_s)
        sight.rss_after_kb = rss_kb(plan.pid)
        if self._messages and not sight.failures:
            sight.window = await self._measured(plan.rate, plan.warmup_s, plan.seconds)
        if plan.half_load_s and not sight.failures:
            sight.half_load = await self._measured(sight.window.rate / 2, plan.warmup_s, plan.half_load_s)
        sight.acknowledged = {point.name: point.answered - len(self._prelude) for point in self._points}
        self._is_over = True
        for point in self._points:
            point.hang_up()
        return sight

    async def _connect(self) -> None:
        meter = Meter(self.plan)
        numbers = iter(range(self.plan.connections))
        await asyncio.gather(
            *(self._dial(numbers) for _ in range(min(self.plan.dials_at_once, self.plan.connections)))
        )
        self.sight.connected = len(self._points)
        if not self.sight.failures:
            await self._until_all_idle()
        took = meter.read()
        self.sight.connect_s = took.seconds
        self.sight.connect_server_cpu_s = took.server_cpu_s
        self.sight.connect_database_cpu_s = took.database_cpu_s
        self.sight.connect_load_share = took.load_share
        self._is_booted = True

    async def _dial(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        named = "localhost" if self._tls else None
        for number in numbers:
            point = ChargePoint(self, number)
            source = (f"127.0.0.{2 + number % 8}", 0)  # one address alone has 28 000 ports
            try:
                await loop.create_connection(
                    point.itself,
                    "127.0.0.1",
                    self.plan.port,
                    local_addr=source,
                    ssl=self._tls,
                    server_hostname=named,
                )
            except OSError as error:
                self.failed(str(error))
            else:
                self._points.append(point)

    async def _measured(self, rate: float, warmup_s: float, seconds: float) -> Window:
        """What the window after the warm-up was like, at `rate` or, if that is 0, as fast as they are answered."""
        self._goes_on = True
        self._is_paced = rate > 0
        pacing = asyncio.create_task(self._pace(rate)) if rate else None
        if not pacing:
            self._all_idle.clear()
            while self._idle:
                self._send(self._idle.popleft())
        await asyncio.sleep(warmup_s)
        self._latencies = array("d")
        meter = Meter(self.plan)
        await asyncio.sleep(seconds)
        window = meter.read()
        _sum_up(window, sorted(self._latencies))
        self.sight.rss_active_kb = self.sight.rss_active_kb or rss_kb(self.plan.pid)
        if not window.messages:
            self.failed(f"nobody was answered within {seconds:.0f} s")
        self._goes_on = False
        if pacing:
            await pacing
        await self._until_all_idle()
        return window

    async def _pace(self, rate: float) -> None:
        began, sent = time.perf_counter(), 0
        while self._goes_on:
            due = int((time.perf_counter() - began) * rate) - sent
            for _ in range(min(due, len(self._idle))):
                self._all_idle.clear()
                self._send(self._idle.popleft())
            sent += max(due, 0)
            await asyncio.sleep(0.0005)

    async def _until_all_idle(self) -> None:
        try:
            async with asyncio.timeout(_SETTLES_WITHIN_S):
                await self._all_idle.wait()
        except TimeoutError:
            self.failed(f"{self.plan.connections - len(self._idle)} charge points were not answered")


def _sum_up(window: Window, latencies: list[float]) -> None:
    window.messages = len(latencies)
    if latencies:
        window.p50_ms = latencies[len(latencies) // 2] * 1000
        window.p99_ms = latencies[len(latencies) * 99 // 100] * 1000


class Meter:
    """What server, database and load cost from here on."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._before = self._now()

    def _now(self) -> tuple[float, ...]:
        plan = self._plan
        busy = busy_s(plan.core) if plan.core >= 0 else time.process_time()
        return (
            time.perf_counter(),
            cpu_s(plan.pid),
            family_cpu_s(plan.database_pid),
            time.process_time(),
            busy,
        )

    def read(self) -> Window:
        """Until now; messages and latencies are for others to fill in."""
        spent = (now - before for now, before in zip(self._now(), self._before, strict=True))
        seconds, server, database, own, busy = spent
        return Window(
            seconds=seconds,
            server_cpu_s=server,
            database_cpu_s=database,
            load_share=own / seconds,
            core_share=busy / seconds,
        )


def _context() -> ssl.SSLContext:
    """Of a charge point that believes every certificate: the benchmark's is its own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def main() -> None:
    """One plan from standard input, one sight to standard output."""
    gc.disable()  # a collection among ten thousand connections would be taken for the server's latency
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    if plan.core >= 0:
        os.sched_setaffinity(0, {plan.core})

    async def go() -> Sight:
        return await Load(plan).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(msgspec.json.encode(runner.run(go())))


if __name__ == "__main__":
    main()
