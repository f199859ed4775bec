"""The tariffs that charge points have: what commands have put there or taken away, and what is listed.

In the book each stands under its id, at the EVSE it was set for; at EVSE 0 those for all of them.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

import msgspec

from chargeyard.domain import outcomes
from chargeyard.domain.commands import ChangeTransactionTariff, ClearTariffs, ReadTariffs, SetDefaultTariff
from chargeyard.domain.decision import Scene
from chargeyard.domain.events import Event, ItemsInstalled, ItemsRemoved, TariffWorded
from chargeyard.domain.items import Item, Source
from chargeyard.domain.outcomes import Outcome
from chargeyard.domain.records import ItemRecord
from chargeyard.domain.results import TariffAssignment, TariffsAnswered, TariffsListed
from chargeyard.domain.tariffs import Tariff

GONE = frozenset(("Accepted", "NoTariff"))
"""The words that say of a tariff to be cleared that it is not there."""

DEFAULT = "DefaultTariff"
"""The kind of tariff that stands at EVSEs; others belong to drivers."""


def default_set(command: SetDefaultTariff, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """It is there now: in place of the one that applied, or beside it if it applies only later (I08)."""
    if not isinstance(outcome, outcomes.Accepted):
        return ()
    tariff = command.tariff
    replaced = [] if _is_for_later(tariff.valid_from, scene.now) else [*_applying(command.evse, scene)]
    body = msgspec.Raw(msgspec.json.encode(tariff))
    return (
        *_removed(scene, (one for one in replaced if one.key != tariff.tariff_id)),
        *_installed(scene, (Item(key=tariff.tariff_id, evse=command.evse, body=body),), "ours"),
        _worded(tariff, scene),
    )


def changed(command: ChangeTransactionTariff, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """What it is charged by, the transaction's next event tells; the wording is known from now on."""
    return (_worded(command.tariff, scene),) if isinstance(outcome, outcomes.Accepted) else ()


def listed(command: ReadTariffs, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """What is not listed is not there; what we did not know of is, though not how it is worded (I09)."""
    result = getattr(outcome, "result", None)
    if not isinstance(result, TariffsListed):
        return ()
    told = [one for one in result.tariffs if one.kind == DEFAULT]
    ids = {one.tariff_id for one in told}
    return (
        *_removed(scene, (one for one in _at(command.evse or None, scene) if one.key not in ids)),
        *_installed(scene, tuple(_unknown(told, scene)), "reported"),
    )


def cleared(command: ClearTariffs, outcome: Outcome, scene: Scene) -> tuple[Event, ...]:
    """Each is answered for itself; an answer without an id is about all that were meant (I10)."""
    result = getattr(outcome, "result", None)
    words = result.tariffs if isinstance(result, TariffsAnswered) else ()
    gone = {one.tariff_id for one in words if one.status in GONE}
    if "" in gone:
        gone |= set(command.tariff_ids) or {one.key for one in scene.book}
    return _removed(scene, (one for one in _at(command.evse, scene) if one.key in gone))


def _at(evse: int | None, scene: Scene) -> Iterator[ItemRecord]:
    """What the book has at that EVSE, or with None anywhere."""
    return (one for one in scene.book if evse in (None, one.evse))


def _applying(evse: int, scene: Scene) -> Iterator[ItemRecord]:
    """What applies now at that EVSE, or with 0 anywhere."""
    for one in _at(evse or None, scene):
        if not _is_for_later(msgspec.json.decode(one.body, type=Tariff).valid_from, scene.now):
            yield one


def _is_for_later(valid_from: str, now: datetime) -> bool:
    try:
        return bool(valid_from) and msgspec.convert(valid_from, datetime) > now
    except (msgspec.ValidationError, TypeError):  # no timestamp, or one without a zone
        return False


def _unknown(told: Iterable[TariffAssignment], scene: Scene) -> Iterator[Item]:
    known = {(one.evse, one.key) for one in scene.book}
    for tariff in told:
        body = msgspec.Raw(
            msgspec.json.encode(Tariff(tariff_id=tariff.tariff_id, currency="", valid_from=tariff.valid_from))
        )
        for evse in tariff.evses or (0,):
            if not {(evse, tariff.tariff_id), (0, tariff.tariff_id)} & known:
                yield Item(key=tariff.tariff_id, evse=evse, body=body)


def _removed(scene: Scene, gone: Iterable[ItemRecord]) -> tuple[ItemsRemoved, ...]:
    keys = tuple((one.evse, one.key) for one in gone)
    if not keys:
        return ()
    return (ItemsRemoved(recorded_at=scene.now, charge_point=scene.charge_point, kind="Tariff", keys=keys),)


def _installed(scene: Scene, items: tuple[Item, ...], source: Source) -> tuple[ItemsInstalled, ...]:
    if not items:
        return ()
    installed = ItemsInstalled(
        recorded_at=scene.now, charge_point=scene.charge_point, kind="Tariff", items=items, source=source
    )
    return (installed,)


def _worded(tariff: Tariff, scene: Scene) -> TariffWorded:
    return TariffWorded(recorded_at=scene.now, charge_point=scene.charge_point, tariff=tariff)
