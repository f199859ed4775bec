"""What an HTTP request claims: every odd address that charge points are known to use, and none that is dangerous."""

from __future__ import annotations

import base64
import logging
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.datastructures import Headers

from chargeyard.dialects import SPOKEN
from chargeyard.dialects.dialect import choose
from chargeyard.dialects.v16 import V16
from chargeyard.gateway.gate import Terms, _extensions
from chargeyard.gateway.handshake import (
    Door,
    Opening,
    Rules,
    basic_of,
    claims_of,
    offers,
    read,
    refusal_text,
    tidy,
)
from chargeyard.services.admission import Claim, Refusal

RULES = Rules(partial(choose, spoken=SPOKEN), None, logging.getLogger("test"))
DOOR = Door.under("/ocpp")
WORD = V16.subprotocol
HEADERS = {
    "Host": "csms.example",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": WORD,
}


def head(target: str | bytes = "/ocpp/CP1", method: str = "GET", **changed: str | None) -> bytes:
    """A request; `changed` headers are spelled with underscores, None leaves one out."""
    headers = {**HEADERS, **{name.replace("_", "-"): value for name, value in changed.items()}}
    raw = target if isinstance(target, bytes) else target.encode()
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value is not None)
    return method.encode() + b" " + raw + b" HTTP/1.1\r\n" + lines.encode("latin-1") + b"\r\n"


def opened(request: bytes, door: Door = DOOR, rules: Rules = RULES) -> Opening:
    opening = read(request, door, "192.0.2.1", rules)
    assert isinstance(opening, Opening), opening
    return opening


def refused(request: bytes, door: Door = DOOR, rules: Rules = RULES) -> Refusal:
    refusal = read(request, door, "192.0.2.1", rules)
    assert isinstance(refusal, Refusal)
    return refusal


def response_headers(opening: Opening) -> dict[str, str]:
    lines = opening.response.decode().split("\r\n")[1:-2]
    return {name: value for name, _, value in (line.partition(": ") for line in lines)}


# --- addresses ------------------------------------------------------------------------------------------------

CP1 = (Claim("CP1"), Claim(None, "CP1"))


@pytest.mark.parametrize(
    ("target", "claims"),
    [
        ("/ocpp/CP1", CP1),
        ("/ocpp/CP1/", CP1),
        ("//ocpp//CP1", CP1),
        ("/ocpp/CP1/CP1", CP1),
        ("/ocpp/CP1/CP1/", CP1),
        ("ws://csms.example:9000/ocpp/CP1", CP1),
        ("/ws://csms.example:9000/ocpp/CP1", CP1),
        ("wss://csms.example/ocpp/CP1", CP1),
        ("/ocpp/CP1#fragment", CP1),
        ("/ocpp/CP%2F1", (Claim("CP/1"), Claim(None, "CP/1"))),
        ("/ocpp/CP%31", CP1),
        ("/ocpp/CP%2531", (Claim("CP%31"), Claim(None, "CP%31"))),
        ("/ocpp/CP%20%7C1", (Claim("CP |1"), Claim(None, "CP |1"))),
        ("/ocpp/S%C3%A4ule", (Claim("Säule"), Claim(None, "Säule"))),
        ("/ocpp/S%E4ule", (Claim("Säule"), Claim(None, "Säule"))),
        ("/ocpp/100%", (Claim("100%"), Claim(None, "100%"))),
        ("/ocpp/DE*ABC*E1+2=3:4@5", (Claim("DE*ABC*E1+2=3:4@5"), Claim(None, "DE*ABC*E1+2=3:4@5"))),
        ("/ocpp/CP1/tok", (Claim("tok", "CP1"), Claim("CP1", "tok"), Claim(None, "tok"))),
        ("/ocpp/site/7/CP1", (Claim("CP1", "7"), Claim("7", "CP1"), Claim(None, "CP1"))),
        ("/ocpp/CP1?token=tok", (Claim("CP1", "tok"),)),
        ("/ocpp/CP1?Token=t%2Bk+x", (Claim("CP1", "t+k+x"),)),
        ("/ocpp/CP1?a=b&token=tok", (Claim("CP1", "tok"),)),
        ("/ocpp/CP1?tok", (Claim("CP1", "tok"),)),
        ("/ocpp/CP1?tok==", (Claim("CP1", "tok=="),)),
        ("/ocpp/CP1?a=b&c=d", CP1),
        ("/ocpp/CP1?", CP1),
        ("/ocpp?validToken", (Claim(None, "validToken"),)),
        ("/ocpp/?validToken", (Claim(None, "validToken"),)),
        ("/ocpp?token=tok", (Claim(None, "tok"),)),
        ("/ocpp?tok/CP1", (Claim(None, "tok/CP1"), Claim("CP1", "tok"))),
        ("/ocpp?token=tok/CP1", (Claim(None, "tok/CP1"), Claim("CP1", "tok"))),
        ("/ocpp?tok/", (Claim(None, "tok/"), Claim(None, "tok"))),
        ("/ocpp", ()),
        ("/ocpp/", ()),
        ("/ocpp?a=b&c=d", ()),
    ],
)
def test_an_address_names_who_connects(target: str, claims: tuple[Claim, ...]) -> None:
    assert claims_of(target, ("ocpp",)) == claims


