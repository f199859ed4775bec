"""What charge points tell of their variables → `variable`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Dialect

from chargeyard.domain.events import VariablesReported
from chargeyard.domain.reports import Variable
from chargeyard.storage.dialect import upsert, write_rows
from chargeyard.storage.tables import Instant, variable

_INSTANT = Instant()
_COLUMNS = tuple(column.name for column in variable.columns)
_UPSERT = upsert(
    variable,
    *("value", "mutability", "at"),
    filled=("data_type", "unit"),
    unless_older="at",
)


def reported(connection: Connection, events: Sequence[VariablesReported]) -> None:
    """The latest word of each variable stays; a type and a unit that it does not repeat stay too."""
    dialect = connection.dialect
    rows = [_row(event, one, dialect) for event in events for one in event.variables]
    write_rows(connection, _UPSERT, _COLUMNS, rows)


def _row(event: VariablesReported, told: Variable, dialect: Dialect) -> tuple[Any, ...]:
    return (
        event.charge_point,
        told.component,
        told.component_instance,
        *told.place,
        told.name,
        told.instance,
        told.attribute,
        told.value,
        told.mutability,
        told.data_type,
        told.unit,
        _INSTANT.process_bind_param(event.at, dialect),
    )
