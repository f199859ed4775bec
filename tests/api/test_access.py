"""Who is let in, how, and who is not."""

import asyncio
from typing import Any

import httpx2
import pytest
from litestar import Request, Response, get, post

from chargeyard.api.access import COOKIE, OPEN, Access
from chargeyard.api.app import create_app
from chargeyard.api.services import Given
from chargeyard.domain.events import OperatorSaved
from chargeyard.services import operators
from tests.api.yard import PASSWORD, Open, Yard

GOOD = httpx2.BasicAuth("admin", PASSWORD)
BAD = httpx2.BasicAuth("admin", "wrong")


@post("/login", opt=OPEN, status_code=204, include_in_schema=False)
async def log_in(request: Request[Any, Any, Any], access: Given[Access]) -> Response[None]:
    """What a login page does."""
    name, password = request.headers["x-name"], request.headers["x-password"]
    operator = await access.check_password(name, password, request)
    cookies = [access.log_in(request, operator)] if operator else []
    return Response(None, status_code=204, cookies=cookies)


@post("/logout", status_code=204, include_in_schema=False)
async def log_out(request: Request[Any, Any, Any], access: Given[Access]) -> Response[None]:
    """What the button in the header does."""
    return Response(None, status_code=204, cookies=[access.log_out(request)])


@get("/page", include_in_schema=False)
async def page(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {"operator": request.user.operator, "scheme": request.auth}


async def test_only_health_is_open(open_client: Open) -> None:
    client = open_client()
    document = (await open_client().get("/openapi.json", auth=GOOD)).json()
    answers = {
        (method, path): (
            await client.request(method.upper(), path.replace("{id}", "1").replace("{requestId}", "1"))
        ).status_code
        for path, item in document["paths"].items()
        for method in item
    }
    assert [answers.pop(("get", path)) for path in ("/healthz", "/readyz")] == [200, 200]
    assert len(answers) > 35
    assert set(answers.values()) == {401}
    for path in ("/docs", "/openapi.json", "/docs/openapi.json"):
        assert (await client.get(path)).status_code == 401


async def test_a_script_is_challenged(open_client: Open) -> None:
    answer = await open_client().get("/charge-point")
    assert answer.headers["WWW-Authenticate"] == 'Basic realm="chargeyard", charset="UTF-8"'
    assert answer.json()["type"] == "urn:chargeyard:problem:not-authenticated"


@pytest.mark.parametrize(
    "headers",
    [
        {"HX-Request": "true"},
        {"X-Requested-With": "XMLHttpRequest"},
        {"Sec-Fetch-Mode": "cors"},
    ],
)
async def test_a_script_inside_a_page_is_not(open_client: Open, headers: dict[str, str]) -> None:
    answer = await open_client(login_path="/login").get(
        "/charge-point", headers={"Accept": "text/html"} | headers
    )
    assert answer.status_code == 401
    assert "WWW-Authenticate" not in answer.headers
    assert answer.headers.get("HX-Redirect") == ("/login" if "HX-Request" in headers else None)


async def test_a_browser_is_sent_to_the_login_page(open_client: Open) -> None:
    browser = {"Accept": "text/html,*/*"}
    answer = await open_client(login_path="/login").get("/charge-point?text=a%26b", headers=browser)
    assert (answer.status_code, answer.headers["Location"]) == (
        303,
        "/login?next=/charge-point%3Ftext%3Da%2526b",
    )
    without_page = await open_client().get("/charge-point", headers=browser)
    assert without_page.status_code == 401
    assert "WWW-Authenticate" in without_page.headers


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic YWRtaW4=",
        "Basic bm9ib2R5OnBhc3N3b3Jk",
        "Bearer",
        "Bearer cyk_none",
        "Bearer ÿ",
        "Digest username=admin",
    ],
)
async def test_what_is_no_credential_is_a_401(open_client: Open, header: str) -> None:
    answer = await open_client().get("/charge-point", headers=[(b"Authorization", header.encode("latin-1"))])
    assert answer.status_code == 401


async def test_an_api_key_acts_until_it_is_ended(client: httpx2.AsyncClient, open_client: Open) -> None:
    issued = (await client.post("/api-key", json={"name": "billing"})).json()
    bearer = {"Authorization": f"Bearer {issued['key']}"}
    script = open_client()
    assert (await script.get("/charge-point", headers=bearer)).status_code == 200
    assert (await client.delete(f"/api-key/{issued['id']}")).status_code == 204
    assert (await script.get("/charge-point", headers=bearer)).status_code == 401


async def test_too_many_failures_shut_one_address_out(open_client: Open, yard: Yard) -> None:
    attacker = open_client()
    statuses = [(await attacker.get("/charge-point", auth=BAD)).status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    refused = await attacker.get("/charge-point", auth=GOOD)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "60")
    yard.clock.jump(seconds=61)
    assert (await attacker.get("/charge-point", auth=GOOD)).status_code == 200


