"""What charging costs, on the wire of 2.x."""

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands
from chargeyard.ocpp.v201 import messages as m


def update_cost_script(command: commands.UpdateCost) -> Script:
    """CostUpdated: the driver is shown what it costs so far (I02)."""
    request = m.CostUpdatedRequest(total_cost=float(command.amount), transaction_id=command.wire_id)
    return settled((yield request))
