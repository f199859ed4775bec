"""Battery swap on the wire of 2.1 (S01–S04)."""

from chargeyard.dialects.dialect import NUMBERS, OUTLETS, Hearing, Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.battery_swap import Battery
from chargeyard.ocpp.v21 import messages as m


def swap_from(request: m.BatterySwapRequest, hearing: Hearing) -> reports.BatteriesSwapped:
    """BatterySwap."""
    return reports.BatteriesSwapped(
        happened=request.event_type,
        request_id=hearing.whole(request.request_id, NUMBERS, 0, "$.requestId"),
        id_token=request.id_token.id_token,
        token_kind=request.id_token.type,
        batteries=tuple(_battery(one, hearing) for one in request.battery_data),
    )


def swap_answer(answer: Acknowledged) -> m.BatterySwapResponse:
    """BatterySwapResponse."""
    return m.BatterySwapResponse()


def _battery(told: m.BatteryDataType, hearing: Hearing) -> Battery:
    return Battery(
        serial_number=told.serial_number,
        slot=hearing.whole(told.evse_id, OUTLETS, 0, "$.batteryData[].evseId"),
        soc_percent=told.soc,
        soh_percent=told.soh,
        produced=told.production_date or "",
        info=told.vendor_info or "",
    )


def swap_script(command: commands.RequestBatterySwap) -> Script:
    """RequestBatterySwap."""
    token = m.IdTokenType(id_token=command.id_token, type=command.token_kind or "Central")
    return settled((yield m.RequestBatterySwapRequest(id_token=token, request_id=command.request_id)))
