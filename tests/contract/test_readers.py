"""Everything else that is read: id tokens, kept reports, findings, messages, commands, operators, numbers."""

import asyncio

import msgspec
import pytest

from chargeyard.domain import events as e
from chargeyard.domain.authorization import AllowedAt, IdToken, Status
from chargeyard.errors import Conflict
from chargeyard.maintenance.pace import Pace
from chargeyard.services.ports import Frame, Paging
from tests.contract.conftest import Backend
from tests.contract.happenings import (
    NOON,
    after,
    api_key,
    data_transferred,
    finding,
    settled,
    submitted,
    token_checked,
    token_removed,
    token_saved,
)


async def test_an_id_token_is_known_in_any_case(backend: Backend) -> None:
    await backend.journal.commit(
        [token_saved("AbC", parent="P", expires_at=after(5), blocked=True, max_transactions=None)]
    )
    found = await backend.store.find_id_token(" aBc ")
    assert found == IdToken("AbC", "P", after(5), blocked=True, max_transactions=None)
    assert await backend.store.find_id_token("other") is None
    assert await backend.store.find_id_token_record("other") is None


async def test_everything_of_an_id_token_is_kept(backend: Backend) -> None:
    saved = token_saved(
        "DE-ABC-1",
        kind="eMAID",
        parent="P",
        parent_kind="Central",
        refusal=Status.NOT_FOR_THIS_EVSE,
        allowed_at=(AllowedAt("CP1", (1, 2)), AllowedAt("CP2")),
        master_pass=True,
        language="en",
        personal_message="Hello",
        cache_lifetime_s=60,
    )
    await backend.journal.commit([saved])
    assert await backend.store.find_id_token("DE-ABC-1") == saved.token
    record = await backend.store.find_id_token_record("DE-ABC-1")
    assert record is not None
    assert (record.allowed_at, record.refusal) == (saved.token.allowed_at, Status.NOT_FOR_THIS_EVSE)


async def test_an_id_token_is_replaced_and_removed(backend: Backend) -> None:
    await backend.journal.commit([token_saved("A"), token_saved("a", after(9), max_transactions=3)])
    record = await backend.store.find_id_token_record("A")
    assert record is not None
    assert (record.id_token, record.max_transactions, record.registered_at) == ("a", 3, NOON)
    await backend.journal.commit([token_removed("A"), token_removed("never there")])
    assert await backend.store.find_id_token("A") is None


async def test_id_tokens_are_paged_by_the_form_that_is_compared(backend: Backend) -> None:
    await backend.journal.commit([token_saved(name) for name in ("C", "a", "B")])
    first = await backend.store.list_id_tokens(Paging(2))
    second = await backend.store.list_id_tokens(Paging(2, first.next_cursor))
    assert [one.id_token for one in first.items + second.items] == ["a", "B", "C"]
    assert second.next_cursor is None


KEPT = [
    token_checked("A"),
    data_transferred("x"),
    e.StopConflicted(
        charge_point="CP1", transaction=1, stopped_at=NOON, meter_stop_wh=5, reason="Local", recorded_at=NOON
    ),
    e.SecurityEventRecorded(charge_point="CP1", kind="MemoryExhaustion", at=after(-9), recorded_at=NOON),
    e.CertificateRequested(charge_point="CP1", csr="pem", accepted=False, recorded_at=NOON),
    e.CertificateInstalled(charge_point="CP1", use="CsmsRoot", fingerprint="ab", recorded_at=NOON),
    e.DerAlarmReported(charge_point="CP1", kind="HVMustTrip", at=after(-3), recorded_at=NOON),
    e.DerControlSwitched(
        charge_point="CP1", control_id="c", has_started=True, at=NOON, supersedes=("b",), recorded_at=NOON
    ),
    e.ReportKept(charge_point="CP1", action="Odd", payload='{"a":1}', fault="Poisoned", recorded_at=NOON),
]


async def test_kept_reports_come_newest_first_as_they_were(backend: Backend) -> None:
    await backend.journal.commit([*KEPT, data_transferred("elsewhere", "CP2")])
    page = await backend.store.list_reports("CP1", None, Paging())
    assert [one.kind for one in page.items] == [type(event).__name__ for event in reversed(KEPT)]
    bodies = [
        msgspec.json.decode(one.body, type=type(event))
        for one, event in zip(page.items, reversed(KEPT), strict=True)
    ]
    assert bodies == KEPT[::-1]
    assert {one.at for one in page.items} == {NOON}


async def test_reports_of_a_kind_are_paged(backend: Backend) -> None:
    await backend.journal.commit(
        [event for n in range(3) for event in (data_transferred(str(n)), token_checked("A"))]
    )
    first = await backend.store.list_reports("CP1", "DataTransferred", Paging(2))
    second = await backend.store.list_reports("CP1", "DataTransferred", Paging(2, first.next_cursor))
    data = [msgspec.json.decode(one.body)["data"] for one in first.items + second.items]
    assert data == ["2", "1", "0"]
    assert second.next_cursor is None


async def test_findings_come_newest_first(backend: Backend) -> None:
    await backend.journal.commit([finding("a"), finding("b"), finding("c", "CP2"), finding("d")])
    first = await backend.store.list_findings("CP1", Paging(2))
    second = await backend.store.list_findings("CP1", Paging(2, first.next_cursor))
    assert [one.rule for one in first.items + second.items] == ["d", "b", "a"]
    assert (first.items[0].path, first.items[0].detail, first.items[0].action) == (
        "$.x",
        "odd",
        "BootNotification",
    )
    assert second.next_cursor is None


