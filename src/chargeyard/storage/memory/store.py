"""`services.ports.Store` over the tables of a memory journal: plain loops, no index."""

from bisect import bisect_left

from msgspec.structs import replace

from chargeyard.domain.accounts import NO_ACCOUNT
from chargeyard.domain.authorization import IdToken, key_of
from chargeyard.domain.charge_point import REMEMBERED, ChargePoint, Connector, Transaction
from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import FIRST_EVENTS, Place, Told
from chargeyard.domain.items import ItemKind
from chargeyard.domain.records import (
    ApiKeyRecord,
    ChargePointRecord,
    CommandRecord,
    CustomerInformationRecord,
    FindingRecord,
    IdTokenRecord,
    IntervalRecord,
    ItemRecord,
    JobRecord,
    ListedToken,
    ListingRecord,
    LocalListRecord,
    MessageRecord,
    MeterValueRecord,
    OperatorRecord,
    Page,
    ReportRecord,
    ReservationRecord,
    TransactionEventRecord,
    TransactionRecord,
    VariableRecord,
)
from chargeyard.domain.tariffs import Tariff
from chargeyard.services.ports import (
    ChargePointFilter,
    IntervalFilter,
    Loaded,
    Paging,
    TransactionFilter,
)
from chargeyard.storage.memory import device_model, firmware, metering, roll_ups
from chargeyard.storage.memory.journal import MemoryJournal, MemoryMessageSink
from chargeyard.storage.memory.lists import matches as _matches
from chargeyard.storage.memory.lists import newest_first as _newest_first
from chargeyard.storage.memory.lists import of as _of
from chargeyard.storage.memory.lists import page as _page
from chargeyard.storage.memory.tables import Tables
from chargeyard.storage.tables import to_microseconds


