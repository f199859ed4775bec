"""Charge points: registration, sessions, boots; as the handshake loads them and as readers see them."""

import asyncio

import pytest

from chargeyard.domain import events as e
from chargeyard.domain.answers import Registration
from chargeyard.domain.charge_point import REMEMBERED
from chargeyard.domain.items import Item
from chargeyard.errors import Conflict
from chargeyard.services.ports import ChargePointFilter, Frame, Paging
from tests.contract.conftest import Backend
from tests.contract.happenings import (
    NOON,
    advanced,
    after,
    booted,
    changed,
    connected,
    disconnected,
    installed,
    measured,
    registered,
    removed,
    reservation_ended,
    reservation_requested,
    started,
    status,
    stopped,
    taken,
)

ALL = ChargePointFilter()


async def test_an_unknown_charge_point_is_none(backend: Backend) -> None:
    assert await backend.store.load("CP1") is None
    assert await backend.store.load_by_token(b"t") is None
    assert await backend.store.find_charge_point("CP1") is None


async def test_a_registered_charge_point_is_loaded_with_its_hashes(backend: Backend) -> None:
    await backend.journal.commit(
        [registered("CP1", registration=Registration.PENDING, credential=b"c", token=b"t", reading="strict")]
    )
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    assert (loaded.credential, loaded.token, loaded.reading) == (b"c", b"t", "strict")
    assert loaded.state.registration is Registration.PENDING
    assert not loaded.state.booted
    assert await backend.store.load_by_token(b"t") == loaded


async def test_two_who_load_the_same_charge_point_share_nothing(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), status("Available")])
    one, two = await asyncio.gather(backend.store.load("CP1"), backend.store.load("CP1"))
    assert one is not None
    assert one == two
    one.state.connectors.clear()
    assert two is not None
    assert two.state.connectors


async def test_many_loads_at_once_find_each_its_own(backend: Backend) -> None:
    await backend.journal.commit([registered(f"CP{n}", token=b"t%d" % n) for n in range(1200)])
    loaded = await asyncio.gather(*(backend.store.load(f"CP{n}") for n in range(1300)))
    assert [one.state.id if one else None for one in loaded] == [
        f"CP{n}" if n < 1200 else None for n in range(1300)
    ]
    by_token = await asyncio.gather(*(backend.store.load_by_token(b"t%d" % n) for n in range(1200)))
    assert [one.state.id if one else None for one in by_token] == [f"CP{n}" for n in range(1200)]


async def test_load_tells_whether_there_is_anything_to_look_for(backend: Backend) -> None:
    profile = installed(Item(key="1"), kind="ChargingProfile")
    await backend.journal.commit([registered(), profile, reservation_requested(7)])
    await backend.journal.commit([registered("CP2"), installed(Item(key="1"), charge_point="CP2")])
    await backend.journal.commit(
        [reservation_requested(8, charge_point="CP2"), reservation_ended(8, charge_point="CP2")]
    )
    holder, other = await backend.store.load("CP1"), await backend.store.load("CP2")
    assert holder is not None
    assert other is not None
    assert (holder.state.may_hold_profiles, holder.state.may_hold_reservations) == (True, True)
    assert (other.state.may_hold_profiles, other.state.may_hold_reservations) == (False, False)


async def test_load_gives_open_transactions_and_the_last_closed_ones(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), registered("CP2")])
    for number in range(1, REMEMBERED + 4):
        await backend.journal.commit([started(number, after(number)), stopped(number, after(number + 0.5))])
    await backend.journal.commit([started(90, after(-10)), started(91, after(-5), charge_point="CP2")])
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    assert list(loaded.state.transactions) == [*range(4, REMEMBERED + 4), 90]
    assert [one.number for one in loaded.state.open_transactions()] == [90]


async def test_load_gives_all_that_closed_when_they_are_few(backend: Backend) -> None:
    await backend.journal.commit(
        [registered("CP1"), started(1), stopped(1), started(2, after(1)), stopped(2)]
    )
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    assert list(loaded.state.transactions) == [1, 2]


async def test_load_gives_no_more_where_many_began_at_once(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), *(started(n) for n in range(20))])
    await backend.journal.commit([stopped(n) for n in range(20)])
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    assert list(loaded.state.transactions) == list(range(20 - REMEMBERED, 20))


async def test_a_loaded_transaction_knows_its_last_register(backend: Backend) -> None:
    await backend.journal.commit(
        [
            registered("CP1"),
            started(7, reservation_id=3),
            taken(7, measured(after(2), energy_wh=1200), measured(after(1), energy_wh=1100)),
            taken(7, measured(after(3), power_w=11000)),
        ]
    )
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    transaction = loaded.state.transactions[7]
    assert (transaction.last_reading_at, transaction.last_energy_wh) == (after(2), 1200)
    assert (transaction.start_key, transaction.wire_id, transaction.meter_start_wh) == ("s:7", "7", 1000)


