"""The lists that people and programs ask for, over many rows: how long a page takes, and by which plan."""

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from benchmarks import report, targets
from benchmarks.databases import NAMES, fresh
from benchmarks.filling import BEGUN, SPAN_S, Filling, Size
from benchmarks.query_plans import Plan, plans_of
from benchmarks.scope import Scope
from chargeyard.domain.records import Page
from chargeyard.services.ports import ChargePointFilter, IntervalFilter, Paging, TransactionFilter
from chargeyard.storage import migrate
from chargeyard.storage.engine import Database, connect
from chargeyard.storage.queries import metering, provisioning, reports, roll_ups, transactions

PAGE = report.PAGE.with_name("query-plans.md")
SIZES: Mapping[str, Size] = {
    "sqlite": Size(),
    "postgresql": Size(transactions=1_000_000),
    "mariadb": Size(),
}
QUICK = Size(charge_points=500, transactions=5_000, messages=5_000, id_tokens=1_000)
TURNS = 15
_FIRST = Paging(50)

Query = Callable[[Connection, Paging], Page[Any]]


class Listing(NamedTuple):
    """A list and its query. `few`: the index finds so few that it does not matter how they are put in order."""

    name: str
    query: Query
    few: bool = False


class Found(Struct, frozen=True, kw_only=True):
    """A list on one database: the times of its first page and of one far behind, in ms, and the plans of the first."""

    name: str
    first_ms: float
    deep_ms: float | None
    plans: list[Plan]


