"""OCPP 2.1: the tables of 2.0.1 and the differences, and nothing else."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from chargeyard.dialects import v201
from chargeyard.dialects.dialect import Answering, Dialect, Listen, Script
from chargeyard.dialects.v21 import (
    battery_swap,
    display,
    grid,
    monitoring,
    payment,
    provisioning,
    security,
    smart_charging,
    tariffs,
    transactions,
)
from chargeyard.dialects.v21.smart_charging import WORDS
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.dialects.v201.security import certificate_answer
from chargeyard.domain import commands
from chargeyard.ocpp.peer import Manners
from chargeyard.ocpp.struct import Message
from chargeyard.ocpp.tolerance import KEEP, Fallbacks
from chargeyard.ocpp.v21 import CATALOGUE
from chargeyard.ocpp.v21 import messages as m

HEARS: Mapping[str, tuple[Listen, Answering]] = {
    **v201.HEARS,
    "ClosePeriodicEventStream": (monitoring.closed_from, monitoring.closed_answer),
    # Only sent, and never answered.
    "NotifyPeriodicEventStream": (monitoring.received_from, monitoring.closed_answer),
    "OpenPeriodicEventStream": (monitoring.opened_from, monitoring.opened_answer),
    "NotifyChargingLimit": (
        partial(v201.smart_charging.limit_from, WORDS),
        v201.smart_charging.limit_answer,
    ),
    "NotifyDERAlarm": (grid.alarm_from, grid.alarm_answer),
    "NotifyDERStartStop": (grid.switched_from, grid.switched_answer),
    "NotifyEVChargingNeeds": (v201.smart_charging.needs_from, smart_charging.needs_answer),
    "NotifyEVChargingSchedule": (
        partial(v201.smart_charging.plan_from, WORDS),
        v201.smart_charging.plan_answer,
    ),
    "NotifyPriorityCharging": (smart_charging.priority_from, smart_charging.priority_answer),
    "PullDynamicScheduleUpdate": (smart_charging.pull_from, smart_charging.pull_answer),
    "ReportChargingProfiles": (
        partial(v201.smart_charging.profiles_from, WORDS),
        v201.smart_charging.profiles_answer,
    ),
    "BatterySwap": (battery_swap.swap_from, battery_swap.swap_answer),
    "NotifySettlement": (payment.settlement_from, payment.settlement_answer),
    "VatNumberValidation": (payment.vat_number_from, payment.vat_number_answer),
    "ReportDERControl": (grid.controls_from, grid.controls_answer),
    "SignCertificate": (security.certificate_from, certificate_answer),
    "TransactionEvent": (transactions.event_from, transactions.event_answer),
}

PHRASES: Mapping[type[commands.Command], Callable[..., Script]] = {
    **v201.PHRASES,
    commands.AllowEnergyTransfer: smart_charging.transfer_script,
    commands.ChangeTransactionTariff: tariffs.change_script,
    commands.ClearChargingProfiles: partial(v201.smart_charging.clear_script, WORDS),
    commands.ClearTariffs: tariffs.clear_script,
    commands.ClearDerControls: grid.clear_controls_script,
    commands.GetCompositeSchedule: partial(v201.smart_charging.composite_script, WORDS),
    commands.LimitTransaction: transactions.limit_script,
    commands.NotifyWebPaymentStarted: payment.web_payment_script,
    commands.ReadChargingProfiles: partial(v201.smart_charging.read_profiles_script, WORDS),
    commands.ReadTariffs: tariffs.read_script,
    commands.RequestBatterySwap: battery_swap.swap_script,
    commands.ReadDerControls: grid.read_controls_script,
    commands.SendGridSignal: smart_charging.signal_script,
    commands.SetChargingProfile: partial(v201.smart_charging.set_profile_script, WORDS),
    commands.SetDefaultTariff: tariffs.set_default_script,
    commands.SendSignedCertificate: security.signed_script,
    commands.SetDerControl: grid.set_control_script,
    commands.SetDisplayMessage: display.set_message_script,
    commands.StartTransaction: partial(v201.transactions.start_script, WORDS),
    commands.UpdateDynamicSchedule: smart_charging.update_script,
    commands.UsePriorityCharging: smart_charging.priority_script,
    commands.AdjustEventStream: monitoring.adjust_script,
    commands.ReadEventStreams: monitoring.list_script,
    commands.Reset: provisioning.reset_script,
    commands.SetMonitors: monitoring.set_script,
    commands.SetNetworkProfile: provisioning.network_profile_script,
    commands.Trigger: provisioning.trigger_script,
}

PARKS: Mapping[str, Callable[[], Message]] = {
    **v201.PARKS,
    "BatterySwap": m.BatterySwapResponse,
    "ClosePeriodicEventStream": m.ClosePeriodicEventStreamResponse,
    "NotifyDERAlarm": m.NotifyDERAlarmResponse,
    "NotifyDERStartStop": m.NotifyDERStartStopResponse,
    "NotifyPriorityCharging": m.NotifyPriorityChargingResponse,
    "NotifySettlement": m.NotifySettlementResponse,
    "OpenPeriodicEventStream": lambda: m.OpenPeriodicEventStreamResponse(status="Rejected"),
    "PullDynamicScheduleUpdate": lambda: m.PullDynamicScheduleUpdateResponse(status="Rejected"),
    "ReportDERControl": m.ReportDERControlResponse,
}

ECHOES: Mapping[str, Callable[[Any], Message]] = {
    "GetCertificateChainStatus": security.unknown_chain_status,
}

FALLBACKS: Fallbacks = {
    # The same fields of the classes of the same names.
    (getattr(m, message.__name__), field): instead
    for (message, field), instead in v201.FALLBACKS.items()
} | {
    (m.ChargingSchedulePeriodType, "operationMode"): KEEP,
    (m.DERCurveGetType, "curveType"): KEEP,
    (m.DERCurveType, "yUnit"): KEEP,
    (m.FixedVarType, "unit"): KEEP,
    (m.NotifyDERAlarmRequest, "controlType"): KEEP,
    (m.NotifyDERAlarmRequest, "gridEventFault"): KEEP,
    (m.NotifyDERAlarmRequest, "timestamp"): "",
    (m.NotifyDERStartStopRequest, "timestamp"): "",
    (m.NotifyPriorityChargingRequest, "activated"): False,
    (m.NotifyPriorityChargingRequest, "transactionId"): "",
    (m.PullDynamicScheduleUpdateRequest, "chargingProfileId"): -1,
    (m.BatteryDataType, "evseId"): 0,
    (m.BatteryDataType, "soC"): 0.0,
    (m.BatteryDataType, "soH"): 0.0,
    (m.BatterySwapRequest, "batteryData"): [],
    (m.BatterySwapRequest, "eventType"): KEEP,
    (m.BatterySwapRequest, "requestId"): 0,
    (m.CostDetailsType, "totalUsage"): m.TotalUsageType(charging_time=0, energy=0.0, idle_time=0),
    (m.NotifySettlementRequest, "pspRef"): "",
    (m.NotifySettlementRequest, "settlementTime"): "",
    (m.NotifySettlementRequest, "status"): KEEP,
    (m.TotalCostType, "typeOfCost"): KEEP,
    (m.ConstantStreamDataType, "id"): monitoring.NOWHERE,
    (m.ConstantStreamDataType, "params"): m.PeriodicEventStreamParamsType(),
    (m.ConstantStreamDataType, "variableMonitoringId"): monitoring.NOWHERE,
    (m.ClosePeriodicEventStreamRequest, "id"): monitoring.NOWHERE,
    (m.NotifyPeriodicEventStreamRequest, "basetime"): "",
    (m.NotifyPeriodicEventStreamRequest, "data"): [],
    (m.NotifyPeriodicEventStreamRequest, "id"): monitoring.NOWHERE,
    (m.NotifyPeriodicEventStreamRequest, "pending"): 0,
    (m.OpenPeriodicEventStreamRequest, "constantStreamData"): m.ConstantStreamDataType(
        id=monitoring.NOWHERE,
        params=m.PeriodicEventStreamParamsType(),
        variable_monitoring_id=monitoring.NOWHERE,
    ),
    (m.VariableMonitoringType, "eventNotificationType"): KEEP,
    (m.VoltageParamsType, "powerDuringCessation"): KEEP,
}

HARMLESS = v201.HARMLESS | {
    *("NotifyDERStartStop", "NotifyPriorityCharging"),
    *("PullDynamicScheduleUpdate", "ReportDERControl"),
}

ENDURABLE = v201.ENDURABLE | {
    *("BatterySwap", "NotifyDERAlarm", "NotifyDERStartStop"),
    *("NotifySettlement", "ReportDERControl"),
}
"""Kept as they are if nothing can be made of them: the same again would be no better."""

V21 = Dialect(
    subprotocol="ocpp2.1",
    aliases=frozenset(("ocpp2.1j", "ocpp2.1-j", "ocpp21")),
    catalogue=CATALOGUE,
    manners=Manners(
        spelling=v201.SPELLING,
        answers_unreadable=True,
        answers_unknown_type=False,
        knows_send=True,
        knows_result_error=True,
    ),
    hears=HEARS,
    parks=PARKS,
    echoes=ECHOES,
    phrases=PHRASES,
    fallbacks=FALLBACKS,
    endurable=ENDURABLE,
    settled=settled,
    harmless=HARMLESS,
)
