"""The device model on the wire of 2.x: inventories, variables read and written."""

from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import UNSET, UnsetType

from chargeyard.dialects import keys
from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Script, asked_all, parts, said_in
from chargeyard.dialects.v201.outcomes import best, following, judged, worst
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.reports import Variable
from chargeyard.domain.results import VariablesAnswered, VariableWord
from chargeyard.domain.secrets import is_secret
from chargeyard.domain.variables import Address, Named
from chargeyard.ocpp.v201 import messages as m


def report_from(request: m.NotifyReportRequest, hearing: Hearing) -> reports.VariablesReported:
    """NotifyReport; the last part is the one that announces no further one."""
    data = request.report_data or ()
    return reports.VariablesReported(
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        sequence=hearing.whole(request.seq_no, NUMBERS, 0, "$.seqNo"),
        is_last=not request.tbc,
        at=hearing.instant(request.generated_at, "$.generatedAt"),
        variables=tuple(variable for one in data for variable in _variables_from(one, hearing)),
    )


def report_answer(answer: Acknowledged) -> m.NotifyReportResponse:
    """NotifyReportResponse."""
    return m.NotifyReportResponse()


def _variables_from(data: m.ReportDataType, hearing: Hearing) -> Iterator[Variable]:
    """One for each attribute; what is left out has the defaults of VariableAttributeType."""
    traits = data.variable_characteristics or None
    for attribute in data.variable_attribute:
        yield Variable(
            component=data.component.name,
            component_instance=data.component.instance or "",
            name=data.variable.name,
            instance=data.variable.instance or "",
            place=_place(data.component.evse, hearing),
            attribute=attribute.type or "Actual",
            value=None if isinstance(attribute.value, UnsetType) else attribute.value,
            mutability=attribute.mutability or "ReadWrite",
            data_type=traits.data_type if traits else "",
            unit=traits.unit or "" if traits else "",
        )


def _place(evse: m.EVSEType | UnsetType, hearing: Hearing) -> tuple[int, int]:
    if isinstance(evse, UnsetType):
        return 0, 0
    path = "$.reportData[].component.evse"
    return (
        hearing.whole(evse.id, OUTLETS, 0, f"{path}.id"),
        hearing.whole(evse.connector_id, OUTLETS, 0, f"{path}.connectorId"),
    )


def get_variables_script(command: commands.GetVariables) -> Script:
    """GetVariables of those named, each attribute once (B06.FR.17), at most so many at a time as it takes."""
    wanted: dict[tuple[Address, str], None] = {}
    for one in command.variables:
        address = keys.find(one.variable)
        if address is None:
            return unaddressed(one.variable)
        wanted[address, one.attribute] = None
    data = [
        m.GetVariableDataType(
            component=component_at(address),
            variable=variable_at(address),
            attribute_type=_unless_actual(kind),
        )
        for address, kind in wanted
    ]
    replies = yield from asked_all(
        m.GetVariablesRequest(get_variable_data=list(part)) for part in parts(data, command.max_items)
    )
    results = [one for reply in replies for one in reply.message.get_variable_result]  # type: ignore[attr-defined]
    words = tuple(_word(one, one.attribute_value or None) for one in results)
    return judged(best(word.status for word in words), said_in(replies), VariablesAnswered(variables=words))


def set_variables_script(command: commands.SetVariables) -> Script:
    """SetVariables of those given, at most so many at a time as it takes; none twice (B05.FR.13)."""
    given: dict[tuple[Address, str], str] = {}
    for one in command.variables:
        address = keys.find(one.variable)
        if address is None:
            return unaddressed(one.variable)
        if (address, one.attribute) in given:
            return outcomes.Invalid(detail=f"{address.text} is named twice")
        given[address, one.attribute] = one.value
    data = [
        m.SetVariableDataType(
            component=component_at(address),
            variable=variable_at(address),
            attribute_type=_unless_actual(kind),
            attribute_value=value,
        )
        for (address, kind), value in given.items()
    ]
    replies = yield from asked_all(
        m.SetVariablesRequest(set_variable_data=list(part)) for part in parts(data, command.max_items)
    )
    results = [one for reply in replies for one in reply.message.set_variable_result]  # type: ignore[attr-defined]
    words = tuple(_word(one, _given(given, one)) for one in results)
    return judged(worst(word.status for word in words), said_in(replies), VariablesAnswered(variables=words))