async def test_changes_touch_only_what_they_name(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1", name="Yard", credential=b"c", token=b"t")])
    await backend.journal.commit(
        [changed("CP1", registration=Registration.REJECTED, token=None), changed("none")]
    )
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert (record.name, record.registration) == ("Yard", Registration.REJECTED)
    assert (record.has_password, record.has_token) == (True, False)
    assert await backend.store.load_by_token(b"t") is None


async def test_a_name_is_taken_once(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1", token=b"t")])
    with pytest.raises(Conflict):
        await backend.journal.commit([registered("CP1")])
    with pytest.raises(Conflict):
        await backend.journal.commit([registered("CP2", token=b"t")])
    await backend.journal.commit([registered("CP2")])
    with pytest.raises(Conflict):
        await backend.journal.commit([changed("CP2", token=b"t")])
    await backend.journal.commit([removed("CP1"), changed("CP2", token=b"t")])


async def test_removal_keeps_transactions_and_forgets_the_rest(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), status("Available"), started(1)])
    await backend.journal.commit([removed("CP1")])
    assert await backend.store.load("CP1") is None
    assert await backend.store.find_transaction_record(1) is not None
    await backend.journal.commit([registered("CP1")])
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert record.connectors == ()


async def test_the_newest_epoch_decides_who_is_online(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), connected(2, remote="new")])
    await backend.journal.commit([connected(1, remote="old"), disconnected(1)])
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.epoch, record.remote) == (True, 2, "new")
    assert (record.connected_at, record.disconnected_at, record.last_seen_at) == (NOON, None, NOON)
    assert (record.subprotocol, record.security_profile) == ("ocpp1.6", 1)
    await backend.journal.commit([disconnected(2, at=after(1))])
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert (record.online, record.disconnected_at, record.epoch) == (False, after(1), 2)


