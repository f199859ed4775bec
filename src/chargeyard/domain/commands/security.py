"""Commands about certificates."""

from chargeyard.domain.certificates import CertificateHash, CertificateUse, SigningUse
from chargeyard.domain.commands.command import Command


class InstallCertificate(Command, frozen=True, kw_only=True):
    """Trust a root certificate (PEM) from now on."""

    use: CertificateUse
    certificate: str


class DeleteCertificate(Command, frozen=True, kw_only=True):
    """Trust a certificate no longer, named as the charge point has named it."""

    certificate: CertificateHash


class ReadInstalledCertificates(Command, frozen=True, kw_only=True):
    """Tell which certificates there are, of these uses, or of all."""

    uses: tuple[CertificateUse, ...] = ()


class SendSignedCertificate(Command, frozen=True, kw_only=True):
    """Here is the certificate that you have asked for: the chain in PEM, leaf first. `request_id` is the number that
    the charge point gave its request, where it gave one (2.1, A02.FR.25)."""

    chain: str
    use: SigningUse = "ChargingStation"
    request_id: int | None = None
