"""Reservations: what a charge point holds for whom, and how that ends.

requested → active → used | cancelled | expired | removed, or refused at once. A reservation whose time is over has
expired whether anybody says so or not (1.6 §5.13 has no message for it): readers see it by the clock. One whose
answer never came stays requested, since it may be held.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal

from chargeyard.domain import events, reports
from chargeyard.domain.answers import ACKNOWLEDGED
from chargeyard.domain.authorization import IdToken, is_key_code, key_of
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.commands import CancelReservation, ReserveNow
from chargeyard.domain.decision import Context, Decision, Scene
from chargeyard.domain.outcomes import Accepted, Invalid, Offline, Outcome, Rejected, Scheduled, Unsupported
from chargeyard.domain.records import ReservationRecord
from chargeyard.domain.secrets import MASK

State = Literal["requested", "active", "refused", "used", "cancelled", "expired", "removed"]
STALE_AFTER = timedelta(days=7)
"""So long after its end a reservation may still be used by a transaction that was told late; then it is stored as
expired when the next one is made, so that those that may be held stay few."""

HELD: tuple[State, State] = ("requested", "active")
"""The states in which a charge point may be holding an outlet."""


def state_at(record: ReservationRecord, now: datetime) -> str:
    """The state as it is at `now`."""
    return "expired" if record.state in HELD and record.expires_at <= now else record.state


# --- what we ask ----------------------------------------------------------------------------------------------


def requested(command: ReserveNow, scene: Scene) -> tuple[events.Event, ...]:
    """It may be held from now on, whether we hear of it or not."""
    asked = events.ReservationRequested(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        reservation=command.reservation,
        id_token=MASK if is_key_code(command.token_kind) else command.id_token,
        expires_at=command.expires_at,
        evse=command.evse,
        connector_type=command.connector_type,
        token_kind=command.token_kind,
        parent=command.parent,
        parent_kind=command.parent_kind,
    )
    return (asked,)


def answered(command: ReserveNow, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """Held or refused; where neither was said nothing is concluded."""
    match outcome:
        case Accepted() | Scheduled():
            is_held, reason = True, ""
        case Rejected(reason=reason) | Unsupported(reason=reason) | Invalid(detail=reason):
            is_held = False
        case Offline():
            is_held, reason = False, "Offline"
        case _:
            return ()
    told = events.ReservationAnswered(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        reservation=command.reservation,
        is_held=is_held,
        reason=reason,
    )
    return (told,)


def cancelled(command: CancelReservation, outcome: Outcome, scene: Scene) -> tuple[events.Event, ...]:
    """A yes ends it; a no says only that the charge point knows none of that number now."""
    if not isinstance(outcome, Accepted | Scheduled):
        return ()
    ended = events.ReservationEnded(
        recorded_at=scene.now,
        charge_point=scene.charge_point,
        reservation=command.reservation,
        end="cancelled",
    )
    return (ended,)


# --- what we are told -----------------------------------------------------------------------------------------


def decide_end(state: ChargePoint, report: reports.ReservationGone, context: Context) -> Decision:
    """The charge point holds it no longer (H04, H20). A word we do not know ends it too, and is kept."""
    ended = events.ReservationEnded(
        recorded_at=context.now,
        charge_point=state.id,
        reservation=report.reservation,
        end="expired" if report.word == "Expired" else "removed",
        reason=report.word,
    )
    return Decision((ended,), ACKNOWLEDGED)


def use(
    state: ChargePoint, started: events.TransactionStarted | events.TransactionDetailed, context: Context
) -> tuple[events.Event, ...]:
    """What a transaction uses up: the reservation it names, else the one that was made for who charges there."""
    named = started.reservation_id if isinstance(started.reservation_id, int) else None
    at = started.started_at if isinstance(started.started_at, datetime) else context.now
    evse = started.evse if isinstance(started.evse, int) else 0
    id_token = started.id_token if isinstance(started.id_token, str) else ""
    found = _named(context.held, named) or _made_for(context.held, id_token, context.token, (evse, at))
    if found is None:
        return ()
    used = events.ReservationEnded(
        recorded_at=context.now,
        charge_point=state.id,
        reservation=found.number,
        end="used",
        transaction=started.transaction,
    )
    return (used,)


def evolve_requested(state: ChargePoint, event: events.ReservationRequested) -> None:
    """From now on a start may be what an outlet is held for."""
    state.may_hold_reservations = True


def _named(held: Sequence[ReservationRecord], number: int | None) -> ReservationRecord | None:
    return next((one for one in held if one.number == number), None)


def _made_for(
    held: Sequence[ReservationRecord], id_token: str, token: IdToken | None, place: tuple[int, datetime]
) -> ReservationRecord | None:
    """One for this token or its group that covers `place`, an EVSE and an instant; the narrowest first."""
    evse, at = place
    if not id_token or not evse:
        return None
    parent = token.parent if token is not None else None
    fitting = [
        one
        for one in held
        if one.evse in (0, evse)
        and one.requested_at <= at < one.expires_at
        and (key_of(one.id_token) == key_of(id_token) or _same_group(one.parent, parent))
    ]
    return min(fitting, key=lambda one: (one.evse == 0, one.expires_at), default=None)


def _same_group(one: str | None, other: str | None) -> bool:
    return bool(one) and bool(other) and key_of(one or "") == key_of(other or "")
