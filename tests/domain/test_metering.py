"""Samples in base units, what a reading says in common, energy between registers."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chargeyard.domain import metering
from chargeyard.domain.metering import Energy, Sample, Summary, base_unit_of, energy_between, labels, reading

AT = datetime(2026, 11, 21, tzinfo=UTC)
registers = st.none() | st.integers(-(2**63), 2**63)


@pytest.mark.parametrize(
    ("measurand", "unit"),
    [
        ("Energy.Active.Import.Register", "Wh"),
        ("Energy.Active.Import.Interval", "Wh"),
        ("Power.Active.Import", "W"),
        ("Power.Offered", "W"),
        ("Current.Import", "A"),
        ("Voltage", "V"),
        ("SoC", "Percent"),
        ("Temperature", "Celsius"),
        ("Frequency", ""),
        ("", "Wh"),
    ],
)
def test_a_unit_left_out_follows_the_measurand(measurand: str, unit: str) -> None:
    assert base_unit_of(measurand) == unit


@pytest.mark.parametrize(
    ("unit", "base", "factor"),
    [
        ("kWh", "Wh", Decimal(1000)),
        ("kW", "W", Decimal(1000)),
        ("Wh", "Wh", None),
        ("Celcius", "Celsius", None),
        ("Fahrenheit", "Fahrenheit", None),
        ("furlong", "furlong", None),
    ],
)
def test_values_come_in_base_units(unit: str, base: str, factor: Decimal | None) -> None:
    assert labels("Power.Offered", unit, "L1", "Trigger", "EV") == (
        ("Power.Offered", base, "L1", "Trigger", "EV"),
        factor,
    )


def test_labels_that_are_left_out_are_those_of_a_register() -> None:
    assert labels("", "", "", "", "") == (
        ("Energy.Active.Import.Register", "Wh", "", "Sample.Periodic", "Outlet"),
        None,
    )


def _sample(value: int, measurand: str, phase: str = "", location: str = "Outlet") -> Sample:
    return Sample(Decimal(value), measurand, phase=phase, location=location)


@pytest.mark.parametrize(
    ("samples", "summary"),
    [
        ((), Summary()),
        ((_sample(5, metering.ENERGY_IMPORT),), Summary(energy_wh=5)),
        # Phases are added up only where no total is given, and never to it.
        (tuple(_sample(5, metering.ENERGY_IMPORT, f"L{n}") for n in (1, 2, 3)), Summary(energy_wh=15)),
        (
            (_sample(5, metering.POWER_IMPORT, "L1"), _sample(7, metering.POWER_IMPORT)),
            Summary(power_w=7),
        ),
        (
            (_sample(5, metering.CURRENT_IMPORT, "L1"), _sample(9, metering.CURRENT_IMPORT, "L2")),
            Summary(current_a=9.0),
        ),
        (
            (_sample(230, metering.VOLTAGE, "L1-N"), _sample(400, metering.VOLTAGE, "L1-L2")),
            Summary(voltage_v=230.0),
        ),
        ((_sample(80, metering.SOC, location="EV"),), Summary(soc_percent=80.0)),
        # The site's meter is not the vehicle's.
        ((_sample(5, metering.ENERGY_IMPORT, location="Inlet"),), Summary()),
        ((Sample(None, metering.ENERGY_IMPORT, signed="OCMF|{}"),), Summary()),
        ((Sample(Decimal(10) ** 30, metering.ENERGY_IMPORT),), Summary()),
        ((_sample(-3, metering.ENERGY_EXPORT),), Summary(export_wh=-3)),
    ],
)
def test_a_reading_is_summed_up(samples: tuple[Sample, ...], summary: Summary) -> None:
    assert reading(AT, samples).summary == summary


@pytest.mark.parametrize(
    ("start", "stop", "last", "energy"),
    [
        (1000, 8000, None, Energy(7000, "ok")),
        (1000, 8000, 7900, Energy(7000, "ok")),
        (1000, 1000, None, Energy(0, "ok")),
        (0, 0, None, Energy(0, "ok")),
        # Power loss: the stop says 0 although the register had moved.
        (0, 0, 5000, Energy(5000, "estimated")),
        (1000, 0, 5000, Energy(4000, "estimated")),
        # The register was reset: nothing plausible is left.
        (1000, 500, 800, Energy(0, "suspect")),
        (1000, 500, None, Energy(0, "suspect")),
        (1000, None, 4000, Energy(3000, "estimated")),
        (1000, None, None, Energy(0, "ok")),
        # Without a start the register of an old meter says nothing.
        (None, 1234567, None, Energy(0, "suspect")),
        (None, 1234567, 1234000, Energy(0, "suspect")),
    ],
)
def test_energy(start: int | None, stop: int | None, last: int | None, energy: Energy) -> None:
    assert energy_between(start, stop, last) == energy


@given(registers, registers, registers)
def test_energy_is_never_negative(start: int | None, stop: int | None, last: int | None) -> None:
    assert energy_between(start, stop, last).energy_wh >= 0


@given(
    st.lists(
        st.builds(
            Sample,
            st.none() | st.decimals(allow_nan=False, allow_infinity=False),
            st.sampled_from(
                [metering.ENERGY_IMPORT, metering.POWER_IMPORT, metering.CURRENT_IMPORT, metering.SOC]
            ),
            phase=st.sampled_from(["", "L1", "L2"]),
        )
    )
)
def test_every_sum_fits_into_a_database(samples: list[Sample]) -> None:
    summary = reading(AT, tuple(samples)).summary
    wholes = (summary.energy_wh, summary.export_wh, summary.power_w)
    assert all(value is None or abs(value) < 2**63 for value in wholes)
