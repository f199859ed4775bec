"""Answers to the requests for reports (B07, B08), and about customers (N09, N10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator.v2x.authorizing import key
from chargeyard.simulator.v2x.device_model import Spot
from chargeyard.simulator.v2x.parts import batched

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint


_PART = 25
_CRITERIA_OF_NOTHING = frozenset({"Problem"})
_SUMMARY = frozenset({"AvailabilityState", "Available", "Problem", "FirmwareVersion"})


def base_report(cp: ChargePoint, request: m.GetBaseReportRequest) -> Message:
    """Promise a report; it follows in NotifyReport."""
    chosen = [spot for spot in cp.model.spots() if _belongs(cp, spot, request.report_base)]
    _tell(cp, request.request_id, chosen)
    return m.GetBaseReportResponse(status="Accepted")


def _belongs(cp: ChargePoint, spot: Spot, base: m.ReportBaseEnumType) -> bool:
    if base == "SummaryInventory":
        return spot.variable in _SUMMARY and spot.component in ("ChargingStation", "EVSE", "Connector")
    return base == "FullInventory" or cp.model.variable(spot).mutability != "ReadOnly"


def report(cp: ChargePoint, request: m.GetReportRequest) -> Message:
    """Promise the variables that fit; they follow in NotifyReport."""
    wanted, criteria = request.component_variable, request.component_criteria
    spots = list(cp.model.spots()) if isinstance(wanted, msgspec.UnsetType) else cp.model.select(wanted)
    if not isinstance(criteria, msgspec.UnsetType):
        spots = [spot for spot in spots if any(_holds(cp, spot, word) for word in criteria)]
    if not spots:
        return m.GetReportResponse(status="EmptyResultSet")
    _tell(cp, request.request_id, spots)
    return m.GetReportResponse(status="Accepted")


def _holds(cp: ChargePoint, spot: Spot, criterion: str) -> bool:
    """Its component has this true, or does not say (of Problem: has it true) (B08.FR.07)."""
    asked = msgspec.structs.replace(spot, variable=criterion)
    if criterion not in cp.edition.components[spot.component]:
        return criterion not in _CRITERIA_OF_NOTHING
    return cp.model.value(asked) == "true"


def _tell(cp: ChargePoint, request_id: int, spots: list[Spot]) -> None:
    parts = list(batched(spots, _PART))
    for number, part in enumerate(parts):
        notify = m.NotifyReportRequest(
            request_id=request_id,
            generated_at=cp.timestamp(),
            seq_no=number,
            report_data=[_described(cp, spot) for spot in part],
            tbc=number + 1 < len(parts),
        )
        cp.follow("NotifyReport", notify)


def _described(cp: ChargePoint, spot: Spot) -> m.ReportDataType:
    variable = cp.model.variable(spot)
    is_secret = variable.mutability == "WriteOnly"
    attribute = m.VariableAttributeType(
        value=msgspec.UNSET if is_secret else cp.model.value(spot),
        mutability=variable.mutability,
        persistent=True,
        constant=False,
    )
    return m.ReportDataType(
        component=spot.component_type(),
        variable=spot.variable_type(),
        variable_attribute=[attribute],
        variable_characteristics=m.VariableCharacteristicsType(
            data_type=variable.kind,
            supports_monitoring=variable.monitored,
            unit=variable.unit or msgspec.UNSET,
            min_limit=msgspec.UNSET if variable.least is None else variable.least,
            max_limit=_most(cp, spot),
            values_list=",".join(variable.values) or msgspec.UNSET,
        ),
    )


def _most(cp: ChargePoint, spot: Spot) -> float | msgspec.UnsetType:
    """The largest value; of the power of an EVSE that is what it can give (K, appendix)."""
    if spot.variable == "Power" and spot.evse_id:
        return cp.connectors[spot.evse_id - 1].plug.power_w
    most = cp.model.variable(spot).most
    return msgspec.UNSET if most is None else most


def customer_information(cp: ChargePoint, request: m.CustomerInformationRequest) -> Message:
    """Tell, or forget, what is known of a customer: who is named in exactly one way."""
    named = (request.id_token, request.customer_certificate, request.customer_identifier)
    if sum(name is not msgspec.UNSET for name in named) != 1:
        return m.CustomerInformationResponse(status="Invalid")
    if not request.report and not request.clear:
        return m.CustomerInformationResponse(status="Rejected")
    known = None
    if not isinstance(request.id_token, msgspec.UnsetType):
        known = cp.tokens.find(key(request.id_token))
        if request.clear:
            cp.tokens.forget(key(request.id_token))
    data = "" if known is None else f"status={known.status}; group={known.group or '-'}"
    notify = m.NotifyCustomerInformationRequest(
        # Also a customer who is only forgotten is told of, with an empty report (N10.FR.06).
        data=data if request.report else "",
        seq_no=0,
        generated_at=cp.timestamp(),
        request_id=request.request_id,
        tbc=False,
    )
    cp.follow("NotifyCustomerInformation", notify)
    return m.CustomerInformationResponse(status="Accepted")
