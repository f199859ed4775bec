"""The server that the cases of a version are played against: it reads strictly, asks nothing on its own unless it
shall, keeps certificate requests for an operator who hands in what is signed, and has a port with TLS as well.
"""

import re
import ssl
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conformance.transcript import Player, steps_of
from tests.e2e.server import Server, serving
from tests.e2e.wire import Payload, items, register, told

ID_TOKENS: tuple[Payload, ...] = (
    {"idToken": "VALID", "maxTransactions": None},
    {"idToken": "CHILD", "maxTransactions": None, "parent": "FAMILY"},
    {"idToken": "SIBLING", "maxTransactions": None, "parent": "FAMILY"},
    {"idToken": "MASTER", "maxTransactions": None, "parent": "MASTERPASS"},
    {"idToken": "EXPIRED", "expiresAt": "2026-01-01T00:00:00Z"},
    {"idToken": "BLOCKED", "blocked": True},
)

_TLS_PORT = re.compile(r"charge points connect to (wss://[\d.]+:\d+)")

_SETTINGS = """
[[ocpp.listeners]]
host = "127.0.0.1"
port = 0
path = "/ocpp"
tls_certificate = "{certificate}"
tls_key = "{key}"
"""


@asynccontextmanager
async def strict_server(folder: Path, *, asking: bool = False) -> AsyncIterator[Server]:
    """A running server that knows `ID_TOKENS`; it must end in good order and without a defect.

    `asking`: it asks charge points on its own as well.
    """
    settings = folder / "settings.toml"
    settings.write_text(_SETTINGS.format(**_certificate(folder)), "utf-8")
    quietly = {
        "ocpp__reading": "strict",
        "ocpp__follow_ups": str(asking).lower(),
        "ocpp__certificate_requests": "keep",
    }
    async with serving(folder, config=settings, **quietly) as server:
        for id_token in ID_TOKENS:
            await told(server, "POST", "/id-token", json=id_token)
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def play(server: Server, case: Path, version: str) -> None:
    """Play a case for a charge point of its name. Where all that it says is legal, nothing is found wrong."""
    await register(server, case.stem)
    steps = steps_of(case)
    await Player(server, case.stem, version).play(steps)
    if all(step.sign != "?" for step in steps):
        assert await items(server, f"/charge-point/{case.stem}/finding") == []


def tls_url(server: Server) -> str:
    """Where charge points connect with TLS."""
    found = _TLS_PORT.search(server.log)
    assert found is not None, server.log
    return f"{found[1]}/ocpp"


def trusting(server: Server) -> ssl.SSLContext:
    """The side of a charge point that has the certificate of `server`."""
    return ssl.create_default_context(cafile=str(server.data_dir.parent / "certificate.pem"))


def _certificate(folder: Path) -> dict[str, Path]:
    """A self-signed certificate for 127.0.0.1, and its key."""
    made = {"certificate": folder / "certificate.pem", "key": folder / "key.pem"}
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(made["key"]), "-out", str(made["certificate"]), "-days", "2",
            "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
        ],
        check=True,
        capture_output=True,
    )  # fmt: skip
    return made
