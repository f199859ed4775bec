"""What follows from a command that was answered: the events that are stored together with its outcome.

Each noun says what its commands change. Nothing is concluded from a command whose outcome nobody knows.
"""

from collections.abc import Callable, Mapping
from typing import Any

from chargeyard.domain import (
    accounting,
    customers,
    device_model,
    display,
    firmware,
    grid,
    installed_tariffs,
    local_lists,
    monitoring,
    profile_book,
    provisioning,
    reservations,
    security,
)
from chargeyard.domain import commands as c
from chargeyard.domain.commands import Command
from chargeyard.domain.decision import Scene
from chargeyard.domain.events import Event
from chargeyard.domain.items import ItemKind
from chargeyard.domain.outcomes import Outcome

__all__ = ["BOOKS", "CONSEQUENCES", "Consequence", "Scene", "consequences"]


Consequence = Callable[[Any, Outcome, Scene], tuple[Event, ...]]

Beginning = Callable[[Any, Scene], tuple[Event, ...]]

BEGINNINGS: Mapping[type[Command], Beginning] = {c.ReserveNow: reservations.requested}
"""What is true as soon as a command is submitted: the charge point may do it though we never hear of it."""

CONSEQUENCES: Mapping[type[Command], Consequence] = {
    c.GetVariables: device_model.after_reading,
    c.ReadInventory: device_model.after_reading,
    c.ReadReport: device_model.after_asking,
    c.SetVariables: device_model.after_writing,
    c.SetNetworkProfile: provisioning.after_network_profile,
    c.SetMonitors: monitoring.after_setting,
    c.ClearMonitors: monitoring.after_clearing,
    c.SetMonitoringBase: monitoring.after_setting_base,
    c.ReadMonitors: monitoring.after_asking,
    c.ReadEventStreams: monitoring.after_listing_streams,
    c.AdjustEventStream: monitoring.after_adjusting,
    c.CustomerInformation: customers.asked,
    c.ReadLocalListVersion: local_lists.told,
    c.SendLocalList: local_lists.sent,
    c.CancelReservation: reservations.cancelled,
    c.ReserveNow: reservations.answered,
    c.GetTransactionStatus: accounting.status_told,
    c.LimitTransaction: accounting.limits_wished,
    c.UpdateCost: accounting.cost_updated,
    c.SetDefaultTariff: installed_tariffs.default_set,
    c.ReadTariffs: installed_tariffs.listed,
    c.ClearTariffs: installed_tariffs.cleared,
    c.ChangeTransactionTariff: installed_tariffs.changed,
    c.UpdateFirmware: firmware.after_update,
    c.PublishFirmware: firmware.after_publish,
    c.GetLog: firmware.after_log,
    c.InstallCertificate: security.after_install,
    c.SendSignedCertificate: security.after_signed,
    c.DeleteCertificate: security.after_delete,
    c.ReadInstalledCertificates: security.after_read,
    c.SetDisplayMessage: display.after_set,
    c.ReadDisplayMessages: display.after_read,
    c.ClearDisplayMessage: display.after_clear,
    c.SetDerControl: grid.after_set,
    c.ReadDerControls: grid.after_read,
    c.ClearDerControls: grid.after_clear,
    # smart charging
    c.SetChargingProfile: profile_book.after_set,
    c.StartTransaction: profile_book.after_start,
    c.ClearChargingProfiles: profile_book.after_clear,
    c.ReadChargingProfiles: profile_book.after_read,
    c.UpdateDynamicSchedule: profile_book.after_update,
    c.UsePriorityCharging: profile_book.after_priority,
}

BOOKS: Mapping[type[Command], ItemKind] = {
    # What follows from these depends on what was there before: they take turns at a charge point.
    c.SetChargingProfile: "ChargingProfile",
    c.ClearChargingProfiles: "ChargingProfile",
    c.ReadChargingProfiles: "ChargingProfile",
    c.UpdateDynamicSchedule: "ChargingProfile",
    c.SetDefaultTariff: "Tariff",
    c.ReadTariffs: "Tariff",
    c.ClearTariffs: "Tariff",
}


def consequences(command: Command, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """What is true now that `command` has come to `outcome`."""
    follow = CONSEQUENCES.get(type(command))
    return follow(command, outcome, scene) if follow is not None else ()


def beginnings(command: Command, scene: Scene) -> tuple[Event, ...]:
    """What is true now that `command` is submitted."""
    begin = BEGINNINGS.get(type(command))
    return begin(command, scene) if begin is not None else ()
