"""What a Python user writes today: `websockets`, the PyPI package `ocpp`, one INSERT and COMMIT per message.

As durable as ours (`synchronous = FULL`), and on uvloop, so that neither makes the difference.
`python -m benchmarks.peers.library DATABASE` prints its port.
"""

import asyncio
import itertools
import json
import sys
from datetime import UTC, datetime
from typing import Any

import aiosqlite
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

_ACCEPTED = IdTagInfo(status=AuthorizationStatus.accepted)
_SCHEMA = """
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    CREATE TABLE meter_value (id INTEGER PRIMARY KEY, charge_point TEXT, connector INTEGER, said TEXT);
    CREATE TABLE charging_transaction (id INTEGER PRIMARY KEY, charge_point TEXT, connector INTEGER, id_tag TEXT,
        meter_start INTEGER, started_at TEXT, meter_stop INTEGER, stopped_at TEXT);
    CREATE TABLE transaction_event (id INTEGER PRIMARY KEY, charge_point TEXT, transaction_id TEXT, sequence INTEGER,
        said TEXT);
"""
_INSERT_METER_VALUE = "INSERT INTO meter_value (charge_point, connector, said) VALUES (?, ?, ?)"
_INSERT_START = (
    "INSERT INTO charging_transaction (id, charge_point, connector, id_tag, meter_start, started_at)"
    " VALUES (?, ?, ?, ?, ?, ?)"
)
_INSERT_EVENT = (
    "INSERT INTO transaction_event (charge_point, transaction_id, sequence, said) VALUES (?, ?, ?, ?)"
)
_UPDATE_STOP = "UPDATE charging_transaction SET meter_stop = ?, stopped_at = ? WHERE id = ?"


class Store:
    """One connection to the database; a transaction for each message."""

    def __init__(self, database: aiosqlite.Connection) -> None:
        self._database = database
        self._turn = asyncio.Lock()
        self.numbers = itertools.count(1)

    async def write(self, statement: str, values: tuple[Any, ...]) -> None:
        """Execute and commit, before anybody else does."""
        async with self._turn:
            await self._database.execute(statement, values)
            await self._database.commit()


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
        values = (self.id, transaction_info["transaction_id"], seq_no, json.dumps([id_token, event]))
        await self._store.write(_INSERT_EVENT, values)
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
        await self._store.write(_INSERT_METER_VALUE, (self.id, connector_id, json.dumps(meter_value)))
        return call_result.MeterValues()

    @on(Action.start_transaction)  # type: ignore[untyped-decorator]
    async def on_start(
        self, connector_id: int, id_tag: str, meter_start: int, timestamp: str, **_: Any
    ) -> call_result.StartTransaction:
        number = next(self._store.numbers)
        values = (number, self.id, connector_id, id_tag, meter_start, timestamp)
        await self._store.write(_INSERT_START, values)
        return call_result.StartTransaction(number, _ACCEPTED)

    @on(Action.stop_transaction)  # type: ignore[untyped-decorator]
    async def on_stop(
        self, meter_stop: int, timestamp: str, transaction_id: int, **_: Any
    ) -> call_result.StopTransaction:
        await self._store.write(_UPDATE_STOP, (meter_stop, timestamp, transaction_id))
        return call_result.StopTransaction()


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def main(file: str) -> None:
    """Serve until killed."""
    async with aiosqlite.connect(file) as database:
        await database.executescript(_SCHEMA)
        store = Store(database)

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
        async with serve(talk, "127.0.0.1", 0, subprotocols=words, backlog=4096) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main(sys.argv[1]))
