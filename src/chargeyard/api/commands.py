"""Commands to a charge point: the usual ones by their own paths, every OCPP message by its name."""

from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter, RawBody
from msgspec import Meta, Struct

from chargeyard.api.addresses import decode
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer, envelope
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, Problem
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.commands import (
    ChangeAvailability,
    GetVariables,
    RawCall,
    ReadInventory,
    Reset,
    SetNetworkProfile,
    SetVariables,
    Topic,
    TransferData,
    Trigger,
    UnlockConnector,
    VariableGiven,
    VariableWanted,
)
from chargeyard.domain.network_profiles import NetworkProfile
from chargeyard.errors import NotFound

TAG = "commands"
_TAGS = [TAG]
_HIGHEST = 2**31 - 1

Outlet = Annotated[int, QueryParameter(name="connectorId", ge=1, le=_HIGHEST)]
OutletOrWhole = Annotated[
    int, QueryParameter(name="connectorId", ge=0, le=_HIGHEST, description="0: the whole charge point.")
]
OutletOrAll = Annotated[
    int | None, QueryParameter(name="connectorId", ge=0, le=_HIGHEST, description="Left out: all of them.")
]


@post("/charge-point/{cpId:str}/hard-reset", status_code=200, summary="Restart at once", tags=_TAGS)
async def hard_reset(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, Reset(hard=True))


@post("/charge-point/{cpId:str}/soft-reset", status_code=200, summary="Restart gracefully", tags=_TAGS)
async def soft_reset(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, Reset(hard=False))


@post("/charge-point/{cpId:str}/connector-unlock", status_code=200, summary="Release the plug", tags=_TAGS)
async def unlock(
    charge_point: KnownChargePoint, dispatch: Dispatching, connector_id: Outlet
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, UnlockConnector(evse=connector_id))


@post(
    "/charge-point/{cpId:str}/change-availability",
    status_code=200,
    summary="Put into or out of service",
    tags=_TAGS,
)
async def change_availability(
    charge_point: KnownChargePoint,
    dispatch: Dispatching,
    kind: Annotated[Literal["Operative", "Inoperative"], QueryParameter(name="type")],
    connector_id: OutletOrWhole = 0,
) -> Response[CommandAnswer]:
    command = ChangeAvailability(operative=kind == "Operative", evse=connector_id)
    return await dispatch.run(charge_point.id, command)


@post(
    "/charge-point/{cpId:str}/status-notification",
    status_code=200,
    summary="Ask for the status of connectors",
    tags=_TAGS,
)
async def ask_status(
    charge_point: KnownChargePoint, dispatch: Dispatching, connector_id: OutletOrAll = None
) -> Response[CommandAnswer]:
    return await _trigger(charge_point, dispatch, "StatusNotification", connector_id)


@post("/charge-point/{cpId:str}/meter-values", status_code=200, summary="Ask for meter values", tags=_TAGS)
async def ask_meter_values(
    charge_point: KnownChargePoint, dispatch: Dispatching, connector_id: OutletOrAll = None
) -> Response[CommandAnswer]:
    return await _trigger(charge_point, dispatch, "MeterValues", connector_id)


