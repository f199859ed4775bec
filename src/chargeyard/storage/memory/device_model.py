"""Variables as they were told and written: the projections, without SQL."""

from msgspec.structs import replace

from chargeyard.domain import events as e
from chargeyard.domain.records import Page, VariableRecord
from chargeyard.domain.reports import Variable
from chargeyard.services.ports import Paging
from chargeyard.storage.memory.lists import of, page
from chargeyard.storage.memory.tables import Tables, VariableKey


def reported(tables: Tables, event: e.VariablesReported) -> None:
    for told in event.variables:
        known = tables.variables.get(_key(event, told))
        if known is None or known.at is None or event.at >= known.at:
            tables.variables[_key(event, told)] = replace(_told(event, told, known), at=event.at)


def written(tables: Tables, event: e.VariablesWritten) -> None:
    for given in event.variables:
        known = tables.variables.get(_key(event, given)) or replace(_told(event, given, None), value=None)
        value = None if known.mutability == "WriteOnly" else given.value
        tables.variables[_key(event, given)] = replace(
            known, written_value=value, written_at=event.recorded_at
        )


def _key(event: e.ChargePointEvent, told: Variable) -> VariableKey:
    return (
        *(event.charge_point, told.component, told.component_instance, *told.place),
        *(told.name, told.instance, told.attribute),
    )


def _told(event: e.ChargePointEvent, told: Variable, known: VariableRecord | None) -> VariableRecord:
    """Traits that are not repeated stay as they were."""
    mutability = told.mutability or (known.mutability if known else "")
    keeps_none = mutability == "WriteOnly"
    return VariableRecord(
        charge_point=event.charge_point,
        component=told.component,
        component_instance=told.component_instance,
        evse=told.place[0],
        connector=told.place[1],
        name=told.name,
        instance=told.instance,
        attribute=told.attribute,
        value=None if keeps_none else told.value,
        mutability=mutability,
        data_type=told.data_type or (known.data_type if known else ""),
        unit=told.unit or (known.unit if known else ""),
        at=known.at if known else None,
        written_value=None if keeps_none or known is None else known.written_value,
        written_at=known.written_at if known else None,
    )


def list_variables(
    tables: Tables, charge_point: str, component: str | None, paging: Paging
) -> Page[VariableRecord]:
    """By name."""
    here = of(tables.variables.values(), charge_point)
    found = [one for one in here if component in (None, one.component)]
    return page(found, _by_name, tuple[str, str, int, int, str, str, str], paging)


def _by_name(one: VariableRecord) -> tuple[str, str, int, int, str, str, str]:
    place = (one.component, one.component_instance, one.evse, one.connector)
    return *place, one.name, one.instance, one.attribute
