"""Certificates at a charge point: what each is for, and how one is named without showing it.

PEM is looked at only as far as the standard library goes: armour, Base64, and that DER lies behind it. Whether a
signature is right is the charge point's to judge, and a certificate authority's.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from hashlib import sha256
from typing import Literal

import msgspec
from msgspec import Struct

from chargeyard.domain.items import Item

CertificateUse = Literal[
    "CsmsRoot", "ManufacturerRoot", "V2GRoot", "MobilityOperatorRoot", "OemRoot", "V2GChain"
]
"""What an installed certificate is for: the central system's root, the manufacturer's (for firmware), the roots of
ISO 15118 (V2G, mobility operators, vehicle makers), and the charge point's own V2G chain, which is only listed."""

USES: tuple[CertificateUse, ...] = (
    *("CsmsRoot", "ManufacturerRoot", "V2GRoot", "MobilityOperatorRoot", "OemRoot", "V2GChain"),
)

SigningUse = Literal["ChargingStation", "V2G", "V2G20"]
"""What a certificate that a charge point asks for is for: its own for TLS towards us, or towards vehicles (ISO 15118-2
and -20)."""

LARGEST_CSR = 5500
"""Characters of a certificate request (OCPP 1.6 and 2.x)."""


class CertificateHash(Struct, frozen=True, kw_only=True, rename="camel"):
    """A certificate by hashes of its issuer and by its serial number, as the charge point reckons them.

    It must be named to the charge point by the same algorithm that it used itself (M04.FR.01).
    """

    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str


class InstalledCertificate(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A certificate that is there. `children` are those below it, from the charge point's own chain."""

    use: str
    hashes: CertificateHash
    children: tuple[CertificateHash, ...] = ()


def item_of(certificate: InstalledCertificate) -> Item:
    """The certificate in the book of what is installed."""
    body = msgspec.Raw(msgspec.json.encode(certificate))
    return Item(key=key_of(certificate.use, certificate.hashes), body=body)


def key_of(use: str, named: CertificateHash) -> str:
    """What the book calls a certificate; hexadecimal digits count in either case."""
    text = "|".join(getattr(named, field) for field in named.__struct_fields__).lower()
    return f"{prefix_of(use)}{sha256(text.encode('utf-8', 'replace')).hexdigest()}"


def prefix_of(use: str) -> str:
    """What the keys of all certificates of that use begin with."""
    return f"{use[:100]}:"


def fingerprint(pem: str) -> str:
    """SHA-256 of the first certificate in `pem` as people compare it; empty if there is none."""
    if flaw_of_certificates(pem):
        return ""
    _, der = next(_blocks(pem))
    return sha256(der).hexdigest()


def flaw_of_certificates(pem: str) -> str:
    """Why `pem` is not one or more certificates and nothing else; empty if it is. A key must never get here."""
    return _flaw(pem, frozenset(("CERTIFICATE",)), "certificates")


def flaw_of_request(pem: str) -> str:
    """Why `pem` is no certificate request (PKCS#10), as far as can be seen; empty if it may be one."""
    if len(pem) > LARGEST_CSR:
        return f"longer than {LARGEST_CSR} characters"
    return _flaw(pem, frozenset(("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")), "a certificate request")


def _flaw(pem: str, allowed: frozenset[str], wanted: str) -> str:
    try:
        labels = [label for label, _ in _blocks(pem)]
    except ValueError as error:
        return str(error)
    if not labels or not allowed.issuperset(labels):
        return f"not {wanted} in PEM"
    return "" if not _BLOCK.sub("", pem).strip() else "text outside of the PEM"


_BLOCK = re.compile(r"-----BEGIN ([A-Z0-9 ]{1,40})-----([^-]*)-----END \1-----")


def _blocks(pem: str) -> Iterator[tuple[str, bytes]]:
    for match in _BLOCK.finditer(pem):
        try:
            der = base64.b64decode("".join(match[2].split()), validate=True)
        except binascii.Error:
            raise ValueError("the PEM is not Base64") from None
        if not _is_sequence(der):
            raise ValueError("the PEM holds no DER")
        yield match[1], der


def _is_sequence(der: bytes) -> bool:
    """Whether `der` is one ASN.1 SEQUENCE from the first byte to the last (X.690 §8.1)."""
    if len(der) < 2 or der[0] != 0x30:
        return False
    size = der[1]
    if size < 0x80:
        return len(der) == 2 + size
    octets = size & 0x7F
    return 0 < octets <= 4 and len(der) == 2 + octets + int.from_bytes(der[2 : 2 + octets])
