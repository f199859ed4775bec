"""From a request to a command and back: idempotency keys, preferences, and the envelope."""

from typing import Annotated, Any

from litestar import Request, Response
from litestar.params import HeaderParameter
from msgspec import Struct

from chargeyard.api.addresses import in_path
from chargeyard.api.envelope import CommandAnswer, envelope, problem_of, same_request
from chargeyard.api.problems import INVALID_REQUEST, KEY_REUSED, Problem
from chargeyard.api.services import ApiServices, Given, Services
from chargeyard.domain.commands import AnyCommand
from chargeyard.domain.records import CommandRecord
from chargeyard.errors import NotFound

_LONGEST_WAIT_S = 300.0


class Preferences(Struct, frozen=True):
    """What `Prefer` (RFC 7240) asks: not to wait, or to wait at most so long for the charge point."""

    respond_async: bool = False
    wait_s: float | None = None


class Dispatch(Struct, frozen=True):
    """Carries out commands in the name of whoever made this request."""

    services: ApiServices
    principal: str
    idempotency_key: str
    preferences: Preferences

    async def run(self, charge_point: str, command: AnyCommand) -> Response[CommandAnswer]:
        """200 with the charge point's answer, 202 if the caller does not wait; else raises `Problem`."""
        asked = (charge_point, command, self.principal, self.idempotency_key, self.preferences.wait_s)
        if self.preferences.respond_async:
            record = await self._find(await self.services.outbound.start(*asked))
            return self._answer_later(self._checked(record, charge_point, command))
        record = self._checked(await self.services.outbound.submit(*asked), charge_point, command)
        if not record.outcome:
            return self._answer_later(record)
        if problem := problem_of(record):
            raise problem
        return Response(envelope(record), status_code=200)

    async def fresh_number(self) -> int:
        """A number for what a charge point will report later; never given twice."""
        return await self.services.numbers.next()

    def _answer_later(self, record: CommandRecord) -> Response[CommandAnswer]:
        location = f"/charge-point/{in_path(record.charge_point)}/command/{in_path(record.id)}"
        headers = {"Location": location}
        if self.preferences.respond_async:
            headers["Preference-Applied"] = "respond-async"
        return Response(envelope(record), status_code=202, headers=headers)

    def _checked(self, record: CommandRecord, charge_point: str, command: AnyCommand) -> CommandRecord:
        """A key that belongs to another command must not pass for the answer to this one."""
        if record.charge_point != charge_point or not same_request(record, command):
            raise Problem(KEY_REUSED, members={"commandId": record.id})
        return record

    async def _find(self, command_id: str) -> CommandRecord:
        record = await self.services.store.find_command(command_id)
        if record is None:
            raise NotFound(f"no command {command_id!r}")
        return record


Dispatching = Given[Dispatch]
"""As the handler of a command asks for it."""


def dispatch_of(
    request: Request[Any, Any, Any],
    services: Services,
    idempotency_key: Annotated[
        str,
        HeaderParameter(
            name="Idempotency-Key",
            max_length=255,
            description="The same key of the same caller gives the first command's result again.",
        ),
    ] = "",
    prefer: Annotated[
        str,
        HeaderParameter(
            name="Prefer",
            description="`respond-async`: answer 202 at once; `wait=20`: wait at most 20 s for the charge point.",
        ),
    ] = "",
) -> Dispatch:
    """How this request wants its command carried out."""
    return Dispatch(services, request.user.id, idempotency_key.strip().strip('"'), preferences_of(prefer))


def preferences_of(header: str) -> Preferences:
    """Preferences that we know; others are ignored, as RFC 7240 wants it. A senseless `wait` is a problem."""
    asked: dict[str, str] = {}
    for part in header.split(","):
        name, _, value = part.partition(";")[0].partition("=")
        asked.setdefault(name.strip().lower(), value.strip().strip('"'))
    return Preferences("respond-async" in asked, _wait_s(asked["wait"]) if "wait" in asked else None)


def _wait_s(text: str) -> float:
    if not (text.isascii() and text.isdecimal() and 0 < float(text) <= _LONGEST_WAIT_S):
        raise Problem(INVALID_REQUEST, f"Prefer: wait is a whole number of seconds up to {_LONGEST_WAIT_S:g}")
    return float(text)
