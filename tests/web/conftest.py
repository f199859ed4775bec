"""Pages behind the real gate, asked in-process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, cast

import httpx2
import pytest

from chargeyard.web.site import Site
from tests.web.stage import NOW, OPERATOR, PASSWORD, Stage


@pytest.fixture
def stage() -> Stage:
    stage = Stage()
    stage.now = NOW
    return stage


@pytest.fixture
async def site(stage: Stage) -> AsyncIterator[Site]:
    site = stage.site()
    yield site
    await site.aclose()


@pytest.fixture
async def visitor(stage: Stage, site: Site) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that nobody has logged in with."""
    transport = httpx2.ASGITransport(app=cast("Any", stage.app(site)))
    headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://yard.test:8080", headers=headers
    ) as client:
        yield client


@pytest.fixture
async def browser(visitor: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser with a session."""
    answer = await visitor.post("/login", data={"name": OPERATOR, "password": PASSWORD})
    assert answer.status_code == 303
    return visitor
