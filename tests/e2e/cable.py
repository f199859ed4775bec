"""A TCP connection that can be broken in every way: between the server under test and its database.

async with cable(host, port) as broken:
    ...                       # connect to 127.0.0.1, broken.port
    broken.reset()            # both ends get a RST, new connections are taken
    broken.cut()              # the same, and new ones are refused, until mend()
    broken.stall()            # nothing is passed on, nobody is told, until mend()
    broken.swallow_answers()  # what the client says arrives, what is answered does not
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

_CHUNK = 65536
_NO_LINGER = struct.pack("ii", 1, 0)

GIVEN_UP_AFTER_S = 30.0
"""A little more than the keepalive that our PostgreSQL connections ask for (`engine/server.py`)."""


class Cable:
    """Passes bytes between clients of its `port` and the server at `host`, `target_port`."""

    def __init__(self, host: str, target_port: int) -> None:
        self.port = 0
        self._target = (host, target_port)
        self._listening: asyncio.Server | None = None
        self._connections: set[_Connection] = set()
        self._ghosts: list[asyncio.StreamWriter] = []
        self._up = _opened()
        self._down = _opened()

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    async def mend(self) -> None:
        """Be whole (again): take connections, and pass on what was held up."""
        if self._listening is None:
            self._listening = await asyncio.start_server(self._taken, "127.0.0.1", self.port)
            self.port = self._listening.sockets[0].getsockname()[1]
        self._up.set()
        self._down.set()

    def reset(self) -> None:
        """Both ends of every connection see `Connection reset by peer`; new ones are taken."""
        for connection in self._connections:
            connection.reset()

    def cut(self) -> None:
        """Reset, and refuse new connections."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self.reset()

    def stall(self) -> None:
        """Keep every connection, take new ones, and pass on nothing."""
        self._up.clear()
        self._down.clear()

    def swallow_answers(self) -> None:
        """What clients say arrives; what the server answers is held back."""
        self._down.clear()

    def vanish(self) -> None:
        """Clients see a reset; the server keeps connections from which nothing ever comes. New ones are taken.

        After a while its TCP keepalive gives them up, as it would those of a machine that is gone.
        """
        for connection in self._connections:
            connection.far_end_stays = True
            self._ghosts.append(connection.far_end)
            connection.end()
        asyncio.get_running_loop().call_later(GIVEN_UP_AFTER_S, self._give_up)

    def _give_up(self) -> None:
        for far_end in self._ghosts:
            far_end.transport.abort()

    async def aclose(self) -> None:
        """End everything."""
        self.cut()
        self._give_up()
        while self._connections:  # noqa: ASYNC110 - nobody waits for them otherwise
            await asyncio.sleep(0)

    async def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        ways = (
            asyncio.create_task(_carry(reader, far_writer, self._up)),
            asyncio.create_task(_carry(far_reader, writer, self._down)),
        )
        connection = _Connection(writer, far_writer, ways)
        self._connections.add(connection)
        try:
            await asyncio.wait(connection.ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            connection.end()
            self._connections.discard(connection)


class _Connection:
    """A client, the server, and the two tasks that carry bytes between them."""

    def __init__(
        self,
        near_end: asyncio.StreamWriter,
        far_end: asyncio.StreamWriter,
        ways: tuple[asyncio.Task[None], ...],
    ) -> None:
        self.near_end = near_end
        self.far_end = far_end
        self.ways = ways
        self.far_end_stays = False

    def reset(self) -> None:
        for end in (self.near_end, self.far_end):
            carrier: socket.socket = end.get_extra_info("socket")
            with suppress(OSError):
                carrier.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        self.end()

    def end(self) -> None:
        for way in self.ways:
            way.cancel()
        self.near_end.transport.abort()
        if not self.far_end_stays:
            self.far_end.transport.abort()


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, passes: asyncio.Event) -> None:
    """Until one of the ends is gone."""
    with suppress(OSError):
        while data := await reader.read(_CHUNK):
            await passes.wait()
            writer.write(data)
            await writer.drain()


def _opened() -> asyncio.Event:
    event = asyncio.Event()
    event.set()
    return event


@asynccontextmanager
async def cable(host: str, port: int) -> AsyncIterator[Cable]:
    """A whole cable to that server; gone afterwards, with all that went through it."""
    broken = Cable(host, port)
    await broken.mend()
    try:
        yield broken
    finally:
        await broken.aclose()
