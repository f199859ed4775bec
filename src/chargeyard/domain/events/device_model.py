"""What charge points tell of their variables, what was written to them, and what their monitors notice."""

from datetime import datetime

from chargeyard.domain.events.event import ChargePointEvent
from chargeyard.domain.monitors import DeviceEvent
from chargeyard.domain.reports import Variable


class VariablesReported(ChargePointEvent, frozen=True, kw_only=True):
    """Variables of the device model as the charge point told them; values that may be secret are None."""

    at: datetime
    variables: tuple[Variable, ...]


class VariablesWritten(ChargePointEvent, frozen=True, kw_only=True):
    """Variables that were written and accepted, if only after a restart; values that may be secret are None."""

    variables: tuple[Variable, ...]


class DeviceEventHappened(ChargePointEvent, frozen=True, kw_only=True):
    """Something was noticed of a variable. `sequence` is the number of the message's part that told it."""

    sequence: int
    device_event: DeviceEvent


class StreamReceived(ChargePointEvent, frozen=True, kw_only=True):
    """Values of a periodic monitor, each with its instant, as they came in one message."""

    stream_id: int
    pending: int
    values: tuple[tuple[datetime, str], ...]


class StreamFellBehind(ChargePointEvent, frozen=True, kw_only=True):
    """A stream has more values waiting than at its last message: it is to be adjusted (2.1 N15.FR.05)."""

    stream_id: int
    pending: int
