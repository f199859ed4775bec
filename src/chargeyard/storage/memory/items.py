"""What is installed at charge points, and listings of it: the projections, without SQL."""

from chargeyard.domain import events as e
from chargeyard.domain.items import Listing, asked, with_part
from chargeyard.domain.records import ItemRecord
from chargeyard.storage.memory.tables import Tables


def installed(tables: Tables, event: e.ItemsInstalled) -> None:
    for one in event.items:
        known = tables.items.get((event.charge_point, event.kind, one.evse, one.key))
        is_repeated = event.source == "reported" and known is not None and known.body == one.body
        tables.items[event.charge_point, event.kind, one.evse, one.key] = ItemRecord(
            charge_point=event.charge_point,
            kind=event.kind,
            evse=one.evse,
            key=one.key,
            body=one.body,
            source=known.source if known is not None and is_repeated else event.source,
            at=event.recorded_at,
        )


def removed(tables: Tables, event: e.ItemsRemoved) -> None:
    tables.items = {
        key: one
        for key, one in tables.items.items()
        if key[:2] != (event.charge_point, event.kind) or not _is_meant(event, key[2:])
    }


def _is_meant(event: e.ItemsRemoved, key: tuple[int, str]) -> bool:
    return key[1].startswith(event.prefix) if event.keys is None else key in event.keys


def listing_asked(tables: Tables, event: e.ListingAsked) -> None:
    _change(tables, event, asked(_known(tables, event), event.is_whole, event.recorded_at))


def listing_advanced(tables: Tables, event: e.ListingAdvanced) -> None:
    known = _known(tables, event)
    changed = with_part(known, event.sequence, event.is_last, event.items, event.recorded_at)
    _change(tables, event, changed)


def _known(tables: Tables, event: e.ListingAsked | e.ListingAdvanced) -> Listing:
    fresh = Listing(kind=event.kind, request_id=event.request_id)
    return tables.listings.get((event.charge_point, event.request_id), fresh)


def _change(tables: Tables, event: e.ListingAsked | e.ListingAdvanced, changed: Listing) -> None:
    tables.listings[event.charge_point, event.request_id] = changed
    if changed.is_complete and changed.is_whole and changed.asked_at is not None:
        tables.items = {
            key: one
            for key, one in tables.items.items()
            if key[:2] != (event.charge_point, changed.kind) or one.at >= changed.asked_at
        }
