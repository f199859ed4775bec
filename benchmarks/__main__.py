"""`python -m benchmarks [name …] [--quick] [--write]`."""

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

from benchmarks import connections, kill, processes, rates, report


class Benchmark(Protocol):
    """Measures something and says so in a table; raises RuntimeError if what it measured was not right."""

    def __call__(self, *, quick: bool) -> Awaitable[report.Table]: ...


BENCHMARKS: Mapping[str, Benchmark] = {
    "meter_values": rates.measure_meter_values,
    "transactions": rates.measure_transactions,
    "events": rates.measure_events,
    "heartbeat": rates.measure_heartbeats,
    "memory": connections.measure_memory,
    "storm": connections.measure_storm,
    "kill": kill.measure_kills,
}


async def measure(names: list[str], *, quick: bool, tell: Callable[[str], object]) -> list[report.Table]:
    """Run the benchmarks one after the other."""
    tables = []
    for name in names:
        tell(f"{name} …")
        table = await BENCHMARKS[name](quick=quick)
        tell(report.text(table))
        tables.append(table)
    return tables


def _tell(line: str) -> None:
    print(line, flush=True)


def main() -> int:
    """What `make bench` runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure Chargeyard.")
    parser.add_argument(
        "names", nargs="*", metavar="name", help=f"of {', '.join(BENCHMARKS)}; without one: all"
    )
    parser.add_argument("--quick", action="store_true", help="shorter and smaller: to see that it runs")
    parser.add_argument(
        "--write",
        action="store_true",
        help=f"write these tables into {report.PAGE.name} of the documentation",
    )
    options = parser.parse_args()
    if unknown := set(options.names) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    processes.raise_file_limit()
    print(report.machine(), flush=True)
    try:
        tables = asyncio.run(measure(options.names or list(BENCHMARKS), quick=options.quick, tell=_tell))
    except RuntimeError as error:
        print(f"Not right: {error}", file=sys.stderr)
        return 1
    if options.write:
        report.PAGE.parent.mkdir(parents=True, exist_ok=True)
        before = report.PAGE.read_text("utf-8") if report.PAGE.exists() else ""
        report.PAGE.write_text(report.markdown(tables, before), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
