"""Chargeyard, an OCPP central system."""

from importlib.metadata import version

__version__ = version("chargeyard")
