"""Every field of every message that a charge point of 2.0.1 or 2.1 can send, with every poison in it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.dialects.v201.wire import BOTH, Version
from tests.e2e.poisons import poisoned
from tests.e2e.server import Server, serving
from tests.e2e.wire import items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALLOWED = {
    "FormatViolation",
    "OccurrenceConstraintViolation",
    "TypeConstraintViolation",
    "PropertyConstraintViolation",
}
"""Error codes that name a fault of the message, never one of ours."""

NEVER_REFUSED = {"TransactionEvent", "MeterValues"}
BROKEN = "FormatViolation"
"""No JSON, or a key twice: the one thing that is refused of everybody."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with serving(tmp_path_factory.mktemp("poison"), ocpp__follow_ups="false") as server:
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


@pytest.mark.parametrize("reading", ["strict", "tolerant"])
@pytest.mark.parametrize("version", BOTH, ids=repr)
async def test_no_poison_in_any_field_breaks_anything(server: Server, version: Version, reading: str) -> None:
    """Each is answered; none by an internal error; a tolerant reading refuses no event and no meter value."""
    identity = f"POISONED-{version}-{reading}"
    codes: set[tuple[str, str]] = set()
    await register(server, identity, reading=reading)
    async with wire(server, identity, subprotocols=[version.dialect.subprotocol]) as charge_point:
        await charge_point.ask("BootNotification", **version.requests["BootNotification"])
        for action, payload in version.requests.items():
            for text in poisoned(payload):
                await charge_point.say(f'[2,"id","{action}",{text}]')
                reply = await charge_point.hear()
                assert reply[1] == "id", f"{action} {text} was followed by {reply}"
                codes |= {(action, reply[2])} if reply[0] == 4 else set()
        await charge_point.alive()
    assert not {code for _, code in codes} - ALLOWED, codes
    refused = {action for action, code in codes if code != BROKEN}
    assert reading == "strict" or not refused & NEVER_REFUSED
    for path in ("", "/finding", "/message", "/report", "/connector", "/variable"):
        await told(server, "GET", f"/charge-point/{identity}{path}")
    await items(server, "/charge-transaction", cpId=identity)
