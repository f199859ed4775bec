"""Meter values in the words of OCPP 1.6."""

from __future__ import annotations

import random
from collections.abc import Sequence

import msgspec

from chargeyard.ocpp.v16.messages import MeterValue, ReadingContext, SampledValue
from chargeyard.simulator import instants
from chargeyard.simulator.metering import Reading, Sample, measure


def meter_value(
    reading: Reading, measurands: Sequence[str], at: float, context: ReadingContext, rng: random.Random
) -> MeterValue:
    """One MeterValue with the wanted measurands; those that cannot be measured now are left out."""
    return MeterValue(
        timestamp=instants.written(at),
        sampled_value=[_written(sample, context) for sample in measure(reading, measurands, rng)],
    )


def _written(sample: Sample, context: ReadingContext) -> SampledValue:
    return SampledValue(
        value=sample.value,
        context=context,
        measurand=sample.measurand,
        unit=sample.unit,
        phase=sample.phase or msgspec.UNSET,
        location=sample.location,
    )
