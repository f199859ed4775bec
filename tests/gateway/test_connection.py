"""The wire, byte by byte: what a peer may do to a connection, and what the connection makes of it."""

from __future__ import annotations

import asyncio
import random
import socket as sockets
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from chargeyard.gateway.gate import Terms
from chargeyard.services.admission import Admitted, Knock, Refusal
from tests.gateway.sockets import (
    BINARY,
    CLOSE,
    CONT,
    OFFER,
    PING,
    PONG,
    QUICK,
    TEXT,
    WORD,
    Echo,
    admit_all,
    connected,
    dialled,
    frame,
    request,
    running,
)

BOOT = b'[2,"1","Heartbeat",{}]'


def close_frame(code: int) -> bytes:
    return frame(struct.pack("!H", code), CLOSE)


# --- a good peer ----------------------------------------------------------------------------------------------


async def test_a_client_of_another_library_talks_and_leaves() -> None:
    async with running() as yard:
        async with connect(f"{yard.url}/CP1", subprotocols=OFFER) as client:
            assert client.subprotocol == WORD
            for text in ("[]", "größer", "x" * 100_000, ""):
                await client.send(text)
                assert await client.recv() == text
            await asyncio.wait_for(await client.ping(), 5)
        (session,) = yard.sessions
        await asyncio.wait_for(session.over.wait(), 5)
        assert session.identity == "CP1"
        assert session.ended[0].startswith("closed by the charge point: 1000")


async def test_compression_is_spoken_where_it_is_configured() -> None:
    async with (
        running(Terms(compression=True)) as yard,
        connect(f"{yard.url}/CP1", subprotocols=OFFER) as client,
    ):
        assert client.response is not None
        assert "permessage-deflate" in client.response.headers["Sec-WebSocket-Extensions"]
        for _ in range(3):
            await client.send("x" * 100_000)
            assert await client.recv() == "x" * 100_000


async def test_a_decompressed_message_obeys_the_limit() -> None:
    async with (
        running(Terms(compression=True, max_message_bytes=100_000)) as yard,
        connect(f"{yard.url}/CP1", subprotocols=OFFER) as client,
    ):
        await client.send("x" * 1_000_000)
        with pytest.raises(ConnectionClosed):
            await client.recv()
        assert client.close_code == 1009


async def test_a_peer_that_does_not_wait_for_the_answer_loses_nothing() -> None:
    async with running() as yard, dialled(yard.port) as socket:
        await socket.send(request() + frame(b"early") + frame(b"bird"))
        await socket.read_head()
        assert await socket.read_frame() == (TEXT, b"early")
        assert await socket.read_frame() == (TEXT, b"bird")


async def test_a_request_may_come_byte_by_byte() -> None:
    async with running() as yard, dialled(yard.port) as socket:
        for byte in request() + frame(BOOT):
            await socket.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await socket.read_head())[0] == 101
        assert await socket.read_frame() == (TEXT, BOOT)


# --- messages -------------------------------------------------------------------------------------------------


async def test_fragments_are_joined_across_control_frames() -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(b"gr", fin=False) + frame(b"\xc3", CONT, fin=False))
        await socket.send(frame(b"are you there", PING))
        await socket.send(frame(b"", CONT, fin=False) * 1000 + frame(b"\xb6\xc3\x9fe", CONT))
        assert await socket.read_frame() == (PONG, b"are you there")
        assert await socket.read_frame() == (TEXT, "größe".encode())


async def test_binary_messages_are_ignored_and_counted() -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(BOOT, BINARY))
        await socket.send(
            frame(b"\xff", BINARY, fin=False) + frame(b"\xff", CONT, fin=False) + frame(b"", CONT)
        )
        await socket.send(frame(BOOT))
        assert await socket.read_frame() == (TEXT, BOOT)
        assert yard.gate.tally["binary"] == 2
        assert yard.sessions[0].count == 1


