"""Charge points: the list, one of them, its connectors; registering, changing and removing them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, delete, get, patch, post, put
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import UNSET, Meta, Struct, UnsetType

from chargeyard.api.addresses import decode, encode, in_path
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import CHARGE_POINT_NOT_FOUND, INVALID_REQUEST, Problem
from chargeyard.api.services import Given, Services
from chargeyard.domain.answers import Registration
from chargeyard.domain.identity import LONGEST, is_identity
from chargeyard.domain.records import ChargePointRecord, ConnectorRecord
from chargeyard.services.ports import ChargePointFilter
from chargeyard.services.provisioning import Changes, Credential, Newcomer

ChargePointId = Annotated[str, Meta(min_length=1, max_length=LONGEST)]
SecretText = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")]
Name = Annotated[str, Meta(max_length=255)]
Reading = Literal["strict", "tolerant"]

_ADVISED_LENGTH = 16
"""The shortest password that OCPP's security profiles allow (2.0.1 BasicAuthPassword, 1.6 whitepaper)."""


class ConnectorRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A connector. `connectorId` is the number of the outlet (with EVSEs: the EVSE), 0 the charge point as a
    whole; `evseConnectorId` the connector of that outlet. `status` is what happens there, in the same words for
    all versions; `reportedStatus` the charge point's own word."""

    connector_id: int
    evse_connector_id: int
    status: str
    reported_status: str
    error_code: str
    status_at: datetime
    info: str
    vendor_id: str
    vendor_error_code: str
    transaction_id: int | None
    power_w: int | None
    energy_wh: int | None
    soc_percent: float | None


class ChargePointRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A charge point. `status` is one word for all of it: Offline, Pending, Rejected, or its busiest
    connector's status. `reading` null: as the server is set."""

    cp_id: str
    name: str
    online: bool
    status: str
    registration: Registration
    reading: str | None
    has_password: bool
    has_token: bool
    protocol: str
    remote: str
    security_profile: int
    vendor: str
    model: str
    serial_number: str
    box_serial_number: str
    firmware_version: str
    firmware_status: str
    log_status: str
    iccid: str
    imsi: str
    meter_type: str
    meter_serial_number: str
    registered_at: datetime
    connected_at: datetime | None
    disconnected_at: datetime | None
    last_seen_at: datetime | None
    booted_at: datetime | None
    connectors: list[ConnectorRow]


