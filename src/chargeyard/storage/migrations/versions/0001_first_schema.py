"""The first schema."""

from sqlalchemy import (
    VARBINARY,
    BigInteger,
    Boolean,
    Column,
    Double,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
    false,
)

from chargeyard.storage.columns import Instant, LongText
from chargeyard.storage.migrations import steps

revision = "0001"
down_revision = None

_NAME = String(255)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")
_DIGEST = LargeBinary(64).with_variant(VARBINARY(64), "mysql", "mariadb")
_RUNNING = "stopped_at IS NULL"


def upgrade() -> None:
    _charge_points()
    _transactions()
    _meter_values()
    _id_tokens()
    _kept()
    _commands()
    _operators()
    _sequences()


def _charge_points() -> None:
    steps.create_table(
        "charge_point",
        Column("id", _NAME, nullable=False),
        Column("name", LongText, nullable=False),
        Column("registration", String(16), nullable=False),
        Column("reading", String(16), nullable=False),
        Column("credential", _DIGEST),
        Column("token", _DIGEST),
        Column("registered_at", Instant, nullable=False),
        Column("online", Boolean, nullable=False, server_default=false()),
        Column("epoch", BigInteger, nullable=False, server_default="0"),
        Column("subprotocol", String(32), nullable=False, server_default=""),
        Column("remote", _NAME, nullable=False, server_default=""),
        Column("security_profile", Integer, nullable=False, server_default="0"),
        Column("connected_at", Instant),
        Column("disconnected_at", Instant),
        Column("last_seen_at", Instant),
        Column("booted_at", Instant),
        Column("vendor", _NAME, nullable=False, server_default=""),
        Column("model", _NAME, nullable=False, server_default=""),
        Column("serial_number", _NAME, nullable=False, server_default=""),
        Column("box_serial_number", _NAME, nullable=False, server_default=""),
        Column("firmware_version", _NAME, nullable=False, server_default=""),
        Column("iccid", _NAME, nullable=False, server_default=""),
        Column("imsi", _NAME, nullable=False, server_default=""),
        Column("meter_type", _NAME, nullable=False, server_default=""),
        Column("meter_serial_number", _NAME, nullable=False, server_default=""),
        Column("boot_reason", _NAME, nullable=False, server_default=""),
        Column("firmware_status", _NAME, nullable=False, server_default=""),
        Column("log_status", _NAME, nullable=False, server_default=""),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("token", name="uq_charge_point_token"),
    )
    steps.create_table(
        "connector",
        Column("charge_point", _NAME, nullable=False),
        Column("evse", Integer, autoincrement=False, nullable=False),
        Column("connector", Integer, autoincrement=False, nullable=False),
        Column("status", String(64), nullable=False),
        Column("error_code", String(64), nullable=False),
        Column("at", Instant, nullable=False),
        Column("info", LongText, nullable=False),
        Column("vendor_id", _NAME, nullable=False),
        Column("vendor_error_code", _NAME, nullable=False),
        PrimaryKeyConstraint("charge_point", "evse", "connector"),
    )
    steps.create_table(
        "node",
        Column("name", _NAME, nullable=False),
        Column("started_at", Instant, nullable=False),
        PrimaryKeyConstraint("name"),
    )


