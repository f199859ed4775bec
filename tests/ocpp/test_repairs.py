from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeyard.ocpp.frames import BadFrame, Frame, decode
from chargeyard.ocpp.repairs import FRAME_REPAIRS, JSON_REPAIRS, MAX_FRAMES, repair_frames, repair_json


def mended(text: str | bytes) -> tuple[list[object], list[str]]:
    """What is made of a text that is no frame: the frames as plain values, and the rules that helped."""
    with pytest.raises(BadFrame) as caught:
        decode(text)
    frames, findings = repair_frames(text, caught.value)
    plain = [
        bad_id(frame) if isinstance(frame, BadFrame) else json.loads(msgspec.json.encode(frame))
        for frame in frames
    ]
    return plain, [finding.rule for finding in findings]


def bad_id(bad: BadFrame) -> str:
    return f"refused {bad.call_id}"


@pytest.mark.parametrize(
    ("text", "frame", "rule"),
    [
        ('[2,"7","A",{}]\x00', [2, "7", "A", {}], "strip_nul_and_bom"),
        ('\ufeff[2,"7","A",{}]', [2, "7", "A", {}], "strip_nul_and_bom"),
        ('[2,"7","A",{"a":"x\x00\x10"}]', [2, "7", "A", {"a": "x"}], "drop_control_characters"),
        ('[2,"7","A",{"a":"x\\q"}]', [2, "7", "A", {"a": "x\\q"}], "fix_escapes"),
        ('[2,"7","A",{"a":"\\\\\\ud800\\\\ud800"}]', [2, "7", "A", {"a": "\\\ufffd\\ud800"}], "fix_escapes"),
        ('[2,"7","A",{"a":"\\udc00\\ud83d\\ude00"}]', [2, "7", "A", {"a": "\ufffd😀"}], "fix_escapes"),
        ('[2,"7","A",{"a":,"b":1}]', [2, "7", "A", {"a": None, "b": 1}], "fill_empty_values"),
        ('[2,"7","A",{"b":1,"a": }]', [2, "7", "A", {"a": None, "b": 1}], "fill_empty_values"),
        ('[2,"7","A",{"a":NaN,"b":"NaN"}]', [2, "7", "A", {"a": None, "b": "NaN"}], "null_for_nan"),
        ('[2,"7","A",{"a":[-inf, nan]}]', [2, "7", "A", {"a": [None, None]}], "null_for_nan"),
        ('[2,"7","A",{"a":[, {"b":1}, ,2,]}]', [2, "7", "A", {"a": [{"b": 1}, 2]}], "drop_stray_commas"),
        ('[2,"7","A",{"a":"",}]', [2, "7", "A", {"a": ""}], "drop_stray_commas"),
        (
            '[2,"7","A",{"a":"336699\\","b":1}]',
            [2, "7", "A", {"a": "336699\\", "b": 1}],
            "escape_last_backslash",
        ),
        ('["2","7","A",{}]', [2, "7", "A", {}], "unquote_message_type"),
        ('[2,7,"A",{}]', [2, "7", "A", {}], "quote_message_id"),
        ("[3,7,null]", [3, "7", None], "quote_message_id"),
        ('[4,"7","GenericError",null,{}]', [4, "7", "GenericError", "", {}], "fill_null_description"),
        ('[2,"7","A",{},5]', [2, "7", "A", {}], "drop_surplus_elements"),
        (f'[2,"{"x" * 40}","A",{{}}]', [2, "x" * 40, "A", {}], "accept_long_message_id"),
    ],
)
def test_each_sin_is_mended_and_named(text: str, frame: list[object], rule: str) -> None:
    assert mended(text) == ([frame], [rule])


def test_every_rule_of_the_tables_is_proved_above() -> None:
    marks = test_each_sin_is_mended_and_named.pytestmark  # type: ignore[attr-defined]
    proved = {case[2] for case in marks[0].args[1]}
    assert {rule.__name__ for rule in (*JSON_REPAIRS, *FRAME_REPAIRS)} <= proved


def test_several_frames_in_one_text_are_read_each_by_itself() -> None:
    text = '[2,"7","A",{}]\n[9,"8"] [3,9,{}]\x00[2,"10"'
    with pytest.raises(BadFrame) as caught:
        decode(text)
    with pytest.raises(BadFrame) as again:
        repair_frames(text, caught.value)
    assert again.value is caught.value
    assert mended('[2,"7","A",{}]\n[9,"8"] [3,9,{}]\x00') == (
        [[2, "7", "A", {}], "refused 8", [3, "9", {}]],
        ["strip_nul_and_bom", "split_frames", "quote_message_id"],
    )


def test_too_many_frames_in_one_text_are_refused_together() -> None:
    frame = '[2,"7","A",{}]'
    assert len(mended(frame * MAX_FRAMES)[0]) == MAX_FRAMES
    with pytest.raises(BadFrame):
        mended(frame * (MAX_FRAMES + 1))


@pytest.mark.parametrize(
    "text",
    [
        "pong",
        "",
        "[2,",
        '[2,"7","A",{"a":1',
        "[" * 100_000,
        b'[2,"7","A",{"a":"\xff"}]x',
        '[2,"7","A",{} "b"]',
    ],
)
def test_what_cannot_be_mended_is_refused_as_before(text: str | bytes) -> None:
    with pytest.raises(BadFrame):
        mended(text)


@pytest.mark.parametrize(
    "text", ["{}", "[]", "[2]", '[2,[],"A"]', '[2,"7"]', f'[2,"{"x" * 256}","A",{{}}]', "null"]
)
def test_json_that_is_no_frame_stays_refused(text: str) -> None:
    frames, rules = mended(text)
    assert isinstance(frames[0], str)
    assert rules == []


@pytest.mark.parametrize("piece", ['\\"', '"', "\\", ",", ",[", ":,", '":,', "[2,", '\\",'])
def test_hostile_texts_take_linear_time(piece: str) -> None:
    """A quadratic rule would take minutes here and run into the test timeout."""
    repair_json("[" + piece * 200_000)


pieces = st.lists(
    st.sampled_from([*'[]{},:"\\ 27n\x00\ufeffuDd8\ud800', '[2,"7","A",{', "}]", "null"]), max_size=30
)


@given(pieces.map("".join) | st.binary(max_size=40))
@settings(max_examples=500, derandomize=True, deadline=None)
def test_anything_gives_frames_or_bad_frames(text: str | bytes) -> None:
    try:
        outcome: list[object] = [decode(text)]
    except BadFrame as bad:
        try:
            outcome = list(repair_frames(text, bad)[0])
        except BadFrame as same:
            outcome = [same]
    assert all(isinstance(frame, Frame | BadFrame) for frame in outcome)


@given(
    st.recursive(st.none() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.text(), x), max_leaves=8)
)
@settings(max_examples=200, derandomize=True, deadline=None)
def test_sound_json_is_never_touched(value: object) -> None:
    text = json.dumps(value, ensure_ascii=True)
    if "\\ud" not in text:
        assert repair_json(text) == (text, [])
