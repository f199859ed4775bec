"""What has happened with firmware and logs."""

from chargeyard.domain.events.event import ChargePointEvent
from chargeyard.domain.jobs import Job


class JobBegun(ChargePointEvent, frozen=True, kw_only=True):
    """A charge point has promised to do something that takes its time. `ends_older`: it gives up what it was doing of
    the same kind."""

    job: Job
    ends_older: bool = False


class FirmwareProgressed(ChargePointEvent, frozen=True, kw_only=True):
    """A firmware update goes on."""

    status: str
    request_id: int | None = None


class PublishProgressed(ChargePointEvent, frozen=True, kw_only=True):
    """The publishing of firmware goes on; `locations` tells where it is offered."""

    status: str
    request_id: int | None = None
    locations: tuple[str, ...] = ()


class LogProgressed(ChargePointEvent, frozen=True, kw_only=True):
    """An upload of diagnostics or logs goes on."""

    status: str
    request_id: int | None = None