@pytest.mark.parametrize(
    ("target", "claims"),
    [
        ("/CP1", CP1),
        ("//CP1", CP1),
        ("/ocpp/CP1", (Claim("CP1", "ocpp"), Claim("ocpp", "CP1"), Claim(None, "CP1"))),
        ("/?tok", (Claim(None, "tok"),)),
    ],
)
def test_a_port_of_its_own_needs_no_prefix(target: str, claims: tuple[Claim, ...]) -> None:
    assert claims_of(target, ()) == claims


@pytest.mark.parametrize("target", ["/", "/CP1", "/ocp/CP1", "/ocppx/CP1", "/api/ocpp/CP1", "*", "/OCPP/CP1"])
def test_outside_the_prefix_nobody_is_found(target: str) -> None:
    assert refused(head(target)).status == 404


@pytest.mark.parametrize(
    "target",
    ["/ocpp/CP%001", "/ocpp/CP%0D%0AX", "/ocpp/%1b[31m", "/ocpp/..", "/ocpp/%2e", "/ocpp/%E2%80%AE1"],
)
def test_what_cannot_be_an_identity_is_refused(target: str) -> None:
    assert refused(head(target)).status == 400


def test_identities_may_be_long_but_not_endless() -> None:
    assert opened(head("/ocpp/" + "x" * 255)).knock.claims[0] == Claim("x" * 255)
    assert refused(head("/ocpp/" + "x" * 256)).status == 400


@pytest.mark.parametrize(
    "target", [b"/ocpp/CP 1", b"/ocpp/CP%201", b" /ocpp/CP 1 "], ids=["space", "encoded", "padded"]
)
def test_a_space_in_the_request_line_is_understood(target: bytes) -> None:
    assert opened(head(target)).knock.claims[0] == Claim("CP 1")


def test_bytes_beyond_ascii_in_the_request_line_are_understood() -> None:
    assert opened(head("/ocpp/Säule".encode())).knock.claims[0] == Claim("Säule")
    assert opened(head("/ocpp/Säule".encode("latin-1"))).knock.claims[0] == Claim("Säule")


def test_the_identity_keeps_its_case_and_its_plus() -> None:
    assert opened(head("/ocpp/cP+1")).knock.claims[0] == Claim("cP+1")


# --- subprotocols ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offer", "word"),
    [
        (WORD, WORD),
        (WORD.upper(), WORD.upper()),
        (f"  {WORD}  ", WORD),
        (f"ocpp0.1, {WORD}", WORD),
        (f"ocpp0.1,,{WORD},", WORD),
        (f"{WORD}j", f"{WORD}j"),
        (f'"{WORD}"', WORD),
        (f"soap/1.5,{WORD}", WORD),
    ],
)
def test_the_offered_word_is_given_back(offer: str, word: str) -> None:
    opening = opened(head(Sec_WebSocket_Protocol=offer))
    assert opening.dialect is V16
    assert response_headers(opening)["Sec-WebSocket-Protocol"] == word


def test_several_header_lines_are_one_list() -> None:
    request = head(Sec_WebSocket_Protocol="ocpp0.1").replace(
        b"\r\n\r\n", b"\r\nsec-websocket-protocol: " + WORD.encode() + b"\r\n\r\n"
    )
    assert response_headers(opened(request))["Sec-WebSocket-Protocol"] == WORD


@pytest.mark.parametrize("offer", [None, "", "ocpp0.1", "mqtt, ;;;,"])
def test_without_a_common_subprotocol_the_knock_carries_the_objection(offer: str | None) -> None:
    opening = opened(head(Sec_WebSocket_Protocol=offer))
    assert opening.dialect is None
    assert opening.knock.objection is not None
    assert opening.knock.objection.status == 400


def test_offers_keep_the_order() -> None:
    headers = Headers([("Sec-WebSocket-Protocol", "b, a"), ("Sec-WebSocket-Protocol", "c")])
    assert offers(headers) == ["b", "a", "c"]


# --- credentials ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "basic"),
    [
        ("Basic " + base64.b64encode(b"CP1:\xff\x00:").decode(), b"CP1:\xff\x00:"),
        ("basic   " + base64.b64encode(b"CP1:pw").decode(), b"CP1:pw"),
        ("Basic " + base64.b64encode(b"CP1:p").decode().rstrip("="), b"CP1:p"),
        ("Basic !!!", b""),
        ("Basic", b""),
        ("Basic \xe4", b""),
        ("Bearer abc", None),
        ("", None),
    ],
)
def test_the_authorization_header_gives_bytes(value: str, basic: bytes | None) -> None:
    assert basic_of(Headers([("Authorization", value)])) == basic


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_categories=["Cc"]), max_size=60))
def test_no_authorization_header_is_too_odd(value: str) -> None:
    basic_of(Headers([("Authorization", "Basic " + value)]))


