"""What a charge point tells of its display."""

from chargeyard.domain.display_messages import DisplayMessage
from chargeyard.domain.reports.report import Report


class DisplayMessagesReported(Report, frozen=True, kw_only=True, gc=False):
    """A part of a list of display messages; parts have no numbers."""

    request_id: int
    is_last: bool
    messages: tuple[DisplayMessage, ...]
