"""Who may connect to a real server, by which proof; and the four faults that auditors find in such systems.

The four are those of CISA's advisories ICSA-26-057-03 and later: no authentication, no limit on attempts, a
session that a second connection hijacks, credentials in plain sight.
"""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.http11 import Response

from tests.e2e.server import Server, serving
from tests.e2e.wire import AT, OFFER, basic, items, register, told, wire

pytestmark = pytest.mark.asyncio(loop_scope="module")

TOKEN = "tok-3f9a1c77e2"
PASSWORD = "hunter2-hunter2-hunter2"
KEY = bytes(range(0x80, 0x94))
"""An AuthorizationKey of 20 bytes, none of them a letter."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Server]:
    settings = {"log__level": "debug", "ocpp__failed_logins_per_minute": 8}
    async with serving(tmp_path_factory.mktemp("admission"), **settings) as server:
        await register(server, "BY-TOKEN", token=TOKEN)
        await register(server, "BY-PASSWORD", password=PASSWORD)
        await register(server, "BY-KEY", password=KEY.hex())
        await register(server, "BY-BOTH", password=PASSWORD + "!", token=TOKEN + "!")
        await register(server, "ANYBODY", generate="none")
        await register(server, "A/B: ü", password=PASSWORD)
        yield server
        assert await server.terminate() == 0
        assert "Traceback" not in server.log


async def let_in(server: Server, target: str, identity: str, **options: Any) -> None:
    """`target` is let in, and it is `identity` that is connected then."""
    async with wire(server, target, **options) as charge_point:
        await charge_point.boot()
        assert charge_point.socket.subprotocol == "ocpp1.6"
        known = await told(server, "GET", f"/charge-point/{quote(identity, safe='')}")
        assert known["online"]


async def turned_away(server: Server, target: str, **options: Any) -> Response:
    """The HTTP response that refuses `target`."""
    with pytest.raises(InvalidStatus) as refused:
        async with wire(server, target, **options):
            pytest.fail(f"{target} was let in")
    return refused.value.response


def with_basic(user: str, password: str | bytes) -> dict[str, Any]:
    return {"additional_headers": basic(user, password)}


# --- proofs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "identity"),
    [
        (f"BY-TOKEN?token={TOKEN}", "BY-TOKEN"),
        (f"BY-TOKEN?x=1&token={TOKEN}", "BY-TOKEN"),
        (f"BY-TOKEN?{TOKEN}", "BY-TOKEN"),
        (f"?{TOKEN}", "BY-TOKEN"),
        (f"?token={TOKEN}", "BY-TOKEN"),
        (f"?{TOKEN}/BY-TOKEN", "BY-TOKEN"),
        (f"{TOKEN}", "BY-TOKEN"),
        (f"{TOKEN}/BY-TOKEN", "BY-TOKEN"),
        (f"BY-TOKEN/{TOKEN}", "BY-TOKEN"),
        (f"/BY-TOKEN/?token={TOKEN}", "BY-TOKEN"),
        (f"//{TOKEN}//BY-TOKEN//", "BY-TOKEN"),
        (f"BY-TOKEN/BY-TOKEN?token={TOKEN}", "BY-TOKEN"),
        (f"%42Y-TOKEN?token={TOKEN.replace('-', '%2D')}", "BY-TOKEN"),
        (f"BY-BOTH?token={TOKEN}!", "BY-BOTH"),
        ("ANYBODY", "ANYBODY"),
        ("/ANYBODY/", "ANYBODY"),
        ("ANYBODY//ANYBODY", "ANYBODY"),
        ("ANYBODY?", "ANYBODY"),
    ],
)
async def test_addresses_that_are_let_in(server: Server, target: str, identity: str) -> None:
    await let_in(server, target, identity)


@pytest.mark.parametrize(
    ("target", "user", "password"),
    [
        ("BY-PASSWORD", "BY-PASSWORD", PASSWORD),
        ("BY-PASSWORD/", "BY-PASSWORD", PASSWORD),
        ("BY-KEY", "BY-KEY", KEY),
        ("BY-KEY", "BY-KEY", KEY.hex()),
        ("BY-KEY", "BY-KEY", KEY.hex().upper()),
        ("BY-TOKEN", "BY-TOKEN", TOKEN),
        ("BY-BOTH", "BY-BOTH", PASSWORD + "!"),
        ("BY-BOTH", "BY-BOTH", TOKEN + "!"),
        ("A%2FB%3A%20%C3%BC", "A/B: ü", PASSWORD),
    ],
)
async def test_basic_in_all_its_forms(server: Server, target: str, user: str, password: str | bytes) -> None:
    await let_in(server, target, user, **with_basic(user, password))


@pytest.mark.parametrize(
    ("target", "options"),
    [
        ("BY-PASSWORD", {}),
        ("BY-PASSWORD", with_basic("BY-PASSWORD", PASSWORD[:-1])),
        ("BY-PASSWORD", with_basic("BY-PASSWORD", "")),
        ("BY-PASSWORD", with_basic("", PASSWORD)),
        ("BY-PASSWORD", with_basic("BY-KEY", PASSWORD)),
        ("BY-PASSWORD", with_basic("BY-TOKEN", TOKEN)),
        ("BY-PASSWORD", {"additional_headers": {"Authorization": "Basic !!!"}}),
        ("BY-PASSWORD", {"additional_headers": {"Authorization": f"Bearer {PASSWORD}"}}),
        (f"BY-PASSWORD?token={PASSWORD}", {}),
        (f"BY-PASSWORD?token={TOKEN}", {}),
        ("BY-TOKEN", {}),
        ("BY-TOKEN?token=", {}),
        (f"BY-TOKEN?token={TOKEN}x", {}),
        (f"BY-TOKEN?token={TOKEN.upper()}", {}),
        ("?guess", {}),
    ],
)
async def test_without_the_right_proof_it_is_a_401(
    server: Server, target: str, options: dict[str, Any]
) -> None:
    identity = target.partition("?")[0].partition("/")[0]
    if identity:  # what came before must not count: too many failures are another test
        proof = {"BY-PASSWORD": with_basic("BY-PASSWORD", PASSWORD)}.get(
            identity, with_basic("BY-TOKEN", TOKEN)
        )
        await let_in(server, identity, identity, **proof)
    response = await turned_away(server, target, **options)
    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"].startswith("Basic ")


async def test_a_charge_point_is_who_it_proves_to_be(server: Server) -> None:
    """A right token under another's name opens nothing of that other."""
    await let_in(server, f"BY-KEY/{TOKEN}", "BY-TOKEN")
    assert not (await told(server, "GET", "/charge-point/BY-KEY"))["online"]
    for target in (f"ANYBODY/../BY-PASSWORD?token={TOKEN}", f"BY-KEY?token={TOKEN}", f"{TOKEN}/BY-KEY"):
        assert (await turned_away(server, target)).status_code in {400, 401}


