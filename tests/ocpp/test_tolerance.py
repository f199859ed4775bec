from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from chargeyard.ocpp.sins import LIMITS, RULES
from chargeyard.ocpp.tolerance import KEEP, Fallbacks, Salvaged, salvage
from chargeyard.ocpp.v201.messages import HeartbeatRequest
from chargeyard.ocpp.violations import Fault, Violated, Violation
from tests.ocpp.messages import Empty, Report, Sample

GOOD: dict[str, Any] = {"connectorId": 1, "errorCode": "NoError"}


def salvaged(members: dict[str, Any], fallbacks: Fallbacks | None = None) -> Salvaged[Report]:
    return salvage(json.dumps(GOOD | members).encode(), Report, fallbacks or {})


def found(result: Salvaged[Any]) -> list[tuple[str, str]]:
    return [(finding.rule, finding.path) for finding in result.findings]


def lost(payload: bytes, fallbacks: Fallbacks | None = None) -> Violation:
    with pytest.raises(Violated) as caught:
        salvage(payload, Report, fallbacks or {})
    return caught.value.violation


TOLERATED: list[tuple[str, Any, str, Any, list[str]]] = [
    # field, as sent, attribute, as read, rules
    ("idTag", None, "id_tag", UNSET, ["drop_empty_optional"]),
    ("idTag", "", "id_tag", UNSET, ["drop_empty_optional"]),
    ("readings", [], "readings", UNSET, ["drop_empty_optional"]),
    ("customData", {}, "custom_data", UNSET, ["drop_empty_optional"]),
    ("idTag", "  ", "id_tag", UNSET, ["trim", "keep_length"]),
    ("idTag", " AB ", "id_tag", "AB", ["trim"]),
    ("idTag", "AB\u0010\u000e", "id_tag", "AB", ["drop_control_characters"]),
    ("idTag", "AB\ud800", "id_tag", "AB", ["drop_control_characters"]),
    ("idTag", 4711, "id_tag", "4711", ["number_as_text"]),
    ("idTag", True, "id_tag", "true", ["boolean_as_text"]),
    ("idTag", "X" * 33, "id_tag", "X" * 33, ["keep_length"]),
    ("idTag", "X" * 300, "id_tag", "X" * 255, ["cut_overlong", "keep_length"]),
    ("code", "abc", "code", "abc", ["keep_pattern"]),
    ("idTag", ["A"], "id_tag", UNSET, ["drop_unreadable_optional"]),
    ("connectorId", "1", "connector_id", 1, ["text_as_number"]),
    ("connectorId", " 1 ", "connector_id", 1, ["trim", "text_as_number"]),
    ("connectorId", 1.0, "connector_id", 1, ["whole_number"]),
    ("connectorId", "1e2", "connector_id", 100, ["text_as_number", "whole_number"]),
    ("connectorId", 1.7, "connector_id", 2, ["whole_number"]),
    ("connectorId", -1, "connector_id", -1, ["keep_range"]),
    ("connectorId", 4242, "connector_id", 4242, ["keep_range"]),
    ("transactionId", 2**63, "transaction_id", 2**63, ["keep_huge_number"]),
    ("transactionId", "x", "transaction_id", UNSET, ["drop_unreadable_optional"]),
    ("transactionId", True, "transaction_id", UNSET, ["drop_unreadable_optional"]),
    ("retries", 3, "retries", 3, ["keep_step"]),
    ("limit", 6.05, "limit", 6.05, ["keep_step"]),
    ("limit", "6.5", "limit", 6.5, ["text_as_number"]),
    ("limit", -1, "limit", -1.0, ["keep_range"]),
    ("limit", float("nan"), "limit", UNSET, ["drop_unreadable_optional"]),
    ("online", "True", "online", True, ["word_as_boolean"]),
    ("online", 0, "online", False, ["word_as_boolean"]),
    ("online", "perhaps", "online", UNSET, ["drop_unreadable_optional"]),
    ("errorCode", "noerror", "error_code", "NoError", ["match_word"]),
    ("errorCode", " Ground_Failure ", "error_code", "GroundFailure", ["trim", "match_word"]),
    ("customData", "x", "custom_data", UNSET, ["drop_unreadable_optional"]),
]


