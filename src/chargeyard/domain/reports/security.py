"""What a charge point tells of its security, and asks for it."""

from datetime import datetime

from chargeyard.domain.certificates import CertificateHash
from chargeyard.domain.reports.report import Report


class SecurityEventHappened(Report, frozen=True, kw_only=True, gc=False):
    """A line of the charge point's security log."""

    kind: str
    at: datetime
    said: str = ""
    tech_info: str = ""


class CertificateRequested(Report, frozen=True, kw_only=True, gc=False):
    """The charge point asks for a certificate to be signed. `csr` is PEM, `use` a `SigningUse` or its own word.

    `request_id` is its number of the request, `root` the root that the certificate should lead to, where told.
    """

    csr: str
    use: str = "ChargingStation"
    request_id: int | None = None
    root: CertificateHash | None = None
