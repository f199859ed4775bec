"""What we ask of a charge point: imperative, versionless. A dialect phrases them as its own messages.

One module a noun; `AnyCommand` is all of them, as they travel on the bus and stand in the store.
"""

from chargeyard.domain.commands.availability import ChangeAvailability, UnlockConnector
from chargeyard.domain.commands.command import Command, RawCall
from chargeyard.domain.commands.device_model import (
    ComponentWanted,
    GetVariables,
    InventoryScope,
    ReadInventory,
    ReadReport,
    SetVariables,
    VariableGiven,
    VariableWanted,
)
from chargeyard.domain.commands.provisioning import Reset, Topic, Trigger
from chargeyard.domain.commands.reservations import CancelReservation, ReserveNow
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
from chargeyard.domain.commands.transactions import StartTransaction, StopTransaction

__all__ = [
    "AllowEnergyTransfer",
    "AnyCommand",
    "CancelReservation",
    "ChangeAvailability",
    "ClearChargingProfiles",
    "Command",
    "ComponentWanted",
    "GetCompositeSchedule",
    "GetVariables",
    "InventoryScope",
    "RawCall",
    "ReadChargingProfiles",
    "ReadInventory",
    "ReadReport",
    "ReserveNow",
    "Reset",
    "SendGridSignal",
    "SetChargingProfile",
    "SetVariables",
    "StartTransaction",
    "StopTransaction",
    "Topic",
    "Trigger",
    "UnlockConnector",
    "UpdateDynamicSchedule",
    "UsePriorityCharging",
    "VariableGiven",
    "VariableWanted",
]

AnyCommand = (
    # provisioning
    Reset
    | Trigger
    # availability
    | UnlockConnector
    | ChangeAvailability
    # transactions
    | StartTransaction
    | StopTransaction
    # device model
    | SetVariables
    | GetVariables
    | ReadInventory
    | ReadReport
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
    # any message by its name
    | RawCall
)
