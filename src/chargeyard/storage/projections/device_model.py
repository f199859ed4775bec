"""What charge points tell of their variables, and what was written to them → `variable`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Dialect, case, func, literal_column, null

from chargeyard.domain.events import VariablesReported, VariablesWritten
from chargeyard.domain.reports import Variable
from chargeyard.storage.dialect import upsert, write_rows
from chargeyard.storage.tables import Instant, variable

_INSTANT = Instant()
_WRITTEN = ("written_value", "written_at")
_COLUMNS = tuple(column.name for column in variable.columns if column.name not in _WRITTEN)
_WRITE_ONLY: ColumnElement[str] = literal_column("'WriteOnly'")


def _unless_write_only(value: ColumnElement[Any], mutability: ColumnElement[Any]) -> ColumnElement[Any]:
    """A variable of which it is known that it can only be written keeps no value."""
    return case((mutability == _WRITE_ONLY, null()), else_=value)


def _mutability(told: Any) -> ColumnElement[Any]:
    return func.coalesce(func.nullif(told.mutability, literal_column("''")), variable.c.mutability)


_TELL = upsert(
    variable,
    "at",
    filled=("mutability", "data_type", "unit"),
    unless_older="at",
    value=lambda told: _unless_write_only(told.value, _mutability(told)),
    written_value=lambda told: _unless_write_only(variable.c.written_value, _mutability(told)),
)
_WRITE = upsert(
    variable,
    "written_at",
    written_value=lambda told: _unless_write_only(told.written_value, variable.c.mutability),
)


def reported(connection: Connection, events: Sequence[VariablesReported]) -> None:
    """The latest word of each variable stays; what it does not repeat of its traits stays too."""
    dialect = connection.dialect
    rows = [
        (*_key(event.charge_point, one), *_traits(one), _instant(event, dialect))
        for event in events
        for one in event.variables
    ]
    write_rows(connection, _TELL, _COLUMNS, rows)


def written(connection: Connection, events: Sequence[VariablesWritten]) -> None:
    """What was told of a variable stays beside what was written to it."""
    for event in events:
        rows = [
            dict(zip(_COLUMNS, (*_key(event.charge_point, one), *_traits(one), None), strict=True))
            | {"value": None, "written_value": one.value, "written_at": event.recorded_at}
            for one in event.variables
        ]
        _WRITE.execute(connection, rows)


def _key(charge_point: str, told: Variable) -> tuple[Any, ...]:
    return (
        charge_point,
        told.component,
        told.component_instance,
        *told.place,
        told.name,
        told.instance,
        told.attribute,
    )


def _traits(told: Variable) -> tuple[Any, ...]:
    return told.value, told.mutability, told.data_type, told.unit


def _instant(event: VariablesReported, dialect: Dialect) -> Any:
    return _INSTANT.process_bind_param(event.at, dialect)
