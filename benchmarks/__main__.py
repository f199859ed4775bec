"""`python -m benchmarks [name …] [--database KINDS] [--quick] [--write]`."""

import argparse
import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence

import httpx2

from benchmarks import growth, kill, lists, memory, rates, report, storm
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
    "lists": lists.measure_lists,
    "storm": storm.measure_storm,
    "kill": kill.measure_kills,
}

_WRONG = (RuntimeError, AssertionError, OSError, httpx2.HTTPError)
"""What was measured was not right, or a server could not be started, used or ended (TimeoutError is an OSError)."""


async def run(names: Sequence[str], scope: Scope, *, write: bool) -> bool:
    """The benchmarks one after the other, each table as soon as it is known; whether everything was right."""
    about = report.about(await versions(scope.databases))
    print("\n".join(about), flush=True)
    if write and set(names) == set(BENCHMARKS):
        report.PAGE.unlink(missing_ok=True)
    is_right = True
    for name in names:
        try:
            table = await _measured(name, scope)
        except _WRONG as error:
            print(f"Not right: {name}: {type(error).__name__}: {error}", file=sys.stderr, flush=True)
            is_right = False
        else:
            if write:
                report.write(table, about)
    return is_right


async def _measured(name: str, scope: Scope) -> report.Table:
    print(f"{name} …", flush=True)
    began = time.monotonic()
    table = await BENCHMARKS[name](scope)
    print(report.text(table), f"took {time.monotonic() - began:.0f} s\n", sep="\n", flush=True)
    return table


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
        scope = Scope(databases=chosen(options.database), quick=options.quick, write=options.write)
    except ValueError as error:
        parser.error(str(error))
    raise_file_limit()
    names = options.names or list(BENCHMARKS)
    return 0 if asyncio.run(run(names, scope, write=options.write)) else 1


if __name__ == "__main__":
    sys.exit(main())
