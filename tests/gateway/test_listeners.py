"""Ports: plain and TLS, shared with the HTTP server; certificates renewed; a node that drains."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest
import uvicorn
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from chargeyard.errors import SettingsError
from chargeyard.gateway.gate import Terms
from chargeyard.gateway.listeners import Listener, tls_context
from chargeyard.services.admission import Admitted, Knock, Refusal
from tests.gateway.sockets import (
    OFFER,
    QUICK,
    TEXT,
    Echo,
    Yard,
    admit_all,
    connected,
    dialled,
    frame,
    nothing_to_settle,
    request,
    running,
    until,
)

# --- TLS ------------------------------------------------------------------------------------------------------


def make_certificate(folder: Path, name: str) -> Listener:
    """A self-signed certificate for 127.0.0.1, in `folder`."""
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", f"/CN={name}",
            "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return Listener(
        host="127.0.0.1", port=0, path="/ocpp", tls_certificate=str(certificate), tls_key=str(key)
    )


def trusting(listener: Listener) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=listener.tls_certificate)


async def test_a_tls_port_speaks_wss_and_says_so_to_admission(tmp_path: Path) -> None:
    knocks: list[Knock] = []

    async def admit(knock: Knock) -> Admitted | Refusal:
        knocks.append(knock)
        return await admit_all(knock)

    listener = make_certificate(tmp_path, "first")
    async with running(QUICK, admit, listener=listener) as yard:
        url = f"wss://127.0.0.1:{yard.port}/ocpp/CP1"
        async with connect(url, ssl=trusting(listener), subprotocols=OFFER) as client:
            for text in ("hello", "x" * 200_000):
                await client.send(text)
                assert await client.recv() == text
        assert knocks[0].secure


async def test_a_refusal_over_tls_arrives_whole_and_ends_the_connection(tmp_path: Path) -> None:
    listener = make_certificate(tmp_path, "first")
    async with running(listener=listener) as yard:
        url = f"wss://127.0.0.1:{yard.port}/elsewhere"
        with pytest.raises(InvalidStatus) as refused:
            async with connect(url, ssl=trusting(listener), subprotocols=OFFER):
                pytest.fail("let in")
        assert refused.value.response.status_code == 404
        assert refused.value.response.body
        await asyncio.wait_for(yard.gate.empty.wait(), 5)


async def test_a_message_too_large_over_tls_is_refused_with_1009(tmp_path: Path) -> None:
    listener = make_certificate(tmp_path, "first")
    async with running(listener=listener) as yard:
        url = f"wss://127.0.0.1:{yard.port}/ocpp/CP1"
        async with connect(url, ssl=trusting(listener), subprotocols=OFFER) as client:
            with contextlib.suppress(Exception):
                await client.send("x" * 2_000_000)
            await asyncio.wait_for(client.wait_closed(), 10)
            assert client.close_code == 1009


async def test_a_certificate_is_renewed_without_a_restart(tmp_path: Path) -> None:
    listener = make_certificate(tmp_path, "first")
    old = trusting(listener)
    async with running(listener=listener) as yard:
        url = f"wss://127.0.0.1:{yard.port}/ocpp/CP1"
        async with connect(url, ssl=old, subprotocols=OFFER) as before:
            make_certificate(tmp_path, "second")
            yard.gateway.reload_certificates()
            async with connect(url, ssl=trusting(listener), subprotocols=OFFER):
                pass
            with pytest.raises(ssl.SSLError):
                async with connect(url, ssl=old, subprotocols=OFFER):
                    pytest.fail("the old certificate is still shown")
            await before.send("still here")
            assert await before.recv() == "still here"


def test_tls_is_1_2_or_newer_and_never_compressed(tmp_path: Path) -> None:
    context = tls_context(make_certificate(tmp_path, "first"))
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert context.options & ssl.OP_NO_COMPRESSION


async def test_a_certificate_that_cannot_be_used_stops_the_start(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pem"
    broken.write_text("nothing of the kind")
    for path in (str(broken), str(tmp_path / "missing.pem")):
        with pytest.raises(SettingsError, match="not usable"):
            async with running(listener=Listener(host="127.0.0.1", port=0, tls_certificate=path)):
                pytest.fail("started")


async def test_a_port_that_is_taken_stops_the_start() -> None:
    async with running() as yard:
        with pytest.raises(SettingsError, match="cannot listen"):
            async with running(listener=Listener(host="127.0.0.1", port=yard.port)):
                pytest.fail("started")


async def test_a_listener_without_a_path_serves_its_root() -> None:
    async with running(listener=Listener(host="127.0.0.1", port=0)) as yard:
        for target in ("/CP1", "/ocpp/CP1", "//CP1/"):
            async with connected(yard, target):
                assert yard.sessions[-1].identity == "CP1"


# --- the port of the HTTP server ------------------------------------------------------------------------------


async def say_hello(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application that knows one answer."""
    assert scope["type"] == "http", scope["type"]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"5")]})
    await send({"type": "http.response.body", "body": b"hello"})


