"""OCPP 2.0.1: its tables, and nothing else.

The mappers are written against the message classes of 2.0.1. 2.1 has all their fields under the same names, and
takes all that they say: its tables are these and the differences.
"""

from collections.abc import Callable, Mapping
from functools import partial

from chargeyard.dialects.dialect import Answering, Dialect, Listen, Script
from chargeyard.dialects.v201 import (
    authorization,
    availability,
    device_model,
    firmware,
    local_lists,
    metering,
    monitoring,
    provisioning,
    reservations,
    security,
    smart_charging,
    tariffs,
    transactions,
)
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.dialects.v201.smart_charging import WORDS
from chargeyard.domain import commands
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.tolerance import KEEP, Fallbacks, KeepOr
from chargeyard.ocpp.v201 import CATALOGUE
from chargeyard.ocpp.v201 import messages as m
from chargeyard.ocpp.violations import Fault, Spelling

SPELLING: Spelling = {
    Fault.NOT_JSON: "FormatViolation",
    Fault.FRAME: "RpcFrameworkError",
    Fault.MESSAGE_ID: "RpcFrameworkError",
    Fault.MESSAGE_TYPE: "MessageTypeNotSupported",
    Fault.MISSING: "OccurrenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.VALUE: "PropertyConstraintViolation",
    Fault.EXTRA: "FormatViolation",
    Fault.DUPLICATE_KEY: "FormatViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.GENERIC: "GenericError",
}

HEARS: Mapping[str, tuple[Listen, Answering]] = {
    "Authorize": (authorization.presented_from, authorization.authorize_answer),
    "BootNotification": (provisioning.booted_from, provisioning.boot_answer),
    "ClearedChargingLimit": (smart_charging.cleared_from, smart_charging.cleared_answer),
    "DataTransfer": (provisioning.data_from, provisioning.data_answer),
    "FirmwareStatusNotification": (firmware.firmware_from, firmware.firmware_answer),
    "Heartbeat": (provisioning.alive_from, provisioning.heartbeat_answer),
    "LogStatusNotification": (firmware.log_from, firmware.log_answer),
    "MeterValues": (metering.meter_values_from, metering.meter_values_answer),
    "NotifyCustomerInformation": (local_lists.customer_from, local_lists.customer_answer),
    "NotifyChargingLimit": (partial(smart_charging.limit_from, WORDS), smart_charging.limit_answer),
    "NotifyEVChargingNeeds": (smart_charging.needs_from, smart_charging.needs_answer),
    "NotifyEVChargingSchedule": (partial(smart_charging.plan_from, WORDS), smart_charging.plan_answer),
    "NotifyEvent": (monitoring.events_from, monitoring.events_answer),
    "NotifyMonitoringReport": (monitoring.monitors_from, monitoring.monitors_answer),
    "NotifyReport": (device_model.report_from, device_model.report_answer),
    "ReservationStatusUpdate": (reservations.gone_from, reservations.gone_answer),
    "ReportChargingProfiles": (
        partial(smart_charging.profiles_from, WORDS),
        smart_charging.profiles_answer,
    ),
    "SecurityEventNotification": (security.event_from, security.event_answer),
    "SignCertificate": (security.certificate_from, security.certificate_answer),
    "StatusNotification": (availability.status_from, availability.status_answer),
    "TransactionEvent": (transactions.event_from, transactions.event_answer),
}

PARKS: Mapping[str, Callable[[], Message]] = {
    # What nobody models yet; none of these answers makes a charge point ask again.
    "Get15118EVCertificate": lambda: m.Get15118EVCertificateResponse(status="Failed", exi_response=""),
    "GetCertificateStatus": lambda: m.GetCertificateStatusResponse(status="Failed"),
    "NotifyDisplayMessages": m.NotifyDisplayMessagesResponse,
    "PublishFirmwareStatusNotification": m.PublishFirmwareStatusNotificationResponse,
    # What is modelled, for the day it cannot be stored.
    "ClearedChargingLimit": m.ClearedChargingLimitResponse,
    "DataTransfer": lambda: m.DataTransferResponse(status="Rejected"),
    "FirmwareStatusNotification": m.FirmwareStatusNotificationResponse,
    "LogStatusNotification": m.LogStatusNotificationResponse,
    "MeterValues": m.MeterValuesResponse,
    "NotifyCustomerInformation": m.NotifyCustomerInformationResponse,
    "NotifyChargingLimit": m.NotifyChargingLimitResponse,
    "NotifyEVChargingNeeds": lambda: m.NotifyEVChargingNeedsResponse(status="Rejected"),
    # Accepted says that the message was understood, and nothing about the schedule (K15).
    "NotifyEVChargingSchedule": lambda: m.NotifyEVChargingScheduleResponse(status="Accepted"),
    "NotifyEvent": m.NotifyEventResponse,
    "NotifyMonitoringReport": m.NotifyMonitoringReportResponse,
    "NotifyReport": m.NotifyReportResponse,
    "ReservationStatusUpdate": m.ReservationStatusUpdateResponse,
    "ReportChargingProfiles": m.ReportChargingProfilesResponse,
    "SecurityEventNotification": m.SecurityEventNotificationResponse,
    "SignCertificate": lambda: m.SignCertificateResponse(status="Rejected"),
    "StatusNotification": m.StatusNotificationResponse,
    "TransactionEvent": m.TransactionEventResponse,
}

