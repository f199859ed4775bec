"""No secret survives masking, whatever it is wrapped in, and nothing else is lost."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain import secrets as masking
from chargeyard.domain.secrets import MASK, is_secret, masked

SECRET_NAMES = [
    "password",
    "AuthorizationKey",
    "authorization_key",
    "Authorization-Key",
    "BasicAuthPassword",
    "StationPassword",
    "passphrase",
    "PassCode",
    "WifiPwd",
    "apiKey",
    "API-Key",
    "clientSecret",
    "privateKey",
    "preSharedKey",
    "simPin",
    "pin",
    "user_pin",
    "apiToken",
    "Access-Token",
    "auth_token",
    "WPA2Key",
]
HARMLESS_NAMES = [
    "idTag",
    "meterStart",
    "HeartbeatInterval",
    "key",
    "value",
    "connectorId",
    "status",
    "token",
    "mapping",
]


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_names_of_secrets(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", [*HARMLESS_NAMES, "AuthorizeRemoteTxRequests", "MinimumStatusDuration"])
def test_names_of_other_things(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ({"key": "AuthorizationKey", "value": "hush"}, {"key": "AuthorizationKey", "value": MASK}),
        (
            {"configurationKey": [{"key": "StationPassword", "readonly": False, "value": "hush"}]},
            {"configurationKey": [{"key": "StationPassword", "readonly": False, "value": MASK}]},
        ),
        (
            {"attributeValue": "hush", "variable": {"name": "BasicAuthPassword"}, "component": {"name": "X"}},
            {"attributeValue": MASK, "variable": {"name": "BasicAuthPassword"}, "component": {"name": "X"}},
        ),
        # NotifyReport keeps the values one step deeper than the name.
        (
            {"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": "hush"}]},
            {"variable": {"name": "BasicAuthPassword"}, "variableAttribute": [{"value": MASK}]},
        ),
        ({"vpn": {"key": "hush", "password": "hush"}}, {"vpn": {"key": MASK, "password": MASK}}),
        ({"location": "ftp://me:hush@host/a"}, {"location": f"ftp://{MASK}@host/a"}),
        ({"location": "ftp://me:hu@sh@host/a"}, {"location": f"ftp://{MASK}@host/a"}),
        ({"location": "ftp://me:hu/sh@host/a"}, {"location": f"ftp://{MASK}@host/a"}),
        ({"location": "https://host:8080/a@b"}, {"location": "https://host:8080/a@b"}),
        ({"location": "https://h/a?Token=hush&b=1"}, {"location": f"https://h/a?Token={MASK}&b=1"}),
        (
            {"location": "https://h/a?X-Amz-Signature=hush"},
            {"location": f"https://h/a?X-Amz-Signature={MASK}"},
        ),
        (
            {"idToken": {"idToken": "4711", "type": "KeyCode"}},
            {"idToken": {"idToken": MASK, "type": "KeyCode"}},
        ),
        ({"id_token": "4711", "token_kind": "keycode"}, {"id_token": MASK, "token_kind": "keycode"}),
        ({"id_token": "keycode:ab", "kind": "KeyCode"}, {"id_token": "keycode:ab", "kind": "KeyCode"}),
        (
            {"idToken": {"idToken": "AB", "type": "Central"}},
            {"idToken": {"idToken": "AB", "type": "Central"}},
        ),
        (
            {"additionalInfo": [{"additionalIdToken": "4711", "type": "PIN"}]},
            {"additionalInfo": [{"additionalIdToken": MASK, "type": "PIN"}]},
        ),
        # NotifyEvent
        (
            {"variable": {"name": "WifiPassword"}, "actualValue": "hush"},
            {"variable": {"name": "WifiPassword"}, "actualValue": MASK},
        ),
        # NotifyReport, from a charge point that tells what it must not.
        (
            {"variableAttribute": [{"mutability": "WriteOnly", "value": "hush"}, {"value": "1"}]},
            {"variableAttribute": [{"mutability": "WriteOnly", "value": MASK}, {"value": "1"}]},
        ),
        # As a command keeps a variable: its component may be what names the secret.
        (
            {"variable": {"component": "WifiPassword", "name": "Setting"}, "value": "hush"},
            {"variable": {"component": "WifiPassword", "name": "Setting"}, "value": MASK},
        ),
        # A vendor's data is a text, in which JSON or settings may stand.
        ({"data": '{"password":"hush"}'}, {"data": f'{{"password":"{MASK}"}}'}),
        ({"data": "wifi_password=hush;band=5"}, {"data": f"wifi_password={MASK};band=5"}),
        ({"data": "password: hush"}, {"data": f"password: {MASK}"}),
    ],
    ids=str,
)
def test_masked(text: Any, says: Any) -> None:
    assert json.loads(masked(json.dumps(text).encode())) == says
    assert json.loads(masked(json.dumps([2, "id", "Action", text]).encode())) == [2, "id", "Action", says]


@pytest.mark.parametrize(
    "text",
    [
        rb'{"p\u0061ssword":"hush"}',
        rb'{"location":"ftp:\/\/me:hush@host"}',
        rb'{"location":"ftp\u003a//me:hush@host"}',
        b'{"password":"hush"',
        b'[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hush"}',
        b'\xff{"password":"hush"}',
        b'{"password":["hush",{"a":"hush"}]}',
    ],
)
def test_no_spelling_hides_a_secret(text: bytes) -> None:
    assert b"hush" not in masked(text)


def test_what_holds_no_secret_comes_back_as_it_is() -> None:
    text = b'[2, "id", "MeterValues", {"connectorId":1,  "a": 1.50}]'
    assert masked(text) is text


secrets = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"]), min_size=8, max_size=20).map(
    lambda text: f"hush{text}"
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(st.characters(categories=["L"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(HARMLESS_NAMES), inner),
    max_leaves=8,
)


def _hidings(secret: str) -> list[Any]:
    """The places where OCPP and its vendors put secrets."""
    return [
        *({name: secret} for name in SECRET_NAMES),
        *({"key": name, "value": secret} for name in SECRET_NAMES),
        *({"variable": {"name": name}, "attributeValue": secret} for name in SECRET_NAMES),
        {"password": {"nested": [secret]}},
        {"data": json.dumps({"password": secret})},
        {"data": json.dumps({"data": json.dumps({"password": secret})})},
    ]


wrappings = st.lists(st.tuples(st.sampled_from(HARMLESS_NAMES[:4]), plain), max_size=4)


@given(secrets, st.data(), wrappings, plain)
def test_no_secret_survives_and_the_rest_does(
    secret: str, data: st.DataObject, wrapping: list[tuple[str, Any]], beside: Any
) -> None:
    hidden = data.draw(st.sampled_from(_hidings(secret)))
    document: Any = hidden
    for name, other in wrapping:
        document = {name: document, "other": other} if len(name) % 2 else [document, other]
    text = msgspec.json.encode([document, beside])
    shown = masked(text)
    assert secret not in shown.decode()
    assert json.dumps(secret)[1:-1] not in shown.decode()
    assert json.loads(shown)[1] == beside


@given(st.binary(max_size=200))
def test_anything_can_be_masked(text: bytes) -> None:
    masked(text)
    json.loads(masked(b'"password' + text))


_FRAGMENTS = [
    *(
        "pass",
        "Word",
        "wd",
        "-phrase",
        "pwd",
        "SECRET",
        "private",
        "key",
        "Credential",
        "pin",
        "-code",
        "sim",
    ),
    *(
        "wpa",
        "psk",
        "auth",
        "api",
        "bearer",
        "access",
        "WriteOnly",
        "shared",
        "?",
        "&",
        "token",
        "sig",
        "=",
        "://",
        "@",
        "\\u00",
        "\\/",
        "a",
        "ſ",
        "K",
    ),
]


@given(st.lists(st.sampled_from(_FRAGMENTS), max_size=8).map("".join))
def test_no_suspect_escapes_the_quick_look(text: str) -> None:
    raw = text.encode()
    assert masking._may_be_suspect(raw) or not masking._SUSPECT.search(raw)
