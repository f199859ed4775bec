"""`chargeyard import steve`: everything that fits from SteVe's database, and a word on what does not."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from chargeyard.bootstrap.imports import intake_of
from chargeyard.bootstrap.moves import named_database
from chargeyard.bootstrap.node import Announce
from chargeyard.domain.imports import ImportedChargePoint, ImportedTransaction, concluded, settled
from chargeyard.domain.metering import Reading
from chargeyard.services.imports.intake import Fate, Imported, Intake, Outcome
from chargeyard.services.imports.running import Tally
from chargeyard.settings import Settings
from chargeyard.storage.steve import mapping
from chargeyard.storage.steve.mapping import Row, Unusable
from chargeyard.storage.steve.source import Started, SteveSource, open_steve

WITH_SAMPLES_AT_ONCE = 20
"""Transactions that are read together where their meter values are read too: they may have thousands."""

_SPOKEN = "1.6J"
"""How SteVe's word for a protocol that is spoken here ends: the version, and J for JSON, where S is SOAP."""
_LEFT_OUT = (
    "Not taken, because there is no place for it: users, addresses and notes, web users, reservations, charging"
    " profiles, firmware and log jobs, certificates, security events, and the history of connectors' statuses."
)


class SteveOrder(Struct, frozen=True, kw_only=True):
    """What shall be taken; `is_dry`: nothing is stored."""

    url: str
    meter_values: bool = False
    is_dry: bool = False


class Noted(Struct):
    """What the operator has to know of charge points that were taken."""

    locked: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    not_spoken: list[str] = field(default_factory=list)


async def import_steve(settings: Settings, order: SteveOrder, announce: Announce) -> None:
    """Take over what SteVe knows. Raises `SettingsError` for what is no database of SteVe."""
    database = named_database("URL", order.url)
    try:
        source = await open_steve(database)
        async with intake_of(settings, order.is_dry) as intake:
            await Takeover(source, intake, announce, order.meter_values).run()
    finally:
        await database.aclose()


