"""PostgreSQL and MariaDB of a test's own, which may be killed, stopped, frozen and filled up.

    async with private_server("postgresql") as server:
        async with scratch(server.kind, server.url) as url: ...
        await server.kill()
        await server.start()

They run as an unprivileged user, from the programs that are installed, on a free port of 127.0.0.1, and end with the
process that started them.
"""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import asyncmy
import asyncpg
from sqlalchemy.engine import URL, make_url

from tests.databases import statements
from tests.e2e.small_disk import Disk, small_disk

_WITHIN_S = 60.0
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncmy.errors.MySQLError)


class _Recipe(NamedTuple):
    """How one kind is installed and run. `{data}`, `{run}` and `{port}` are filled in."""

    programs: str
    """Where they are: a pattern, the last match counts."""
    user: str
    install: str
    serve: str
    stop: signal.Signals
    url: str
    tls: str
    """What is added to `serve` where it shall have the certificate `{run}/certificate.pem`."""


_RECIPES = {
    "postgresql": _Recipe(
        programs="/usr/lib/postgresql/*/bin/postgres",
        user="postgres",
        install="{bin}/initdb -A trust -E UTF8 --no-locale --no-sync -D {data}",
        serve="{bin}/postgres -D {data} -p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={run}"
        " -c shared_buffers=16MB -c max_connections=40 -c max_wal_size=64MB -c min_wal_size=32MB",
        stop=signal.SIGINT,
        url="postgresql://postgres@127.0.0.1:{port}/postgres",
        tls=" -c ssl=on -c ssl_cert_file={run}/certificate.pem -c ssl_key_file={run}/key.pem",
    ),
    "mariadb": _Recipe(
        programs="/usr/sbin/mariadbd",
        user="mysql",
        install="mariadb-install-db --no-defaults --auth-root-authentication-method=normal --datadir={data}"
        " --innodb-log-file-size=8M --innodb-buffer-pool-size=24M",
        serve="{bin}/mariadbd --no-defaults --datadir={data} --port={port} --bind-address=127.0.0.1"
        " --socket={run}/socket --pid-file={run}/pid --skip-name-resolve --innodb-log-file-size=8M"
        " --innodb-buffer-pool-size=24M --performance-schema=off",
        stop=signal.SIGTERM,
        url="mariadb://root@127.0.0.1:{port}/test",
        tls=" --ssl-cert={run}/certificate.pem --ssl-key={run}/key.pem",
    ),
}


def programs_of(kind: str) -> Path | None:
    """The folder with the server's programs; None if it is not installed, or cannot be run as another user."""
    found = sorted(Path("/").glob(_RECIPES[kind].programs.lstrip("/")))
    return found[-1].parent if found and shutil.which("setpriv") else None


