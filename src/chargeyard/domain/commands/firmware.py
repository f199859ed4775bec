"""Commands about firmware and logs."""

from datetime import datetime

from chargeyard.domain.commands.command import Command
from chargeyard.domain.jobs import LogKind


class UpdateFirmware(Command, frozen=True, kw_only=True):
    """Load firmware from `location` from `retrieve_at` on, and install it, not before `install_at` (None: at once).

    A signed update has the certificate (PEM) that the firmware was signed with and its signature (Base64). Retries
    None: as the charge point sees fit.
    """

    request_id: int
    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    signing_certificate: str = ""
    signature: str = ""
    retries: int | None = None
    retry_interval_s: int | None = None


class PublishFirmware(Command, frozen=True, kw_only=True):
    """Load firmware and offer it to the charge points of the same site. `checksum` is its MD5, hexadecimal."""

    request_id: int
    location: str
    checksum: str
    retries: int | None = None
    retry_interval_s: int | None = None


class UnpublishFirmware(Command, frozen=True, kw_only=True):
    """Offer the firmware of that checksum no longer."""

    checksum: str


class GetLog(Command, frozen=True, kw_only=True):
    """Upload a log to `location`, of what has happened from `oldest_at` to `latest_at` (None: all of it)."""

    request_id: int
    kind: LogKind
    location: str
    oldest_at: datetime | None = None
    latest_at: datetime | None = None
    retries: int | None = None
    retry_interval_s: int | None = None