class Takeover:
    """One run, from the charge points to the summary."""

    def __init__(self, source: SteveSource, intake: Intake, announce: Announce, meter_values: bool) -> None:
        self._source = source
        self._intake = intake
        self._announce = announce
        self._meter_values = meter_values
        self._noted = Noted()
        self._samples_left_out = 0

    async def run(self) -> None:
        await self._charge_points()
        await self._id_tokens()
        await self._transactions()
        await self._orphans()
        if self._meter_values:
            await self._idle_readings()
        self._tell_what_to_do()

    async def _charge_points(self) -> None:
        tally = Tally()
        async for rows in self._source.charge_boxes():
            made = _made(rows, mapping.charge_point_from, lambda row: repr(row["charge_box_id"]), tally)
            outcomes = await self._take(made, tally)
            for (row, one), outcome in zip(made, outcomes, strict=True):
                if outcome.fate is Fate.TAKEN and isinstance(one, ImportedChargePoint):
                    self._note(row, one)
        self._tell("charge points", tally)

    def _note(self, row: Row, one: ImportedChargePoint) -> None:
        (self._noted.locked if one.locked else self._noted.open).append(one.id)
        if not (row.get("ocpp_protocol") or _SPOKEN).endswith(_SPOKEN):
            self._noted.not_spoken.append(one.id)

    async def _id_tokens(self) -> None:
        tally = Tally()
        async for rows in self._source.tags():
            made = _made(rows, mapping.id_token_from, lambda row: f"tag {row['ocpp_tag_pk']}", tally)
            await self._take(made, tally)
        self._tell("id tokens", tally)

    # --- transactions -----------------------------------------------------------------------------------------

    async def _transactions(self) -> None:
        tally = Tally()
        pages = self._source.transactions(*([WITH_SAMPLES_AT_ONCE] if self._meter_values else []))
        async for page in pages:
            measured = await self._measured(page)
            made: list[tuple[Row, ImportedTransaction]] = []
            for started in page:
                made += await self._transaction(started, measured, tally)
            await self._take(made, tally)
        self._tell("transactions", tally)

    async def _measured(self, page: Sequence[Started]) -> dict[int, tuple[Reading, ...]]:
        """The readings of all transactions of a page, or else of those whose end is not told."""
        wanted = [one.start["transaction_pk"] for one in page if self._meter_values or not one.stops]
        found = {}
        for number, rows in (await self._source.samples_of(wanted)).items():
            found[number], left_out = mapping.readings_from(rows)
            self._samples_left_out += left_out if self._meter_values else 0
        return found

    async def _transaction(
        self, started: Started, measured: dict[int, tuple[Reading, ...]], tally: Tally
    ) -> list[tuple[Row, ImportedTransaction]]:
        """One, or none where nothing can be made of it."""
        start = started.start
        # A stop that SteVe could not book counts where it has no other.
        stops = started.stops or [
            one for one in started.failed_stops if one["charge_box_id"] == start["charge_box_id"]
        ]
        try:
            one = mapping.transaction_from(start, stops, measured.get(start["transaction_pk"], ()))
        except Unusable as reason:
            tally.count(Fate.REFUSED, f"transaction {start['transaction_pk']} {reason}")
            return []
        if one.stopped_at is None:
            one = await self._concluded(one, start)
        return [(start, one if self._meter_values or one.stopped_at is None else settled(one))]

    async def _concluded(self, one: ImportedTransaction, start: Row) -> ImportedTransaction:
        """Without a stop it goes on, unless another one has begun there since."""
        later = await self._source.next_start(start)
        if later is None or (at := mapping.instant(later.at)) is None:
            return one if self._meter_values else replace(one, readings=())
        return concluded(one, at, mapping.watt_hours(later.value), self._intake.recorder.now())

    async def _orphans(self) -> None:
        tally = Tally()
        rows = await self._source.orphan_stops()
        made = _made(
            rows, mapping.orphan_from, lambda row: f"the stop of transaction {row['transaction_pk']}", tally
        )
        await self._take(made, tally)
        self._tell("stops of transactions that SteVe does not know", tally)

    async def _idle_readings(self) -> None:
        count = 0
        async for outlets in self._source.outlets():
            for outlet in outlets:
                async for rows in self._source.idle_samples(outlet["outlet_pk"]):
                    readings, left_out = mapping.readings_from(rows)
                    self._samples_left_out += left_out
                    count += len(readings)
                    await self._intake.take_readings(outlet["charge_box_id"], outlet["outlet_id"], readings)
        self._announce(
            f"readings outside of transactions: {count}; samples that are no numbers: {self._samples_left_out}"
        )

    # --- what is told -----------------------------------------------------------------------------------------

    async def _take(self, made: Sequence[tuple[Row, Imported]], tally: Tally) -> list[Outcome]:
        outcomes = await self._intake.take([one for _, one in made])
        for outcome in outcomes:
            tally.count(outcome.fate, outcome.reason)
        return outcomes

    def _tell(self, what: str, tally: Tally) -> None:
        for line in tally.lines():
            self._announce(f"  {line}")
        self._announce(f"{what}: {tally.summary(not self._intake.is_dry)}")

    def _tell_what_to_do(self) -> None:
        noted = self._noted
        if noted.locked:
            self._announce(
                "\nThese need a new password (SteVe keeps a hash that cannot be carried over; until then nobody can"
                f" connect in their name):\n  {_list(noted.locked)}"
            )
        if noted.open:
            self._announce(
                f"\nThese need no credential, as under SteVe; anybody can connect in their name:\n  {_list(noted.open)}"
            )
        if noted.not_spoken:
            self._announce(
                f"\nThese spoke SOAP, or an OCPP before 1.6, with SteVe; here they have to speak OCPP-J:\n  {_list(noted.not_spoken)}"
            )
        self._announce(f"\n{_LEFT_OUT}")
        if self._intake.is_dry:
            self._announce("Nothing has been stored.")


def _made(
    rows: Iterable[Row], make: Callable[[Row], Any], name: Callable[[Row], str], tally: Tally
) -> list[tuple[Row, Any]]:
    """What can be made of `rows`; the others are refused."""
    made = []
    for row in rows:
        try:
            made.append((row, make(row)))
        except Unusable as reason:
            tally.count(Fate.REFUSED, f"{name(row)} {reason}")
    return made


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)
