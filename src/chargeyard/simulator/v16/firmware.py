"""Firmware updates, diagnostics and logs: nothing is transferred, but every status comes in its order and time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.v16.messages import (
    DiagnosticsStatus,
    DiagnosticsStatusNotificationRequest,
    FirmwareStatus,
    FirmwareStatusEnumType,
    FirmwareStatusNotificationRequest,
    GetDiagnosticsRequest,
    GetDiagnosticsResponse,
    GetLogRequest,
    GetLogResponse,
    LogStatusNotificationRequest,
    SignedFirmwareStatusNotificationRequest,
    SignedUpdateFirmwareRequest,
    SignedUpdateFirmwareResponse,
    UpdateFirmwareRequest,
    UpdateFirmwareResponse,
    UploadLogStatusEnumType,
)
from chargeyard.simulator import instants
from chargeyard.simulator.errands import Errand, leads_somewhere

if TYPE_CHECKING:
    from chargeyard.simulator.v16.charge_point import ChargePoint

# (seconds after the one before, status)
_UPDATE: tuple[tuple[float, FirmwareStatus], ...] = (
    (1, "Downloading"),
    (20, "Downloaded"),
    (5, "Installing"),
)
_UPDATE_FAILED: tuple[tuple[float, FirmwareStatus], ...] = ((1, "Downloading"), (5, "DownloadFailed"))
_SIGNED_UPDATE: tuple[tuple[float, FirmwareStatusEnumType], ...] = (
    (1, "Downloading"),
    (20, "Downloaded"),
    (2, "SignatureVerified"),
    (3, "Installing"),
    (10, "InstallRebooting"),
)
_SIGNED_UPDATE_FAILED: tuple[tuple[float, FirmwareStatusEnumType], ...] = (
    (1, "Downloading"),
    (5, "DownloadFailed"),
)
_DIAGNOSTICS: tuple[tuple[float, DiagnosticsStatus], ...] = ((1, "Uploading"), (10, "Uploaded"))
_DIAGNOSTICS_FAILED: tuple[tuple[float, DiagnosticsStatus], ...] = ((1, "Uploading"), (5, "UploadFailed"))
_LOG: tuple[tuple[float, UploadLogStatusEnumType], ...] = ((1, "Uploading"), (10, "Uploaded"))
_LOG_FAILED: tuple[tuple[float, UploadLogStatusEnumType], ...] = ((1, "Uploading"), (5, "UploadFailure"))


class Maintenance:
    """What runs on one charge point, and the status that a trigger asks for."""

    __slots__ = ("_cp", "_log", "_update", "diagnostics", "firmware", "log", "log_id", "signed", "signed_id")

    def __init__(self, charge_point: ChargePoint) -> None:
        self._cp = charge_point
        self._update = Errand(charge_point)
        self._log = Errand(charge_point)
        self.firmware: FirmwareStatus = "Idle"
        self.diagnostics: DiagnosticsStatus = "Idle"
        self.signed: FirmwareStatusEnumType = "Idle"
        self.signed_id: int | None = None
        self.log: UploadLogStatusEnumType = "Idle"
        self.log_id: int | None = None

    # -------------------------------------------------------------- firmware

    def update(self, request: UpdateFirmwareRequest) -> UpdateFirmwareResponse:
        """Answer UpdateFirmware and do it from the retrieve date on."""
        good = leads_somewhere(request.location)
        steps = _UPDATE if good else _UPDATE_FAILED
        wait_s = self._update.until(request.retrieve_date)
        done = self._reboot_into_new if good else self._firmware_idle
        self._update.start(steps, self._tell_firmware, done, wait_s)
        return UpdateFirmwareResponse()

    def update_signed(self, request: SignedUpdateFirmwareRequest) -> SignedUpdateFirmwareResponse:
        """Answer SignedUpdateFirmware; the certificate is only looked at, not verified."""
        firmware = request.firmware
        if "-----BEGIN CERTIFICATE-----" not in firmware.signing_certificate:
            return SignedUpdateFirmwareResponse(status="InvalidCertificate")
        was_busy = self._update.is_running
        self.signed_id = request.request_id
        good = leads_somewhere(firmware.location)
        steps = _SIGNED_UPDATE if good else _SIGNED_UPDATE_FAILED
        done = self._reboot_into_signed if good else self._signed_idle
        self._update.start(steps, self._tell_signed, done, self._update.until(firmware.retrieve_date_time))
        return SignedUpdateFirmwareResponse(status="AcceptedCanceled" if was_busy else "Accepted")

    def _reboot_into_new(self) -> None:
        self._cp.reboot("Reboot", lambda: self._installed(self._tell_firmware, self._firmware_idle))

    def _reboot_into_signed(self) -> None:
        self._cp.reboot("Reboot", lambda: self._installed(self._tell_signed, self._signed_idle))

    def _installed(self, tell: Callable[[FirmwareStatus], None], rest: Callable[[], None]) -> None:
        tell("Installed")
        rest()

    def _tell_firmware(self, status: FirmwareStatus) -> None:
        self.firmware = status
        if status == "Installing":
            self._raise_version()
        self.tell_firmware()

    def _tell_signed(self, status: FirmwareStatusEnumType) -> None:
        self.signed = status
        if status == "Installing":
            self._raise_version()
        self.tell_signed()

    def _raise_version(self) -> None:
        head, _, last = self._cp.firmware_version.rpartition(".")
        self._cp.firmware_version = f"{head}.{int(last) + 1}" if last.isdecimal() else f"{last}.1"

    def _firmware_idle(self) -> None:
        self.firmware = "Idle"

    def _signed_idle(self) -> None:
        self.signed, self.signed_id = "Idle", None

    def tell_firmware(self) -> None:
        """Send the status of the (unsigned) update."""
        self._ask("FirmwareStatusNotification", FirmwareStatusNotificationRequest(status=self.firmware))

    def tell_signed(self) -> None:
        """Send the status of the signed update; the request id belongs to all but Idle."""
        request_id = msgspec.UNSET if self.signed_id is None else self.signed_id
        self._ask(
            "SignedFirmwareStatusNotification",
            SignedFirmwareStatusNotificationRequest(status=self.signed, request_id=request_id),
        )

    # -------------------------------------------------------------- diagnostics and logs

    def send_diagnostics(self, request: GetDiagnosticsRequest) -> GetDiagnosticsResponse:
        """Answer GetDiagnostics and go through the upload."""
        good = leads_somewhere(request.location)
        steps = _DIAGNOSTICS if good else _DIAGNOSTICS_FAILED
        Errand(self._cp).start(steps, self._tell_diagnostics, self._diagnostics_idle)
        return GetDiagnosticsResponse(file_name=self._file_name("diagnostics"))

    def send_log(self, request: GetLogRequest) -> GetLogResponse:
        """Answer GetLog and go through the upload; a running one is cancelled."""
        was_busy = self._log.is_running
        self.log_id = request.request_id
        good = leads_somewhere(request.log.remote_location)
        self._log.start(_LOG if good else _LOG_FAILED, self._tell_log, self._log_idle)
        return GetLogResponse(
            status="AcceptedCanceled" if was_busy else "Accepted",
            filename=self._file_name(request.log_type.lower()),
        )

    def _file_name(self, kind: str) -> str:
        stamp = instants.written(self._cp.clock).replace(":", "")
        return f"{kind}-{self._cp.name}-{stamp}.log"[-255:]

    def _tell_diagnostics(self, status: DiagnosticsStatus) -> None:
        self.diagnostics = status
        self.tell_diagnostics()

    def _tell_log(self, status: UploadLogStatusEnumType) -> None:
        self.log = status
        self.tell_log()

    def _diagnostics_idle(self) -> None:
        self.diagnostics = "Idle"

    def _log_idle(self) -> None:
        self.log, self.log_id = "Idle", None

    def tell_diagnostics(self) -> None:
        """Send the status of the diagnostics upload."""
        self._ask(
            "DiagnosticsStatusNotification", DiagnosticsStatusNotificationRequest(status=self.diagnostics)
        )

    def tell_log(self) -> None:
        """Send the status of the log upload."""
        request_id = msgspec.UNSET if self.log_id is None else self.log_id
        self._ask(
            "LogStatusNotification", LogStatusNotificationRequest(status=self.log, request_id=request_id)
        )

    # -------------------------------------------------------------- steps

    def _ask(self, action: str, request: Message) -> None:
        self._cp.ask(action, request, early=not self._cp.is_registered, keep=True)
