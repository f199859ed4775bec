"""One server process, put together from settings and taken apart again in the right order.

At the end nothing new is taken, what was taken is committed and answered, connections are closed, and then
the database.
"""

import asyncio
import contextlib
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import argon2
import structlog
import uvicorn

from chargeyard import __version__
from chargeyard.api import upgrade_hint
from chargeyard.api.app import ApiServices, create_app
from chargeyard.api.passwords import Argon2Hasher
from chargeyard.api.problems import Problem
from chargeyard.bootstrap import figures, upkeep
from chargeyard.bootstrap.menu import WireMenu
from chargeyard.bus.local import LocalBus
from chargeyard.dialects import SPOKEN, Dialect
from chargeyard.dialects.dialect import choose
from chargeyard.domain.decision import Policy
from chargeyard.domain.events import NodeStarted
from chargeyard.errors import SettingsError, Unavailable
from chargeyard.gateway.backlog import Backlog
from chargeyard.gateway.connection import Connection
from chargeyard.gateway.gate import Gate, Terms
from chargeyard.gateway.listeners import Gateway, Listener
from chargeyard.gateway.registry import End, Opening, Registry
from chargeyard.gateway.yard import Yard
from chargeyard.maintenance.upkeep import keep_up
from chargeyard.observability.message_log import MessageLog
from chargeyard.observability.metrics import Metrics
from chargeyard.services import admission
from chargeyard.services.credentials import Keys, load_or_create_key
from chargeyard.services.follow_ups import FollowUps, Hands
from chargeyard.services.inbound import Inbound
from chargeyard.services.numbers import REQUESTS, Numbers
from chargeyard.services.operators import ADMIN, ensure_admin
from chargeyard.services.outbound import Outbound
from chargeyard.services.recording import Recorder
from chargeyard.settings import Ocpp, Settings
from chargeyard.storage.claim import claim_of
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.journal import SqlJournal
from chargeyard.storage.message_sink import SqlMessageSink
from chargeyard.storage.migrate import upgrade
from chargeyard.storage.projections import project
from chargeyard.storage.sequences import SqlSequences
from chargeyard.storage.store import SqlStore
from chargeyard.web.site import Surroundings, build

log = structlog.get_logger()

Announce = Callable[[str], Any]
"""Tells the person at the terminal."""

_ATTEMPTS_TO_START = 5
"""Of writing that the server has started."""


def now() -> datetime:
    """The clock of this process."""
    return datetime.now(UTC)


