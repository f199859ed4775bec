"""Charge points that remember what they were promised.

A witness charges cars without end. Whatever it has not been answered it sends again after it has reconnected,
as real charge points do: the same content, mostly under a new message id. An error for an answer fails the test,
since a charge point might throw away what was refused. What it has been answered is a promise;
`tests.e2e.promises` finds those that the database does not keep, and what it holds twice.
"""

import asyncio
import json
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar, NamedTuple

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from tests.e2e.server import Server

ID_TAG = "WITNESS"
_BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ANSWERED_WITHIN_S = 30.0
_RECONNECTS_AFTER_S = 0.05
_HOUR_S = 3600
_DAY_S = 24 * _HOUR_S

Payload = dict[str, Any]
Story = Generator[tuple[str, Payload], Payload, None]
Fault = Callable[[], Awaitable[None]]


class Promise(NamedTuple):
    """A message that was answered."""

    action: str
    payload: Payload
    answer: Payload


class Witness(ABC):
    """One charge point. `seed` decides all it does but the speed at which it is answered."""

    SUBPROTOCOL: ClassVar[str]

    def __init__(self, identity: str, seed: int) -> None:
        self.identity = identity
        self.jumps = 0.0
        """How likely it is that its clock is set before it looks at it."""
        self.promises: list[Promise] = []
        self.retries = 0
        self.close_codes: list[int | None] = []
        self._random = random.Random(f"{seed} {identity}")
        self._socket: ClientConnection | None = None
        self._clock = 0
        self._told: set[int] = set()
        self._meter_wh = 0
        self._sent = 0

    async def live(self, ws_url: str, is_over: Callable[[], bool]) -> None:
        """Charge cars until it `is_over`, and then finish the last one."""
        story = self._story(is_over)
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

    def _story(self, is_over: Callable[[], bool]) -> Story:
        yield "BootNotification", self._boot()
        while not is_over():
            yield from self._charging(connector=self._random.randint(1, 2))

    @abstractmethod
    def _boot(self) -> Payload: ...

    @abstractmethod
    def _charging(self, connector: int) -> Story: ...

    def _meter(self) -> int:
        """A register that no two messages share."""
        self._meter_wh += self._random.randint(1, 100)
        return self._meter_wh

    def _now(self) -> str:
        """An instant that no two messages share."""
        if self._random.random() < self.jumps:
            self._clock += self._random.choice((-_DAY_S, -_HOUR_S, -30, 30, _HOUR_S, _DAY_S))
        while self._clock in self._told:
            self._clock += 1
        self._told.add(self._clock)
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
        return f"{self.identity}-{self._new_number()}"

    def _new_number(self) -> int:
        self._sent += 1
        return self._sent

    async def _connected(self, address: str) -> ClientConnection:
        if self._socket is None:
            self._socket = await connect(
                address,
                subprotocols=[self.SUBPROTOCOL],  # type: ignore[list-item]
                compression=None,
                proxy=None,
            )
        return self._socket

    def _note_end(self, error: Exception) -> None:
        self._socket = None
        if isinstance(error, ConnectionClosed):
            self.close_codes.append(error.rcvd.code if error.rcvd else None)

    async def _call(
        self, socket: ClientConnection, message_id: str, action: str, payload: Payload
    ) -> Payload:
        await socket.send(json.dumps([2, message_id, action, payload]))
        async with asyncio.timeout(ANSWERED_WITHIN_S):
            while (reply := json.loads(await socket.recv()))[1] != message_id:
                assert reply[0] == 2, f"{self.identity} asked {message_id} and hears {reply}"
                await socket.send(json.dumps([4, reply[1], "NotSupported", "", {}]))
        assert reply[0] == 3, f"{self.identity} sent {action} {payload} and was refused: {reply}"
        answer: Payload = reply[2]
        return answer


class Witness16(Witness):
    """It speaks 1.6: StartTransaction, MeterValues, StopTransaction."""

    SUBPROTOCOL = "ocpp1.6"

    def _boot(self) -> Payload:
        return {"chargePointVendor": "Witness", "chargePointModel": "W1"}

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


class Witness201(Witness):
    """It speaks 2.0.1: everything is a TransactionEvent, numbered within its transaction."""

    SUBPROTOCOL = "ocpp2.0.1"

    def _boot(self) -> Payload:
        return {"reason": "PowerUp", "chargingStation": {"vendorName": "Witness", "model": "W2"}}

    def _charging(self, connector: int) -> Story:
        transaction = f"{self.identity}-{self._new_number()}"
        token = {
            "idToken": {"idToken": ID_TAG, "type": "Central"},
            "evse": {"id": connector, "connectorId": 1},
        }
        updates = self._random.randint(2, 12)
        words = [
            ("Started", "Authorized", "Transaction.Begin"),
            *[("Updated", "MeterValuePeriodic", "Sample.Periodic")] * updates,
            ("Ended", "EVDeparted", "Transaction.End"),
        ]
        for number, (phase, trigger, context) in enumerate(words):
            sample = {
                "value": self._meter(),
                "measurand": "Energy.Active.Import.Register",
                "context": context,
            }
            at = self._now()
            yield (
                "TransactionEvent",
                {
                    "eventType": phase,
                    "timestamp": at,
                    "triggerReason": trigger,
                    "seqNo": number,
                    "transactionInfo": {"transactionId": transaction},
                    "meterValue": [{"timestamp": at, "sampledValue": [sample]}],
                    **(token if phase == "Started" else {}),
                },
            )


# --- many of them ---------------------------------------------------------------------------------------------


def a_crowd(count: int, seed: int) -> list[Witness]:
    """So many witnesses, every other one of them of 2.0.1."""
    return [(Witness201 if number % 2 else Witness16)(f"CP-{number:02}", seed) for number in range(count)]


async def introduce(server: Server) -> None:
    """Register the id token of all witnesses."""
    (await server.http.post("/id-token", json={"idToken": ID_TAG})).raise_for_status()


@asynccontextmanager
async def living(server: Server, witnesses: Sequence[Witness]) -> AsyncIterator[None]:
    """They charge cars meanwhile; afterwards they finish the last one, and everything is acknowledged."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as lives:
        for witness in witnesses:
            lives.create_task(witness.live(server.ws_url, over.is_set))
        yield
        over.set()


async def endure(server: Server, witnesses: Sequence[Witness], faults: Iterable[Fault], seed: int) -> None:
    """Let them charge cars while `faults` happen at random moments, one by one. Each mends what it breaks."""
    moments = random.Random(seed)
    async with living(server, witnesses):
        for fault in faults:
            await under_load(witnesses)
            await asyncio.sleep(moments.uniform(0, 0.5))
            await fault()


def promises(witnesses: Sequence[Witness]) -> int:
    """How many messages were acknowledged so far."""
    return sum(len(witness.promises) for witness in witnesses)


async def under_load(witnesses: Sequence[Witness]) -> None:
    """Return once something new was acknowledged."""
    before = promises(witnesses)
    while promises(witnesses) == before:  # noqa: ASYNC110 - none of them knows
        await asyncio.sleep(0.005)
