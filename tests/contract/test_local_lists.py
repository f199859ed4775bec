"""Local authorization lists, and what is told of customers."""

from chargeyard.domain.authorization import Status
from chargeyard.domain.local_lists import verdict_in
from chargeyard.services.ports import Paging
from tests.contract import happenings as h
from tests.contract.conftest import Backend


async def _held(backend: Backend) -> dict[str, str]:
    return {one.id_token: verdict_in(one).status for one in await backend.store.find_listed_tokens("CP1")}


async def _standing(backend: Backend) -> tuple[int, bool] | None:
    known = await backend.store.find_local_list("CP1")
    return (known.version, known.is_known) if known is not None else None


async def test_what_was_sent_is_there(backend: Backend) -> None:
    assert await _standing(backend) is None
    await backend.journal.commit([h.local_list_sent(1, h.listed("A"), h.listed("B", "eMAID"), is_full=True)])
    blocked = h.listed("a", status=Status.BLOCKED)
    await backend.journal.commit([h.local_list_sent(2, blocked, h.listed("B", status=None), h.listed("C"))])
    assert await _held(backend) == {"a": "Blocked", "C": "Accepted"}
    assert await _standing(backend) == (2, True)
    await backend.journal.commit([h.local_list_sent(3, is_full=True)])
    assert (await _held(backend), await _standing(backend)) == ({}, (3, True))


async def test_a_token_that_changes_its_kind_stays(backend: Backend) -> None:
    await backend.journal.commit([h.local_list_sent(1, h.listed("A", "Local"), is_full=True)])
    changed = (h.listed("A", "Local", None), h.listed("A", "eMAID"))
    await backend.journal.commit([h.local_list_sent(2, *changed)])
    (one,) = await backend.store.find_listed_tokens("CP1")
    assert one.kind == "eMAID"


async def test_what_a_version_has_no_words_for_is_marked(backend: Backend) -> None:
    sent = h.local_list_sent(1, h.listed("A"), h.listed("LONG"), is_full=True, left_out=("LONG",))
    await backend.journal.commit([sent])
    carried = {one.id_token: one.is_carried for one in await backend.store.find_listed_tokens("CP1")}
    assert carried == {"A": True, "LONG": False}


async def test_of_a_list_that_we_did_not_write_nothing_is_known(backend: Backend) -> None:
    await backend.journal.commit([h.local_list_told(5)])
    assert await _standing(backend) == (5, False)
    await backend.journal.commit([h.local_list_sent(6, h.listed("A"))])
    assert await _standing(backend) == (6, False)
    await backend.journal.commit([h.local_list_sent(7, h.listed("A"), is_full=True), h.local_list_told(7)])
    assert (await _standing(backend), await _held(backend)) == ((7, True), {"A": "Accepted"})
    await backend.journal.commit([h.local_list_doubted()])
    assert await _standing(backend) == (7, False)
    await backend.journal.commit([h.local_list_told(7)])
    assert await _standing(backend) == (7, False)


async def test_an_empty_list_and_none_are_known(backend: Backend) -> None:
    await backend.journal.commit([h.local_list_sent(1, h.listed("A"), is_full=True), h.local_list_told(0)])
    assert (await _standing(backend), await _held(backend)) == ((0, True), {})
    await backend.journal.commit([h.local_list_told(-1)])
    assert await _standing(backend) == (-1, True)


async def test_a_list_is_paged_and_goes_with_its_charge_point(backend: Backend) -> None:
    await backend.journal.commit([h.registered("CP1")])
    await backend.journal.commit([h.local_list_sent(1, *map(h.listed, "CaB"), is_full=True)])
    first = await backend.store.list_listed_tokens("CP1", Paging(2))
    rest = await backend.store.list_listed_tokens("CP1", Paging(2, first.next_cursor))
    assert [one.id_token for one in (*first.items, *rest.items)] == ["a", "B", "C"]
    await backend.journal.commit([h.customer_told(0), h.removed("CP1")])
    assert (await _standing(backend), await _held(backend)) == (None, {})
    assert await backend.store.find_customer_information("CP1", 1) is None


async def test_what_is_told_of_a_customer_is_put_together_and_erased(backend: Backend) -> None:
    await backend.journal.commit([h.customer_told(1, "b"), h.customer_told(0, "x")])
    await backend.journal.commit([h.customer_told(0, "a"), h.customer_told(0, "z", charge_point="CP2")])
    told = await backend.store.find_customer_information("CP1", 1)
    assert told is not None
    assert told.parts == ("a", "b")
    await backend.journal.commit([h.customer_erased()])
    assert await backend.store.find_customer_information("CP1", 1) is None
    assert await backend.store.find_customer_information("CP2", 1) is not None
