"""What is left of meter values when their detail goes, and what is still to be made of it. Part of `tables`."""

from typing import Any

from sqlalchemy import BigInteger, Column, ColumnElement, Double, Index, Integer, case

from chargeyard.storage.columns import NAME, WORD, Instant, new_table

DUE, MADE, GONE, GONE_AND_DUE = range(4)
"""`charging_transaction.roll_up`: to be made (anew); made; made and the readings have gone; gone, but more was told."""

transaction_roll_up = new_table(
    "transaction_roll_up",
    Column("transaction_id", Integer, primary_key=True, autoincrement=False),
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
)

energy_interval = new_table(
    "energy_interval",
    Column("charge_point", NAME, primary_key=True),
    Column("starts_at", Instant, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    # 0: of readings that belong to no transaction.
    Column("transaction_id", Integer, primary_key=True, autoincrement=False),
    Column("energy_wh", BigInteger, nullable=False),
    Column("readings", Integer, nullable=False),
    Column("average_power_w", BigInteger),
    Column("max_power_w", BigInteger),
    Column("first_register_at", Instant),
    Column("first_register_wh", BigInteger),
    Column("last_register_at", Instant),
    Column("last_register_wh", BigInteger),
    Index(None, "transaction_id", "starts_at"),
    Index(None, "starts_at"),
)

roll_up_due = new_table(
    "roll_up_due",
    Column("charge_point", NAME, primary_key=True),
    Column("evse", Integer, primary_key=True, autoincrement=False),
    # The day, in UTC, whose readings outside of transactions are to be rolled up.
    Column("day", Instant, primary_key=True),
    Index(None, "day"),
)

roll_up_progress = new_table(
    "roll_up_progress",
    Column("name", WORD, primary_key=True),
    Column("at", Instant, nullable=False),
)


def after_change(roll_up: ColumnElement[int]) -> Any:
    """What `charging_transaction.roll_up` becomes when something is told of the transaction."""
    return case((roll_up >= GONE, GONE_AND_DUE), else_=DUE)
