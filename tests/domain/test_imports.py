"""Imported transactions: their energy, their ends, and the events by which they are stored."""

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from chargeyard.domain import events
from chargeyard.domain.imports import ImportedTransaction, concluded, import_key, settled, transaction_events
from tests.contract import happenings as h

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
RUNNING = ImportedTransaction(
    charge_point="CP1", wire_id="17", evse=1, id_token="04AB", started_at=NOON, meter_start_wh=1000
)
ENDED = replace(RUNNING, stopped_at=NOON + HOUR, meter_stop_wh=6000, reason="Local")


def _stopped(one: ImportedTransaction) -> events.TransactionStopped:
    event = transaction_events(one, 5, NOON)[-1]
    assert isinstance(event, events.TransactionStopped)
    return event


def test_a_transaction_that_goes_on_has_only_begun() -> None:
    (started,) = transaction_events(RUNNING, 5, NOON)
    assert isinstance(started, events.TransactionStarted)
    assert (started.transaction, started.wire_id, started.started_at) == (5, "17", NOON)


def test_without_a_name_of_its_own_it_has_our_number() -> None:
    (started,) = transaction_events(replace(RUNNING, wire_id=""), 5, NOON)
    assert isinstance(started, events.TransactionStarted)
    assert started.wire_id == "5"


def test_the_energy_is_told_or_worked_out() -> None:
    assert (_stopped(ENDED).energy_wh, _stopped(ENDED).quality) == (5000, "ok")
    told = replace(ENDED, energy_wh=4999, quality="estimated")
    assert (_stopped(told).energy_wh, _stopped(told).quality) == (4999, "estimated")


@pytest.mark.parametrize(
    ("stop_wh", "energy_wh", "quality"),
    [(0, 3000, "estimated"), (None, 3000, "estimated"), (6000, 5000, "ok")],
)
def test_a_stop_that_cannot_be_gives_way_to_the_readings(
    stop_wh: int | None, energy_wh: int, quality: str
) -> None:
    one = replace(ENDED, meter_stop_wh=stop_wh, readings=(h.measured(NOON + HOUR / 2, 4000),))
    for stop in (_stopped(one), _stopped(settled(one))):
        assert (stop.energy_wh, stop.quality) == (energy_wh, quality)
    assert settled(one).readings == ()


def test_an_orphan_has_no_energy() -> None:
    stop = _stopped(replace(ENDED, completeness="orphan", meter_start_wh=None))
    assert (stop.energy_wh, stop.quality, stop.completeness) == (0, "suspect", "orphan")


def test_a_later_start_ends_it_at_the_last_reading() -> None:
    one = replace(RUNNING, readings=(h.measured(NOON + HOUR, 4000), h.measured(NOON + HOUR / 2, 3000)))
    ended = concluded(one, NOON + 5 * HOUR, 4500, NOON)
    assert (ended.stopped_at, ended.meter_stop_wh) == (NOON + HOUR, 4000)
    assert (ended.energy_wh, ended.quality, ended.completeness) == (3000, "estimated", "inferred")


def test_a_later_start_ends_it_where_that_one_began() -> None:
    ended = concluded(RUNNING, NOON + 5 * HOUR, 4500, NOON)
    assert (ended.stopped_at, ended.meter_stop_wh, ended.energy_wh) == (NOON + 5 * HOUR, 4500, 3500)


def test_transactions_that_differ_have_different_keys() -> None:
    others = [
        replace(RUNNING, wire_id="18"),
        replace(RUNNING, evse=2),
        replace(RUNNING, connector=2),
        replace(RUNNING, id_token="04AC"),
        replace(RUNNING, started_at=NOON + HOUR),
        replace(RUNNING, meter_start_wh=None),
    ]
    assert len({import_key(one) for one in (RUNNING, *others)}) == 7
    assert import_key(replace(RUNNING, id_token="04ab")) == import_key(RUNNING)
