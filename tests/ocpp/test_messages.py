"""The generated message classes against the JSON schemas they were made from.

The schemas come from the development dependency `ocpp` and are judged by `jsonschema`. Two ways: a sweep that
breaks every field of every message in every way we know, and messages invented by hypothesis. The profile
`HYPOTHESIS_PROFILE=thorough` repeats the sweep inside every use of a shared definition and invents more.
"""

import functools
import json
import os
from collections.abc import Iterator
from importlib.resources import files
from typing import Any, NamedTuple

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis_jsonschema import from_schema
from jsonschema.protocols import Validator

from chargeyard.ocpp import v16, v21, v201

Schema = dict[str, Any]
Path = tuple[str | int, ...]

CATALOGUES = {"v16": v16.CATALOGUE, "v201": v201.CATALOGUE, "v21": v21.CATALOGUE}
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "thorough"
EXAMPLES = 50 if THOROUGH else 3

# Where our classes judge otherwise than the schema, on purpose: (version, where, what is odd) -> (the schema
# takes it, we take it). `where` is the message and the names of its fields, or * for anywhere.
DIFFERENCES = {
    # JSON Schema since draft 6 counts 5.0 as an integer; a strict reader must not guess.
    ("v16", "*", "whole float for integer"): (True, False),
    ("v201", "*", "whole float for integer"): (True, False),
    ("v21", "*", "whole float for integer"): (True, False),
    # 0.3 is no multiple of 0.1 in binary floats: a limit nobody can check there refuses what is right.
    ("v16", "*", "not a multiple"): (False, True),
    # One MeterValue class for MeterValues and StopTransaction; the schema of the latter has no such limit.
    ("v16", "MeterValuesRequest.meterValue.sampledValue", "no items"): (False, True),
}


class Oddity(NamedTuple):
    """One way to change one place of a message."""

    where: str
    what: str
    path: Path
    value: Any


def load(version: str, name: str) -> Schema:
    """The schema as the package ships it; 1.6 requests and 2.1's SEND have no suffix in the file name."""
    folder = files("ocpp").joinpath(version, "schemas")
    path = folder.joinpath(f"{name}.json")
    if not path.is_file():
        path = folder.joinpath(f"{name.removesuffix('Request')}.json")
    schema: Schema = json.loads(path.read_text(encoding="utf-8-sig"))
    return schema


def messages(version: str) -> Iterator[str]:
    for path in sorted(files("ocpp").joinpath(version, "schemas").iterdir(), key=lambda path: path.name):
        name = path.name.removesuffix(".json")
        yield name if name.endswith(("Request", "Response")) else f"{name}Request"


MESSAGES = [(version, name) for version in CATALOGUES for name in messages(version)]


@functools.cache
def validator(version: str, name: str) -> Validator:
    """Draft 6, as nearly all schemas say; most of 1.6 says draft 4 but uses nothing that changed."""
    return jsonschema.Draft6Validator(load(version, name))


def taken(version: str, name: str, value: Any) -> bool:
    """Our verdict; what is taken must also survive being written again."""
    raw = json.dumps(value).encode()
    action = CATALOGUES[version][name.removesuffix("Request").removesuffix("Response")]
    read = action.read_request if name.endswith("Request") else action.read_response
    try:
        message = read(raw)
    except msgspec.ValidationError:
        return False
    assert same(json.loads(msgspec.json.encode(message)), value), name
    return True


