"""What we ask of a charge point: imperative, versionless. A dialect phrases them as its own messages.

One module a noun; `AnyCommand` is all of them, as they travel on the bus and stand in the store.
"""

from chargeyard.domain.commands.authorization import (
    CertificateHash,
    ClearCache,
    CustomerInformation,
    ReadLocalListVersion,
    SendLocalList,
)
from chargeyard.domain.commands.availability import ChangeAvailability, UnlockConnector
from chargeyard.domain.commands.battery_swap import RequestBatterySwap
from chargeyard.domain.commands.command import Command, RawCall
from chargeyard.domain.commands.device_model import (
    ComponentCriterion,
    ComponentWanted,
    GetVariables,
    InventoryScope,
    ReadInventory,
    ReadReport,
    SetVariables,
    VariableGiven,
    VariableWanted,
)
from chargeyard.domain.commands.display import ClearDisplayMessage, ReadDisplayMessages, SetDisplayMessage
from chargeyard.domain.commands.firmware import GetLog, PublishFirmware, UnpublishFirmware, UpdateFirmware
from chargeyard.domain.commands.grid import ClearDerControls, ReadDerControls, SetDerControl
from chargeyard.domain.commands.monitoring import (
    AdjustEventStream,
    ClearMonitors,
    MonitorGiven,
    MonitoringBase,
    MonitoringCriterion,
    MonitorType,
    ReadEventStreams,
    ReadMonitors,
    SetMonitoringBase,
    SetMonitoringLevel,
    SetMonitors,
)
from chargeyard.domain.commands.payment import NotifyWebPaymentStarted
from chargeyard.domain.commands.provisioning import (
    Reset,
    SetNetworkProfile,
    Topic,
    TransferData,
    Trigger,
)
from chargeyard.domain.commands.reservations import CancelReservation, ReserveNow
from chargeyard.domain.commands.security import (
    DeleteCertificate,
    InstallCertificate,
    ReadInstalledCertificates,
    SendSignedCertificate,
)
from chargeyard.domain.commands.smart_charging import (
    AllowEnergyTransfer,
    ClearChargingProfiles,
    GetCompositeSchedule,
    ReadChargingProfiles,
    SendGridSignal,
    SetChargingProfile,
    UpdateDynamicSchedule,
    UsePriorityCharging,
)
from chargeyard.domain.commands.tariffs import (
    ChangeTransactionTariff,
    ClearTariffs,
    ReadTariffs,
    SetDefaultTariff,
    UpdateCost,
)
from chargeyard.domain.commands.transactions import (
    GetTransactionStatus,
    LimitTransaction,
    StartTransaction,
    StopTransaction,
)

__all__ = [
    "AdjustEventStream",
    "AllowEnergyTransfer",
    "AnyCommand",
    "CancelReservation",
    "CertificateHash",
    "ChangeAvailability",
    "ChangeTransactionTariff",
    "ClearCache",
    "ClearChargingProfiles",
    "ClearDerControls",
    "ClearDisplayMessage",
    "ClearMonitors",
    "ClearTariffs",
    "Command",
    "ComponentCriterion",
    "ComponentWanted",
    "CustomerInformation",
    "DeleteCertificate",
    "GetCompositeSchedule",
    "GetLog",
    "GetTransactionStatus",
    "GetVariables",
    "InstallCertificate",
    "InventoryScope",
    "LimitTransaction",
    "MonitorGiven",
    "MonitorType",
    "MonitoringBase",
    "MonitoringCriterion",
    "NotifyWebPaymentStarted",
    "PublishFirmware",
    "RawCall",
    "ReadChargingProfiles",
    "ReadDerControls",
    "ReadDisplayMessages",
    "ReadEventStreams",
    "ReadInstalledCertificates",
    "ReadInventory",
    "ReadLocalListVersion",
    "ReadMonitors",
    "ReadReport",
    "ReadTariffs",
    "RequestBatterySwap",
    "ReserveNow",
    "Reset",
    "SendGridSignal",
    "SendLocalList",
    "SendSignedCertificate",
    "SetChargingProfile",
    "SetDefaultTariff",
    "SetDerControl",
    "SetDisplayMessage",
    "SetMonitoringBase",
    "SetMonitoringLevel",
    "SetMonitors",
    "SetNetworkProfile",
    "SetVariables",
    "StartTransaction",
    "StopTransaction",
    "Topic",
    "TransferData",
    "Trigger",
    "UnlockConnector",
    "UnpublishFirmware",
    "UpdateCost",
    "UpdateDynamicSchedule",
    "UpdateFirmware",
    "UsePriorityCharging",
    "VariableGiven",
    "VariableWanted",
]

AnyCommand = (
    # provisioning
    Reset
    | Trigger
    | SetNetworkProfile
    | TransferData
    # availability
    | UnlockConnector
    | ChangeAvailability
    # transactions
    | StartTransaction
    | StopTransaction
    | GetTransactionStatus
    | LimitTransaction
    # tariffs
    | UpdateCost
    | SetDefaultTariff
    | ReadTariffs
    | ClearTariffs
    | ChangeTransactionTariff
    # payment
    | NotifyWebPaymentStarted
    # battery swap
    | RequestBatterySwap
    # device model
    | SetVariables
    | GetVariables
    | ReadInventory
    | ReadReport
    # authorization
    | ClearCache
    | ReadLocalListVersion
    | SendLocalList
    | CustomerInformation
    # reservations
    | ReserveNow
    | CancelReservation
    # smart charging
    | SetChargingProfile
    | ClearChargingProfiles
    | ReadChargingProfiles
    | GetCompositeSchedule
    | UpdateDynamicSchedule
    | UsePriorityCharging
    | AllowEnergyTransfer
    | SendGridSignal
    # monitoring
    | SetMonitoringBase
    | SetMonitoringLevel
    | SetMonitors
    | ClearMonitors
    | ReadMonitors
    | ReadEventStreams
    | AdjustEventStream
    # firmware and logs
    | UpdateFirmware
    | PublishFirmware
    | UnpublishFirmware
    | GetLog
    # security
    | InstallCertificate
    | DeleteCertificate
    | ReadInstalledCertificates
    | SendSignedCertificate
    # display
    | SetDisplayMessage
    | ReadDisplayMessages
    | ClearDisplayMessage
    # grid
    | SetDerControl
    | ReadDerControls
    | ClearDerControls
    # any message by its name
    | RawCall
)