def _transactions() -> None:
    steps.create_table(
        "charging_transaction",
        Column("id", Integer, autoincrement=False, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("wire_id", _NAME, nullable=False),
        Column("start_key", _NAME, nullable=False),
        Column("evse", Integer, nullable=False),
        Column("connector", Integer, nullable=False),
        Column("id_token", _NAME, nullable=False),
        Column("id_token_key", _NAME, nullable=False),
        Column("authorization", String(16), nullable=False),
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
        PrimaryKeyConstraint("id"),
        UniqueConstraint("charge_point", "start_key", name="uq_charging_transaction_charge_point_start_key"),
    )
    steps.create_index(
        "ix_charging_transaction_charge_point_started_at_id",
        "charging_transaction",
        ["charge_point", "started_at", "id"],
    )
    steps.create_index(
        "ix_charging_transaction_charge_point_wire_id", "charging_transaction", ["charge_point", "wire_id"]
    )
    steps.create_index(
        "ix_charging_transaction_id_token_key_started_at_id",
        "charging_transaction",
        ["id_token_key", "started_at", "id"],
    )
    steps.create_partial_index(
        "ix_charging_transaction_running_charge_point", "charging_transaction", ["charge_point"], _RUNNING
    )
    steps.create_partial_index(
        "ix_charging_transaction_running_id_token_key", "charging_transaction", ["id_token_key"], _RUNNING
    )
    steps.create_partial_index(
        "ix_charging_transaction_running_started_at", "charging_transaction", ["started_at", "id"], _RUNNING
    )
    steps.create_index("ix_charging_transaction_started_at_id", "charging_transaction", ["started_at", "id"])


def _meter_values() -> None:
    steps.create_table(
        "meter_value",
        Column("id", _NUMBER, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("evse", Integer, nullable=False),
        Column("at", Instant, nullable=False),
        Column("digest", BigInteger, nullable=False),
        Column("transaction_id", Integer),
        Column("energy_wh", BigInteger),
        Column("export_wh", BigInteger),
        Column("power_w", BigInteger),
        Column("current_a", Double),
        Column("voltage_v", Double),
        Column("soc_percent", Double),
        Column("samples", LongText, nullable=False),
        Column("said", String(64), nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint(
            "charge_point", "evse", "at", "digest", name="uq_meter_value_charge_point_evse_at_digest"
        ),
    )
    steps.create_index("ix_meter_value_transaction_id_at", "meter_value", ["transaction_id", "at"])


def _id_tokens() -> None:
    steps.create_table(
        "id_token",
        Column("key", _NAME, nullable=False),
        Column("id_token", _NAME, nullable=False),
        Column("parent", _NAME),
        Column("expires_at", Instant),
        Column("blocked", Boolean, nullable=False),
        Column("max_transactions", BigInteger),
        Column("registered_at", Instant, nullable=False),
        PrimaryKeyConstraint("key"),
    )


def _kept() -> None:
    steps.create_table(
        "finding",
        Column("id", _NUMBER, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("at", Instant, nullable=False),
        Column("action", String(64), nullable=False),
        Column("rule", String(64), nullable=False),
        Column("path", LongText, nullable=False),
        Column("detail", LongText, nullable=False),
        PrimaryKeyConstraint("id"),
    )
    steps.create_index("ix_finding_charge_point_id", "finding", ["charge_point", "id"])
    steps.create_table(
        "kept_report",
        Column("id", _NUMBER, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("at", Instant, nullable=False),
        Column("kind", String(64), nullable=False),
        Column("body", LongText, nullable=False),
        PrimaryKeyConstraint("id"),
    )
    steps.create_index("ix_kept_report_charge_point_id", "kept_report", ["charge_point", "id"])
    steps.create_index("ix_kept_report_charge_point_kind_id", "kept_report", ["charge_point", "kind", "id"])
    steps.create_table(
        "message",
        Column("id", _NUMBER, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("at", Instant, nullable=False),
        Column("direction", String(8), nullable=False),
        Column("text", LongText, nullable=False),
        PrimaryKeyConstraint("id"),
    )
    steps.create_index("ix_message_at", "message", ["at"])
    steps.create_index("ix_message_charge_point_id", "message", ["charge_point", "id"])


def _commands() -> None:
    steps.create_table(
        "command",
        Column("id", _NAME, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("kind", String(64), nullable=False),
        Column("command", LongText, nullable=False),
        Column("principal", _NAME, nullable=False),
        Column("idempotency_key", _NAME),
        Column("submitted_at", Instant, nullable=False),
        Column("settled_at", Instant),
        Column("outcome", String(64), nullable=False, server_default=""),
        Column("detail", LongText),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("principal", "idempotency_key", name="uq_command_principal_idempotency_key"),
    )
    steps.create_index(
        "ix_command_charge_point_submitted_at_id", "command", ["charge_point", "submitted_at", "id"]
    )


def _operators() -> None:
    steps.create_table(
        "api_key",
        Column("id", _NAME, nullable=False),
        Column("name", LongText, nullable=False),
        Column("digest", _DIGEST, nullable=False),
        Column("operator", _NAME, nullable=False),
        Column("created_at", Instant, nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint("digest", name="uq_api_key_digest"),
    )
    steps.create_table(
        "operator",
        Column("name", _NAME, nullable=False),
        Column("password_hash", _NAME, nullable=False),
        PrimaryKeyConstraint("name"),
    )


def _sequences() -> None:
    steps.create_table(
        "sequence",
        Column("name", _NAME, nullable=False),
        Column("next", BigInteger, nullable=False),
        PrimaryKeyConstraint("name"),
    )
