"""A real server: its own process, its own data directory, a real socket.

    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        async with websockets.connect(f"{server.ws_url}/CP-1", subprotocols=["ocpp1.6"]) as socket: ...
        await server.http.get("/charge-point")
        await server.kill()
        await server.restart()

Settings are named as in the environment, in small letters: `log__level="debug"` is CHARGEYARD_LOG__LEVEL.
"""

import asyncio
import os
import re
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests import databases

PASSWORD = "correct horse battery"
"""Of the operator `admin` of every server started here."""

_SERVES = re.compile(rb" serves at http://\S+:(\d+)")
_STARTS_WITHIN_S = 60.0
_ENDS_WITHIN_S = 30.0


def environment(**settings: Any) -> dict[str, str]:
    """The environment of a server with `settings`, and with nothing of the settings of whoever runs the tests."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CHARGEYARD_")}
    ours = {f"CHARGEYARD_{name.upper()}": str(value) for name, value in settings.items()}
    return {**inherited, "CHARGEYARD_ADMIN_PASSWORD": PASSWORD, **ours}


class Server:
    """One server that may be ended and started again; it keeps its port and its data directory.

    `prefix` stands before the command line (`taskset -c 0`), for those who measure; `program` is what it runs.
    """

    program: Sequence[str] = (sys.executable, "-m", "chargeyard")

    def __init__(self, directory: Path, settings: dict[str, Any], prefix: Sequence[str] = ()) -> None:
        self.data_dir = directory / "data"
        self.log_file = directory / "server.log"
        self.port = 0
        self.http = httpx2.AsyncClient()
        self.started_within_s = 0.0
        """How long the last start took, from the first instruction to the port being served."""
        self._settings = settings
        self._prefix = prefix
        self._process: asyncio.subprocess.Process

    @property
    def url(self) -> str:
        """Where REST and pages are."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def ws_url(self) -> str:
        """Where charge points connect: their identity follows after a slash."""
        return f"ws://127.0.0.1:{self.port}/ocpp"

    @property
    def database(self) -> Path:
        """The SQLite file; it may be read while the server runs."""
        return self.data_dir / "chargeyard.db"

    @property
    def database_url(self) -> str:
        """Of the database that it uses, on whatever server."""
        return self._settings.get("database__url") or f"sqlite:///{self.database}"

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self._process.pid

    @property
    def log(self) -> str:
        """What all processes of this server wrote on standard error."""
        return self.log_file.read_text("utf-8", "replace") if self.log_file.exists() else ""

    async def start(self) -> None:
        """Start and return when the port is served; fails with the server's own words if it ends before."""
        begun = time.monotonic()
        arguments = ("serve", "--data-dir", str(self.data_dir), "--port", str(self.port))
        with self.log_file.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._prefix,
                *self.program,
                *arguments,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env=environment(**self._settings),
            )
        async with asyncio.timeout(_STARTS_WITHIN_S):
            await self._await_port()
        self.started_within_s = time.monotonic() - begun
        await self.http.aclose()
        self.http = httpx2.AsyncClient(
            base_url=self.url, auth=httpx2.BasicAuth("admin", PASSWORD), timeout=30.0
        )

    async def _await_port(self) -> None:
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if serves := _SERVES.search(line):
                self.port = int(serves[1])
                return
        raise AssertionError(f"the server ended with {await self._process.wait()}:\n{self.log[-4000:]}")

    async def kill(self) -> None:
        """`kill -9`, and wait until the process is gone."""
        await self._end(signal.SIGKILL)

    async def kill_and_start(self) -> None:
        """As after a power cut."""
        await self.kill()
        await self.start()

    async def terminate(self) -> int:
        """SIGTERM; the exit code. Fails if the process does not end."""
        return await self._end(signal.SIGTERM)

    async def restart(self) -> None:
        """Start again, after ending what runs in good order."""
        if self._process.returncode is None:
            await self.terminate()
        await self.start()

    async def _end(self, number: signal.Signals) -> int:
        if self._process.returncode is None:
            self._process.send_signal(number)
        async with asyncio.timeout(_ENDS_WITHIN_S):
            return await self._process.wait()

    async def aclose(self) -> None:
        """Leave nothing behind, whatever has happened."""
        await self.http.aclose()
        await self.kill()


@asynccontextmanager
async def serving(directory: Path, **settings: Any) -> AsyncIterator[Server]:
    """A running server whose data directory is made in `directory`; gone afterwards.

    With CHARGEYARD_TEST_DATABASE (`postgresql`, `mariadb`) in the environment it keeps everything there, in a
    database of its own, unless the test names another one: so that every test here can run on every back end.
    """
    async with AsyncExitStack() as stack:
        if kind := os.environ.get("CHARGEYARD_TEST_DATABASE"):
            url = await stack.enter_async_context(databases.scratch(kind))
            settings = {"database__url": url, **settings}
        server = Server(directory, settings)
        stack.push_async_callback(server.aclose)
        await server.start()
        yield server