@pytest.mark.parametrize(
    "text", [b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b'[2,"1","\xe4",{}]']
)
async def test_text_that_is_not_utf8_ends_the_connection_with_1007(text: bytes) -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(BOOT) + frame(text) + frame(BOOT))
        assert await socket.read_frame() == (TEXT, BOOT)
        assert await socket.read_close() == 1007
        assert yard.sessions[0].count == 1


async def test_a_message_of_ten_megabytes_is_refused_with_1009_while_it_is_still_coming() -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(BOOT))
        assert await socket.read_frame() == (TEXT, BOOT)
        sending = asyncio.create_task(socket.send(frame(b"x" * 10_000_000)))
        assert await socket.read_close() == 1009
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        await asyncio.wait([sending], timeout=5)
        assert yard.sessions[0].count == 1


async def test_fragments_count_together_towards_the_limit() -> None:
    async with running(Terms(max_message_bytes=2000)) as yard, connected(yard) as socket:
        await socket.send(frame(b"x" * 1000, fin=False) + frame(b"x" * 1000, CONT))
        assert await socket.read_frame() == (TEXT, b"x" * 2000)
        await socket.send(frame(b"x" * 1000, fin=False) + frame(b"x" * 1001, CONT))
        assert await socket.read_close() == 1009


@pytest.mark.parametrize(
    "wire",
    [
        frame(BOOT, rsv1=True),  # ocpp-go#358: compressed, though nothing of the kind was agreed
        frame(BOOT, mask=False),
        frame(BOOT, 3),
        frame(BOOT, CONT),
        frame(b"x", fin=False) + frame(b"y"),
        frame(b"x" * 126, PING),
        frame(b"x", PING, fin=False),
        frame(b"\x03", CLOSE),
        frame(struct.pack("!H", 1005), CLOSE),
    ],
)
async def test_a_broken_frame_ends_the_connection_with_1002(wire: bytes) -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(BOOT))
        assert await socket.read_frame() == (TEXT, BOOT)
        await socket.send(wire)
        assert await socket.read_close() == 1002
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        assert yard.sessions[0].ended[0].startswith("protocol error")


async def test_ten_thousand_frames_at_once_are_all_answered_in_order() -> None:
    async with running() as yard, connected(yard) as socket:
        texts = [f'[2,"{number}","Heartbeat",{{}}]'.encode() for number in range(10_000)]
        sending = asyncio.create_task(socket.send(b"".join(map(frame, texts))))
        for text in texts:
            assert await socket.read_frame() == (TEXT, text)
        await sending
        assert yard.sessions[0].count == 10_000


class Slow(Echo):
    """Takes five messages, then asks for a pause; the test resumes it."""

    def received(self, text: bytes) -> None:
        super().received(text)
        if self.count % 5 == 0:
            self.connection.pause()


async def test_a_paused_session_is_given_nothing_and_loses_nothing() -> None:
    async with running(session=Slow) as yard, connected(yard) as socket:
        texts = [b"%06d" % number for number in range(10_000)]
        sending = asyncio.create_task(socket.send(b"".join(map(frame, texts))))
        for number, text in enumerate(texts, start=1):
            assert await socket.read_frame() == (TEXT, text)
            if number % 5 == 0:
                assert yard.sessions[0].count == number
                yard.sessions[0].connection.resume()
        await sending


async def test_a_session_that_never_resumes_does_not_fill_the_memory() -> None:
    async with running(session=Slow) as yard, connected(yard) as socket:
        for _ in range(5):
            await socket.send(frame(BOOT))
        for _ in range(5):
            await socket.read_frame()
        flood = asyncio.create_task(socket.send(frame(b"x" * 1000) * 20_000))
        await asyncio.sleep(0.3)
        connection = yard.sessions[0].connection
        assert not flood.done()
        assert len(connection._raw) <= 512 * 1024
        assert yard.sessions[0].count == 5
        flood.cancel()


