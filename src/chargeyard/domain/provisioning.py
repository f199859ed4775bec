"""Boot and registration: who may say what before it belongs here."""

from collections.abc import Mapping

import msgspec

from chargeyard.domain import events, reports
from chargeyard.domain.answers import Refused, Registered, Registration, TimeTold
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import AnyCommand, RawCall, SetNetworkProfile, Trigger
from chargeyard.domain.decision import Context, Decision, Policy, Scene
from chargeyard.domain.items import Item
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.secrets import masked


def decide_boot(state: ChargePoint, report: reports.Booted, context: Context) -> Decision:
    """Every boot is stored and answered with the registration that an operator (or the policy) has given."""
    booted = events.ChargePointBooted(
        recorded_at=context.now,
        charge_point=state.id,
        registration=state.registration,
        vendor=report.vendor,
        model=report.model,
        serial_number=report.serial_number,
        box_serial_number=report.box_serial_number,
        firmware_version=report.firmware_version,
        iccid=report.iccid,
        imsi=report.imsi,
        meter_type=report.meter_type,
        meter_serial_number=report.meter_serial_number,
        reason=report.reason,
        needs_inventory=_needs_inventory(state, report),
    )
    interval_s = _interval_s(state.registration, context.policy)
    return Decision((booted,), Registered(state.registration, context.now, interval_s))


def _needs_inventory(state: ChargePoint, report: reports.Booted) -> bool:
    """What a charge point can list may be another with each firmware (2.x B07.FR.14); none is asked of a rejected."""
    is_welcome = state.registration is not Registration.REJECTED
    return report.lists_variables and is_welcome and state.firmware_version != report.firmware_version


def _interval_s(registration: Registration, policy: Policy) -> int:
    """The heartbeat interval for those accepted, the wait before the next boot for the others (OCPP 1.6 §4.2)."""
    return policy.heartbeat_interval_s if registration is Registration.ACCEPTED else policy.retry_interval_s


def decide_alive(state: ChargePoint, report: reports.Alive, context: Context) -> Decision:
    """A heartbeat is worth no commit: the session knows when it last heard of the charge point."""
    return Decision((), TimeTold(context.now))


def refusal(state: ChargePoint, report: reports.Report, policy: Policy) -> Refused | None:
    """Why `report` may not be said now, or None.

    Pending and rejected charge points may only boot (OCPP 1.6 §4.2, 2.0.1 B02.FR.09, B03.FR.07), but a pending one
    also tells what it was asked for (B02.FR.02); inventories, and what is known of customers, come for no other reason. One that is
    accepted but has never booted is answered all the same unless the reading is strict: many send their
    StatusNotifications first (mobilityhouse/ocpp#188, libocpp#504).
    """
    if isinstance(report, reports.Booted):
        return None
    if state.registration is Registration.PENDING and type(report) in {
        reports.MonitorsReported,
        reports.VariablesReported,
        reports.CustomerInformationTold,
        *state.awaited,
    }:
        return None
    if state.registration is not Registration.ACCEPTED:
        return Refused(f"registration is {state.registration}: only a boot notification may be sent")
    if policy.strict and not state.booted:
        return Refused("a boot notification must come first")
    return None


TOPICS: Mapping[str, type[reports.Report]] = {
    # What a charge point can be asked to report now, as its protocol or as we call it: the report that follows.
    "DiagnosticsStatusNotification": reports.LogProgressed,
    "FirmwareStatusNotification": reports.FirmwareProgressed,
    "Heartbeat": reports.Alive,
    "LogStatusNotification": reports.LogProgressed,
    "MeterValues": reports.MeterValuesTaken,
    "SignChargePointCertificate": reports.CertificateRequested,
    "SignChargingStationCertificate": reports.CertificateRequested,
    "SignCombinedCertificate": reports.CertificateRequested,
    "SignV2G20Certificate": reports.CertificateRequested,
    "SignV2GCertificate": reports.CertificateRequested,
    "StatusNotification": reports.ConnectorStatusChanged,
    "TransactionEvent": reports.TransactionReported,
}


def ask(state: ChargePoint, command: AnyCommand) -> None:
    """Await, from a pending charge point, the report that `command` asks for."""
    if state.registration is not Registration.PENDING:
        return
    report = TOPICS.get(_topic_of(command))
    if report is not None:
        state.awaited |= {report}


def _topic_of(command: AnyCommand) -> str:
    if isinstance(command, Trigger):
        return command.topic
    if isinstance(command, RawCall) and command.action in {"TriggerMessage", "ExtendedTriggerMessage"}:
        payload = msgspec.json.decode(command.payload)
        return str(payload.get("requestedMessage", "")) if isinstance(payload, dict) else ""
    return ""


def after_network_profile(
    command: SetNetworkProfile, outcome: Outcome, scene: Scene
) -> tuple[events.Event, ...]:
    """The slot holds the profile now; its passwords are not kept."""
    if not isinstance(outcome, Accepted):
        return ()
    body = msgspec.Raw(masked(msgspec.json.encode(command.profile)))
    return (
        events.ItemsInstalled(
            recorded_at=scene.now,
            charge_point=scene.charge_point,
            kind="NetworkProfile",
            items=(Item(key=str(command.slot), body=body),),
            source="ours",
        ),
    )


def evolve_boot(state: ChargePoint, event: events.ChargePointBooted) -> None:
    """From now on the charge point counts as booted, also over reconnects."""
    state.booted = True
    if state.registration is not Registration.REJECTED:
        state.firmware_version = event.firmware_version


def evolve_change(
    state: ChargePoint, event: events.ChargePointChanged | events.ChargePointRegistered
) -> None:
    """An operator has given the charge point its registration, or changed it."""
    if isinstance(event.registration, Registration):
        state.registration = event.registration
