from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chargeyard.ocpp.frames import (
    MAX_ID,
    BadFrame,
    Call,
    CallError,
    CallResult,
    CallResultError,
    Frame,
    Send,
    decode,
    encode_call,
    encode_error,
    encode_result,
    encode_result_error,
    encode_send,
)
from chargeyard.ocpp.violations import MAX_DETAIL, Fault, Violation


def spoken(frame: Frame) -> list[object]:
    """The frame as plain values, for comparing."""
    return json.loads(msgspec.json.encode(frame))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ('[2,"7","Heartbeat",{"a":[1]}]', Call),
        ('[3,"7",{"currentTime":"x"}]', CallResult),
        ('[4,"7","GenericError","so",{"a":1}]', CallError),
        ('[5,"7","GenericError","so",{"a":1}]', CallResultError),
        ('[6,"7","NotifyPeriodicEventStream",{"a":1}]', Send),
    ],
)
def test_each_frame_is_decoded_from_text_and_from_bytes(text: str, kind: type[Frame]) -> None:
    for form in (text, text.encode()):
        frame = decode(form)
        assert type(frame) is kind
        assert spoken(frame) == json.loads(text)


@pytest.mark.parametrize(
    ("sloppy", "meant"),
    [
        ('[2,"7","Heartbeat",null]', [2, "7", "Heartbeat", {}]),
        ('[2,"7","Heartbeat"]', [2, "7", "Heartbeat", {}]),
        ('[3,"7",null]', [3, "7", {}]),
        ('[3,"7"]', [3, "7", {}]),
        ('[4,"7","GenericError"]', [4, "7", "GenericError", "", {}]),
        ('[4,"7","GenericError","",null]', [4, "7", "GenericError", "", {}]),
        ('[5,"7","GenericError",""]', [5, "7", "GenericError", "", {}]),
        (' [ 2 , "7" ,\n"Heartbeat" , {} ] ', [2, "7", "Heartbeat", {}]),
    ],
)
def test_nothing_may_be_said_in_several_ways(sloppy: str, meant: list[object]) -> None:
    assert spoken(decode(sloppy)) == meant


def test_a_payload_that_is_no_object_is_left_to_its_reader() -> None:
    assert bytes(decode('[2,"7","Heartbeat",true]').payload) == b"true"


def test_a_message_id_may_have_36_characters_and_no_more() -> None:
    assert decode(f'[2,"{"é" * MAX_ID}","Heartbeat",{{}}]').id == "é" * MAX_ID
    with pytest.raises(BadFrame) as caught:
        decode(f'[2,"{"x" * 37}","Heartbeat",{{}}]')
    assert caught.value.violation.fault is Fault.MESSAGE_ID
    assert caught.value.call_id == "x" * 37


