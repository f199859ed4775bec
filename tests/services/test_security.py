"""What follows from certificates that charge points have accepted."""

import pytest

from chargeyard.domain.commands import ReadInstalledCertificates
from chargeyard.domain.events import CertificateInstalled
from chargeyard.services.follow_ups import FOLLOW_UPS
from tests.contract.happenings import NOON


@pytest.mark.parametrize(
    ("use", "asks"), [("CsmsRoot", True), ("OemRoot", True), ("ChargingStation", False), ("V2G", False)]
)
def test_only_what_is_listed_is_asked_for(use: str, asks: bool) -> None:
    event = CertificateInstalled(charge_point="CP1", use=use, fingerprint="ab", recorded_at=NOON)
    assert [rule.applies(event) for rule in FOLLOW_UPS[CertificateInstalled]] == [asks]


def test_one_use_can_be_asked_for() -> None:
    assert ReadInstalledCertificates(uses=("CsmsRoot",)).uses == ("CsmsRoot",)
