"""What the journal writes into each of its batches, to know one again whose commit was not answered."""

from sqlalchemy import BigInteger, Column, Integer, PrimaryKeyConstraint, String

from chargeyard.storage.migrations import steps
from chargeyard.storage.tables import Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    steps.create_table(
        "journal_mark",
        Column("journal", String(64), nullable=False),
        Column("lane", Integer, autoincrement=False, nullable=False),
        Column("batch", BigInteger, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("journal", "lane"),
    )
