"""The first page in a real browser: log in, see the yard, watch it change, lose the server and find it again."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

from chargeyard.web.live import Pace
from tests.web.stage import OPERATOR, PASSWORD, Stage, charge_point, connector, transaction
from tests.web.test_yard import metered, registered, started, status, stopped

CHROMIUM = Path(os.environ.get("CHARGEYARD_TEST_CHROMIUM", "/usr/bin/chromium"))
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
EVIL = "<script>document.title='broken'</script><img src=x onerror=\"document.title='broken'\">"

pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs a Chromium at {CHROMIUM}")


class House:
    """A stage behind a real HTTP server, that can be stopped and started again at the same address."""

    def __init__(self) -> None:
        self.stage = Stage(Pace(change_s=0.05, beat_s=1.0))
        self.stage.now = datetime.now(UTC).replace(microsecond=0)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def open(self) -> None:
        """Serve."""
        self.site = self.stage.site()
        config = uvicorn.Config(
            self.stage.app(self.site), host="127.0.0.1", port=self.port, log_level="warning", lifespan="off", ws="none"
        )  # fmt: skip
        self._server = uvicorn.Server(config)
        self._serving = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110 - uvicorn has no other sign
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Stop as the real server does: streams first, then the server."""
        await self.site.aclose()
        self._server.should_exit = True
        await self._serving


@pytest.fixture
async def house() -> AsyncIterator[House]:
    house = House()
    await house.open()
    yield house
    await house.close()


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        await browser.close()


class Witness:
    """Notes what a page should never do: complain, or ask anybody but its own server."""

    def __init__(self, page: Page, home: str) -> None:
        self.complaints: list[str] = []
        self.strangers: list[str] = []
        self._home = home
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self._asked(request.url))

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def _asked(self, url: str) -> None:
        if not url.startswith((self._home, "data:")):
            self.strangers.append(url)


async def enter(browser: Browser, house: House, **context: Any) -> tuple[Page, Witness]:
    """A page that an operator has logged in with."""
    page = await (await browser.new_context(**context)).new_page()
    witness = Witness(page, house.url)
    await page.goto(house.url)
    await page.get_by_label("Operator name").fill(OPERATOR)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Log in").click()
    await expect(page.get_by_role("heading", name="Charge points")).to_be_visible()
    return page, witness


def charging_point(house: House) -> None:
    now = house.stage.now
    charging = (connector(1, "Charging", now=now), connector(2, now=now))
    house.stage.put(charge_point(1, now=now, connectors=charging), charge_point(2, now=now))
    house.stage.run(transaction(7, now=now))


