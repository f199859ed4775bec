"""The cable that fault tests break: each way of breaking it is what it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.e2e.cable import Cable, cable

Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Echo:
    """A server that says what it hears, and keeps it."""

    def __init__(self) -> None:
        self.heard = b""
        self.serving = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.serving += 1
        with suppress(OSError):
            while data := await reader.read(100):
                self.heard += data
                writer.write(data)
                await writer.drain()
        self.serving -= 1
        writer.close()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def broken(echo: Echo) -> AsyncIterator[Cable]:
    """A cable to that server."""
    async with await asyncio.start_server(echo.serve, "127.0.0.1", 0) as server:
        async with cable(*server.sockets[0].getsockname()) as broken:
            yield broken
        while echo.serving:  # noqa: ASYNC110 - until its last connection has ended
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.01)


@pytest.fixture
async def client(broken: Cable) -> AsyncIterator[Pair]:
    """Connected through it; one word has gone to and fro."""
    reader, writer = await asyncio.open_connection("127.0.0.1", broken.port)
    writer.write(b"1")
    assert await reader.readexactly(1) == b"1"
    yield reader, writer
    writer.close()


async def nothing_comes(reader: asyncio.StreamReader) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.readexactly(1), 0.1)


async def test_a_reset_is_a_reset_and_the_next_connection_works(broken: Cable, client: Pair) -> None:
    broken.reset()
    with pytest.raises(ConnectionResetError):
        await client[0].readexactly(1)
    reader, writer = await asyncio.open_connection("127.0.0.1", broken.port)
    writer.write(b"2")
    assert await reader.readexactly(1) == b"2"
    writer.close()


async def test_a_cut_cable_refuses_until_it_is_mended(broken: Cable, client: Pair) -> None:
    broken.cut()
    with pytest.raises(ConnectionResetError):
        await client[0].readexactly(1)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", broken.port)
    await broken.mend()
    _, writer = await asyncio.open_connection("127.0.0.1", broken.port)
    writer.close()


async def test_a_stalled_cable_holds_back_both_ways(broken: Cable, client: Pair, echo: Echo) -> None:
    reader, writer = client
    broken.stall()
    writer.write(b"2")
    await nothing_comes(reader)
    assert echo.heard == b"1"
    await broken.mend()
    assert await reader.readexactly(1) == b"2"


async def test_swallowed_answers_were_given(broken: Cable, client: Pair, echo: Echo) -> None:
    reader, writer = client
    broken.swallow_answers()
    writer.write(b"2")
    await nothing_comes(reader)
    assert echo.heard == b"12"
    broken.reset()
    with pytest.raises(ConnectionResetError):
        await reader.readexactly(1)
    assert broken.connections == 0


async def test_a_vanished_client_leaves_its_connection_behind(
    broken: Cable, client: Pair, echo: Echo
) -> None:
    broken.vanish()
    assert await client[0].read() == b""
    _, writer = await asyncio.open_connection("127.0.0.1", broken.port)
    writer.close()
    await asyncio.sleep(0.1)
    assert echo.serving == 1
