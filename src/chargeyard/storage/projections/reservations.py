"""Reservations → `reservation`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, update

from chargeyard.domain.events import ReservationAnswered, ReservationEnded, ReservationRequested
from chargeyard.domain.reservations import STALE_AFTER
from chargeyard.storage.dialect import upsert
from chargeyard.storage.tables import reservation

_TOLD = (
    *("evse", "connector_type", "id_token", "token_kind", "parent", "parent_kind"),
    "expires_at",
)
_REQUEST = upsert(reservation, *_TOLD, "state", "reason", "requested_at", "ended_at", "transaction")
_THIS = (reservation.c.charge_point == bindparam("of")) & (reservation.c.number == bindparam("named"))
_ANSWER = update(reservation).where(_THIS, reservation.c.state == "requested")
_END = update(reservation).where(_THIS, reservation.c.state.in_(("requested", "active")))
"""The first end stays."""

_EXPIRE = (
    update(reservation)
    .where(
        reservation.c.charge_point == bindparam("at"),
        reservation.c.state.in_(("requested", "active")),
        reservation.c.expires_at < bindparam("before"),
    )
    .values(state="expired", ended_at=reservation.c.expires_at)
)


def requested(connection: Connection, events: Sequence[ReservationRequested]) -> None:
    """One of the same number is replaced; those that are long over are stored as such."""
    for event in events:
        before = event.recorded_at - STALE_AFTER
        connection.execute(_EXPIRE, {"at": event.charge_point, "before": before})
        _REQUEST.execute(connection, [_row(event)])


def _row(event: ReservationRequested) -> dict[str, Any]:
    return {
        **{name: getattr(event, name) for name in _TOLD},
        "charge_point": event.charge_point,
        "number": event.reservation,
        "state": "requested",
        "reason": "",
        "requested_at": event.recorded_at,
        "ended_at": None,
        "transaction": None,
    }


def answered(connection: Connection, events: Sequence[ReservationAnswered]) -> None:
    rows = [
        {
            "of": event.charge_point,
            "named": event.reservation,
            "state": "active" if event.is_held else "refused",
            "reason": event.reason,
            "ended_at": None if event.is_held else event.recorded_at,
        }
        for event in events
    ]
    connection.execute(_ANSWER, rows)


def ended(connection: Connection, events: Sequence[ReservationEnded]) -> None:
    rows = [
        {
            "of": event.charge_point,
            "named": event.reservation,
            "state": event.end,
            "reason": event.reason,
            "ended_at": event.recorded_at,
            "transaction": event.transaction,
        }
        for event in events
    ]
    connection.execute(_END, rows)