def _word(result: m.GetVariableResultType | m.SetVariableResultType, value: str | None) -> VariableWord:
    address = address_from(result.component, result.variable)
    return VariableWord(
        key=address.text,
        variable=address,
        status=result.attribute_status,
        value=None if is_secret(address.name) else value,
        attribute=result.attribute_type or "Actual",
    )


def _given(given: Mapping[tuple[Address, str], str], result: m.SetVariableResultType) -> str | None:
    address = address_from(result.component, result.variable)
    return given.get((address, result.attribute_type or "Actual"))


def _unless_actual(attribute: str) -> Any:
    """Actual is what is meant where nothing is said."""
    return UNSET if attribute == "Actual" else attribute


def inventory_script(command: commands.ReadInventory) -> Script:
    """GetBaseReport; the variables follow in parts (B07)."""
    base = _BASES[command.scope]
    reply = yield m.GetBaseReportRequest(request_id=command.request_id, report_base=base)
    return following(reply, command.request_id)


_BASES: Mapping[commands.InventoryScope, m.ReportBaseEnumType] = {
    "Configuration": "ConfigurationInventory",
    "Full": "FullInventory",
    "Summary": "SummaryInventory",
}


def report_script(command: commands.ReadReport) -> Script:
    """GetReport; the variables follow in parts (B08). Nothing splits it: a report has one number."""
    wanted = [component_variable(one) for one in dict.fromkeys(command.components)]
    if command.max_items and len(wanted) > command.max_items:
        return outcomes.Invalid(detail=f"it takes at most {command.max_items} components in one request")
    request = m.GetReportRequest(
        request_id=command.request_id,
        component_criteria=list(dict.fromkeys(command.criteria)) or UNSET,
        component_variable=wanted or UNSET,
    )
    return following((yield request), command.request_id)


def component_variable(wanted: commands.ComponentWanted) -> m.ComponentVariableType:
    """ComponentVariableType."""
    address = Address(
        component=wanted.component,
        name=wanted.variable,
        instance=wanted.instance,
        component_instance=wanted.component_instance,
        evse=wanted.evse,
        connector=wanted.connector,
    )
    variable = variable_at(address) if wanted.variable else UNSET
    return m.ComponentVariableType(component=component_at(address), variable=variable)


def component_at(address: Address) -> m.ComponentType:
    """ComponentType."""
    evse = m.EVSEType(id=address.evse, connector_id=address.connector or UNSET) if address.evse else UNSET
    return m.ComponentType(name=address.component, instance=address.component_instance or UNSET, evse=evse)


def variable_at(address: Address) -> m.VariableType:
    """VariableType."""
    return m.VariableType(name=address.name, instance=address.instance or UNSET)


def address_from(component: m.ComponentType, variable: m.VariableType) -> Address:
    """The address that an answer of a charge point names."""
    evse = component.evse or None
    return Address(
        component=component.name,
        name=variable.name,
        instance=variable.instance or "",
        component_instance=component.instance or "",
        evse=_outlet(evse.id) if evse else 0,
        connector=_outlet(evse.connector_id or 0) if evse else 0,
    )


def _outlet(number: int) -> int:
    """A number that a database holds; others name no outlet."""
    return number if OUTLETS.start <= number < OUTLETS.stop else 0


def unaddressed(named: Named) -> outcomes.Invalid:
    """What is named cannot be found by that name."""
    return outcomes.Invalid(
        detail=f"no variable is known as {str(named)[:50]!r}; name it like Component.Variable or"
        " Component[instance]:evse.Variable[instance]"
    )
