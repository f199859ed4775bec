"""How a database goes about what a query asks: the statements, their plans, and what in a plan is slow over many rows."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, event

_EXPLAIN = {"sqlite": "EXPLAIN QUERY PLAN ", "postgresql": "EXPLAIN ", "mysql": "EXPLAIN "}


class Plan(Struct, frozen=True):
    """A statement and what the database says of it, line by line."""

    statement: str
    lines: tuple[str, ...]


def plans_of(
    connection: Connection, query: Callable[..., object], *args: Any, without_scans: bool = False
) -> list[Plan]:
    """The plans of all statements that `query(connection, …)` runs.

    Over few rows PostgreSQL reads whole tables, whatever indexes there are. `without_scans` makes that, and sorting,
    so dear to it that it does so only where nothing else is possible.
    """
    kind = connection.dialect.name
    if without_scans and kind == "postgresql":
        for method in ("seqscan", "sort", "bitmapscan"):
            connection.exec_driver_sql(f"SET LOCAL enable_{method} = off")
    return [
        Plan(statement, tuple(_explained(connection, statement, parameters)))
        for statement, parameters in _statements_of(connection, query, *args)
    ]


def _statements_of(connection: Connection, query: Callable[..., object], *args: Any) -> list[tuple[str, Any]]:
    said: list[tuple[str, Any]] = []

    def note(
        _connection: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool
    ) -> None:
        assert not many
        said.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    try:
        query(connection, *args)
    finally:
        event.remove(connection, "before_cursor_execute", note)
    return said


def _explained(connection: Connection, statement: str, parameters: Any) -> list[str]:
    kind = connection.dialect.name
    rows = connection.exec_driver_sql(_EXPLAIN[kind] + statement, parameters).mappings().all()
    match kind:
        case "sqlite":
            depth: dict[int, int] = {}
            for row in rows:
                depth[row["id"]] = depth.get(row["parent"], -1) + 1
            return [f"{'  ' * depth[row['id']]}{row['detail']}" for row in rows]
        case "postgresql":
            return [str(row["QUERY PLAN"]) for row in rows]
        case _:
            return [_of_mariadb(row) for row in rows]


def _of_mariadb(row: Any) -> str:
    told = ("id", "select_type", "table", "type", "key", "ref", "rows", "Extra")
    return " | ".join(f"{name}={row[name]}" for name in told if row[name] not in (None, ""))


def slow_in(plan: Plan, kind: str, large: Sequence[str], few: bool = False) -> list[str]:
    """The lines of `plan` that read all of one of the tables `large`, or sort more than is wanted.

    To sort all that a statement gives is no waste; to sort before a LIMIT is to read what nobody asked for, unless
    there are `few` of them.
    """
    is_limited = not few and re.search(r"LIMIT \S+(\s+OFFSET \S+)?\s*$", plan.statement) is not None
    return [
        line
        for line in plan.lines
        if _scans(kind, line, large) or (is_limited and _SORTS[kind].search(line) is not None)
    ]


def _scans(kind: str, line: str, large: Sequence[str]) -> bool:
    found = _SCANS[kind].search(line)
    return found is not None and any(found[1].startswith(table) for table in large)


_SCANS = {
    "sqlite": re.compile(r"SCAN (\w+)(?!.*USING)"),
    "postgresql": re.compile(r"Seq Scan on (\w+)"),
    "mysql": re.compile(r"table=(\w+).*type=ALL"),
}
_SORTS = {
    "sqlite": re.compile("TEMP B-TREE FOR ORDER BY"),
    "postgresql": re.compile(r"(?<!Incremental )Sort  \("),
    "mysql": re.compile("Using filesort"),
}
"""An incremental sort puts in order only what shares the beginning of its key."""
