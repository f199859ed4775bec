"""The certification cases of OCPP 1.6, as transcripts against one strictly reading server; named by their ids."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.conformance.cases import parameters
from tests.conformance.server import play, strict_server, tls_url, trusting
from tests.conformance.transcript import Player, steps_of
from tests.e2e.server import Server
from tests.e2e.wire import OFFER, Wire, basic, register, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "4F43415F4F4354545F61646D696E5F74657374"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with strict_server(tmp_path_factory.mktemp("cases")) as server:
        yield server


@pytest.mark.parametrize("case", parameters("1.6"))
async def test_case(server: Server, case: Path) -> None:
    await play(server, case, "1.6")


async def test_tc_085(server: Server) -> None:
    """A valid password is let in, none or another is not."""
    await register(server, "TC_085", password=KEY)
    async with wire(server, "TC_085", additional_headers=basic("TC_085", bytes.fromhex(KEY))) as charge_point:
        assert (await charge_point.boot())["status"] == "Accepted"
    for headers in ({}, basic("TC_085", "wrong"), basic("TC_088", bytes.fromhex(KEY))):
        with pytest.raises(InvalidStatus, match="401"):
            async with wire(server, "TC_085", additional_headers=headers):
                pytest.fail("let in without the password")


async def test_tc_086(server: Server) -> None:
    """A charge point that has the certificate of the server is let in with TLS, and its password."""
    await register(server, "TC_086", password=KEY)
    async with connect(
        f"{tls_url(server)}/TC_086",
        subprotocols=OFFER,
        ssl=trusting(server),
        additional_headers=basic("TC_086", bytes.fromhex(KEY)),
        proxy=None,
    ) as socket:
        assert socket.transport.get_extra_info("ssl_object").version() in {"TLSv1.2", "TLSv1.3"}
        assert (await Wire(socket).boot())["status"] == "Accepted"


async def test_tc_088(server: Server) -> None:
    """The subprotocol is ocpp1.6, and without a common one nobody is let in."""
    await register(server, "TC_088")
    async with wire(server, "TC_088", subprotocols=["ocpp0.1", "ocpp1.6"]) as charge_point:
        assert charge_point.socket.subprotocol == "ocpp1.6"
        assert (await charge_point.boot())["status"] == "Accepted"
    with pytest.raises(InvalidStatus, match="400"):
        async with wire(server, "TC_088", subprotocols=["ocpp0.1"]):
            pytest.fail("let in without a common subprotocol")


HEARTBEAT = '> [2, "1", "Heartbeat", {}]\n'
AUTHORIZE = '> [2, "1", "Authorize", {"idTag": "VALID"}]\n'
WRONG = {
    "another answer": (AUTHORIZE + '< [3, "1", {"idTagInfo": {"status": "Blocked"}}]', "and not .*Blocked"),
    "member missing": (AUTHORIZE + '< [3, "1", {"idTagInfo": {"status": "Accepted", "x": 1}}]', "x is missing"),
    "member surplus": (AUTHORIZE + '< [3, "1", {"idTagInfo": {}}]', "status is surplus"),
    "another id": (HEARTBEAT + '< [3, "2", {"currentTime": "$time"}]', "and not .*2"),
    "another value": (HEARTBEAT + '< [3, "1", {"currentTime": "$cp"}]', "not \\$cp"),
    "no instant": (AUTHORIZE + '< [3, "1", {"idTagInfo": {"status": "$time"}}]', "not an instant"),
    "not heard": (HEARTBEAT + '! GET /charge-point/$cp\n= 200 {}', "was followed by"),
    "not legal": ('> [2, "1", "Authorize", {}]', "required property"),
    "another status": (HEARTBEAT + '< [3, "1", {"currentTime": "$time"}]\n! GET /nowhere\n= 200', "404"),
    "nobody asked": (HEARTBEAT + '< [3, "1", {"currentTime": "$time"}]\n= 200', "nobody has asked"),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
async def test_a_transcript_that_is_not_what_happens_fails(server: Server, tmp_path: Path, what: str) -> None:
    text, complaint = WRONG[what]
    file = tmp_path / "wrong.wire"
    file.write_text(text)
    identity = f"WRONG {what}"
    await register(server, identity)
    with pytest.raises(AssertionError, match=complaint):
        await Player(server, identity, "1.6").play(steps_of(file))