async def test_pausing_and_resuming_at_once_changes_nothing() -> None:
    class Nervous(Echo):
        def received(self, text: bytes) -> None:
            self.connection.pause()
            super().received(text)
            self.connection.resume()

    async with running(session=Nervous) as yard, connected(yard) as socket:
        await socket.send(b"".join(frame(b"%d" % number) for number in range(1000)))
        for number in range(1000):
            assert await socket.read_frame() == (TEXT, b"%d" % number)


# --- a peer that does not read --------------------------------------------------------------------------------


async def test_who_does_not_read_is_not_read_from_and_gets_all_once_it_reads() -> None:
    async with running() as yard, connected(yard) as socket:
        texts = [b"%08d" % number + b"x" * 10_000 for number in range(2_000)]
        sending = asyncio.create_task(socket.send(b"".join(map(frame, texts))))
        await asyncio.sleep(0.3)
        (session,) = yard.sessions
        transport = session.connection._transport
        assert session.count < len(texts)
        assert transport.get_write_buffer_size() < QUICK.hopeless_bytes
        for text in texts:
            assert await socket.read_frame() == (TEXT, text)
        await sending


async def test_who_never_reads_is_given_up_when_too_much_waits() -> None:
    async with running(Terms(hopeless_bytes=1_000_000)) as yard, connected(yard) as socket:
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await socket.send(frame(BOOT))
        await asyncio.sleep(0.05)
        (session,) = yard.sessions
        for _ in range(2_000):
            session.connection.send(b"x" * 10_000)
            await asyncio.sleep(0)
            if session.over.is_set():
                break
        assert session.ended == ["the peer does not read"]
        assert yard.gate.tally["hopeless"] == 1


async def test_who_never_reads_is_given_up_when_it_takes_too_long() -> None:
    terms = Terms(ping_interval_s=0.2, ping_timeout_s=0.2, linger_s=0.2)
    async with running(terms) as yard, connected(yard) as socket:
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        flood = asyncio.create_task(socket.send(frame(b"x" * 10_000) * 2_000))
        await asyncio.wait_for(yard.sessions[0].over.wait(), 10)
        await asyncio.wait_for(yard.gate.empty.wait(), 5)
        flood.cancel()


# --- life and death -------------------------------------------------------------------------------------------


async def test_a_silent_peer_is_pinged_and_then_dropped() -> None:
    terms = Terms(ping_interval_s=0.2, ping_timeout_s=0.2, linger_s=0.2)
    async with running(terms) as yard, connected(yard) as socket:
        assert await socket.read_frame() == (PING, b"")
        assert await socket.read_close() == 1011
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        assert yard.sessions[0].ended == ["ping timeout"]
        assert yard.gate.tally["silent"] == 1


@pytest.mark.parametrize("life", [frame(b"", PONG), frame(BOOT), frame(b"", PING), frame(b"", BINARY)])
async def test_whatever_a_peer_sends_is_a_sign_of_life(life: bytes) -> None:
    async with running(Terms(ping_interval_s=0.1, ping_timeout_s=0.3)) as yard, connected(yard) as socket:
        for _ in range(5):
            opcode, _ = await socket.read_frame()
            while opcode != PING:
                opcode, _ = await socket.read_frame()
            await socket.send(life)
        assert yard.sessions[0].ended == []


async def test_a_peer_is_not_blamed_for_a_silence_of_our_own() -> None:
    terms = Terms(ping_interval_s=0.1, ping_timeout_s=0.1)
    async with running(terms, session=Slow) as yard, connected(yard) as socket:
        await socket.send(frame(BOOT) * 5)
        for _ in range(5):
            await socket.read_frame()
        await socket.send(frame(b"waits"))
        await asyncio.sleep(0.6)
        assert yard.sessions[0].ended == []
        yard.sessions[0].connection.resume()
        opcode, payload = await socket.read_frame()
        while opcode == PING:
            opcode, payload = await socket.read_frame()
        assert payload == b"waits"


