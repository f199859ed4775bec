"""What a charge point tells of what it does for the grid."""

from datetime import datetime

from chargeyard.domain.der_controls import DerControl
from chargeyard.domain.reports.report import Report


class DerControlsReported(Report, frozen=True, kw_only=True, gc=False):
    """A part of a list of grid controls; parts have no numbers."""

    request_id: int
    is_last: bool
    controls: tuple[DerControl, ...]


class DerAlarmHappened(Report, frozen=True, kw_only=True, gc=False):
    """A grid event makes a control of this kind act, or (`has_ended`) is over. `fault` is the sort of event."""

    kind: str
    at: datetime
    fault: str = ""
    has_ended: bool = False
    info: str = ""


class DerControlSwitched(Report, frozen=True, kw_only=True, gc=False):
    """A scheduled grid control has started, taking the place of `supersedes`, or has stopped."""

    control_id: str
    has_started: bool
    at: datetime
    supersedes: tuple[str, ...] = ()
