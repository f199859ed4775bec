"""The tariffs that charge points have, as far as commands have put them there or taken them away."""

from datetime import datetime

import msgspec

from chargeyard.domain import outcomes
from chargeyard.domain.commands import SetDefaultTariff
from chargeyard.domain.events import Event, ItemsInstalled
from chargeyard.domain.items import Item
from chargeyard.domain.outcomes import Outcome

ANSWERED_FOR_GONE = frozenset(("Accepted", "NoTariff"))


def default_set(
    command: SetDefaultTariff, outcome: Outcome, charge_point: str, now: datetime
) -> tuple[Event, ...]:
    """It is there now, beside others: which of them applies when, their `validFrom` says (I08)."""
    if not isinstance(outcome, outcomes.Accepted):
        return ()
    body = msgspec.Raw(msgspec.json.encode(command.tariff))
    item = Item(key=command.tariff.tariff_id, evse=command.evse, body=body)
    installed = ItemsInstalled(
        recorded_at=now, charge_point=charge_point, kind="Tariff", items=(item,), source="ours"
    )
    return (installed,)
