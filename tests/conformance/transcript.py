"""Wire transcripts: what a charge point says and must hear, and what an operator does meanwhile.

    # a comment; the first line says what the case is
    > [2, "1", "Authorize", {"idTag": "VALID"}]            the charge point says this, and it is legal
    ? [2, "1", "Authorize", {}]                            the charge point says this, legal or not
    < [3, "1", {"idTagInfo": {"status": "Accepted"}}]      and must hear exactly this next
    ! POST /charge-point/$cp/hard-reset                    an operator asks this; a JSON body may follow
    = 200 {"outcome": "Accepted"}                          and gets this answer, with these members among others
    ~ hang up                                              the connection ends
    ~ connect                                              and is there again; nothing was said yet
    ~ connect CP:secret                                    the same with a name and a password (HTTP Basic)
    ~ refused 401 CP:secret                                it tries, and is not let in

The charge point is connected and has booted before the first line, unless that is the boot, or `~ not yet`. A line that begins with a blank belongs to the one before. In what must be heard, `"$name"` stands for any value
the first time, and for that value afterwards, also in what is said and asked; `"$time"` is any instant in whole
seconds of UTC. `$cp` is the charge point.
"""

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from pathlib import Path
from string import Template
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import pytest
from ocpp.exceptions import OCPPError
from ocpp.messages import Call, CallResult, get_validator, validate_payload
from websockets.exceptions import InvalidStatus

from tests.e2e.server import Server
from tests.e2e.wire import ANSWERED_WITHIN_S, BOOT, Payload, Wire, basic, wire

_NOT_YET = "not yet"
_BOOT_2: Payload = {"chargingStation": {"vendorName": "Wire", "model": "W2"}, "reason": "PowerUp"}
BOOTS = {"1.6": BOOT, "2.0.1": _BOOT_2, "2.1": _BOOT_2}

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


class Step(NamedTuple):
    """One line: its sign, what follows, and where it stands."""

    sign: str
    text: str
    line: int


def steps_of(file: Path) -> list[Step]:
    """The steps of a transcript. Raises ValueError for a line without a sign."""
    steps: list[Step] = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        if line[:1].isspace() and line.strip():
            steps[-1] = steps[-1]._replace(text=f"{steps[-1].text} {line.strip()}")
        elif line[:1] in {">", "?", "<", "!", "=", "~"}:
            steps.append(Step(line[0], line[1:].strip(), number))
        elif line.strip() and not line.startswith("#"):
            raise ValueError(f"{file.name}:{number}: {line!r} has no sign")
    return steps


