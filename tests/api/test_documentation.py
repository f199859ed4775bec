"""The OpenAPI document and Swagger UI."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest

from chargeyard.api.app import create_app
from tests.api.yard import Menu, Yard

REFERENCE = Path(__file__).parents[2] / "docs" / "reference" / "rest.md"
METHODS = ("get", "put", "post", "patch", "delete")


class ClashingMenu(Menu):
    """Has a schema with the name of one of ours."""

    def components(self) -> dict[str, dict[str, Any]]:
        return {"Problem": {}}


async def document_of(client: httpx2.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/openapi.json")
    assert answer.headers["content-type"].startswith("application/json")
    return dict(answer.json())


def references(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        if isinstance(tree.get("$ref"), str):
            yield tree["$ref"]
        for branch in tree.values():
            yield from references(branch)
    elif isinstance(tree, list):
        for branch in tree:
            yield from references(branch)


async def test_the_document_is_whole(client: httpx2.AsyncClient) -> None:
    document = await document_of(client)
    assert document["openapi"].startswith("3.1.")
    schemas = document["components"]["schemas"]
    assert all(re.fullmatch(r"[a-zA-Z0-9._-]+", name) for name in schemas)
    targets = {f"#/components/schemas/{name}" for name in schemas}
    assert set(references(document)) <= targets
    ids = [
        item[method]["operationId"]
        for item in document["paths"].values()
        for method in METHODS
        if method in item
    ]
    assert len(set(ids)) == len(ids)


async def test_parameters_stand_in_their_paths(client: httpx2.AsyncClient) -> None:
    for path, item in (await document_of(client))["paths"].items():
        for operation in (item[method] for method in METHODS if method in item):
            named = {one["name"] for one in operation.get("parameters", ()) if one["in"] == "path"}
            assert named == set(re.findall(r"{(\w+)}", path)), path
            assert operation["summary"]
            assert operation["tags"]


async def test_every_error_is_described_as_a_problem(client: httpx2.AsyncClient) -> None:
    for path, item in (await document_of(client))["paths"].items():
        for operation in (item[method] for method in METHODS if method in item):
            errors = {key: told for key, told in operation["responses"].items() if key >= "400"}
            assert errors, path
            assert all(list(told["content"]) == ["application/problem+json"] for told in errors.values()), (
                path
            )


async def test_commands_name_what_may_become_of_them(client: httpx2.AsyncClient) -> None:
    operation = (await document_of(client))["paths"]["/charge-point/{cpId}/hard-reset"]["post"]
    assert {"200", "202", "401", "404", "409", "422", "502", "504"} <= set(operation["responses"])
    assert {one["name"] for one in operation["parameters"]} == {"cpId", "Idempotency-Key", "Prefer"}


async def test_each_message_has_its_operation(client: httpx2.AsyncClient) -> None:
    paths = (await document_of(client))["paths"]
    reset = paths["/charge-point/{cpId}/command/Reset"]["post"]
    body = reset["requestBody"]["content"]["application/json"]["schema"]
    assert body == {"anyOf": [{"$ref": "#/components/schemas/one.ResetRequest"}, {"type": "object"}]}
    assert reset["description"] == "Known to one, two."
    answer = reset["responses"]["200"]["content"]["application/json"]["schema"]
    assert answer["allOf"][0] == {"$ref": "#/components/schemas/CommandAnswer"}
    sent = paths["/charge-point/{cpId}/command/NotifyPeriodicEventStream"]["post"]
    assert sent["responses"]["200"] != reset["responses"]["200"]


async def test_two_schemas_of_one_name_are_refused(yard: Yard) -> None:
    with pytest.raises(ValueError, match="Problem"):
        create_app(msgspec.structs.replace(yard.services, menu=ClashingMenu()))


async def test_the_page_needs_no_other_server(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "//" not in page.text
    assert '"/openapi.json"' in page.text
    assets = Path(__file__).parents[2] / "src" / "chargeyard" / "web"
    linked = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(linked) >= 3
    assert [link for link in linked if not (assets / link.lstrip("/")).is_file()] == []


async def test_every_path_is_in_the_reference(client: httpx2.AsyncClient) -> None:
    reference = REFERENCE.read_text("utf-8")
    document = await document_of(client)
    names = {"Reset": "{command}", "NotifyPeriodicEventStream": "{command}"}
    rows = set()
    for path, item in document["paths"].items():
        shown = re.sub(r"(Reset|NotifyPeriodicEventStream)$", lambda found: names[found[0]], path)
        rows |= {f"| `{method.upper()} {shown}`" for method in METHODS if method in item}
    assert {row for row in rows if row not in reference} == set()
