"""What Chargeyard is measured beside: the floor (an echo) and what a Python user writes without it."""
