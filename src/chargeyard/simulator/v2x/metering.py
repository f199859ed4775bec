"""Meter values in the words of OCPP 2.x."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import cast

import msgspec

from chargeyard.ocpp.v21 import messages as m
from chargeyard.simulator import instants
from chargeyard.simulator.metering import Reading, Sample, measure


def meter_value(
    reading: Reading,
    measurands: Sequence[str],
    at: float,
    context: m.ReadingContextEnumType,
    rng: random.Random,
) -> m.MeterValueType:
    """One meter value with the wanted measurands; those that cannot be measured now are left out."""
    return m.MeterValueType(
        timestamp=instants.written(at),
        sampled_value=[_written(sample, context) for sample in measure(reading, measurands, rng)],
    )


def _written(sample: Sample, context: m.ReadingContextEnumType) -> m.SampledValueType:
    return m.SampledValueType(
        value=float(sample.value),
        context=context,
        # All that is measured but Temperature, which no variable of 2.x can ask for.
        measurand=cast("m.MeasurandEnumType", sample.measurand),
        phase=sample.phase or msgspec.UNSET,
        location=sample.location,
        unit_of_measure=m.UnitOfMeasureType(unit=sample.unit),
    )
