"""Charge points that remember what they were promised, and a look into the database for what was kept.

A witness charges cars without end. Whatever it has not been answered it sends again after it has reconnected,
as real charge points do: the same content, mostly under a new message id. What it has been answered is a
promise; `broken_promises` finds those that the database does not keep, and what it holds twice.
"""

import asyncio
import json
import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tests.e2e.server import Server

ID_TAG = "WITNESS"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
_ANSWERED_WITHIN_S = 30.0
_RECONNECTS_AFTER_S = 0.05

Payload = dict[str, Any]
Story = Generator[tuple[str, Payload], Payload, None]


class Promise(NamedTuple):
    """A message that was answered."""

    action: str
    payload: Payload
    answer: Payload


class Witness:
    """One charge point. `seed` decides all it does but the speed at which it is answered."""

    def __init__(self, identity: str, seed: int) -> None:
        self.identity = identity
        self.promises: list[Promise] = []
        self.retries = 0
        self.close_codes: list[int | None] = []
        self._random = random.Random(f"{seed} {identity}")
        self._socket: ClientConnection | None = None
        self._clock = 0
        self._meter_wh = 0
        self._sent = 0

    async def live(self, ws_url: str, goes_on: Callable[[], bool]) -> None:
        """Charge cars until `goes_on` denies it, and then finish the last one."""
        story = self._story(goes_on)
        message = next(story)
        while True:
            answer = await self._deliver(f"{ws_url}/{self.identity}", *message)
            self.promises.append(Promise(*message, answer))
            await asyncio.sleep(self._random.uniform(0, 0.02))
            try:
                message = story.send(answer)
            except StopIteration:
                break
        await self.leave()

    async def leave(self) -> None:
        """Hang up."""
        if self._socket is not None:
            await self._socket.close()

    # --- what it tells ----------------------------------------------------------------------------------------

    def _story(self, goes_on: Callable[[], bool]) -> Story:
        yield "BootNotification", {"chargePointVendor": "Witness", "chargePointModel": "W1"}
        while goes_on():
            yield from self._charging(connector=self._random.randint(1, 2))

    def _charging(self, connector: int) -> Story:
        start = {
            "connectorId": connector,
            "idTag": ID_TAG,
            "meterStart": self._meter(),
            "timestamp": self._now(),
        }
        transaction = (yield "StartTransaction", start)["transactionId"]
        for _ in range(self._random.randint(2, 12)):
            yield "MeterValues", self._meter_values(connector, transaction)
        stop = {"transactionId": transaction, "meterStop": self._meter(), "timestamp": self._now()}
        yield "StopTransaction", stop

    def _meter_values(self, connector: int, transaction: int) -> Payload:
        sample = {"value": str(self._meter()), "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
        values = [{"timestamp": self._now(), "sampledValue": [sample]}]
        return {"connectorId": connector, "transactionId": transaction, "meterValue": values}

    def _meter(self) -> int:
        """A register that no two messages share."""
        self._meter_wh += self._random.randint(1, 100)
        return self._meter_wh

    def _now(self) -> str:
        """An instant that no two messages share."""
        self._clock += 1
        return (_BEGIN + timedelta(seconds=self._clock)).strftime("%Y-%m-%dT%H:%M:%SZ")

    # --- how it tells it --------------------------------------------------------------------------------------

    async def _deliver(self, address: str, action: str, payload: Payload) -> Payload:
        """Send until it is answered. A retry has a new message id, or now and then the old one."""
        message_id = self._new_id()
        while True:
            try:
                socket = await self._connected(address)
                return await self._call(socket, message_id, action, payload)
            except InvalidStatus as refused:
                if refused.response.status_code != 503:  # anything else is no passing trouble
                    raise
            except (OSError, WebSocketException) as error:
                self._note_end(error)
            await asyncio.sleep(_RECONNECTS_AFTER_S)
            self.retries += 1
            message_id = message_id if self._random.random() < 0.2 else self._new_id()

    def _new_id(self) -> str:
        self._sent += 1
        return f"{self.identity}-{self._sent}"

    async def _connected(self, address: str) -> ClientConnection:
        if self._socket is None:
            self._socket = await connect(address, subprotocols=["ocpp1.6"], compression=None)  # type: ignore[list-item]
        return self._socket

    def _note_end(self, error: Exception) -> None:
        self._socket = None
        if isinstance(error, ConnectionClosed):
            self.close_codes.append(error.rcvd.code if error.rcvd else None)

    async def _call(
        self, socket: ClientConnection, message_id: str, action: str, payload: Payload
    ) -> Payload:
        await socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(_ANSWERED_WITHIN_S):
            while (reply := json.loads(await socket.recv()))[1] != message_id:
                assert reply[0] == 2, f"{self.identity} asked {message_id} and hears {reply}"
                await socket.send(json.dumps([4, reply[1], "NotSupported", "", {}]))
        assert reply[0] == 3, f"{self.identity} sent {action} {payload} and was refused: {reply}"
        answer: Payload = reply[2]
        return answer


# --- many of them ---------------------------------------------------------------------------------------------


async def introduce(server: Server) -> None:
    """Register the id token of all witnesses."""
    (await server.http.post("/id-token", json={"idToken": ID_TAG})).raise_for_status()


async def endure(server: Server, witnesses: Sequence[Witness], kills: int, seed: int) -> None:
    """Let them charge cars while the server is killed at random moments and started again, `kills` times."""
    moments = random.Random(seed)
    over = asyncio.Event()
    async with asyncio.TaskGroup() as living:
        for witness in witnesses:
            living.create_task(witness.live(server.ws_url, lambda: not over.is_set()))
        for _ in range(kills):
            await under_load(witnesses)
            await asyncio.sleep(moments.uniform(0, 0.5))
            await server.kill()
            await server.start()
        over.set()


async def under_load(witnesses: Sequence[Witness]) -> None:
    """Return once something new was acknowledged."""
    before = sum(len(witness.promises) for witness in witnesses)
    while sum(len(witness.promises) for witness in witnesses) == before:  # noqa: ASYNC110 - none of them knows
        await asyncio.sleep(0.005)


# --- what the database says -----------------------------------------------------------------------------------


def broken_promises(database: Path, witnesses: Iterable[Witness]) -> list[str]:
    """What the SQLite file `database` lacks of the promises, holds twice, or holds without having been told."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
        return [line for witness in witnesses for line in _of_one(connection, witness)]


def _of_one(connection: sqlite3.Connection, witness: Witness) -> Iterator[str]:
    kept = connection.execute(
        "SELECT kind, body FROM kept_report WHERE charge_point = ?", (witness.identity,)
    )
    yield from (f"{witness.identity}: parked {kind} {body}" for kind, body in kept)
    for what, promised, query in (
        ("transaction", _transactions(witness), _TRANSACTIONS),
        ("meter value", _meter_values(witness), _METER_VALUES),
    ):
        found = Counter(connection.execute(query, (witness.identity,)))
        yield from (f"{witness.identity}: {what} lost: {row}" for row in (promised - found))
        yield from (f"{witness.identity}: {what} too many: {row}" for row in (found - promised))


_TRANSACTIONS = """
    SELECT id, started_at / 1000000, meter_start_wh, stopped_at / 1000000, meter_stop_wh, quality
    FROM charging_transaction WHERE charge_point = ?
"""
_METER_VALUES = "SELECT transaction_id, at / 1000000, energy_wh FROM meter_value WHERE charge_point = ?"


def _transactions(witness: Witness) -> Counter[tuple[Any, ...]]:
    """A row for each transaction; one that was not stopped yet has no end."""
    rows: dict[int, tuple[Any, ...]] = {}
    for action, payload, answer in witness.promises:
        if action == "StartTransaction":
            number = answer["transactionId"]
            assert number not in rows, f"{witness.identity}: two transactions are number {number}"
            rows[number] = (number, _seconds(payload), payload["meterStart"], None, None, "ok")
        elif action == "StopTransaction":
            number = payload["transactionId"]
            rows[number] = (*rows[number][:3], _seconds(payload), payload["meterStop"], "ok")
    return Counter(rows.values())


def _meter_values(witness: Witness) -> Counter[tuple[Any, ...]]:
    return Counter(
        (payload["transactionId"], _seconds(value), int(value["sampledValue"][0]["value"]))
        for action, payload, _ in witness.promises
        if action == "MeterValues"
        for value in payload["meterValue"]
    )


def _seconds(told: Payload) -> int:
    return int(datetime.fromisoformat(told["timestamp"]).timestamp())
