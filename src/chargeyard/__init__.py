"""Chargeyard, an OCPP central system."""
