"""The device model: the variables of a charge point, as it told them last."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.records import VariableRecord


class VariableRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One attribute of a variable, as told at `at` (null: never) and as it was last written, at `writtenAt`.

    A value is null where it was not told or written, or may be a secret.
    `connectorId` 0: the component belongs to the charge point as a whole.
    """

    cp_id: str
    component: str
    component_instance: str
    connector_id: int
    evse_connector_id: int
    variable: str
    variable_instance: str
    attribute: str
    value: str | None
    mutability: str
    data_type: str
    unit: str
    at: datetime | None
    written_value: str | None
    written_at: datetime | None


@get(
    "/charge-point/{cpId:str}/variable",
    summary="Its variables, as it told them last",
    tags=["charge points"],
)
async def list_variables(
    request: Request[Any, Any, Any],
    charge_point: KnownChargePoint,
    services: Services,
    paging: Part,
    component: Annotated[str | None, QueryParameter(description="Only those of this component.")] = None,
) -> Response[Items[VariableRow]]:
    reading = services.store.list_variables(charge_point.id, component, paging)
    return await answer_page(request, reading, variable_row)


def variable_row(record: VariableRecord) -> VariableRow:
    """The record as readers get it."""
    return VariableRow(
        cp_id=record.charge_point,
        component=record.component,
        component_instance=record.component_instance,
        connector_id=record.evse,
        evse_connector_id=record.connector,
        variable=record.name,
        variable_instance=record.instance,
        attribute=record.attribute,
        value=record.value,
        mutability=record.mutability,
        data_type=record.data_type,
        unit=record.unit,
        at=record.at,
        written_value=record.written_value,
        written_at=record.written_at,
    )
