"""What is installed at charge points, and listings that come in parts."""

import msgspec

from chargeyard.domain.items import Item, ItemKind
from chargeyard.services.ports import Paging
from tests.contract import happenings as h
from tests.contract.conftest import Backend


def _item(key: str, evse: int = 0, body: bytes = b"{}") -> Item:
    return Item(key=key, evse=evse, body=msgspec.Raw(body))


async def _held(
    backend: Backend, kind: ItemKind = "DisplayMessage"
) -> dict[tuple[int, str], tuple[str, bytes]]:
    found = await backend.store.find_items("CP1", kind)
    return {(one.evse, one.key): (one.source, bytes(one.body)) for one in found}


async def test_the_latest_word_on_a_thing_stays(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("1"), _item("1", 2), _item("2"))])
    await backend.journal.commit([h.installed(_item("1", body=b'{"a":1}'), source="external")])
    await backend.journal.commit([h.installed(_item("2"), kind="Monitor")])
    assert await _held(backend) == {
        (0, "1"): ("external", b'{"a":1}'),
        (0, "2"): ("ours", b"{}"),
        (2, "1"): ("ours", b"{}"),
    }


async def test_what_is_only_repeated_keeps_who_put_it_there(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("same"), _item("other"))])
    await backend.journal.commit([h.installed(_item("same"), _item("other", body=b"[]"), source="reported")])
    assert await _held(backend) == {(0, "other"): ("reported", b"[]"), (0, "same"): ("ours", b"{}")}


async def test_things_are_removed_by_key_or_all_at_once(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("1"), _item("2"), _item("2", 1))])
    await backend.journal.commit([h.uninstalled((0, "2"), (3, "9"))])
    assert set(await _held(backend)) == {(0, "1"), (1, "2")}
    await backend.journal.commit([h.installed(_item("1"), kind="Monitor"), h.uninstalled(keys=None)])
    assert await _held(backend) == {}
    assert set(await _held(backend, "Monitor")) == {(0, "1")}


async def test_things_are_removed_by_what_their_keys_begin_with(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("a_:1"), _item("a_:2"), _item("ab:3"), _item("A_:4"))])
    await backend.journal.commit([h.uninstalled(keys=None, prefix="a_:")])
    assert set(await _held(backend)) == {(0, "A_:4"), (0, "ab:3")}


async def test_a_whole_listing_takes_out_what_it_did_not_name(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("gone"), _item("told"))])
    await backend.journal.commit([h.listing_asked(1, h.after(1))])
    told = h.installed(_item("told"), at=h.after(2), source="reported")
    await backend.journal.commit([h.listing_advanced(0, h.after(2)), told])
    assert set(await _held(backend)) == {(0, "gone"), (0, "told")}
    await backend.journal.commit([h.listing_advanced(1, h.after(3), is_last=True)])
    assert set(await _held(backend)) == {(0, "told")}


async def test_a_part_of_a_listing_takes_nothing_out(backend: Backend) -> None:
    await backend.journal.commit([h.installed(_item("a")), h.listing_asked(1, h.after(1), is_whole=False)])
    await backend.journal.commit([h.listing_advanced(0, h.after(2), is_last=True)])
    assert set(await _held(backend)) == {(0, "a")}


async def test_parts_may_come_before_it_is_known_what_was_asked_late_twice_and_in_any_order(
    backend: Backend,
) -> None:
    await backend.journal.commit([h.listing_advanced(2, h.after(1), is_last=True, items=1)])
    await backend.journal.commit([h.listing_advanced(0, h.after(2), items=5)])
    await backend.journal.commit([h.listing_advanced(0, h.after(3), items=5)])
    await backend.journal.commit([h.listing_asked(1, h.NOON)])
    known = await backend.store.find_listing("CP1", 1)
    assert known is not None
    assert not known.listing.is_complete
    assert list(known.listing.parts.missing(known.listing.last)) == [(1, 1)]
    await backend.journal.commit([h.listing_advanced(1, h.after(4), items=5)])
    known = await backend.store.find_listing("CP1", 1)
    assert known is not None
    assert known.listing.is_complete
    assert known.listing.items == 11
    assert (known.listing.asked_at, known.listing.first_at, known.listing.last_at) == (
        h.NOON,
        h.after(1),
        h.after(4),
    )


async def test_parts_without_numbers_count_as_they_come(backend: Backend) -> None:
    await backend.journal.commit([h.listing_advanced(None), h.listing_advanced(None, is_last=True)])
    known = await backend.store.find_listing("CP1", 1)
    assert known is not None
    assert known.listing.is_complete
    assert known.listing.parts.count == 2


async def test_items_are_paged_and_go_with_their_charge_point(backend: Backend) -> None:
    await backend.journal.commit([h.registered("CP1"), h.installed(*(_item(str(n)) for n in range(5)))])
    first = await backend.store.list_items("CP1", "DisplayMessage", Paging(3))
    rest = await backend.store.list_items("CP1", "DisplayMessage", Paging(3, first.next_cursor))
    assert [one.key for one in (*first.items, *rest.items)] == ["0", "1", "2", "3", "4"]
    await backend.journal.commit([h.listing_advanced(0), h.removed("CP1")])
    assert await _held(backend) == {}
    assert await backend.store.find_listing("CP1", 1) is None
