"""Answers to the requests about certificates (A, M)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.certificates import Hashed

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


_MOST = 16
_MARK = "-----BEGIN CERTIFICATE-----"
_USES: tuple[m.InstallCertificateUseEnumType, ...] = (
    "V2GRootCertificate",
    "MORootCertificate",
    "CSMSRootCertificate",
    "ManufacturerRootCertificate",
    "OEMRootCertificate",
)


def install_certificate(cp: ChargePoint, request: m.InstallCertificateRequest) -> Message:
    """Store a root certificate."""
    status = cp.certificates.install(request.certificate_type, request.certificate, _MOST)
    return m.InstallCertificateResponse(status=status)


def installed_certificates(cp: ChargePoint, request: m.GetInstalledCertificateIdsRequest) -> Message:
    """List the root certificates, of all uses if none is named."""
    asked = request.certificate_type
    chains = [
        m.CertificateHashDataChainType(
            certificate_type=use,
            certificate_hash_data=m.CertificateHashDataType(**msgspec.structs.asdict(hashed)),
        )
        for use in _USES
        if isinstance(asked, msgspec.UnsetType) or use in asked
        for hashed in cp.certificates.listed(use)
    ]
    return m.GetInstalledCertificateIdsResponse(
        status="Accepted" if chains else "NotFound", certificate_hash_data_chain=chains or msgspec.UNSET
    )


def delete_certificate(cp: ChargePoint, request: m.DeleteCertificateRequest) -> Message:
    """Remove a root certificate by its hashes."""
    told = request.certificate_hash_data
    wanted = Hashed(told.hash_algorithm, told.issuer_name_hash, told.issuer_key_hash, told.serial_number)
    return m.DeleteCertificateResponse(status=cp.certificates.delete(wanted))


def certificate_signed(cp: ChargePoint, request: m.CertificateSignedRequest) -> Message:
    """Take a signed certificate; what is none is a security event (A02.FR.07)."""
    if _MARK not in request.certificate_chain:
        cp.security_event("InvalidChargingStationCertificate")
        return m.CertificateSignedResponse(status="Rejected")
    cp.maintenance.signed()
    cp.certificates.chain = request.certificate_chain
    return m.CertificateSignedResponse(status="Accepted")
