"""Which columns imported tables have, and what a row of them means."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from chargeyard.domain.answers import Registration
from chargeyard.domain.authorization import IdToken, Status, key_of
from chargeyard.domain.imports import ImportedChargePoint, ImportedTransaction, Nameplate, import_key
from chargeyard.services.imports import fields
from chargeyard.services.imports.fields import Parse
from chargeyard.services.imports.intake import Imported

Cells = Mapping[str, Any]


class Table(Struct, frozen=True):
    """A kind of table. An empty cell says nothing, unless its column is `required`.

    `make` makes of the values of a row what is imported, or raises `ValueError` with the reason why there can be
    none; `keys` are what no two rows may share; columns of `ignored` may be there, and mean nothing.
    """

    columns: Mapping[str, Parse]
    required: frozenset[str]
    make: Callable[[Cells], Imported]
    keys: Callable[[Any], Iterable[Hashable]]
    ignored: frozenset[str] = frozenset()


# --- charge points --------------------------------------------------------------------------------------------

_PLATE = (
    *("vendor", "model", "serial_number", "box_serial_number", "firmware_version"),
    *("iccid", "imsi", "meter_type", "meter_serial_number"),
)


def _charge_point(cells: Cells) -> ImportedChargePoint:
    has_secret = "password" in cells or "token" in cells
    if not has_secret and "generate" not in cells:
        raise ValueError(
            "has neither password nor token: give one, or write none into the column generate, which lets anybody"
            " connect in its name"
        )
    said = {
        name: cells[name]
        for name in ("name", "registration", "reading", "password", "token")
        if name in cells
    }
    plate = Nameplate(**{name: cells[name] for name in _PLATE if name in cells})
    return ImportedChargePoint(id=cells["charge_point"], nameplate=plate, **said)


def _keys_of_charge_point(one: ImportedChargePoint) -> Iterable[Hashable]:
    yield one.id
    if one.token is not None:
        yield "token", one.token


CHARGE_POINTS = Table(
    columns={
        "charge_point": fields.identity,
        "name": fields.text(255),
        "registration": fields.member(Registration),
        "reading": fields.word("strict", "tolerant"),
        "password": fields.text(64),
        "token": fields.text(64),
        "generate": fields.word("none"),
        **dict.fromkeys(_PLATE, fields.text(255)),
    },
    required=frozenset(("charge_point",)),
    make=_charge_point,
    keys=_keys_of_charge_point,
)

# --- id tokens ------------------------------------------------------------------------------------------------


_REFUSALS = ("NoCredit", "NotAtThisTime", "NotAtThisLocation", "NotAllowedTypeEVSE", "Invalid")


def _id_token(cells: Cells) -> IdToken:
    refusal = Status(cells["refusal"]) if "refusal" in cells else None
    return IdToken(**{**cells, "refusal": refusal})


ID_TOKENS = Table(
    columns={
        "id_token": fields.id_token,
        "kind": fields.kind,
        "parent": fields.id_token,
        "parent_kind": fields.kind,
        "expires_at": fields.instant,
        "blocked": fields.yes_or_no,
        "max_transactions": fields.limit,
        "refusal": fields.word(*_REFUSALS),
        "master_pass": fields.yes_or_no,
        "language": fields.text(8),
        "personal_message": fields.text(512),
        "cache_lifetime_s": fields.whole(),
    },
    required=frozenset(("id_token",)),
    make=_id_token,
    keys=lambda one: (key_of(one.id_token),),
)

# --- transactions ---------------------------------------------------------------------------------------------

_OF_AN_END = ("meter_stop_wh", "energy_wh", "quality", "reason", "completeness", "stop_id_token")


def _transaction(cells: Cells) -> ImportedTransaction:
    ended = cells.get("stopped_at")
    if ended is None:
        # While a transaction runs, its energy and quality are those of the last reading: an export has them.
        told = [name for name in _OF_AN_END if name in cells and name not in {"energy_wh", "quality"}]
        if told:
            raise ValueError(f"has {told[0]}, but no stopped_at")
        cells = {name: value for name, value in cells.items() if name not in _OF_AN_END}
    elif ended < cells["started_at"]:
        raise ValueError("has a stopped_at before its started_at")
    wire_id = cells.get("ocpp_transaction_id", "")
    return ImportedTransaction(
        wire_id=wire_id, **{name: value for name, value in cells.items() if name != "ocpp_transaction_id"}
    )


def _keys_of_transaction(one: ImportedTransaction) -> Iterable[Hashable]:
    yield one.charge_point, import_key(one)
    if one.wire_id:
        yield one.charge_point, one.wire_id, one.started_at


TRANSACTIONS = Table(
    columns={
        "charge_point": fields.identity,
        "ocpp_transaction_id": fields.text(255),
        "evse": fields.whole(),
        "connector": fields.whole(),
        "id_token": fields.id_token,
        "authorization": fields.member(Status),
        "started_at": fields.instant,
        "meter_start_wh": fields.watt_hours,
        "stopped_at": fields.instant,
        "meter_stop_wh": fields.watt_hours,
        "energy_wh": fields.whole(0, 2**62),
        "quality": fields.word("ok", "estimated", "suspect"),
        "reason": fields.text(64),
        "completeness": fields.word("reported", "inferred", "orphan"),
        "stop_id_token": fields.id_token,
        "reservation_id": fields.whole(),
    },
    required=frozenset(("charge_point", "evse", "started_at")),
    make=_transaction,
    keys=_keys_of_transaction,
    ignored=frozenset(("transaction_id", "charging_state", "last_reading_at")),
)

TABLES: Mapping[str, Table] = {
    "charge-points": CHARGE_POINTS,
    "id-tokens": ID_TOKENS,
    "transactions": TRANSACTIONS,
}
