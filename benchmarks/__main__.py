"""`python -m benchmarks [name …] [--database KINDS] [--quick] [--write]`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

from benchmarks import growth, kill, memory, rates, report, storm
from benchmarks.databases import chosen, versions
from benchmarks.proc import raise_file_limit
from benchmarks.scope import Scope

Benchmark = Callable[[Scope], Awaitable[report.Table]]
"""Measures something and says so in a table; raises RuntimeError if what it measured was not right."""

BENCHMARKS: Mapping[str, Benchmark] = {
    "meter_values": rates.measure_meter_values,
    "transactions": rates.measure_transactions,
    "events": rates.measure_events,
    "heartbeat": rates.measure_heartbeats,
    "memory": memory.measure_memory,
    "growth": growth.measure_growth,
    "storm": storm.measure_storm,
    "kill": kill.measure_kills,
}


async def measure(names: Sequence[str], scope: Scope) -> list[report.Table]:
    """Run the benchmarks one after the other, and print their tables."""
    tables = []
    for name in names:
        print(f"{name} …", flush=True)
        began = time.monotonic()
        table = await BENCHMARKS[name](scope)
        print(report.text(table), f"took {time.monotonic() - began:.0f} s\n", sep="\n", flush=True)
        tables.append(table)
    return tables


async def run(names: Sequence[str], scope: Scope, *, write: bool) -> None:
    """All that was asked for; raises RuntimeError."""
    about = report.about(await versions(scope.databases))
    print("\n".join(about), flush=True)
    tables = await measure(names, scope)
    if write:
        is_all = set(names) == set(BENCHMARKS)
        before = "" if is_all or not report.PAGE.exists() else report.PAGE.read_text("utf-8")
        report.PAGE.parent.mkdir(parents=True, exist_ok=True)
        report.PAGE.write_text(report.markdown(tables, about, before), "utf-8")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Chargeyard.")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; without one: all"
    )
    parser.add_argument(
        "--database",
        metavar="KINDS",
        help="of sqlite, postgresql, mariadb, with commas; without it: those whose server answers",
    )
    parser.add_argument("--quick", action="store_true", help="shorter and smaller: to see that it runs")
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"write these tables into {report.PAGE.name} of the documentation",
    )
    return parser


def main() -> int:
    """What `make bench` runs."""
    parser = _parser()
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    try:
        scope = Scope(databases=chosen(options.database), quick=options.quick)
    except ValueError as error:
        parser.error(str(error))
    raise_file_limit()
    try:
        asyncio.run(run(options.names or list(BENCHMARKS), scope, write=options.write))
    except RuntimeError as error:
        print(f"Not right: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
