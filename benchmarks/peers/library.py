"""What a Python user writes today: `websockets` and the PyPI package `ocpp`. Where it stores is the peer's own affair.

`driver` commits each message with aiosqlite and no more; `orm` gives each message a session of SQLAlchemy's.
Both are as durable as ours and run on uvloop, so that neither makes the difference.
"""

import asyncio
import json
import os
import ssl
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime
from typing import Any, Protocol

import uvloop
from ocpp.routing import on
from ocpp.v16 import ChargePoint as LibraryChargePoint
from ocpp.v16 import call_result
from ocpp.v16.datatypes import IdTagInfo
from ocpp.v16.enums import Action, AuthorizationStatus, RegistrationStatus
from ocpp.v201 import ChargePoint as LibraryChargePointOf201
from ocpp.v201 import call_result as event_result
from ocpp.v201.datatypes import IdTokenInfoType
from ocpp.v201.enums import Action as EventAction
from ocpp.v201.enums import AuthorizationStatusEnumType, RegistrationStatusEnumType
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

DATABASE = "BENCHMARK_DATABASE"
"""The environment variable that names the database: a URL may hold a password, which `ps` would show."""

_ACCEPTED = IdTagInfo(status=AuthorizationStatus.accepted)


class Store(Protocol):
    """What is kept: each call is one transaction, durable when it returns."""

    async def meter_values(self, charge_point: str, connector: int, said: str) -> None: ...

    async def start(self, charge_point: str, connector: int, id_tag: str, meter: int, at: str) -> int: ...

    async def stop(self, transaction: int, meter: int, at: str) -> None: ...

    async def event(self, charge_point: str, transaction: str, sequence: int, said: str) -> None: ...


class EventChargePoint(LibraryChargePointOf201):  # type: ignore[misc]
    """The handlers of 2.0.1."""

    def __init__(self, identity: str, connection: ServerConnection, store: Store) -> None:
        super().__init__(identity, connection)
        self._store = store

    @on(EventAction.boot_notification)  # type: ignore[untyped-decorator]
    async def on_boot(self, **_: Any) -> event_result.BootNotification:
        return event_result.BootNotification(_now(), 300, RegistrationStatusEnumType.accepted)

    @on(EventAction.transaction_event)  # type: ignore[untyped-decorator]
    async def on_event(
        self, seq_no: int, transaction_info: dict[str, Any], id_token: Any = None, **event: Any
    ) -> event_result.TransactionEvent:
        said = json.dumps([id_token, event])
        await self._store.event(self.id, transaction_info["transaction_id"], seq_no, said)
        verdict = IdTokenInfoType(status=AuthorizationStatusEnumType.accepted) if id_token else None
        return event_result.TransactionEvent(id_token_info=verdict)


class ChargePoint(LibraryChargePoint):  # type: ignore[misc]
    """The handlers of 1.6."""

    def __init__(self, identity: str, connection: ServerConnection, store: Store) -> None:
        super().__init__(identity, connection)
        self._store = store

    @on(Action.boot_notification)  # type: ignore[untyped-decorator]
    async def on_boot(self, **_: Any) -> call_result.BootNotification:
        return call_result.BootNotification(_now(), 300, RegistrationStatus.accepted)

    @on(Action.heartbeat)  # type: ignore[untyped-decorator]
    async def on_heartbeat(self) -> call_result.Heartbeat:
        return call_result.Heartbeat(_now())

    @on(Action.meter_values)  # type: ignore[untyped-decorator]
    async def on_meter_values(self, connector_id: int, meter_value: Any, **_: Any) -> call_result.MeterValues:
        await self._store.meter_values(self.id, connector_id, json.dumps(meter_value))
        return call_result.MeterValues()

    @on(Action.start_transaction)  # type: ignore[untyped-decorator]
    async def on_start(
        self, connector_id: int, id_tag: str, meter_start: int, timestamp: str, **_: Any
    ) -> call_result.StartTransaction:
        number = await self._store.start(self.id, connector_id, id_tag, meter_start, timestamp)
        return call_result.StartTransaction(number, _ACCEPTED)

    @on(Action.stop_transaction)  # type: ignore[untyped-decorator]
    async def on_stop(
        self, meter_stop: int, timestamp: str, transaction_id: int, **_: Any
    ) -> call_result.StopTransaction:
        await self._store.stop(transaction_id, meter_stop, timestamp)
        return call_result.StopTransaction()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def run(store: AbstractAsyncContextManager[Store], certificate: tuple[str, ...]) -> None:
    """Print the port and serve until killed; with TLS if `certificate` names two PEM files, of it and its key."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(store, certificate))


def database() -> str:
    """Where to store."""
    return os.environ[DATABASE]


async def _serve(opening: AbstractAsyncContextManager[Store], certificate: tuple[str, ...]) -> None:
    async with opening as store:

        async def talk(connection: ServerConnection) -> None:
            assert connection.request is not None
            talks_in_events = connection.subprotocol == "ocpp2.0.1"
            handlers = EventChargePoint if talks_in_events else ChargePoint
            point = handlers(connection.request.path.rpartition("/")[2], connection, store)
            try:
                await point.start()
            except ConnectionClosed:
                return

        words: Any = ["ocpp1.6", "ocpp2.0.1"]
        context = _context(*certificate) if certificate else None
        async with serve(
            talk, "127.0.0.1", 0, subprotocols=words, backlog=4096, ssl=context, ssl_handshake_timeout=None
        ) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.Event().wait()


def _context(certificate: str, key: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