# --- refusals and tolerance -----------------------------------------------------------------------------------


def test_the_answer_is_a_handshake() -> None:
    opening = opened(head())
    assert opening.response.startswith(b"HTTP/1.1 101 Switching Protocols\r\n")
    headers = response_headers(opening)
    assert headers["Sec-WebSocket-Accept"] == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="  # RFC 6455 §1.3
    assert "Sec-WebSocket-Extensions" not in headers
    assert opening.knock.remote == "192.0.2.1"
    assert not opening.knock.secure
    assert opened(head(), Door.under("/ocpp", secure=True)).knock.secure


@pytest.mark.parametrize(
    ("request_head", "status"),
    [
        (head(Upgrade=None), 426),
        (head(Upgrade="h2c"), 426),
        (head(Origin="https://evil.example"), 403),
        (head(Origin="null"), 403),
        (head(method="POST"), 405),
        (head(Sec_WebSocket_Key=None), 400),
        (head(Sec_WebSocket_Key="short"), 400),
        (head(Sec_WebSocket_Version="8"), 400),
        (head(Sec_WebSocket_Version=None), 400),
        (head(Content_Length="5"), 400),
        (head().replace(b"HTTP/1.1", b"HTTP/1.0", 1), 505),
        (head().replace(b"HTTP/1.1", b"HTTP/9.9", 1), 400),
        (head().replace(b"Host:", b"Ho st:"), 400),
        (head(X="y" * 9000), 400),
        (b"\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
        (b"GET\r\n\r\n", 400),
    ],
)
def test_what_is_no_upgrade_is_refused(request_head: bytes, status: int) -> None:
    assert refused(request_head).status == status


def test_a_wrong_version_is_told_the_right_one() -> None:
    assert ("Sec-WebSocket-Version", "13") in refused(head(Sec_WebSocket_Version="8")).headers


@pytest.mark.parametrize("connection", [None, "keep-alive"])
def test_a_missing_connection_header_is_forgiven_if_tolerant(connection: str | None) -> None:
    request = head(Connection=connection)
    assert opened(request).dialect is V16
    strict = Rules(RULES.choose, None, RULES.log, tolerant=False)
    assert refused(request, rules=strict).status == 426


def test_upgrade_in_a_list_of_connection_options_is_one() -> None:
    assert opened(head(Connection="keep-alive, upgrade")).dialect is V16


def test_compression_is_agreed_without_memory_between_messages() -> None:
    rules = Rules(RULES.choose, _extensions(Terms(compression=True)), RULES.log)
    offer = "permessage-deflate; client_max_window_bits"
    opening = opened(head(Sec_WebSocket_Extensions=offer), rules=rules)
    agreed = response_headers(opening)["Sec-WebSocket-Extensions"]
    assert "server_no_context_takeover" in agreed
    assert "client_no_context_takeover" in agreed
    assert len(opening.extensions) == 1
    assert opened(head(Sec_WebSocket_Extensions=offer)).extensions == []


def test_a_refusal_is_a_whole_http_response() -> None:
    text = refusal_text(Refusal(401, "No.", (("WWW-Authenticate", "Basic"),))).decode()
    status, _, rest = text.partition("\r\n")
    assert status == "HTTP/1.1 401 Unauthorized"
    headers, _, body = rest.partition("\r\n\r\n")
    assert "Connection: close" in headers
    assert "WWW-Authenticate: Basic" in headers
    assert f"Content-Length: {len(body)}" in headers
    assert body == "No.\n"


# --- anything at all ------------------------------------------------------------------------------------------


@given(st.binary(max_size=300))
def test_no_request_is_too_odd(noise: bytes) -> None:
    read(noise + b"\r\n\r\n", DOOR, "", RULES)
    read(head().replace(b"/ocpp/CP1", noise.replace(b"\r\n", b"")), DOOR, "", RULES)
    read(head(b"/ocpp/" + noise.replace(b"\n", b"")), DOOR, "", RULES)


@given(st.text(max_size=100), st.sampled_from(["", "ocpp"]))
def test_no_claim_has_an_identity_that_could_do_harm(target: str, prefix: str) -> None:
    claims = claims_of("/" + target, (prefix,) if prefix else ())
    if isinstance(claims, Refusal):
        return
    for claim in claims:
        assert claim.identity is None or (claim.identity.isprintable() and 0 < len(claim.identity) <= 255)


@given(st.binary(max_size=200))
def test_tidying_gives_a_request_line_of_plain_ascii(noise: bytes) -> None:
    line = tidy(b"GET /" + noise.replace(b"\r\n", b"") + b" HTTP/1.1\r\n\r\n").partition(b"\r\n")[0]
    method, target, version = line.split(b" ")
    assert (method, version) == (b"GET", b"HTTP/1.1")
    assert target.isascii()
    assert target.startswith(b"/")