@pytest.mark.parametrize(("field", "sent", "attribute", "read", "rules"), TOLERATED)
def test_each_sin_is_understood_and_named(
    field: str, sent: Any, attribute: str, read: Any, rules: list[str]
) -> None:
    result = salvaged({field: sent})
    assert getattr(result.value, attribute) == read
    assert type(getattr(result.value, attribute)) is type(read)
    assert found(result) == [(rule, f"$.{field}") for rule in rules]


def test_every_rule_of_the_tables_is_proved() -> None:
    proved = {rule for case in TOLERATED for rule in case[4]} | {"keep_vendorless_data"}
    assert {rule.__name__ for rules in (*RULES.values(), *LIMITS.values()) for rule in rules} <= proved


def test_spellings_of_inner_messages_are_matched_too() -> None:
    sample = {"value": 230.10, "unit": "Celsius", "phase": "l1n"}
    result = salvaged({"readings": [{"timestamp": "t", "sampledValue": [sample]}]})
    path = "$.readings[0].sampledValue[0]"
    assert result.value.readings[0].sampled_value == [Sample(value="230.1", unit="Celcius", phase="L1-N")]  # type: ignore[index]
    assert found(result) == [
        ("number_as_text", f"{path}.value"),
        ("match_word", f"{path}.unit"),
        ("match_word", f"{path}.phase"),
    ]


def test_the_digits_of_a_number_are_kept_as_they_were_written() -> None:
    payload = b'{"connectorId":1,"errorCode":"NoError","idTag":1.500}'
    assert salvage(payload, Report).value.id_tag == "1.500"


def test_unknown_fields_are_left_out() -> None:
    result = salvaged({"vendor": 1, "bad key": 2})
    assert sorted(found(result)) == [("ignore_unknown_field", "$.?"), ("ignore_unknown_field", "$.vendor")]


def test_vendor_data_keeps_its_contents() -> None:
    payload = b'{"customData":{"a":[1,2.5,1e999,"x\\u0000"],"b":{"c":99999999999999999999}}}'
    result = salvage(payload, HeartbeatRequest)
    assert result.value.custom_data == {"a": [1, 2.5, "1e999", "x"], "b": {"c": 99999999999999999999}}
    assert found(result) == [("keep_vendorless_data", "$.customData")]


def test_one_bad_item_does_not_cost_the_others() -> None:
    samples = [{"value": "1"}, {"unit": "Wh"}, {"value": "2"}]
    result = salvaged({"readings": [{"timestamp": "t", "sampledValue": samples}]})
    assert [sample.value for sample in result.value.readings[0].sampled_value] == ["1", "2"]  # type: ignore[index]
    assert found(result) == [("drop_unreadable_item", "$.readings[0].sampledValue[1].value")]


def test_a_list_without_a_readable_item_is_as_bad_as_its_first() -> None:
    result = salvaged({"readings": [{"timestamp": "t", "sampledValue": [{}, 5]}]})
    assert result.value.readings is UNSET
    assert result.findings[0].detail == "Expected required field at $.readings[0].sampledValue[0].value"


def test_a_required_list_may_be_too_short() -> None:
    result = salvaged({"readings": [{"timestamp": "t", "sampledValue": []}]})
    assert result.value.readings[0].sampled_value == []  # type: ignore[index]
    assert found(result) == [("keep_length", "$.readings[0].sampledValue")]


@pytest.mark.parametrize(
    ("payload", "fault", "path"),
    [
        (b"{}", Fault.MISSING, "$.connectorId"),
        (b'{"connectorId":null,"errorCode":"NoError"}', Fault.MISSING, "$.connectorId"),
        (b'{"connectorId":[],"errorCode":"NoError"}', Fault.TYPE, "$.connectorId"),
        (b'{"connectorId":1e400,"errorCode":"NoError"}', Fault.VALUE, "$.connectorId"),
        (b'{"connectorId":1e999999999999,"errorCode":"NoError"}', Fault.VALUE, "$.connectorId"),
        (b'{"connectorId":1,"errorCode":"Secret"}', Fault.VALUE, "$.errorCode"),
        (b'{"connectorId":1,"errorCode":[]}', Fault.TYPE, "$.errorCode"),
        (b'{"connectorId":1,"connectorId":1,"errorCode":"NoError"}', Fault.DUPLICATE_KEY, "$"),
        (b'{"connectorId":1,"connectorId":1,"errorCode":"NoError",}', Fault.DUPLICATE_KEY, "$"),
        (b"[]", Fault.TYPE, "$"),
        (b"", Fault.NOT_JSON, "$"),
        (b'{"connectorId":', Fault.NOT_JSON, "$"),
        (b'{"a":"\xff"}', Fault.NOT_JSON, "$"),
        (b'{"connectorId":1,"customData":' + b"[" * 100_000 + b"]" * 100_000 + b"}", Fault.NOT_JSON, "$"),
        (b'{"connectorId":' + b"9" * 10_000_000 + b',"errorCode":"NoError"}', Fault.VALUE, "$.connectorId"),
    ],
)
def test_what_cannot_be_understood_is_refused(payload: bytes, fault: Fault, path: str) -> None:
    violation = lost(payload)
    assert (violation.fault, violation.path) == (fault, path)
    assert "Secret" not in violation.detail