@pytest.mark.parametrize(
    "target", ["NOBODY", "NOBODY?token=x", "NOBODY/x", "by-token", "BY-TOKEN%00", "BY-TOKEN%20"]
)
async def test_unknown_is_a_404(server: Server, target: str) -> None:
    response = await turned_away(server, target, **with_basic("NOBODY", PASSWORD))
    assert response.status_code in {404, 400 if "%" in target else 404}
    unknown = await server.http.get("/charge-point/NOBODY")
    assert unknown.status_code == 404


@pytest.mark.parametrize("offer", [None, ["ocpp9.9"], ["soap", "ocpp1.5"]])
async def test_without_a_common_subprotocol_it_is_a_400(server: Server, offer: Any) -> None:
    assert (await turned_away(server, "ANYBODY", subprotocols=offer)).status_code == 400
    # Only who has proved who it is learns what is spoken here.
    assert (await turned_away(server, "BY-KEY", subprotocols=offer)).status_code == 401


async def test_the_subprotocol_is_chosen_in_the_order_of_the_charge_point(server: Server) -> None:
    async with wire(server, "ANYBODY", subprotocols=["ocpp9.9", "ocpp1.6", "ocpp1.5"]) as charge_point:
        assert charge_point.socket.subprotocol == "ocpp1.6"


