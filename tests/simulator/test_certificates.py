"""Certificates: what is read of them agrees with OpenSSL."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.simulator.certificates import CertificateStore, parse, signing_request
from chargeyard.simulator.der import Malformed, children, tlv
from chargeyard.simulator.elliptic import GENERATOR, ORDER, add, multiply

# openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj "/O=Test/CN=Test Root" -set_serial 0x1A2B3C
ROOT_PEM = """\
-----BEGIN CERTIFICATE-----
MIIBjDCCATKgAwIBAgIDGis8MAoGCCqGSM49BAMCMCMxDTALBgNVBAoMBFRlc3Qx
EjAQBgNVBAMMCVRlc3QgUm9vdDAgFw0yNjExMjEwMjEzMjVaGA8yMTI2MTAyODAy
MTMyNVowIzENMAsGA1UECgwEVGVzdDESMBAGA1UEAwwJVGVzdCBSb290MFkwEwYH
KoZIzj0CAQYIKoZIzj0DAQcDQgAEDjfpkWMkDQIWPYuI2BZKwa8fNwT3LVUBs1J7
KfWRC7whkoCy90tD8f5QgkgZp5MSuTxb2I8z0ifZwsuGKMIBNqNTMFEwHQYDVR0O
BBYEFMoLM7FmIVWXC3vZIPXjWwNKNvucMB8GA1UdIwQYMBaAFMoLM7FmIVWXC3vZ
IPXjWwNKNvucMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAJUG
gQVg03wEGlaDkocXUvjvTwBbRo+M0fmqLEyClvuvAiBPI7cOBwQuDnNRWn0tKPwJ
y7T5nTw9J1YSGLNRE922Zw==
-----END CERTIFICATE-----
"""


def test_hashes_are_those_of_openssl() -> None:
    """Compared with `openssl ocsp -sha256 -issuer root -cert root -reqout r; openssl ocsp -reqin r -req_text`."""
    hashed = parse("CentralSystemRootCertificate", ROOT_PEM).hashed("SHA256")
    assert hashed.issuer_name_hash == "8ad465302635dc2846e8c5048bdfef8ce0257eb3b53c000c23e7d31060915403"
    assert hashed.issuer_key_hash == "ebf3eab109820724733aa5b494ac757a59be7179a98f94cc3026a88d938c7314"
    assert hashed.serial_number == "1a2b3c"


def test_store_is_limited_and_idempotent() -> None:
    store = CertificateStore()
    assert store.install("ManufacturerRootCertificate", ROOT_PEM, 1) == "Accepted"
    assert store.install("ManufacturerRootCertificate", ROOT_PEM, 1) == "Accepted"
    assert len(store.listed("ManufacturerRootCertificate")) == 1
    assert store.install("CentralSystemRootCertificate", ROOT_PEM, 1) == "Failed"


@given(st.binary(max_size=200))
def test_rubbish_is_malformed_and_nothing_worse(rubbish: bytes) -> None:
    """What is no DER is refused; what is, fills its bytes exactly."""
    try:
        parts = children(rubbish)
    except Malformed:
        return
    assert sum(len(content) for _, content in parts) <= len(rubbish)


@given(st.lists(st.tuples(st.integers(0, 255), st.binary(max_size=300)), min_size=1, max_size=5))
def test_der_round_trip(parts: list[tuple[int, bytes]]) -> None:
    assert children(b"".join(tlv(tag, content) for tag, content in parts)) == parts


@pytest.mark.parametrize("text", ["", "rubbish", ROOT_PEM[:200], ROOT_PEM.replace("MIIB", "AAAA")])
def test_broken_pem_is_malformed(text: str) -> None:
    with pytest.raises(Malformed):
        parse("ManufacturerRootCertificate", text)


def test_curve_has_its_order() -> None:
    assert multiply(2, GENERATOR) == add(GENERATOR, GENERATOR)
    # One less than the order gives the mirrored generator, and one more step infinity.
    assert multiply(ORDER - 1, GENERATOR)[0] == GENERATOR[0]
    assert add(multiply(ORDER - 1, GENERATOR), GENERATOR) is None


def test_signing_request_is_repeatable() -> None:
    one, other = (signing_request("CP", "Org", random.Random(3)) for _ in range(2))
    assert one == other
    assert one.startswith("-----BEGIN CERTIFICATE REQUEST-----\n")
