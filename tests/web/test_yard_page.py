"""The first page: `pages/yard.py` and its templates."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import httpx2
import pytest

from tests.web.stage import NOW, Stage, charge_point, connector, transaction

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def text_of(html: str) -> str:
    """What a reader sees, on one line."""
    return re.sub(r"[ \n]+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


async def test_shows_charge_points_and_transactions(stage: Stage, browser: httpx2.AsyncClient) -> None:
    charging = (connector(1, "Charging"), connector(2, "Faulted", "GroundFailure"))
    stage.put(
        charge_point(1, name="Hof", connectors=charging), charge_point(2, online=False, disconnected_at=NOW)
    )
    stage.run(transaction(48210))
    page = text_of((await browser.get("/")).text)
    assert "CP001 Hof" in page
    assert "Ladewerk Säule 22" in page
    assert "Charging 11.0\u202fkW 54\u202f%" in page
    assert "Faulted GroundFailure" in page
    assert "48210 CP001 · 1 04A1B2C3 30\u202fmin 5.23\u202fkWh 11.0\u202fkW" in page
    assert "1 of 2 online" in page
    assert "2 need attention" in page
    assert "Offline for 0\u202fs" in page


async def test_tells_a_newcomer_what_to_do(browser: httpx2.AsyncClient) -> None:
    html = (await browser.get("/")).text
    assert "No charge points yet" in html
    assert "Nobody is charging" in html
    assert "ws://yard.test:8080/ocpp/CP001" in html
    assert 'id="first-steps" open' in html


async def test_strangers_words_are_text_and_never_markup(stage: Stage, browser: httpx2.AsyncClient) -> None:
    odd = connector(1, EVIL, EVIL)
    stage.put(
        charge_point(EVIL, name=EVIL, vendor=EVIL, model=EVIL, firmware_version=EVIL, connectors=(odd,))
    )
    stage.run(transaction(7, EVIL, id_token=EVIL))
    html = (await browser.get("/", params={"q": EVIL})).text
    assert "<script>alert" not in html
    assert "<img src=x" not in html
    assert html.count("&lt;script&gt;alert") >= 8  # id, name, vendor, model, firmware, status, error, token


async def test_nothing_foreign_is_loaded_run_or_framed(browser: httpx2.AsyncClient) -> None:
    answer = await browser.get("/")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-frame-options"] == "DENY"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert answer.headers["cache-control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", answer.text)
    assert not re.search(r"""(?:src|href|action)=["'](?:https?:)?//""", answer.text)


async def test_every_file_that_the_page_names_is_served(browser: httpx2.AsyncClient) -> None:
    named = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', (await browser.get("/")).text))
    assert len(named) >= 7
    for address in named:
        assert (await browser.get(unescape(address))).status_code == 200, address


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", {"CP001", "CP002", "CP003"}),
        ("show=online", {"CP001", "CP002"}),
        ("show=charging", {"CP001"}),
        ("show=attention", {"CP003"}),
        ("q=depot", {"CP002"}),
        ("q=CP00", {"CP001", "CP002", "CP003"}),
        ("q=depot&show=charging", set()),
        ("show=nonsense&rows=x", {"CP001", "CP002", "CP003"}),
    ],
)
async def test_lists_what_is_asked_for(
    stage: Stage, browser: httpx2.AsyncClient, query: str, shown: set[str]
) -> None:
    stage.put(charge_point(1), charge_point(2, name="Depot"), charge_point(3, online=False))
    stage.run(transaction(1))
    html = (await browser.get(f"/?{query}")).text
    assert set(re.findall(r'class="cy-id">(CP\d+)<', html)) == shown
    assert ("Nothing matches" in html) == (not shown)


async def test_shows_more_when_asked_and_no_more_than_a_browser_bears(
    stage: Stage, browser: httpx2.AsyncClient
) -> None:
    stage.put(*(charge_point(number) for number in range(620)))
    first = (await browser.get("/?q=CP")).text
    assert first.count('class="cy-id"') == 50
    assert 'href="/?q=CP&amp;rows=100"' in first
    assert 'hx-sse:connect="/live?q=CP"' in first
    second = (await browser.get("/?q=CP&rows=100")).text
    assert second.count('class="cy-id"') == 100
    last = (await browser.get("/?rows=99999")).text
    assert last.count('class="cy-id"') == 500
    assert "Search to see the others" in last


async def test_a_pile_of_pages_reads_the_store_once(stage: Stage, browser: httpx2.AsyncClient) -> None:
    stage.put(charge_point(1))
    await browser.get("/")
    reads = stage.records.reads
    for query in ("", "?q=cp", "?show=online"):
        assert (await browser.get(f"/{query}")).status_code == 200
    assert stage.records.reads == reads


async def test_without_the_database_the_page_says_so(stage: Stage, browser: httpx2.AsyncClient) -> None:
    stage.records.away = True
    answer = await browser.get("/")
    assert answer.status_code == 503
    assert "The database is away" in answer.text
    assert (await browser.get("/live")).status_code == 503
    stage.records.away = False
    assert (await browser.get("/")).status_code == 200


async def test_counts_today_by_the_start_of_the_transaction(
    stage: Stage, browser: httpx2.AsyncClient
) -> None:
    stage.put(charge_point(1))
    stopped: dict[str, Any] = {"stopped_at": NOW, "energy_wh": 1500}
    stage.run(
        transaction(1, started_at=NOW - timedelta(hours=3), **stopped),
        transaction(2, started_at=NOW - timedelta(hours=13), **stopped),
        transaction(3, energy_wh=250),
    )
    assert "1.75\u202fkWh" in (await browser.get("/")).text
