"""SteVe's rows hold what charge points said, and everything that they did not say."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.imports import ImportedTransaction
from chargeyard.domain.metering import Sample
from chargeyard.storage.steve import mapping
from chargeyard.storage.steve.mapping import Unusable

NOON = datetime(2026, 11, 27, 12, 0)  # noqa: DTZ001 - as the driver gives it
UTC_NOON = NOON.replace(tzinfo=UTC)


def _box(**said: Any) -> dict[str, Any]:
    return {"charge_box_id": "CP1", "registration_status": "Accepted", "description": None} | said


def _tag(**said: Any) -> dict[str, Any]:
    return {
        "id_tag": "04AB",
        "parent_id_tag": None,
        "expiry_date": None,
        "max_active_transaction_count": 1,
    } | said


def _start(**said: Any) -> dict[str, Any]:
    return {
        "transaction_pk": 17,
        "event_timestamp": NOON,
        "id_tag": "04AB",
        "start_timestamp": NOON,
        "start_value": "1000",
        "outlet_pk": 3,
        "outlet_id": 2,
        "charge_box_id": "CP1",
    } | said


def _stop(hours: float = 1, **said: Any) -> dict[str, Any]:
    at = NOON + timedelta(hours=hours)
    return {
        "transaction_pk": 17,
        "event_actor": "station",
        "event_timestamp": at,
        "stop_timestamp": at,
        "stop_value": "2500",
        "stop_reason": None,
    } | said


def _sample(minutes: float, value: str | None, **said: Any) -> dict[str, Any]:
    names = ("reading_context", "format", "measurand", "location", "unit", "phase")
    at = NOON + timedelta(minutes=minutes)
    return {"value_timestamp": at, "value": value, **dict.fromkeys(names)} | said


# --- charge points --------------------------------------------------------------------------------------------


def test_a_charge_box_with_everything() -> None:
    one = mapping.charge_point_from(
        _box(
            description="  North\nside ",
            registration_status="Rejected",
            charge_point_vendor="Acme",
            fw_version="1.2",
            last_heartbeat_timestamp=NOON,
            auth_password="$2a$10$hash",
        )
    )
    assert (one.id, one.name, one.registration, one.locked) == (
        "CP1",
        "North side",
        Registration.REJECTED,
        True,
    )
    assert (one.nameplate.vendor, one.nameplate.firmware_version, one.nameplate.at) == (
        "Acme",
        "1.2",
        UTC_NOON,
    )
    assert one.password is None


def test_a_charge_box_of_an_older_steve_has_no_password() -> None:
    assert not mapping.charge_point_from(_box()).locked
    assert not mapping.charge_point_from(_box(auth_password=None)).locked


def test_a_registration_that_nobody_knows_waits_for_an_operator() -> None:
    assert mapping.charge_point_from(_box(registration_status="Perhaps")).registration is Registration.PENDING


@pytest.mark.parametrize("identity", ["", " CP1", "CP\n1", ".."])
def test_a_charge_box_without_an_identity_is_unusable(identity: str) -> None:
    with pytest.raises(Unusable):
        mapping.charge_point_from(_box(charge_box_id=identity))


# --- id tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "token"),
    [
        ({}, IdToken("04AB")),
        ({"parent_id_tag": "FLEET"}, IdToken("04AB", parent="FLEET")),
        ({"expiry_date": NOON}, IdToken("04AB", expires_at=UTC_NOON)),
        ({"max_active_transaction_count": 0}, IdToken("04AB", blocked=True)),
        ({"max_active_transaction_count": -1}, IdToken("04AB", max_transactions=None)),
        ({"max_active_transaction_count": 3}, IdToken("04AB", max_transactions=3)),
        ({"max_active_transaction_count": None, "blocked": 1}, IdToken("04AB", blocked=True)),
        ({"id_tag": "04AB "}, IdToken("04AB")),
    ],
)
def test_a_tag(said: dict[str, Any], token: IdToken) -> None:
    assert mapping.id_token_from(_tag(**said)) == token


def test_a_blank_tag_is_unusable() -> None:
    with pytest.raises(Unusable):
        mapping.id_token_from(_tag(id_tag="  "))


# --- transactions ---------------------------------------------------------------------------------------------


def _ended(**fields: Any) -> ImportedTransaction:
    values: dict[str, Any] = {
        "charge_point": "CP1",
        "wire_id": "17",
        "evse": 2,
        "id_token": "04AB",
        "started_at": UTC_NOON,
        "meter_start_wh": 1000,
        "stopped_at": UTC_NOON + timedelta(hours=1),
        "meter_stop_wh": 2500,
        "reason": "Local",
    }
    return ImportedTransaction(**(values | fields))


def test_a_transaction_with_its_stop() -> None:
    assert mapping.transaction_from(_start(), [_stop()]) == _ended()
    assert (
        mapping.transaction_from(_start(), [_stop(stop_reason="EVDisconnected")]).reason == "EVDisconnected"
    )


def test_a_transaction_without_a_stop_goes_on() -> None:
    assert mapping.transaction_from(_start(), []) == _ended(stopped_at=None, meter_stop_wh=None, reason="")


def test_what_the_station_told_outweighs_what_an_operator_entered() -> None:
    by_hand = _stop(3, event_actor="manual", stop_value="9")
    assert mapping.transaction_from(_start(), [by_hand, _stop(1), _stop(2, stop_value="2600")]) == _ended(
        stopped_at=UTC_NOON + timedelta(hours=2), meter_stop_wh=2600
    )
    assert mapping.transaction_from(_start(), [by_hand]).completeness == "inferred"


@pytest.mark.parametrize(
    ("said", "wh"),
    [("1000", 1000), ("1000.6", 1001), ("1000,4", 1000), (" 5 ", 5), ("", None), (None, None), ("n/a", None), ("1e300", None), ("NaN", None)],
)  # fmt: skip
def test_registers_are_texts(said: str | None, wh: int | None) -> None:
    assert mapping.transaction_from(_start(start_value=said), []).meter_start_wh == wh
    assert mapping.transaction_from(_start(), [_stop(stop_value=said)]).meter_stop_wh == wh


def test_a_start_without_an_instant_began_when_it_was_told() -> None:
    later = NOON + timedelta(minutes=5)
    one = mapping.transaction_from(_start(start_timestamp=None, event_timestamp=later), [])
    assert one.started_at == later.replace(tzinfo=UTC)


def test_a_stop_of_a_transaction_that_nobody_knows() -> None:
    stop = _stop(charge_box_id="CP1", transaction_pk=99)
    one = mapping.orphan_from(stop)
    assert (one.wire_id, one.evse, one.completeness, one.meter_stop_wh) == ("99", 0, "orphan", 2500)
    assert one.started_at == one.stopped_at == UTC_NOON + timedelta(hours=1)
    with pytest.raises(Unusable):
        mapping.orphan_from(stop | {"charge_box_id": None})


# --- readings -------------------------------------------------------------------------------------------------


def test_samples_of_an_instant_are_a_reading() -> None:
    rows = [
        _sample(1, "1.5", unit="kWh"),
        _sample(1, "7000", measurand="Power.Active.Import", unit="W", phase="L1"),
        _sample(2, "1600"),
    ]
    readings, left_out = mapping.readings_from(rows)
    assert left_out == 0
    assert [one.at for one in readings] == [UTC_NOON + timedelta(minutes=minute) for minute in (1, 2)]
    assert readings[0].summary.energy_wh == 1500
    assert readings[0].samples[1] == Sample(Decimal(7000), "Power.Active.Import", "W", phase="L1")
    assert readings[1].samples == (Sample(Decimal(1600)),)


def test_samples_that_are_no_numbers_are_counted() -> None:
    rows = [
        _sample(1, "broken"),
        _sample(1, "5"),
        _sample(2, None),
        _sample(3, "x") | {"value_timestamp": None},
    ]
    readings, left_out = mapping.readings_from(rows)
    assert ([one.summary.energy_wh for one in readings], left_out) == ([5], 3)


def test_signed_data_is_kept_as_it_is() -> None:
    (reading,), left_out = mapping.readings_from([_sample(1, "OCMF|{}", format="SignedData")])
    assert (reading.samples[0].value, reading.samples[0].signed, left_out) == (None, "OCMF|{}", 0)