async def test_a_half_open_peer_is_dropped_without_its_help() -> None:
    terms = Terms(ping_interval_s=0.2, ping_timeout_s=0.2, linger_s=0.2)
    async with running(terms) as yard, connected(yard) as socket:
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.wait_for(yard.gate.empty.wait(), 10)
        assert yard.sessions[0].ended == ["ping timeout"]


async def test_last_heard_moves_with_every_frame() -> None:
    async with running() as yard, connected(yard) as socket:
        connection = yard.sessions[0].connection
        before = connection.last_heard
        await asyncio.sleep(0.02)
        await socket.send(frame(b"", PING))
        await socket.read_frame()
        assert before < connection.last_heard <= asyncio.get_running_loop().time()
        assert connection.remote == "127.0.0.1"


@pytest.mark.parametrize("code", [1000, 1001, 3000, 4999])
async def test_a_close_is_answered_with_its_code(code: int) -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(BOOT) + close_frame(code) + frame(BOOT))
        assert await socket.read_close() == code
        assert await socket.read_end() == b""
        await asyncio.wait_for(yard.gate.empty.wait(), 5)
        assert yard.sessions[0].count == 1  # what came before the close is taken, what comes after is not
        assert str(code) in yard.sessions[0].ended[0]


async def test_a_close_without_a_code_is_answered() -> None:
    async with running() as yard, connected(yard) as socket:
        await socket.send(frame(b"", CLOSE))
        assert await socket.read_frame() == (CLOSE, b"")
        assert await socket.read_end() == b""


async def test_a_peer_that_hangs_up_is_lost() -> None:
    async with running() as yard:
        async with connected(yard):
            pass
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        assert yard.sessions[0].ended == ["the peer hung up without a close frame"]


async def test_a_peer_that_resets_is_lost() -> None:
    async with running() as yard, connected(yard) as socket:
        raw = socket.writer.get_extra_info("socket")
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, struct.pack("ii", 1, 0))
        socket.writer.transport.abort()
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)


async def test_we_close_and_the_peer_agrees() -> None:
    async with running() as yard, connected(yard) as socket:
        connection = yard.sessions[0].connection
        connection.close(1000, "replaced " + "ä" * 200)
        opcode, payload = await socket.read_frame()
        assert opcode == CLOSE
        assert payload[:2] == struct.pack("!H", 1000)
        assert payload[2:].decode().startswith("replaced ä")
        connection.send(b"never")
        connection.close()
        await socket.send(frame(BOOT) + close_frame(1000))
        assert await socket.read_end() == b""
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        assert yard.sessions[0].ended[0].startswith("closed by us: 1000 replaced")
        assert yard.sessions[0].count == 0


async def test_we_close_and_the_peer_does_not_care() -> None:
    async with running(Terms(close_timeout_s=0.2)) as yard, connected(yard) as socket:
        yard.sessions[0].connection.close(1001, "going")
        assert await socket.read_close() == 1001
        await asyncio.wait_for(yard.gate.empty.wait(), 5)
        assert yard.sessions[0].ended == ["closed by us: 1001 going"]


async def test_we_close_a_paused_connection_and_still_hear_the_agreement() -> None:
    async with running(Terms(close_timeout_s=60.0), session=Slow) as yard, connected(yard) as socket:
        await socket.send(frame(BOOT) * 5 + frame(b"waits"))
        for _ in range(5):
            await socket.read_frame()
        yard.sessions[0].connection.close(1000)
        assert await socket.read_close() == 1000
        await socket.send(close_frame(1000))
        await asyncio.wait_for(yard.gate.empty.wait(), 5)


async def test_a_close_that_crosses_ours_is_an_agreement() -> None:
    async with running(Terms(close_timeout_s=60.0)) as yard, connected(yard) as socket:
        await socket.send(close_frame(1000))
        yard.sessions[0].connection.close(1001)
        await asyncio.wait_for(yard.gate.empty.wait(), 5)