async def test_what_one_address_has_shown_opens_nothing_to_another(yard: Yard) -> None:
    """Guesses beyond the limit all look alike, also the right one while its operator is at work elsewhere."""
    app: Any = create_app(yard.services)
    for address, auths, expected in (
        ("192.0.2.1", [GOOD], [200]),
        ("192.0.2.2", [BAD, BAD, BAD, BAD, GOOD], [401, 401, 401, 429, 429]),
        ("192.0.2.1", [GOOD], [200]),
    ):
        transport = httpx2.ASGITransport(app, client=(address, 1))
        async with httpx2.AsyncClient(transport=transport, base_url="http://yard.test") as somebody:
            assert [
                (await somebody.get("/charge-point", auth=auth)).status_code for auth in auths
            ] == expected


async def test_requests_of_one_moment_are_judged_once(open_client: Open) -> None:
    """A script that begins with ten requests at once is no burglar: three attempts are allowed here."""
    client = open_client()
    answers = await asyncio.gather(*(client.get("/charge-point", auth=GOOD) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {200}


async def test_failures_elsewhere_and_earlier_successes_do_not_count(open_client: Open) -> None:
    client = open_client()
    for _ in range(5):
        assert (await client.get("/charge-point", auth=GOOD)).status_code == 200
    for _ in range(4):
        await client.get("/charge-point", auth=BAD)
    assert (await client.get("/charge-point", auth=GOOD)).status_code == 200  # remembered as right


async def test_a_new_password_ends_what_was_remembered(open_client: Open, yard: Yard) -> None:
    client = open_client()
    assert (await client.get("/charge-point", auth=GOOD)).status_code == 200
    await operators.set_password(yard.services.recorder, yard.services.passwords, "admin", "another one")
    assert (await client.get("/charge-point", auth=GOOD)).status_code == 401
    assert (await client.get("/charge-point", auth=("admin", "another one"))).status_code == 200


async def logged_in(open_client: Open) -> httpx2.AsyncClient:
    client = open_client(pages=(log_in, log_out, page), login_path="/login")
    answer = await client.post("/login", headers={"X-Name": "admin", "X-Password": PASSWORD})
    cookie = answer.headers["Set-Cookie"].lower()
    assert all(part in cookie for part in ("httponly", "samesite=lax", "path=/", "max-age=43200"))
    return client


async def test_a_session_lasts_half_a_day(open_client: Open, yard: Yard) -> None:
    browser = await logged_in(open_client)
    assert (await browser.get("/page")).json() == {"operator": "admin", "scheme": "session"}
    yard.clock.jump(hours=13)
    assert (await browser.get("/page")).status_code == 401


async def test_a_session_ends_with_its_password(open_client: Open, yard: Yard) -> None:
    browser = await logged_in(open_client)
    await yard.record(OperatorSaved(recorded_at=yard.clock(), name="admin", password_hash="other"))
    assert (await browser.get("/page")).status_code == 401


async def test_a_cookie_is_worth_nothing_after_log_out(open_client: Open) -> None:
    """Also a copy of it, that somebody else kept."""
    browser = await logged_in(open_client)
    copied = {"Cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    assert (await browser.get("/page", headers=copied)).status_code == 200
    assert (await browser.post("/logout")).status_code == 204
    browser.cookies.clear()
    assert (await browser.get("/page", headers=copied)).status_code == 401


async def test_a_session_cannot_be_made_up(open_client: Open, yard: Yard) -> None:
    browser = await logged_in(open_client)
    name, expires, seal = browser.cookies[COOKIE].split(".")
    later = str(int(expires) + 1)
    for forged in (
        f"{name}.{later}.{seal}",
        f"{name}.{expires}.{'A' * len(seal)}",
        f"{name}.{expires}.",
        "x",
    ):
        answer = await open_client(pages=(page,)).get("/page", headers={"Cookie": f"{COOKIE}={forged}"})
        assert answer.status_code == 401
    secure = await open_client(pages=(log_in,)).post(
        "https://yard.test/login", headers={"X-Name": "admin", "X-Password": PASSWORD}
    )
    assert "secure" in secure.headers["Set-Cookie"].lower()


async def test_a_wrong_password_begins_no_session(open_client: Open) -> None:
    client = open_client(pages=(log_in,))
    for name, password in (("admin", "wrong"), ("nobody", PASSWORD)):
        answer = await client.post("/login", headers={"X-Name": name, "X-Password": password})
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://yard.test"}, 204),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "https://behind.proxy"}, 204),
        ({}, 204),
    ],
)
async def test_another_site_changes_nothing(
    client: httpx2.AsyncClient, yard: Yard, headers: dict[str, str], status: int
) -> None:
    await yard.register("CP1")
    assert (await client.delete("/charge-point/CP1", headers=headers)).status_code == status
    still_there = await yard.services.store.find_charge_point("CP1")
    assert (still_there is not None) == (status == 403)


async def test_answers_are_not_kept_by_caches(client: httpx2.AsyncClient) -> None:
    headers = (await client.get("/charge-point")).headers
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
