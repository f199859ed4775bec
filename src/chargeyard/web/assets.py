"""The files that the browser gets: our own and, below `vendor/`, those that the build hook fetched.

A page names a file by its content (`?v=` and a piece of its hash), so a browser may keep it for ever and
still gets the new one after an upgrade. The list is made once, at start; a path that is not in it does not
exist, so there is no path to climb out by.
"""

import asyncio
import gzip
import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

STATIC = Path(__file__).parent / "static"
PREFIX = "/static/"

MEDIA_TYPES: Mapping[str, str] = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}
"""What is served; other files (licences, notes) stay in the package."""

FOR_EVER = "public, max-age=31536000, immutable"
FOR_AN_HOUR = "public, max-age=3600"


class Asset(Struct, frozen=True):
    """One file and the beginning of the hash of its content."""

    file: Path
    version: str

    @property
    def media_type(self) -> str:
        return MEDIA_TYPES[self.file.suffix]

    @property
    def squeezable(self) -> bool:
        """Text shrinks to a fifth; pictures and fonts are compressed already."""
        return self.file.suffix in (".css", ".js", ".svg")


class Assets:
    """All files below `root`, found once."""

    def __init__(self, root: Path = STATIC) -> None:
        files = sorted(file for file in root.rglob("*") if file.suffix in MEDIA_TYPES and file.is_file())
        self._squeezed: dict[str, bytes] = {}
        self._found = {file.relative_to(root).as_posix(): Asset(file, _version(file)) for file in files}

    def find(self, name: str) -> Asset | None:
        """The file of that name (`app.css`, `vendor/htmx/htmx.min.js`), None if there is none."""
        return self._found.get(name)

    def url(self, name: str) -> str:
        """The address of a file, with its version. Raises `KeyError` if it was not there at start."""
        return f"{PREFIX}{name}?v={self._found[name].version}"

    def read(self, name: str, squeezed: bool) -> bytes:
        """The content, gzipped if wanted: each file is compressed once, when it is first asked for. Blocks."""
        if not squeezed:
            return self._found[name].file.read_bytes()
        if name not in self._squeezed:
            self._squeezed[name] = gzip.compress(self._found[name].file.read_bytes(), 9, mtime=0)
        return self._squeezed[name]


def route(assets: Assets) -> HTTPRouteHandler:
    """The handler that serves `assets`, to anybody."""

    @get(PREFIX + "{name:path}", include_in_schema=False, opt={"public": True})
    async def serve(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
        asset = assets.find(name.lstrip("/"))
        if asset is None:
            raise NotFoundException
        headers = _headers(asset, request)
        if headers["ETag"] in request.headers.get("If-None-Match", ""):
            return Response(b"", status_code=304, headers=headers, media_type=asset.media_type)
        squeezed = "Content-Encoding" in headers
        body = await asyncio.to_thread(assets.read, name.lstrip("/"), squeezed)
        return Response(body, headers=headers, media_type=asset.media_type)

    return serve


def _headers(asset: Asset, request: Request[Any, Any, Any]) -> dict[str, str]:
    headers = {
        "Cache-Control": FOR_EVER if request.query_params.get("v") == asset.version else FOR_AN_HOUR,
        "ETag": f'"{asset.version}"',
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if asset.squeezable and "gzip" in request.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        headers["ETag"] = f'"{asset.version}-gzip"'
    return headers


def _version(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12]
