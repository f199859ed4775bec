"""Transactions: the list, one of them, its events and meter values; starting and stopping them."""

from datetime import datetime
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.params import FromQuery, JSONBody, PathParameter, QueryParameter
from msgspec import Meta, Struct, structs

from chargeyard.api.accounts import AccountRow, account_row
from chargeyard.api.addresses import encode
from chargeyard.api.authorization import IdTokenText, check_sayable
from chargeyard.api.dispatch import Dispatching
from chargeyard.api.envelope import CommandAnswer
from chargeyard.api.instants import aware
from chargeyard.api.paging import Items, Part, answer_page
from chargeyard.api.problems import INVALID_REQUEST, TRANSACTION_NOT_RUNNING, Problem
from chargeyard.api.provisioning import known_charge_point
from chargeyard.api.roll_ups import IntervalRow, RollUpRow, interval_row, roll_up_row
from chargeyard.api.services import Given, Services
from chargeyard.api.smart_charging import ProfileWish, profile_of
from chargeyard.domain.authorization import Status
from chargeyard.domain.charging_profiles import ChargingProfile
from chargeyard.domain.commands import StartTransaction, StopTransaction
from chargeyard.domain.records import MeterValueRecord, TransactionEventRecord, TransactionRecord
from chargeyard.errors import NotFound
from chargeyard.services.ports import TransactionFilter

_TAGS = ["transactions"]
_LARGEST_ID = 2**63 - 1


class TransactionRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """A transaction. While it runs, energy and power are of its last reading. `authorization` is what the id
    token was judged as at the start; `quality` is ok, suspect or estimated; `completeness` tells how the end is
    known: reported, inferred or orphan, and is empty while it runs. `chargingState` is the charge point's own word;
    `eventCount` is how many of its events are kept, `eventGaps` how many are missing between them, `isWhole`
    whether all of them are there from the start to the end. `account` is what is known of cost and limits. `rollUp` is
    what is kept of its readings once they get old, `isReduced` says that they themselves have gone."""

    id: int
    cp_id: str
    connector_id: int
    evse_connector_id: int
    id_tag: str
    stop_id_tag: str
    authorization: Status
    running: bool
    started_at: datetime
    stopped_at: datetime | None
    meter_start_wh: int | None
    meter_stop_wh: int | None
    energy_wh: int
    quality: str
    reason: str
    completeness: str
    ocpp_id: str
    reservation_id: int | None
    last_reading_at: datetime | None
    power_w: int | None
    soc_percent: float | None
    charging_state: str
    remote_start_id: int | None
    event_count: int
    event_gaps: int
    is_whole: bool
    last_event_at: datetime | None
    account: AccountRow
    roll_up: RollUpRow | None
    is_reduced: bool


class TransactionEventRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One event of a transaction as the charge point told it; `payload` is the message itself, secrets masked.

    `phase` is Started, Updated or Ended; `isOffline` says that it happened while there was no connection.
    """

    id: int
    cp_id: str
    transaction_id: int
    sequence: int
    phase: str
    trigger: str
    charging_state: str
    is_offline: bool
    at: datetime
    recorded_at: datetime
    payload: Any


class MeterValueRow(Struct, frozen=True, kw_only=True, rename="camel"):
    """One reading: the common measurands in base units, and all samples."""

    id: int
    cp_id: str
    connector_id: int
    transaction_id: int | None
    at: datetime
    energy_wh: int | None
    export_wh: int | None
    power_w: int | None
    current_a: float | None
    voltage_v: float | None
    soc_percent: float | None
    samples: Any


class TransactionWish(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """Start charging. `connectorId` 0 or left out: the charge point chooses. `chargingProfile` is for this
    transaction: of purpose Tx, at the outlet named."""

    cp_id: str
    id_tag: IdTokenText
    connector_id: Annotated[int, Meta(ge=0, le=2**31 - 1)] = 0
    charging_profile: ProfileWish | None = None


KnownTransaction = Given[TransactionRecord]
"""As a handler asks for the one that its path names."""


async def known_transaction(
    id: Annotated[int, PathParameter(description="`id` of the transaction.")],  # noqa: A002
    services: Services,
) -> TransactionRecord:
    """The transaction that the path names. Raises `NotFound` if there is none."""
    record = None
    if 0 <= id <= _LARGEST_ID:
        record = await services.store.find_transaction_record(id)
    if record is None:
        raise NotFound(f"no transaction {id}")
    return record


@get("/charge-transaction", summary="List transactions, newest first", tags=_TAGS)
async def list_transactions(
    request: Request[Any, Any, Any],
    services: Services,
    paging: Part,
    wanted_transactions: Given[TransactionFilter],
) -> Response[Items[TransactionRow]]:
    reading = services.store.list_transactions(wanted_transactions, paging)
    return await answer_page(request, reading, transaction_row)


def transactions_wanted(
    charge_point_id: Annotated[str | None, QueryParameter(name="cpId")] = None,
    id_tag: Annotated[str | None, QueryParameter(name="idTag")] = None,
    running: FromQuery[bool | None] = None,
    since: Annotated[datetime | None, QueryParameter(description="Started at this instant or later.")] = None,
    until: Annotated[datetime | None, QueryParameter(description="Started before this instant.")] = None,
) -> TransactionFilter:
    """Which transactions are asked for; an instant without an offset is UTC."""
    return TransactionFilter(
        charge_point=charge_point_id,
        id_token=id_tag,
        running=running,
        since=aware(since),
        until=aware(until),
    )


@get("/charge-transaction/{id:int}", summary="One transaction", tags=_TAGS)
async def get_transaction(transaction: KnownTransaction) -> TransactionRow:
    return transaction_row(transaction)


@get(
    "/charge-transaction/{id:int}/event",
    summary="The events of a transaction, by their sequence numbers",
    tags=_TAGS,
)
async def list_events(
    request: Request[Any, Any, Any], transaction: KnownTransaction, services: Services, paging: Part
) -> Response[Items[TransactionEventRow]]:
    reading = services.store.list_transaction_events(transaction.id, paging)
    return await answer_page(request, reading, transaction_event_row)


@get(
    "/charge-transaction/{id:int}/meter-value",
    summary="The meter values of a transaction",
    tags=_TAGS,
)
async def list_meter_values(
    request: Request[Any, Any, Any], transaction: KnownTransaction, services: Services, paging: Part
) -> Response[Items[MeterValueRow]]:
    reading = services.store.list_meter_values(transaction.id, paging)
    return await answer_page(request, reading, meter_value_row)


@get(
    "/charge-transaction/{id:int}/interval",
    summary="The energy of a transaction, every 15 minutes",
    tags=_TAGS,
)
async def list_intervals(
    request: Request[Any, Any, Any], transaction: KnownTransaction, services: Services, paging: Part
) -> Response[Items[IntervalRow]]:
    reading = services.store.list_transaction_intervals(transaction.id, paging)
    return await answer_page(request, reading, interval_row)


@post(
    "/charge-transaction/start",
    status_code=200,
    summary="Start charging at a charge point",
    tags=["commands"],
)
async def start(
    data: JSONBody[TransactionWish], dispatch: Dispatching, services: Services
) -> Response[CommandAnswer]:
    check_sayable(data.id_tag)
    charge_point = await known_charge_point(encode(data.cp_id), services)
    number = await dispatch.fresh_number()
    command = StartTransaction(
        id_token=data.id_tag,
        evse=data.connector_id,
        token_kind=await services.id_tokens.kind_of(data.id_tag),
        remote_start_id=number,
        profile=_profile(data),
    )
    return await dispatch.run(charge_point.id, command)


def _profile(data: TransactionWish) -> ChargingProfile | None:
    wish = data.charging_profile
    if wish is None:
        return None
    if wish.purpose != "Tx" or wish.transaction_id is not None:
        raise Problem(INVALID_REQUEST, "a profile that goes with a start is for that transaction alone")
    return structs.replace(profile_of(wish), evse=data.connector_id)


@post(
    "/charge-transaction/stop/{id:int}",
    status_code=200,
    summary="Stop a running transaction",
    tags=["commands"],
)
async def stop(transaction: KnownTransaction, dispatch: Dispatching) -> Response[CommandAnswer]:
    # An end that we only inferred may be wrong: the charge point may still be charging.
    if transaction.stopped_at is not None and transaction.completeness != "inferred":
        raise Problem(TRANSACTION_NOT_RUNNING, members={"transactionId": transaction.id})
    command = StopTransaction(transaction=transaction.id, wire_id=transaction.wire_id)
    return await dispatch.run(transaction.charge_point, command)


def transaction_row(record: TransactionRecord) -> TransactionRow:
    """The record as readers get it."""
    same = {
        name: getattr(record, name)
        for name in TransactionRow.__struct_fields__
        if name in (*TransactionRecord.__struct_fields__, "is_whole") and name not in ("account", "roll_up")
    }
    return TransactionRow(
        **same,
        cp_id=record.charge_point,
        connector_id=record.evse,
        evse_connector_id=record.connector,
        id_tag=record.id_token,
        stop_id_tag=record.stop_id_token,
        running=record.stopped_at is None,
        ocpp_id=record.wire_id,
        event_count=record.events,
        event_gaps=record.gaps,
        account=account_row(record.account),
        roll_up=roll_up_row(record.roll_up) if record.roll_up else None,
    )


def transaction_event_row(record: TransactionEventRecord) -> TransactionEventRow:
    """The record as readers get it."""
    same = {
        name: getattr(record, name)
        for name in TransactionEventRow.__struct_fields__
        if name in TransactionEventRecord.__struct_fields__
    }
    return TransactionEventRow(**same, cp_id=record.charge_point, transaction_id=record.transaction)


def meter_value_row(record: MeterValueRecord) -> MeterValueRow:
    """The record as readers get it."""
    same = {
        name: getattr(record, name)
        for name in MeterValueRow.__struct_fields__
        if name in MeterValueRecord.__struct_fields__
    }
    return MeterValueRow(
        **same, cp_id=record.charge_point, connector_id=record.evse, transaction_id=record.transaction
    )
