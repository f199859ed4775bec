"""Meter values as strings, with defaults, odd words and odd numbers."""

from decimal import Decimal
from typing import Any

import pytest

from chargeyard.dialects.dialect import Heard
from chargeyard.domain import reports
from chargeyard.domain.metering import Sample
from tests.dialects.v16.wire import NOW, STAMP, hear


def _hear(*sampled: dict[str, Any]) -> Heard:
    values = [{"timestamp": STAMP, "sampledValue": list(sampled)}]
    return hear("MeterValues", {"connectorId": 1, "meterValue": values})


def _samples(*sampled: dict[str, Any]) -> tuple[Sample, ...]:
    report = _hear(*sampled).report
    assert isinstance(report, reports.MeterValuesTaken)
    (reading,) = report.readings
    return reading.samples


def test_defaults() -> None:
    assert _samples({"value": "1500"}) == (
        Sample(Decimal(1500), "Energy.Active.Import.Register", "Wh", "", "Sample.Periodic", "Outlet"),
    )


@pytest.mark.parametrize(
    ("sampled", "value", "unit"),
    [
        ({"value": "1.5", "unit": "kWh"}, "1500", "Wh"),
        ({"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}, "7400", "W"),
        ({"value": "7400", "measurand": "Power.Active.Import"}, "7400", "W"),
        ({"value": "16", "measurand": "Current.Import"}, "16", "A"),
        ({"value": "230", "measurand": "Voltage"}, "230", "V"),
        ({"value": "80", "measurand": "SoC"}, "80", "Percent"),
        ({"value": "21", "measurand": "Temperature", "unit": "Celcius"}, "21", "Celsius"),
        ({"value": "21", "measurand": "Temperature", "unit": "Celsius"}, "21", "Celsius"),
        ({"value": 230.123456789012345, "measurand": "Voltage"}, "230.12345678901235", "V"),
        ({"value": "1,5", "unit": "kWh"}, "1500", "Wh"),
        ({"value": " 15 "}, "15", "Wh"),
        ({"value": "-3"}, "-3", "Wh"),
        ({"value": "1.5e3"}, "1500", "Wh"),
        ({"value": "0"}, "0", "Wh"),
        ({"value": "5", "unit": "Parsec"}, "5", "Parsec"),
    ],
)
def test_values_and_units(sampled: dict[str, Any], value: str, unit: str) -> None:
    (sample,) = _samples(sampled)
    assert (sample.value, sample.unit) == (Decimal(value), unit)


@pytest.mark.parametrize(
    "value", ["", "NaN", "nan", "null", "--", "Infinity", "1e99", "1e-99", "12 V", None, {}]
)
def test_what_is_no_number_is_left_out_and_the_rest_stays(value: Any) -> None:
    heard = _hear({"value": value}, {"value": "7", "measurand": "Current.Import"})
    assert isinstance(heard.report, reports.MeterValuesTaken)
    (reading,) = heard.report.readings
    assert [sample.measurand for sample in reading.samples] == ["Current.Import"]
    assert heard.findings


def test_signed_data_is_kept_to_the_letter() -> None:
    blob = "OCMF|" + '{"FV":"1.0"}|' * 400
    (sample,) = _samples({"value": blob, "format": "SignedData"})
    assert (sample.value, sample.signed) == (None, blob)


def test_words_nobody_knows_are_kept() -> None:
    (sample,) = _samples(
        {
            "value": "6",
            "measurand": "Custom.Thing",
            "context": "CurrentMax",
            "location": "Roof",
            "phase": "L9",
        }
    )
    assert (sample.measurand, sample.context, sample.location, sample.phase) == (
        "Custom.Thing",
        "CurrentMax",
        "Roof",
        "L9",
    )


def test_phases_come_in_one_spelling() -> None:
    (sample,) = _samples({"value": "230", "measurand": "Voltage", "phase": "L1N"})
    assert sample.phase == "L1-N"


def test_several_instants() -> None:
    values = [
        {"timestamp": "2026-11-21T08:00:00Z", "sampledValue": [{"value": "1"}]},
        {"timestamp": "nonsense", "sampledValue": [{"value": "2"}]},
        {"timestamp": "2026-11-21T08:10:00Z", "sampledValue": []},
    ]
    report = hear("MeterValues", {"connectorId": 1, "meterValue": values}).report
    assert isinstance(report, reports.MeterValuesTaken)
    assert [reading.summary.energy_wh for reading in report.readings] == [1, 2, None]
    assert [reading.said for reading in report.readings] == [
        "2026-11-21T08:00:00Z",
        "nonsense",
        "2026-11-21T08:10:00Z",
    ]
    assert report.readings[1].at == NOW


def test_a_number_of_a_hundred_thousand_digits_costs_no_room() -> None:
    """Only as many decimals as a meter can have are kept; the schema has no limit."""
    (sample,) = _samples({"value": "1." + "3" * 60_000})
    assert sample.value is not None
    assert len(str(sample.value)) < 50
