"""Meter values on the wire of 2.x: JSON numbers with a power of ten become samples in base units."""

from collections.abc import Sequence
from decimal import Context, Decimal

import msgspec
from msgspec import UnsetType

from chargeyard.dialects.dialect import OUTLETS, Hearing
from chargeyard.domain import metering, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.ocpp.v201 import messages as m


def meter_values_from(request: m.MeterValuesRequest, hearing: Hearing) -> reports.MeterValuesTaken:
    """MeterValues, outside transactions; EVSE 0 is the main meter (J01)."""
    return reports.MeterValuesTaken(
        evse=hearing.whole(request.evse_id, OUTLETS, 0, "$.evseId"),
        readings=readings_from(request.meter_value, hearing),
    )


def meter_values_answer(answer: Acknowledged) -> m.MeterValuesResponse:
    """MeterValuesResponse."""
    return m.MeterValuesResponse()


def readings_from(
    values: Sequence[m.MeterValueType] | UnsetType, hearing: Hearing
) -> tuple[metering.Reading, ...]:
    """One reading for each MeterValue."""
    if isinstance(values, UnsetType):
        return ()
    return tuple(
        metering.reading(
            hearing.instant(value.timestamp, "$.meterValue[].timestamp"),
            _samples_from(value.sampled_value, hearing),
            value.timestamp,
        )
        for value in values
    )


def _samples_from(sampled: Sequence[m.SampledValueType], hearing: Hearing) -> tuple[metering.Sample, ...]:
    samples = []
    for one in sampled:
        sample = _sample_from(one)
        if sample is None:
            hearing.find("number", "$.meterValue[].sampledValue[]", "no sane number, sample left out")
        else:
            samples.append(sample)
    return tuple(samples)


def _sample_from(sampled: m.SampledValueType) -> metering.Sample | None:
    """A sample with defaults filled in; without a unit, that of its measurand (lbbrhzn#1989), None if too large."""
    unit, multiplier = "", 0
    if not isinstance(sampled.unit_of_measure, UnsetType):
        unit, multiplier = sampled.unit_of_measure.unit or "", sampled.unit_of_measure.multiplier or 0
    value = scaled(sampled.value, multiplier)
    if value is None:
        return None
    labels, factor = metering.labels(
        sampled.measurand or "", unit, sampled.phase or "", sampled.context or "", sampled.location or ""
    )
    signed = _signed(sampled.signed_meter_value)
    return metering.Sample(value if factor is None else value * factor, *labels, signed)


def scaled(value: float, multiplier: int) -> Decimal | None:
    """`value` x 10^`multiplier`, from the shortest text that means `value`; None if no meter can show it."""
    is_whole = value.is_integer()
    if is_whole and not multiplier and -_EXACT < value < _EXACT:
        return Decimal(int(value))
    number = Decimal(repr(value).removesuffix(".0"))
    if not -_WIDEST < number.adjusted() + multiplier < _WIDEST:
        return None if number else Decimal(0)
    if not multiplier and not is_whole:
        return number
    # Whole numbers are written out: 5E+3 would be stored as that.
    result = _PRECISION.scaleb(number, multiplier)
    return Decimal(int(result)) if result == result.to_integral_value() else result


def _signed(signed: m.SignedMeterValueType | UnsetType) -> str:
    """The signed data with what it takes to verify it, as JSON; the texts in it stay as they came."""
    return "" if isinstance(signed, UnsetType) else msgspec.json.encode(signed).decode()


_EXACT = 2**53
"""Whole numbers below this one are what their floats say."""
_WIDEST = 40
_PRECISION = Context(prec=40)
