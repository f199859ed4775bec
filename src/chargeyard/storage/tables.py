"""Every table. State, one table per noun; what happened is in it, not beside it.

Instants are UTC. No foreign keys: a charge point may be removed while its transactions stay, and a late
message of it must still find its place. JSON stands in text columns, so that every database stores the
same bytes and none parses them on the hot path.
"""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    String,
    UniqueConstraint,
    false,
)

from chargeyard.domain.accounts import Account
from chargeyard.storage.columns import DIGEST as _DIGEST
from chargeyard.storage.columns import NAME as _NAME
from chargeyard.storage.columns import NUMBER as _NUMBER
from chargeyard.storage.columns import WORD as _WORD
from chargeyard.storage.columns import Instant, LongText, from_microseconds, metadata, to_microseconds
from chargeyard.storage.columns import new_table as _table
from chargeyard.storage.columns import text_column as _text
from chargeyard.storage.kept_tables import finding, kept_report, message
from chargeyard.storage.roll_up_tables import energy_interval, transaction_roll_up

__all__ = [
    "Instant",
    "energy_interval",
    "finding",
    "from_microseconds",
    "kept_report",
    "message",
    "metadata",
    "to_microseconds",
    "transaction_roll_up",
]

charge_point = _table(
    "charge_point",
    Column("id", _NAME, primary_key=True),
    _text("name"),
    Column("registration", String(16), nullable=False),
    Column("reading", String(16), nullable=False),
    Column("credential", _DIGEST),
    Column("token", _DIGEST, unique=True),
    Column("registered_at", Instant, nullable=False),
    Column("online", Boolean, nullable=False, server_default=false()),
    Column("epoch", BigInteger, nullable=False, server_default="0"),
    Column("subprotocol", String(32), nullable=False, server_default=""),
    Column("remote", String(255), nullable=False, server_default=""),
    Column("security_profile", Integer, nullable=False, server_default="0"),
    Column("connected_at", Instant),
    Column("disconnected_at", Instant),
    Column("last_seen_at", Instant),
    Column("booted_at", Instant),
    *(
        Column(name, String(255), nullable=False, server_default="")
        for name in (
            "vendor",
            "model",
            "serial_number",
            "box_serial_number",
            "firmware_version",
            "iccid",
            "imsi",
            "meter_type",
            "meter_serial_number",
            "boot_reason",
            "firmware_status",
            "log_status",
        )
    ),
)

