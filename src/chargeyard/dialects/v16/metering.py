"""Meter values on the wire of 1.6: strings with defaults become samples in base units."""

from collections.abc import Sequence
from decimal import Context, Decimal, InvalidOperation
from functools import lru_cache

from msgspec import UnsetType

from chargeyard.dialects.dialect import OUTLETS, Hearing
from chargeyard.domain import metering, reports
from chargeyard.domain.answers import Acknowledged
from chargeyard.domain.transactions import may_be_ours
from chargeyard.ocpp.v16 import messages as m


def meter_values_from(request: m.MeterValuesRequest, hearing: Hearing) -> reports.MeterValuesTaken:
    """MeterValues. A transaction number that cannot be ours (2⁶³−1, negative) counts as none (field quirk 75)."""
    number = request.transaction_id
    return reports.MeterValuesTaken(
        evse=hearing.whole(request.connector_id, OUTLETS, 1, "$.connectorId"),
        transaction=number if not isinstance(number, UnsetType) and may_be_ours(number) else None,
        readings=readings_from(request.meter_value, hearing, "$.meterValue"),
    )


def meter_values_answer(answer: Acknowledged) -> m.MeterValuesResponse:
    """MeterValues.conf."""
    return m.MeterValuesResponse()


def readings_from(
    values: Sequence[m.MeterValue], hearing: Hearing, path: str
) -> tuple[metering.Reading, ...]:
    """One reading for each MeterValue; `path` is where the list stands in the message."""
    stamp = f"{path}[].timestamp"
    made = [
        metering.reading(
            hearing.instant(value.timestamp, stamp),
            _samples_from(value.sampled_value, hearing, path),
            value.timestamp,
        )
        for value in values
    ]
    return tuple(made)


def _samples_from(
    sampled: Sequence[m.SampledValue], hearing: Hearing, path: str
) -> tuple[metering.Sample, ...]:
    samples = []
    for one in sampled:
        sample = _sample_from(one)
        if sample is None:
            hearing.find("number", f"{path}[].sampledValue[].value", "not a number, sample left out")
        else:
            samples.append(sample)
    return tuple(samples)


def _sample_from(sampled: m.SampledValue) -> metering.Sample | None:
    """A sample with the defaults of OCPP 1.6 §7.45 filled in, None if its value is no number."""
    labels, factor = _labels(
        sampled.measurand, sampled.unit, sampled.phase, sampled.context, sampled.location
    )
    if sampled.format == "SignedData":
        measurand, _, phase, context, location = labels
        return metering.Sample(None, measurand, "", phase, context, location, sampled.value)
    value = _number(sampled.value)
    if value is None:
        return None
    return metering.Sample(value if factor is None else value * factor, *labels)


@lru_cache(maxsize=1024)
def _labels(*told: str | UnsetType) -> tuple[metering.Labels, Decimal | None]:
    """`metering.labels` of what stands on the wire; remembered here as well, since to fill in what is absent takes as
    long as to look it up."""
    return metering.labels(*(label or "" for label in told))


def _number(text: str) -> Decimal | None:
    """A finite number of a size a meter can show; a decimal comma is understood."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        try:
            value = Decimal(text.strip().replace(",", "."))
        except InvalidOperation:
            return None
    if not value.is_finite() or not -40 < value.adjusted() < 40:
        return None
    return value if len(text) <= _DIGITS else _PRECISION.plus(value)


_DIGITS = 40
_PRECISION = Context(prec=_DIGITS)
"""More digits than a meter can have; the schema allows any number of them, and each would be stored."""
