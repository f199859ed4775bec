"""What a charge point answers to each request of the central system: one function each, one table of them all.

An answer says what will happen; what happens is put into the agenda, so that it comes after the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from chargeyard.simulator.v16.answers import (
    authorization,
    core,
    maintenance,
    reservations,
    smart_charging,
    triggers,
)

if TYPE_CHECKING:
    from chargeyard.simulator.charge_point import Handler

HANDLERS: Mapping[str, Handler] = {
    "CancelReservation": reservations.cancel_reservation,
    "CertificateSigned": maintenance.certificate_signed,
    "ChangeAvailability": core.change_availability,
    "ChangeConfiguration": core.change_configuration,
    "ClearCache": core.clear_cache,
    "ClearChargingProfile": smart_charging.clear_charging_profile,
    "DataTransfer": core.data_transfer,
    "DeleteCertificate": maintenance.delete_certificate,
    "ExtendedTriggerMessage": triggers.extended_trigger,
    "GetCompositeSchedule": smart_charging.composite_schedule,
    "GetConfiguration": core.get_configuration,
    "GetDiagnostics": maintenance.get_diagnostics,
    "GetInstalledCertificateIds": maintenance.installed_certificates,
    "GetLocalListVersion": authorization.local_list_version,
    "GetLog": maintenance.get_log,
    "InstallCertificate": maintenance.install_certificate,
    "RemoteStartTransaction": core.remote_start,
    "RemoteStopTransaction": core.remote_stop,
    "ReserveNow": reservations.reserve,
    "Reset": core.reset,
    "SendLocalList": authorization.send_local_list,
    "SetChargingProfile": smart_charging.set_charging_profile,
    "SignedUpdateFirmware": maintenance.signed_update_firmware,
    "TriggerMessage": triggers.trigger,
    "UnlockConnector": core.unlock,
    "UpdateFirmware": maintenance.update_firmware,
}