class Node:
    """One server process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.database = open_database(settings)
        self._claim = claim_of(self.database)
        secret = load_or_create_key(Path(settings.data_dir), settings.secret_key)
        self.keys = Keys(secret)
        self.metrics = Metrics()
        self.journal = SqlJournal(self.database, observe=self.metrics.batch_written)
        self.backlog = Backlog(settings.database.max_waiting, settings.database.max_waiting_bytes)
        self.store = SqlStore(self.database)
        self.bus = _bus(settings)
        self.recorder = Recorder(self.journal, self.bus, now)
        self.outbound = Outbound(self.recorder, self.store, _new_id, settings.ocpp.call_timeout_s)
        self.sink = SqlMessageSink(self.database)
        self.message_log = MessageLog(self.sink, now, settings.message_log.max_waiting)
        sequences = SqlSequences(self.database)
        numbers = Numbers(sequences, secret)
        self.request_numbers = Numbers(sequences, secret, REQUESTS)
        self.follow_ups = FollowUps(
            Hands(outbound=self.outbound, store=self.store, numbers=self.request_numbers, clock=now), self.bus
        )
        self.registry = Registry(
            self._yard(Inbound(self.recorder, self.store, numbers, self.keys.digest_of_code)),
            self.journal,
            self.bus,
        )
        self.gateway: Gateway
        self.port = settings.http.port
        self.passwords = Argon2Hasher(argon2.PasswordHasher())
        self.ended: asyncio.Task[None]
        """Ends, with an error, if this process must stop serving: another one has taken over its database."""
        self._background: list[asyncio.Task[None]] = []
        self._http: _HttpServer
        self._end_streams: Callable[[], None]

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the pages."""
        host = self.settings.http.host
        shown = "localhost" if host in {"0.0.0.0", "::", "127.0.0.1"} else host  # noqa: S104 - compared only
        return f"http://{shown}:{self.port}"

    def _yard(self, inbound: Inbound) -> Yard:
        ocpp = self.settings.ocpp
        return Yard(
            inbound=inbound,
            clock=now,
            backlog=self.backlog,
            note=self.message_log.note if self.settings.message_log.enabled else None,
            policy=Policy(
                heartbeat_interval_s=ocpp.heartbeat_interval_s,
                retry_interval_s=ocpp.retry_interval_s,
                follows_up=ocpp.follow_ups,
                keeps_certificate_requests=ocpp.certificate_requests == "keep",
            ),
            max_waiting_calls=ocpp.max_waiting_calls,
            max_queued_commands=ocpp.max_queued_commands,
        )

    async def start(self, announce: Announce) -> None:
        """Bring the schema up to date, then listen. Raises `SettingsError` for what cannot be used."""
        with naming(self.database):
            await self._claim.take()
            if self.settings.database.migrate:
                await upgrade(self.database)
            await self._book_start()
        self.ended = asyncio.create_task(self._claim.keep())
        await self.outbound.settle_forgotten()
        password = await ensure_admin(self.store, self.recorder, self.passwords, self.settings.admin_password)
        if password is not None:
            announce(f"First start: operator {ADMIN} has the password {password} (shown this once)")
        if self.settings.ocpp.follow_ups:
            self.follow_ups.begin()
        await self._listen()
        self._background = [
            asyncio.create_task(work)
            for work in (
                self.message_log.run(),
                self.registry.watch(lambda wire: getattr(wire, "last_heard", 0.0)),
                keep_up(upkeep.works(self.database, self.settings, now)),
            )
        ]

    async def _book_start(self) -> None:
        """The first thing written: past the journal, which would wait for a full disk, and nobody would hear why."""
        started = NodeStarted(recorded_at=now(), node="local")
        for attempt in range(_ATTEMPTS_TO_START):
            try:
                await self.database.write(project, [started])
            except Unavailable:
                if attempt == _ATTEMPTS_TO_START - 1:
                    raise
                await asyncio.sleep(1.0)  # somebody's lock, a backup
            else:
                return

    async def _listen(self) -> None:
        settings = self.settings
        gate = Gate(
            self._admission().admit, partial(choose, spoken=SPOKEN), self._open, _terms(settings.ocpp)
        )
        self.gateway = Gateway(gate, settings.ocpp.path)
        self.metrics.figures += [
            *figures.of_journal(self.journal),
            *figures.of_gateway(self.registry, gate, self.backlog),
            *figures.of_process(self.message_log),
        ]
        site = build(Surroundings(self.store, self.bus, now, Problem, settings.ocpp.path))
        self._end_streams = site.close
        app = create_app(
            ApiServices(
                recorder=self.recorder,
                store=self.store,
                bus=self.bus,
                clock=now,
                keys=self.keys,
                passwords=self.passwords,
                outbound=self.outbound,
                numbers=self.request_numbers,
                menu=WireMenu(SPOKEN),
                version=__version__,
                waiting=lambda: self.journal.waiting,
                is_away=lambda: self.journal.is_away,
                is_crowded=self._is_crowded,
                metrics=self.metrics.page,
                failed_logins_per_minute=settings.ocpp.failed_logins_per_minute,
                login_path="/login",
                pages=[*site.routes, upgrade_hint.route(settings.ocpp.path)],
            )
        )
        self._http = _HttpServer(_http_config(app, self.gateway, settings))
        await self.gateway.start([_listener(settings, listener) for listener in settings.ocpp.listeners])
        self.port = await self._http.start()

    def _is_crowded(self) -> bool:
        """Whether what REST writes would have to wait: for those before it, or for the database to come back."""
        is_full = self.backlog.is_full or self.journal.waiting >= self.settings.database.max_waiting
        return is_full or self.journal.is_away

    def _admission(self) -> admission.Admission:
        policy = admission.Policy(
            unknown_charge_points=self.settings.ocpp.unknown_charge_points,
            failed_logins_per_minute=self.settings.ocpp.failed_logins_per_minute,
        )
        return admission.Admission(self.store, self.journal, self.keys, now, policy)

    def _open(self, admitted: admission.Admitted, dialect: Dialect, connection: Connection) -> End:
        reading = admitted.loaded.reading or self.settings.ocpp.reading
        return self.registry.open(
            Opening(
                state=admitted.loaded.state,
                dialect=dialect,
                subprotocol=dialect.subprotocol,
                remote=admitted.remote,
                security_profile=admitted.security_profile,
                strict=reading == "strict",
            ),
            connection,
        )

    async def stop(self) -> None:
        """Take nothing new, commit and answer what was taken, close everything."""
        self._end_streams()
        self._http.stop_listening()
        await self.gateway.drain(self.settings.ocpp.drain_timeout_s, self.registry.settled)
        await self._http.stop()
        await self.follow_ups.aclose()
        await self.outbound.drain()
        self.registry.close()
        for task in (*self._background, self.ended):
            task.cancel()
        await asyncio.gather(*self._background, self.ended, return_exceptions=True)
        await self.journal.aclose()
        await self.database.aclose()
        await self._claim.release()


