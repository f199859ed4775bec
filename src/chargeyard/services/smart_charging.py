"""What the charging profiles of a charge point leave to its EVSEs, and the profiles that vehicles are promised.

A vehicle that tells its needs gets a profile for its transaction within a minute (2.x K15.FR.08), bounded by all
other profiles; one that means to take more than it may gets another, a few times at most (K16). The profile has
the number of the transaction for its id, so that each new one replaces the one before.
"""

import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Protocol

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain.charging_leads import Situation
from chargeyard.domain.charging_needs import (
    ChargingNeeds,
    VehicleSchedule,
    excesses,
    horizon_s,
    planned,
)
from chargeyard.domain.charging_profiles import ChargingProfile, Limits, Unit
from chargeyard.domain.commands import AnyCommand, SetChargingProfile
from chargeyard.domain.events import ChargingNeedsTold, VehicleScheduleTold
from chargeyard.domain.installed_profiles import expired
from chargeyard.domain.profile_book import book_of, has_priority, limits_of
from chargeyard.domain.records import CommandRecord, ItemRecord, TransactionRecord
from chargeyard.domain.smart_charging import (
    CompositeSchedule,
    Horizon,
    composite_schedule,
    station_schedule,
)
from chargeyard.domain.vehicles import NEEDS, PLAN
from chargeyard.services import charging_limits
from chargeyard.services.capabilities import Capabilities
from chargeyard.services.ports import Clock, Paging, Store, TransactionFilter

_log = logging.getLogger(__name__)

TOLERANCES: dict[Unit, Decimal] = {"A": Decimal("0.1"), "W": Decimal(50)}
"""A schedule of a charge point or a vehicle may be off by so much without being another one: it rounds."""

OFFERS = 3
"""So often a vehicle is sent a schedule for the same needs; then it is left to the charge point to keep limits."""

LOOKED_FOR_AGAIN_AFTER_S = (0.0, 1.0)
"""A plan may be told before it is stored that the schedule it follows was accepted."""

MOST_PERIODS = 1024
_EVERYTHING = Paging(limit=500)
_VOLTAGE_V = Decimal(230)

_read_needs = msgspec.json.Decoder(ChargingNeeds).decode
_read_plan = msgspec.json.Decoder(VehicleSchedule).decode


class Outlook(Struct, frozen=True, kw_only=True):
    """All that is known of what limits a charge point, at one moment. `phases` are of the EVSEs that told theirs."""

    profiles: tuple[ChargingProfile, ...]
    vehicles: Sequence[ItemRecord]
    running: dict[int, TransactionRecord]
    phases: dict[int, int]
    evses: tuple[int, ...]

    def situation(self, evse: int, start: datetime) -> Situation:
        """What holds at an EVSE. Without a transaction: what one that began at `start` would find."""
        transaction = self.running.get(evse)
        number = transaction.id if transaction else None
        plan = _found(self.vehicles, evse, PLAN)
        chosen = _read_plan(plan.body) if plan else None
        return Situation(
            transaction=number,
            charging_since=transaction.started_at if transaction else start,
            priority=has_priority(self.vehicles, number),
            chosen_schedule=chosen.chosen if chosen and chosen.transaction == number else None,
            phases=self.phases.get(evse, 3),
            voltage_v=_VOLTAGE_V,
        )

    def needs(self, evse: int, transaction: int) -> ChargingNeeds | None:
        """What the vehicle of `transaction` has told last."""
        told = _found(self.vehicles, evse, NEEDS)
        needs = _read_needs(told.body) if told else None
        return needs if needs and needs.transaction == transaction else None


def _found(vehicles: Sequence[ItemRecord], evse: int, key: str) -> ItemRecord | None:
    return next((one for one in vehicles if (one.evse, one.key) == (evse, key)), None)


class SmartCharging(Struct, frozen=True):
    """What charging profiles leave, by our own reckoning. Every method raises `Unavailable` as the store does."""

    store: Store
    clock: Clock

    async def composite(self, charge_point: str, evse: int, horizon: Horizon) -> CompositeSchedule:
        """What all profiles together leave to an EVSE, or with EVSE 0 to all of them together."""
        outlook = await self.outlook(charge_point)
        whole = outlook.situation(evse, horizon.start)
        if evse or not outlook.evses:
            return composite_schedule(outlook.profiles, evse, horizon, whole)
        each = {one: outlook.situation(one, horizon.start) for one in outlook.evses}
        return station_schedule(outlook.profiles, horizon, whole, each)

    async def outlook(self, charge_point: str) -> Outlook:
        """What is known now."""
        book = book_of(await self.store.find_items(charge_point, "ChargingProfile"))
        limits = limits_of(await self.store.find_items(charge_point, "ExternalLimit"))
        valid = tuple(entry.profile for entry in expired(book, self.clock()))
        wanted = TransactionFilter(charge_point=charge_point, running=True)
        running = await self.store.list_transactions(wanted, _EVERYTHING)
        record = await self.store.find_charge_point(charge_point)
        known = {one.evse for one in record.connectors} if record else set()
        return Outlook(
            profiles=(*valid, *limits),
            vehicles=await self.store.find_items(charge_point, "Vehicle"),
            # Newest first: the last one that is put here is the oldest, and does not count.
            running={one.evse: one for one in reversed(running.items)},
            phases=await self._phases(charge_point),
            evses=tuple(sorted(known - {0})),
        )

    async def _phases(self, charge_point: str) -> dict[int, int]:
        told = await self.store.list_variables(charge_point, "EVSE", _EVERYTHING)
        return {
            one.evse: int(one.value)
            for one in told.items
            if (one.name, one.attribute) == ("SupplyPhases", "Actual") and one.value in ("0", "1", "2", "3")
        }