async def test_an_aborted_connection_is_lost() -> None:
    async with running() as yard, connected(yard):
        yard.sessions[0].connection.abort()
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)
        yard.sessions[0].connection.abort()
        yard.sessions[0].connection.send(b"never")


async def test_a_session_that_cannot_be_opened_closes_with_1011() -> None:
    class Broken(Echo):
        def __init__(self, *_: object) -> None:
            raise RuntimeError("no session today")

    async with running(session=Broken) as yard, connected(yard) as socket:
        assert await socket.read_close() == 1011
        assert yard.sessions == []


async def test_a_session_may_close_while_it_is_opened() -> None:
    class Short(Echo):
        def __init__(self, *of: object) -> None:
            super().__init__(*of)  # type: ignore[arg-type]
            self.connection.close(1008, "not today")

    async with running(session=Short) as yard, connected(yard) as socket:
        assert await socket.read_close() == 1008
        await socket.send(close_frame(1008))
        await asyncio.wait_for(yard.sessions[0].over.wait(), 5)


# --- the handshake on the wire --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (request("/elsewhere/CP1"), 404),
        (request("/ocpp/CP1", "Origin: https://evil.example"), 403),
        (request(offer="ocpp0.1"), 400),
        (b"GET /ocpp/CP1 HTTP/1.1\r\nHost: x\r\n\r\n", 426),
        (b"POST /ocpp/CP1 HTTP/1.1\r\nUpgrade: websocket\r\n\r\n", 405),
        (b"\x16\x03\x01\x00\xa5\x01\x00\r\n\r\n", 400),
        (b"GET /ocpp/" + b"x" * 20_000, 431),
        (request("/ocpp/CP1", *(f"X-{number}: {'y' * 1000}" for number in range(20))), 431),
    ],
)
async def test_a_refusal_is_an_http_response_and_the_end(data: bytes, status: int) -> None:
    async with running() as yard, dialled(yard.port) as socket:
        await socket.send(data)
        got, headers = await socket.read_head()
        assert got == status
        assert int(headers["content-length"]) == len(await socket.read_end())
        assert yard.gate.tally[f"refused {status}"] == 1
        assert yard.sessions == []


async def test_what_admission_refuses_is_told_with_its_headers() -> None:
    async def admit(knock: Knock) -> Admitted | Refusal:
        return Refusal(429, "Later.", (("Retry-After", "7"),))

    async with running(admit=admit) as yard, dialled(yard.port) as socket:
        await socket.send(request())
        status, headers = await socket.read_head()
        assert (status, headers["retry-after"]) == (429, "7")


async def test_a_broken_admission_is_an_internal_error() -> None:
    async def admit(knock: Knock) -> Admitted | Refusal:
        raise RuntimeError("broken")

    async with running(admit=admit) as yard, dialled(yard.port) as socket:
        await socket.send(request())
        assert (await socket.read_head())[0] == 500


async def test_a_request_that_drips_in_is_given_up() -> None:
    async with running(Terms(handshake_timeout_s=0.2, linger_s=0.2)) as yard, dialled(yard.port) as socket:
        await socket.send(request()[:-1])
        assert (await socket.read_head())[0] == 408
        await asyncio.wait_for(yard.gate.empty.wait(), 5)


async def test_a_peer_that_says_nothing_is_given_up_even_if_it_never_reads() -> None:
    async with running(Terms(handshake_timeout_s=0.2, linger_s=0.2)) as yard, dialled(yard.port) as socket:
        socket.writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.wait_for(yard.gate.empty.wait(), 5)


async def test_a_decision_that_takes_too_long_is_503_and_its_work_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def admit(knock: Knock) -> Admitted | Refusal:
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()
        return await admit_all(knock)

    async with running(Terms(handshake_timeout_s=0.2), admit) as yard, dialled(yard.port) as socket:
        await socket.send(request())
        assert (await socket.read_head())[0] == 503
        await asyncio.wait_for(cancelled.wait(), 5)
        assert yard.gate.handshakes == 0


