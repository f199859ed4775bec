"""The OpenAPI document, and Swagger UI from our own files.

The document is made once, when the application is made: it takes a while and would hold the event loop. Litestar
describes the handlers; what it cannot know is added here: problems instead of its own errors, how to log in, and
one operation for each OCPP message that can be sent by name.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme, Tag

from chargeyard.api import problems
from chargeyard.api.services import Given
from chargeyard.services.ports import Menu, MenuItem

DOCUMENT_PATH = "/openapi.json"
_BY_NAME = "/charge-point/{cpId}/command/{command}"
_MESSAGES = "messages"
_LIST_NAME = re.compile(rb"\bItems_(?:\w+\.)*(\w+)_(?=\")")
"""Litestar names `Items[ChargePointRow]` by its whole module path; readers want `ChargePointRowList`."""
_METHODS = frozenset(("get", "put", "post", "patch", "delete"))

_PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457 problem details; further members by type.",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "enum": [kind.type for kind in problems.KINDS]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {"type": "array", "items": {"type": "object"}},
    },
}

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chargeyard API</title>
<link rel="icon" href="/static/vendor/swagger-ui/favicon-32x32.png">
<link rel="stylesheet" href="/static/vendor/swagger-ui/swagger-ui.css">
</head>
<body>
<div id="swagger-ui"></div>
<script src="/static/vendor/swagger-ui/swagger-ui-bundle.js"></script>
<script>
SwaggerUIBundle({url: "/openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "list",
  filter: true, validatorUrl: null, presets: [SwaggerUIBundle.presets.apis]});
</script>
</body>
</html>
"""


class SwaggerPage(OpenAPIRenderPlugin):
    """Swagger UI that reads `/openapi.json` by itself instead of carrying the document in the page."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The page; the same for everybody."""
        del request, openapi_schema
        return _PAGE.encode()


class Document:
    """The document as bytes; empty until `write` has been called."""

    def __init__(self) -> None:
        self.content = b""

    def write(self, app: Litestar, menu: Menu) -> None:
        """Make the document of `app`. Raises ValueError if a message's schema has the name of one of ours."""
        tree = app.openapi_schema.to_schema()
        _describe_problems(tree)
        _describe_messages(tree, menu)
        self.content = _LIST_NAME.sub(rb"\1List", msgspec.json.encode(tree))


@get(DOCUMENT_PATH, include_in_schema=False)
async def get_document(document: Given[Document]) -> Response[bytes]:
    """The document, to whoever has logged in."""
    return Response(document.content, media_type="application/json")


def openapi_config(version: str) -> OpenAPIConfig:
    """What Litestar is told about the document."""
    return OpenAPIConfig(
        title="Chargeyard",
        version=version,
        description="Charge points, transactions, id tokens and commands. Errors are RFC 9457 problem details.",
        path="/docs",
        render_plugins=[SwaggerPage(path="/")],
        use_handler_docstrings=False,
        tags=[Tag(name=name) for name in _TAGS],
        security=[{"password": []}, {"apiKey": []}],
        components=Components(
            security_schemes={
                "password": SecurityScheme(
                    type="http", scheme="basic", description="An operator's password."
                ),
                "apiKey": SecurityScheme(
                    type="http", scheme="bearer", description="A key of `POST /api-key`."
                ),
            }
        ),
    )


_TAGS = (
    "charge points",
    "commands",
    "transactions",
    "id tokens",
    "history",
    "API keys",
    "health",
    _MESSAGES,
)


def _describe_problems(tree: dict[str, Any]) -> None:
    schemas = tree["components"]["schemas"]
    schemas["Problem"] = _PROBLEM_SCHEMA
    for path, item in tree["paths"].items():
        for operation in _operations(item):
            for status in _error_statuses(path, operation):
                operation["responses"][status] = _problem_response(int(status))
            if "commands" in operation.get("tags", ()):
                accepted = {**operation["responses"]["200"], "description": "Under way; see `Location`"}
                operation["responses"]["202"] = accepted
    tree["paths"]["/healthz"]["get"]["security"] = []


def _error_statuses(path: str, operation: Mapping[str, Any]) -> set[str]:
    statuses = {status for status in operation["responses"] if status >= "400"} | {"500"}
    if path == "/healthz":
        return statuses
    statuses |= {"401", "403", "429", "503"}
    if "{" in path or path.endswith("/start"):
        statuses.add("404")
    if operation.get("parameters") or "requestBody" in operation:
        statuses.add("400")
    if "requestBody" in operation:
        statuses |= {"409", "413", "422"}
    if "commands" in operation.get("tags", ()):
        statuses |= {"409", "422", "502", "504"}
    return statuses


def _problem_response(status: int) -> dict[str, Any]:
    titles = [kind.title for kind in problems.KINDS if kind.status == status]
    content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "; ".join(titles), "content": content}


def _operations(item: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    return (operation for method, operation in item.items() if method in _METHODS)


def _describe_messages(tree: dict[str, Any], menu: Menu) -> None:
    """One path for each message, made after the operation that takes any of them."""
    schemas = tree["components"]["schemas"]
    for name, schema in menu.components().items():
        if name in schemas:
            raise ValueError(f"two schemas are called {name}")
        schemas[name] = schema
    general = tree["paths"][_BY_NAME]["post"]
    general["requestBody"] = {"content": {"application/json": {"schema": {"type": "object"}}}}
    for action, items in sorted(_by_action(menu.actions()).items()):
        path = _BY_NAME.replace("{command}", action)
        tree["paths"][path] = {"post": _message_operation(general, action, items)}


def _by_action(items: Iterable[MenuItem]) -> dict[str, list[MenuItem]]:
    found: dict[str, list[MenuItem]] = {}
    for item in items:
        found.setdefault(item.action, []).append(item)
    return found


def _message_operation(general: Mapping[str, Any], action: str, items: list[MenuItem]) -> dict[str, Any]:
    requests = [item.request_schema for item in items]
    answers = [item.response_schema for item in items if item.response_schema is not None]
    versions = [version for item in items for version in item.versions]
    return {
        **general,
        "tags": [_MESSAGES],
        "summary": f"Send {action}",
        "description": f"Known to {', '.join(dict.fromkeys(versions))}.",
        "operationId": f"Send{action}",
        "parameters": [one for one in general["parameters"] if one["name"] != "command"],
        "requestBody": {"content": {"application/json": {"schema": _either(requests)}}, "required": True},
        "responses": _with_answer(general["responses"], answers),
    }


def _with_answer(responses: Mapping[str, Any], answers: list[dict[str, Any]]) -> dict[str, Any]:
    """The responses with the charge point's answer inside the envelope."""
    if not answers:
        return dict(responses)
    inside = {"type": "object", "properties": {"answer": _either([*answers, {"type": "null"}])}}
    envelope = responses["200"]["content"]["application/json"]["schema"]
    content = {"application/json": {"schema": {"allOf": [envelope, inside]}}}
    return {**responses, "200": {**responses["200"], "content": content}}


def _either(schemas: list[dict[str, Any]]) -> dict[str, Any]:
    return schemas[0] if len(schemas) == 1 else {"anyOf": schemas}
