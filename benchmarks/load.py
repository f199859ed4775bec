"""The load, a process of its own: `python -m benchmarks.load < plan.json > sight.json`.

Charge points over bare sockets on uvloop. Their frames are made once and patched, and masked with zeros, which
is the same work for the server and none for us. It reports its own share of a core: near 1 it was the bottleneck.
"""

import asyncio
import base64
import os
import re
import sys
import time
from array import array
from collections import deque
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

from benchmarks.plan import BOOTS, Plan, Sight
from benchmarks.processes import cpu_s, rss_kb

_SLOTS = re.compile(rb"#{6,}|@{10}|&{5}|~{8}")
_PONG = b"\x8a\x80\0\0\0\0"
_TRANSACTION = re.compile(rb'"transactionId": ?(-?\d+)')


class Message:
    """A masked frame with slots."""

    __slots__ = ("_frame", "_names", "_numbers", "_rounds", "_transactions")

    def __init__(self, text: str) -> None:
        payload = text.encode()
        size = len(payload)
        length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
        head = b"\x81" + length + bytes(4)
        self._frame = bytearray(head + payload)
        slots = [(len(head) + slot.start(), len(head) + slot.end()) for slot in _SLOTS.finditer(payload)]
        self._numbers = [
            (at, end, b"%%0%dd" % (end - at)) for at, end in slots if self._frame[at] == ord("#")
        ]
        self._transactions = [(at, end) for at, end in slots if self._frame[at] == ord("@")]
        self._names = [(at, end) for at, end in slots if self._frame[at] == ord("&")]
        self._rounds = [(at, end) for at, end in slots if self._frame[at] == ord("~")]

    def filled(self, number: int, transaction: bytes, name: bytes, turn: int = 0) -> bytes:
        """The frame, ready to send."""
        frame = self._frame
        for at, end, form in self._numbers:
            frame[at:end] = form % number
        for at, end in self._transactions:
            frame[at:end] = transaction.ljust(end - at)
        for at, end in self._names:
            frame[at:end] = name
        for at, end in self._rounds:
            frame[at:end] = b"%08d" % turn
        return bytes(frame)


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
            self._transport.write(_PONG)  # both servers ping with what they like and take any pong for life
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
        self._messages = [Message(text) for text in plan.messages]
        self._points: list[ChargePoint] = []
        self._idle: deque[ChargePoint] = deque()
        self._all_idle = asyncio.Event()
        self._latencies = array("d")
        self._is_booted = False
        self._goes_on = False
        self._is_over = False

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
        if self._is_booted:
            self._latencies.append(time.perf_counter() - point.sent_at)
        if self._goes_on and not self.plan.rate:
            self._send(point)
            return
        self._idle.append(point)
        if len(self._idle) == self.plan.connections:
            self._all_idle.set()

    def _send(self, point: ChargePoint) -> None:
        turn, index = divmod(point.answered, len(self._messages))
        point.send(self._messages[index], turn)

    # --- the plan ---------------------------------------------------------------------------------------------

    async def run(self) -> Sight:
        """Do all of it."""
        self.sight.rss_before_kb = rss_kb(self.plan.pid)
        await self._connect()
        await asyncio.sleep(self.plan.settle_s)
        self.sight.rss_after_kb = rss_kb(self.plan.pid)
        if self._messages and not self.sight.failures:
            await self._measure()
        self.sight.acknowledged = {point.name: point.answered for point in self._points}
        self._is_over = True
        for point in self._points:
            point.hang_up()
        return self.sight

    async def _connect(self) -> None:
        began, server, own = time.perf_counter(), cpu_s(self.plan.pid), time.process_time()
        numbers = iter(range(self.plan.connections))
        await asyncio.gather(
            *(self._dial(numbers) for _ in range(min(self.plan.dials_at_once, self.plan.connections)))
        )
        self.sight.connected = len(self._points)
        await self._until_all_idle(60.0)
        self.sight.connect_s = time.perf_counter() - began
        self.sight.connect_server_cpu_s = cpu_s(self.plan.pid) - server
        self.sight.connect_load_share = (time.process_time() - own) / self.sight.connect_s
        self._is_booted = True

    async def _dial(self, numbers: Iterator[int]) -> None:
        loop = asyncio.get_running_loop()
        for number in numbers:
            point = ChargePoint(self, number)
            source = (f"127.0.0.{2 + number % 8}", 0)  # one address alone has 28 000 ports
            try:
                await loop.create_connection(point.itself, "127.0.0.1", self.plan.port, local_addr=source)
            except OSError as error:
                self.failed(str(error))
            else:
                self._points.append(point)

    async def _measure(self) -> None:
        self._goes_on = True
        pacing = asyncio.create_task(self._pace()) if self.plan.rate else None
        if not pacing:
            self._all_idle.clear()
            while self._idle:
                self._send(self._idle.popleft())
        await asyncio.sleep(self.plan.warmup_s)
        self._latencies = array("d")
        began, server, own = time.perf_counter(), cpu_s(self.plan.pid), time.process_time()
        await asyncio.sleep(self.plan.seconds)
        sight = self.sight
        sight.window_s = time.perf_counter() - began
        sight.server_cpu_s = cpu_s(self.plan.pid) - server
        sight.load_share = (time.process_time() - own) / sight.window_s
        self._sum_up(sorted(self._latencies))
        self._goes_on = False
        if pacing:
            await pacing
        await self._until_all_idle(30.0)

    def _sum_up(self, latencies: list[float]) -> None:
        self.sight.messages = len(latencies)
        if latencies:
            self.sight.p50_ms = latencies[len(latencies) // 2] * 1000
            self.sight.p99_ms = latencies[len(latencies) * 99 // 100] * 1000

    async def _pace(self) -> None:
        began, sent = time.perf_counter(), 0
        while self._goes_on:
            due = int((time.perf_counter() - began) * self.plan.rate) - sent
            for _ in range(min(due, len(self._idle))):
                self._all_idle.clear()
                self._send(self._idle.popleft())
            sent += max(due, 0)
            await asyncio.sleep(0.0005)

    async def _until_all_idle(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._all_idle.wait()
        except TimeoutError:
            self.failed(f"{self.plan.connections - len(self._idle)} charge points were not answered")


def main() -> None:
    """One plan from standard input, one sight to standard output."""
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    if plan.core >= 0:
        os.sched_setaffinity(0, {plan.core})

    async def go() -> Sight:
        return await Load(plan).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        sys.stdout.buffer.write(msgspec.json.encode(runner.run(go())))


if __name__ == "__main__":
    main()
