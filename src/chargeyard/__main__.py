"""`python -m chargeyard` is `chargeyard`."""

from chargeyard.cli import main

main(prog_name="chargeyard")