# --- what follows from what vehicles tell -------------------------------------------------------------------------


class Asking(Protocol):
    """What these rules use of `follow_ups.Hands`."""

    @property
    def store(self) -> Store: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def rest(self) -> Callable[[float], Awaitable[None]]: ...
    async def ask(self, charge_point: str, command: AnyCommand) -> CommandRecord: ...


def is_promised(event: ChargingNeedsTold) -> bool:
    """Whether the charge point was told that a schedule would come."""
    return event.is_promised


async def keep_promise(event: ChargingNeedsTold, hands: Asking) -> None:
    """Send the schedule that a vehicle waits for (K15.FR.08)."""
    if event.needs.transaction is not None:
        await _offer(event.charge_point, event.evse, event.needs, hands, 1)


def is_of_transaction(event: VehicleScheduleTold) -> bool:
    """Whether it is known for which transaction a vehicle made its plan."""
    return event.plan.transaction is not None


async def answer_plan(event: VehicleScheduleTold, hands: Asking) -> None:
    """Send another schedule to a vehicle that means to take more than it may (K16)."""
    transaction = event.plan.transaction
    for pause_s in LOOKED_FOR_AGAIN_AFTER_S:
        await hands.rest(pause_s)
        outlook = await SmartCharging(hands.store, hands.clock).outlook(event.charge_point)
        needs = None if transaction is None else outlook.needs(event.evse, transaction)
        offered = next(
            (one for one in outlook.profiles if (one.id, one.purpose) == (transaction, "Tx")), None
        )
        if needs is None or offered is not None:
            break
    if needs is None or offered is None or not _exceeds(event, outlook, hands.clock()):
        return
    if (count := _count(offered)) < OFFERS:
        await _offer(event.charge_point, event.evse, needs, hands, count + 1)


def _count(offered: ChargingProfile) -> int:
    """How many schedules were offered: each has its number for its id."""
    return max((one.id or 0 for one in offered.schedules), default=0)


def _exceeds(event: VehicleScheduleTold, outlook: Outlook, now: datetime) -> bool:
    unit = event.plan.schedule.unit
    horizon = Horizon(now, int(timedelta(days=1).total_seconds()), unit)
    allowed = composite_schedule(outlook.profiles, event.evse, horizon, outlook.situation(event.evse, now))
    return bool(excesses(event.plan.schedule, allowed, TOLERANCES[unit]))


async def _offer(charge_point: str, evse: int, needs: ChargingNeeds, hands: Asking, number: int) -> None:
    now = hands.clock()
    outlook = await SmartCharging(hands.store, hands.clock).outlook(charge_point)
    transaction = outlook.running.get(evse)
    if transaction is None or transaction.id != needs.transaction:
        return  # it has ended meanwhile
    limits = await charging_limits.limits_of(Capabilities(hands.store), charge_point)
    others = [one for one in outlook.profiles if one.id != transaction.id or one.purpose != "Tx"]
    situation = outlook.situation(evse, now)
    if needs.phases is not None:
        situation = replace(situation, phases=needs.phases)
    left = composite_schedule(others, evse, Horizon(now, horizon_s(needs, now), "W"), situation)
    schedule = planned(needs, left, _unit(needs, limits), _most(needs, limits), situation.voltage_v)
    profile = ChargingProfile(
        id=transaction.id,
        stack_level=_level(others, transaction.id, limits),
        purpose="Tx",
        kind="Absolute",
        evse=evse,
        transaction=transaction.id,
        wire_id=transaction.wire_id,
        schedules=(replace(schedule, id=number),),
    )
    record = await hands.ask(charge_point, SetChargingProfile(profile=profile))
    if record.outcome != "Accepted":
        _log.warning("a vehicle at %r got no schedule: %s", charge_point, record.outcome)


def _unit(needs: ChargingNeeds, limits: Limits) -> Unit:
    """Amperes for alternating current, watts for direct, if the charge point takes them."""
    wanted: Unit = "W" if needs.phases == 0 else "A"
    return wanted if wanted in limits.units else limits.units[0]


def _most(needs: ChargingNeeds, limits: Limits) -> int:
    return min(most for most in (needs.max_tuples, limits.max_periods, MOST_PERIODS) if most)


def _level(others: Sequence[ChargingProfile], transaction: int, limits: Limits) -> int:
    """Above the profiles that somebody else has set for the transaction, whose limits are kept within ours."""
    levels = [one.stack_level for one in others if one.purpose == "Tx" and one.transaction == transaction]
    level = max(levels, default=-1) + 1
    return level if limits.max_stack_level is None else min(level, limits.max_stack_level)
