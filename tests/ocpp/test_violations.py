from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeyard.ocpp.violations import (
    MAX_DETAIL,
    Fault,
    Violated,
    Violation,
    classify,
    has_repeated_keys,
    read,
    repeated_keys,
)
from tests.ocpp.messages import Empty, Report
from tests.ocpp.spellings import SPELLING_2X, SPELLING_16

GOOD = {"connectorId": 1, "errorCode": "NoError"}
read_report = msgspec.json.Decoder(Report).decode


def refused(payload: bytes) -> Violation:
    with pytest.raises(Violated) as caught:
        read(payload, read_report)
    return caught.value.violation


def refused_member(**members: object) -> Violation:
    return refused(json.dumps(GOOD | members).encode())


def reading(**sample: object) -> list[object]:
    return [{"timestamp": "t", "sampledValue": [{"value": "1"} | sample]}]


FORMS = [
    ({"connectorId": None}, Fault.TYPE, "$.connectorId"),
    ({"connectorId": "1"}, Fault.TYPE, "$.connectorId"),
    ({"connectorId": 1.5}, Fault.TYPE, "$.connectorId"),
    ({"connectorId": -1}, Fault.VALUE, "$.connectorId"),
    ({"connectorId": 1001}, Fault.VALUE, "$.connectorId"),
    ({"connectorId": 10**30}, Fault.VALUE, "$.connectorId"),
    ({"errorCode": 1}, Fault.TYPE, "$.errorCode"),
    ({"errorCode": "secret"}, Fault.VALUE, "$.errorCode"),
    ({"idTag": "secret" * 4}, Fault.VALUE, "$.idTag"),
    ({"idTag": ""}, Fault.VALUE, "$.idTag"),
    ({"online": "true"}, Fault.TYPE, "$.online"),
    ({"limit": -0.5}, Fault.VALUE, "$.limit"),
    ({"limit": 0.7}, Fault.VALUE, "$.limit"),
    ({"retries": 3}, Fault.VALUE, "$.retries"),
    ({"code": "secret"}, Fault.VALUE, "$.code"),
    ({"readings": {}}, Fault.TYPE, "$.readings"),
    ({"readings": [{"timestamp": "t", "sampledValue": []}]}, Fault.VALUE, "$.readings[0].sampledValue"),
    ({"readings": reading() * 3}, Fault.VALUE, "$.readings"),
    ({"readings": [{"timestamp": "t"}]}, Fault.MISSING, "$.readings[0].sampledValue"),
    ({"readings": reading(value=5)}, Fault.TYPE, "$.readings[0].sampledValue[0].value"),
    ({"readings": reading(unit="secret")}, Fault.VALUE, "$.readings[0].sampledValue[0].unit"),
    ({"readings": reading(vendor="secret")}, Fault.EXTRA, "$.readings[0].sampledValue[0].vendor"),
    ({"customData": []}, Fault.TYPE, "$.customData"),
    ({"oops": "secret"}, Fault.EXTRA, "$.oops"),
]


@pytest.mark.parametrize(("members", "fault", "path"), FORMS)
def test_each_message_form_becomes_a_fault_with_its_path(members: Any, fault: Fault, path: str) -> None:
    violation = refused_member(**members)
    assert (violation.fault, violation.path) == (fault, path)
    assert "secret" not in violation.detail
    assert path in violation.detail


@pytest.mark.parametrize(
    ("payload", "fault", "path"),
    [
        (b"{}", Fault.MISSING, "$.connectorId"),
        (b"[]", Fault.TYPE, "$"),
        (b"null", Fault.TYPE, "$"),
        (b'"x"', Fault.TYPE, "$"),
        (b"", Fault.NOT_JSON, "$"),
        (b'{"connectorId":1,}', Fault.NOT_JSON, "$"),
        (b'{"connectorId":NaN}', Fault.NOT_JSON, "$"),
        (b'{"connectorId":1', Fault.NOT_JSON, "$"),
        (b'{"connectorId":1,"errorCode":"NoError","idTag":"\\ud800"}', Fault.NOT_JSON, "$"),
        (b'{"connectorId":1,"errorCode":"NoError","idTag":"\xff"}', Fault.NOT_JSON, "$"),
        (b'{"connectorId":1,"errorCode":"NoError","limit":1e999}', Fault.VALUE, "$.limit"),
        (
            b'{"connectorId":1,"errorCode":"NoError","customData":{"a":1e999}}',
            Fault.VALUE,
            "$.customData[...]",
        ),
        (b'{"connectorId":1,"connectorId":2,"errorCode":"NoError"}', Fault.DUPLICATE_KEY, "$"),
        (
            b'{"connectorId":1,"errorCode":"NoError","customData":{"a":1,"\\u0061":2}}',
            Fault.DUPLICATE_KEY,
            "$",
        ),
        (b'{"connectorId":1,"errorCode":"NoError","idTag":"a\\u0010"}', Fault.VALUE, "$"),
        (b'{"connectorId":1,"errorCode":"NoError","idTag":"a\\\\\\b"}', Fault.VALUE, "$"),
        (b'{"connectorId":1,"errorCode":"NoError","customData":{"a":' + b"[" * 100_000, Fault.NOT_JSON, "$"),
    ],
)
def test_payloads_that_break_the_schema_or_json_itself(payload: bytes, fault: Fault, path: str) -> None:
    violation = refused(payload)
    assert (violation.fault, violation.path) == (fault, path)


