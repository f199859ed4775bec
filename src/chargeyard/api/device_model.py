"""The device model: the variables of a charge point, as they were told and written last; reading and writing them."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import JSONBody, QueryParameter
from msgspec import Meta, Struct

from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import (
    ComponentCriterion,
    ComponentWanted,
    GetVariables,
    InventoryScope,
    ReadInventory,
    ReadReport,
    SetVariables,
    VariableGiven,
    VariableWanted,
)
from chargeyard.domain.records import VariableRecord
from chargeyard.domain.variables import Address, Attribute, Named

_TAGS = ["commands"]

Word = Annotated[str, Meta(max_length=50)]
Outlet = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Several = Meta(min_length=1, max_length=1000)


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


class VariableName(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A variable: by its configuration key or its address as text (`key`), or by component and variable."""

    key: Annotated[str, Meta(max_length=255)] = ""
    component: Word = ""
    component_instance: Word = ""
    connector_id: Outlet = 0
    evse_connector_id: Outlet = 0
    variable: Word = ""
    variable_instance: Word = ""
    attribute: Attribute = "Actual"


class VariableValue(VariableName, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A variable, and what it shall be."""

    value: Annotated[str, Meta(max_length=2500)]


class VariablesWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Variables to be read."""

    variables: Annotated[list[VariableName], Several]


class ValuesWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Variables to be written."""

    variables: Annotated[list[VariableValue], Several]


class InventoryWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`Configuration`: what can be set; `Full`: all there is; `Summary`: how the charge point is."""

    scope: InventoryScope = "Full"


class ComponentName(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A component, or with `variable` that variable of it alone."""

    component: Annotated[str, Meta(min_length=1, max_length=50)]
    component_instance: Word = ""
    connector_id: Outlet = 0
    evse_connector_id: Outlet = 0
    variable: Word = ""
    variable_instance: Word = ""


class ReportWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be reported on: components that meet one of `criteria` and are among `components`."""

    criteria: Annotated[list[ComponentCriterion], Meta(max_length=4)] = []
    components: Annotated[list[ComponentName], Meta(max_length=1000)] = []


@post("/charge-point/{cpId:str}/set-variables", status_code=200, summary="Write variables", tags=_TAGS)
async def set_variables(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[ValuesWish]
) -> Response[CommandAnswer]:
    given = tuple(
        VariableGiven(variable=named(one), attribute=one.attribute, value=one.value) for one in data.variables
    )
    return await dispatch.run(charge_point.id, SetVariables(variables=given))


@post("/charge-point/{cpId:str}/get-variables", status_code=200, summary="Read variables", tags=_TAGS)
async def get_variables(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[VariablesWish]
) -> Response[CommandAnswer]:
    wanted = tuple(VariableWanted(variable=named(one), attribute=one.attribute) for one in data.variables)
    return await dispatch.run(charge_point.id, GetVariables(variables=wanted))


@post(
    "/charge-point/{cpId:str}/read-inventory",
    status_code=200,
    summary="Have all its variables listed",
    tags=_TAGS,
)
async def read_inventory(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[InventoryWish]
) -> Response[CommandAnswer]:
    command = ReadInventory(scope=data.scope, request_id=await dispatch.fresh_number())
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/read-report",
    status_code=200,
    summary="Have variables of some components listed",
    tags=_TAGS,
)
async def read_report(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[ReportWish]
) -> Response[CommandAnswer]:
    command = ReadReport(
        request_id=await dispatch.fresh_number(),
        criteria=tuple(data.criteria),
        components=tuple(map(component_wanted, data.components)),
    )
    return await dispatch.run(charge_point.id, command)


def named(name: VariableName) -> Named:
    """The variable that is named; one that is named twice or not at all is a problem."""
    if bool(name.key) == bool(name.component and name.variable):
        raise Problem(INVALID_REQUEST, "a variable is named by its key, or by component and variable")
    if name.key:
        return name.key
    return Address(
        component=name.component,
        name=name.variable,
        instance=name.variable_instance,
        component_instance=name.component_instance,
        evse=name.connector_id,
        connector=name.evse_connector_id,
    )


def component_wanted(name: ComponentName) -> ComponentWanted:
    """The component that is named."""
    return ComponentWanted(
        component=name.component,
        component_instance=name.component_instance,
        evse=name.connector_id,
        connector=name.evse_connector_id,
        variable=name.variable,
        instance=name.variable_instance,
    )