class PrivateServer:
    """One server of `kind`, in `directory`. `start` it, and leave nothing behind with `aclose`."""

    def __init__(self, kind: str, directory: Path) -> None:
        self.kind = kind
        self.directory = directory
        self.port = _free_port()
        self.disk: Disk | None = None
        self.certificate = directory / "certificate.pem"
        self._recipe = _RECIPES[kind]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> URL:
        """Of a database that is always there, as its all-powerful user."""
        return make_url(self._recipe.url.format(port=self.port))

    @property
    def log(self) -> str:
        """What all its processes wrote."""
        return (self.directory / "log").read_text("utf-8", "replace")

    async def install(self) -> None:
        """Make its files, once."""
        self._give(self.directory)
        process = self._run(self._recipe.install)
        assert await _end_of(process) == 0, self.log[-4000:]

    def certify(self) -> None:
        """Make a self-signed certificate for 127.0.0.1 and for no name; it is used from the next start on."""
        key = self.directory / "key.pem"
        command = (
            "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=database"
        )
        files = ["-keyout", str(key), "-out", str(self.certificate), "-addext", "subjectAltName=IP:127.0.0.1"]
        subprocess.run([*command.split(), *files], check=True, capture_output=True)
        self._give(key)

    def _give(self, path: Path) -> None:
        """Let it be the server's own."""
        if os.getuid() == 0:
            account = pwd.getpwnam(self._recipe.user)
            os.chown(path, account.pw_uid, account.pw_gid)

    async def start(self) -> None:
        """Return once it answers; start it if it does not run, or ends by itself (its disk was full)."""
        async with asyncio.timeout(_WITHIN_S):
            while not await self.answers():
                if self._process is None or self._process.poll() is not None:
                    more = self._recipe.tls if self.certificate.exists() else ""
                    self._process = self._run(self._recipe.serve + more)
                await asyncio.sleep(0.05)

    async def answers(self) -> bool:
        """Whether it answers now."""
        try:
            await statements(self.url, "SELECT 1")
        except _AWAY:
            return False
        return True

    async def kill(self) -> None:
        """`kill -9` of all its processes at once, as when the machine is reset."""
        if self._process is not None:
            self._process.send_signal(signal.SIGSTOP)  # so that it has no more children, and replaces none
            family = self._family()
            _signal(family, signal.SIGKILL)
            await self._gone(family)

    async def stop(self) -> None:
        """Stop it in good order: running transactions are rolled back, clients are sent away."""
        if self._process is not None:
            family = self._family()
            self._process.send_signal(self._recipe.stop)
            await self._gone(family)

    def freeze(self) -> None:
        """Let it keep its connections and do nothing, like a machine whose disk hangs."""
        _signal(self._family(), signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        _signal(self._family(), signal.SIGCONT)

    async def aclose(self) -> None:
        """Leave no process behind, whatever state it is in."""
        await self.kill()

    def _run(self, command: str) -> subprocess.Popen[bytes]:
        """Start `command` as the unprivileged user; it dies with us."""
        words = command.format(
            bin=programs_of(self.kind),
            data=self.directory / "data",
            run=self.directory,
            port=self.port,
        ).split()
        user = self._recipe.user
        drop = [f"--reuid={user}", f"--regid={user}", "--clear-groups"] if os.getuid() == 0 else []
        with (self.directory / "log").open("ab") as log:
            return subprocess.Popen(
                ["setpriv", *drop, "--pdeathsig=KILL", *words],
                cwd=self.directory,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def _family(self) -> list[int]:
        """Its processes, the first one first."""
        return [self._process.pid, *_children(self._process.pid)] if self._process else []

    async def _gone(self, family: list[int]) -> None:
        """Wait for every process of it: one that is left would hold the shared memory."""
        assert self._process is not None
        await _end_of(self._process)
        self._process = None
        async with asyncio.timeout(_WITHIN_S):
            while any(_lives(pid) for pid in family):  # noqa: ASYNC110 - they are not our children
                await asyncio.sleep(0.01)


@asynccontextmanager
async def private_server(kind: str, megabytes: int | None = None) -> AsyncIterator[PrivateServer]:
    """A running server with files of its own, which are gone afterwards: on a disk of its own of so many megabytes,
    `server.disk`, or beside everything else."""
    # Not in pytest's folder for temporary files, which other users may not enter.
    with tempfile.TemporaryDirectory(prefix=f"chargeyard-{kind}-") as folder, ExitStack() as mounts:
        Path(folder).chmod(0o755)
        server = PrivateServer(kind, Path(folder, "files"))
        if megabytes:
            server.disk = mounts.enter_context(small_disk(server.directory, megabytes))
        else:
            server.directory.mkdir()
        try:
            await server.install()
            await server.start()
            yield server
        finally:
            await server.aclose()


async def _end_of(process: subprocess.Popen[bytes]) -> int:
    async with asyncio.timeout(_WITHIN_S):
        while process.poll() is None:  # noqa: ASYNC110 - a process that outlives the loop of one test
            await asyncio.sleep(0.02)
    return process.returncode


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _children(pid: int) -> list[int]:
    """The processes whose parent is `pid`."""
    entries = (int(entry.name) for entry in Path("/proc").glob("[0-9]*"))
    return [child for child in entries if _status(child)[1:2] == [str(pid)]]


def _lives(pid: int) -> bool:
    return _status(pid)[:1] not in ([], ["Z"])


def _status(pid: int) -> list[str]:
    """State, parent and more of a process (man 5 proc_pid_stat); nothing if it is gone."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