class MemoryStore:
    """Reads what `journal` and `sink` were given; each answer is a copy of its own."""

    def __init__(self, journal: MemoryJournal, sink: MemoryMessageSink) -> None:
        self._journal = journal
        self._sink = sink

    @property
    def _tables(self) -> Tables:
        return self._journal.tables

    # --- for sessions

    async def load(self, charge_point: str) -> Loaded | None:
        known = self._tables.charge_points.get(charge_point)
        if known is None:
            return None
        secrets = self._tables.secrets[charge_point]
        state = ChargePoint(
            id=known.id,
            registration=known.registration,
            booted=known.booted_at is not None,
            firmware_version=known.firmware_version if known.booted_at is not None else None,
            epoch=known.epoch,
            connectors=self._connector_states(charge_point),
            may_hold_profiles=bool(await self.find_items(charge_point, "ChargingProfile")),
            may_hold_reservations=bool(await self.find_held(charge_point)),
        )
        for transaction in self._remembered(charge_point):
            state.remember(transaction)
        return Loaded(state, secrets.credential, secrets.token, known.reading)

    async def load_by_token(self, token: bytes) -> Loaded | None:
        for charge_point, secrets in self._tables.secrets.items():
            if secrets.token == token:
                return await self.load(charge_point)
        return None

    async def find_id_token(self, id_token: str) -> IdToken | None:
        known = self._tables.id_tokens.get(key_of(id_token))
        if known is None:
            return None
        return IdToken(**{name: getattr(known, name) for name in IdToken.__struct_fields__})

    async def count_running(self, id_token: str) -> int:
        return len(_transactions(self._tables, TransactionFilter(id_token=id_token, running=True)))

    async def find_start(self, charge_point: str, start_key: str) -> Transaction | None:
        number = self._tables.starts.get((charge_point, start_key))
        return self._transaction(self._tables.transactions[number]) if number is not None else None

    async def find_held(self, charge_point: str) -> tuple[ReservationRecord, ...]:
        here = _of(self._tables.reservations.values(), charge_point)
        held = (one for one in here if one.state in ("requested", "active"))
        return tuple(sorted(held, key=lambda one: one.number))

    async def find_transaction(self, charge_point: str, wire_id: str) -> Transaction | None:
        at_charge_point = _transactions(self._tables, TransactionFilter(charge_point=charge_point))
        found = [one for one in at_charge_point if one.wire_id == wire_id]
        return self._transaction(max(found, key=_by_start)) if found else None

    def _connector_states(self, charge_point: str) -> dict[tuple[int, int], Connector]:
        return {
            (evse, connector): Connector(known.status, known.error_code, known.at)
            for (owner, evse, connector), known in self._tables.connectors.items()
            if owner == charge_point
        }

    def _remembered(self, charge_point: str) -> list[Transaction]:
        all_of_it = sorted(
            _transactions(self._tables, TransactionFilter(charge_point=charge_point)), key=_by_start
        )
        closed = [one for one in all_of_it if one.stopped_at is not None][-REMEMBERED:]
        running = [one for one in all_of_it if one.stopped_at is None]
        return [self._transaction(one) for one in (*closed, *running)]

    def _transaction(self, known: TransactionRecord) -> Transaction:
        registers = [one for one in metering.readings(self._tables, known.id) if one.energy_wh is not None]
        last = registers[-1] if registers else None
        kept = self._tables.roll_ups.get(known.id) if known.id in self._tables.reduced else None
        return Transaction(
            number=known.id,
            wire_id=known.wire_id,
            start_key=next(key for (_, key), number in self._tables.starts.items() if number == known.id),
            evse=known.evse,
            connector=known.connector,
            id_token=known.id_token,
            authorization=known.authorization,
            started_at=known.started_at,
            meter_start_wh=known.meter_start_wh,
            meter_start_at=known.meter_start_at,
            last_reading_at=last.at if last else kept.last_register_at if kept else None,
            last_energy_wh=last.energy_wh if last else kept.last_register_wh if kept else None,
            stopped_at=known.stopped_at,
            meter_stop_wh=known.meter_stop_wh,
            reason=known.reason,
            completeness=known.completeness,
            energy_wh=known.energy_wh,
            quality=known.quality,
            stop_id_token=known.stop_id_token,
            account=self._tables.accounts.get(known.id, NO_ACCOUNT),
        )

    async def list_metered(self, transaction: int) -> list[Metered]:
        return metering.list_metered(self._tables, transaction)

    async def list_metered_in_order(self, transaction: int) -> list[Metered]:
        return metering.list_metered_in_order(self._tables, transaction)

    # --- for readers

    async def find_charge_point(self, charge_point: str) -> ChargePointRecord | None:
        known = self._tables.charge_points.get(charge_point)
        return self._with_connectors(known) if known else None

    async def list_charge_points(self, wanted: ChargePointFilter, paging: Paging) -> Page[ChargePointRecord]:
        found = [one for one in self._tables.charge_points.values() if _matches(one, wanted)]
        page = _page(found, lambda one: one.id, str, paging)
        return replace(page, items=[self._with_connectors(one) for one in page.items])

    async def find_transaction_record(self, transaction: int) -> TransactionRecord | None:
        known = self._tables.transactions.get(transaction)
        return self._shown(known) if known else None

    async def list_transactions(self, wanted: TransactionFilter, paging: Paging) -> Page[TransactionRecord]:
        found = _transactions(self._tables, wanted)
        page = _newest_first(found, _by_start, tuple[int, int], paging)
        return replace(page, items=[self._shown(one) for one in page.items])

    def _shown(self, known: TransactionRecord) -> TransactionRecord:
        told = _events(self._tables, known.id)
        numbers = [one.sequence for one in told if one.sequence >= 0]
        return replace(
            metering.with_last_reading(self._tables, known),
            events=len(told),
            gaps=max(numbers) - min(numbers) + 1 - len(set(numbers)) if numbers else 0,
            has_start=any(one.phase == "Started" for one in told),
            last_event_at=max((one.recorded_at for one in told), default=None),
            account=self._tables.accounts.get(known.id, NO_ACCOUNT),
            roll_up=self._tables.roll_ups.get(known.id),
            is_reduced=known.id in self._tables.reduced,
        )

    async def list_told(self, transaction: int, beside: int | None) -> list[Told]:
        return _told(sorted(_events(self._tables, transaction), key=_by_sequence), beside)

    async def list_transaction_events(self, transaction: int, paging: Paging) -> Page[TransactionEventRecord]:
        return _page(_events(self._tables, transaction), _by_sequence, tuple[int, int], paging)

    async def list_meter_values(self, transaction: int, paging: Paging) -> Page[MeterValueRecord]:
        return _page(metering.readings(self._tables, transaction), metering.by_time, tuple[int, int], paging)

    async def list_intervals(
        self, charge_point: str, wanted: IntervalFilter, paging: Paging
    ) -> Page[IntervalRecord]:
        found = roll_ups.list_intervals(self._tables, charge_point, wanted)
        return _page(found, _by_interval, tuple[int, int, int], paging)

    async def list_transaction_intervals(self, transaction: int, paging: Paging) -> Page[IntervalRecord]:
        found = roll_ups.intervals_of(self._tables, transaction)
        return _page(found, _by_interval, tuple[int, int, int], paging)

    async def list_variables(
        self, charge_point: str, component: str | None, paging: Paging
    ) -> Page[VariableRecord]:
        return device_model.list_variables(self._tables, charge_point, component, paging)

    async def find_variable(
        self, charge_point: str, component: str, name: str, instance: str = ""
    ) -> VariableRecord | None:
        return self._tables.variables.get((charge_point, component, "", 0, 0, name, instance, "Actual"))

    async def list_items(self, charge_point: str, kind: ItemKind, paging: Paging) -> Page[ItemRecord]:
        return _page(await self.find_items(charge_point, kind), _by_place, tuple[int, str], paging)

    async def find_items(self, charge_point: str, kind: ItemKind) -> list[ItemRecord]:
        here = (one for one in _of(self._tables.items.values(), charge_point) if one.kind == kind)
        return sorted(here, key=_by_place)

    async def find_listing(self, charge_point: str, request_id: int) -> ListingRecord | None:
        known = self._tables.listings.get((charge_point, request_id))
        return ListingRecord(charge_point=charge_point, listing=known) if known is not None else None

    async def find_tariff(self, tariff_id: str) -> Tariff | None:
        return self._tables.tariffs.get(tariff_id)

    async def list_jobs(self, charge_point: str, paging: Paging) -> Page[JobRecord]:
        return firmware.list_jobs(self._tables, charge_point, paging)

    async def find_id_token_record(self, id_token: str) -> IdTokenRecord | None:
        return self._tables.id_tokens.get(key_of(id_token))

    async def list_id_tokens(self, paging: Paging) -> Page[IdTokenRecord]:
        return _page(self._tables.id_tokens.values(), lambda one: key_of(one.id_token), str, paging)

    async def list_reservations(self, charge_point: str, paging: Paging) -> Page[ReservationRecord]:
        def key(one: ReservationRecord) -> tuple[int, int]:
            return to_microseconds(one.requested_at), one.number

        here = _of(self._tables.reservations.values(), charge_point)
        return _newest_first(here, key, tuple[int, int], paging)

    async def find_reservation(self, charge_point: str, number: int) -> ReservationRecord | None:
        return self._tables.reservations.get((charge_point, number))

    async def find_local_list(self, charge_point: str) -> LocalListRecord | None:
        return self._tables.local_lists.get(charge_point)

    async def find_listed_tokens(self, charge_point: str) -> list[ListedToken]:
        here = _of(self._tables.listed_tokens.values(), charge_point)
        return sorted(here, key=lambda one: key_of(one.id_token))

    async def list_listed_tokens(self, charge_point: str, paging: Paging) -> Page[ListedToken]:
        here = await self.find_listed_tokens(charge_point)
        return _page(here, lambda one: key_of(one.id_token), str, paging)

    async def find_customer_information(
        self, charge_point: str, request_id: int
    ) -> CustomerInformationRecord | None:
        told = sorted(self._tables.customer_information.items())
        parts = tuple(data for key, data in told if key[:2] == (charge_point, request_id))
        if not parts:
            return None
        return CustomerInformationRecord(charge_point=charge_point, request_id=request_id, parts=parts)

    async def list_messages(self, charge_point: str, paging: Paging) -> Page[MessageRecord]:
        return _newest_first(_of(self._sink.messages, charge_point), _by_number, int, paging)

    async def list_findings(self, charge_point: str, paging: Paging) -> Page[FindingRecord]:
        return _newest_first(_of(self._tables.findings, charge_point), _by_number, int, paging)

    async def list_reports(self, charge_point: str, kind: str | None, paging: Paging) -> Page[ReportRecord]:
        found = [one for one in _of(self._tables.reports, charge_point) if kind in (None, one.kind)]
        return _newest_first(found, _by_number, int, paging)

    async def list_commands(self, charge_point: str, paging: Paging) -> Page[CommandRecord]:
        def key(one: CommandRecord) -> tuple[int, str]:
            return to_microseconds(one.submitted_at), one.id

        return _newest_first(_of(self._tables.commands.values(), charge_point), key, tuple[int, str], paging)

    async def find_command(self, command_id: str) -> CommandRecord | None:
        return self._tables.commands.get(command_id)

    async def list_open_commands(self, limit: int) -> list[CommandRecord]:
        waiting = (record for record in self._tables.commands.values() if record.settled_at is None)
        return sorted(waiting, key=lambda record: (record.submitted_at, record.id))[:limit]

    async def find_command_by_key(self, principal: str, idempotency_key: str) -> CommandRecord | None:
        return self._tables.commands.get(self._tables.command_keys.get((principal, idempotency_key), ""))

    async def find_operator(self, name: str) -> OperatorRecord | None:
        return self._tables.operators.get(name)

    async def find_api_key(self, digest: bytes) -> ApiKeyRecord | None:
        keys = (key for key, known in self._tables.digests.items() if known == digest)
        return self._tables.api_keys.get(next(keys, ""))

    async def list_api_keys(self, paging: Paging) -> Page[ApiKeyRecord]:
        return _page(self._tables.api_keys.values(), lambda one: one.id, str, paging)

    async def ping(self) -> None:
        return

    def _with_connectors(self, known: ChargePointRecord) -> ChargePointRecord:
        running = {
            (one.evse, one.connector): metering.with_last_reading(self._tables, one)
            for one in _transactions(self._tables, TransactionFilter(charge_point=known.id, running=True))
        }
        states = sorted(
            (key[1:], state) for key, state in self._tables.connectors.items() if key[0] == known.id
        )
        connectors = tuple(
            metering.with_transaction(state, running.get(key) or running.get((key[0], 0)))
            for key, state in states
        )
        return replace(known, connectors=connectors)


