"""Grid controls: what a charge point lists and tells of them, and what our commands change (OCPP 2.1 block R)."""

from typing import get_args

from msgspec.structs import replace

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands.grid import ClearDerControls, ReadDerControls, SetDerControl
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.der_controls import DerKind, item_of, key_of, prefix_of
from chargeyard.domain.outcomes import Accepted, Outcome, Rejected
from chargeyard.domain.results import DerControlSet, NothingToList

KINDS: tuple[DerKind, ...] = get_args(DerKind)


def decide_controls(state: ChargePoint, report: reports.DerControlsReported, context: Context) -> Decision:
    """Each part is worth what it tells."""
    told = events.ItemsInstalled(
        recorded_at=context.now,
        charge_point=state.id,
        kind="DerControl",
        items=tuple(map(item_of, report.controls)),
        source="reported",
    )
    advanced = events.ListingAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        kind="DerControl",
        request_id=report.request_id,
        sequence=None,
        is_last=report.is_last,
        items=len(report.controls),
    )
    return Decision((told, advanced), ACKNOWLEDGED)


def after_set(command: SetDerControl, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """A control that was accepted holds; the answer may name those whose place it has taken (R04.FR.07)."""
    if not isinstance(outcome, Accepted):
        return ()
    supersedes = outcome.result.superseded_ids if isinstance(outcome.result, DerControlSet) else ()
    control = replace(command.control, supersedes=supersedes)
    installed = events.ItemsInstalled(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="DerControl",
        items=(item_of(control),),
        source="ours",
    )
    return (installed,)


def after_read(command: ReadDerControls, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The controls follow in parts; or there are none of those asked for."""
    if isinstance(outcome, Accepted) and isinstance(outcome.result, NothingToList):
        shelves = (True, False) if command.is_default is None else (command.is_default,)
        return tuple(event for shelf in shelves for event in _gone(command, shelf, scene))
    if not isinstance(outcome, Accepted):
        return ()
    asked = events.ListingAsked(
        recorded_at=scene.asked_at,
        charge_point=scene.charge_point,
        kind="DerControl",
        request_id=command.request_id,
        is_whole=command.is_default is None and command.kind is None and not command.control_id,
    )
    return (asked,)


def after_clear(command: ClearDerControls, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Cleared, or not found, they are not there."""
    is_absent = isinstance(outcome, Rejected) and outcome.reason == "NotFound"
    if isinstance(outcome, Accepted) or is_absent:
        return _gone(command, command.is_default, scene)
    return ()


def _gone(
    command: ReadDerControls | ClearDerControls, is_default: bool, scene: Scene
) -> tuple[events.Event, ...]:
    """Of one id, whatever its kind (R06.FR.04); else all of the kind."""
    keys = None
    if command.control_id:
        kinds = (command.kind,) if command.kind else KINDS
        keys = tuple((0, key_of(command.control_id, kind, is_default=is_default)) for kind in kinds)
    removed = events.ItemsRemoved(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="DerControl",
        keys=keys,
        prefix="" if keys else prefix_of(command.kind or "", is_default=is_default),
    )
    return (removed,)
