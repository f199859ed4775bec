"""Firmware and logs: the jobs that our commands begin, and what is told of their progress (OCPP 2.x blocks L and N)."""

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands.firmware import GetLog, PublishFirmware, UpdateFirmware
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.jobs import Job, JobKind
from chargeyard.domain.outcomes import Accepted, Outcome
from chargeyard.domain.results import JobPromised
from chargeyard.domain.secrets import masked_text


def decide_publishing(state: ChargePoint, report: reports.PublishProgressed, context: Context) -> Decision:
    """Where firmware is offered is kept without credentials."""
    progressed = events.PublishProgressed(
        recorded_at=context.now,
        charge_point=state.id,
        status=report.status,
        request_id=report.request_id,
        locations=tuple(map(masked_text, report.locations)),
    )
    return Decision((progressed,), ACKNOWLEDGED)


def after_update(command: UpdateFirmware, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """An update that was accepted is a job from then on."""
    return _begun("Firmware", command, "", outcome, scene)


def after_publish(command: PublishFirmware, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Likewise."""
    return _begun("Publish", command, command.checksum, outcome, scene)


def after_log(command: GetLog, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Likewise."""
    return _begun("Log", command, command.kind, outcome, scene)


def _begun(
    kind: JobKind,
    command: UpdateFirmware | PublishFirmware | GetLog,
    subject: str,
    outcome: Outcome,
    scene: Scene,
) -> tuple[events.Event, ...]:
    if not isinstance(outcome, Accepted) or not isinstance(outcome.result, JobPromised):
        return ()
    job = Job(
        kind=kind,
        request_id=command.request_id,
        begun_at=scene.asked_at,
        asked_at=scene.asked_at,
        subject=subject,
        location=masked_text(command.location),
        file_name=masked_text(outcome.result.file_name),
    )
    begun = events.JobBegun(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        job=job,
        ends_older=outcome.result.ends_older,
    )
    return (begun,)