class NewChargePoint(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """A charge point to register. With neither `password`, `token` nor `generate` it gets a token;
    `generate` "none" registers one that needs no credential."""

    cp_id: ChargePointId
    name: Name = ""
    registration: Registration = Registration.ACCEPTED
    reading: Reading | None = None
    password: SecretText | None = None
    token: SecretText | None = None
    generate: Credential | None = None


class RegisteredChargePoint(Struct, frozen=True, kw_only=True, rename="camel"):
    """The new charge point; `password` or `token` is set if it was made here, and is shown only now."""

    charge_point: ChargePointRow
    cp_id: str
    password: str | None = None
    token: str | None = None
    warnings: list[str] = []


class ChargePointChanges(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What shall be different; what is left out stays. `reading` null: as the server is set."""

    name: Name | UnsetType = UNSET
    registration: Registration | UnsetType = UNSET
    reading: Reading | UnsetType | None = UNSET


class NewPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new password; left out, one is made."""

    password: SecretText | None = None


class NewToken(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The new token; left out, one is made."""

    token: SecretText | None = None


class NewSecrets(Struct, frozen=True, kw_only=True, rename="camel"):
    """A secret that was made here, shown only now; null if it was given."""

    cp_id: str
    password: str | None = None
    token: str | None = None
    warnings: list[str] = []


KnownChargePoint = Given[ChargePointRecord]
"""As a handler asks for the one that its path names."""


async def known_charge_point(
    cpId: Annotated[str, PathParameter(description="The charge point's identity, percent-encoded.")],  # noqa: N803
    services: Services,
) -> ChargePointRecord:
    """The charge point that the path names. Raises `Problem` (404) if it is not registered."""
    name = decode(cpId)
    record = await services.store.find_charge_point(name)
    if record is None:
        raise Problem(CHARGE_POINT_NOT_FOUND, f"no charge point {name!r}", members={"cpId": name})
    return record


@get("/charge-point", summary="List charge points", tags=["charge points"])
async def list_charge_points(
    request: Request[Any, Any, Any],
    services: Services,
    paging: Part,
    wanted_charge_points: Given[ChargePointFilter],
) -> Response[Items[ChargePointRow]]:
    reading = services.store.list_charge_points(wanted_charge_points, paging)
    return await answer_page(request, reading, charge_point_row)


def charge_points_wanted(
    online: FromQuery[bool | None] = None,
    registration: FromQuery[Registration | None] = None,
    text: Annotated[
        str | None, QueryParameter(description="Looked for in id, name, vendor, model and serial number.")
    ] = None,
) -> ChargePointFilter:
    """Which charge points are asked for."""
    return ChargePointFilter(online=online, registration=registration, text=text)


@get("/charge-point/{cpId:str}", summary="One charge point", tags=["charge points"])
async def get_charge_point(charge_point: KnownChargePoint) -> ChargePointRow:
    return charge_point_row(charge_point)


@get("/charge-point/{cpId:str}/connector", summary="Its connectors", tags=["charge points"])
async def list_connectors(charge_point: KnownChargePoint) -> Items[ConnectorRow]:
    return Items([connector_row(connector) for connector in charge_point.connectors])


@post("/charge-point", summary="Register a charge point", tags=["charge points"])
async def register(data: JSONBody[NewChargePoint], services: Services) -> Response[RegisteredChargePoint]:
    if not is_identity(data.cp_id):
        # The door would turn it away: see `domain.identity`.
        raise Problem(INVALID_REQUEST, "cpId: not printable, blank at an end, or a dot")
    made = await services.provisioning.register(_newcomer(data))
    answer = RegisteredChargePoint(
        cp_id=data.cp_id,
        charge_point=charge_point_row(await known_charge_point(encode(data.cp_id), services)),
        password=made.password,
        token=made.token,
        warnings=_warnings(data.password),
    )
    return Response(answer, status_code=201, headers={"Location": f"/charge-point/{in_path(data.cp_id)}"})


@patch("/charge-point/{cpId:str}", summary="Change a charge point", tags=["charge points"])
async def change(
    charge_point: KnownChargePoint, data: JSONBody[ChargePointChanges], services: Services
) -> ChargePointRow:
    reading = data.reading or "" if data.reading is not UNSET else UNSET
    changes = Changes(name=data.name, registration=data.registration, reading=reading)
    await services.provisioning.change(charge_point.id, changes)
    return charge_point_row(await services.store.find_charge_point(charge_point.id) or charge_point)


@delete("/charge-point/{cpId:str}", summary="Remove a charge point", tags=["charge points"])
async def remove(charge_point: KnownChargePoint, services: Services) -> None:
    await services.provisioning.remove(charge_point.id)


@put("/charge-point/{cpId:str}/password", summary="Replace its password", tags=["charge points"])
async def replace_password(
    charge_point: KnownChargePoint, services: Services, data: JSONBody[NewPassword | None] = None
) -> NewSecrets:
    given = data.password if data else None
    made = await services.provisioning.set_password(charge_point.id, given)
    return NewSecrets(cp_id=charge_point.id, password=made, warnings=_warnings(given))


@put("/charge-point/{cpId:str}/token", summary="Replace its token", tags=["charge points"])
async def replace_token(
    charge_point: KnownChargePoint, services: Services, data: JSONBody[NewToken | None] = None
) -> NewSecrets:
    made = await services.provisioning.set_token(charge_point.id, data.token if data else None)
    return NewSecrets(cp_id=charge_point.id, token=made)


def charge_point_row(record: ChargePointRecord) -> ChargePointRow:
    """The record as readers get it."""
    same = {
        name: getattr(record, name)
        for name in ChargePointRow.__struct_fields__
        if name in ChargePointRecord.__struct_fields__ and name not in {"reading", "connectors"}
    }
    return ChargePointRow(
        **same,
        cp_id=record.id,
        status=status_of(record),
        reading=record.reading or None,
        protocol=record.subprotocol,
        connectors=[connector_row(connector) for connector in record.connectors],
    )


def connector_row(record: ConnectorRecord) -> ConnectorRow:
    """The record as readers get it."""
    return ConnectorRow(
        connector_id=record.evse,
        evse_connector_id=record.connector,
        status=record.state,
        reported_status=record.status,
        error_code=record.error_code,
        status_at=record.at,
        info=record.info,
        vendor_id=record.vendor_id,
        vendor_error_code=record.vendor_error_code,
        transaction_id=record.transaction,
        power_w=record.power_w,
        energy_wh=record.energy_wh,
        soc_percent=record.soc_percent,
    )


_BUSIEST_FIRST = (
    "Charging",
    "SuspendedEV",
    "SuspendedEVSE",
    "Occupied",
    "Finishing",
    "Preparing",
    "Reserved",
    "Available",
    "Faulted",
    "Unavailable",
)


def status_of(record: ChargePointRecord) -> str:
    """One word for all of a charge point. Out of service as a whole (connector 0) outweighs its connectors."""
    if not record.online:
        return "Offline"
    if record.registration is not Registration.ACCEPTED:
        return record.registration.value
    whole = {connector.status for connector in record.connectors if connector.evse == 0}
    parts = {connector.state for connector in record.connectors if connector.evse != 0}
    if out_of_service := whole & {"Faulted", "Unavailable"}:
        return min(out_of_service)
    return next((status for status in _BUSIEST_FIRST if status in (parts or whole)), "Unknown")


def _newcomer(data: JSONBody[NewChargePoint]) -> Newcomer:
    return Newcomer(
        id=data.cp_id,
        name=data.name,
        registration=data.registration,
        reading=data.reading or "",
        password=data.password,
        token=data.token,
        generate=data.generate,
    )


def _warnings(password: str | None) -> list[str]:
    if password is None or len(password) >= _ADVISED_LENGTH:
        return []
    return [f"OCPP asks for passwords of {_ADVISED_LENGTH} characters or more"]
