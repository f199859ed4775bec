"""Certificates in the words of 2.x."""

import pytest

from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.certificates import USES, CertificateHash, InstalledCertificate
from chargeyard.domain.results import CertificatesTold
from tests.dialects.v201.saying import outcome_of, refusal, said
from tests.dialects.v201.wire import BOTH, HASHES, OF_21, OF_201, Version, named

PEM = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----"
HASH = CertificateHash(
    hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1"
)


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_said(version: Version) -> None:
    install = commands.InstallCertificate(use="MobilityOperatorRoot", certificate=PEM)
    assert said(version, install) == (
        "InstallCertificate",
        {"certificateType": "MORootCertificate", "certificate": PEM},
    )
    delete = commands.DeleteCertificate(certificate=HASH)
    assert said(version, delete) == ("DeleteCertificate", {"certificateHashData": HASHES})
    read = commands.ReadInstalledCertificates(uses=("CsmsRoot", "V2GChain"))
    wanted = ["CSMSRootCertificate", "V2GCertificateChain"]
    assert said(version, read) == ("GetInstalledCertificateIds", {"certificateType": wanted})
    assert said(version, commands.ReadInstalledCertificates()) == ("GetInstalledCertificateIds", {})
    signed = commands.SendSignedCertificate(chain=PEM, use="V2G")
    assert said(version, signed) == (
        "CertificateSigned",
        {"certificateChain": PEM, "certificateType": "V2GCertificate"},
    )


def test_what_only_the_next_version_can_say() -> None:
    numbered = commands.SendSignedCertificate(chain=PEM, use="V2G20", request_id=0)
    assert said(OF_21, numbered)[1]["requestId"] == 0
    assert said(OF_21, numbered)[1]["certificateType"] == "V2G20Certificate"
    for command in (
        numbered,
        commands.SendSignedCertificate(chain=PEM, request_id=3),
        commands.SendSignedCertificate(chain=PEM, use="V2G20"),
        commands.InstallCertificate(use="OemRoot", certificate=PEM),
        commands.ReadInstalledCertificates(uses=("OemRoot",)),
    ):
        assert refusal(OF_201, command).detail
    assert said(OF_21, commands.InstallCertificate(use="OemRoot", certificate=PEM))[1]["certificateType"] == (
        "OEMRootCertificate"
    )


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_a_chain_is_only_listed(version: Version) -> None:
    assert refusal(version, commands.InstallCertificate(use="V2GChain", certificate=PEM)).detail


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_is_installed_is_told(version: Version) -> None:
    chain = {
        "certificateHashData": HASHES,
        "certificateType": "V2GCertificateChain",
        "childCertificateHashData": [HASHES],
    }
    answer = {"status": "Accepted", "certificateHashDataChain": [chain]}
    outcome = outcome_of(version, commands.ReadInstalledCertificates(), answer)
    assert isinstance(outcome, outcomes.Accepted)
    told = InstalledCertificate(use="V2GChain", hashes=HASH, children=(HASH,))
    assert outcome.result == CertificatesTold(uses=USES, certificates=(told,))


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_none_is_an_answer(version: Version) -> None:
    command = commands.ReadInstalledCertificates(uses=("CsmsRoot",))
    outcome = outcome_of(version, command, {"status": "NotFound"})
    assert isinstance(outcome, outcomes.Accepted)
    assert outcome.result == CertificatesTold(uses=("CsmsRoot",), certificates=())


def test_a_numbered_request_and_the_root_it_shall_lead_to() -> None:
    payload = {
        "csr": "PEM",
        "certificateType": "V2G20Certificate",
        "requestId": 9,
        "hashRootCertificate": HASHES,
    }
    assert OF_21.hear("SignCertificate", payload).report == reports.CertificateRequested(
        csr="PEM", use="V2G20", request_id=9, root=HASH
    )


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_what_nobody_here_can_find_out_is_not_promised(version: Version) -> None:
    for action in ("GetCertificateStatus", "Get15118EVCertificate"):
        assert isinstance(version.hear(action, version.requests[action]).report, reports.Reported)
        assert version.answer(action, version.requests[action])["status"] == "Failed"
