"""The security extension's reports on the wire of 1.6."""

from chargeyard.dialects.dialect import Hearing
from chargeyard.dialects.v16.provisioning import text
from chargeyard.domain import reports
from chargeyard.domain.answers import Acknowledged, CertificateAwaited
from chargeyard.ocpp.v16 import messages as m


def event_from(
    request: m.SecurityEventNotificationRequest, hearing: Hearing
) -> reports.SecurityEventHappened:
    """SecurityEventNotification; types that no list names are kept as they are."""
    return reports.SecurityEventHappened(
        kind=request.type,
        at=hearing.instant(request.timestamp, "$.timestamp"),
        said=request.timestamp,
        tech_info=text(request.tech_info),
    )


def event_answer(answer: Acknowledged) -> m.SecurityEventNotificationResponse:
    """SecurityEventNotification.conf."""
    return m.SecurityEventNotificationResponse()


def certificate_from(request: m.SignCertificateRequest, hearing: Hearing) -> reports.CertificateRequested:
    """SignCertificate."""
    return reports.CertificateRequested(csr=request.csr)


def certificate_answer(answer: CertificateAwaited) -> m.SignCertificateResponse:
    """SignCertificate.conf, at once; the certificate itself comes later by CertificateSigned."""
    return m.SignCertificateResponse(status="Accepted" if answer.accepted else "Rejected")
