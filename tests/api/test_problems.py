"""Every error is a problem with a stable type, and docs/reference/rest.md knows it."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from litestar import get
from litestar.exceptions import InternalServerException

from chargeyard.api.problems import KINDS
from chargeyard.errors import Poisoned, Unavailable
from tests.api.yard import PASSWORD, Open

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "rest.md"
GOOD = httpx2.BasicAuth("admin", PASSWORD)


@get("/fault", sync_to_thread=False, include_in_schema=False)
def fault() -> None:
    raise RuntimeError("a password stands here")


@get("/framework-fault", sync_to_thread=False, include_in_schema=False)
def framework_fault() -> None:
    raise InternalServerException("a password stands here")


@get("/away", sync_to_thread=False, include_in_schema=False)
def away() -> None:
    raise Unavailable("disk full at /secret/path")


@get("/poison", sync_to_thread=False, include_in_schema=False)
def poison() -> None:
    raise Poisoned("UNIQUE failed: secret table")


FAULTS = [
    ("GET", "/nothing", {}, 404, "not-found"),
    ("PUT", "/charge-point", {}, 405, "method-not-allowed"),
    ("POST", "/id-token", {"content": b"{"}, 400, "invalid-request"),
    ("POST", "/id-token", {"content": b""}, 400, "invalid-request"),
    ("POST", "/id-token", {"content": b'{"idToken": "' + b"x" * (1 << 20) + b'"}'}, 413, "too-large"),
    ("POST", "/id-token", {"content": b"[" * 100_000}, 400, "invalid-request"),
    ("GET", "/fault", {}, 500, "internal-error"),
    ("GET", "/framework-fault", {}, 500, "internal-error"),
    ("GET", "/away", {}, 503, "unavailable"),
    ("GET", "/poison", {}, 422, "not-storable"),
]


@pytest.mark.parametrize(("method", "path", "content", "status", "word"), FAULTS)
async def test_each_error_is_a_problem(
    open_client: Open, *, method: str, path: str, content: dict[str, Any], status: int, word: str
) -> None:
    client = open_client(pages=(fault, framework_fault, away, poison))
    answer = await client.request(method, path, auth=GOOD, **content)
    assert answer.status_code == status
    assert answer.headers["content-type"].startswith("application/problem+json")
    told = answer.json()
    assert (told["type"], told["status"]) == (f"urn:chargeyard:problem:{word}", status)
    assert told["title"]
    assert "secret" not in answer.text
    assert "password" not in answer.text


async def test_a_wrong_field_is_named_and_its_value_is_not(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/charge-point", json={"cpId": "CP1", "password": "p" * 99})
    (told,) = answer.json()["errors"]
    assert (told["in"], told["name"]) == ("body", "password")
    assert "p" * 99 not in answer.text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("connector-unlock?connectorId=x", "connectorId"),
        ("change-availability?type=Broken", "type"),
        ("change-configurations?key=&value=1", "key"),
    ],
)
async def test_a_wrong_parameter_has_the_name_that_was_sent(
    client: httpx2.AsyncClient, path: str, name: str
) -> None:
    await client.post("/charge-point", json={"cpId": "CP1"})
    (told,) = (await client.post(f"/charge-point/CP1/{path}")).json()["errors"]
    assert (told["in"], told["name"]) == ("query", name)


async def test_methods_that_are_allowed_are_named(client: httpx2.AsyncClient) -> None:
    allowed = (await client.put("/charge-point")).headers["Allow"]
    assert {"GET", "POST"} <= {name.strip() for name in allowed.split(",")}


def test_types_are_unique_and_documented() -> None:
    words = [kind.word for kind in KINDS]
    assert len(set(words)) == len(words)
    reference = REFERENCE.read_text("utf-8")
    rows = {f"| `{kind.word}` | {kind.status} | {kind.title} |" for kind in KINDS}
    assert {row for row in rows if row not in reference} == set()
