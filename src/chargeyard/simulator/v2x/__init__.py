"""The simulator's OCPP 2.0.1 and 2.1."""

from chargeyard.simulator.v2x.charge_point import ChargePoint
from chargeyard.simulator.v2x.edition import V21, V201, Edition

__all__ = ["V21", "V201", "ChargePoint", "Edition"]