PHRASES: Mapping[type[commands.Command], Callable[..., Script]] = {
    commands.CancelReservation: reservations.cancel_script,
    commands.ClearCache: local_lists.clear_cache_script,
    commands.CustomerInformation: local_lists.customer_script,
    commands.ReadLocalListVersion: local_lists.version_script,
    commands.SendLocalList: local_lists.send_script,
    commands.ChangeAvailability: availability.change_availability_script,
    commands.ClearMonitors: monitoring.clear_script,
    commands.GetTransactionStatus: transactions.status_script,
    commands.ClearChargingProfiles: partial(smart_charging.clear_script, WORDS),
    commands.GetCompositeSchedule: partial(smart_charging.composite_script, WORDS),
    commands.GetVariables: device_model.get_variables_script,
    commands.ReadInventory: device_model.inventory_script,
    commands.ReadMonitors: monitoring.report_script,
    commands.ReadReport: device_model.report_script,
    commands.ReserveNow: reservations.reserve_script,
    commands.Reset: provisioning.reset_script,
    commands.SetMonitoringBase: monitoring.base_script,
    commands.SetMonitoringLevel: monitoring.level_script,
    commands.SetMonitors: monitoring.set_script,
    commands.SetNetworkProfile: provisioning.network_profile_script,
    commands.SetVariables: device_model.set_variables_script,
    commands.ReadChargingProfiles: partial(smart_charging.read_profiles_script, WORDS),
    commands.Reset: provisioning.reset_script,
    commands.SetChargingProfile: partial(smart_charging.set_profile_script, WORDS),
    commands.StartTransaction: partial(transactions.start_script, WORDS),
    commands.StopTransaction: transactions.stop_script,
    commands.TransferData: provisioning.transfer_script,
    commands.Trigger: provisioning.trigger_script,
    commands.UnlockConnector: availability.unlock_script,
    commands.UpdateCost: tariffs.update_cost_script,
}

