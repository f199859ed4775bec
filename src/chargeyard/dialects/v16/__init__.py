"""OCPP 1.6 with the security extension: its tables, and nothing else."""

from collections.abc import Callable, Mapping

from chargeyard.dialects.dialect import Answering, Dialect, Listen, Script
from chargeyard.dialects.v16 import (
    authorization,
    availability,
    certificates,
    device_model,
    firmware,
    local_lists,
    metering,
    provisioning,
    reservations,
    security,
    smart_charging,
    transactions,
)
from chargeyard.dialects.v16.outcomes import settled
from chargeyard.domain import commands
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.tolerance import KEEP, Fallbacks
from chargeyard.ocpp.v16 import CATALOGUE
from chargeyard.ocpp.v16 import messages as m
from chargeyard.ocpp.violations import Fault, Spelling

SPELLING: Spelling = {
    # The two misspellings are the specification's own and stay (OCPP-J 1.6 §4.2.3, errata).
    Fault.NOT_JSON: "FormationViolation",
    Fault.FRAME: "ProtocolError",
    Fault.MESSAGE_ID: "ProtocolError",
    Fault.MESSAGE_TYPE: "ProtocolError",
    Fault.MISSING: "OccurenceConstraintViolation",
    Fault.TYPE: "TypeConstraintViolation",
    Fault.VALUE: "PropertyConstraintViolation",
    Fault.EXTRA: "FormationViolation",
    Fault.DUPLICATE_KEY: "FormationViolation",
    Fault.UNKNOWN_ACTION: "NotImplemented",
    Fault.UNSUPPORTED: "NotSupported",
    Fault.SECURITY: "SecurityError",
    Fault.INTERNAL: "InternalError",
    Fault.GENERIC: "GenericError",
}

HEARS: Mapping[str, tuple[Listen, Answering]] = {
    "Authorize": (authorization.presented_from, authorization.authorize_answer),
    "BootNotification": (provisioning.booted_from, provisioning.boot_answer),
    "DataTransfer": (provisioning.data_from, provisioning.data_answer),
    "DiagnosticsStatusNotification": (firmware.diagnostics_from, firmware.diagnostics_answer),
    "FirmwareStatusNotification": (firmware.firmware_from, firmware.firmware_answer),
    "Heartbeat": (provisioning.alive_from, provisioning.heartbeat_answer),
    "LogStatusNotification": (firmware.log_from, firmware.log_answer),
    "MeterValues": (metering.meter_values_from, metering.meter_values_answer),
    "SecurityEventNotification": (security.event_from, security.event_answer),
    "SignCertificate": (security.certificate_from, security.certificate_answer),
    "SignedFirmwareStatusNotification": (firmware.signed_firmware_from, firmware.signed_firmware_answer),
    "StartTransaction": (transactions.started_from, transactions.start_answer),
    "StatusNotification": (availability.status_from, availability.status_answer),
    "StopTransaction": (transactions.stopped_from, transactions.stop_answer),
}

PARKS: Mapping[str, Callable[[], Message]] = {
    "DataTransfer": lambda: m.DataTransferResponse(status="Rejected"),
    "DiagnosticsStatusNotification": m.DiagnosticsStatusNotificationResponse,
    "FirmwareStatusNotification": m.FirmwareStatusNotificationResponse,
    "LogStatusNotification": m.LogStatusNotificationResponse,
    "MeterValues": m.MeterValuesResponse,
    "SecurityEventNotification": m.SecurityEventNotificationResponse,
    "SignCertificate": lambda: m.SignCertificateResponse(status="Rejected"),
    "SignedFirmwareStatusNotification": m.SignedFirmwareStatusNotificationResponse,
    "StatusNotification": m.StatusNotificationResponse,
    "StopTransaction": m.StopTransactionResponse,
}