@pytest.mark.parametrize(
    ("text", "fault", "kind", "call_id", "action"),
    [
        ("", Fault.NOT_JSON, None, None, None),
        ("pong", Fault.NOT_JSON, None, None, None),
        ("{}", Fault.FRAME, None, None, None),
        ("[]", Fault.FRAME, None, None, None),
        ("null", Fault.FRAME, None, None, None),
        ('["2","7","Boot",{}]', Fault.FRAME, None, None, None),
        ('[2,"7"]', Fault.FRAME, 2, "7", None),
        ('[2,"7",5,{}]', Fault.FRAME, 2, "7", None),
        ('[2,7,"Boot",{}]', Fault.FRAME, 2, "7", "Boot"),
        ('[2,"7","Boot",{},1]', Fault.FRAME, 2, "7", "Boot"),
        ('[2,"7","Boot",{"a":}]', Fault.NOT_JSON, 2, "7", "Boot"),
        ('[2,"7","Boot",{"a":NaN}]', Fault.NOT_JSON, 2, "7", "Boot"),
        ('[2,"7","Boot",{"a":"\\ud800"}]', Fault.NOT_JSON, 2, "7", "Boot"),
        ('[2,"7","Boot",{"a":"\ud800"}]', Fault.NOT_JSON, 2, "7", "Boot"),
        (b'[2,"\xff","Boot",{}]', Fault.NOT_JSON, 2, None, "Boot"),
        (b'\xef\xbb\xbf[2,"7","Boot",{}]', Fault.NOT_JSON, None, None, None),
        ('[2,"7","Boot",{}]\x00', Fault.NOT_JSON, 2, "7", "Boot"),
        ('[2,"7","Boot",{}][2,"8","Boot",{}]', Fault.NOT_JSON, 2, "7", "Boot"),
        ('[3,"7",{"a":', Fault.NOT_JSON, 3, "7", None),
        ('[3,"7', Fault.NOT_JSON, 3, None, None),
        ("[3,", Fault.NOT_JSON, 3, None, None),
        ("[3,[],{}]", Fault.FRAME, 3, None, None),
        ('[2,"","Boot",1,2]', Fault.FRAME, 2, "", "Boot"),
        ('[1,"7","Boot",{}]', Fault.MESSAGE_TYPE, 1, "7", "Boot"),
        ('[-2,"7"]', Fault.MESSAGE_TYPE, -2, "7", None),
        ('[99999999999999999999,"7"]', Fault.FRAME, None, None, None),
        ('[2,"7","Boot",' + "[" * 100_000 + "]" * 100_000 + "]", Fault.NOT_JSON, 2, "7", "Boot"),
        ("[" * 100_000, Fault.NOT_JSON, None, None, None),
    ],
)
def test_a_bad_frame_tells_what_could_be_read(
    text: str | bytes, fault: Fault, kind: int | None, call_id: str | None, action: str | None
) -> None:
    with pytest.raises(BadFrame) as caught:
        decode(text)
    bad = caught.value
    assert (bad.violation.fault, bad.kind, bad.call_id, bad.action) == (fault, kind, call_id, action)
    assert len(bad.violation.detail) <= MAX_DETAIL


def test_ten_megabytes_of_digits_are_carried_and_not_converted() -> None:
    frame = decode(b'[2,"7","Boot",{"a":' + b"9" * 10_000_000 + b"}]")
    assert len(frame.payload) == 10_000_006


def test_encoding_gives_the_frames_of_the_standard() -> None:
    assert encode_call("7", "Reset", b'{"type":"Hard"}') == b'[2,"7","Reset",{"type":"Hard"}]'
    assert encode_result("7", b"{}") == b'[3,"7",{}]'
    assert encode_error("7", "GenericError", "so") == b'[4,"7","GenericError","so",{}]'
    assert encode_result_error("7", "GenericError", "so") == b'[5,"7","GenericError","so",{}]'
    assert encode_send("7", "NotifyPeriodicEventStream", b"{}") == b'[6,"7","NotifyPeriodicEventStream",{}]'


def test_an_id_is_escaped_when_it_is_echoed() -> None:
    assert json.loads(encode_result('"],\\', b"{}")) == [3, '"],\\', {}]


def test_a_description_is_cut_to_what_the_standard_allows() -> None:
    assert len(json.loads(encode_error("7", "GenericError", "é" * 300))[3]) == MAX_DETAIL


texts = st.text(max_size=12)
documents = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
frames = st.tuples(st.sampled_from([2, 3, 4, 5, 6, 7, "2", 2.0]), documents, documents, documents)


@given(
    st.binary(max_size=50)
    | st.text(st.characters(), max_size=50)
    | documents.map(json.dumps)
    | frames.map(json.dumps)
    | frames.map(lambda frame: json.dumps(frame)[:-2])
)
@settings(max_examples=500, derandomize=True, deadline=None)
def test_decoding_anything_gives_a_frame_or_a_bad_frame(text: bytes | str) -> None:
    try:
        outcome: object = decode(text)
    except BadFrame as bad:
        outcome = bad.violation
    assert isinstance(outcome, Frame | Violation)


@given(texts, texts, st.dictionaries(texts, st.integers(), max_size=3))
@settings(max_examples=200, derandomize=True, deadline=None)
def test_what_is_encoded_decodes_to_the_same(call_id: str, action: str, payload: dict[str, int]) -> None:
    frame = decode(encode_call(call_id, action, json.dumps(payload).encode()))
    assert spoken(frame) == [2, call_id, action, payload]