@contextlib.asynccontextmanager
async def sharing(terms: Terms = QUICK) -> AsyncIterator[tuple[Yard, int]]:
    """A gateway behind the HTTP server's port."""
    yard = Yard(terms, admit_all, Echo)
    await yard.gateway.start([])
    config = uvicorn.Config(
        say_hello,
        host="127.0.0.1",
        port=0,
        http="httptools",
        ws=cast("Any", yard.gateway.upgrade),
        lifespan="off",
        log_config=None,
        backlog=4096,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    try:
        yield yard, server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        await yard.gateway.drain(1.0, nothing_to_settle)
        await asyncio.wait_for(serving, 10)
        assert not yard.gate.connections


async def test_one_port_serves_http_and_charge_points() -> None:
    async with (
        sharing() as (yard, port),
        connect(f"ws://127.0.0.1:{port}/ocpp/CP1", subprotocols=OFFER) as client,
    ):
        for text in ("hello", "x" * 200_000):
            await client.send(text)
            assert await client.recv() == text
        async with dialled(port) as socket:
            await socket.send(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            assert (await socket.read_head())[0] == 200
            assert await socket.read_end() == b"hello"
        assert yard.sessions[0].identity == "CP1"
        assert yard.sessions[0].connection.remote == "127.0.0.1"


@pytest.mark.parametrize(
    ("target", "status"), [("/", 404), ("/live", 404), ("/charge-point/CP1", 404), ("/ocpp", 400)]
)
async def test_other_upgrades_on_the_shared_port_are_refused(target: str, status: int) -> None:
    async def admit(knock: Knock) -> Admitted | Refusal:
        return Refusal(400, "nobody") if not knock.claims else await admit_all(knock)

    async with sharing() as (yard, port):
        yard.gate.admit = admit
        async with dialled(port) as socket:
            await socket.send(request(target))
            assert (await socket.read_head())[0] == status
            await socket.read_end()


async def test_odd_addresses_survive_the_shared_port() -> None:
    async with sharing() as (yard, port):
        for target in (
            "//ocpp//CP1/",
            "/ocpp/CP1/CP1",
            "/ocpp/CP%31",
            "http://x:1/ocpp/CP1",
            "/ocpp/CP1?tok",
        ):
            async with dialled(port) as socket:
                await socket.send(request(target))
                assert (await socket.read_head())[0] == 101
                await socket.send(frame(b"[]"))
                assert await socket.read_frame() == (TEXT, b"[]")
        assert {session.identity for session in yard.sessions} == {"CP1"}


async def test_the_shared_port_drains() -> None:
    async with (
        sharing() as (yard, port),
        connect(f"ws://127.0.0.1:{port}/ocpp/CP1", subprotocols=OFFER) as client,
    ):
        await yard.gateway.drain(5.0, nothing_to_settle)
        await asyncio.wait_for(client.wait_closed(), 5)
        assert client.close_code == 1001


# --- draining -------------------------------------------------------------------------------------------------


async def test_draining_lets_work_finish_then_closes_with_1001() -> None:
    """What was taken is answered before the close; what comes after is not taken."""
    finish = asyncio.Event()

    class Working(Echo):
        def received(self, text: bytes) -> None:
            self.count += 1
            work.append(asyncio.create_task(self.answer(text)))

        async def answer(self, text: bytes) -> None:
            await finish.wait()
            self.connection.send(text)

    work: list[asyncio.Task[None]] = []

    async def settled() -> None:
        await asyncio.gather(*work)

    async with running(session=Working) as yard, connected(yard) as socket:
        await socket.send(frame(b"work"))
        await until(lambda: work)
        draining = asyncio.create_task(yard.gateway.drain(10.0, settled))
        await asyncio.sleep(0.05)
        await socket.send(frame(b"too late"))
        await asyncio.sleep(0.05)
        assert not draining.done()
        finish.set()
        assert await socket.read_frame() == (TEXT, b"work")
        assert await socket.read_close() == 1001
        await socket.send(frame(b"\x03\xe9", 8))
        await asyncio.wait_for(draining, 5)
        assert yard.sessions[0].count == 1
        assert yard.sessions[0].ended == ["closed by us: 1001 the server is going away"]


async def test_draining_cuts_off_who_does_not_answer_and_what_does_not_finish() -> None:
    async def never() -> None:
        await asyncio.sleep(60)

    async with running(Terms(close_timeout_s=60.0)) as yard, connected(yard) as socket:
        await yard.gateway.drain(0.4, never)
        assert await socket.read_close() == 1001
        assert not yard.gate.connections
        assert len(yard.sessions[0].ended) == 1


async def test_a_draining_node_lets_nobody_in() -> None:
    release = asyncio.Event()

    async def settled() -> None:
        await release.wait()

    async def admit(knock: Knock) -> Admitted | Refusal:
        await asyncio.sleep(60)
        return await admit_all(knock)

    async with running(admit=admit) as yard:
        port = yard.port
        async with dialled(yard.port) as judged, dialled(yard.port) as late:
            await judged.send(request())
            await late.send(request()[:20])
            await asyncio.sleep(0.1)
            draining = asyncio.create_task(yard.gateway.drain(10.0, settled))
            await asyncio.sleep(0.05)
            await late.send(request()[20:])
            assert (await late.read_head())[0] == 503
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
            release.set()
            assert (await judged.read_head())[0] == 503
            judged.writer.close()
            late.writer.close()
            await asyncio.wait_for(draining, 5)


async def test_a_storm_of_connections_is_let_in() -> None:
    async with running() as yard, contextlib.AsyncExitStack() as stack:
        sockets = await asyncio.gather(
            *(stack.enter_async_context(connected(yard, f"/ocpp/CP{number}")) for number in range(500))
        )
        for number, socket in enumerate(sockets):
            await socket.send(frame(b"%d" % number))
        for number, socket in enumerate(sockets):
            assert await socket.read_frame() == (TEXT, b"%d" % number)
