"""Rows of a CSV table: read one by one, each good, or bad with its line and the reason."""

import csv
from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Any

from msgspec import Struct

from chargeyard.domain.spreadsheets import unescaped
from chargeyard.errors import SettingsError
from chargeyard.services.imports.intake import Imported
from chargeyard.services.imports.tables import Table


class Good(Struct, frozen=True):
    """A row that can be taken; `line` is where it ends."""

    line: int
    one: Imported


class Bad(Struct, frozen=True):
    """A row that cannot, and why; without any value of it."""

    line: int
    reason: str


def read(lines: Iterable[str], table: Table) -> Iterator[Good | Bad]:
    """The rows of `lines`. Raises `SettingsError` if the header is not one of `table`."""
    source = iter(lines)
    first = next(source, "")
    reader = csv.reader(_joined(first, source), delimiter=_delimiter(first), strict=True)
    header = _header(reader, table)
    seen: dict[Hashable, int] = {}
    while (row := _next(reader)) is not None:
        if isinstance(row, Bad):
            yield row
        elif any(row):
            yield _checked(row, header, table, reader.line_num, seen)


def _joined(first: str, rest: Iterator[str]) -> Iterator[str]:
    yield first
    yield from rest


def _delimiter(header: str) -> str:
    """Spreadsheets write semicolons where the comma stands in numbers."""
    return ";" if header.count(";") > header.count(",") else ","


def _next(reader: Any) -> list[str] | Bad | None:
    try:
        return next(reader, None)
    except csv.Error as error:
        return Bad(reader.line_num, f"is no CSV: {error}")


def _header(reader: Any, table: Table) -> list[str]:
    row = _next(reader)
    if isinstance(row, Bad) or not row:
        raise SettingsError("the file has no header: its first line names the columns")
    names = [name.strip() for name in row]
    unknown = [name for name in names if name not in table.columns and name not in table.ignored]
    if unknown:
        raise SettingsError(f"unknown column {unknown[0]!r}; there are: {', '.join(table.columns)}")
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise SettingsError(f"the column {twice[0]!r} is there twice")
    missing = sorted(table.required.difference(names))
    if missing:
        raise SettingsError(f"the column {missing[0]!r} is missing")
    return names


def _checked(
    row: Sequence[str], header: Sequence[str], table: Table, line: int, seen: dict[Hashable, int]
) -> Good | Bad:
    """The row as what it means, `seen` with its keys."""
    if len(row) != len(header):
        return Bad(line, f"has {len(row)} cells, the header {len(header)}")
    try:
        one = table.make(_values(row, header, table))
    except ValueError as error:
        return Bad(line, str(error))
    keys = list(table.keys(one))
    for key in keys:
        if key in seen:
            return Bad(line, f"repeats line {seen[key]}")
    seen.update(dict.fromkeys(keys, line))
    return Good(line, one)


def _values(row: Sequence[str], header: Sequence[str], table: Table) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, cell in zip(header, row, strict=True):
        if name in table.ignored or not cell:
            continue
        try:
            values[name] = table.columns[name](unescaped(cell))
        except ValueError as error:
            raise ValueError(f"{name} {error}") from None
    missing = sorted(table.required.difference(values))
    if missing:
        raise ValueError(f"{missing[0]} is empty")
    return values
