"""What has happened with certificates, and what security logs tell."""

from datetime import datetime

from chargeyard.domain.certificates import CertificateHash
from chargeyard.domain.events.event import ChargePointEvent


class SecurityEventRecorded(ChargePointEvent, frozen=True, kw_only=True):
    """A security event, told by the charge point or (`source` "system") noticed by us."""

    kind: str
    at: datetime
    tech_info: str = ""
    source: str = "charge point"


class CertificateRequested(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point asked for a certificate; `accepted` tells what it was answered.

    `use` is a `SigningUse`, or the charge point's own word. `request_id` and `root` (the root that the certificate
    should lead to) are told by some versions only. `flaw` is what is wrong with the request, as far as we can see.
    """

    csr: str
    accepted: bool
    use: str = ""
    request_id: int | None = None
    root: CertificateHash | None = None
    flaw: str = ""


class CertificateInstalled(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point has accepted a certificate of ours. `fingerprint` is the SHA-256 of it, or of a chain's leaf;
    empty where it is none that can be read."""

    use: str
    fingerprint: str
