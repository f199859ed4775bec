"""The variables of a charge point, as it told them last."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, tuple_

from chargeyard.domain.records import Page, VariableRecord
from chargeyard.services.ports import Paging
from chargeyard.storage.queries.paging import page_of, read_cursor
from chargeyard.storage.tables import variable

_KEY = tuple(variable.primary_key)[1:]
"""What tells the variables of one charge point apart, in the order of the list."""

_COLUMNS = tuple(column.name for column in variable.columns)


def list_records(
    connection: Connection, charge_point: str, component: str | None, paging: Paging
) -> Page[VariableRecord]:
    """By component, place, name."""
    wanted = select(variable).where(variable.c.charge_point == charge_point)
    if component is not None:
        wanted = wanted.where(variable.c.component == component)
    if paging.cursor is not None:
        wanted = wanted.where(
            tuple_(*_KEY) > read_cursor(paging.cursor, tuple[str, str, int, int, str, str, str])
        )
    rows = connection.execute(wanted.order_by(*_KEY).limit(paging.limit + 1)).all()
    return page_of(rows, paging.limit, _records, _key)


def find(
    connection: Connection, charge_point: str, component: str, name: str, instance: str
) -> VariableRecord | None:
    """The actual value of a variable of the charge point itself."""
    key = (charge_point, component, "", 0, 0, name, instance, "Actual")
    rows = connection.execute(select(variable).where(tuple_(*variable.primary_key) == key)).all()
    return next(iter(_records(rows)), None)


def _key(row: Row[Any]) -> list[object]:
    return [getattr(row, column.name) for column in _KEY]


def _records(rows: Sequence[Row[Any]]) -> list[VariableRecord]:
    return [VariableRecord(**dict(zip(_COLUMNS, row, strict=True))) for row in rows]
