"""From SteVe's rows to what we import: pure, and forgiving, because its columns hold what charge points said.

Registers are texts there, instants may be missing, and a tag with no transactions allowed is a blocked one.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Context, Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from msgspec.structs import replace

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken
from chargeyard.domain.identity import is_identity
from chargeyard.domain.imports import ImportedChargePoint, ImportedTransaction, Nameplate
from chargeyard.domain.metering import Reading, Sample, labels, reading

Row = Mapping[str, Any]

_LONGEST = 255
_MOST_WH = 2**62
_PRECISION = Context(prec=40)
_PLATE = {
    "vendor": "charge_point_vendor",
    "model": "charge_point_model",
    "serial_number": "charge_point_serial_number",
    "box_serial_number": "charge_box_serial_number",
    "firmware_version": "fw_version",
    "iccid": "iccid",
    "imsi": "imsi",
    "meter_type": "meter_type",
    "meter_serial_number": "meter_serial_number",
}
_WITHOUT_REASON = "Local"
"""What OCPP 1.6 means by a stop without a reason."""


class Unusable(ValueError):
    """A row that nothing can be made of; the text says why."""


def charge_point_from(row: Row) -> ImportedChargePoint:
    """A charge box. Its password is a hash of SteVe's own, so that one that had a password is locked."""
    identity = row["charge_box_id"]
    if not is_identity(identity):
        raise Unusable("is no identity of a charge point")
    plate = {ours: _text(row.get(theirs)) for ours, theirs in _PLATE.items()}
    return ImportedChargePoint(
        id=identity,
        name=" ".join(_text(row.get("description"), 10_000).split())[:_LONGEST],
        registration=_registration(row.get("registration_status")),
        locked=bool(row.get("auth_password")),
        nameplate=Nameplate(**plate, at=instant(row.get("last_heartbeat_timestamp"))),
    )


def _registration(said: Any) -> Registration:
    """Of a word that we do not know, an operator decides."""
    words = {str(one): one for one in Registration}
    return words.get(said, Registration.PENDING)


def id_token_from(row: Row) -> IdToken:
    """A tag: 0 transactions mean that it is blocked, a negative number any number."""
    count = row.get("max_active_transaction_count")
    is_blocked = bool(row.get("blocked")) or count == 0
    parent = _text(row.get("parent_id_tag")).strip()
    return IdToken(
        _tag(row["id_tag"]),
        parent=parent or None,
        expires_at=instant(row.get("expiry_date")),
        blocked=is_blocked,
        max_transactions=None if count is not None and count < 0 else count or 1,
    )


def _tag(said: Any) -> str:
    tag = _text(said).strip()
    if not tag:
        raise Unusable("is no id token")
    return tag


def transaction_from(
    start: Row, stops: Sequence[Row], readings: tuple[Reading, ...] = ()
) -> ImportedTransaction:
    """A transaction with the end that counts, if it has one.

    What a charge point told outweighs what an operator entered, which a stop that comes later may replace.
    """
    began = instant(start["start_timestamp"]) or instant(start["event_timestamp"])
    if began is None:
        raise Unusable("has no instant of its start")
    if not is_identity(start["charge_box_id"]):
        raise Unusable("is at a charge point without an identity")
    running = ImportedTransaction(
        charge_point=start["charge_box_id"],
        wire_id=str(start["transaction_pk"]),
        evse=start["outlet_id"],
        id_token=_text(start["id_tag"]).strip(),
        started_at=began,
        meter_start_wh=watt_hours(start["start_value"]),
        readings=readings,
    )
    stop = max(stops, key=_weight, default=None)
    return running if stop is None else _ended(running, stop)


def _weight(stop: Row) -> tuple[bool, datetime]:
    return stop["event_actor"] != "manual", instant(stop["event_timestamp"]) or datetime.min.replace(
        tzinfo=UTC
    )


def _ended(running: ImportedTransaction, stop: Row) -> ImportedTransaction:
    return replace(
        running,
        stopped_at=instant(stop["stop_timestamp"]) or instant(stop["event_timestamp"]) or running.started_at,
        meter_stop_wh=watt_hours(stop["stop_value"]),
        reason=_text(stop["stop_reason"], 64) or _WITHOUT_REASON,
        completeness="inferred" if stop["event_actor"] == "manual" else "reported",
    )


def orphan_from(stop: Row) -> ImportedTransaction:
    """A stop that SteVe could not take, because it knows no such transaction."""
    identity, at = _text(stop["charge_box_id"]), instant(stop["stop_timestamp"])
    if not is_identity(identity) or at is None:
        raise Unusable("names no charge point or no instant")
    running = ImportedTransaction(
        charge_point=identity, wire_id=str(stop["transaction_pk"]), evse=0, connector=0, started_at=at
    )
    return replace(_ended(running, stop), completeness="orphan")


# --- readings -------------------------------------------------------------------------------------------------


def readings_from(rows: Iterable[Row]) -> tuple[tuple[Reading, ...], int]:
    """One reading for each instant of `rows`, which stand in the order of time; and how many samples are none."""
    found: list[Reading] = []
    left_out = 0
    for said, of_instant in groupby(rows, key=lambda row: row["value_timestamp"]):
        samples = [_sample(row) for row in of_instant]
        usable = tuple(sample for sample in samples if sample is not None)
        at = instant(said)
        if at is None or not usable:
            left_out += len(samples)
            continue
        left_out += len(samples) - len(usable)
        found.append(reading(at, usable))
    return tuple(found), left_out


def _sample(row: Row) -> Sample | None:
    """A sample with the defaults of OCPP 1.6 §7.45, None if its value is no number."""
    said = (_text(row[name]) for name in ("measurand", "unit", "phase", "reading_context", "location"))
    meant, factor = labels(*said)
    if row["format"] == "SignedData":
        measurand, _, phase, context, location = meant
        return Sample(None, measurand, "", phase, context, location, row["value"] or "")
    value = number(row["value"])
    if value is None:
        return None
    return Sample(value if factor is None else value * factor, *meant)


# --- values ---------------------------------------------------------------------------------------------------


def instant(said: Any) -> datetime | None:
    """An instant of a connection whose zone is UTC; None for NULL and for the zero date of MySQL."""
    return said.replace(tzinfo=UTC) if isinstance(said, datetime) else None


def number(said: str | None) -> Decimal | None:
    """A finite number of a size that a meter can show, None for everything else."""
    try:
        value = Decimal((said or "").strip().replace(",", "."))
    except InvalidOperation:
        return None
    return _PRECISION.plus(value) if value.is_finite() and -40 < value.adjusted() < 40 else None


def watt_hours(said: str | None) -> int | None:
    """A register in whole watt-hours, None if it is none."""
    value = number(said)
    return round(value) if value is not None and -_MOST_WH < value < _MOST_WH else None


def _text(said: Any, longest: int = _LONGEST) -> str:
    """Text that every column of ours can hold."""
    return str(said or "").replace("\0", "")[:longest]