PHRASES: Mapping[type[commands.Command], Callable[..., Script]] = {
    commands.CancelReservation: reservations.cancel_script,
    commands.ClearCache: local_lists.clear_cache_script,
    commands.ReadLocalListVersion: local_lists.version_script,
    commands.SendLocalList: local_lists.send_script,
    commands.ChangeAvailability: availability.change_availability_script,
    commands.GetVariables: device_model.get_variables_script,
    commands.ReadInventory: device_model.inventory_script,
    commands.ReserveNow: reservations.reserve_script,
    commands.SetVariables: device_model.set_variables_script,
    commands.ClearChargingProfiles: smart_charging.clear_script,
    commands.GetCompositeSchedule: smart_charging.composite_script,
    commands.Reset: provisioning.reset_script,
    commands.SetChargingProfile: smart_charging.set_profile_script,
    commands.DeleteCertificate: certificates.delete_script,
    commands.GetLog: firmware.log_script,
    commands.InstallCertificate: certificates.install_script,
    commands.ReadInstalledCertificates: certificates.read_script,
    commands.SendSignedCertificate: certificates.signed_script,
    commands.StartTransaction: transactions.start_script,
    commands.StopTransaction: transactions.stop_script,
    commands.TransferData: provisioning.transfer_script,
    commands.Trigger: provisioning.trigger_script,
    commands.UnlockConnector: availability.unlock_script,
    commands.UpdateFirmware: firmware.update_script,
}

FALLBACKS: Fallbacks = {
    # A start, a stop and meter values are never refused for what is missing (ocpp.md of the house, rule 5.1):
    # the answer that a charge point does not get blocks everything behind it. An empty timestamp becomes ours.
    (m.BootNotificationRequest, "chargePointVendor"): "",
    (m.BootNotificationRequest, "chargePointModel"): "",
    (m.DataTransferRequest, "vendorId"): "",
    (m.DiagnosticsStatusNotificationRequest, "status"): KEEP,
    (m.FirmwareStatusNotificationRequest, "status"): KEEP,
    (m.LogStatusNotificationRequest, "status"): KEEP,
    (m.MeterValue, "timestamp"): "",
    (m.MeterValue, "sampledValue"): [],
    (m.MeterValuesRequest, "connectorId"): 1,
    (m.MeterValuesRequest, "meterValue"): [],
    (m.SampledValue, "value"): "",
    (m.SampledValue, "context"): KEEP,
    (m.SampledValue, "location"): KEEP,
    (m.SampledValue, "measurand"): KEEP,
    (m.SampledValue, "phase"): KEEP,
    (m.SampledValue, "unit"): KEEP,
    (m.SecurityEventNotificationRequest, "timestamp"): "",
    (m.SignedFirmwareStatusNotificationRequest, "status"): KEEP,
    (m.StartTransactionRequest, "connectorId"): 1,
    (m.StartTransactionRequest, "idTag"): "",
    (m.StartTransactionRequest, "meterStart"): None,
    (m.StartTransactionRequest, "timestamp"): "",
    (m.StatusNotificationRequest, "connectorId"): 0,
    (m.StatusNotificationRequest, "errorCode"): "OtherError",
    (m.StatusNotificationRequest, "status"): KEEP,
    (m.StopTransactionRequest, "meterStop"): 0,
    (m.StopTransactionRequest, "reason"): "Other",
    (m.StopTransactionRequest, "timestamp"): "",
    (m.StopTransactionRequest, "transactionId"): -1,
}

HARMLESS = frozenset(HEARS) - {"DataTransfer", "SecurityEventNotification"}
"""Requests without room for a vendor's own words, in which no secret can stand; what else is logged is looked
through first."""

V16 = Dialect(
    subprotocol="ocpp1.6",
    aliases=frozenset(("ocpp1.6j", "ocpp1.6-j", "ocpp16")),
    catalogue=CATALOGUE,
    manners=Manners(
        spelling=SPELLING,
        answers_unreadable=False,
        answers_unknown_type=False,
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