class _HttpServer(uvicorn.Server):
    """uvicorn inside our loop: signals are ours, and it says when it listens."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._serving: asyncio.Task[None] | None = None

    def capture_signals(self) -> contextlib.AbstractContextManager[None]:  # type: ignore[override]
        """Leave the signals to the node."""
        return contextlib.nullcontext()

    async def start(self) -> int:
        """Listen; the port. Raises `SettingsError` if the port cannot be had."""
        config = self.config
        try:
            listening = config.bind_socket()
        except SystemExit:
            raise SettingsError(f"cannot listen on {config.host}:{config.port}") from None
        self._serving = asyncio.create_task(self.serve(sockets=[listening]))
        while not self.started:
            if self._serving.done():
                raise SettingsError(f"the HTTP server did not start on {config.host}:{config.port}")
            await asyncio.sleep(0.01)
        return int(listening.getsockname()[1])

    def stop_listening(self) -> None:
        """Take no new connections; running requests go on."""
        for server in self.servers:
            server.close()

    async def stop(self) -> None:
        """Finish running requests and end."""
        self.should_exit = True
        if self._serving is not None:
            await self._serving


def _http_config(app: Any, gateway: Gateway, settings: Settings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        host=settings.http.host,
        port=settings.http.port,
        backlog=settings.http.backlog,
        ws=gateway.upgrade,  # type: ignore[arg-type]
        http="httptools",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def _terms(ocpp: Ocpp) -> Terms:
    return Terms(
        handshake_timeout_s=ocpp.handshake_timeout_s,
        ping_interval_s=ocpp.ping_interval_s,
        ping_timeout_s=ocpp.ping_timeout_s,
        max_message_bytes=ocpp.max_message_bytes,
        compression=ocpp.compression,
        tolerant=ocpp.reading == "tolerant",
    )


def _listener(settings: Settings, wanted: Any) -> Listener:
    return Listener(
        host=wanted.host,
        port=wanted.port,
        path=wanted.path,
        tls_certificate=wanted.tls_certificate,
        tls_key=wanted.tls_key,
        backlog=settings.http.backlog,
    )


def open_database(settings: Settings, *, to_write: bool = True) -> Database:
    """The database of these settings, not connected yet.

    `to_write`: a missing data directory is made, for its owner alone. Who only reads needs none that can be written.
    """
    path = Path(settings.data_dir)
    if not to_write:
        return connect(settings.database.url or str(path / "chargeyard.db"))
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"data_dir {path}: {error.strerror}") from None
    if not os.access(path, os.W_OK):
        raise SettingsError(f"data_dir {path}: not writable")
    return connect(settings.database.url or str(path / "chargeyard.db"))


@contextlib.contextmanager
def naming(database: Database) -> Iterator[None]:
    """What is not there when it is wanted first, a wrong address perhaps, is told with its name."""
    try:
        yield
    except Unavailable as error:
        raise SettingsError(f"{database}: {error}") from None


def _bus(settings: Settings) -> LocalBus:
    if settings.bus.url:
        raise SettingsError("bus.url: this version runs as one process and needs no broker; leave it empty")
    return LocalBus()


def _new_id() -> str:
    return uuid4().hex
