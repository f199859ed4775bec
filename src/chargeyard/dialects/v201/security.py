"""Security events and certificate requests on the wire of 2.x."""

from chargeyard.dialects.dialect import Hearing
from chargeyard.dialects.v201.certificates import SIGNING_MEANINGS
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
    """SignCertificate."""
    return reports.CertificateRequested(csr=request.csr, use=signing_use(request.certificate_type or ""))


def signing_use(word: str) -> str:
    """What a certificate is wanted for; without a word it is the station's own (A02.FR.01)."""
    return SIGNING_MEANINGS.get(word, word) if word else "ChargingStation"


def certificate_answer(answer: CertificateAwaited) -> m.SignCertificateResponse:
    """SignCertificateResponse, at once; the certificate itself comes later by CertificateSigned."""
    return m.SignCertificateResponse(status="Accepted" if answer.accepted else "Rejected")
