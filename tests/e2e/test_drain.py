"""How a server ends and how it does not start: promises kept, charge points told, one clear line."""

import asyncio
import socket
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy.engine import make_url
from websockets.asyncio.client import connect

from tests.e2e.promises import broken_promises
from tests.e2e.server import Server, environment, serving
from tests.e2e.witnesses import Witness, a_crowd, introduce, living, under_load

GOING_AWAY = 1001
CHARGE_POINTS = 20


async def test_sigterm_under_load_keeps_every_promise_and_says_goodbye(tmp_path: Path) -> None:
    witnesses = a_crowd(CHARGE_POINTS, seed=7)
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        await introduce(server)
        async with living(server, witnesses):
            await all_connected(witnesses)
            await under_load(witnesses)
            assert await server.terminate() == 0
            promised = [len(witness.promises) for witness in witnesses]
            await server.start()
        assert [witness.close_codes for witness in witnesses] == [[GOING_AWAY]] * CHARGE_POINTS
        assert all(
            len(witness.promises) > before for witness, before in zip(witnesses, promised, strict=True)
        )
        assert await server.terminate() == 0
        assert await broken_promises(server.database_url, witnesses) == []
        assert "not finished within" not in server.log


async def all_connected(witnesses: list[Witness]) -> None:
    """Return once each of them has been answered a boot."""
    while not all(witness.promises for witness in witnesses):  # noqa: ASYNC110 - none of them knows
        await asyncio.sleep(0.005)


async def test_sigterm_while_idle_closes_silent_charge_points(tmp_path: Path) -> None:
    async with serving(tmp_path, ocpp__unknown_charge_points="accept") as server:
        async with connect(f"{server.ws_url}/CP-1", subprotocols=["ocpp1.6"]) as silent:  # type: ignore[list-item]
            ended = asyncio.create_task(server.terminate())
            await silent.wait_closed()
            assert silent.close_code == GOING_AWAY
            assert await ended == 0
        await server.start()
        assert (await server.http.get("/charge-point/CP-1")).json()["online"] is False


async def test_sigterm_does_not_wait_for_a_charge_point_that_does_not_close(tmp_path: Path) -> None:
    settings = {"ocpp__unknown_charge_points": "accept", "ocpp__drain_timeout_s": 1}
    async with serving(tmp_path, **settings) as server:
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        writer.write(
            b"GET /ocpp/CP-1 HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Protocol: ocpp1.6\r\n\r\n"
        )
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert await server.terminate() == 0
        assert (await reader.read())[2:4] == GOING_AWAY.to_bytes(2, "big")
        writer.close()


# --- how it does not start ------------------------------------------------------------------------------------


class Ended(NamedTuple):
    """What a process left behind."""

    code: int | None
    words: str


async def serve_in_vain(*arguments: str, **settings: str) -> Ended:
    """Run `chargeyard serve` in the expectation that it ends by itself."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "chargeyard", "serve", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=environment(**settings),
    )
    try:
        async with asyncio.timeout(60):
            words, _ = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return Ended(process.returncode, words.decode())


def assert_one_clear_line(ended: Ended, *names: str) -> None:
    """A refusal to start names what is wrong, is no traceback, and is not taken for success."""
    assert ended.code not in {0, None}
    assert "Traceback" not in ended.words
    assert all(name in ended.words for name in names), ended.words


async def test_a_second_server_on_the_same_data_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    """It would take the charge points of the first for lost, and commands to them would find nobody."""
    async with (
        serving(tmp_path, ocpp__unknown_charge_points="accept") as server,
        connect(f"{server.ws_url}/CP-1", subprotocols=["ocpp1.6"]),  # type: ignore[list-item]
    ):
        await booked_as_online(server, "CP-1")
        arguments = ("--data-dir", str(server.data_dir), "--port", "0")
        ended = await serve_in_vain(*arguments, database__url=server.database_url)
        assert_one_clear_line(ended, "another server", str(make_url(server.database_url).database))
        assert (await server.http.get("/charge-point/CP-1")).json()["online"] is True


async def booked_as_online(server: Server, name: str) -> None:
    """Return once the server says so."""
    async with asyncio.timeout(30):
        while not (await server.http.get(f"/charge-point/{name}")).json().get("online"):  # noqa: ASYNC110 - over REST
            await asyncio.sleep(0.02)


async def test_an_occupied_port_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = str(occupant.getsockname()[1])
        ended = await serve_in_vain("--data-dir", str(tmp_path / "data"), "--port", port)
    assert_one_clear_line(ended, port)


async def test_an_occupied_port_of_a_listener_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as occupant:
        port = str(occupant.getsockname()[1])
        config = tmp_path / "chargeyard.toml"
        config.write_text(f'[[ocpp.listeners]]\nhost = "127.0.0.1"\nport = {port}\n', "utf-8")
        arguments = ("--config", str(config), "--data-dir", str(tmp_path / "data"), "--port", "0")
        ended = await serve_in_vain(*arguments)
    assert_one_clear_line(ended, port)


async def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    # A file in the way refuses root as well, whom permissions do not stop.
    (tmp_path / "occupied").write_text("", "utf-8")
    ended = await serve_in_vain("--data-dir", str(tmp_path / "occupied" / "data"), "--port", "0")
    assert_one_clear_line(ended, "occupied")


async def test_a_database_that_is_none_is_named(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    data_dir.mkdir()
    (data_dir / "chargeyard.db").write_text("this is no database, and long enough to be taken for one " * 50)
    assert_one_clear_line(await serve_in_vain("--data-dir", str(data_dir), "--port", "0"), "database")


@pytest.mark.parametrize(
    ("setting", "value", "names"),
    [
        ("database__url", "oracle://user:s3cret@somewhere/else", "database.url"),
        ("ocpp__drain_timeout_s", "soon", "drain_timeout_s"),
        ("ocpp__unknown_charge_points", "perhaps", "unknown_charge_points"),
        ("no_such__setting", "1", "no_such"),
    ],
)
async def test_a_wrong_setting_is_named(tmp_path: Path, setting: str, value: str, names: str) -> None:
    ended = await serve_in_vain("--data-dir", str(tmp_path), "--port", "0", **{setting: value})
    assert_one_clear_line(ended, names)
    assert "s3cret" not in ended.words
