"""What a charge point answers to each request of the central system: one function each, one table of them all.

An answer says what will happen; what happens is put into the agenda, so that it comes after the answer. Which
of them can be asked is the edition's: an action that its catalogue does not know never gets here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chargeyard.simulator.v2x.answers import (
    authorization,
    availability,
    display,
    grid,
    maintenance,
    monitoring,
    provisioning,
    reports,
    reservations,
    security,
    smart_charging,
    tariffs,
    transactions,
    triggers,
)

if TYPE_CHECKING:
    from chargeyard.simulator.charge_point import Handler

HANDLERS: Mapping[str, Handler] = {
    "AFRRSignal": grid.afrr_signal,
    "AdjustPeriodicEventStream": monitoring.adjust_stream,
    "CancelReservation": reservations.cancel_reservation,
    "CertificateSigned": security.certificate_signed,
    "ChangeAvailability": availability.change_availability,
    "ChangeTransactionTariff": tariffs.change_transaction_tariff,
    "ClearCache": authorization.clear_cache,
    "ClearChargingProfile": smart_charging.clear_charging_profile,
    "ClearDERControl": grid.clear_control,
    "ClearDisplayMessage": display.clear_display_message,
    "ClearTariffs": tariffs.clear_tariffs,
    "ClearVariableMonitoring": monitoring.clear_monitoring,
    "CostUpdated": tariffs.cost_updated,
    "CustomerInformation": reports.customer_information,
    "DataTransfer": provisioning.data_transfer,
    "DeleteCertificate": security.delete_certificate,
    "GetBaseReport": reports.base_report,
    "GetChargingProfiles": smart_charging.get_charging_profiles,
    "GetCompositeSchedule": smart_charging.composite_schedule,
    "GetDERControl": grid.get_control,
    "GetDisplayMessages": display.get_display_messages,
    "GetInstalledCertificateIds": security.installed_certificates,
    "GetLocalListVersion": authorization.local_list_version,
    "GetLog": maintenance.get_log,
    "GetMonitoringReport": monitoring.monitoring_report,
    "GetPeriodicEventStream": monitoring.get_streams,
    "GetReport": reports.report,
    "GetTariffs": tariffs.get_tariffs,
    "GetTransactionStatus": transactions.transaction_status,
    "GetVariables": provisioning.get_variables,
    "InstallCertificate": security.install_certificate,
    "NotifyAllowedEnergyTransfer": transactions.allowed_energy_transfer,
    "NotifyWebPaymentStarted": tariffs.web_payment_started,
    "PublishFirmware": maintenance.publish_firmware,
    "RequestBatterySwap": transactions.battery_swap,
    "RequestStartTransaction": transactions.request_start,
    "RequestStopTransaction": transactions.request_stop,
    "ReserveNow": reservations.reserve,
    "Reset": provisioning.reset,
    "SendLocalList": authorization.send_local_list,
    "SetChargingProfile": smart_charging.set_charging_profile,
    "SetDERControl": grid.set_control,
    "SetDefaultTariff": tariffs.set_default_tariff,
    "SetDisplayMessage": display.set_display_message,
    "SetMonitoringBase": monitoring.set_base,
    "SetMonitoringLevel": monitoring.set_level,
    "SetNetworkProfile": provisioning.set_network_profile,
    "SetVariableMonitoring": monitoring.set_monitoring,
    "SetVariables": provisioning.set_variables,
    "TriggerMessage": triggers.trigger,
    "UnlockConnector": availability.unlock,
    "UnpublishFirmware": maintenance.unpublish_firmware,
    "UpdateDynamicSchedule": smart_charging.update_dynamic_schedule,
    "UpdateFirmware": maintenance.update_firmware,
    "UsePriorityCharging": smart_charging.use_priority_charging,
}
