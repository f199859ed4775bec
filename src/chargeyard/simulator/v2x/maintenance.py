"""Firmware, logs and signing requests: nothing is transferred, but every status comes in its order and time (L, N, A)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.agenda import Appointment
from chargeyard.simulator.certificates import signing_request
from chargeyard.simulator.errands import Errand, leads_somewhere

if TYPE_CHECKING:
    from chargeyard.simulator.v2x.charge_point import ChargePoint

Steps = Sequence[tuple[float, m.FirmwareStatusEnumType]]

# (seconds after the one before, status)
_DOWNLOAD: Steps = ((1, "Downloading"), (20, "Downloaded"))
_VERIFIED: Steps = ((2, "SignatureVerified"),)
_DOWNLOAD_FAILED: Steps = ((1, "Downloading"), (5, "DownloadFailed"))
_INSTALL: Steps = ((3, "Installing"), (10, "InstallRebooting"))
_PUBLISH: Sequence[tuple[float, m.PublishFirmwareStatusEnumType]] = (
    (1, "Downloading"),
    (20, "Downloaded"),
    (2, "ChecksumVerified"),
    (1, "Published"),
)
_PUBLISH_FAILED: Sequence[tuple[float, m.PublishFirmwareStatusEnumType]] = (
    (1, "Downloading"),
    (5, "DownloadFailed"),
)
_LOG: Sequence[tuple[float, m.UploadLogStatusEnumType]] = ((1, "Uploading"), (10, "Uploaded"))
_LOG_FAILED: Sequence[tuple[float, m.UploadLogStatusEnumType]] = ((1, "Uploading"), (5, "UploadFailure"))
_BUSY_S = 30.0


class Maintenance:
    """What runs on one charge point, and the status that a trigger asks for."""

    __slots__ = (
        "_cp",
        "_log",
        "_publication",
        "_sign_again",
        "_signing",
        "_update",
        "firmware",
        "firmware_id",
        "log",
        "log_id",
        "publication",
        "publication_id",
        "published",
    )

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._update = Errand(charge_point)
        self._log = Errand(charge_point)
        self._publication = Errand(charge_point)
        self._signing = 0
        self._sign_again: Appointment | None = None
        self.firmware: m.FirmwareStatusEnumType = "Idle"
        self.firmware_id: int | None = None
        self.log: m.UploadLogStatusEnumType = "Idle"
        self.log_id: int | None = None
        self.publication: m.PublishFirmwareStatusEnumType = "Idle"
        self.publication_id: int | None = None
        # Where firmware is published, by checksum.
        self.published: dict[str, str] = {}

    # -------------------------------------------------------------- firmware

    def update(self, request: m.UpdateFirmwareRequest) -> m.UpdateFirmwareStatusEnumType:
        """Answer UpdateFirmware and do it from the retrieve date on; the certificate is only looked at."""
        firmware = request.firmware
        certificate = firmware.signing_certificate
        is_signed = not isinstance(certificate, msgspec.UnsetType)
        if is_signed and "-----BEGIN CERTIFICATE-----" not in cast("str", certificate):
            self._cp.security_event("InvalidFirmwareSigningCertificate")
            return "InvalidCertificate"
        was_busy = self._update.is_running
        self.firmware_id = request.request_id
        wait_s = self._update.until(firmware.retrieve_date_time)
        if wait_s > 0:
            self._cp.later(0.0, lambda: self._tell_firmware("DownloadScheduled"))
        if not leads_somewhere(firmware.location):
            self._update.start(_DOWNLOAD_FAILED, self._tell_firmware, self._rest, wait_s)
        else:
            steps = (*_DOWNLOAD, *(_VERIFIED if is_signed else ()))
            install = firmware.install_date_time
            self._update.start(steps, self._tell_firmware, lambda: self._install_at(install), wait_s)
        return "AcceptedCanceled" if was_busy else "Accepted"

    def _install_at(self, date: str | msgspec.UnsetType) -> None:
        wait_s = 0.0 if isinstance(date, msgspec.UnsetType) else self._update.until(date)
        if wait_s > 0 or self._is_busy():
            self._tell_firmware("InstallScheduled")
        self._install_when_idle(wait_s)

    def _is_busy(self) -> bool:
        return any(evse.is_in_use for evse in self._cp.connectors)

    def _install_when_idle(self, wait_s: float) -> None:
        """A transaction is not interrupted for an update (L01.FR.06)."""
        if wait_s > 0 or self._is_busy():
            self._update.start(
                (), self._tell_firmware, lambda: self._install_when_idle(0.0), wait_s or _BUSY_S
            )
        else:
            self._update.start(_INSTALL, self._tell_firmware, self._restart)

    def _restart(self) -> None:
        head, _, last = self._cp.firmware_version.rpartition(".")
        self._cp.firmware_version = f"{head}.{int(last) + 1}" if last.isdecimal() else f"{last}.1"
        self._cp.reboot("FirmwareUpdate", "ResetCommand", "Reboot", then=self._installed)

    def _installed(self) -> None:
        self._tell_firmware("Installed")
        self._cp.security_event("FirmwareUpdated")
        self._rest()

    def _rest(self) -> None:
        self.firmware, self.firmware_id = "Idle", None

    def _tell_firmware(self, status: m.FirmwareStatusEnumType) -> None:
        self.firmware = status
        self.tell_firmware()

    def tell_firmware(self) -> None:
        """Send the status of the update; the request id belongs to all but Idle (L01.FR.20)."""
        request = m.FirmwareStatusNotificationRequest(status=self.firmware, request_id=_id(self.firmware_id))
        self._ask("FirmwareStatusNotification", request)

    # -------------------------------------------------------------- firmware for others

    def publish(self, request: m.PublishFirmwareRequest) -> None:
        """Fetch firmware and offer it to others (L03)."""
        self.publication_id = request.request_id
        good = leads_somewhere(request.location)
        if good:
            self.published[request.checksum.lower()] = f"http://{self._cp.name.lower()}.local/firmware"
        steps = _PUBLISH if good else _PUBLISH_FAILED
        self._publication.start(steps, self._tell_publication, self._publication_rests)

    def unpublish(self, checksum: str) -> m.UnpublishFirmwareStatusEnumType:
        """Offer it no more (L04)."""
        if checksum.lower() not in self.published:
            return "NoFirmware"
        if self._publication.is_running:
            return "DownloadOngoing"
        del self.published[checksum.lower()]
        return "Unpublished"

    def _publication_rests(self) -> None:
        self.publication, self.publication_id = "Idle", None

    def _tell_publication(self, status: m.PublishFirmwareStatusEnumType) -> None:
        self.publication = status
        self.tell_publication()

    def tell_publication(self) -> None:
        """Send the status of the publication; where it is belongs to Published."""
        is_there = self.publication == "Published"
        request = m.PublishFirmwareStatusNotificationRequest(
            status=self.publication,
            request_id=_id(self.publication_id),
            location=list(self.published.values()) if is_there and self.published else msgspec.UNSET,
        )
        self._ask("PublishFirmwareStatusNotification", request)

    # -------------------------------------------------------------- logs

    def send_log(self, request: m.GetLogRequest) -> m.GetLogResponse:
        """Answer GetLog and go through the upload; a running one is cancelled, and that is told (N01.FR.20)."""
        was_busy, before = self._log.is_running, self.log_id
        if was_busy:
            canceled = m.LogStatusNotificationRequest(status="AcceptedCanceled", request_id=_id(before))
            self._cp.later(0.0, lambda: self._ask("LogStatusNotification", canceled))
        self.log_id = request.request_id
        good = leads_somewhere(request.log.remote_location)
        self._log.start(_LOG if good else _LOG_FAILED, self._tell_log, self._log_rests)
        stamp = instants.written(self._cp.clock).replace(":", "")
        return m.GetLogResponse(
            status="AcceptedCanceled" if was_busy else "Accepted",
            filename=f"{request.log_type.lower()}-{self._cp.name}-{stamp}.log"[-255:],
        )

    def _log_rests(self) -> None:
        self.log, self.log_id = "Idle", None

    def _tell_log(self, status: m.UploadLogStatusEnumType) -> None:
        self.log = status
        self.tell_log()

    def tell_log(self) -> None:
        """Send the status of the log upload."""
        request = m.LogStatusNotificationRequest(status=self.log, request_id=_id(self.log_id))
        self._ask("LogStatusNotification", request)

    # -------------------------------------------------------------- certificates

    def sign(self, use: m.CertificateSigningUseEnumType, attempt: int = 0) -> None:
        """Ask for a certificate, and again after a while that doubles, until one comes (A02.FR.17–19)."""
        csr = signing_request(self._cp.name, self._cp.model["SecurityCtrlr.OrganizationName"], self._cp.rng)
        self._signing += 1
        request = m.SignCertificateRequest(
            csr=csr,
            certificate_type=use,
            request_id=self._signing if self._cp.edition.numbers_signing_requests else msgspec.UNSET,
        )
        self.signed()
        wait_s = self._cp.model.whole("SecurityCtrlr.CertSigningWaitMinimum") * 2**attempt

        def told(answer: Message | None) -> None:
            is_wanted = isinstance(answer, m.SignCertificateResponse) and answer.status == "Accepted"
            if is_wanted and attempt < self._cp.model.whole("SecurityCtrlr.CertSigningRepeatTimes"):
                again = self._cp.now + wait_s
                self._sign_again = self._cp.agenda.at(again, lambda: self.sign(use, attempt + 1))

        self._cp.ask("SignCertificate", request, told, early=not self._cp.is_registered)

    def signed(self) -> None:
        """A certificate has come, or is asked for anew: do not ask again."""
        if self._sign_again is not None:
            self._sign_again.cancel()
            self._sign_again = None

    def _ask(self, action: str, request: Message) -> None:
        self._cp.ask(action, request, early=not self._cp.is_registered, keep=True)


def _id(number: int | None) -> int | msgspec.UnsetType:
    return msgspec.UNSET if number is None else number