class Player:
    """Plays transcripts of one OCPP version against a server, for a charge point that is registered there."""

    def __init__(self, server: Server, identity: str, version: str) -> None:
        self._server = server
        self._version = version
        self._values: dict[str, Any] = {"cp": identity}
        self._asked: dict[str, str] = {}
        self._heard: dict[str, str] = {}
        self._connection = AsyncExitStack()
        self._wire: Wire
        self._operator: asyncio.Task[httpx2.Response] | None = None

    async def play(self, steps: list[Step]) -> None:
        """All of them, and nothing may be left over."""
        play = {
            ">": self._say_legally,
            "?": self._say,
            "<": self._hear,
            "!": self._ask,
            "=": self._get,
            "~": self._move,
        }
        async with self._connection:
            await self._begin(steps[0])
            for step in steps:
                try:
                    await play[step.sign](step.text)
                except (AssertionError, TimeoutError, ValueError, OCPPError) as error:
                    raise AssertionError(f"line {step.line}: {step.sign} {step.text}\n{error!r}") from error
            await self._wire.alive()
        assert self._operator is None, "an operator still waits for an answer"

    async def _begin(self, first: Step) -> None:
        if first.text == _NOT_YET:
            return
        await self._move("connect")
        if "BootNotification" not in first.text:
            await self._wire.ask("BootNotification", **BOOTS[self._version])

    async def _say_legally(self, text: str) -> None:
        frame = self._filled(json.loads(text))
        await self._check_schema(frame, self._heard)
        await self._say(text)

    async def _say(self, text: str) -> None:
        frame = self._filled(json.loads(text))
        if frame[0] == 2:
            self._asked[frame[1]] = frame[2]
        await self._wire.say(json.dumps(frame))

    async def _hear(self, text: str) -> None:
        frame = await self._wire.hear()
        await self._check_schema(frame, self._asked)
        if frame[0] == 2:
            self._heard[frame[1]] = frame[2]
        self._match(json.loads(text), frame)

    async def _check_schema(self, frame: list[Any], calls: dict[str, str]) -> None:
        """What either side says is checked by others' schemas, whatever the transcript expects.

        `calls` are those of the other side, by message id: an answer does not name its action.
        """
        if frame[0] == 2:
            await validate_payload(Call(frame[1], frame[2], frame[3]), self._version)
        elif frame[0] == 3:
            await validate_payload(CallResult(frame[1], frame[2], calls[frame[1]]), self._version)
        elif frame[0] == 6:
            # A message that is neither call nor answer has no suffix in the name of its schema.
            get_validator(frame[0], frame[2], self._version).validate(frame[3])

    async def _ask(self, text: str) -> None:
        method, path, *body = text.split(" ", 2)
        self._operator = asyncio.create_task(
            self._server.http.request(
                method,
                Template(path).substitute(self._values),
                json=self._filled(json.loads(body[0])) if body else None,
                timeout=ANSWERED_WITHIN_S,
            )
        )

    async def _get(self, text: str) -> None:
        operator, self._operator = self._operator, None
        assert operator is not None, "nobody has asked"
        response = await operator
        status, _, members = text.partition(" ")
        assert response.status_code == int(status), f"{response.status_code} {response.text}"
        if members:
            self._match(json.loads(members), response.json(), among_others=True)

    async def _move(self, text: str) -> None:
        move, _, words = Template(text).substitute(self._values).partition(" ")
        if text == _NOT_YET:
            return
        if text == "hang up":
            await self._connection.aclose()
        elif move == "connect":
            self._wire = await self._connection.enter_async_context(self._dial(words))
        elif move == "refused":
            status, _, credentials = words.partition(" ")
            with pytest.raises(InvalidStatus, match=status):
                await self._connection.enter_async_context(self._dial(credentials))
        else:
            raise ValueError(f"{text!r} is not a move")

    def _dial(self, credentials: str) -> AbstractAsyncContextManager[Wire]:
        """A connection, made with `name:password` if that is given."""
        name, _, password = credentials.partition(":")
        headers = basic(name, password) if credentials else {}
        offer = [f"ocpp{self._version}"]
        return wire(self._server, quote(self._values["cp"]), subprotocols=offer, additional_headers=headers)

    def _filled(self, value: Any) -> Any:
        if isinstance(value, str) and value.startswith("$"):
            return self._values[value[1:]]
        if isinstance(value, dict):
            return {name: self._filled(member) for name, member in value.items()}
        return [self._filled(item) for item in value] if isinstance(value, list) else value

    def _match(self, expected: Any, found: Any, *, among_others: bool = False) -> None:
        differences = list(self._differences(expected, found, "$", among_others))
        assert not differences, f"{'; '.join(differences)}\nheard: {json.dumps(found)}"

    def _differences(self, expected: Any, found: Any, path: str, among_others: bool) -> Iterator[str]:
        if isinstance(expected, str) and expected.startswith("$"):
            yield from self._differs_from_value(expected[1:], found, path)
        elif isinstance(expected, dict) and isinstance(found, dict):
            names = expected.keys() if among_others else expected.keys() | found.keys()
            for name in sorted(names):
                if name not in expected or name not in found:
                    yield f"{path}.{name} is {'missing' if name in expected else 'surplus'}"
                else:
                    yield from self._differences(expected[name], found[name], f"{path}.{name}", among_others)
        elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
            for index, (one, other) in enumerate(zip(expected, found, strict=True)):
                yield from self._differences(one, other, f"{path}[{index}]", among_others)
        elif expected != found:
            yield f"{path} is {found!r} and not {expected!r}"

    def _differs_from_value(self, name: str, found: Any, path: str) -> Iterator[str]:
        if name == "time":
            if not (isinstance(found, str) and _TIME.fullmatch(found)):
                yield f"{path} is {found!r} and not an instant in whole seconds of UTC"
        elif self._values.setdefault(name, found) != found:
            yield f"{path} is {found!r} and not ${name}, {self._values[name]!r}"
