"""OCPP 2.0.1: its message classes (`messages`) and the catalogue of its 64 actions."""

from __future__ import annotations

from chargeyard.ocpp.catalogue import Action, Catalogue, Direction
from chargeyard.ocpp.v201 import messages as m

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
    Action("ClearCache", m.ClearCacheRequest, m.ClearCacheResponse, _DOWN),
    Action("ClearChargingProfile", m.ClearChargingProfileRequest, m.ClearChargingProfileResponse, _DOWN),
    Action("ClearDisplayMessage", m.ClearDisplayMessageRequest, m.ClearDisplayMessageResponse, _DOWN),
    Action("ClearVariableMonitoring", m.ClearVariableMonitoringRequest, m.ClearVariableMonitoringResponse, _DOWN),
    Action("ClearedChargingLimit", m.ClearedChargingLimitRequest, m.ClearedChargingLimitResponse, _UP),
    Action("CostUpdated", m.CostUpdatedRequest, m.CostUpdatedResponse, _DOWN),
    Action("CustomerInformation", m.CustomerInformationRequest, m.CustomerInformationResponse, _DOWN),
    Action("DataTransfer", m.DataTransferRequest, m.DataTransferResponse, _BOTH),
    Action("DeleteCertificate", m.DeleteCertificateRequest, m.DeleteCertificateResponse, _DOWN),
    Action("FirmwareStatusNotification", m.FirmwareStatusNotificationRequest, m.FirmwareStatusNotificationResponse, _UP),
    Action("Get15118EVCertificate", m.Get15118EVCertificateRequest, m.Get15118EVCertificateResponse, _UP),
    Action("GetBaseReport", m.GetBaseReportRequest, m.GetBaseReportResponse, _DOWN),
    Action("GetCertificateStatus", m.GetCertificateStatusRequest, m.GetCertificateStatusResponse, _UP),
    Action("GetChargingProfiles", m.GetChargingProfilesRequest, m.GetChargingProfilesResponse, _DOWN),
    Action("GetCompositeSchedule", m.GetCompositeScheduleRequest, m.GetCompositeScheduleResponse, _DOWN),
    Action("GetDisplayMessages", m.GetDisplayMessagesRequest, m.GetDisplayMessagesResponse, _DOWN),
    Action("GetInstalledCertificateIds", m.GetInstalledCertificateIdsRequest, m.GetInstalledCertificateIdsResponse, _DOWN),
    Action("GetLocalListVersion", m.GetLocalListVersionRequest, m.GetLocalListVersionResponse, _DOWN),
    Action("GetLog", m.GetLogRequest, m.GetLogResponse, _DOWN),
    Action("GetMonitoringReport", m.GetMonitoringReportRequest, m.GetMonitoringReportResponse, _DOWN),
    Action("GetReport", m.GetReportRequest, m.GetReportResponse, _DOWN),
    Action("GetTransactionStatus", m.GetTransactionStatusRequest, m.GetTransactionStatusResponse, _DOWN),
    Action("GetVariables", m.GetVariablesRequest, m.GetVariablesResponse, _DOWN),
    Action("Heartbeat", m.HeartbeatRequest, m.HeartbeatResponse, _UP),
    Action("InstallCertificate", m.InstallCertificateRequest, m.InstallCertificateResponse, _DOWN),
    Action("LogStatusNotification", m.LogStatusNotificationRequest, m.LogStatusNotificationResponse, _UP),
    Action("MeterValues", m.MeterValuesRequest, m.MeterValuesResponse, _UP),
    Action("NotifyChargingLimit", m.NotifyChargingLimitRequest, m.NotifyChargingLimitResponse, _UP),
    Action("NotifyCustomerInformation", m.NotifyCustomerInformationRequest, m.NotifyCustomerInformationResponse, _UP),
    Action("NotifyDisplayMessages", m.NotifyDisplayMessagesRequest, m.NotifyDisplayMessagesResponse, _UP),
    Action("NotifyEVChargingNeeds", m.NotifyEVChargingNeedsRequest, m.NotifyEVChargingNeedsResponse, _UP),
    Action("NotifyEVChargingSchedule", m.NotifyEVChargingScheduleRequest, m.NotifyEVChargingScheduleResponse, _UP),
    Action("NotifyEvent", m.NotifyEventRequest, m.NotifyEventResponse, _UP),
    Action("NotifyMonitoringReport", m.NotifyMonitoringReportRequest, m.NotifyMonitoringReportResponse, _UP),
    Action("NotifyReport", m.NotifyReportRequest, m.NotifyReportResponse, _UP),
    Action("PublishFirmware", m.PublishFirmwareRequest, m.PublishFirmwareResponse, _DOWN),
    Action("PublishFirmwareStatusNotification", m.PublishFirmwareStatusNotificationRequest, m.PublishFirmwareStatusNotificationResponse, _UP),
    Action("ReportChargingProfiles", m.ReportChargingProfilesRequest, m.ReportChargingProfilesResponse, _UP),
    Action("RequestStartTransaction", m.RequestStartTransactionRequest, m.RequestStartTransactionResponse, _DOWN),
    Action("RequestStopTransaction", m.RequestStopTransactionRequest, m.RequestStopTransactionResponse, _DOWN),
    Action("ReservationStatusUpdate", m.ReservationStatusUpdateRequest, m.ReservationStatusUpdateResponse, _UP),
    Action("ReserveNow", m.ReserveNowRequest, m.ReserveNowResponse, _DOWN),
    Action("Reset", m.ResetRequest, m.ResetResponse, _DOWN),
    Action("SecurityEventNotification", m.SecurityEventNotificationRequest, m.SecurityEventNotificationResponse, _UP),
    Action("SendLocalList", m.SendLocalListRequest, m.SendLocalListResponse, _DOWN),
    Action("SetChargingProfile", m.SetChargingProfileRequest, m.SetChargingProfileResponse, _DOWN),
    Action("SetDisplayMessage", m.SetDisplayMessageRequest, m.SetDisplayMessageResponse, _DOWN),
    Action("SetMonitoringBase", m.SetMonitoringBaseRequest, m.SetMonitoringBaseResponse, _DOWN),
    Action("SetMonitoringLevel", m.SetMonitoringLevelRequest, m.SetMonitoringLevelResponse, _DOWN),
    Action("SetNetworkProfile", m.SetNetworkProfileRequest, m.SetNetworkProfileResponse, _DOWN),
    Action("SetVariableMonitoring", m.SetVariableMonitoringRequest, m.SetVariableMonitoringResponse, _DOWN),
    Action("SetVariables", m.SetVariablesRequest, m.SetVariablesResponse, _DOWN),
    Action("SignCertificate", m.SignCertificateRequest, m.SignCertificateResponse, _UP),
    Action("StatusNotification", m.StatusNotificationRequest, m.StatusNotificationResponse, _UP),
    Action("TransactionEvent", m.TransactionEventRequest, m.TransactionEventResponse, _UP),
    Action("TriggerMessage", m.TriggerMessageRequest, m.TriggerMessageResponse, _DOWN),
    Action("UnlockConnector", m.UnlockConnectorRequest, m.UnlockConnectorResponse, _DOWN),
    Action("UnpublishFirmware", m.UnpublishFirmwareRequest, m.UnpublishFirmwareResponse, _DOWN),
    Action("UpdateFirmware", m.UpdateFirmwareRequest, m.UpdateFirmwareResponse, _DOWN),
))
# fmt: on
