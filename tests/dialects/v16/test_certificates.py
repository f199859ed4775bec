"""Certificates in the words of 1.6."""

import pytest

from chargeyard.domain import commands, outcomes
from chargeyard.domain.certificates import CertificateHash, InstalledCertificate
from chargeyard.domain.results import CertificatesTold
from tests.dialects.v16.saying import conversation, refusal

PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
HASH = CertificateHash(
    hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1"
)
HASHES = {"hashAlgorithm": "SHA256", "issuerNameHash": "ab", "issuerKeyHash": "cd", "serialNumber": "1"}
OK = {"status": "Accepted"}


def test_what_is_said() -> None:
    assert conversation(commands.InstallCertificate(use="CsmsRoot", certificate=PEM), OK)[0] == [
        ("InstallCertificate", {"certificateType": "CentralSystemRootCertificate", "certificate": PEM})
    ]
    assert conversation(commands.DeleteCertificate(certificate=HASH), OK)[0] == [
        ("DeleteCertificate", {"certificateHashData": HASHES})
    ]
    assert conversation(commands.SendSignedCertificate(chain=PEM), OK)[0] == [
        ("CertificateSigned", {"certificateChain": PEM})
    ]


def test_one_use_is_asked_for_at_a_time() -> None:
    asked, outcome = conversation(
        commands.ReadInstalledCertificates(),
        {"status": "NotFound"},
        {"status": "Accepted", "certificateHashData": [HASHES]},
    )
    assert [payload["certificateType"] for _, payload in asked] == [
        "CentralSystemRootCertificate",
        "ManufacturerRootCertificate",
    ]
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == CertificatesTold(
        uses=("CsmsRoot", "ManufacturerRoot"),
        certificates=(InstalledCertificate(use="ManufacturerRoot", hashes=HASH),),
    )


@pytest.mark.parametrize(
    "command",
    [
        commands.InstallCertificate(use="V2GRoot", certificate=PEM),
        commands.ReadInstalledCertificates(uses=("CsmsRoot", "OemRoot")),
        commands.SendSignedCertificate(chain=PEM, use="V2G"),
        commands.SendSignedCertificate(chain=PEM, request_id=1),
    ],
    ids=str,
)
def test_what_this_version_cannot_say(command: commands.Command) -> None:
    assert refusal(command).detail
