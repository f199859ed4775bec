"""Certificates on the wire of 2.x."""

from collections.abc import Mapping

from msgspec import UNSET

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, outcomes
from chargeyard.domain.certificates import CertificateHash, CertificateUse, InstalledCertificate, SigningUse
from chargeyard.domain.results import CertificatesTold
from chargeyard.ocpp.v201 import messages as m

USES: Mapping[CertificateUse, str] = {
    "CsmsRoot": "CSMSRootCertificate",
    "ManufacturerRoot": "ManufacturerRootCertificate",
    "V2GRoot": "V2GRootCertificate",
    "MobilityOperatorRoot": "MORootCertificate",
    # 2.1 only; the schema of 2.0.1 does not let it through.
    "OemRoot": "OEMRootCertificate",
    # To be listed only; no schema lets it be installed.
    "V2GChain": "V2GCertificateChain",
}
_MEANINGS = {word: use for use, word in USES.items()}

SIGNING_USES: Mapping[SigningUse, str] = {
    "ChargingStation": "ChargingStationCertificate",
    "V2G": "V2GCertificate",
    # 2.1 only.
    "V2G20": "V2G20Certificate",
}
SIGNING_MEANINGS: Mapping[str, SigningUse] = {word: use for use, word in SIGNING_USES.items()}


def install_script(command: commands.InstallCertificate) -> Script:
    """InstallCertificate."""
    request = m.InstallCertificateRequest(
        certificate_type=USES[command.use],  # type: ignore[arg-type]  # the schema is asked before it is said
        certificate=command.certificate,
    )
    return settled((yield request))


def delete_script(command: commands.DeleteCertificate) -> Script:
    """DeleteCertificate."""
    named = command.certificate
    data = m.CertificateHashDataType(
        hash_algorithm=named.hash_algorithm,  # type: ignore[arg-type]
        issuer_name_hash=named.issuer_name_hash,
        issuer_key_hash=named.issuer_key_hash,
        serial_number=named.serial_number,
    )
    return settled((yield m.DeleteCertificateRequest(certificate_hash_data=data)))


def read_script(command: commands.ReadInstalledCertificates) -> Script:
    """GetInstalledCertificateIds; none found is an answer too (M03.FR.02)."""
    wanted = [USES[use] for use in command.uses]
    reply = yield m.GetInstalledCertificateIdsRequest(certificate_type=wanted or UNSET)  # type: ignore[arg-type]
    outcome = settled(reply)
    if not isinstance(outcome, outcomes.Accepted) and getattr(outcome, "reason", "") != "NotFound":
        return outcome
    chains = getattr(reply.message, "certificate_hash_data_chain", UNSET) or ()
    told = CertificatesTold(
        uses=command.uses or tuple(USES), certificates=tuple(map(_installed_from, chains))
    )
    return outcomes.Accepted(said=reply.said, result=told)


def _installed_from(told: m.CertificateHashDataChainType) -> InstalledCertificate:
    return InstalledCertificate(
        use=_MEANINGS.get(told.certificate_type, told.certificate_type),
        hashes=hash_from(told.certificate_hash_data),
        children=tuple(map(hash_from, told.child_certificate_hash_data or ())),
    )


def hash_from(told: m.CertificateHashDataType) -> CertificateHash:
    """CertificateHashDataType."""
    return CertificateHash(
        hash_algorithm=told.hash_algorithm,
        issuer_name_hash=told.issuer_name_hash,
        issuer_key_hash=told.issuer_key_hash,
        serial_number=told.serial_number,
    )


def signed_script(command: commands.SendSignedCertificate) -> Script:
    """CertificateSigned; requests have no numbers in 2.0.1."""
    if command.request_id is not None:
        return outcomes.Invalid(detail="this version does not number requests for certificates")
    request = m.CertificateSignedRequest(
        certificate_chain=command.chain,
        certificate_type=SIGNING_USES[command.use],  # type: ignore[arg-type]
    )
    return settled((yield request))
