"""What the databases spell differently, for those who write statements."""

from sqlalchemy import Table, func
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.sql.dml import Insert


def upsert(table: Table, *changed: str, unless_older: str | None = None) -> Insert:
    """An insert that, where the primary key is taken, updates the columns `changed` instead.

    With `unless_older` a row stays as it is if that column of it is later than the new value.
    """
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=table.primary_key,
        set_={name: statement.excluded[name] for name in changed},
        where=statement.excluded[unless_older] >= table.c[unless_older] if unless_older else None,
    )


def insert_once(table: Table, key: tuple[str, ...], filled: str) -> Insert:
    """An insert that, where the unique `key` is taken, at most gives the column `filled` its first value."""
    statement = insert(table)
    return statement.on_conflict_do_update(
        index_elements=key,
        set_={filled: func.coalesce(table.c[filled], statement.excluded[filled])},
        where=table.c[filled].is_(None) & statement.excluded[filled].is_not(None),
    )
