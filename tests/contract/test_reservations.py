"""Reservations."""

from chargeyard.services.ports import Paging
from tests.contract import happenings as h
from tests.contract.conftest import Backend


async def _states(backend: Backend) -> dict[int, str]:
    page = await backend.store.list_reservations("CP1", Paging())
    return {one.number: one.state for one in page.items}


async def test_a_reservation_is_asked_for_held_and_ended_once(backend: Backend) -> None:
    asked = h.reservation_requested(
        7, evse=2, connector_type="cType2", token_kind="ISO14443", parent="FLEET", parent_kind="Central"
    )
    await backend.journal.commit([asked, h.reservation_requested(8)])
    await backend.journal.commit([h.reservation_answered(7)])
    held = await backend.store.find_held("CP1")
    assert [(one.number, one.state) for one in held] == [(7, "active"), (8, "requested")]
    assert (held[0].evse, held[0].connector_type, held[0].parent) == (2, "cType2", "FLEET")
    assert held[0].expires_at == h.after(60)
    await backend.journal.commit([h.reservation_ended(7, h.after(5), end="used", transaction=9)])
    await backend.journal.commit([h.reservation_ended(7, h.after(6), end="expired")])
    found = await backend.store.find_reservation("CP1", 7)
    assert found is not None
    assert (found.state, found.ended_at, found.transaction) == ("used", h.after(5), 9)
    assert [one.number for one in await backend.store.find_held("CP1")] == [8]


async def test_an_end_that_is_heard_of_before_the_answer_stays(backend: Backend) -> None:
    await backend.journal.commit([h.reservation_requested(7), h.reservation_ended(7, end="removed")])
    await backend.journal.commit([h.reservation_answered(7)])
    assert await _states(backend) == {7: "removed"}


async def test_what_is_refused_is_not_held(backend: Backend) -> None:
    refused = h.reservation_answered(7, h.after(1), is_held=False, reason="Occupied")
    await backend.journal.commit([h.reservation_requested(7), refused])
    found = await backend.store.find_reservation("CP1", 7)
    assert found is not None
    assert (found.state, found.reason, found.ended_at) == ("refused", "Occupied", h.after(1))
    assert await backend.store.find_held("CP1") == ()


async def test_the_same_number_replaces(backend: Backend) -> None:
    await backend.journal.commit([h.reservation_requested(7), h.reservation_ended(7)])
    await backend.journal.commit([h.reservation_requested(7, h.after(2), id_token="OTHER")])
    (found,) = await backend.store.find_held("CP1")
    assert (found.id_token, found.state, found.ended_at) == ("OTHER", "requested", None)


async def test_those_that_are_long_over_do_not_pile_up(backend: Backend) -> None:
    week = 7 * 24 * 60
    await backend.journal.commit([h.reservation_requested(7), h.reservation_answered(7)])
    await backend.journal.commit([h.reservation_requested(8, expires_at=h.after(week + 120))])
    await backend.journal.commit([h.reservation_requested(9, h.after(week + 60))])
    assert [one.number for one in await backend.store.find_held("CP1")] == [7, 8, 9]
    await backend.journal.commit([h.reservation_requested(10, h.after(week + 61))])
    found = await backend.store.find_reservation("CP1", 7)
    assert found is not None
    assert (found.state, found.ended_at) == ("expired", h.after(60))


async def test_what_nobody_asked_for_is_no_reservation(backend: Backend) -> None:
    await backend.journal.commit([h.reservation_answered(7), h.reservation_ended(8)])
    assert await _states(backend) == {}
    assert await backend.store.find_reservation("CP1", 7) is None


async def test_they_are_paged_newest_first_and_go_with_their_charge_point(backend: Backend) -> None:
    await backend.journal.commit([h.registered("CP1"), h.registered("CP2")])
    await backend.journal.commit([h.reservation_requested(n, h.after(n % 2)) for n in range(5)])
    await backend.journal.commit([h.reservation_requested(9, charge_point="CP2")])
    first = await backend.store.list_reservations("CP1", Paging(3))
    rest = await backend.store.list_reservations("CP1", Paging(3, first.next_cursor))
    assert [one.number for one in (*first.items, *rest.items)] == [3, 1, 4, 2, 0]
    await backend.journal.commit([h.removed("CP1")])
    assert await _states(backend) == {}
    assert len(await backend.store.find_held("CP2")) == 1
