"""What is kept as it came: reports, findings, the message log. Part of `tables`."""

from sqlalchemy import Column, Index, String

from chargeyard.storage.columns import NAME, NUMBER, Instant, new_table, text_column

kept_report = new_table(
    "kept_report",
    Column("id", NUMBER, primary_key=True),
    Column("charge_point", NAME, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(64), nullable=False),
    text_column("body"),
    Index(None, "charge_point", "id"),
    Index(None, "charge_point", "kind", "id"),
)


finding = new_table(
    "finding",
    Column("id", NUMBER, primary_key=True),
    Column("charge_point", NAME, nullable=False),
    Column("at", Instant, nullable=False),
    Column("action", String(64), nullable=False),
    Column("rule", String(64), nullable=False),
    text_column("path"),
    text_column("detail"),
    Index(None, "charge_point", "id"),
)


message = new_table(
    "message",
    Column("id", NUMBER, primary_key=True),
    Column("charge_point", NAME, nullable=False),
    Column("at", Instant, nullable=False),
    Column("direction", String(8), nullable=False),
    text_column("text"),
    Index(None, "charge_point", "id"),
    Index(None, "at"),
)