FALLBACKS: Fallbacks = {
    # As in 1.6: what carries money or state is not refused for what is missing; the answer that a charge point
    # does not get blocks everything behind it. An empty timestamp becomes ours.
    (m.BootNotificationRequest, "chargingStation"): m.ChargingStationType(model="", vendor_name=""),
    (m.BootNotificationRequest, "reason"): KeepOr("Unknown"),
    (m.ChargingStationType, "model"): "",
    (m.ChargingStationType, "vendorName"): "",
    (m.ACChargingParametersType, "energyAmount"): 0,
    (m.ACChargingParametersType, "evMaxCurrent"): 0,
    (m.ACChargingParametersType, "evMaxVoltage"): 0,
    (m.ACChargingParametersType, "evMinCurrent"): 0,
    (m.ChargingLimitType, "chargingLimitSource"): KeepOr("Other"),
    (m.ChargingNeedsType, "requestedEnergyTransfer"): KeepOr(""),
    (m.ChargingProfileType, "chargingProfileKind"): KEEP,
    (m.ChargingProfileType, "chargingProfilePurpose"): KEEP,
    (m.ChargingProfileType, "recurrencyKind"): KEEP,
    (m.ChargingProfileType, "stackLevel"): 0,
    (m.ChargingScheduleType, "chargingRateUnit"): KEEP,
    (m.ChargingScheduleType, "id"): 0,
    (m.ClearedChargingLimitRequest, "chargingLimitSource"): KeepOr("Other"),
    (m.DataTransferRequest, "vendorId"): "",
    (m.EventDataType, "actualValue"): "",
    (m.EventDataType, "component"): m.ComponentType(name=""),
    (m.EventDataType, "eventId"): 0,
    (m.EventDataType, "eventNotificationType"): KeepOr("HardWiredNotification"),
    (m.EventDataType, "timestamp"): "",
    (m.EventDataType, "trigger"): KeepOr("Delta"),
    (m.EventDataType, "variable"): m.VariableType(name=""),
    (m.FirmwareStatusNotificationRequest, "status"): KEEP,
    (m.AdditionalInfoType, "additionalIdToken"): "",
    (m.AdditionalInfoType, "type"): "",
    (m.IdTokenType, "idToken"): "",
    (m.IdTokenType, "type"): KeepOr("Central"),
    (m.LogStatusNotificationRequest, "status"): KEEP,
    (m.MeterValueType, "sampledValue"): [],
    (m.MeterValueType, "timestamp"): "",
    (m.MeterValuesRequest, "evseId"): 0,
    (m.MeterValuesRequest, "meterValue"): [],
    (m.NotifyCustomerInformationRequest, "data"): "",
    (m.NotifyCustomerInformationRequest, "generatedAt"): "",
    (m.NotifyCustomerInformationRequest, "requestId"): 0,
    (m.NotifyCustomerInformationRequest, "seqNo"): 0,
    (m.NotifyChargingLimitRequest, "chargingLimit"): m.ChargingLimitType(charging_limit_source="Other"),
    (m.NotifyEVChargingNeedsRequest, "chargingNeeds"): smart_charging.NO_NEEDS,
    (m.NotifyEVChargingNeedsRequest, "evseId"): 0,
    (m.NotifyEVChargingScheduleRequest, "evseId"): 0,
    (m.NotifyEVChargingScheduleRequest, "timeBase"): "",
    (m.NotifyEventRequest, "eventData"): [],
    (m.NotifyEventRequest, "generatedAt"): "",
    (m.NotifyEventRequest, "seqNo"): 0,
    (m.NotifyMonitoringReportRequest, "generatedAt"): "",
    (m.NotifyMonitoringReportRequest, "requestId"): 0,
    (m.NotifyMonitoringReportRequest, "seqNo"): 0,
    (m.NotifyReportRequest, "generatedAt"): "",
    (m.NotifyReportRequest, "requestId"): 0,
    (m.NotifyReportRequest, "seqNo"): 0,
    (m.ReservationStatusUpdateRequest, "reservationId"): 0,
    (m.ReservationStatusUpdateRequest, "reservationUpdateStatus"): KeepOr("Removed"),
    (m.ReportChargingProfilesRequest, "chargingLimitSource"): KeepOr("Other"),
    (m.ReportChargingProfilesRequest, "chargingProfile"): [],
    (m.ReportChargingProfilesRequest, "evseId"): 0,
    (m.ReportChargingProfilesRequest, "requestId"): 0,
    (m.SampledValueType, "context"): KEEP,
    (m.SampledValueType, "location"): KEEP,
    (m.SampledValueType, "measurand"): KEEP,
    (m.SampledValueType, "phase"): KEEP,
    (m.SecurityEventNotificationRequest, "timestamp"): "",
    (m.SignCertificateRequest, "certificateType"): KEEP,
    (m.SignedMeterValueType, "encodingMethod"): "",
    (m.SignedMeterValueType, "publicKey"): "",
    (m.SignedMeterValueType, "signingMethod"): "",
    (m.StatusNotificationRequest, "connectorId"): 1,
    (m.StatusNotificationRequest, "connectorStatus"): KEEP,
    (m.StatusNotificationRequest, "evseId"): 0,
    (m.StatusNotificationRequest, "timestamp"): "",
    (m.TransactionEventRequest, "eventType"): "Updated",
    (m.TransactionEventRequest, "seqNo"): transactions.NOT_NUMBERED,
    (m.TransactionEventRequest, "timestamp"): "",
    (m.TransactionEventRequest, "transactionInfo"): m.TransactionType(transaction_id=""),
    (m.TransactionEventRequest, "triggerReason"): KeepOr("Trigger"),
    (m.TransactionType, "chargingState"): KEEP,
    (m.TransactionType, "stoppedReason"): KEEP,
    (m.TransactionType, "transactionId"): "",
    (m.VariableAttributeType, "mutability"): KEEP,
    (m.VariableAttributeType, "type"): KEEP,
    (m.VariableMonitoringType, "severity"): 9,
    (m.VariableMonitoringType, "transaction"): False,
    (m.VariableMonitoringType, "type"): KEEP,
    (m.VariableCharacteristicsType, "dataType"): KeepOr("string"),
    (m.VariableCharacteristicsType, "supportsMonitoring"): False,
}

HARMLESS = frozenset(HEARS) - {
    *("DataTransfer", "NotifyEvent", "NotifyReport"),
    # A key code may stand in these.
    *("Authorize", "TransactionEvent"),
    # Any text.
    "NotifyCustomerInformation",
}
"""Requests in which no secret can stand; what else is logged is looked through first."""

V201 = Dialect(
    subprotocol="ocpp2.0.1",
    aliases=frozenset(("ocpp2.0.1j", "ocpp2.0.1-j", "ocpp201")),
    catalogue=CATALOGUE,
    manners=Manners(
        spelling=SPELLING,
        answers_unreadable=True,
        answers_unknown_type=True,
        knows_send=False,
        knows_result_error=False,
    ),
    hears=HEARS,
    parks=PARKS,
    phrases=PHRASES,
    fallbacks=FALLBACKS,
    settled=settled,
    harmless=HARMLESS,
)