def test_a_fallback_stands_in_for_what_is_missing_or_unknown() -> None:
    fallbacks: Fallbacks = {(Report, "errorCode"): "OtherError", (Sample, "unit"): "Wh"}
    result = salvaged(
        {
            "errorCode": "Gremlins",
            "readings": [{"timestamp": "t", "sampledValue": [{"value": "1", "unit": "?"}]}],
        },
        fallbacks,
    )
    assert result.value.error_code == "OtherError"
    assert result.value.readings[0].sampled_value[0].unit == "Wh"  # type: ignore[index]
    assert found(result) == [
        ("use_fallback", "$.errorCode"),
        ("use_fallback", "$.readings[0].sampledValue[0].unit"),
    ]
    missing = salvage(b'{"connectorId":1}', Report, fallbacks)
    assert missing.value.error_code == "OtherError"
    assert missing.value.readings is UNSET


def test_an_unknown_word_is_kept_where_the_table_says_so() -> None:
    """Words of the vendor are worth more than "other" (steve#740)."""
    fallbacks: Fallbacks = {(Report, "errorCode"): KEEP}
    result = salvaged({"errorCode": "Gremlins"}, fallbacks)
    assert str(result.value.error_code) == "Gremlins"
    assert found(result) == [("keep_unknown_word", "$.errorCode")]
    with pytest.raises(Violated):
        salvaged({"errorCode": []}, fallbacks)


def test_broken_json_is_mended_first() -> None:
    result = salvage(b'{"connectorId":1,"transactionId":,"errorCode":"NoError",}\x00', Report)
    assert result.value == Report(connector_id=1, error_code="NoError")
    assert [rule for rule, _ in found(result)] == [
        "strip_nul_and_bom",
        "fill_empty_values",
        "drop_stray_commas",
        "drop_empty_optional",
    ]


def test_a_sound_payload_is_read_without_findings() -> None:
    whole = {
        "idTag": "A",
        "limit": 6.5,
        "online": True,
        "transactionId": 5,
        "customData": {"a": None},
        "retries": 2,
    }
    result = salvaged(whole)
    assert result.findings == ()
    assert (result.value.limit, result.value.retries, result.value.custom_data) == (6.5, 2, {"a": None})
    assert salvage(b"{}", Empty) == Salvaged(Empty(), ())


words = st.sampled_from(
    ["", "NoError", "1", "5.0", "true", "\x00", "\ud800", "secret", "NaN", "1e400", "x" * 40]
)
plain = st.none() | st.booleans() | st.integers() | st.floats() | words
anything = st.recursive(
    plain, lambda x: st.lists(x, max_size=3) | st.dictionaries(words, x, max_size=3), max_leaves=6
)
names = st.sampled_from(
    ["connectorId", "errorCode", "transactionId", "idTag", "online", "limit", "readings", "oops"]
)
samples = st.fixed_dictionaries({}, optional={"value": anything, "unit": anything, "phase": anything})
readings = st.fixed_dictionaries(
    {"timestamp": anything, "sampledValue": st.lists(samples, max_size=3) | anything}
)
reports = st.tuples(st.dictionaries(names, anything, max_size=6), st.lists(readings, max_size=2))


@given(
    st.binary(max_size=40)
    | anything.map(lambda value: json.dumps(value).encode())
    | reports.map(lambda parts: json.dumps(GOOD | parts[0] | {"readings": parts[1]}).encode())
)
@settings(max_examples=600, derandomize=True, deadline=None)
def test_salvaging_anything_gives_a_message_or_a_violation_that_tells_no_secret(payload: bytes) -> None:
    try:
        details = [finding.detail + finding.path for finding in salvage(payload, Report).findings]
    except Violated as violated:
        details = [violated.violation.detail]
    assert not any("secret" in detail or "x" * 40 in detail for detail in details)
