"""What 2.1 says more about certificates: numbered requests, and the status of a vehicle's whole chain."""

from msgspec import UNSET

from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.v201.certificates import SIGNING_USES, hash_from
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.dialects.v201.security import signing_use
from chargeyard.domain import commands, reports
from chargeyard.ocpp.v21 import messages as m

LONG_AGO = "1970-01-01T00:00:00Z"
"""When to look again: whatever is known was known too long ago to be cached."""


def certificate_from(request: m.SignCertificateRequest, hearing: Hearing) -> reports.CertificateRequested:
    """SignCertificate, with its number (A02.FR.25) and the root that the certificate should lead to."""
    root = request.hash_root_certificate
    return reports.CertificateRequested(
        csr=request.csr,
        use=signing_use(request.certificate_type or ""),
        request_id=hearing.whole(request.request_id, NUMBERS, None, "$.requestId"),
        root=hash_from(root) if root else None,  # type: ignore[arg-type]  # the same fields in both versions
    )


def signed_script(command: commands.SendSignedCertificate) -> Script:
    """CertificateSigned, with the number of the request (A02.FR.25)."""
    request = m.CertificateSignedRequest(
        certificate_chain=command.chain,
        certificate_type=SIGNING_USES[command.use],  # type: ignore[arg-type]  # the schema is asked before it is said
        request_id=UNSET if command.request_id is None else command.request_id,
    )
    return settled((yield request))


def unknown_chain_status(
    request: m.GetCertificateChainStatusRequest,
) -> m.GetCertificateChainStatusResponse:
    """GetCertificateChainStatusResponse: for each certificate, its status could not be found out (M07)."""
    return m.GetCertificateChainStatusResponse(
        certificate_status=[
            m.CertificateStatusType(
                certificate_hash_data=asked.certificate_hash_data,
                source=asked.source,
                status="Failed",
                next_update=LONG_AGO,
            )
            for asked in request.certificate_status_requests
        ]
    )