def listings(size: Size) -> list[Listing]:
    """What is asked; of `size` depends which rows there are in the middle."""
    middle = size.transactions // 2
    charge_point = f"CP{1 + middle % size.charge_points * 7919 % size.charge_points}"
    since = BEGUN + timedelta(seconds=SPAN_S // 2)
    return [
        *_of_charge_points(charge_point),
        Listing("transactions", _transactions()),
        Listing("transactions that run", _transactions(running=True)),
        Listing("transactions of a charge point", _transactions(charge_point=charge_point)),
        Listing(
            "transactions that run at a charge point",
            _transactions(charge_point=charge_point, running=True),
            few=True,
        ),
        Listing("transactions of an id token", _transactions(id_token=f"tag{middle % size.id_tokens}")),
        Listing("transactions of a week", _transactions(since=since, until=since + timedelta(days=7))),
        Listing("meter values of a transaction", lambda c, paging: metering.list_records(c, middle, paging)),
        Listing(
            "message log of a charge point", lambda c, paging: reports.list_messages(c, charge_point, paging)
        ),
        Listing(
            "findings of a charge point", lambda c, paging: reports.list_findings(c, charge_point, paging)
        ),
        Listing(
            "intervals of a charge point",
            lambda c, paging: roll_ups.list_intervals(c, charge_point, IntervalFilter(since=since), paging),
        ),
    ]


def _of_charge_points(one: str) -> list[Listing]:
    wanted = {
        "charge points": ChargePointFilter(),
        "charge points online": ChargePointFilter(online=True),
        "charge points offline": ChargePointFilter(online=False),
        "charge points pending": ChargePointFilter(registration="Pending"),
        "charge points with a text, many": ChargePointFilter(text="acme"),
        "charge points with a text, one": ChargePointFilter(text=one.lower()),
        "charge points with a text, none": ChargePointFilter(text="nowhere to be found"),
    }

    def query(filter_: ChargePointFilter) -> Query:
        return lambda connection, paging: provisioning.list_records(connection, filter_, paging)

    return [Listing(name, query(filter_)) for name, filter_ in wanted.items()]


def _transactions(**fields: Any) -> Query:
    wanted = TransactionFilter(**fields)
    return lambda connection, paging: transactions.list_records(connection, wanted, paging)


async def measure_lists(scope: Scope) -> report.Table:
    """Fill each database, ask for every list, write down the plans. Raises RuntimeError if a list takes too long."""
    found: dict[str, list[Found]] = {}
    sizes = {kind: QUICK if scope.quick else SIZES[kind] for kind in scope.databases}
    for kind, size in sizes.items():
        with tempfile.TemporaryDirectory() as folder:
            async with fresh(kind, Path(folder)) as target:
                database = connect(target.url)
                try:
                    await migrate.upgrade(database)
                    await Filling(database, size).fill()
                    found[kind] = [await _measured(database, one) for one in listings(size)]
                finally:
                    await database.aclose()
    if scope.write:
        PAGE.write_text(page(found, sizes), "utf-8")
    return _table(found, sizes)


async def _measured(database: Database, listing: Listing) -> Found:
    first = await _time(database, listing.query, _FIRST)
    cursor = await _deep(database, listing.query)
    deep = await _time(database, listing.query, Paging(50, cursor)) if cursor else None
    plans = await database.read(lambda connection: plans_of(connection, listing.query, _FIRST))
    return Found(name=listing.name, first_ms=first, deep_ms=deep, plans=plans)


async def _deep(database: Database, query: Query) -> str | None:
    """A cursor far behind the first page, None where the list is not so long."""
    cursor = None
    for _ in range(10):
        page = await database.read(query, Paging(500, cursor))
        if page.next_cursor is None:
            break
        cursor = page.next_cursor
    return cursor


async def _time(database: Database, query: Query, paging: Paging) -> float:
    """The median of some turns, in ms, the first apart, which reads from disk."""
    times = []
    for _ in range(TURNS + 1):
        begun = time.perf_counter()
        await database.read(query, paging)
        times.append((time.perf_counter() - begun) * 1000)
    return statistics.median(times[1:])


def _table(found: Mapping[str, list[Found]], sizes: Mapping[str, Size]) -> report.Table:
    kinds = list(found)
    names = [one.name for one in next(iter(found.values()))]
    rows = []
    for place, name in enumerate(names):
        cells = [_cell(found[kind][place]) for kind in kinds]
        rows.append((name, *cells))
    worst = max((one.first_ms, one.name, NAMES[kind]) for kind in kinds for one in found[kind])
    return report.Table(
        title="Lists over many rows",
        columns=("first page of 50, ms (in brackets a page far behind)", *(NAMES[kind] for kind in kinds)),
        rows=rows,
        notes=[*_sizes(sizes), "By which plans: [query plans](query-plans.md)."],
        verdicts=[targets.lists(f"{worst[1]} on {worst[2]}", worst[0])],
    )


def _cell(one: Found) -> str:
    return f"{one.first_ms:.1f}" + (f" ({one.deep_ms:.1f})" if one.deep_ms is not None else "")


def _sizes(sizes: Mapping[str, Size]) -> list[str]:
    return [f"{NAMES[kind]}: {said(size)}." for kind, size in sizes.items()]


def said(size: Size) -> str:
    """How much there is, in words."""
    return (
        (
            f"{size.charge_points:,} charge points, {size.transactions:,} transactions of a year,"
            f" {size.transactions * size.readings:,} meter values, {size.messages:,} messages"
        )
        .replace(",", "\u202f")
        .replace("\u202f ", ", ")
    )


def page(found: Mapping[str, list[Found]], sizes: Mapping[str, Size]) -> str:
    """The page of plans."""
    lines = [_HEAD, *(f"- {size}" for size in _sizes(sizes)), "", _grid(_table(found, sizes)), ""]
    for kind, lists in found.items():
        lines += [f"## {NAMES[kind]}", ""]
        for one in lists:
            lines += [f"### {one.name[0].upper()}{one.name[1:]}", ""]
            for plan in one.plans:
                lines += ["```", *_shortened(plan.lines), "```", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _shortened(lines: Sequence[str]) -> list[str]:
    """The plan with one partition for all that are gone through in the same way."""
    found: list[str] = []
    partitions = 0
    for line in lines:
        partition = _PARTITION.search(line)
        if partition is not None:
            partitions += 1
            line_for_all = line.replace(partition[0], "each of the partitions of meter_value")
        elif line.lstrip().startswith(_CONDITIONS):
            line_for_all = line
        else:
            partitions, line_for_all = 0, line
        if partitions < 2:
            found.append(line_for_all)
    return found


_PARTITION = re.compile(r"meter_value_(p\d{4}_\d\d|default)\w*( on meter_value\w*)?( \w+)?")
_CONDITIONS = ("Index Cond", "Filter", "Recheck")


def _grid(table: report.Table) -> str:
    head = "| " + " | ".join(table.columns) + " |"
    rule = "|---" + "|---:" * (len(table.columns) - 1) + "|"
    return "\n".join([head, rule, *("| " + " | ".join(row) + " |" for row in table.rows)])


_HEAD = """# Query plans

Made by `python -m benchmarks lists --write`; do not edit. Every list comes in parts by a key. Here is how long a page
takes, the rows turned into records included, and how the databases go about the statements behind the first one. Scaled
to what fits on a small machine in some minutes:
"""