async def test_pages_rest_and_charge_points_share_the_port(server: Server) -> None:
    async with httpx2.AsyncClient(base_url=server.url) as stranger:
        assert (await stranger.get("/healthz")).status_code == 200
        assert (await stranger.get("/ocpp/ANYBODY")).status_code in {401, 404, 426}
    for path in ("/", "/charge-point/ANYBODY", "/ocppx/ANYBODY", "/healthz"):
        with pytest.raises((InvalidStatus, InvalidMessage)):
            await connect(f"ws://127.0.0.1:{server.port}{path}", subprotocols=OFFER, proxy=None)


async def test_browsers_are_refused(server: Server) -> None:
    assert (await turned_away(server, "ANYBODY", origin="https://evil.example")).status_code == 403


# --- registration ---------------------------------------------------------------------------------------------


async def test_a_pending_charge_point_is_asked_to_boot_once_it_is_accepted(server: Server) -> None:
    await register(server, "WAITING", registration="Pending")
    async with wire(server, "WAITING") as charge_point:
        booted = await charge_point.boot()
        assert booted["status"] == "Pending"
        assert booted["interval"] > 0
        for action, payload in (
            ("Heartbeat", {}),
            ("Authorize", {"idTag": "T"}),
            ("StatusNotification", {"connectorId": 1, "errorCode": "NoError", "status": "Available"}),
        ):
            reply = await charge_point.call(action, payload)
            assert (reply[0], reply[2]) == (4, "SecurityError")
        asked = asyncio.create_task(charge_point.answer(status="Accepted"))
        await told(server, "PATCH", "/charge-point/WAITING", json={"registration": "Accepted"})
        assert (await asked)[2:] == ["TriggerMessage", {"requestedMessage": "BootNotification"}]
        assert (await charge_point.boot())["status"] == "Accepted"
        await charge_point.alive()


async def test_a_rejected_charge_point_hears_so(server: Server) -> None:
    await register(server, "UNWANTED", registration="Rejected")
    async with wire(server, "UNWANTED") as charge_point:
        assert (await charge_point.boot())["status"] == "Rejected"
        assert (await charge_point.call("Heartbeat", {}))[2] == "SecurityError"


async def test_a_removed_charge_point_loses_its_connection(server: Server) -> None:
    await register(server, "REMOVED")
    async with wire(server, "REMOVED") as charge_point:
        await charge_point.boot()
        await told(server, "DELETE", "/charge-point/REMOVED")
        with pytest.raises(ConnectionClosed) as closed:
            await charge_point.hear()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1008
    assert (await turned_away(server, "REMOVED")).status_code == 404


@pytest.mark.parametrize(("policy", "status"), [("accept", "Accepted"), ("pending", "Pending")])
async def test_unknown_charge_points_by_policy(tmp_path: Path, policy: str, status: str) -> None:
    async with serving(tmp_path, ocpp__unknown_charge_points=policy) as server:
        await register(server, "KNOWN", password=PASSWORD)
        async with wire(server, "NEW") as charge_point:
            assert (await charge_point.boot())["status"] == status
        assert (await told(server, "GET", "/charge-point/NEW"))["registration"] == status
        # The policy is for the unknown alone, and for names that can be names.
        assert (await turned_away(server, "KNOWN")).status_code == 401
        assert (await turned_away(server, "%3Cscript%3E")).status_code == 404
        assert len(await items(server, "/charge-point")) == 2


# --- what auditors find ---------------------------------------------------------------------------------------


async def test_cwe_306_nobody_speaks_for_a_charge_point_without_its_secret(server: Server) -> None:
    """By default: a charge point registered without a word about credentials has one."""
    made = await told(server, "POST", "/charge-point", json={"cpId": "DEFAULT"})
    assert (await turned_away(server, "DEFAULT")).status_code == 401
    await let_in(server, f"DEFAULT?token={made['token']}", "DEFAULT")