async def test_a_starting_node_has_no_sessions(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1"), registered("CP2"), connected(1)])
    await backend.journal.commit([e.NodeStarted(node="a", recorded_at=after(5))])
    one, two = (await backend.store.list_charge_points(ALL, Paging())).items
    assert (one.online, one.disconnected_at) == (False, after(5))
    assert two.disconnected_at is None


async def test_seen_moves_forward_only(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1")])
    for minutes in (2, 1):
        seen = {"CP1": after(minutes), "unknown": NOON}
        await backend.journal.commit([e.ChargePointsSeen(seen=seen, recorded_at=NOON)])
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert record.last_seen_at == after(2)


async def test_many_are_seen_at_different_instants(backend: Backend) -> None:
    names = [f"CP{number}" for number in range(4)]
    await backend.journal.commit([registered(name) for name in names])
    await backend.journal.commit([e.ChargePointsSeen(seen={"CP3": after(9)}, recorded_at=NOON)])
    seen = {"CP0": after(1), "CP1": after(2), "CP2": after(1), "CP3": after(2)}
    await backend.journal.commit(
        [e.ChargePointsSeen(seen=seen, recorded_at=NOON), e.ChargePointsSeen(seen={}, recorded_at=NOON)]
    )
    records = (await backend.store.list_charge_points(ALL, Paging())).items
    assert [record.last_seen_at for record in records] == [after(1), after(2), after(1), after(9)]


async def test_a_boot_tells_who_it_is_and_leaves_the_registration(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1", registration=Registration.PENDING)])
    fields = {"serial_number": "S", "box_serial_number": "B", "firmware_version": "F", "iccid": "I"}
    more = {"imsi": "M", "meter_type": "T", "meter_serial_number": "N"}
    await backend.journal.commit([booted("CP1", **fields, **more, recorded_at=after(1))])
    record = await backend.store.find_charge_point("CP1")
    loaded = await backend.store.load("CP1")
    assert record is not None
    assert loaded is not None
    assert {name: getattr(record, name) for name in fields | more} == fields | more
    assert (record.vendor, record.model, record.booted_at) == ("Acme", "One", after(1))
    assert record.registration is Registration.PENDING
    assert loaded.state.booted


async def test_progress_is_shown(backend: Backend) -> None:
    await backend.journal.commit([registered("CP1")])
    await backend.journal.commit(
        [
            e.FirmwareProgressed(charge_point="CP1", status="Downloading", recorded_at=NOON),
            e.LogProgressed(charge_point="CP1", status="Uploading", recorded_at=NOON),
            e.FirmwareProgressed(charge_point="CP1", status="Installed", recorded_at=NOON),
        ]
    )
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert (record.firmware_status, record.log_status) == ("Installed", "Uploading")


async def test_connectors_come_with_what_happens_at_them(backend: Backend) -> None:
    await backend.journal.commit(
        [
            registered("CP1"),
            status("Charging", info="i", vendor_id="v", vendor_error_code="e"),
            status("Available", evse=2),
            started(5),
            taken(5, measured(after(1), energy_wh=1500, power_w=7000, soc=40)),
            registered("CP2"),
        ]
    )
    one, two = (await backend.store.list_charge_points(ALL, Paging())).items
    charging, available = one.connectors
    assert (charging.evse, charging.status, charging.transaction) == (1, "Charging", 5)
    assert (charging.energy_wh, charging.power_w, charging.soc_percent) == (500, 7000, 40)
    assert (charging.info, charging.vendor_id, charging.vendor_error_code) == ("i", "v", "e")
    assert (available.evse, available.transaction, available.power_w) == (2, None, None)
    assert two.connectors == ()
    assert await backend.store.find_charge_point("CP1") == one


async def test_an_older_status_changes_nothing(backend: Backend) -> None:
    await backend.journal.commit(
        [registered("CP1"), status("Charging", after(2)), status("Available", after(1))]
    )
    await backend.journal.commit([status("Preparing", NOON), status("Faulted", after(2), error_code="Other")])
    loaded = await backend.store.load("CP1")
    assert loaded is not None
    connector = loaded.state.connectors[1, 1]
    assert (connector.status, connector.error_code, connector.at) == ("Faulted", "Other", after(2))


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (ChargePointFilter(online=True), ["CP2"]),
        (ChargePointFilter(online=False), ["CP1", "CP3"]),
        (ChargePointFilter(registration="Pending"), ["CP3"]),
        (ChargePointFilter(text="p1"), ["CP1"]),
        (ChargePointFilter(text="YARD"), ["CP3"]),
        (ChargePointFilter(text="acme"), ["CP2"]),
        (ChargePointFilter(text="serial-9"), ["CP2"]),
        (ChargePointFilter(text="%"), []),
        (ChargePointFilter(text="c", online=False, registration="Accepted"), ["CP1"]),
    ],
)
async def test_charge_points_are_filtered(
    backend: Backend, wanted: ChargePointFilter, found: list[str]
) -> None:
    await backend.journal.commit(
        [
            registered("CP1"),
            registered("CP2"),
            registered("CP3", name="The yard", registration=Registration.PENDING),
            connected(1, "CP2"),
            booted("CP2", serial_number="SERIAL-9"),
        ]
    )
    page = await backend.store.list_charge_points(wanted, Paging())
    assert [one.id for one in page.items] == found


async def test_charge_points_are_paged_by_id(backend: Backend) -> None:
    await backend.journal.commit([registered(name) for name in ("b", "a", "d", "c", "ä")])
    first = await backend.store.list_charge_points(ALL, Paging(limit=2))
    second = await backend.store.list_charge_points(ALL, Paging(2, first.next_cursor))
    third = await backend.store.list_charge_points(ALL, Paging(2, second.next_cursor))
    assert [one.id for page in (first, second, third) for one in page.items] == ["a", "b", "c", "d", "ä"]
    assert third.next_cursor is None


@pytest.mark.parametrize("cursor", ["", "?", "AAAA", "W10", "MTIz", "ä", "IkEi" * 3])
async def test_a_cursor_of_somebody_else_is_refused(backend: Backend, cursor: str) -> None:
    with pytest.raises(Conflict):
        await backend.store.list_charge_points(ALL, Paging(2, cursor))


async def test_a_connector_says_what_its_transaction_does_also_where_that_names_only_the_evse(
    backend: Backend,
) -> None:
    await backend.journal.commit([registered(), status("Occupied"), status("Occupied", evse=2)])
    await backend.journal.commit([started(1), started(2, evse=2, connector=0)])
    await backend.journal.commit([advanced(1, 3, charging_state="Charging")])
    await backend.journal.commit([advanced(2, 3, charging_state="SuspendedEV")])
    await backend.journal.commit([advanced(2, 1, charging_state="EVConnected")])
    record = await backend.store.find_charge_point("CP1")
    assert record is not None
    assert [(one.status, one.state) for one in record.connectors] == [
        ("Occupied", "Charging"),
        ("Occupied", "SuspendedEV"),
    ]


AWKWARD = "'\"\\%s%%?:a\n\r\x1a\\' OR 1=1 -- \N{SNOWMAN}\N{PILE OF POO}"


async def test_whatever_is_in_a_text_or_a_digest_it_is_kept_as_it_is(backend: Backend) -> None:
    token = bytes(range(64))
    credential = AWKWARD.encode()[:64]
    await backend.journal.commit([registered("CP'1\\", name=AWKWARD, credential=credential, token=token)])
    by_token = await backend.store.load_by_token(token)
    loaded = await backend.store.load("CP'1\\")
    record = await backend.store.find_charge_point("CP'1\\")
    assert loaded is not None
    assert by_token is not None
    assert record is not None
    assert (by_token.state.id, loaded.credential, loaded.token) == ("CP'1\\", credential, token)
    assert record.name == AWKWARD


async def test_whatever_is_in_a_frame_it_is_kept_as_it_is(backend: Backend) -> None:
    frames = [Frame("CP1", NOON, "in", f"{AWKWARD}{number}") for number in range(300)]
    await backend.sink.write(frames)
    page = await backend.store.list_messages("CP1", Paging(300))
    assert [one.text for one in reversed(page.items)] == [frame.text for frame in frames]
