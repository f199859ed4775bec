"""What is installed at a charge point besides its variables, and how far its listings have come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from litestar import Request, Response, get
from litestar.params import FromPath, PathParameter
from msgspec import Struct

from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.provisioning import KnownChargePoint
from chargeyard.api.services import Services
from chargeyard.domain.items import ItemKind
from chargeyard.domain.records import ItemRecord, ListingRecord
from chargeyard.errors import NotFound

Shelf = Literal[
    "charging-profile",
    "external-limit",
    "display-message",
    "monitor",
    "certificate",
    "tariff",
    "der-control",
    "event-stream",
    "network-profile",
    "vehicle",
    "battery",
    "alert",
]
_KINDS: Mapping[Shelf, ItemKind] = {
    "charging-profile": "ChargingProfile",
    "external-limit": "ExternalLimit",
    "display-message": "DisplayMessage",
    "monitor": "Monitor",
    "certificate": "Certificate",
    "tariff": "Tariff",
    "der-control": "DerControl",
    "event-stream": "EventStream",
    "network-profile": "NetworkProfile",
    "vehicle": "Vehicle",
    "battery": "Battery",
    "alert": "Alert",
}


class ItemRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """Something at a charge point. `connectorId` 0: at the charge point as a whole. `source` tells who put it
    there: ours, reported (by the charge point) or external; `at` is when we were told last."""

    cp_id: str
    kind: str
    connector_id: int
    key: str
    source: str
    at: datetime
    body: Any


class ListingRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """How far a listing has come. `missing` are the gaps between the parts, as pairs of first and last number;
    `isWhole` tells that it names everything of its kind."""

    cp_id: str
    kind: str
    request_id: int
    is_whole: bool
    is_complete: bool
    parts: int
    missing: list[tuple[int, int]]
    items: int
    asked_at: datetime | None
    first_at: datetime | None
    last_at: datetime | None


@get(
    "/charge-point/{cpId:str}/installed/{kind:str}",
    summary="What is installed there: profiles, messages, monitors, certificates, tariffs",
    tags=["charge points"],
)
async def list_installed(
    request: Request[Any, Any, Any],
    charge_point: KnownChargePoint,
    services: Services,
    paging: Part,
    kind: FromPath[Shelf],
) -> Response[Items[ItemRow]]:
    reading = services.store.list_items(charge_point.id, _KINDS[kind], paging)
    return await answer_page(request, reading, item_row)


@get(
    "/charge-point/{cpId:str}/listing/{requestId:int}",
    summary="How far a listing in parts has come",
    tags=["charge points"],
)
async def get_listing(
    charge_point: KnownChargePoint,
    services: Services,
    request_id: Annotated[int, PathParameter(name="requestId", ge=0, le=2**63 - 1)],
) -> ListingRow:
    record = await services.store.find_listing(charge_point.id, request_id)
    if record is None:
        raise NotFound(f"no listing {request_id} of this charge point")
    return listing_row(record)


def item_row(record: ItemRecord) -> ItemRow:
    """The record as readers get it."""
    return ItemRow(
        cp_id=record.charge_point,
        kind=record.kind,
        connector_id=record.evse,
        key=record.key,
        source=record.source,
        at=record.at,
        body=record.body,
    )


def listing_row(record: ListingRecord) -> ListingRow:
    """The record as readers get it."""
    listing = record.listing
    return ListingRow(
        cp_id=record.charge_point,
        kind=listing.kind,
        request_id=listing.request_id,
        is_whole=listing.is_whole,
        is_complete=listing.is_complete,
        parts=listing.parts.count,
        missing=list(listing.parts.missing(listing.last)),
        items=listing.items,
        asked_at=listing.asked_at,
        first_at=listing.first_at,
        last_at=listing.last_at,
    )