async def test_cwe_307_guesses_are_limited_and_lock_nobody_else_out(server: Server) -> None:
    """After `failed_logins_per_minute` even the right password waits, but only from where the guesses came."""
    await register(server, "GUESSED", password=PASSWORD)
    statuses = [
        (await turned_away(server, "GUESSED", **with_basic("GUESSED", f"guess {number}"))).status_code
        for number in range(10)
    ]
    assert statuses == [401] * 8 + [429] * 2
    response = await turned_away(server, "GUESSED", **with_basic("GUESSED", PASSWORD))
    assert response.status_code == 429
    assert 0 < int(response.headers["Retry-After"]) <= 60
    await let_in(server, "BY-PASSWORD", "BY-PASSWORD", **with_basic("BY-PASSWORD", PASSWORD))
    elsewhere = {"local_addr": ("127.0.0.2", 0)}
    await let_in(server, "GUESSED", "GUESSED", **with_basic("GUESSED", PASSWORD), **elsewhere)
    kinds = {row["body"].get("kind") for row in await items(server, "/charge-point/GUESSED/report")}
    assert "RepeatedLoginFailures" in kinds


async def test_cwe_307_guesses_at_tokens_are_limited(server: Server) -> None:
    elsewhere = {"local_addr": ("127.0.0.3", 0)}
    for number in range(8):
        assert (await turned_away(server, f"?guess{number}", **elsewhere)).status_code == 401
    assert (await turned_away(server, "?guess", **elsewhere)).status_code == 429
    assert (await turned_away(server, f"?{TOKEN}", **elsewhere)).status_code == 429
    await let_in(server, f"?{TOKEN}", "BY-TOKEN")


async def test_cwe_613_a_session_is_not_hijacked_by_a_second_connection(server: Server) -> None:
    """Without the secret nothing happens to the first; with it the first is closed and hears nothing more."""
    proof = with_basic("BY-PASSWORD", PASSWORD)
    async with wire(server, "BY-PASSWORD", **proof) as first:
        await first.boot()
        assert (await turned_away(server, "BY-PASSWORD")).status_code == 401
        await first.alive()
        async with wire(server, "BY-PASSWORD", **proof) as second:
            with pytest.raises(ConnectionClosed) as closed:
                await first.hear()
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.reason == "replaced by a newer connection"
            await second.boot()
            asking = asyncio.create_task(told(server, "POST", "/charge-point/BY-PASSWORD/hard-reset"))
            assert (await second.answer(status="Accepted"))[2] == "Reset"
            assert (await asking)["status"] == "Accepted"
            assert (await told(server, "GET", "/charge-point/BY-PASSWORD"))["online"]


async def test_cwe_613_a_transaction_of_another_charge_point_cannot_be_ended(server: Server) -> None:
    await told(server, "POST", "/id-token", json={"idToken": "DRIVER", "maxTransactions": None})
    async with wire(server, "BY-KEY", **with_basic("BY-KEY", KEY)) as victim:
        await victim.boot()
        begun = await victim.ask(
            "StartTransaction", connectorId=1, idTag="DRIVER", meterStart=0, timestamp=AT
        )
        async with wire(server, "ANYBODY") as thief:
            await thief.boot()
            stop = {
                "transactionId": begun["transactionId"],
                "meterStop": 99_999,
                "timestamp": AT,
                "idTag": "DRIVER",
            }
            await thief.ask("StopTransaction", **stop)
            await thief.ask(
                "MeterValues",
                connectorId=1,
                transactionId=begun["transactionId"],
                meterValue=[{"timestamp": AT, "sampledValue": [{"value": "88888"}]}],
            )
    [row] = await items(server, "/charge-transaction", cpId="BY-KEY")
    assert (row["running"], row["energyWh"]) == (True, 0)
    [orphan] = await items(server, "/charge-transaction", cpId="ANYBODY")
    assert (orphan["completeness"], orphan["quality"]) == ("orphan", "suspect")
    assert await items(server, f"/charge-transaction/{row['id']}/meter-value") == []
