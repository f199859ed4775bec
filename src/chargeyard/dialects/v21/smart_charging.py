"""What 2.1 adds to smart charging: profiles that say more, dynamic values, priority, signals of the grid."""

from typing import Any

import msgspec

from chargeyard.dialects.dialect import NUMBERS, Hearing, Script
from chargeyard.dialects.profiles import Unsayable, Words, period_fields
from chargeyard.dialects.timestamps import spell
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.dialects.v201.smart_charging import WORDS as WORDS_201
from chargeyard.domain import commands, reports
from chargeyard.domain.answers import Acknowledged, DynamicValuesTold, NeedsHeard
from chargeyard.domain.charging_profiles import Limits, Period
from chargeyard.domain.outcomes import Invalid
from chargeyard.ocpp.v21 import messages as m

WORDS = Words(
    profile=m.ChargingProfileType,
    periods={
        **WORDS_201.periods,
        "limit_l2": "limit_L2",
        "limit_l3": "limit_L3",
        "discharge_limit": "dischargeLimit",
        "discharge_limit_l2": "dischargeLimit_L2",
        "discharge_limit_l3": "dischargeLimit_L3",
        "setpoint": "setpoint",
        "setpoint_l2": "setpoint_L2",
        "setpoint_l3": "setpoint_L3",
        "reactive": "setpointReactive",
        "reactive_l2": "setpointReactive_L2",
        "reactive_l3": "setpointReactive_L3",
        "operation_mode": "operationMode",
        "preconditioning": "preconditioningRequest",
        "evse_sleep": "evseSleep",
        "baseline_w": "v2xBaseline",
        "frequency_curve": "v2xFreqWattCurve",
        "signal_curve": "v2xSignalWattCurve",
    },
    schedules={
        **WORDS_201.schedules,
        "soc_limit": "limitAtSoC",
        "power_tolerance_w": "powerTolerance",
        "randomized_delay_s": "randomizedDelay",
        "use_local_time": "useLocalTime",
        "signature_id": "signatureId",
        "digest": "digestValue",
    },
    profiles={
        **WORDS_201.profiles,
        "max_offline_s": "maxOfflineDuration",
        "invalid_after_offline": "invalidAfterOfflineDuration",
        "update_interval_s": "dynUpdateInterval",
        "updated_at": "dynUpdateTime",
        "price_signature": "priceScheduleSignature",
    },
    purposes={
        **WORDS_201.purposes,
        "PriorityCharging": "PriorityCharging",
        "LocalGeneration": "LocalGeneration",
    },
    limits=Limits(),
    prices=("salesTariff", "absolutePriceSchedule", "priceLevelSchedule"),
)

UPDATABLE = frozenset(
    name for name in WORDS.periods if name.startswith(("limit", "discharge_limit", "setpoint", "reactive"))
)
"""The fields of a period that a Dynamic profile may be given anew (ChargingScheduleUpdateType)."""


# --- what charge points tell ------------------------------------------------------------------------------------


def needs_answer(answer: NeedsHeard) -> m.NotifyEVChargingNeedsResponse:
    """NotifyEVChargingNeedsResponse: 2.1 has a word for not meaning to send a profile."""
    return m.NotifyEVChargingNeedsResponse(status="Accepted" if answer.is_promised else "NoChargingProfile")


def priority_from(request: m.NotifyPriorityChargingRequest, hearing: Hearing) -> reports.PriorityChargingTold:
    """NotifyPriorityCharging."""
    return reports.PriorityChargingTold(wire_id=request.transaction_id, activated=request.activated)


def priority_answer(answer: Acknowledged) -> m.NotifyPriorityChargingResponse:
    """NotifyPriorityChargingResponse."""
    return m.NotifyPriorityChargingResponse()


def pull_from(request: m.PullDynamicScheduleUpdateRequest, hearing: Hearing) -> reports.DynamicValuesAsked:
    """PullDynamicScheduleUpdate."""
    return reports.DynamicValuesAsked(
        profile_id=hearing.whole(request.charging_profile_id, NUMBERS, -1, "$.chargingProfileId")
    )


def pull_answer(answer: DynamicValuesTold) -> m.PullDynamicScheduleUpdateResponse:
    """PullDynamicScheduleUpdateResponse; of no Dynamic profile of ours, Rejected (K28.FR.07, FR.12)."""
    if answer.values is None:
        return m.PullDynamicScheduleUpdateResponse(
            status="Rejected",
            status_info=m.StatusInfoType(reason_code="InvalidProfile"),
        )
    return m.PullDynamicScheduleUpdateResponse(status="Accepted", schedule_update=_update(answer.values))


def _update(values: Period) -> m.ChargingScheduleUpdateType:
    """Values of a period; raises `Unsayable` for what cannot be given anew."""
    told = period_fields(WORDS, values)
    names = {WORDS.periods[name] for name in UPDATABLE}
    return msgspec.convert({name: told[name] for name in told if name in names}, m.ChargingScheduleUpdateType)


# --- what we ask ------------------------------------------------------------------------------------------------


def update_script(command: commands.UpdateDynamicSchedule) -> Script:
    """UpdateDynamicSchedule, of what may be updated: limits and setpoints (K28)."""
    stays = {name for name in _given(command.values) if name not in UPDATABLE | {"start_s"}}
    if stays:
        return Invalid(detail=f"{', '.join(sorted(stays))} cannot be given anew to a Dynamic profile")
    try:
        update = _update(command.values)
    except (msgspec.ValidationError, Unsayable) as error:
        return Invalid(detail=str(error))
    if update == m.ChargingScheduleUpdateType():
        return Invalid(detail="no value is given")
    request = m.UpdateDynamicScheduleRequest(charging_profile_id=command.profile_id, schedule_update=update)
    return settled((yield request))


def _given(values: Period) -> list[str]:
    fields = msgspec.structs.fields(values)
    return [info.name for info in fields if info.required or getattr(values, info.name) != info.default]


def priority_script(command: commands.UsePriorityCharging) -> Script:
    """UsePriorityCharging."""
    request = m.UsePriorityChargingRequest(transaction_id=command.wire_id, activate=command.activate)
    return settled((yield request))


def transfer_script(command: commands.AllowEnergyTransfer) -> Script:
    """NotifyAllowedEnergyTransfer; the schema knows the words for the modes."""
    modes: Any = list(command.modes)
    request = m.NotifyAllowedEnergyTransferRequest(
        transaction_id=command.wire_id, allowed_energy_transfer=modes
    )
    return settled((yield request))


def signal_script(command: commands.SendGridSignal) -> Script:
    """AFRRSignal, with the instant of the signal (Q08.FR.12)."""
    return settled((yield m.AFRRSignalRequest(timestamp=spell(command.at), signal=command.signal)))
