"""Certificates and requests, as far as they are looked at here."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain import certificates as c
from chargeyard.domain.secrets import masked_text


def _pem(label: str, der: bytes) -> str:
    return f"-----BEGIN {label}-----\n{base64.encodebytes(der).decode()}-----END {label}-----\n"


SHORT = b"\x30\x03\x02\x01\x05"
LONG = b"\x30\x82\x01\x00" + bytes(256)
CERTIFICATE = _pem("CERTIFICATE", SHORT)
KEY = _pem("PRIVATE KEY", SHORT)


@pytest.mark.parametrize(
    "pem", [CERTIFICATE, CERTIFICATE + _pem("CERTIFICATE", LONG), CERTIFICATE.replace("\n", "\r\n")]
)
def test_certificates(pem: str) -> None:
    assert c.flaw_of_certificates(pem) == ""


@pytest.mark.parametrize(
    "pem",
    [
        "",
        "MAMCAQU=",
        KEY,
        CERTIFICATE + KEY,
        KEY + CERTIFICATE,
        _pem("CERTIFICATE REQUEST", SHORT),
        f"subject=x\n{CERTIFICATE}",
        CERTIFICATE.replace("MAMCAQU=", "not base 64"),
        _pem("CERTIFICATE", b""),
        _pem("CERTIFICATE", b"\x31\x00"),
        _pem("CERTIFICATE", SHORT + b"\x00"),
        _pem("CERTIFICATE", LONG[:-1]),
        _pem("CERTIFICATE", b"\x30\x80\x00\x00"),
        CERTIFICATE.replace("END CERTIFICATE", "END PRIVATE KEY"),
    ],
)
def test_what_are_no_certificates(pem: str) -> None:
    assert c.flaw_of_certificates(pem)


def test_requests() -> None:
    assert c.flaw_of_request(_pem("CERTIFICATE REQUEST", LONG)) == ""
    assert c.flaw_of_request(_pem("NEW CERTIFICATE REQUEST", SHORT)) == ""
    assert c.flaw_of_request(CERTIFICATE)
    assert c.flaw_of_request("PEM")
    assert c.flaw_of_request(_pem("CERTIFICATE REQUEST", b"\x30\x82\x20\x00" + bytes(8192)))


def test_the_fingerprint_is_of_the_first_certificate() -> None:
    alone = c.fingerprint(CERTIFICATE)
    assert c.fingerprint(CERTIFICATE + _pem("CERTIFICATE", LONG)) == alone
    assert c.fingerprint(KEY) == ""


def test_a_name_does_not_depend_on_case() -> None:
    lower = c.CertificateHash(
        hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1f"
    )
    upper = c.CertificateHash(
        hash_algorithm="SHA256", issuer_name_hash="AB", issuer_key_hash="CD", serial_number="1F"
    )
    assert c.key_of("CsmsRoot", lower) == c.key_of("CsmsRoot", upper)
    assert c.key_of("CsmsRoot", lower) != c.key_of("V2GRoot", lower)
    assert c.key_of("CsmsRoot", lower).startswith(c.prefix_of("CsmsRoot"))


def test_keys_are_masked_and_certificates_are_not() -> None:
    assert masked_text(f"{CERTIFICATE}{KEY}") == f"{CERTIFICATE}***\n"
    assert "MAMC" not in masked_text(KEY[:40])
    odd = CERTIFICATE.replace("MAMCAQU=", "MAMCpsk=x=")
    assert masked_text(odd) == odd


@given(st.text(max_size=300) | st.text("-BEGINEDCRTF KY\nMA=", max_size=300))
def test_whatever_is_given_is_judged(text: str) -> None:
    assert c.flaw_of_certificates(text)
    assert c.flaw_of_request(text)
