"""What follows from certificates that charge points have accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from chargeyard.domain.certificates import USES, CertificateUse
from chargeyard.domain.commands import ReadInstalledCertificates
from chargeyard.domain.events import CertificateInstalled

if TYPE_CHECKING:
    from chargeyard.services.follow_ups import Hands


def is_listed(event: CertificateInstalled) -> bool:
    """Whether the charge point can tell by what hashes it calls the certificate; its own is not in its list."""
    return event.use in USES


async def read_certificates(event: CertificateInstalled, hands: Hands) -> None:
    """Ask for the certificates of that use: only their hashes can be told to delete one (M04.FR.01)."""
    use = cast(CertificateUse, event.use)
    await hands.ask(event.charge_point, ReadInstalledCertificates(uses=(use,)))
