"""Certificates on the wire of 1.6 (security extension)."""

from collections.abc import Mapping

from msgspec import UNSET

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands, outcomes
from chargeyard.domain.certificates import CertificateHash, CertificateUse, InstalledCertificate
from chargeyard.domain.results import CertificatesTold
from chargeyard.ocpp.v16 import messages as m

USES: Mapping[CertificateUse, m.CertificateUseEnumType] = {
    "CsmsRoot": "CentralSystemRootCertificate",
    "ManufacturerRoot": "ManufacturerRootCertificate",
}


def install_script(command: commands.InstallCertificate) -> Script:
    """InstallCertificate."""
    use = USES.get(command.use)
    if use is None:
        return _unsaid(command.use)
    return settled((yield m.InstallCertificateRequest(certificate_type=use, certificate=command.certificate)))


def delete_script(command: commands.DeleteCertificate) -> Script:
    """DeleteCertificate."""
    named = command.certificate
    data = m.CertificateHashDataType(
        hash_algorithm=named.hash_algorithm,  # type: ignore[arg-type]  # the schema is asked before it is said
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
    )
    return settled((yield m.DeleteCertificateRequest(certificate_hash_data=data)))


def read_script(command: commands.ReadInstalledCertificates) -> Script:
    """GetInstalledCertificateIds, once for each use: 1.6 asks for one at a time. None found is an answer too."""
    uses = command.uses or tuple(USES)
    told: list[InstalledCertificate] = []
    for use in uses:
        if use not in USES:
            return _unsaid(use)
    for use in uses:
        reply = yield m.GetInstalledCertificateIdsRequest(certificate_type=USES[use])
        outcome = settled(reply)
        if not isinstance(outcome, outcomes.Accepted) and getattr(outcome, "reason", "") != "NotFound":
            return outcome
        told += [
            InstalledCertificate(use=use, hashes=_hash_from(one))
            for one in getattr(reply.message, "certificate_hash_data", UNSET) or ()
        ]
    return outcomes.Accepted(said=reply.said, result=CertificatesTold(uses=uses, certificates=tuple(told)))


def _hash_from(told: m.CertificateHashDataType) -> CertificateHash:
    return CertificateHash(
        hash_algorithm=told.hash_algorithm,
        issuer_name_hash=told.issuer_name_hash,
        issuer_key_hash=told.issuer_key_hash,
        serial_number=told.serial_number,
    )


def signed_script(command: commands.SendSignedCertificate) -> Script:
    """CertificateSigned: the charge point's own certificate, and no number."""
    if command.use != "ChargingStation" or command.request_id is not None:
        return outcomes.Invalid(detail="this version has one use of signed certificates, and no requestId")
    return settled((yield m.CertificateSignedRequest(certificate_chain=command.chain)))


def _unsaid(use: CertificateUse) -> outcomes.Invalid:
    return outcomes.Invalid(detail=f"this version has no certificates for {use}")