connector = _table(
    "connector",
    Column("charge_point", _NAME, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("connector", Integer, primary_key=True, autoincrement=False),
    Column("status", String(64), nullable=False),
    Column("error_code", String(64), nullable=False),
    Column("at", Instant, nullable=False),
    _text("info"),
    Column("vendor_id", String(255), nullable=False),
    Column("vendor_error_code", String(255), nullable=False),
)

variable = _table(
    "variable",
    Column("charge_point", _NAME, primary_key=True),
    Column("component", _WORD, primary_key=True),
    Column("component_instance", _WORD, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("connector", Integer, primary_key=True, autoincrement=False),
    Column("name", _WORD, primary_key=True),
    Column("instance", _WORD, primary_key=True),
    Column("attribute", String(16), primary_key=True),
    Column("value", LongText),
    Column("mutability", String(16), nullable=False),
    Column("data_type", String(16), nullable=False),
    Column("unit", _WORD, nullable=False),
    # NULL where it was only written, and never told.
    Column("at", Instant),
    Column("written_value", LongText),
    Column("written_at", Instant),
)

item = _table(
    "item",
    Column("charge_point", _NAME, primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    Column("key", _NAME, primary_key=True),
    _text("body"),
    Column("source", String(16), nullable=False),
    Column("at", Instant, nullable=False),
)

listing = _table(
    "listing",
    Column("charge_point", _NAME, primary_key=True),
    Column("request_id", BigInteger, primary_key=True, autoincrement=False),
    Column("kind", String(32), nullable=False),
    Column("is_whole", Boolean, nullable=False, server_default=false()),
    Column("asked_at", Instant),
    Column("first_at", Instant),
    Column("last_at", Instant),
    # The numbers of the parts that have come, as JSON ranges.
    _text("parts"),
    Column("last", BigInteger),
    Column("items", Integer, nullable=False),
    Index(None, "asked_at"),
    Index(None, "last_at"),
)

tariff = _table(
    "tariff",
    Column("id", _NAME, primary_key=True),
    _text("body"),
    Column("worded_at", Instant, nullable=False),
)

job = _table(
    "job",
    Column("charge_point", _NAME, primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("request_id", BigInteger, primary_key=True, autoincrement=False),
    Column("begun_at", Instant, nullable=False),
    _text("body"),
    Index(None, "charge_point", "begun_at"),
    Index(None, "begun_at"),
)

charging_transaction = _table(
    "charging_transaction",
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("charge_point", _NAME, nullable=False),
    Column("wire_id", _NAME, nullable=False),
    Column("start_key", _NAME, nullable=False),
    Column("evse", Integer, nullable=False),
    Column("connector", Integer, nullable=False),
    Column("id_token", _NAME, nullable=False),
    Column("id_token_key", _NAME, nullable=False),
    Column("authorization", String(32), nullable=False),
    Column("reservation_id", BigInteger),
    Column("started_at", Instant, nullable=False),
    Column("start_said", String(64), nullable=False),
    Column("start_recorded_at", Instant, nullable=False),
    Column("meter_start_wh", BigInteger),
    Column("stopped_at", Instant),
    Column("stop_said", String(64), nullable=False, server_default=""),
    Column("stop_recorded_at", Instant),
    Column("meter_stop_wh", BigInteger),
    Column("energy_wh", BigInteger, nullable=False, server_default="0"),
    Column("quality", String(16), nullable=False, server_default="ok"),
    Column("reason", String(64), nullable=False, server_default=""),
    Column("completeness", String(16), nullable=False, server_default=""),
    Column("stop_id_token", _NAME, nullable=False, server_default=""),
    Column("charging_state", String(64), nullable=False, server_default=""),
    # Of the event that told it: an earlier event that comes later must not turn it back.
    Column("charging_state_sequence", BigInteger),
    Column("meter_start_at", Instant),
    Column("remote_start_id", BigInteger),
    Column("roll_up", Integer, nullable=False, server_default="0"),
    UniqueConstraint("charge_point", "start_key"),
    Index(None, "charge_point", "wire_id"),
    Index(None, "started_at", "id"),
    Index(None, "charge_point", "started_at", "id"),
    Index(None, "id_token_key", "started_at", "id"),
    Index(None, "roll_up", "stop_recorded_at"),
)

transaction_account = _table(
    "transaction_account",
    Column("transaction_id", Integer, primary_key=True, autoincrement=False),
    Column("charge_point", _NAME, nullable=False),
    # JSON of the fields of an account; NULL where nothing is known.
    *(Column(name, LongText) for name in Account.__struct_fields__),
)

_RUNNING = charging_transaction.c.stopped_at.is_(None)


def _running_index(name: str, *columns: str) -> None:
    """Few transactions run at a time: these indexes stay small where a part of a table can be indexed.

    Where it cannot (MariaDB, MySQL) the running ones stand together all the same: `stopped_at` is NULL in each.
    """
    Index(
        f"ix_charging_transaction_open_{name}",
        *(charging_transaction.c[column] for column in ("stopped_at", *columns)),
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )


_running_index("charge_point", "charge_point")
_running_index("id_token_key", "id_token_key")
_running_index("started_at", "started_at", "id")

transaction_event = _table(
    "transaction_event",
    Column("id", _NUMBER, primary_key=True),
    Column("charge_point", _NAME, nullable=False),
    Column("transaction_id", Integer, nullable=False),
    Column("sequence", BigInteger, nullable=False),
    # CRC-32 of `payload`: a retried event is known again, one that contradicts another stays beside it.
    Column("digest", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("phase", String(16), nullable=False),
    Column("trigger", String(64), nullable=False),
    Column("charging_state", String(64), nullable=False),
    Column("is_offline", Boolean, nullable=False),
    _text("payload"),
    Column("said", String(64), nullable=False),
    UniqueConstraint("transaction_id", "sequence", "digest"),
)

meter_value = _table(
    "meter_value",
    Column("id", _NUMBER, primary_key=True),
    Column("charge_point", _NAME, nullable=False),
    Column("evse", Integer, nullable=False),
    Column("at", Instant, nullable=False),
    # CRC-32 of `samples`: a retried reading is known again, two different ones of one instant both stay.
    Column("digest", BigInteger, nullable=False),
    Column("transaction_id", Integer),
    Column("energy_wh", BigInteger),
    Column("export_wh", BigInteger),
    Column("power_w", BigInteger),
    Column("current_a", Double),
    Column("voltage_v", Double),
    Column("soc_percent", Double),
    _text("samples"),
    Column("said", String(64), nullable=False),
    # The instant first: readings come in about the order of time, and so go to the end of the index.
    UniqueConstraint("at", "charge_point", "evse", "digest"),
    Index(None, "transaction_id", "at"),
)

_OUTSIDE = meter_value.c.transaction_id.is_(None)
Index(
    "ix_meter_value_idle",
    *(meter_value.c[column] for column in ("transaction_id", "charge_point", "evse", "at")),
    sqlite_where=_OUTSIDE,
    postgresql_where=_OUTSIDE,
)

id_token = _table(
    "id_token",
    Column("key", _NAME, primary_key=True),
    Column("id_token", _NAME, nullable=False),
    Column("parent", _NAME),
    Column("expires_at", Instant),
    Column("blocked", Boolean, nullable=False),
    Column("max_transactions", BigInteger),
    Column("registered_at", Instant, nullable=False),
    Column("kind", String(32), nullable=False, server_default=""),
    Column("parent_kind", String(32), nullable=False, server_default=""),
    Column("refusal", String(32)),
    # Charge points and EVSEs, as JSON; empty: everywhere.
    Column("allowed_at", LongText),
    Column("master_pass", Boolean, nullable=False, server_default=false()),
    Column("language", String(16), nullable=False, server_default=""),
    Column("personal_message", String(512), nullable=False, server_default=""),
    Column("cache_lifetime_s", BigInteger),
)

reservation = _table(
    "reservation",
    Column("charge_point", _NAME, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("evse", Integer, nullable=False),
    Column("connector_type", _WORD, nullable=False),
    Column("id_token", _NAME, nullable=False),
    Column("token_kind", String(32), nullable=False),
    Column("parent", _NAME),
    Column("parent_kind", String(32), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("state", String(16), nullable=False),
    _text("reason"),
    Column("requested_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("transaction", Integer),
    Index(None, "charge_point", "state"),
    Index(None, "charge_point", "requested_at", "number"),
    Index(None, "expires_at"),
)

local_list = _table(
    "local_list",
    Column("charge_point", _NAME, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("is_known", Boolean, nullable=False),
    Column("at", Instant, nullable=False),
)

local_list_entry = _table(
    "local_list_entry",
    Column("charge_point", _NAME, primary_key=True),
    Column("key", _NAME, primary_key=True),
    Column("id_token", _NAME, nullable=False),
    Column("kind", String(32), nullable=False),
    _text("body"),
    Column("is_carried", Boolean, nullable=False),
)

customer_information = _table(
    "customer_information",
    Column("charge_point", _NAME, primary_key=True),
    Column("request_id", BigInteger, primary_key=True, autoincrement=False),
    Column("sequence", BigInteger, primary_key=True, autoincrement=False),
    _text("data"),
    Column("at", Instant, nullable=False),
    Index(None, "at"),
)

command = _table(
    "command",
    Column("id", _NAME, primary_key=True),
    Column("charge_point", _NAME, nullable=False),
    Column("kind", String(64), nullable=False),
    _text("command"),
    Column("principal", _NAME, nullable=False),
    # NULL where the caller named none: every database lets NULLs repeat in a unique key.
    Column("idempotency_key", _NAME),
    Column("submitted_at", Instant, nullable=False),
    Column("settled_at", Instant),
    Column("outcome", String(64), nullable=False, server_default=""),
    Column("detail", LongText),
    UniqueConstraint("principal", "idempotency_key"),
    Index(None, "settled_at", "submitted_at", "id"),
    Index(None, "charge_point", "submitted_at", "id"),
)

operator = _table(
    "operator",
    Column("name", _NAME, primary_key=True),
    Column("password_hash", String(255), nullable=False),
)

api_key = _table(
    "api_key",
    Column("id", _NAME, primary_key=True),
    _text("name"),
    Column("digest", _DIGEST, nullable=False, unique=True),
    Column("operator", _NAME, nullable=False),
    Column("created_at", Instant, nullable=False),
)

sequence = _table(
    "sequence",
    Column("name", _NAME, primary_key=True),
    Column("next", BigInteger, nullable=False),
)

node = _table(
    "node",
    Column("name", _NAME, primary_key=True),
    Column("started_at", Instant, nullable=False),
)

journal_mark = _table(
    "journal_mark",
    Column("journal", _WORD, primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("batch", BigInteger, nullable=False),
    Column("at", Instant, nullable=False),
)
