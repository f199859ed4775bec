"""What a migration is made of. Each step looks whether it has been taken.

Where a database has no transactions for its schema (MariaDB, MySQL), an upgrade that was cut short is simply
made again: what has been done is passed over. Elsewhere an upgrade happens whole or not at all.
"""

from typing import Any

from alembic import op
from sqlalchemy import Column, inspect, text
from sqlalchemy.schema import SchemaItem


def create_table(name: str, *items: SchemaItem, **options: Any) -> None:
    """Make the table unless it is there."""
    if not inspect(op.get_bind()).has_table(name):
        op.create_table(name, *items, **_spelling(), **options)


def add_column(table: str, column: Column[Any]) -> None:
    """Add the column unless it is there. Without Alembic's batch mode: no database copies the table for it."""
    if column.name not in {known["name"] for known in inspect(op.get_bind()).get_columns(table)}:
        op.add_column(table, column)


def create_index(name: str, table: str, columns: list[str], **options: Any) -> None:
    """Make the index unless it is there."""
    if not _has_index(table, name):
        op.create_index(name, table, columns, **options)


def create_partial_index(name: str, table: str, columns: list[str], where: str) -> None:
    """Make an index of some rows unless it is there; nothing on MariaDB and MySQL, which only index whole tables."""
    if op.get_bind().dialect.name != "mysql":
        create_index(name, table, columns, sqlite_where=text(where), postgresql_where=text(where))


def drop_index(name: str, table: str) -> None:
    """Remove the index if it is there."""
    if _has_index(table, name):
        op.drop_index(name, table)


def _has_index(table: str, name: str) -> bool:
    return name in {index["name"] for index in inspect(op.get_bind()).get_indexes(table)}


def _spelling() -> dict[str, Any]:
    """On MariaDB and MySQL texts compare byte by byte, blanks at the end included, as they do elsewhere."""
    dialect = op.get_bind().dialect
    if dialect.name not in ("mysql", "mariadb"):
        return {}
    collation = "utf8mb4_nopad_bin" if getattr(dialect, "is_mariadb", False) else "utf8mb4_0900_bin"
    return {"mysql_engine": "InnoDB", "mysql_charset": "utf8mb4", "mysql_collate": collation}
