"""Reservations."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, or_, select

from chargeyard.domain.records import Page, ReservationRecord
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import from_microseconds, reservation, to_microseconds

_HELD = ("requested", "active")


def find_held(connection: Connection, charge_point: str) -> tuple[ReservationRecord, ...]:
    """Those that the charge point may be holding."""
    wanted = select(reservation).where(
        reservation.c.charge_point == charge_point, reservation.c.state.in_(_HELD)
    )
    return tuple(_records(connection.execute(wanted.order_by(reservation.c.number)).all()))


def holders(connection: Connection, charge_points: Iterable[str]) -> Sequence[str]:
    """Those of `charge_points` that may be holding an outlet for somebody."""
    here = (reservation.c.charge_point.in_(charge_points), reservation.c.state.in_(_HELD))
    return connection.scalars(select(reservation.c.charge_point).where(*here).distinct()).all()


def find(connection: Connection, charge_point: str, number: int) -> ReservationRecord | None:
    wanted = select(reservation).where(
        reservation.c.charge_point == charge_point, reservation.c.number == number
    )
    found = _records(connection.execute(wanted).all())
    return found[0] if found else None


def list_records(connection: Connection, charge_point: str, paging: Paging) -> Page[ReservationRecord]:
    """Newest first."""
    wanted = select(reservation).where(reservation.c.charge_point == charge_point)
    if paging.cursor is not None:
        microseconds, number = read_cursor(paging.cursor, tuple[int, int])
        at = from_microseconds(microseconds)
        wanted = wanted.where(
            reservation.c.requested_at <= at,
            or_(reservation.c.requested_at < at, reservation.c.number < number),
        )
    ordered = wanted.order_by(reservation.c.requested_at.desc(), reservation.c.number.desc())
    rows = connection.execute(ordered.limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _records, lambda row: (to_microseconds(row.requested_at), row.number))


def _records(rows: Sequence[Row[Any]]) -> list[ReservationRecord]:
    names = ReservationRecord.__struct_fields__
    return [ReservationRecord(**{name: getattr(row, name) for name in names}) for row in rows]
