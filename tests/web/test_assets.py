"""The files that the browser gets: `assets.py`."""

from __future__ import annotations

import gzip
from pathlib import Path

import httpx2
import pytest

from chargeyard.web.assets import Assets


async def test_a_named_version_is_kept_for_ever(visitor: httpx2.AsyncClient) -> None:
    answer = await visitor.get(Assets().url("app.css"))
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("address", ["/static/app.css", "/static/app.css?v=0123456789ab"])
async def test_another_version_is_asked_for_again(visitor: httpx2.AsyncClient, address: str) -> None:
    assert "immutable" not in (await visitor.get(address)).headers["cache-control"]


async def test_what_the_browser_has_is_not_sent_again(visitor: httpx2.AsyncClient) -> None:
    etag = (await visitor.get("/static/app.js")).headers["etag"]
    again = await visitor.get("/static/app.js", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")


async def test_text_is_compressed_for_those_who_can_read_it(visitor: httpx2.AsyncClient) -> None:
    plain = await visitor.get("/static/app.css", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    squeezed = await visitor.get("/static/app.css", headers={"Accept-Encoding": "gzip"})
    assert squeezed.headers["content-encoding"] == "gzip"
    assert squeezed.headers["etag"] != plain.headers["etag"]
    assert squeezed.content == plain.content


@pytest.mark.parametrize(
    "path",
    ["nothing.css", "../site.py", "%2e%2e/site.py", "..%2fsite.py", "vendor/htmx/LICENSE", "vendor/.stamp"],
)
async def test_there_is_no_other_file(visitor: httpx2.AsyncClient, path: str) -> None:
    assert (await visitor.get(f"/static/{path}")).status_code == 404


def test_a_version_changes_with_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a{}")
    before = Assets(tmp_path)
    (tmp_path / "a.css").write_text("b{}")
    after = Assets(tmp_path)
    assert before.url("a.css") != after.url("a.css")
    assert gzip.decompress(after.read("a.css", squeezed=True)) == b"b{}"


def test_a_file_that_is_missing_cannot_be_named(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        Assets(tmp_path).url("a.css")
