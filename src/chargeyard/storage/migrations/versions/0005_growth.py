"""Roll-ups of meter values; on PostgreSQL a partition for each month."""

from datetime import UTC, datetime

from alembic import op
from sqlalchemy import BigInteger, Column, Double, Integer, PrimaryKeyConstraint, String, text

from chargeyard.storage import partitions
from chargeyard.storage.migrations import steps
from chargeyard.storage.tables import Instant

revision = "0005"
down_revision = "0004"

_NAME = String(255)
_UNIQUE = "uq_meter_value_charge_point_evse_at_digest"


def upgrade() -> None:
    steps.add_column("charging_transaction", Column("roll_up", Integer, nullable=False, server_default="0"))
    steps.create_index(
        "ix_charging_transaction_roll_up_stop_recorded_at",
        "charging_transaction",
        ["roll_up", "stop_recorded_at"],
    )
    steps.create_index(
        "ix_command_settled_at_submitted_at_id", "command", ["settled_at", "submitted_at", "id"]
    )
    _roll_ups()
    _intervals()
    _progress()
    if op.get_bind().dialect.name == "postgresql":
        _partition()


def _partition() -> None:
    """A partitioned table in the place of the old one, with its rows and its numbers."""
    connection = op.get_bind()
    for statement in (
        "ALTER TABLE meter_value RENAME TO meter_value_before",
        "ALTER TABLE meter_value_before DROP CONSTRAINT meter_value_pkey",
        f"ALTER TABLE meter_value_before DROP CONSTRAINT {_UNIQUE}",
        "DROP INDEX ix_meter_value_transaction_id_at",
        "CREATE TABLE meter_value (LIKE meter_value_before INCLUDING DEFAULTS) PARTITION BY RANGE (at)",
        "ALTER SEQUENCE meter_value_id_seq OWNED BY meter_value.id",
        "ALTER TABLE meter_value ADD PRIMARY KEY (id, at)",
        f"ALTER TABLE meter_value ADD CONSTRAINT {_UNIQUE} UNIQUE (charge_point, evse, at, digest)",
        "CREATE INDEX ix_meter_value_transaction_id_at ON meter_value (transaction_id, at)",
        f"CREATE TABLE {partitions.DEFAULT} PARTITION OF meter_value DEFAULT",
    ):
        connection.execute(text(statement))
    partitions.make_ahead(connection, datetime.now(UTC))
    for month in connection.execute(_MONTHS).scalars():
        partitions.make(connection, month.replace(tzinfo=UTC))
    connection.execute(text("INSERT INTO meter_value SELECT * FROM meter_value_before"))
    connection.execute(text("DROP TABLE meter_value_before"))


_MONTHS = text(
    "SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC') FROM meter_value_before"
    " WHERE at < now() AND at > now() - INTERVAL '10 years'"
)
"""Of the readings that are there, those of wrong clocks apart."""


def _roll_ups() -> None:
    steps.create_table(
        "transaction_roll_up",
        Column("transaction_id", Integer, autoincrement=False, nullable=False),
        Column("readings", Integer, nullable=False),
        Column("energy_wh", BigInteger, nullable=False),
        Column("first_at", Instant),
        Column("last_at", Instant),
        Column("first_register_at", Instant),
        Column("first_register_wh", BigInteger),
        Column("last_register_at", Instant),
        Column("last_register_wh", BigInteger),
        Column("max_power_w", BigInteger),
        Column("first_soc_percent", Double),
        Column("last_soc_percent", Double),
        PrimaryKeyConstraint("transaction_id"),
    )


def _intervals() -> None:
    steps.create_table(
        "energy_interval",
        Column("charge_point", _NAME, nullable=False),
        Column("starts_at", Instant, nullable=False),
        Column("evse", Integer, autoincrement=False, nullable=False),
        Column("transaction_id", Integer, autoincrement=False, nullable=False),
        Column("energy_wh", BigInteger, nullable=False),
        Column("readings", Integer, nullable=False),
        Column("average_power_w", BigInteger),
        Column("max_power_w", BigInteger),
        Column("first_register_at", Instant),
        Column("first_register_wh", BigInteger),
        Column("last_register_at", Instant),
        Column("last_register_wh", BigInteger),
        PrimaryKeyConstraint("charge_point", "starts_at", "evse", "transaction_id"),
    )
    steps.create_index(
        "ix_energy_interval_transaction_id_starts_at", "energy_interval", ["transaction_id", "starts_at"]
    )
    steps.create_index("ix_energy_interval_starts_at", "energy_interval", ["starts_at"])


def _progress() -> None:
    steps.create_table(
        "roll_up_due",
        Column("charge_point", _NAME, nullable=False),
        Column("evse", Integer, autoincrement=False, nullable=False),
        Column("day", Instant, nullable=False),
        PrimaryKeyConstraint("charge_point", "evse", "day"),
    )
    steps.create_index("ix_roll_up_due_day", "roll_up_due", ["day"])
    steps.create_table(
        "roll_up_progress",
        Column("name", String(64), nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("name"),
    )
