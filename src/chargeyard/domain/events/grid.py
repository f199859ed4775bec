"""What has happened with grid controls."""

from datetime import datetime

from chargeyard.domain.events.event import ChargePointEvent


class DerAlarmReported(ChargePointEvent, frozen=True, kw_only=True):
    """A grid event has made a control of this kind act, or (`has_ended`) is over."""

    kind: str
    at: datetime
    fault: str = ""
    has_ended: bool = False
    info: str = ""


class DerControlSwitched(ChargePointEvent, frozen=True, kw_only=True):
    """A scheduled control has started, taking the place of `supersedes`, or has stopped."""

    control_id: str
    has_started: bool
    at: datetime
    supersedes: tuple[str, ...] = ()
