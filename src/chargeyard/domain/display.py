"""Display messages: what a charge point lists of them, and what our commands change (OCPP 2.x block O)."""

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands.display import ClearDisplayMessage, ReadDisplayMessages, SetDisplayMessage
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.display_messages import item_of, key_of
from chargeyard.domain.outcomes import Accepted, Outcome, Rejected
from chargeyard.domain.results import NothingToList

NO_SUCH_MESSAGE = "Unknown"
"""The charge point's word for a message, that it does not have (O05.FR.02)."""


def decide_messages(
    state: ChargePoint, report: reports.DisplayMessagesReported, context: Context
) -> Decision:
    """Each part is worth what it tells."""
    advanced = events.ListingAdvanced(
        recorded_at=context.now,
        charge_point=state.id,
        kind="DisplayMessage",
        request_id=report.request_id,
        sequence=None,
        is_last=report.is_last,
        items=len(report.messages),
    )
    told = events.ItemsInstalled(
        recorded_at=context.now,
        charge_point=state.id,
        kind="DisplayMessage",
        items=tuple(map(item_of, report.messages)),
        source="reported",
    )
    # The items first: a listing that is now whole takes out what nobody has told.
    return Decision((told, advanced), ACKNOWLEDGED)


def after_set(command: SetDisplayMessage, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """A message that was accepted is shown, in place of one of the same number (O01.FR.06)."""
    if not isinstance(outcome, Accepted):
        return ()
    installed = events.ItemsInstalled(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        kind="DisplayMessage",
        items=(item_of(command.message),),
        source="ours",
    )
    return (installed,)


def after_read(command: ReadDisplayMessages, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """The messages follow in parts; or there are none of those asked for."""
    is_whole = not (command.ids or command.priority or command.state)
    if isinstance(outcome, Accepted) and isinstance(outcome.result, NothingToList):
        return _none_of(command, scene, is_whole=is_whole)
    if isinstance(outcome, Accepted):
        asked = events.ListingAsked(
            recorded_at=scene.asked_at,
            charge_point=scene.charge_point,
            kind="DisplayMessage",
            request_id=command.request_id,
            is_whole=is_whole,
        )
        return (asked,)
    return ()


def _none_of(command: ReadDisplayMessages, scene: Scene, *, is_whole: bool) -> tuple[events.Event, ...]:
    if is_whole:
        return (_removed(scene, None),)
    is_by_number = command.ids and not (command.priority or command.state)
    return (_removed(scene, tuple((0, key_of(one)) for one in command.ids)),) if is_by_number else ()


def after_clear(command: ClearDisplayMessage, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """A message that was cleared, or that the charge point does not know, is not there any more."""
    is_absent = isinstance(outcome, Rejected) and outcome.reason == NO_SUCH_MESSAGE
    if isinstance(outcome, Accepted) or is_absent:
        return (_removed(scene, ((0, key_of(command.message_id)),)),)
    return ()


def _removed(scene: Scene, keys: tuple[tuple[int, str], ...] | None) -> events.ItemsRemoved:
    return events.ItemsRemoved(
        recorded_at=scene.now, charge_point=scene.charge_point, kind="DisplayMessage", keys=keys
    )
