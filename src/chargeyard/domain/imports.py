"""What comes from elsewhere: charge points, id tokens and transactions of another central system, or of a table.

Here they become the events by which everything is stored. What is known already stays as it is, so an import can
be repeated.
"""

from datetime import datetime
from hashlib import blake2b

from msgspec import Struct
from msgspec.structs import replace

from chargeyard.domain import events
from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import Status, key_of
from chargeyard.domain.charge_point import ChargePoint, Transaction
from chargeyard.domain.decision import Context
from chargeyard.domain.energy import Course, Metered, assess, metered_in
from chargeyard.domain.events import Completeness, Event
from chargeyard.domain.metering import Energy, Reading
from chargeyard.domain.transactions import inferred_stop, is_to_end

READINGS_OF_AN_EVENT = 200
"""Meter values are stored in portions, so that none of them holds up what others have to store."""


class Nameplate(Struct, frozen=True, kw_only=True):
    """What a charge point has said of itself, and when (None: nobody knows)."""

    vendor: str = ""
    model: str = ""
    serial_number: str = ""
    box_serial_number: str = ""
    firmware_version: str = ""
    iccid: str = ""
    imsi: str = ""
    meter_type: str = ""
    meter_serial_number: str = ""
    at: datetime | None = None

    @property
    def is_blank(self) -> bool:
        """Nothing is known of it."""
        return not (self.vendor or self.model or self.serial_number or self.box_serial_number)


class ImportedChargePoint(Struct, frozen=True, kw_only=True):
    """A charge point to be registered. `password` and `token` are in the clear, or None where it has none.

    `locked`: it had a secret that cannot be carried over; nobody may connect in its name until it gets a new one.
    """

    id: str
    name: str = ""
    registration: Registration = Registration.ACCEPTED
    reading: str = ""
    password: str | None = None
    token: str | None = None
    locked: bool = False
    nameplate: Nameplate = Nameplate()


class ImportedTransaction(Struct, frozen=True, kw_only=True):
    """A transaction that somebody else has recorded; without `stopped_at` it goes on.

    `wire_id` is what the charge point calls it, empty where nobody knows. `energy_wh` None: to be worked out.
    """

    charge_point: str
    evse: int
    started_at: datetime
    wire_id: str = ""
    connector: int = 1
    id_token: str = ""
    authorization: Status = Status.ACCEPTED
    meter_start_wh: int | None = None
    stopped_at: datetime | None = None
    meter_stop_wh: int | None = None
    energy_wh: int | None = None
    quality: str = ""
    reason: str = ""
    completeness: Completeness = "reported"
    stop_id_token: str = ""
    reservation_id: int | None = None
    readings: tuple[Reading, ...] = ()


def import_key(one: ImportedTransaction) -> str:
    """The natural key of an imported transaction: the same values mean the same one, wherever they come from."""
    said = (one.wire_id, one.evse, one.connector, key_of(one.id_token), one.started_at, one.meter_start_wh)
    return "i:" + blake2b("\x1f".join(map(str, said)).encode(), digest_size=16).hexdigest()


def is_the_same(known: Transaction, one: ImportedTransaction) -> bool:
    """Whether a stored transaction with the same name at the same charge point is this one."""
    return known.started_at == one.started_at


def transaction_events(one: ImportedTransaction, number: int, now: datetime) -> tuple[Event, ...]:
    """What has happened in the transaction, which is ours under `number` from now on."""
    started = events.TransactionStarted(
        recorded_at=now,
        charge_point=one.charge_point,
        transaction=number,
        wire_id=one.wire_id or str(number),
        start_key=import_key(one),
        evse=one.evse,
        connector=one.connector,
        id_token=one.id_token,
        authorization=one.authorization,
        meter_start_wh=one.meter_start_wh,
        started_at=one.started_at,
        reservation_id=one.reservation_id,
    )
    taken = readings_events(one.charge_point, one.evse, one.readings, now, number)
    return (started, *taken, *stop_events(one, number, now))


