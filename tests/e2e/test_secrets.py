"""No secret is ever shown or kept (CWE-522): whatever is presented, guessed, commanded or told is looked for
afterwards in all files of the data directory, in the server's log and in every answer of REST.
"""

import asyncio
import base64
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest
from websockets.exceptions import InvalidStatus

from tests.e2e.server import Server, serving
from tests.e2e.wire import ANSWERED_WITHIN_S, AT, Payload, Wire, basic, items, register, told, wire

IN_QUERY: Final = "sec-in-query"
IN_PATH: Final = "sec-in-path"
BASIC: Final = "sec-basic-0123456789"
HEX_KEY: Final = "5ec0" * 10
GUESS: Final = "sec-guess"
WRONG_BASIC: Final = "sec-wrong-basic-0123"
NEW_KEY: Final = "sec-key-0123456789ab"
DOWNLOAD: Final = "sec-download"
UPLOAD: Final = "sec-upload"
PRIVATE: Final = "c2VjLXByaXZhdGUta2V5"
IN_DATA: Final = "sec-in-data"
TOLD: Final = "sec-told-by-vendor"
SECRETS = (
    IN_QUERY, IN_PATH, BASIC, HEX_KEY, GUESS, WRONG_BASIC, NEW_KEY, DOWNLOAD, UPLOAD, PRIVATE, IN_DATA,
    TOLD,
)  # fmt: skip

COMMANDS: tuple[tuple[str, Payload, Payload], ...] = (
    # action, payload, what the charge point answers
    ("ChangeConfiguration", {"key": "AuthorizationKey", "value": NEW_KEY}, {"status": "Accepted"}),
    (
        "GetConfiguration",
        {"key": ["AuthorizationKey"]},
        {"configurationKey": [{"key": "AuthorizationKey", "readonly": False, "value": BASIC}]},
    ),
    ("UpdateFirmware", {"location": f"ftp://u:{DOWNLOAD}@example.org/f", "retrieveDate": AT}, {}),
    ("GetDiagnostics", {"location": f"ftp://u:{UPLOAD}@example.org/"}, {"fileName": f"ftp://u:{UPLOAD}@x/f"}),
    ("DataTransfer", {"vendorId": "V", "data": f'{{"password": "{IN_DATA}"}}'}, {"status": "Accepted"}),
)

WISHES: tuple[tuple[str, Payload, Payload], ...] = (
    # path, body, what the charge point answers
    ("update-firmware", {"location": f"ftp://u:{DOWNLOAD}@example.org/f"}, {}),
    (
        "update-firmware",
        {
            "location": f"https://example.org/f?token={DOWNLOAD}",
            "signature": "c2ln",
            "signingCertificate": "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----",
        },
        {"status": "Accepted"},
    ),
    (
        "get-log",
        {"kind": "Security", "location": f"ftp://u:{UPLOAD}@example.org/"},
        {"status": "Accepted", "filename": f"ftp://u:{UPLOAD}@x/f"},
    ),
)


async def test_no_secret_is_ever_shown_or_kept(tmp_path: Path) -> None:
    shown: list[str] = []

    async def show(response: httpx2.Response) -> None:
        shown.append((await response.aread()).decode("utf-8", "replace") + str(response.headers))

    async with serving(tmp_path, log__level="debug") as server:
        assert server.data_dir.stat().st_mode & 0o077 == 0
        server.http.event_hooks = {"response": [show]}
        await connect_in_all_ways(server)
        await knock_in_vain(server)
        async with wire(server, "B", additional_headers=basic("B", BASIC)) as charge_point:
            await charge_point.boot()
            await command(server, charge_point)
            await command_in_words_of_ours(server, charge_point)
            await tell(charge_point)
        await told(server, "PUT", "/charge-point/B/password", json={"password": NEW_KEY})
        await read_all(server)
        assert await server.terminate() == 0
    kept = {file.name: file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()}
    assert {"chargeyard.db", "server.log"} <= kept.keys()
    assert b"CP-IN-THE-LOG" in kept["server.log"]
    kept["REST"] = "\n".join(shown).encode()
    assert [
        (where, secret) for where, text in kept.items() for secret in SECRETS if is_in(text, secret)
    ] == []


def is_in(text: bytes, secret: str) -> bool:
    """Whether `secret` stands in `text` in any form that gives it away."""
    raw = secret.encode()
    shapes = (raw, raw.hex().encode(), base64.b64encode(raw), base64.b64encode(b"B:" + raw))
    return any(shape in text for shape in shapes)


