"""Security events and certificate requests on the wire of 2.x."""

from chargeyard.dialects.dialect import Hearing
from chargeyard.domain import reports
from chargeyard.domain.answers import Acknowledged, CertificateAwaited
from chargeyard.ocpp.v201 import messages as m


def event_from(
    request: m.SecurityEventNotificationRequest, hearing: Hearing
) -> reports.SecurityEventHappened:
    """SecurityEventNotification; types that no list names are kept as they are."""
    return reports.SecurityEventHappened(
        kind=request.type,
        at=hearing.instant(request.timestamp, "$.timestamp"),
        said=request.timestamp,
        tech_info=request.tech_info or "",
    )


def event_answer(answer: Acknowledged) -> m.SecurityEventNotificationResponse:
    """SecurityEventNotificationResponse."""
    return m.SecurityEventNotificationResponse()


def certificate_from(request: m.SignCertificateRequest, hearing: Hearing) -> reports.CertificateRequested:
    """SignCertificate; without a type it is the station's own (A02.FR.01)."""
    return reports.CertificateRequested(
        csr=request.csr, use=request.certificate_type or "ChargingStationCertificate"
    )


def certificate_answer(answer: CertificateAwaited) -> m.SignCertificateResponse:
    """SignCertificateResponse, at once; the certificate itself comes later by CertificateSigned."""
    return m.SignCertificateResponse(status="Accepted" if answer.accepted else "Rejected")