async def test_the_yard_is_seen_and_changes_before_the_eyes(house: House, chromium: Browser) -> None:
    charging_point(house)
    page, witness = await enter(chromium, house)
    first = page.get_by_role("row", name="CP001").first
    await expect(first).to_contain_text("Charging")
    await expect(page.locator("#figure-power")).to_contain_text("11.0\u202fkW")
    await page.evaluate("document.getElementById('charge-points').dataset.mark = 'the same document'")

    house.stage.tell(metered("CP001", 7, 100_000, energy=8000, power=22_080))
    await expect(page.locator("#figure-power")).to_contain_text("22.1\u202fkW")
    await expect(page.locator("#tx-7")).to_contain_text("7.00\u202fkWh")
    house.stage.tell(
        registered("CP003"), status("CP002", 1, "Preparing", 100_000), started("CP002", 8, 100_000)
    )
    await expect(page.get_by_role("row", name="CP003")).to_contain_text("Never connected")
    await expect(page.locator("#tx-8")).to_be_visible()
    house.stage.tell(stopped("CP001", 7, 100_001, 7000))
    await expect(page.locator("#tx-7")).to_have_count(0)

    assert await page.locator("#charge-points").get_attribute("data-mark") == "the same document"
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_search_and_filter_keep_the_page_live(house: House, chromium: Browser) -> None:
    charging_point(house)
    page, witness = await enter(chromium, house)
    search = page.get_by_label("Search charge points")
    await search.fill("cp002")
    await expect(page.locator("#charge-points tr")).to_have_count(1)
    await expect(search).to_be_focused()
    assert page.url.endswith("q=cp002&show=all")
    house.stage.tell(status("CP002", 1, "Reserved", 100_000))
    await expect(page.locator("#charge-points")).to_contain_text("Reserved")
    await search.fill("")
    await page.get_by_text("Charging", exact=True).first.click()
    await page.locator("label[for=show-charging]").click()
    await expect(page.locator("#charge-points .cy-id")).to_have_text(["CP001"])
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_more_rows_come_when_asked_for(house: House, chromium: Browser) -> None:
    house.stage.put(*(charge_point(number, now=house.stage.now) for number in range(70)))
    page, witness = await enter(chromium, house)
    rows = page.locator("#charge-points tr")
    await expect(rows).to_have_count(50)
    await page.get_by_role("link", name="Show more").click()
    await expect(rows).to_have_count(70)
    house.stage.tell(status("CP069", 1, "Reserved", 100_000))
    await expect(page.get_by_role("row", name="CP069")).to_contain_text("Reserved")
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_strangers_words_do_nothing(house: House, chromium: Browser) -> None:
    now = house.stage.now
    house.stage.put(
        charge_point(EVIL, now=now, vendor=EVIL, model=EVIL, connectors=(connector(1, EVIL, EVIL, now),))
    )
    house.stage.run(transaction(7, EVIL, now=now, id_token=EVIL))
    page, witness = await enter(chromium, house)
    await expect(page.locator("#charge-points .cy-id")).to_have_text(EVIL)
    house.stage.tell(status(EVIL, 1, EVIL + "!", 100_000, EVIL))
    await expect(page.locator("#charge-points .cy-chip").first).to_contain_text(EVIL + "!")
    assert await page.title() == "Yard · Chargeyard"
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_a_lost_server_is_said_and_found_again(house: House, chromium: Browser) -> None:
    charging_point(house)
    page, _ = await enter(chromium, house)
    banner = page.get_by_text("Connection lost. Reconnecting…")
    await expect(banner).to_be_hidden()
    await house.close()
    await expect(banner).to_be_visible(timeout=15_000)
    house.stage.put(charge_point(3, now=house.stage.now))
    await house.open()
    await expect(page.get_by_role("row", name="CP003")).to_be_visible(timeout=20_000)
    await expect(banner).to_be_hidden()


async def test_an_ended_session_leads_to_the_login(house: House, chromium: Browser) -> None:
    page, _ = await enter(chromium, house)
    await house.close()
    await page.context.clear_cookies()
    await house.open()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible(timeout=20_000)


async def test_dark_is_remembered(house: House, chromium: Browser) -> None:
    page, witness = await enter(chromium, house, color_scheme="light")
    root = page.locator("html")
    await expect(root).not_to_have_attribute("data-bs-theme", "dark")
    await page.get_by_role("button", name="Switch between light and dark").click()
    await expect(root).to_have_attribute("data-bs-theme", "dark")
    await page.reload()
    await expect(root).to_have_attribute("data-bs-theme", "dark")
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_a_phone_shows_it_without_scrolling_sideways(house: House, chromium: Browser) -> None:
    charging_point(house)
    page, witness = await enter(chromium, house, viewport={"width": 390, "height": 844})
    await expect(page.get_by_role("row", name="CP001").first).to_contain_text("11.0\u202fkW")
    assert await page.evaluate("document.documentElement.scrollWidth") == 390
    assert (witness.complaints, witness.strangers) == ([], [])


async def test_leaving_logs_out(house: House, chromium: Browser) -> None:
    page, _ = await enter(chromium, house)
    await page.get_by_role("button", name="Log out").click()
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    await page.goto(house.url)
    await expect(page.get_by_role("heading", name="Log in")).to_be_visible()
