"""Certificates and security events."""

import pytest

from chargeyard.domain import commands, events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, CertificateAwaited
from chargeyard.domain.certificates import USES, CertificateHash, InstalledCertificate, fingerprint, key_of
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Context, Policy
from chargeyard.domain.outcomes import AnyOutcome, Rejected
from chargeyard.domain.results import CertificatesTold
from chargeyard.domain.security import is_critical
from tests.domain.made import NOW, apply, context
from tests.domain.scenes import NO_NEWS, accepted, after, named

PEM = "-----BEGIN CERTIFICATE-----\nMAMCAQU=\n-----END CERTIFICATE-----"
CSR = PEM.replace("CERTIFICATE", "CERTIFICATE REQUEST")
HASH = CertificateHash(
    hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1"
)


def _asked(report: reports.CertificateRequested, *, keeps: bool) -> events.CertificateRequested:
    context = Context(now=NOW, policy=Policy(keeps_certificate_requests=keeps))
    decision = apply(ChargePoint(id="CP1"), report, context)
    [event] = decision.events
    assert isinstance(event, events.CertificateRequested)
    assert decision.answer == CertificateAwaited(accepted=event.accepted)
    return event


def test_a_request_is_accepted_only_where_somebody_has_it_signed() -> None:
    report = reports.CertificateRequested(csr=CSR, use="V2G", request_id=4, root=HASH)
    assert not _asked(report, keeps=False).accepted
    kept = _asked(report, keeps=True)
    assert (kept.accepted, kept.csr, kept.use, kept.request_id) == (True, CSR, "V2G", 4)
    assert (kept.root, kept.flaw) == (HASH, "")


@pytest.mark.parametrize("csr", ["", "PEM", PEM, CSR + "x", CSR + "\n" * 6000])
def test_what_is_no_request_is_never_accepted(csr: str) -> None:
    kept = _asked(reports.CertificateRequested(csr=csr), keeps=True)
    assert (kept.accepted, kept.csr) == (False, csr)
    assert kept.flaw


def test_every_security_event_is_kept() -> None:
    told = reports.SecurityEventHappened(kind="NeverHeardOf", at=NOW, tech_info="x")
    decision = apply(ChargePoint(id="CP1"), told, context())
    [event] = decision.events
    assert isinstance(event, events.SecurityEventRecorded)
    assert (event.kind, event.tech_info, decision.answer) == ("NeverHeardOf", "x", ACKNOWLEDGED)


def test_which_are_critical() -> None:
    assert is_critical("TamperDetectionActivated")
    assert is_critical("InvalidCentralSystemCertificate")
    assert not is_critical("MemoryExhaustion")
    assert not is_critical("NeverHeardOf")


def test_what_is_no_certificate_has_no_fingerprint() -> None:
    for text in ("", "no PEM", CSR, PEM.replace("MAMC", "AAMC")):
        assert fingerprint(text) == ""


def test_a_certificate_that_was_accepted_is_remembered_by_its_fingerprint() -> None:
    for command, use in (
        (commands.InstallCertificate(use="CsmsRoot", certificate=PEM), "CsmsRoot"),
        (commands.SendSignedCertificate(chain=PEM), "ChargingStation"),
    ):
        [event] = after(command, accepted())
        assert isinstance(event, events.CertificateInstalled)
        assert (event.use, event.fingerprint) == (use, fingerprint(PEM))


@pytest.mark.parametrize("outcome", [accepted(), Rejected(reason="NotFound")], ids=named)
def test_what_was_deleted_is_gone_whatever_it_was_for(outcome: AnyOutcome) -> None:
    [removed] = after(commands.DeleteCertificate(certificate=HASH), outcome)
    assert isinstance(removed, events.ItemsRemoved)
    assert removed.keys == tuple((0, key_of(use, HASH)) for use in USES)


def test_what_was_told_replaces_what_was_known_of_the_same_use() -> None:
    told = CertificatesTold(
        uses=("CsmsRoot", "V2GRoot"), certificates=(InstalledCertificate(use="V2GRoot", hashes=HASH),)
    )
    command = commands.ReadInstalledCertificates(uses=told.uses)
    *gone, installed = after(command, accepted(told))
    assert [(one.keys, one.prefix) for one in gone if isinstance(one, events.ItemsRemoved)] == [
        (None, "CsmsRoot:"),
        (None, "V2GRoot:"),
    ]
    assert isinstance(installed, events.ItemsInstalled)
    assert [item.key for item in installed.items] == [key_of("V2GRoot", HASH)]


@pytest.mark.parametrize("outcome", [*NO_NEWS, Rejected(reason="Failed")], ids=named)
def test_nothing_is_concluded_from_anything_else(outcome: AnyOutcome) -> None:
    for command in (
        commands.InstallCertificate(use="CsmsRoot", certificate=PEM),
        commands.SendSignedCertificate(chain=PEM),
        commands.DeleteCertificate(certificate=HASH),
        commands.ReadInstalledCertificates(),
    ):
        assert after(command, outcome) == ()
