"""The certification cases of OCPP 2.0.1, as transcripts against one strictly reading server; named by their ids."""

import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.conformance.cases import parameters
from tests.conformance.server import play, strict_server, tls_url, trusting
from tests.conformance.transcript import BOOTS
from tests.e2e.server import Server
from tests.e2e.wire import Wire, basic, register, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFER: Any = ["ocpp2.0.1"]
PASSWORD = "a-password-of-20-chars"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with strict_server(tmp_path_factory.mktemp("cases")) as server:
        yield server


@pytest.mark.parametrize("case", parameters("2.0.1"))
async def test_case(server: Server, case: Path) -> None:
    await play(server, case, "2.0.1")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def asking_server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    async with strict_server(tmp_path_factory.mktemp("asking"), asking=True) as server:
        yield server


@pytest.mark.parametrize("case", parameters("2.0.1", asking=True))
async def test_case_that_is_followed_up(asking_server: Server, case: Path) -> None:
    await play(asking_server, case, "2.0.1")


async def test_tc_b_58(server: Server) -> None:
    """A supported version is chosen beside one that is not; without a common one nobody is let in."""
    await register(server, "TC_B_58")
    async with wire(server, "TC_B_58", subprotocols=["ocpp0.1", "ocpp2.0.1"]) as charge_point:
        assert charge_point.socket.subprotocol == "ocpp2.0.1"
        await charge_point.ask("BootNotification", **BOOTS["2.0.1"])
    with pytest.raises(InvalidStatus, match="400"):
        async with wire(server, "TC_B_58", subprotocols=["ocpp0.1"]):
            pytest.fail("let in without a common subprotocol")


def wss(server: Server, identity: str, context: ssl.SSLContext) -> connect:
    """A connection with TLS, and the password."""
    headers = basic(identity, PASSWORD)
    url = f"{tls_url(server)}/{identity}"
    return connect(url, subprotocols=OFFER, ssl=context, additional_headers=headers, proxy=None)


async def test_tc_a_04(server: Server) -> None:
    """A charging station that has the certificate of the server is let in with TLS, and its password."""
    await register(server, "TC_A_04", password=PASSWORD)
    async with wss(server, "TC_A_04", trusting(server)) as socket:
        assert socket.transport.get_extra_info("ssl_object").version() in {"TLSv1.2", "TLSv1.3"}
        booted = await Wire(socket).ask("BootNotification", **BOOTS["2.0.1"])
        assert booted["status"] == "Accepted"


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_tc_a_06(server: Server) -> None:
    """Whoever speaks no newer TLS than 1.1 is not let in, and with 1.2 is."""
    await register(server, "TC_A_06", password=PASSWORD)
    context = trusting(server)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        async with wss(server, "TC_A_06", context):
            pytest.fail("let in with TLS 1.1")
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    async with wss(server, "TC_A_06", context) as socket:
        await Wire(socket).ask("BootNotification", **BOOTS["2.0.1"])
