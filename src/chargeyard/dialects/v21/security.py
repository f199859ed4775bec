"""What 2.1 asks about certificates, and nobody here can tell yet."""

from chargeyard.ocpp.v21 import messages as m

LONG_AGO = "1970-01-01T00:00:00Z"
"""When to look again: whatever is known was known too long ago to be cached."""


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