async def test_messages_come_newest_first_and_are_forgotten(backend: Backend) -> None:
    frames = [Frame("CP1", after(n), "in" if n % 2 else "out", f"[{n}]") for n in range(5)]
    await backend.sink.write([*frames, Frame("CP2", NOON, "in", "[]")])
    await backend.sink.write([])
    first = await backend.store.list_messages("CP1", Paging(3))
    second = await backend.store.list_messages("CP1", Paging(3, first.next_cursor))
    assert [one.text for one in first.items + second.items] == ["[4]", "[3]", "[2]", "[1]", "[0]"]
    assert (first.items[0].direction, first.items[0].at) == ("out", after(4))
    assert (
        await Pace().walk(lambda limit, place: backend.expiry("message_log").expire(after(3), limit, place))
        == 4
    )
    assert [one.text for one in (await backend.store.list_messages("CP1", Paging())).items] == ["[4]", "[3]"]


async def test_a_command_is_followed_to_its_outcome(backend: Backend) -> None:
    await backend.journal.commit([submitted("c1", idempotency_key="k")])
    under_way = await backend.store.find_command("c1")
    assert under_way is not None
    assert (under_way.outcome, under_way.settled_at, bytes(under_way.detail)) == ("", None, b"null")
    assert (under_way.kind, under_way.principal, bytes(under_way.command)) == (
        "Reset",
        "admin",
        b'{"hard":true}',
    )
    assert await backend.store.list_open_commands(10) == [under_way]
    assert await backend.store.list_open_commands(0) == []
    await backend.journal.commit(
        [settled("c1", at=after(1)), settled("c1", "TimedOut", after(2)), settled("c9")]
    )
    done = await backend.store.find_command("c1")
    assert done is not None
    assert (done.outcome, done.settled_at, bytes(done.detail)) == (
        "Accepted",
        after(1),
        b'{"status":"Accepted"}',
    )
    assert await backend.store.list_open_commands(10) == []
    assert await backend.store.find_command_by_key("admin", "k") == done
    assert await backend.store.find_command_by_key("other", "k") is None
    assert await backend.store.find_command("c9") is None


async def test_an_idempotency_key_is_taken_once_by_each_principal(backend: Backend) -> None:
    await backend.journal.commit([submitted("c1", idempotency_key="k"), submitted("c2"), submitted("c3")])
    await backend.journal.commit([submitted("c4", idempotency_key="k", principal="other")])
    with pytest.raises(Conflict):
        await backend.journal.commit([submitted("c5", idempotency_key="k")])
    with pytest.raises(Conflict):
        await backend.journal.commit([submitted("c1")])
    assert await backend.store.find_command_by_key("admin", "") is None


async def test_commands_are_paged_newest_first(backend: Backend) -> None:
    await backend.journal.commit(
        [submitted("a"), submitted("b"), submitted("c", after(1)), submitted("x", charge_point="CP2")]
    )
    first = await backend.store.list_commands("CP1", Paging(2))
    second = await backend.store.list_commands("CP1", Paging(2, first.next_cursor))
    assert [one.id for one in first.items + second.items] == ["c", "b", "a"]
    assert second.next_cursor is None


async def test_an_operator_may_change_the_password(backend: Backend) -> None:
    await backend.journal.commit([e.OperatorSaved(name="admin", password_hash="1", recorded_at=NOON)])
    await backend.journal.commit([e.OperatorSaved(name="admin", password_hash="2", recorded_at=NOON)])
    operator = await backend.store.find_operator("admin")
    assert operator is not None
    assert operator.password_hash == "2"
    assert await backend.store.find_operator("Admin") is None


async def test_an_api_key_is_found_by_its_digest_until_removed(backend: Backend) -> None:
    await backend.journal.commit([api_key("k1", b"1"), api_key("k2", b"2"), api_key("k3", b"3")])
    key = await backend.store.find_api_key(b"2")
    assert key is not None
    assert (key.id, key.name, key.operator, key.created_at) == ("k2", "key k2", "admin", NOON)
    with pytest.raises(Conflict):
        await backend.journal.commit([api_key("k4", b"2")])
    await backend.journal.commit(
        [api_key("k2", b"new", after(5)), e.ApiKeyRemoved(key_id="k1", recorded_at=NOON)]
    )
    assert await backend.store.find_api_key(b"1") is None
    assert await backend.store.find_api_key(b"2") is None
    first = await backend.store.list_api_keys(Paging(1))
    second = await backend.store.list_api_keys(Paging(1, first.next_cursor))
    assert [(one.id, one.created_at) for one in first.items + second.items] == [("k2", NOON), ("k3", NOON)]


async def test_numbers_are_never_given_twice(backend: Backend) -> None:
    firsts = await asyncio.gather(*(backend.sequences.reserve("transaction", 10) for _ in range(5)))
    assert sorted(firsts) == [1, 11, 21, 31, 41]
    assert await backend.sequences.reserve("other", 3) == 1
    assert await backend.sequences.reserve("other", 1) == 4


async def test_a_store_that_is_there_answers_a_ping(backend: Backend) -> None:
    await backend.store.ping()


LISTS = {
    "id tokens": lambda store, paging: store.list_id_tokens(paging),
    "messages": lambda store, paging: store.list_messages("CP1", paging),
    "findings": lambda store, paging: store.list_findings("CP1", paging),
    "reports": lambda store, paging: store.list_reports("CP1", None, paging),
    "commands": lambda store, paging: store.list_commands("CP1", paging),
    "api keys": lambda store, paging: store.list_api_keys(paging),
    "meter values": lambda store, paging: store.list_meter_values(1, paging),
}


@pytest.mark.parametrize("name", LISTS)
async def test_a_bad_cursor_is_refused(backend: Backend, name: str) -> None:
    with pytest.raises(Conflict):
        await LISTS[name](backend.store, Paging(2, "not one of ours"))
