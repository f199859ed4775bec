"""What a connector does, in one vocabulary."""

from collections.abc import Mapping

OCCUPIED = "Occupied"
WHILE_OCCUPIED: Mapping[str, str] = {
    "Charging": "Charging",
    "SuspendedEV": "SuspendedEV",
    "SuspendedEVSE": "SuspendedEVSE",
    "EVConnected": "Preparing",
    "Idle": "Preparing",
}
"""What happens at a connector that is only said to be occupied, by the charging state of its transaction."""


def state_of(status: str, charging_state: str) -> str:
    """What a connector does, in the same words whether its status says it all or its transaction the rest.

    Some charge points tell charging and pausing with the status (1.6 §4.9), others only that a vehicle is there,
    and the rest with the events of its transaction (2.0.1 G01, E02).
    """
    return WHILE_OCCUPIED.get(charging_state, status) if status == OCCUPIED else status
