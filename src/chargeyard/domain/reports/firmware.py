"""What a charge point tells of firmware and logs."""

from chargeyard.domain.reports.report import Report


class FirmwareProgressed(Report, frozen=True, kw_only=True, gc=False):
    """A firmware update goes on. `request_id` None: an unsigned update of 1.6, which numbers nothing."""

    status: str
    request_id: int | None = None


class LogProgressed(Report, frozen=True, kw_only=True, gc=False):
    """An upload of diagnostics or logs goes on."""

    status: str
    request_id: int | None = None


class PublishProgressed(Report, frozen=True, kw_only=True, gc=False):
    """The publishing of firmware for others goes on. `locations` are where it is offered."""

    status: str
    request_id: int | None = None
    locations: tuple[str, ...] = ()
