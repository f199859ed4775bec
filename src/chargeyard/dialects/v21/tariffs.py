"""Tariffs on the wire of 2.1: set, read, cleared, and changed for a transaction (I08–I11)."""

from typing import Any

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from chargeyard.dialects.dialect import Script
from chargeyard.dialects.v201.outcomes import settled
from chargeyard.domain import commands, outcomes
from chargeyard.domain.results import TariffAssignment, TariffsAnswered, TariffsListed, TariffWord
from chargeyard.domain.tariffs import Tariff
from chargeyard.ocpp.struct import convert
from chargeyard.ocpp.v21 import messages as m


def set_default_script(command: commands.SetDefaultTariff) -> Script:
    """SetDefaultTariff."""
    tariff = tariff_on_wire(command.tariff)
    if isinstance(tariff, outcomes.Invalid):
        return tariff
    return settled((yield m.SetDefaultTariffRequest(evse_id=command.evse, tariff=tariff)))


def change_script(command: commands.ChangeTransactionTariff) -> Script:
    """ChangeTransactionTariff."""
    tariff = tariff_on_wire(command.tariff)
    if isinstance(tariff, outcomes.Invalid):
        return tariff
    request = m.ChangeTransactionTariffRequest(tariff=tariff, transaction_id=command.wire_id)
    return settled((yield request))


def read_script(command: commands.ReadTariffs) -> Script:
    """GetTariffs. That there are none is an answer, and no refusal."""
    reply = yield m.GetTariffsRequest(evse_id=command.evse)
    told: Any = reply.message
    if told.status not in ("Accepted", "NoTariff"):
        return settled(reply)
    found = tuple(_assignment(one) for one in told.tariff_assignments or ())
    return outcomes.Accepted(said=reply.said, result=TariffsListed(tariffs=found))


def clear_script(command: commands.ClearTariffs) -> Script:
    """ClearTariffs."""
    reply = yield m.ClearTariffsRequest(
        tariff_ids=list(command.tariff_ids) or UNSET, evse_id=UNSET if command.evse is None else command.evse
    )
    told: Any = reply.message
    words = tuple(
        TariffWord(tariff_id=one.tariff_id or "", status=one.status) for one in told.clear_tariffs_result
    )
    outcome = settled(reply)
    assert isinstance(outcome, outcomes.Accepted | outcomes.Rejected)
    return replace(outcome, result=TariffsAnswered(tariffs=words))


def tariff_on_wire(tariff: Tariff) -> m.TariffType | outcomes.Invalid:
    """TariffType, checked by its schema."""
    elements = msgspec.json.decode(tariff.elements)
    value = {**elements, "tariffId": tariff.tariff_id, "currency": tariff.currency}
    if tariff.valid_from:
        value["validFrom"] = tariff.valid_from
    try:
        return convert(value, m.TariffType)
    except msgspec.ValidationError as error:
        return outcomes.Invalid(detail=f"tariff: {error}")


def _assignment(told: m.TariffAssignmentType) -> TariffAssignment:
    return TariffAssignment(
        tariff_id=told.tariff_id,
        kind=told.tariff_kind,
        valid_from=told.valid_from or "",
        evses=tuple(told.evse_ids or ()),
        id_tokens=tuple(told.id_tokens or ()),
    )
