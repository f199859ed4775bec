"""What is installed at charge points, the listings that tell of it, and the accounts of transactions."""

from alembic import op
from sqlalchemy import BigInteger, Boolean, Column, Integer, PrimaryKeyConstraint, String, false

from chargeyard.storage.columns import Instant, LongText
from chargeyard.storage.migrations import steps

revision = "0003"
down_revision = "0002"

_NAME = String(255)


def upgrade() -> None:
    _items()
    _listings()
    _id_tokens()
    _written_variables()
    _reservations()
    _accounts()
    _local_lists()
    _customers()
    _tariffs()
    _jobs()


def _items() -> None:
    steps.create_table(
        "item",
        Column("charge_point", _NAME, nullable=False),
        Column("kind", String(32), nullable=False),
        Column("evse", Integer, autoincrement=False, nullable=False),
        Column("key", _NAME, nullable=False),
        Column("body", LongText, nullable=False),
        Column("source", String(16), nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("charge_point", "kind", "evse", "key"),
    )


def _listings() -> None:
    steps.create_table(
        "listing",
        Column("charge_point", _NAME, nullable=False),
        Column("request_id", BigInteger, autoincrement=False, nullable=False),
        Column("kind", String(32), nullable=False),
        Column("is_whole", Boolean, nullable=False, server_default=false()),
        Column("asked_at", Instant),
        Column("first_at", Instant),
        Column("last_at", Instant),
        Column("parts", LongText, nullable=False),
        Column("last", BigInteger),
        Column("items", Integer, nullable=False),
        PrimaryKeyConstraint("charge_point", "request_id"),
    )


def _id_tokens() -> None:
    for column in (
        Column("kind", String(32), nullable=False, server_default=""),
        Column("parent_kind", String(32), nullable=False, server_default=""),
        Column("refusal", String(32)),
        Column("allowed_at", LongText),
        Column("master_pass", Boolean, nullable=False, server_default=false()),
        Column("language", String(16), nullable=False, server_default=""),
        Column("personal_message", String(512), nullable=False, server_default=""),
        Column("cache_lifetime_s", BigInteger),
    ):
        steps.add_column("id_token", column)
    # NotAllowedTypeEVSE has 18 letters.
    with op.batch_alter_table("charging_transaction") as batch:
        batch.alter_column(
            "authorization", existing_type=String(16), type_=String(32), existing_nullable=False
        )


def _written_variables() -> None:
    """Values that were written, also of variables that were never told, which have no `at`."""
    with op.batch_alter_table("variable") as batch:
        batch.alter_column("at", existing_type=Instant(), nullable=True)
    steps.add_column("variable", Column("written_value", LongText))
    steps.add_column("variable", Column("written_at", Instant))


def _reservations() -> None:
    steps.create_table(
        "reservation",
        Column("charge_point", _NAME, nullable=False),
        Column("number", BigInteger, autoincrement=False, nullable=False),
        Column("evse", Integer, nullable=False),
        Column("connector_type", String(64), nullable=False),
        Column("id_token", _NAME, nullable=False),
        Column("token_kind", String(32), nullable=False),
        Column("parent", _NAME),
        Column("parent_kind", String(32), nullable=False),
        Column("expires_at", Instant, nullable=False),
        Column("state", String(16), nullable=False),
        Column("reason", LongText, nullable=False),
        Column("requested_at", Instant, nullable=False),
        Column("ended_at", Instant),
        Column("transaction", Integer),
        PrimaryKeyConstraint("charge_point", "number"),
    )
    steps.create_index("ix_reservation_charge_point_state", "reservation", ["charge_point", "state"])
    steps.create_index(
        "ix_reservation_charge_point_requested_at_number",
        "reservation",
        ["charge_point", "requested_at", "number"],
    )


def _accounts() -> None:
    steps.add_column("charging_transaction", Column("remote_start_id", BigInteger))
    steps.create_table(
        "transaction_account",
        Column("transaction_id", Integer, autoincrement=False, nullable=False),
        Column("charge_point", _NAME, nullable=False),
        *(
            Column(name, LongText)
            for name in ("cost", "told_cost", "told_limits", "wished_limits", "tariff", "queue")
        ),
        PrimaryKeyConstraint("transaction_id"),
    )


def _local_lists() -> None:
    steps.create_table(
        "local_list",
        Column("charge_point", _NAME, nullable=False),
        Column("version", BigInteger, nullable=False),
        Column("is_known", Boolean, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("charge_point"),
    )
    steps.create_table(
        "local_list_entry",
        Column("charge_point", _NAME, nullable=False),
        Column("key", _NAME, nullable=False),
        Column("id_token", _NAME, nullable=False),
        Column("kind", String(32), nullable=False),
        Column("body", LongText, nullable=False),
        Column("is_carried", Boolean, nullable=False),
        PrimaryKeyConstraint("charge_point", "key"),
    )


def _customers() -> None:
    steps.create_table(
        "customer_information",
        Column("charge_point", _NAME, nullable=False),
        Column("request_id", BigInteger, autoincrement=False, nullable=False),
        Column("sequence", BigInteger, autoincrement=False, nullable=False),
        Column("data", LongText, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("charge_point", "request_id", "sequence"),
    )
    steps.create_index("ix_customer_information_at", "customer_information", ["at"])


def _tariffs() -> None:
    steps.create_table(
        "tariff",
        Column("id", _NAME, nullable=False),
        Column("body", LongText, nullable=False),
        Column("worded_at", Instant, nullable=False),
        PrimaryKeyConstraint("id"),
    )


def _jobs() -> None:
    steps.create_table(
        "job",
        Column("charge_point", _NAME, nullable=False),
        Column("kind", String(16), nullable=False),
        Column("request_id", BigInteger, autoincrement=False, nullable=False),
        Column("begun_at", Instant, nullable=False),
        Column("body", LongText, nullable=False),
        PrimaryKeyConstraint("charge_point", "kind", "request_id"),
    )
    steps.create_index("ix_job_charge_point_begun_at", "job", ["charge_point", "begun_at"])
