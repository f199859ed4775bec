"""Certificates and security events: what is kept of them, and what our commands change (OCPP 2.x blocks A and M)."""

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED, CertificateAwaited
from chargeyard.domain.certificates import (
    USES,
    fingerprint,
    flaw_of_request,
    item_of,
    key_of,
    prefix_of,
)
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands.security import (
    DeleteCertificate,
    InstallCertificate,
    ReadInstalledCertificates,
    SendSignedCertificate,
)
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.outcomes import Accepted, Outcome, Rejected
from chargeyard.domain.results import CertificatesTold

CRITICAL = frozenset(
    # Security events that the specifications call critical (1.6 whitepaper ed. 3, 2.x Part 2 appendix). Some of them
    # are so in 2.x only; for whoever watches, they are no less critical from an older charge point.
    (
        "FirmwareUpdated",
        "SettingSystemTime",
        "StartupOfTheDevice",
        "ResetOrReboot",
        "SecurityLogWasCleared",
        "TamperDetectionActivated",
        "InvalidFirmwareSignature",
        "InvalidFirmwareSigningCertificate",
        "InvalidCsmsCertificate",
        "InvalidCentralSystemCertificate",
        "InvalidChargingStationCertificate",
        "InvalidChargePointCertificate",
        "InvalidTLSVersion",
        "InvalidTLSCipherSuite",
    )
)


def is_critical(kind: str) -> bool:
    """Whether a security event of this kind wants somebody's attention at once."""
    return kind in CRITICAL


def decide_request(state: ChargePoint, report: reports.CertificateRequested, context: Context) -> Decision:
    """No certificate authority is connected. Accepted is said only where operators have promised to have requests
    signed (`ocpp.certificate_requests`), and to what may be a request; it is kept either way (A02.FR.11, A02.FR.12)."""
    flaw = flaw_of_request(report.csr)
    accepted = context.policy.keeps_certificate_requests and not flaw
    requested = events.CertificateRequested(
        recorded_at=context.now,
        charge_point=state.id,
        csr=report.csr,
        accepted=accepted,
        use=report.use,
        request_id=report.request_id,
        root=report.root,
        flaw=flaw,
    )
    return Decision((requested,), CertificateAwaited(accepted))


def decide_event(state: ChargePoint, report: reports.SecurityEventHappened, context: Context) -> Decision:
    """Every event is kept, of whatever kind."""
    recorded = events.SecurityEventRecorded(
        recorded_at=context.now,
        charge_point=state.id,
        kind=report.kind,
        at=report.at,
        tech_info=report.tech_info,
    )
    return Decision((recorded,), ACKNOWLEDGED)


def after_install(command: InstallCertificate, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """What the charge point now trusts; by what hashes it calls it is asked afterwards."""
    return _installed(command.use, command.certificate, outcome, scene)


def after_signed(command: SendSignedCertificate, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The charge point has taken its new certificate, and will come back with it (A02.FR.08)."""
    return _installed(command.use, command.chain, outcome, scene)


def _installed(use: str, pem: str, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    if not isinstance(outcome, Accepted):
        return ()
    installed = events.CertificateInstalled(
        recorded_at=scene.now, charge_point=scene.charge_point, use=use, fingerprint=fingerprint(pem)
    )
    return (installed,)


def after_delete(command: DeleteCertificate, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Deleted, or not found, it is not there, whatever it was for."""
    is_absent = isinstance(outcome, Rejected) and outcome.reason == "NotFound"
    if not (isinstance(outcome, Accepted) or is_absent):
        return ()
    keys = tuple((0, key_of(use, command.certificate)) for use in USES)
    return (_removed(scene, keys),)


def after_read(
    command: ReadInstalledCertificates, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """What was told takes the place of all there was of the uses that were asked for (M03.FR.03)."""
    result = getattr(outcome, "result", None)
    if not isinstance(outcome, Accepted) or not isinstance(result, CertificatesTold):
        return ()
    told = events.ItemsInstalled(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="Certificate",
        items=tuple(map(item_of, result.certificates)),
        source="reported",
    )
    gone = [_removed(scene, None, prefix_of(use)) for use in result.uses]
    return (*gone, told)


def _removed(scene: Scene, keys: tuple[tuple[int, str], ...] | None, prefix: str = "") -> events.ItemsRemoved:
    return events.ItemsRemoved(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="Certificate",
        keys=keys,
        prefix=prefix,
    )
