"""What happens to reservations: the projections, without SQL."""

from typing import Any

from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.records import ReservationRecord
from chargeyard.domain.reservations import STALE_AFTER
from chargeyard.storage.memory.tables import Tables

_TOLD = ("evse", "connector_type", "id_token", "token_kind", "parent", "parent_kind", "expires_at")


def requested(tables: Tables, event: e.ReservationRequested) -> None:
    """One of the same number is replaced; those that are long over are stored as such."""
    for key, known in list(tables.reservations.items()):
        is_over = known.expires_at < event.recorded_at - STALE_AFTER
        if key[0] == event.charge_point and known.state in ("requested", "active") and is_over:
            tables.reservations[key] = replace(known, state="expired", ended_at=known.expires_at)
    tables.reservations[event.charge_point, event.reservation] = ReservationRecord(
        **{name: getattr(event, name) for name in _TOLD},
        charge_point=event.charge_point,
        number=event.reservation,
        state="requested",
        requested_at=event.recorded_at,
    )


def answered(tables: Tables, event: e.ReservationAnswered) -> None:
    _change(
        tables,
        event,
        ("requested",),
        state="active" if event.is_held else "refused",
        reason=event.reason,
        ended_at=None if event.is_held else event.recorded_at,
    )


def ended(tables: Tables, event: e.ReservationEnded) -> None:
    _change(
        tables,
        event,
        ("requested", "active"),
        state=event.end,
        reason=event.reason,
        ended_at=event.recorded_at,
        transaction=event.transaction,
    )


def _change(
    tables: Tables,
    event: e.ReservationAnswered | e.ReservationEnded,
    states: tuple[str, ...],
    **fields: Any,
) -> None:
    key = (event.charge_point, event.reservation)
    known = tables.reservations.get(key)
    if known is not None and known.state in states:
        tables.reservations[key] = replace(known, **fields)