def test_what_looks_like_a_control_character_but_is_a_backslash_and_text_passes() -> None:
    report = read(b'{"connectorId":1,"errorCode":"NoError","idTag":"\\\\u0010\\n\\u00e9"}', read_report)
    assert report.id_tag == "\\u0010\n\u00e9"


def test_names_made_up_by_the_sender_do_not_reach_the_detail() -> None:
    violation = refused_member(**{"` - at `$.x`": 1})
    assert (violation.fault, violation.path) == (Fault.EXTRA, "$.?")
    assert refused_member(**{"k" * 5000: 1}).path == "$.?"


def test_an_unexpected_message_is_generic_and_is_not_repeated() -> None:
    violation = classify(msgspec.ValidationError("password hunter2 is bad - at `$.a`"))
    assert violation == Violation(Fault.GENERIC, "not acceptable at $.a", "$.a")


def test_a_detail_fits_an_error_description() -> None:
    long_path = "$" + ".member" * 60
    violation = classify(msgspec.ValidationError(f"Expected `int` - at `{long_path}`"))
    assert len(violation.detail) == MAX_DETAIL
    assert violation.path == long_path


def test_a_key_of_an_object_has_the_path_of_its_object() -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(b'{"a":{"b":1}}', type=dict[str, dict[int, int]])
    assert classify(caught.value).path == "$[...]"


@pytest.mark.parametrize("spelling", [SPELLING_16, SPELLING_2X])
def test_every_fault_is_spelled(spelling: dict[Fault, str]) -> None:
    assert set(spelling) == set(Fault)


keys = st.sampled_from(["a", "b", "a:", "\\u003a", "é", '"', "u"])
scalars = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.sampled_from(["", ":", "::", "\\", "a:b"])
)


class Pairs(list[tuple[str, object]]):
    """An object whose keys may repeat, as a list of members."""


def members_of(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Pairs]:
    return st.lists(st.tuples(keys, inner), max_size=4).map(Pairs)


values = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | members_of(inner), max_leaves=8)


def written(value: object, ascii_only: bool) -> str:
    if isinstance(value, Pairs):
        members = (f"{json.dumps(key, ensure_ascii=ascii_only)}:{written(x, ascii_only)}" for key, x in value)
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(x, ascii_only) for x in value) + "]"
    return json.dumps(value, ensure_ascii=ascii_only)


def repeats(value: object) -> bool:
    if isinstance(value, Pairs):
        return len({key for key, _ in value}) != len(value) or any(repeats(x) for _, x in value)
    return isinstance(value, list) and any(map(repeats, value))


@given(values, st.booleans(), st.booleans())
@settings(max_examples=600, derandomize=True, deadline=None)
def test_counting_colons_finds_exactly_the_repeated_keys(
    value: object, ascii_only: bool, escaped: bool
) -> None:
    text = written(value, ascii_only)
    if escaped:
        text = text.replace('"a"', '"\\u0061"', 1)
    raw = text.encode()
    assert repeated_keys(raw, msgspec.json.decode(raw)) == repeats(value)
    assert has_repeated_keys(raw) == repeats(value)


def test_members_that_the_type_ignores_are_left_to_the_exact_check() -> None:
    class Ignoring(msgspec.Struct):
        a: int = 0

    assert not repeated_keys(b'{"a":1,"b":2}', Ignoring(a=1))
    assert repeated_keys(b'{"a":1,"b":2,"b":3}', Ignoring(a=1))


def test_a_typed_message_with_everything_in_it_reads_without_complaint() -> None:
    whole = GOOD | {
        "idTag": "a:b",
        "readings": reading(unit="Wh"),
        "customData": {"vendorId": "x:", "n": {"m": 1}},
    }
    assert read(json.dumps(whole).encode(), read_report).id_tag == "a:b"
    assert read(b"{}", msgspec.json.Decoder(Empty).decode) == Empty()


@given(st.binary(max_size=60) | values.map(lambda value: written(value, True).encode()))
@settings(max_examples=300, derandomize=True, deadline=None)
def test_reading_arbitrary_bytes_returns_a_message_or_raises_violated(raw: bytes) -> None:
    try:
        outcome: object = read(raw, read_report)
    except Violated as violated:
        outcome = violated.violation
    assert isinstance(outcome, Report | Violation)
