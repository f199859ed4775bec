"""Meter values as numbers with a power of ten: exact, in base units, whatever is left out."""

from decimal import Decimal
from typing import Any

import pytest

from chargeyard.dialects.v201.metering import scaled
from chargeyard.domain import reports
from chargeyard.domain.metering import Sample
from tests.dialects.v201.wire import BOTH, NOW, OF_201, STAMP, Version, named


def _report(*sampled: Any, version: Version = OF_201) -> reports.MeterValuesTaken:
    values = [{"timestamp": STAMP, "sampledValue": list(sampled)}]
    report = version.hear("MeterValues", {"evseId": 0, "meterValue": values}).report
    assert isinstance(report, reports.MeterValuesTaken)
    return report


def _samples(*sampled: Any, version: Version = OF_201) -> tuple[Sample, ...]:
    (reading,) = _report(*sampled, version=version).readings
    return reading.samples


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_defaults(version: Version) -> None:
    report = _report({"value": 1500}, version=version)
    assert (report.evse, report.transaction) == (0, None)
    assert report.readings[0].samples == (
        Sample(Decimal(1500), "Energy.Active.Import.Register", "Wh", "", "Sample.Periodic", "Outlet"),
    )


@pytest.mark.parametrize(
    ("sampled", "value", "unit"),
    [
        ({"value": 1.5, "unitOfMeasure": {"unit": "kWh"}}, "1500", "Wh"),
        ({"value": 1.5, "unitOfMeasure": {"multiplier": 3}}, "1500", "Wh"),
        ({"value": 1.5, "unitOfMeasure": {"unit": "Wh", "multiplier": -3}}, "0.0015", "Wh"),
        ({"value": 0.1, "unitOfMeasure": {"unit": "kWh", "multiplier": 1}}, "1000", "Wh"),
        ({"value": 7400, "measurand": "Power.Active.Import"}, "7400", "W"),
        ({"value": 7.4, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}}, "7400", "W"),
        ({"value": 16.1, "measurand": "Current.Import"}, "16.1", "A"),
        ({"value": 230.123456789012, "measurand": "Voltage"}, "230.123456789012", "V"),
        ({"value": 80, "measurand": "SoC"}, "80", "Percent"),
        ({"value": "15"}, "15", "Wh"),
        ({"value": -3}, "-3", "Wh"),
        ({"value": 0}, "0", "Wh"),
        ({"value": 5, "unitOfMeasure": {"unit": "Parsec"}}, "5", "Parsec"),
    ],
    ids=str,
)
def test_values_and_units(sampled: dict[str, Any], value: str, unit: str) -> None:
    (sample,) = _samples(sampled)
    assert (sample.value, sample.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    ("value", "multiplier", "text"),
    [
        (0.1, 0, "0.1"),
        (12000.0, 0, "12000"),
        (5.0, 3, "5000"),
        (1e16, 0, "10000000000000000"),
        (123.456, 3, "123456"),
        (2.675, 2, "267.5"),
        (1e-7, 7, "1"),
        (0.0, 99, "0"),
        (-0.0, 0, "0"),
    ],
)
def test_numbers_are_exact_and_plain(value: float, multiplier: int, text: str) -> None:
    number = scaled(value, multiplier)
    assert number is not None
    assert str(number + 0) == text


@pytest.mark.parametrize(("value", "multiplier"), [(1.0, 41), (1e300, 0), (1.0, -99), (1.0, 10**18)])
def test_what_no_meter_shows_is_left_out(value: float, multiplier: int) -> None:
    assert scaled(value, multiplier) is None
    sampled = {"value": value, "unitOfMeasure": {"multiplier": multiplier}}
    (sample,) = _samples(sampled, {"value": 7, "measurand": "Current.Import"})
    assert sample.measurand == "Current.Import"


def test_a_bad_sample_costs_nothing_but_itself() -> None:
    (sample,) = _samples({"value": "NaN"}, {"value": None}, {}, 7, {"value": 7})
    assert sample.value == 7
    (reading,) = _report({"value": "--"}).readings
    assert reading.samples == ()


@pytest.mark.parametrize("version", BOTH, ids=named)
def test_signed_data_stays_beside_the_value_with_all_it_takes_to_verify_it(version: Version) -> None:
    signed = {
        "signedMeterData": "T0NNRg==",
        "signingMethod": "",
        "encodingMethod": "OCMF",
        "publicKey": "AA==",
    }
    (sample,) = _samples({"value": 7, "signedMeterValue": signed}, version=version)
    assert sample.value == 7
    for part in ('"signedMeterData":"T0NNRg=="', '"encodingMethod":"OCMF"', '"publicKey":"AA=="'):
        assert part in sample.signed


def test_words_nobody_knows_are_kept() -> None:
    (sample,) = _samples(
        {"value": 6, "measurand": "Custom.Thing", "context": "CurrentMax", "location": "Roof", "phase": "L9"}
    )
    assert (sample.measurand, sample.context, sample.location, sample.phase) == (
        "Custom.Thing",
        "CurrentMax",
        "Roof",
        "L9",
    )


def test_several_instants() -> None:
    values = [
        {"timestamp": STAMP, "sampledValue": [{"value": 1}]},
        {"timestamp": "nonsense", "sampledValue": [{"value": 2}]},
        {"sampledValue": []},
    ]
    report = OF_201.hear("MeterValues", {"evseId": 1, "meterValue": values}).report
    assert isinstance(report, reports.MeterValuesTaken)
    assert [reading.summary.energy_wh for reading in report.readings] == [1, 2, None]
    assert [reading.said for reading in report.readings] == [STAMP, "nonsense", ""]
    assert report.readings[1].at == NOW
