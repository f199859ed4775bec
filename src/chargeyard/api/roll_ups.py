"""What is kept of readings when they get old: the roll-up of a transaction, the energy of every 15 minutes."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.params import QueryParameter
from msgspec import Struct

from chargeyard.api.instants import aware
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Given, Services
from chargeyard.domain.records import IntervalRecord
from chargeyard.domain.roll_ups import RollUp
from chargeyard.services.ports import IntervalFilter


class RollUpRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """The readings of a transaction in short: how many there were, the first and the last register and state of
    charge, the highest power; `energyWh` is what was booked."""

    readings: int
    energy_wh: int
    first_at: datetime | None
    last_at: datetime | None
    first_register_at: datetime | None
    first_register_wh: int | None
    last_register_at: datetime | None
    last_register_wh: int | None
    max_power_w: int | None
    first_soc_percent: float | None
    last_soc_percent: float | None


class IntervalRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """15 minutes from `startsAt` at an outlet, in a transaction or (`transactionId` null) outside of any: the energy
    that flowed, how many readings there were, their power, the first and the last register."""

    cp_id: str
    connector_id: int
    transaction_id: int | None
    starts_at: datetime
    energy_wh: int
    readings: int
    average_power_w: int | None
    max_power_w: int | None
    first_register_at: datetime | None
    first_register_wh: int | None
    last_register_at: datetime | None
    last_register_wh: int | None


@get(
    "/charge-point/{cpId:str}/interval",
    summary="Its energy, every 15 minutes, as far as meter values are rolled up",
    tags=["transactions"],
)
async def list_intervals(
    request: Request[Any, Any, Any],
    charge_point: KnownChargePoint,
    services: Services,
    paging: Part,
    wanted_intervals: Given[IntervalFilter],
) -> Response[Items[IntervalRow]]:
    reading = services.store.list_intervals(charge_point.id, wanted_intervals, paging)
    return await answer_page(request, reading, interval_row)


def intervals_wanted(
    connector_id: Annotated[int | None, QueryParameter(name="connectorId", ge=0, le=2**31 - 1)] = None,
    since: Annotated[datetime | None, QueryParameter(description="Began at this instant or later.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Began before this instant.")] = None,
) -> IntervalFilter:
    """Which intervals are asked for; an instant without an offset is UTC."""
    return IntervalFilter(evse=connector_id, since=aware(since), until=aware(until))


def roll_up_row(made: RollUp) -> RollUpRow:
    """The roll-up as readers get it."""
    return RollUpRow(**{name: getattr(made, name) for name in RollUpRow.__struct_fields__})


def interval_row(record: IntervalRecord) -> IntervalRow:
    """The record as readers get it."""
    same = {
        name: getattr(record.interval, name)
        for name in IntervalRow.__struct_fields__
        if name in record.interval.__struct_fields__
    }
    return IntervalRow(
        **same, cp_id=record.charge_point, connector_id=record.evse, transaction_id=record.transaction
    )