def same(one: Any, other: Any) -> bool:
    """Equal JSON; a number field holds a float, so there (and only there) large integers may lose digits."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and type(other) is int:
        return one == float(other)
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def expanded(version: str, name: str) -> Schema:
    """The schema with its references written out; hypothesis-jsonschema stumbles over `$id`."""
    schema = load(version, name)
    definitions = schema.get("definitions", {})

    def expand(node: Any, covers: str = "") -> Any:
        if isinstance(node, list):
            return [expand(item) for item in node]
        if not isinstance(node, dict):
            return node
        if "$ref" in node:
            key = node["$ref"].rpartition("/")[2]
            return expand(definitions[key]) | {"definition": key}
        return {
            key: expand(value) for key, value in node.items() if key not in ("definitions", "$id", "$schema")
        }

    result: Schema = expand(schema)
    return result


# ---------------------------------------------------------------- the sweep


def example(node: Schema, known: set[str]) -> Any:
    """A valid value; every optional field is present, but for those inside definitions that are `known`."""
    kind = node.get("type", "string")
    if kind == "object":
        properties = node.get("properties", {})
        wanted = node.get("required", ()) if node.get("definition") in known else properties
        return {key: example(properties[key], known) for key in wanted}
    if kind == "array":
        return [example(node["items"], known)] * max(1, node.get("minItems", 0))
    if kind == "string":
        return node.get("enum", ["x"])[0]
    if kind == "boolean":
        return True
    number = min(max(1, node.get("minimum", 1)), node.get("maximum", 1))
    return int(number) if kind == "integer" else float(number)


def oddities(node: Schema, value: Any, where: str, path: Path = ()) -> Iterator[Oddity]:
    """Every way to change `value`, and everything inside it, that could make it invalid or is a limit."""
    if "type" not in node:
        return
    yield from (Oddity(where, what, path, odd) for what, odd in ODD[node["type"]](node, value))
    yield Oddity(where, "null", path, None)
    if node["type"] == "object":
        for key, child in node.get("properties", {}).items():
            if key in value:
                yield from oddities(child, value[key], f"{where}.{key}", (*path, key))
    elif node["type"] == "array" and value:
        yield from oddities(node["items"], value[0], where, (*path, 0))


def odd_objects(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    yield "array for object", [value]
    yield "text for object", "x"
    yield "further field", value | {"zzFurther": 1}
    for key in value:
        yield f"{key} left out", {name: child for name, child in value.items() if name != key}


def odd_arrays(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    item = value[0] if value else example(node["items"], set())
    yield "item for array", item
    yield "object for array", {}
    yield "no items", []
    most = node.get("maxItems", 3)
    yield "most items", [item] * most
    yield "too many items", [item] * (most + 1)


def odd_strings(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    yield "number for text", 5
    yield "array for text", [value]
    yield "empty text", ""
    yield "other text", "Nope"
    for listed in node.get("enum", ()):
        yield "listed text", listed
        yield "listed text in lower case", listed.lower()
    longest = node.get("maxLength", 0)
    yield "longest text", "z" * longest
    yield "longest text beyond the BMP", "\N{ELECTRIC PLUG}" * longest
    yield "too long text", "z" * (longest + 1)


def odd_integers(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    yield "whole float for integer", float(value)
    yield "float for integer", value + 0.5
    yield "large integer", 2**70
    yield from odd_numbers(node, value)


def odd_numbers(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    yield "text for number", str(value)
    yield "boolean for number", True
    least, most = node.get("minimum", -(10**6)), node.get("maximum", 10**6)
    yield "least", int(least)
    yield "too little", int(least) - 1
    yield "most", int(most)
    yield "too much", int(most) + 1
    if "multipleOf" in node:
        yield "not a multiple", node["multipleOf"] * 1.5


def odd_booleans(node: Schema, value: Any) -> Iterator[tuple[str, Any]]:
    yield "number for boolean", 1
    yield "text for boolean", "true"
    yield "the other", not value


ODD = {
    "object": odd_objects,
    "array": odd_arrays,
    "string": odd_strings,
    "integer": odd_integers,
    "number": odd_numbers,
    "boolean": odd_booleans,
}


def replaced(value: Any, path: Path, odd: Any) -> Any:
    """A copy of `value` with `odd` at `path`."""
    if not path:
        return odd
    key, *rest = path
    changed = value.copy()
    changed[key] = replaced(value[key], tuple(rest), odd)
    return changed


def assert_same_verdict(version: str, name: str, value: Any, oddity: Oddity) -> None:
    odd = replaced(value, oddity.path, oddity.value)
    verdicts = validator(version, name).is_valid(odd), taken(version, name, odd)
    for where in (oddity.where, "*"):
        if (expected := DIFFERENCES.get((version, where, oddity.what))) is not None:
            assert verdicts == expected, oddity
            return
    assert verdicts[0] == verdicts[1], (oddity, "schema, we:", verdicts)


@functools.cache
def first_uses(version: str) -> dict[str, str]:
    """The first message, by name, that carries each definition: it sweeps the class for all others."""
    first: dict[str, str] = {}
    for name in messages(version):
        for key in load(version, name).get("definitions", {}):
            first.setdefault(key, name)
    return first


def without(node: Any, known: set[str]) -> Any:
    """The schema with known definitions as mere objects or texts: broken as a whole, not field by field."""
    if not isinstance(node, dict):
        return node
    if node.get("definition") in known:
        return {"type": node["type"]}
    return {key: without(value, known) for key, value in node.items()}


@pytest.mark.parametrize(("version", "name"), MESSAGES)
def test_every_broken_field_is_judged_as_the_schema_does(version: str, name: str) -> None:
    schema = expanded(version, name)
    known = set() if THOROUGH else {key for key, first in first_uses(version).items() if first != name}
    value = example(schema, known)
    assert validator(version, name).is_valid(value)
    assert taken(version, name, value)
    for oddity in oddities(without(schema, known), value, name):
        assert_same_verdict(version, name, value, oddity)


# ---------------------------------------------------------------- hypothesis


def cheap(node: Any) -> Any:
    """A narrower schema whose every value is valid: short arrays, simple vendor keys, no prose keywords."""
    if not isinstance(node, dict):
        return node
    if node.get("definition") == "CustomDataType":
        scalar = {"type": ["null", "boolean", "integer", "string"]}
        properties = node["properties"] | {"more": scalar, "vendor-key": scalar}
        return {
            "type": "object",
            "properties": properties,
            "required": ["vendorId"],
            "additionalProperties": False,
        }
    kept = {key: cheap(value) for key, value in node.items() if key in CHEAP_KEYWORDS}
    if "properties" in node:
        kept["properties"] = {key: cheap(value) for key, value in node["properties"].items()}
    if node.get("type") == "object":
        kept["additionalProperties"] = False
    if node.get("type") == "array":
        kept["maxItems"] = min(node.get("maxItems", 2), max(2, node.get("minItems", 0)))
    return kept


CHEAP_KEYWORDS = {"type", "enum", "items", "required", "minItems", "maxLength", "minimum", "maximum"}


@pytest.mark.parametrize(("version", "name"), MESSAGES)
def test_invented_messages_survive_and_broken_ones_are_judged_as_the_schema_does(
    version: str, name: str
) -> None:
    schema = expanded(version, name)

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(value=from_schema(cheap(schema)), pick=st.randoms(use_true_random=False))
    def judge(value: Any, pick: Any) -> None:
        assert taken(version, name, value)
        if choices := list(oddities(schema, value, name)):
            assert_same_verdict(version, name, value, pick.choice(choices))

    judge()


# ---------------------------------------------------------------- what the schemas do not say


def test_a_stop_transaction_may_measure_hertz() -> None:
    sample = {"value": "50.0", "measurand": "Frequency", "unit": "Hertz"}
    data = [{"timestamp": "2026-01-01T00:00:00Z", "sampledValue": [sample]}]
    stop = {"meterStop": 1, "timestamp": "2026-01-01T00:00:00Z", "transactionId": 1, "transactionData": data}
    assert not validator("v16", "StopTransactionRequest").is_valid(stop)
    assert taken("v16", "StopTransactionRequest", stop)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@settings(derandomize=True, database=None)
@given(data=JSON_VALUES)
@pytest.mark.parametrize("version", ["v201", "v21"])
def test_vendor_data_of_any_kind_survives(version: str, data: Any) -> None:
    assert taken(version, "HeartbeatRequest", {"customData": {"vendorId": "x", "more": data}})
    assert taken(version, "DataTransferRequest", {"vendorId": "x", "data": data})
