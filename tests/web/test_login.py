"""The way in and out: `pages/login.py` and `security.py`."""

from __future__ import annotations

import httpx2
import pytest

from chargeyard.web.security import is_local
from tests.web.stage import MOST_FAILURES, OPERATOR, PASSWORD

FORM = {"name": OPERATOR, "password": PASSWORD}


async def test_a_stranger_is_sent_to_the_login_and_comes_back_to_what_was_asked(
    visitor: httpx2.AsyncClient,
) -> None:
    refused = await visitor.get("/", params={"show": "online", "q": "hof"})
    assert refused.status_code == 303
    form = await visitor.get(refused.headers["location"])
    assert form.status_code == 200
    assert 'name="next" value="/?show=online&amp;q=hof"' in form.text
    entered = await visitor.post("/login", data={**FORM, "next": "/?show=online&q=hof"})
    assert (entered.status_code, entered.headers["location"]) == (303, "/?show=online&q=hof")
    assert (await visitor.get("/?show=online")).status_code == 200


async def test_the_session_cookie_is_out_of_reach_of_scripts_and_other_sites(
    visitor: httpx2.AsyncClient,
) -> None:
    cookie = (await visitor.post("/login", data=FORM)).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie


async def test_a_wrong_password_is_said_and_the_name_kept(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.post("/login", data={**FORM, "password": "wrong"})
    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert f'value="{OPERATOR}"' in answer.text
    assert "wrong" not in answer.text.replace("is wrong", "")  # never the password
    assert "set-cookie" not in answer.headers


async def test_after_too_many_failures_the_page_says_so(visitor: httpx2.AsyncClient) -> None:
    for _ in range(MOST_FAILURES):
        await visitor.post("/login", data={**FORM, "password": "wrong"})
    answer = await visitor.post("/login", data={**FORM, "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many failed logins" in answer.text


async def test_logging_out_ends_the_session(browser: httpx2.AsyncClient) -> None:
    answer = await browser.post("/logout")
    assert (answer.status_code, answer.headers["location"]) == (303, "/login")
    assert (await browser.get("/")).status_code == 303


async def test_another_site_can_neither_log_in_nor_out(browser: httpx2.AsyncClient) -> None:
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert (await browser.post("/login", data=FORM, headers=foreign)).status_code == 403
    assert (await browser.post("/logout", headers=foreign)).status_code == 403
    assert (await browser.get("/")).status_code == 200


async def test_the_login_leads_nowhere_else(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.post("/login", data={**FORM, "next": "//elsewhere.example"})
    assert answer.headers["location"] == "/"
    form = await visitor.get("/login", params={"next": "https://elsewhere.example"})
    assert "elsewhere" not in form.text


@pytest.mark.parametrize("address", ["/", "/?q=a%2Fb", "/charge-point/A?x=//y"])
def test_paths_stay_here(address: str) -> None:
    assert is_local(address)


@pytest.mark.parametrize(
    "address",
    ["", "x", "//h", "/\\h", "\\\\h", "https://h", "javascript:x", "/\t/h", "/a\nb", "/a\\b", " /a"],
)
def test_other_addresses_do_not(address: str) -> None:
    assert not is_local(address)
