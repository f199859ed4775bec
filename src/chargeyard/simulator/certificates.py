"""Certificates stored by a charge point, and the request for its own.

The standard library has no X.509, and a simulator needs little of it: which bytes are the issuer and the key
of a certificate, and one way to write a signing request.
"""

from __future__ import annotations

import base64
import hashlib
import random
import ssl
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from chargeyard.simulator.der import Malformed, children, tlv
from chargeyard.simulator.elliptic import GENERATOR, ORDER, multiply

HashAlgorithm = Literal["SHA256", "SHA384", "SHA512"]

_HASHES: Mapping[HashAlgorithm, Callable[[bytes], Any]] = {
    "SHA256": hashlib.sha256,
    "SHA384": hashlib.sha384,
    "SHA512": hashlib.sha512,
}


class Hashed(msgspec.Struct, frozen=True):
    """How OCPP names a certificate."""

    hash_algorithm: HashAlgorithm
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class Stored(msgspec.Struct, frozen=True):
    """A certificate as far as it is read: DER of the issuer's name, its public key's bits, serial number."""

    use: str
    issuer: bytes
    key: bytes
    serial: int

    def hashed(self, algorithm: HashAlgorithm) -> Hashed:
        """How OCPP names it. A root is its own issuer, so its own key is the issuer's."""
        hashing = _HASHES[algorithm]
        return Hashed(
            hash_algorithm=algorithm,
            issuer_name_hash=hashing(self.issuer).hexdigest(),
            issuer_key_hash=hashing(self.key).hexdigest(),
            serial_number=f"{self.serial:x}"[:40],
        )


class CertificateStore:
    """Root certificates of one charge point, and its own chain."""

    __slots__ = ("_stored", "chain")

    def __init__(self) -> None:
        self._stored: tuple[Stored, ...] = ()
        self.chain: str | None = None

    def install(self, use: str, pem: str, limit: int) -> Literal["Accepted", "Rejected", "Failed"]:
        """Store a root certificate: Rejected if it is none, Failed if the store is full."""
        try:
            stored = parse(use, pem)
        except Malformed:
            return "Rejected"
        if stored in self._stored:
            return "Accepted"
        if len(self._stored) >= limit:
            return "Failed"
        self._stored = (*self._stored, stored)
        return "Accepted"

    def listed(self, use: str) -> list[Hashed]:
        """What is stored for one use."""
        return [stored.hashed("SHA256") for stored in self._stored if stored.use == use]

    def all(self) -> tuple[Stored, ...]:
        """Whatever is stored."""
        return self._stored

    def delete(self, wanted: Hashed) -> Literal["Accepted", "NotFound"]:
        """Remove the certificate with these hashes; upper and lower case are the same."""
        kept = tuple(
            stored
            for stored in self._stored
            if _folded(stored.hashed(wanted.hash_algorithm)) != _folded(wanted)
        )
        if len(kept) == len(self._stored):
            return "NotFound"
        self._stored = kept
        return "Accepted"


def parse(use: str, pem: str) -> Stored:
    """Read the first certificate of a PEM text; raises `Malformed`."""
    try:
        der = ssl.PEM_cert_to_DER_cert(pem.strip()[: pem.strip().find("-----END CERTIFICATE-----") + 25])
    except ValueError as error:
        raise Malformed("not PEM") from error
    fields = children(children(children(der)[0][1])[0][1])
    # The version is [0] EXPLICIT and may be missing.
    numbers = fields[1:] if fields and fields[0][0] == 0xA0 else fields
    if len(numbers) < 6 or numbers[0][0] != 0x02:
        raise Malformed("not a certificate")
    key_bits = children(numbers[5][1])
    if len(key_bits) < 2:
        raise Malformed("no public key")
    return Stored(use, tlv(0x30, numbers[2][1]), key_bits[1][1][1:], int.from_bytes(numbers[0][1]))


def _folded(hashed: Hashed) -> tuple[str, ...]:
    serial = hashed.serial_number.lower().lstrip("0")
    return (hashed.hash_algorithm, hashed.issuer_name_hash.lower(), hashed.issuer_key_hash.lower(), serial)


_EC_KEY = bytes.fromhex("06072a8648ce3d020106082a8648ce3d030107")  # ecPublicKey, prime256v1
_ECDSA_SHA256 = bytes.fromhex("06082a8648ce3d040302")
_COMMON_NAME = bytes.fromhex("0603550403")
_ORGANIZATION = bytes.fromhex("060355040a")
_PEM_WIDTH = 64


def signing_request(common_name: str, organization: str, rng: random.Random) -> str:
    """A PKCS #10 request (PEM) with a new P-256 key, signed by it. The key is forgotten: nobody connects with it.

    ``rng`` makes it repeatable, and therefore good for nothing but a simulation.
    """
    secret = rng.randrange(1, ORDER)
    point = _point_bytes(multiply(secret, GENERATOR))
    key = tlv(0x30, tlv(0x30, _EC_KEY) + tlv(0x03, b"\0" + point))
    subject = tlv(0x30, _name(_ORGANIZATION, organization) + _name(_COMMON_NAME, common_name))
    body = tlv(0x30, tlv(0x02, b"\0") + subject + key + tlv(0xA0, b""))
    signature = tlv(0x03, b"\0" + _sign(body, secret, rng))
    return _pem("CERTIFICATE REQUEST", tlv(0x30, body + tlv(0x30, _ECDSA_SHA256) + signature))


def _name(kind: bytes, text: str) -> bytes:
    return tlv(0x31, tlv(0x30, kind + tlv(0x0C, text.encode())))


def _point_bytes(point: tuple[int, int]) -> bytes:
    return b"\4" + point[0].to_bytes(32) + point[1].to_bytes(32)


def _sign(message: bytes, secret: int, rng: random.Random) -> bytes:
    digest = int.from_bytes(hashlib.sha256(message).digest())
    nonce = rng.randrange(1, ORDER)
    r = multiply(nonce, GENERATOR)[0] % ORDER
    s = pow(nonce, -1, ORDER) * (digest + r * secret) % ORDER
    return tlv(0x30, _integer(r) + _integer(s))


def _integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1))


def _pem(label: str, der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _PEM_WIDTH] for start in range(0, len(text), _PEM_WIDTH)]
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))
