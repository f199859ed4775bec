"""The simulator's OCPP 1.6."""

from chargeyard.simulator.v16.charge_point import ChargePoint

__all__ = ["ChargePoint"]
