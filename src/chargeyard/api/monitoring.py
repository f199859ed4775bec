"""Monitors of variables and the streams they send: setting, removing and listing them."""

from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.device_model import ComponentName, Several, VariableName, component_wanted, named
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import (
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
from chargeyard.domain.monitoring import stream_of

_TAGS = ["commands"]

Id = Annotated[int, Meta(ge=0, le=2**31 - 1)]
Severity = Annotated[int, Meta(ge=0, le=9)]


class BaseWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which monitors shall be active."""

    base: MonitoringBase


class LevelWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Only what is at most of this severity is to be told; 0 is the worst."""

    severity: Severity


class MonitorWish(VariableName, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A monitor; with `id` in the place of one that is there. With `intervalS` or `values` its values come as a
    stream: every so many seconds, or so many at once."""

    type: MonitorType
    value: float
    severity: Severity
    id: Id | None = None
    is_for_transactions: bool = False
    interval_s: Id | None = None
    values: Id | None = None


class MonitorsWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Monitors to be set."""

    monitors: Annotated[list[MonitorWish], Several]


class ClearingWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Monitors to be removed, by their ids."""

    ids: Annotated[list[Id], Several]


class ListingWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is to be listed: monitors that meet one of `criteria` and are of `components`; none: all."""

    criteria: Annotated[list[MonitoringCriterion], Meta(max_length=3)] = []
    components: Annotated[list[ComponentName], Meta(max_length=1000)] = []


class PaceWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A stream, and how often or how many values at once it shall tell."""

    stream_id: Id
    interval_s: Id | None = None
    values: Id | None = None


@post(
    "/charge-point/{cpId:str}/set-monitoring-base",
    status_code=200,
    summary="Choose which monitors are active",
    tags=_TAGS,
)
async def set_base(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[BaseWish]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, SetMonitoringBase(base=data.base))


@post(
    "/charge-point/{cpId:str}/set-monitoring-level",
    status_code=200,
    summary="Choose how severe it must be to be told",
    tags=_TAGS,
)
async def set_level(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[LevelWish]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, SetMonitoringLevel(severity=data.severity))


@post("/charge-point/{cpId:str}/set-monitors", status_code=200, summary="Set monitors", tags=_TAGS)
async def set_monitors(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[MonitorsWish]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, SetMonitors(monitors=tuple(map(_given, data.monitors))))


def _given(wish: MonitorWish) -> MonitorGiven:
    return MonitorGiven(
        variable=named(wish),
        type=wish.type,
        value=wish.value,
        severity=wish.severity,
        id=wish.id,
        is_for_transactions=wish.is_for_transactions,
        interval_s=wish.interval_s,
        values=wish.values,
    )


@post("/charge-point/{cpId:str}/clear-monitors", status_code=200, summary="Remove monitors", tags=_TAGS)
async def clear_monitors(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[ClearingWish]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ClearMonitors(ids=tuple(data.ids)))


@post(
    "/charge-point/{cpId:str}/read-monitors", status_code=200, summary="Have its monitors listed", tags=_TAGS
)
async def read_monitors(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[ListingWish]
) -> Response[CommandAnswer]:
    command = ReadMonitors(
        request_id=await dispatch.fresh_number(),
        criteria=tuple(data.criteria),
        components=tuple(map(component_wanted, data.components)),
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/read-event-streams",
    status_code=200,
    summary="List the streams that are open",
    tags=_TAGS,
)
async def read_streams(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, ReadEventStreams())


@post(
    "/charge-point/{cpId:str}/adjust-event-stream",
    status_code=200,
    summary="Change the pace of a stream",
    tags=_TAGS,
)
async def adjust_stream(
    charge_point: KnownChargePoint, dispatch: Dispatching, services: Services, data: JSONBody[PaceWish]
) -> Response[CommandAnswer]:
    known = stream_of(await services.store.find_items(charge_point.id, "EventStream"), data.stream_id)
    command = AdjustEventStream(
        stream_id=data.stream_id,
        interval_s=data.interval_s,
        values=data.values,
        monitor_id=known.monitor_id if known is not None else None,
    )
    return await dispatch.run(charge_point.id, command)
