"""What charge points tell of their variables, and what was written to them."""

from datetime import datetime

from chargeyard.domain.events.event import ChargePointEvent
from chargeyard.domain.reports import Variable


class VariablesReported(ChargePointEvent, frozen=True, kw_only=True):
    """Variables of the device model as the charge point told them; values that may be secret are None."""

    at: datetime
    variables: tuple[Variable, ...]


class VariablesWritten(ChargePointEvent, frozen=True, kw_only=True):
    """Variables that were written and accepted, if only after a restart; values that may be secret are None."""

    variables: tuple[Variable, ...]