async def connect_in_all_ways(server: Server) -> None:
    await register(server, "Q", token=IN_QUERY)
    await register(server, "P", token=IN_PATH)
    await register(server, "B", password=BASIC)
    await register(server, "H", password=HEX_KEY)
    ways: list[tuple[str, dict[str, str]]] = [
        (target, {})
        for target in (f"Q?token={IN_QUERY}", f"Q?{IN_QUERY}", f"?{IN_QUERY}", f"P/{IN_PATH}", f"{IN_PATH}/P", IN_PATH)
    ]  # fmt: skip
    for target, headers in (*ways, ("H", basic("H", bytes.fromhex(HEX_KEY)))):
        async with wire(server, target, additional_headers=headers) as charge_point:
            await charge_point.boot()


async def knock_in_vain(server: Server) -> None:
    """A guess that stands alone in the path is an unknown identity like any other, and logged."""
    guesses = (
        f"Q?token={GUESS}",
        f"?{GUESS}",
        f"P/{GUESS}",
        f"nobody/{GUESS}",
        f"nobody?{GUESS}",
        "CP-IN-THE-LOG",
    )
    for target in guesses:
        await refused(server, target)
    await refused(server, "B", additional_headers=basic("B", WRONG_BASIC))
    await refused(server, "B", additional_headers=basic("B", BASIC), subprotocols=None)


async def refused(server: Server, target: str, **options: Any) -> None:
    with pytest.raises(InvalidStatus):
        async with wire(server, target, **options):
            pytest.fail(f"{target} was let in")


async def command(server: Server, charge_point: Wire) -> None:
    for action, payload, answer in COMMANDS:
        asking = asyncio.create_task(
            server.http.post(f"/charge-point/B/command/{action}", json=payload, timeout=ANSWERED_WITHIN_S)
        )
        assert (await charge_point.answer(**answer))[2:] == [action, payload]
        assert (await asking).is_success


async def command_in_words_of_ours(server: Server, charge_point: Wire) -> None:
    """The same through the paths that make jobs of it."""
    for path, wish, answer in WISHES:
        asking = asyncio.create_task(
            server.http.post(f"/charge-point/B/{path}", json=wish, timeout=ANSWERED_WITHIN_S)
        )
        await charge_point.answer(**answer)
        assert (await asking).is_success
    key = f"-----BEGIN EC PRIVATE KEY-----\n{PRIVATE}\n-----END EC PRIVATE KEY-----"
    wish = {"use": "CsmsRoot", "certificate": key}
    assert (await server.http.post("/charge-point/B/install-certificate", json=wish)).status_code == 400
    payload = {"certificateType": "CentralSystemRootCertificate", "certificate": key}
    asking = asyncio.create_task(
        server.http.post(
            "/charge-point/B/command/InstallCertificate", json=payload, timeout=ANSWERED_WITHIN_S
        )
    )
    await charge_point.answer(status="Rejected")
    assert (await asking).is_success


async def tell(charge_point: Wire) -> None:
    await charge_point.ask("DataTransfer", vendorId="V", data=f"vpnPassword={TOLD}")
    await charge_point.ask("DataTransfer", vendorId="V", data=f'{{"wifi": {{"passphrase": "{TOLD}"}}}}')
    await charge_point.ask("SecurityEventNotification", type="T", timestamp=AT, techInfo=f"password={TOLD}")
    # What is not JSON cannot be masked field by field.
    await charge_point.say(f'[2,"x","DataTransfer",{{"vendorId":"V","data":"password={TOLD}"')
    assert (await charge_point.hear())[0] == 4


async def read_all(server: Server) -> None:
    """Read everything that REST tells about them, once the message log is written."""
    frames = 2 * (1 + len(COMMANDS) + len(WISHES) + 1 + 4)
    async with asyncio.timeout(ANSWERED_WITHIN_S):
        while len(await items(server, "/charge-point/B/message")) < frames:  # noqa: ASYNC110 - nobody says when
            await asyncio.sleep(0.1)
    for identity in "QPBH":
        for what in ("", "/job", "/security-event", "/command", "/message", "/finding", "/report"):
            await told(server, "GET", f"/charge-point/{identity}{what}")
    assert len(await items(server, "/charge-point/B/report")) == 3
