"""Transactions told event by event, and the variables of charge points."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Integer,
    PrimaryKeyConstraint,
    String,
    UniqueConstraint,
)

from chargeyard.storage.columns import Instant, LongText
from chargeyard.storage.migrations import steps

revision = "0002"
down_revision = "0001"

_NAME = String(255)
_WORD = String(64)
_NUMBER = BigInteger().with_variant(Integer, "sqlite")


def upgrade() -> None:
    # Without Alembic's batch mode: SQLite can add columns, and a copy of a large table would take minutes.
    steps.add_column(
        "charging_transaction", Column("charging_state", String(64), nullable=False, server_default="")
    )
    steps.add_column("charging_transaction", Column("charging_state_sequence", BigInteger))
    steps.add_column("charging_transaction", Column("meter_start_at", Instant))
    _transaction_events()
    _variables()


def _transaction_events() -> None:
    steps.create_table(
        "transaction_event",
        Column("id", _NUMBER, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        Column("transaction_id", Integer, nullable=False),
        Column("sequence", BigInteger, nullable=False),
        Column("digest", BigInteger, nullable=False),
        Column("at", Instant, nullable=False),
        Column("recorded_at", Instant, nullable=False),
        Column("phase", String(16), nullable=False),
        Column("trigger", String(64), nullable=False),
        Column("charging_state", String(64), nullable=False),
        Column("is_offline", Boolean, nullable=False),
        Column("payload", LongText, nullable=False),
        Column("said", String(64), nullable=False),
        PrimaryKeyConstraint("id"),
        UniqueConstraint(
            "transaction_id", "sequence", "digest", name="uq_transaction_event_transaction_id_sequence_digest"
        ),
    )


def _variables() -> None:
    steps.create_table(
        "variable",
        Column("charge_point", _NAME, nullable=False),
        Column("component", _WORD, nullable=False),
        Column("component_instance", _WORD, nullable=False),
        Column("evse", Integer, autoincrement=False, nullable=False),
        Column("connector", Integer, autoincrement=False, nullable=False),
        Column("name", _WORD, nullable=False),
        Column("instance", _WORD, nullable=False),
        Column("attribute", String(16), nullable=False),
        Column("value", LongText),
        Column("mutability", String(16), nullable=False),
        Column("data_type", String(16), nullable=False),
        Column("unit", _WORD, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint(
            *("charge_point", "component", "component_instance", "evse"),
            *("connector", "name", "instance", "attribute"),
        ),
    )
