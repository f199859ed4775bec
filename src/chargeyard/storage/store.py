"""All reads: `services.ports.Store` on a database."""

from chargeyard.domain.authorization import IdToken
from chargeyard.domain.charge_point import Transaction
from chargeyard.domain.energy import Metered
from chargeyard.domain.event_order import Told
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
from chargeyard.services.ports import ChargePointFilter, IntervalFilter, Loaded, Paging, TransactionFilter
from chargeyard.storage.engine import Database
from chargeyard.storage.queries import (
    access,
    authorization,
    commands,
    device_model,
    firmware,
    items,
    local_lists,
    metering,
    provisioning,
    reports,
    reservations,
    roll_ups,
    tariffs,
    transaction_events,
    transactions,
)
from chargeyard.storage.rounds import Rounds
from chargeyard.storage.sequences import prove_writable

_AT_ONCE = 256
_PLACES_AT_ONCE = 64
"""A place is two parameters, and a clause that has to be planned."""


class SqlStore:
    """See `services.ports.Store`; lists come in the order that the query names."""

    def __init__(self, database: Database) -> None:
        self._read = database.read
        self._write = database.write
        self._by_id = Rounds[str, Loaded](lambda ids: database.read(provisioning.load, ids))
        self._by_token = Rounds[bytes, Loaded](lambda keys: database.read(provisioning.load_by_token, keys))
        # What every start and end asks for. A round of two hundred costs about as much as two questions alone.
        self._tokens = Rounds[str, IdToken](
            lambda tokens: database.read(authorization.find_all, tokens), _AT_ONCE, shared=True
        )
        self._running = Rounds[str, int](
            lambda tokens: database.read(transactions.count_running, tokens), _AT_ONCE, shared=True
        )
        self._metered = Rounds[int, list[Metered]](
            lambda numbers: database.read(metering.list_metered, numbers), _PLACES_AT_ONCE
        )
        self._starts = Rounds[transactions.Place, Transaction](
            lambda places: database.read(transactions.find_starts, places), _PLACES_AT_ONCE
        )
        self._named = Rounds[transactions.Place, Transaction](
            lambda places: database.read(transactions.find_transactions, places), _PLACES_AT_ONCE
        )

    async def load(self, charge_point: str) -> Loaded | None:
        return await self._by_id.find(charge_point)

    async def load_by_token(self, token: bytes) -> Loaded | None:
        return await self._by_token.find(token)

    async def find_id_token(self, id_token: str) -> IdToken | None:
        return await self._tokens.find(id_token)

    async def count_running(self, id_token: str) -> int:
        return await self._running.find(id_token) or 0

    async def find_start(self, charge_point: str, start_key: str) -> Transaction | None:
        return await self._starts.find((charge_point, start_key))

    async def find_held(self, charge_point: str) -> tuple[ReservationRecord, ...]:
        return await self._read(reservations.find_held, charge_point)

    async def find_transaction(self, charge_point: str, wire_id: str) -> Transaction | None:
        return await self._named.find((charge_point, wire_id))

    async def list_metered(self, transaction: int) -> list[Metered]:
        return await self._metered.find(transaction) or []

    async def list_metered_in_order(self, transaction: int) -> list[Metered]:
        return await self._read(metering.list_metered_in_order, transaction)

    async def list_told(self, transaction: int, beside: int | None) -> list[Told]:
        return await self._read(transaction_events.list_told, transaction, beside)

    async def find_charge_point(self, charge_point: str) -> ChargePointRecord | None:
        return await self._read(provisioning.find_record, charge_point)

    async def list_charge_points(self, wanted: ChargePointFilter, paging: Paging) -> Page[ChargePointRecord]:
        return await self._read(provisioning.list_records, wanted, paging)

    async def find_transaction_record(self, transaction: int) -> TransactionRecord | None:
        return await self._read(transactions.find_record, transaction)

    async def list_transactions(self, wanted: TransactionFilter, paging: Paging) -> Page[TransactionRecord]:
        return await self._read(transactions.list_records, wanted, paging)

    async def list_transaction_events(self, transaction: int, paging: Paging) -> Page[TransactionEventRecord]:
        return await self._read(transaction_events.list_records, transaction, paging)

    async def list_meter_values(self, transaction: int, paging: Paging) -> Page[MeterValueRecord]:
        return await self._read(metering.list_records, transaction, paging)

    async def list_intervals(
        self, charge_point: str, wanted: IntervalFilter, paging: Paging
    ) -> Page[IntervalRecord]:
        return await self._read(roll_ups.list_intervals, charge_point, wanted, paging)

    async def list_transaction_intervals(self, transaction: int, paging: Paging) -> Page[IntervalRecord]:
        return await self._read(roll_ups.list_of_transaction, transaction, paging)

    async def list_variables(
        self, charge_point: str, component: str | None, paging: Paging
    ) -> Page[VariableRecord]:
        return await self._read(device_model.list_records, charge_point, component, paging)

    async def find_variable(
        self, charge_point: str, component: str, name: str, instance: str = ""
    ) -> VariableRecord | None:
        return await self._read(device_model.find, charge_point, component, name, instance)

    async def list_items(self, charge_point: str, kind: ItemKind, paging: Paging) -> Page[ItemRecord]:
        return await self._read(items.list_records, charge_point, kind, paging)

    async def find_items(self, charge_point: str, kind: ItemKind) -> list[ItemRecord]:
        return await self._read(items.list_all, charge_point, kind)

    async def find_listing(self, charge_point: str, request_id: int) -> ListingRecord | None:
        return await self._read(items.find_listing, charge_point, request_id)

    async def find_tariff(self, tariff_id: str) -> Tariff | None:
        return await self._read(tariffs.find, tariff_id)

    async def list_jobs(self, charge_point: str, paging: Paging) -> Page[JobRecord]:
        return await self._read(firmware.list_jobs, charge_point, paging)

    async def find_id_token_record(self, id_token: str) -> IdTokenRecord | None:
        return await self._read(authorization.find_record, id_token)

    async def list_id_tokens(self, paging: Paging) -> Page[IdTokenRecord]:
        return await self._read(authorization.list_records, paging)

    async def list_reservations(self, charge_point: str, paging: Paging) -> Page[ReservationRecord]:
        return await self._read(reservations.list_records, charge_point, paging)

    async def find_reservation(self, charge_point: str, number: int) -> ReservationRecord | None:
        return await self._read(reservations.find, charge_point, number)

    async def find_local_list(self, charge_point: str) -> LocalListRecord | None:
        return await self._read(local_lists.find, charge_point)

    async def find_listed_tokens(self, charge_point: str) -> list[ListedToken]:
        return await self._read(local_lists.find_entries, charge_point)

    async def list_listed_tokens(self, charge_point: str, paging: Paging) -> Page[ListedToken]:
        return await self._read(local_lists.list_entries, charge_point, paging)

    async def find_customer_information(
        self, charge_point: str, request_id: int
    ) -> CustomerInformationRecord | None:
        return await self._read(local_lists.find_customer_information, charge_point, request_id)

    async def list_messages(self, charge_point: str, paging: Paging) -> Page[MessageRecord]:
        return await self._read(reports.list_messages, charge_point, paging)

    async def list_findings(self, charge_point: str, paging: Paging) -> Page[FindingRecord]:
        return await self._read(reports.list_findings, charge_point, paging)

    async def list_reports(self, charge_point: str, kind: str | None, paging: Paging) -> Page[ReportRecord]:
        return await self._read(reports.list_reports, charge_point, kind, paging)

    async def list_commands(self, charge_point: str, paging: Paging) -> Page[CommandRecord]:
        return await self._read(commands.list_records, charge_point, paging)

    async def find_command(self, command_id: str) -> CommandRecord | None:
        return await self._read(commands.find, command_id)

    async def list_open_commands(self, limit: int) -> list[CommandRecord]:
        return await self._read(commands.list_open, limit)

    async def find_command_by_key(self, principal: str, idempotency_key: str) -> CommandRecord | None:
        return await self._read(commands.find_by_key, principal, idempotency_key)

    async def find_operator(self, name: str) -> OperatorRecord | None:
        return await self._read(access.find_operator, name)

    async def find_api_key(self, digest: bytes) -> ApiKeyRecord | None:
        return await self._read(access.find_api_key, digest)

    async def list_api_keys(self, paging: Paging) -> Page[ApiKeyRecord]:
        return await self._read(access.list_api_keys, paging)

    async def ping(self) -> None:
        # Something is written: reading goes on where nothing can be committed, and a full disk gives out its lock.
        await self._write(prove_writable)
