"""Meter values are told apart by their instant first, and then by where they were taken; more is found by its age.

Readings arrive in about the order of time: they go to the end of such a key, while one that begins with the charge
point has a page for each of them that every batch writes anew (decision 0010).
"""

from alembic import op
from sqlalchemy import inspect, text

from chargeyard.storage.migrations import steps

revision = "0007"
down_revision = "0006"

_TABLE = "meter_value"
_OUTSIDE = dict.fromkeys(("sqlite_where", "postgresql_where"), text("transaction_id IS NULL"))
_BEFORE = "uq_meter_value_charge_point_evse_at_digest"
_AFTER = "uq_meter_value_at_charge_point_evse_digest"


def upgrade() -> None:
    for table, column in (
        ("reservation", "expires_at"),
        ("job", "begun_at"),
        ("listing", "asked_at"),
        ("listing", "last_at"),
    ):
        steps.create_index(f"ix_{table}_{column}", table, [column])
    _meter_values()


def _meter_values() -> None:
    steps.create_index(
        "ix_meter_value_idle", _TABLE, ["transaction_id", "charge_point", "evse", "at"], **_OUTSIDE
    )
    known = {key["name"] for key in inspect(op.get_bind()).get_unique_constraints(_TABLE)}
    # SQLite copies the table for it, once for both.
    with op.batch_alter_table(_TABLE) as table:
        if _AFTER not in known:
            table.create_unique_constraint(_AFTER, ["at", "charge_point", "evse", "digest"])
        if _BEFORE in known:
            table.drop_constraint(_BEFORE, type_="unique")