def _transactions(tables: Tables, wanted: TransactionFilter) -> list[TransactionRecord]:
    return [
        one
        for one in tables.transactions.values()
        if wanted.charge_point in (None, one.charge_point)
        and (wanted.id_token is None or key_of(wanted.id_token) == key_of(one.id_token))
        and wanted.running in (None, one.stopped_at is None)
        and (wanted.since is None or one.started_at >= wanted.since)
        and (wanted.until is None or one.started_at < wanted.until)
    ]


def _events(tables: Tables, transaction: int) -> list[TransactionEventRecord]:
    return [one for one in tables.transaction_events.values() if one.transaction == transaction]


def _told(there: list[TransactionEventRecord], beside: int | None) -> list[Told]:
    """See `services.ports.Store`; `there` are the events in the order of their numbers."""
    places = [Place(one.sequence, one.at, one.id) for one in there]
    told = [
        Told(here, one.phase, before)
        for one, here, before in zip(there, places, (None, *places), strict=False)
    ]
    numbers = [place.sequence for place in places]
    near = () if beside is None else (bisect_left(numbers, beside) - 1, bisect_left(numbers, beside))
    return [
        one
        for place, one in enumerate(told)
        if place < FIRST_EVENTS
        or place in near
        or (one.before and (one.here.at < one.before.at or one.here.arrival < one.before.arrival))
    ]


def _by_start(one: TransactionRecord) -> tuple[int, int]:
    return to_microseconds(one.started_at), one.id


def _by_interval(one: IntervalRecord) -> tuple[int, int, int]:
    return to_microseconds(one.interval.starts_at), one.evse, one.transaction or 0


def _by_sequence(one: TransactionEventRecord) -> tuple[int, int]:
    return one.sequence, one.id


def _by_place(one: ItemRecord) -> tuple[int, str]:
    return one.evse, one.key


def _by_number(one: ReportRecord | FindingRecord | MessageRecord) -> int:
    return one.id