@post(
    "/charge-point/{cpId:str}/boot-notification",
    status_code=200,
    summary="Ask what it is",
    tags=_TAGS,
)
async def ask_boot(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await _trigger(charge_point, dispatch, "BootNotification")


@post("/charge-point/{cpId:str}/heartbeat", status_code=200, summary="Ask for a sign of life", tags=_TAGS)
async def ask_heartbeat(charge_point: KnownChargePoint, dispatch: Dispatching) -> Response[CommandAnswer]:
    return await _trigger(charge_point, dispatch, "Heartbeat")


@post(
    "/charge-point/{cpId:str}/change-configurations",
    status_code=200,
    summary="Set a configuration key",
    tags=_TAGS,
)
async def change_configuration(
    charge_point: KnownChargePoint,
    dispatch: Dispatching,
    key: Annotated[str, QueryParameter(min_length=1, max_length=255)],
    value: Annotated[str, QueryParameter(max_length=2500)],
) -> Response[CommandAnswer]:
    command = SetVariables(variables=(VariableGiven(variable=key, value=value),))
    return await dispatch.run(charge_point.id, command)


@get("/charge-point/{cpId:str}/configuration", summary="Ask for configuration keys", tags=_TAGS)
async def get_configuration(
    charge_point: KnownChargePoint,
    dispatch: Dispatching,
    key: Annotated[
        list[str] | None, QueryParameter(description="May be repeated; left out: all keys.")
    ] = None,
) -> Response[CommandAnswer]:
    if not key:
        inventory = ReadInventory(scope="Configuration", request_id=await dispatch.fresh_number())
        return await dispatch.run(charge_point.id, inventory)
    command = GetVariables(variables=tuple(VariableWanted(variable=one) for one in key))
    return await dispatch.run(charge_point.id, command)


class ResetWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`Soft` waits for running transactions to end, `Hard` ends them, `Resume` lets them go on afterwards."""

    type: Literal["Soft", "Hard", "Resume"] = "Soft"
    connector_id: Annotated[int, Meta(ge=1, le=_HIGHEST)] | None = None


@post("/charge-point/{cpId:str}/reset", status_code=200, summary="Restart, all of it or one EVSE", tags=_TAGS)
async def reset(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[ResetWish]
) -> Response[CommandAnswer]:
    command = Reset(hard=data.type == "Hard", resume=data.type == "Resume", evse=data.connector_id)
    return await dispatch.run(charge_point.id, command)


class TriggerWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What is to be reported now; `custom` names what a CustomTrigger is for."""

    topic: Topic
    connector_id: Annotated[int, Meta(ge=0, le=_HIGHEST)] | None = None
    evse_connector_id: Annotated[int, Meta(ge=1, le=_HIGHEST)] | None = None
    custom: Annotated[str, Meta(max_length=50)] = ""


@post("/charge-point/{cpId:str}/trigger", status_code=200, summary="Ask for a report now", tags=_TAGS)
async def trigger(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[TriggerWish]
) -> Response[CommandAnswer]:
    command = Trigger(
        topic=data.topic, evse=data.connector_id, connector=data.evse_connector_id, custom=data.custom
    )
    return await dispatch.run(charge_point.id, command)


class DataWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A vendor's own message; `data` is any JSON."""

    vendor_id: Annotated[str, Meta(min_length=1, max_length=255)]
    message_id: Annotated[str, Meta(max_length=50)] = ""
    data: Any = None


@post(
    "/charge-point/{cpId:str}/transfer-data",
    status_code=200,
    summary="Send a vendor's own message",
    tags=_TAGS,
)
async def transfer_data(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[DataWish]
) -> Response[CommandAnswer]:
    raw = msgspec.Raw(msgspec.json.encode(data.data))
    command = TransferData(vendor_id=data.vendor_id, message_id=data.message_id, data=raw)
    return await dispatch.run(charge_point.id, command)


class NetworkWish(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A way to reach a central system, and the slot that it shall be kept in."""

    slot: Annotated[int, Meta(ge=0, le=_HIGHEST)]
    profile: NetworkProfile


@post(
    "/charge-point/{cpId:str}/set-network-profile",
    status_code=200,
    summary="Keep a way to a central system in a slot",
    tags=_TAGS,
)
async def set_network_profile(
    charge_point: KnownChargePoint, dispatch: Dispatching, data: JSONBody[NetworkWish]
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, SetNetworkProfile(slot=data.slot, profile=data.profile))


@post(
    "/charge-point/{cpId:str}/command/{command:str}",
    status_code=200,
    summary="Send any OCPP message by its name",
    tags=_TAGS,
)
async def send_message(
    charge_point: KnownChargePoint, dispatch: Dispatching, command: FromPath[str], body: RawBody
) -> Response[CommandAnswer]:
    payload = _payload_of(body)
    return await dispatch.run(charge_point.id, RawCall(action=decode(command), payload=payload))


@get("/charge-point/{cpId:str}/command", summary="Its commands, newest first", tags=["history"])
async def list_commands(
    request: Request[Any, Any, Any], charge_point: KnownChargePoint, services: Services, paging: Part
) -> Response[Items[CommandAnswer]]:
    return await answer_page(request, services.store.list_commands(charge_point.id, paging), envelope)


@get("/charge-point/{cpId:str}/command/{command:str}", summary="One command", tags=["history"])
async def get_command(
    charge_point: KnownChargePoint,
    services: Services,
    command: Annotated[str, PathParameter(description="The `commandId` of the command.")],
) -> CommandAnswer:
    record = await services.store.find_command(decode(command))
    if record is None or record.charge_point != charge_point.id:
        raise NotFound(f"no command {decode(command)!r} of this charge point")
    return envelope(record)


async def _trigger(
    charge_point: KnownChargePoint, dispatch: Dispatching, topic: Topic, outlet: int | None = None
) -> Response[CommandAnswer]:
    return await dispatch.run(charge_point.id, Trigger(topic=topic, evse=outlet))


def _payload_of(body: RawBody) -> msgspec.Raw:
    """The body as it came, so that numbers reach the charge point as they were written; nothing means `{}`."""
    if not body.strip():
        return msgspec.Raw(b"{}")
    try:
        msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(INVALID_REQUEST, f"the body is not a JSON object: {error}") from None
    return msgspec.Raw(body)