async def test_a_peer_that_leaves_while_it_is_judged_gets_no_session() -> None:
    judged, gone = asyncio.Event(), asyncio.Event()

    async def admit(knock: Knock) -> Admitted | Refusal:
        judged.set()
        try:
            await asyncio.sleep(60)
        finally:
            gone.set()
        return await admit_all(knock)

    async with running(admit=admit) as yard:
        async with dialled(yard.port) as socket:
            await socket.send(request())
            await asyncio.wait_for(judged.wait(), 5)
        await asyncio.wait_for(gone.wait(), 5)
        assert yard.sessions == []


async def test_early_data_is_kept_within_bounds() -> None:
    release = asyncio.Event()

    async def admit(knock: Knock) -> Admitted | Refusal:
        await release.wait()
        return await admit_all(knock)

    async with running(Terms(max_early_bytes=10_000), admit) as yard, dialled(yard.port) as socket:
        texts = [b"%08d" % number + b"x" * 1000 for number in range(5_000)]
        sending = asyncio.create_task(socket.send(request() + b"".join(map(frame, texts))))
        await asyncio.sleep(0.2)
        (arrival,) = yard.gate.connections
        assert len(arrival._raw) < 1_000_000  # type: ignore[attr-defined]
        release.set()
        assert (await socket.read_head())[0] == 101
        for text in texts:
            assert await socket.read_frame() == (TEXT, text)
        await sending


async def test_too_many_handshakes_at_once_are_put_off() -> None:
    release = asyncio.Event()

    async def admit(knock: Knock) -> Admitted | Refusal:
        await release.wait()
        return await admit_all(knock)

    async with (
        running(Terms(max_handshakes=1), admit) as yard,
        dialled(yard.port) as first,
        dialled(yard.port) as second,
    ):
        await first.send(request("/ocpp/CP1"))
        await asyncio.sleep(0.1)
        await second.send(request("/ocpp/CP2"))
        status, headers = await second.read_head()
        assert status == 503
        assert "retry-after" in headers
        release.set()
        assert (await first.read_head())[0] == 101


# --- anything at all ------------------------------------------------------------------------------------------


def test_arbitrary_bytes_never_break_the_process() -> None:
    """Noise before, in and after the handshake; afterwards a good peer is served as ever."""
    noise = st.binary(max_size=200)
    frames = st.builds(
        frame,
        st.binary(max_size=200),
        st.integers(0, 15),
        fin=st.booleans(),
        rsv1=st.booleans(),
        mask=st.sampled_from([True, True, True, False]),
    )

    async def throw(wires: list[bytes]) -> None:
        async with running(Terms(handshake_timeout_s=1.0, linger_s=0.05, close_timeout_s=0.05)) as yard:
            for wire in wires:
                async with dialled(yard.port) as socket:
                    await socket.send(wire)
                    socket.writer.write_eof()
                    await socket.read_end()
            async with connected(yard) as socket:
                await socket.send(frame(BOOT))
                assert await socket.read_frame() == (TEXT, BOOT)

    @settings(max_examples=25)
    @given(
        st.lists(
            noise | st.lists(frames | noise, max_size=6).map(lambda some: request() + b"".join(some)),
            max_size=8,
        )
    )
    def check(wires: list[bytes]) -> None:
        asyncio.run(throw(wires))

    check()


async def test_many_peers_come_and_go_and_nothing_is_left() -> None:
    async with running() as yard:
        chance = random.Random(1)

        async def visit(number: int) -> None:
            async with connected(yard, f"/ocpp/CP{number}") as socket:
                await socket.send(frame(BOOT))
                assert await socket.read_frame() == (TEXT, BOOT)
                if chance.random() < 0.5:
                    await socket.send(close_frame(1000))
                    await socket.read_end()

        for start in range(0, 300, 50):
            await asyncio.gather(*(visit(start + number) for number in range(50)))
        await asyncio.wait_for(yard.gate.empty.wait(), 5)
        assert len({session.identity for session in yard.sessions}) == 300