def readings_events(
    charge_point: str, evse: int, readings: tuple[Reading, ...], now: datetime, transaction: int | None = None
) -> tuple[Event, ...]:
    """Readings at an outlet, in portions."""
    return tuple(
        events.MeterValuesTaken(
            recorded_at=now,
            charge_point=charge_point,
            evse=evse,
            transaction=transaction,
            readings=readings[start : start + READINGS_OF_AN_EVENT],
        )
        for start in range(0, len(readings), READINGS_OF_AN_EVENT)
    )


def has_news(known: Transaction, one: ImportedTransaction) -> bool:
    """Whether the end of a stored transaction is told now: there was none, or one that had only been concluded."""
    if one.stopped_at is None or not is_to_end(known):
        return False
    return known.is_open or one.completeness == "reported"


def stop_events(one: ImportedTransaction, number: int, now: datetime) -> tuple[Event, ...]:
    """The end of a transaction that is ours under `number`, if it has one."""
    if one.stopped_at is None:
        return ()
    energy = _energy(one)
    stopped = events.TransactionStopped(
        recorded_at=now,
        charge_point=one.charge_point,
        transaction=number,
        evse=one.evse,
        stopped_at=one.stopped_at,
        meter_stop_wh=one.meter_stop_wh,
        energy_wh=energy.energy_wh,
        quality=one.quality or energy.quality,
        reason=one.reason,
        completeness=one.completeness,
        id_token=one.stop_id_token,
    )
    return (stopped,)


def _energy(one: ImportedTransaction) -> Energy:
    """What was told, else what the registers and readings say; of an orphan nobody knows the start."""
    if one.energy_wh is not None:
        return Energy(one.energy_wh)
    if one.completeness == "orphan":
        return Energy(0, "suspect")
    start = None if one.meter_start_wh is None else Metered(one.started_at, one.meter_start_wh)
    ends = one.stopped_at if one.meter_stop_wh is not None else None
    stop = None if ends is None else Metered(ends, one.meter_stop_wh)
    return assess(Course(readings=metered_in(one.readings), start=start, stop=stop))


def settled(one: ImportedTransaction) -> ImportedTransaction:
    """The transaction with its energy worked out, and without the readings that told it."""
    energy = _energy(one)
    return replace(one, energy_wh=energy.energy_wh, quality=one.quality or energy.quality, readings=())


def concluded(
    one: ImportedTransaction, next_at: datetime, next_start_wh: int | None, now: datetime
) -> ImportedTransaction:
    """The transaction with the end that a later start at its outlet tells, as if its stop had been lost with us."""
    registers = [reading for reading in one.readings if reading.summary.energy_wh is not None]
    last = max(registers, key=lambda reading: reading.at, default=None)
    running = Transaction(
        number=0,
        wire_id=one.wire_id,
        start_key="",
        evse=one.evse,
        connector=one.connector,
        id_token=one.id_token,
        authorization=one.authorization,
        started_at=one.started_at,
        meter_start_wh=one.meter_start_wh,
        last_reading_at=last.at if last else None,
        last_energy_wh=last.summary.energy_wh if last else None,
    )
    context = Context(now=now, metered={0: metered_in(one.readings)})
    stop = inferred_stop(ChargePoint(id=one.charge_point), running, context, next_at, next_start_wh)
    return replace(
        one,
        stopped_at=stop.stopped_at,
        meter_stop_wh=stop.meter_stop_wh,
        energy_wh=stop.energy_wh,
        quality=stop.quality,
        reason=stop.reason,
        completeness=stop.completeness,
    )


def boot_event(charge_point: str, registration: Registration, plate: Nameplate, now: datetime) -> Event:
    """What a charge point has said of itself, as if it had said it to us."""
    said = {name: getattr(plate, name) for name in Nameplate.__struct_fields__ if name != "at"}
    return events.ChargePointBooted(
        recorded_at=plate.at or now, charge_point=charge_point, registration=registration, **said
    )
