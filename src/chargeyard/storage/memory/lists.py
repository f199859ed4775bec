"""Lists of records in parts, as the queries give them."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from chargeyard.domain.records import ChargePointRecord, Page
from chargeyard.services.ports import ChargePointFilter, Paging
from chargeyard.storage.queries.paging import page_of, read_cursor

T = TypeVar("T")


def of(records: Iterable[T], charge_point: str) -> list[T]:
    """Those of one charge point."""
    found: list[Any] = list(records)
    return [one for one in found if one.charge_point == charge_point]


def page(records: Iterable[T], key: Callable[[T], Any], key_type: type[Any], paging: Paging) -> Page[T]:
    """A part of `records` in the order of `key`."""
    ordered = sorted(records, key=key)
    if paging.cursor is not None:
        last = read_cursor(paging.cursor, key_type)
        ordered = [one for one in ordered if key(one) > last]
    return page_of(ordered, paging.limit, list, key)


def newest_first(
    records: Iterable[T], key: Callable[[T], Any], key_type: type[Any], paging: Paging
) -> Page[T]:
    """A part of `records`, the highest `key` first."""
    ordered = sorted(records, key=key, reverse=True)
    if paging.cursor is not None:
        last = read_cursor(paging.cursor, key_type)
        ordered = [one for one in ordered if key(one) < last]
    return page_of(ordered, paging.limit, list, key)


def matches(one: ChargePointRecord, wanted: ChargePointFilter) -> bool:
    """Whether the filter wants it."""
    texts = (one.id, one.name, one.vendor, one.model, one.serial_number)
    return (
        wanted.online in (None, one.online)
        and wanted.registration in (None, one.registration)
        and (not wanted.text or any(wanted.text.lower() in text.lower() for text in texts))
    )
