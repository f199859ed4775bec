"""OCPP 1.6 with the security extension: its message classes (`messages`) and the catalogue of its 39 actions."""

from __future__ import annotations

from chargeyard.ocpp.catalogue import Action, Catalogue, Direction
from chargeyard.ocpp.v16 import messages as m

__all__ = ["CATALOGUE"]

_UP = Direction.FROM_CHARGE_POINT
_DOWN = Direction.TO_CHARGE_POINT
_BOTH = Direction.BOTH

# fmt: off
CATALOGUE = Catalogue((
    Action("Authorize", m.AuthorizeRequest, m.AuthorizeResponse, _UP),
    Action("BootNotification", m.BootNotificationRequest, m.BootNotificationResponse, _UP),
    Action("CancelReservation", m.CancelReservationRequest, m.CancelReservationResponse, _DOWN),
    Action("CertificateSigned", m.CertificateSignedRequest, m.CertificateSignedResponse, _DOWN),
    Action("ChangeAvailability", m.ChangeAvailabilityRequest, m.ChangeAvailabilityResponse, _DOWN),
    Action("ChangeConfiguration", m.ChangeConfigurationRequest, m.ChangeConfigurationResponse, _DOWN),
    Action("ClearCache", m.ClearCacheRequest, m.ClearCacheResponse, _DOWN),
    Action("ClearChargingProfile", m.ClearChargingProfileRequest, m.ClearChargingProfileResponse, _DOWN),
    Action("DataTransfer", m.DataTransferRequest, m.DataTransferResponse, _BOTH),
    Action("DeleteCertificate", m.DeleteCertificateRequest, m.DeleteCertificateResponse, _DOWN),
    Action("DiagnosticsStatusNotification", m.DiagnosticsStatusNotificationRequest, m.DiagnosticsStatusNotificationResponse, _UP),
    Action("ExtendedTriggerMessage", m.ExtendedTriggerMessageRequest, m.ExtendedTriggerMessageResponse, _DOWN),
    Action("FirmwareStatusNotification", m.FirmwareStatusNotificationRequest, m.FirmwareStatusNotificationResponse, _UP),
    Action("GetCompositeSchedule", m.GetCompositeScheduleRequest, m.GetCompositeScheduleResponse, _DOWN),
    Action("GetConfiguration", m.GetConfigurationRequest, m.GetConfigurationResponse, _DOWN),
    Action("GetDiagnostics", m.GetDiagnosticsRequest, m.GetDiagnosticsResponse, _DOWN),
    Action("GetInstalledCertificateIds", m.GetInstalledCertificateIdsRequest, m.GetInstalledCertificateIdsResponse, _DOWN),
    Action("GetLocalListVersion", m.GetLocalListVersionRequest, m.GetLocalListVersionResponse, _DOWN),
    Action("GetLog", m.GetLogRequest, m.GetLogResponse, _DOWN),
    Action("Heartbeat", m.HeartbeatRequest, m.HeartbeatResponse, _UP),
    Action("InstallCertificate", m.InstallCertificateRequest, m.InstallCertificateResponse, _DOWN),
    Action("LogStatusNotification", m.LogStatusNotificationRequest, m.LogStatusNotificationResponse, _UP),
    Action("MeterValues", m.MeterValuesRequest, m.MeterValuesResponse, _UP),
    Action("RemoteStartTransaction", m.RemoteStartTransactionRequest, m.RemoteStartTransactionResponse, _DOWN),
    Action("RemoteStopTransaction", m.RemoteStopTransactionRequest, m.RemoteStopTransactionResponse, _DOWN),
    Action("ReserveNow", m.ReserveNowRequest, m.ReserveNowResponse, _DOWN),
    Action("Reset", m.ResetRequest, m.ResetResponse, _DOWN),
    Action("SecurityEventNotification", m.SecurityEventNotificationRequest, m.SecurityEventNotificationResponse, _UP),
    Action("SendLocalList", m.SendLocalListRequest, m.SendLocalListResponse, _DOWN),
    Action("SetChargingProfile", m.SetChargingProfileRequest, m.SetChargingProfileResponse, _DOWN),
    Action("SignCertificate", m.SignCertificateRequest, m.SignCertificateResponse, _UP),
    Action("SignedFirmwareStatusNotification", m.SignedFirmwareStatusNotificationRequest, m.SignedFirmwareStatusNotificationResponse, _UP),
    Action("SignedUpdateFirmware", m.SignedUpdateFirmwareRequest, m.SignedUpdateFirmwareResponse, _DOWN),
    Action("StartTransaction", m.StartTransactionRequest, m.StartTransactionResponse, _UP),
    Action("StatusNotification", m.StatusNotificationRequest, m.StatusNotificationResponse, _UP),
    Action("StopTransaction", m.StopTransactionRequest, m.StopTransactionResponse, _UP),
    Action("TriggerMessage", m.TriggerMessageRequest, m.TriggerMessageResponse, _DOWN),
    Action("UnlockConnector", m.UnlockConnectorRequest, m.UnlockConnectorResponse, _DOWN),
    Action("UpdateFirmware", m.UpdateFirmwareRequest, m.UpdateFirmwareResponse, _DOWN),
))
# fmt: on
