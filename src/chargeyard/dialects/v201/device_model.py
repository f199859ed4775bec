"""The device model on the wire of 2.x: inventories, and variables by their keys."""

from collections.abc import Iterator

from msgspec import UNSET, UnsetType

from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Script
from chargeyard.dialects.v201 import keys
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, outcomes, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.reports import Variable
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


def set_variable_script(command: commands.SetVariable) -> Script:
    """SetVariables of one variable."""
    address = keys.find(command.key)
    if address is None:
        return _unaddressed(command.key)
    component, variable = _named(address)
    data = m.SetVariableDataType(attribute_value=command.value, component=component, variable=variable)
    return settled((yield m.SetVariablesRequest(set_variable_data=[data])))


def get_variables_script(command: commands.GetVariables) -> Script:
    """GetVariables of the keys named; of none, the report of all that can be set, which follows in parts."""
    if not command.keys:
        return (yield from _inventory_script(command.request_id))
    wanted = []
    for key in command.keys:
        address = keys.find(key)
        if address is None:
            return _unaddressed(key)
        wanted.append(address)
    data = [
        # The same variable twice in one request is forbidden (B06.FR.17).
        m.GetVariableDataType(component=component, variable=variable)
        for component, variable in map(_named, dict.fromkeys(wanted))
    ]
    return settled((yield m.GetVariablesRequest(get_variable_data=data)))


def _inventory_script(request_id: int) -> Script:
    request = m.GetBaseReportRequest(request_id=request_id, report_base="ConfigurationInventory")
    outcome = settled((yield request))
    if isinstance(outcome, outcomes.Accepted):
        return outcomes.Scheduled(said=outcome.said)
    return outcome


def _named(address: keys.Address) -> tuple[m.ComponentType, m.VariableType]:
    evse = m.EVSEType(id=address.evse, connector_id=address.connector or UNSET) if address.evse else UNSET
    component = m.ComponentType(
        name=address.component, instance=address.component_instance or UNSET, evse=evse
    )
    return component, m.VariableType(name=address.variable, instance=address.instance or UNSET)


def _unaddressed(key: str) -> outcomes.Invalid:
    return outcomes.Invalid(
        detail=f"no variable is known as {key[:50]!r}; name it like Component.Variable or"
        " Component[instance]:evse.Variable[instance]"
    )
