"""What is imported is stored once, and found by those who will ask for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from chargeyard.bus.local import LocalBus
from chargeyard.domain import reports
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import ChargePoint
from chargeyard.domain.decision import Policy
from chargeyard.domain.imports import ImportedChargePoint, ImportedTransaction, Nameplate
from chargeyard.domain.metering import Reading
from chargeyard.services.credentials import Keys
from chargeyard.services.imports.csv_rows import Bad, Good
from chargeyard.services.imports.intake import ENDED as ENDED_SINCE
from chargeyard.services.imports.intake import KNOWN, TAKEN, Fate, Imported, Intake, Outcome
from chargeyard.services.imports.running import check, run
from chargeyard.services.inbound import Inbound
from chargeyard.services.numbers import Numbers
from chargeyard.services.ports import Paging, TransactionFilter
from chargeyard.services.recording import Recorder
from chargeyard.storage.memory import MemoryJournal, MemoryMessageSink, MemorySequences, MemoryStore
from tests.contract import happenings as h

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
KEY = b"k" * 32
ENDED = ImportedTransaction(
    charge_point="CP1",
    wire_id="17",
    evse=1,
    id_token="04AB",
    started_at=NOON,
    meter_start_wh=1000,
    stopped_at=NOON + timedelta(hours=1),
    meter_stop_wh=6000,
    reason="Local",
)
RUNNING = replace(ENDED, stopped_at=None, meter_stop_wh=None, reason="", wire_id="18", evse=2)


@pytest.fixture
def intake() -> Intake:
    journal = MemoryJournal()
    return Intake(
        store=MemoryStore(journal, MemoryMessageSink()),
        recorder=Recorder(journal, LocalBus(), lambda: NOON),
        keys=Keys(KEY),
        numbers=Numbers(MemorySequences(), KEY),
    )


async def test_a_charge_point_is_registered_with_its_secrets_hashed(intake: Intake) -> None:
    one = ImportedChargePoint(id="CP1", name="North", password="secret-password", token="secret-token")
    assert await intake.take([one]) == [TAKEN]
    loaded = await intake.store.load_by_token(intake.keys.token("secret-token"))
    assert loaded is not None
    assert loaded.credential == intake.keys.charge_point_password("secret-password")
    record = await intake.store.find_charge_point("CP1")
    assert record is not None
    assert (record.name, record.booted_at) == ("North", None)


async def test_what_a_charge_point_said_of_itself_is_kept(intake: Intake) -> None:
    plate = Nameplate(vendor="Acme", model="One", firmware_version="1.2", at=NOON - timedelta(days=1))
    await intake.take([ImportedChargePoint(id="CP1", nameplate=plate)])
    record = await intake.store.find_charge_point("CP1")
    assert record is not None
    assert (record.vendor, record.firmware_version, record.booted_at) == ("Acme", "1.2", plate.at)
    assert not record.has_password


async def test_a_locked_charge_point_has_a_password_that_nobody_knows(intake: Intake) -> None:
    await intake.take([ImportedChargePoint(id=name, locked=True) for name in ("CP1", "CP2")])
    one, other = [await intake.store.load(name) for name in ("CP1", "CP2")]
    assert one is not None
    assert other is not None
    assert one.credential is not None
    assert one.credential != other.credential


async def test_a_token_of_another_charge_point_is_refused(intake: Intake) -> None:
    await intake.take([ImportedChargePoint(id="CP1", token="t")])
    assert await intake.take([ImportedChargePoint(id="CP2", token="t")]) == [
        Outcome(Fate.REFUSED, "its token is that of another charge point")
    ]


async def test_a_second_time_everything_is_known(intake: Intake) -> None:
    one = ImportedChargePoint(id="CP1", password="x")
    assert await intake.take([one, IdToken("04AB"), ENDED, RUNNING]) == [TAKEN] * 4
    before = await intake.store.list_transactions(TransactionFilter(), Paging())
    again: list[Imported] = [replace(one, name="other"), IdToken("04ab", blocked=True), ENDED, RUNNING]
    assert await intake.take(again) == [KNOWN] * 4
    assert await intake.store.list_transactions(TransactionFilter(), Paging()) == before
    token = await intake.store.find_id_token("04AB")
    assert token is not None
    assert not token.blocked


async def test_a_transaction_of_ours_that_comes_back_is_known(intake: Intake) -> None:
    await intake.recorder.record(h.started(5, NOON, wire_id="5"))
    assert await intake.take([replace(RUNNING, wire_id="5")]) == [KNOWN]


async def test_a_transaction_that_has_ended_since_is_ended(intake: Intake) -> None:
    """It ran when it was imported first; the other system has heard its stop, which nobody else will tell us."""
    ended = replace(RUNNING, stopped_at=NOON + timedelta(hours=1), meter_stop_wh=4000, reason="Local")
    by_hand = replace(ended, meter_stop_wh=3500, completeness="inferred")
    await intake.take([RUNNING])
    assert await intake.take([by_hand]) == [ENDED_SINCE]
    assert await intake.take([by_hand]) == [KNOWN]
    assert await replace(intake, is_dry=True).take([ended]) == [ENDED_SINCE]
    assert await intake.take([ended]) == [ENDED_SINCE]
    assert await intake.take([ended, RUNNING]) == [KNOWN, KNOWN]
    found = await intake.store.find_transaction("CP1", "18")
    assert found is not None
    assert (found.energy_wh, found.completeness, found.reason) == (3000, "reported", "Local")


async def test_a_dry_run_stores_nothing(intake: Intake) -> None:
    dry = replace(intake, is_dry=True)
    assert await dry.take([ImportedChargePoint(id="CP1"), IdToken("04AB"), ENDED]) == [TAKEN] * 3
    assert await intake.store.find_charge_point("CP1") is None
    assert await intake.store.find_id_token("04AB") is None
    assert await intake.store.find_transaction("CP1", "17") is None


async def test_a_transaction_gets_a_number_of_ours_and_keeps_its_own(intake: Intake) -> None:
    await intake.take([ENDED])
    found = await intake.store.find_transaction("CP1", "17")
    assert found is not None
    assert (found.number != 17, found.energy_wh, found.quality, found.reason) == (True, 5000, "ok", "Local")


async def test_a_stop_that_comes_later_finds_the_transaction(intake: Intake) -> None:
    """A transaction began under the other system, and its charge point ends it here, by the number it knows."""
    await intake.take([ENDED, RUNNING])
    inbound = Inbound(intake.recorder, intake.store, intake.numbers, intake.keys.digest_of_code)
    loaded = await intake.store.load("CP1")
    state = loaded.state if loaded else ChargePoint(id="CP1")
    stop = reports.TransactionStopped(
        transaction=18, meter_stop_wh=2500, at=NOON + timedelta(hours=2), reason="Local", id_token="04AB"
    )
    await inbound.take(state, stop, Policy())
    page = await intake.store.list_transactions(TransactionFilter(), Paging())
    assert sorted((one.wire_id, one.energy_wh, one.completeness) for one in page.items) == [
        ("17", 5000, "reported"),
        ("18", 1500, "reported"),
    ]


async def test_readings_are_kept_and_count(intake: Intake) -> None:
    readings: tuple[Reading, ...] = tuple(
        h.measured(NOON + timedelta(minutes=minute), 1000 + 10 * minute) for minute in range(1, 451)
    )
    lost = replace(
        ENDED,
        stopped_at=NOON + timedelta(hours=8),
        meter_stop_wh=None,
        completeness="inferred",
        readings=readings,
    )
    assert await intake.take([lost]) == [TAKEN]
    found = await intake.store.find_transaction("CP1", "17")
    assert found is not None
    assert (found.energy_wh, found.quality) == (4500, "estimated")
    page = await intake.store.list_meter_values(found.number, Paging(500))
    assert [one.at for one in page.items] == [one.at for one in readings]


async def test_readings_without_a_transaction_are_stored_once(intake: Intake) -> None:
    readings = (h.measured(NOON, 5),)
    assert await intake.take_readings("CP1", 0, readings) == TAKEN
    assert await intake.take_readings("CP1", 0, readings) == TAKEN


async def test_a_tally_counts_every_row(intake: Intake) -> None:
    def rows() -> Iterator[Good | Bad]:
        yield Good(2, IdToken("A"))
        yield Bad(3, "is bad")
        yield Good(4, IdToken("B"))

    await intake.take([IdToken("B")])
    tally = await check(rows, intake)
    assert (dict(tally.fates), tally.lines()) == (
        {Fate.TAKEN: 1, Fate.KNOWN: 1, Fate.REFUSED: 1},
        ["line 3: is bad"],
    )
    assert await intake.store.find_id_token("A") is None
    await run(rows, intake)
    assert await intake.store.find_id_token("A") is not None
