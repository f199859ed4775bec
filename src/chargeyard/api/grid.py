"""Grid controls of a charge point (distributed energy resources)."""

from datetime import datetime
from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from chargeyard.api.commands import TAG
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.instants import aware
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.domain.commands import ClearDerControls, ReadDerControls, SetDerControl
from chargeyard.domain.der_controls import AnySetting, DerControl, DerKind

_TAGS = [TAG]

ControlId = Annotated[str, Meta(min_length=1, max_length=36)]


class ControlWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A grid control. `id` left out: a new one; given: that one is replaced. `setting` has the `shape` that the kind
    wants. A default one has neither `startsAt` nor `durationS`; 0 is the highest priority."""

    kind: DerKind
    setting: AnySetting
    id: ControlId | None = None
    priority: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    is_default: bool = False
    starts_at: datetime | None = None
    duration_s: Annotated[float, Meta(ge=0)] | None = None


class ControlSearch(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which controls; nothing given: all."""

    is_default: bool | None = None
    kind: DerKind | None = None
    id: ControlId | None = None


class ControlsToClear(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Which controls: the default or the scheduled ones, all of them, those of a kind, or one."""

    is_default: bool
    kind: DerKind | None = None
    id: ControlId | None = None


@post("/charge-point/{cpId:str}/set-der-control", status_code=200, summary="Set a grid control", tags=_TAGS)
async def set_der_control(
    charge_point: KnownChargePoint, data: JSONBody[ControlWish], dispatch: Dispatching
) -> Response[CommandAnswer]:
    control = DerControl(
        id=data.id or str(await dispatch.fresh_number()),
        kind=data.kind,
        setting=data.setting,
        priority=data.priority,
        is_default=data.is_default,
        starts_at=aware(data.starts_at),
        duration_s=data.duration_s,
    )
    return await dispatch.run(charge_point.id, SetDerControl(control=control))


@post(
    "/charge-point/{cpId:str}/read-der-controls",
    status_code=200,
    summary="Have the grid controls listed",
    tags=_TAGS,
)
async def read_der_controls(
    charge_point: KnownChargePoint, data: JSONBody[ControlSearch], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = ReadDerControls(
        request_id=await dispatch.fresh_number(),
        is_default=data.is_default,
        kind=data.kind,
        control_id=data.id or "",
    )
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/clear-der-controls",
    status_code=200,
    summary="Take grid controls away",
    tags=_TAGS,
)
async def clear_der_controls(
    charge_point: KnownChargePoint, data: JSONBody[ControlsToClear], dispatch: Dispatching
) -> Response[CommandAnswer]:
    command = ClearDerControls(is_default=data.is_default, kind=data.kind, control_id=data.id or "")
    return await dispatch.run(charge_point.id, command)
