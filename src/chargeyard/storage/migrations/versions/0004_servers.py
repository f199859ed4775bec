"""Indexes of running transactions that serve databases without partial indexes too."""

from sqlalchemy import text

from chargeyard.storage.migrations import steps

revision = "0004"
down_revision = "0003"

_TABLE = "charging_transaction"
_RUNNING = dict.fromkeys(("sqlite_where", "postgresql_where"), text("stopped_at IS NULL"))


def upgrade() -> None:
    for name, columns in (
        ("charge_point", ["charge_point"]),
        ("id_token_key", ["id_token_key"]),
        ("started_at", ["started_at", "id"]),
    ):
        steps.create_index(f"ix_{_TABLE}_open_{name}", _TABLE, ["stopped_at", *columns], **_RUNNING)
        steps.drop_index(f"ix_{_TABLE}_running_{name}", _TABLE)
