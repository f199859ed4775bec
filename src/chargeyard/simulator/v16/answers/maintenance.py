"""Answers to the requests about firmware, logs and certificates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16 import messages as m
from chargeyard.simulator.certificates import Hashed

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint


def update_firmware(cp: ChargePoint, request: m.UpdateFirmwareRequest) -> Message:
    """Update without a signature."""
    return cp.maintenance.update(request)


def signed_update_firmware(cp: ChargePoint, request: m.SignedUpdateFirmwareRequest) -> Message:
    """Update with a signature; a bad certificate is a security event as well."""
    response = cp.maintenance.update_signed(request)
    if response.status == "InvalidCertificate":
        _security_event(cp, "InvalidFirmwareSigningCertificate")
    return response


def get_diagnostics(cp: ChargePoint, request: m.GetDiagnosticsRequest) -> Message:
    """Go through the motions of a diagnostics upload."""
    return cp.maintenance.send_diagnostics(request)


def get_log(cp: ChargePoint, request: m.GetLogRequest) -> Message:
    """Go through the motions of a log upload."""
    return cp.maintenance.send_log(request)


def install_certificate(cp: ChargePoint, request: m.InstallCertificateRequest) -> Message:
    """Store a root certificate."""
    limit = cp.configuration.number("CertificateStoreMaxLength")
    status = cp.certificates.install(request.certificate_type, request.certificate, limit)
    return m.InstallCertificateResponse(status=status)


def installed_certificates(cp: ChargePoint, request: m.GetInstalledCertificateIdsRequest) -> Message:
    """List the root certificates of one use."""
    listed = [
        m.CertificateHashDataType(**msgspec.structs.asdict(hashed))
        for hashed in cp.certificates.listed(request.certificate_type)
    ]
    if not listed:
        return m.GetInstalledCertificateIdsResponse(status="NotFound")
    return m.GetInstalledCertificateIdsResponse(status="Accepted", certificate_hash_data=listed)


def delete_certificate(cp: ChargePoint, request: m.DeleteCertificateRequest) -> Message:
    """Remove a root certificate by its hashes."""
    told = request.certificate_hash_data
    wanted = Hashed(told.hash_algorithm, told.issuer_name_hash, told.issuer_key_hash, told.serial_number)
    return m.DeleteCertificateResponse(status=cp.certificates.delete(wanted))


def certificate_signed(cp: ChargePoint, request: m.CertificateSignedRequest) -> Message:
    """Take a signed certificate; what is none is a security event."""
    if "-----BEGIN CERTIFICATE-----" not in request.certificate_chain:
        _security_event(cp, "InvalidChargePointCertificate")
        return m.CertificateSignedResponse(status="Rejected")
    cp.certificates.chain = request.certificate_chain
    return m.CertificateSignedResponse(status="Accepted")


def _security_event(cp: ChargePoint, kind: str) -> None:
    event = m.SecurityEventNotificationRequest(type=kind, timestamp=cp.timestamp())
    cp.later(0.0, lambda: cp.ask("SecurityEventNotification", event, keep=True))
