"""An import from a table, from its first look to its summary."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from msgspec import Struct, field
from msgspec.structs import replace

from chargeyard.services.imports.csv_rows import Bad, Good
from chargeyard.services.imports.intake import Fate, Intake

AT_ONCE = 500
"""Rows that are looked up and stored together."""

TOLD = 20
"""Bad rows that are told one by one."""

Rows = Callable[[], Iterable[Good | Bad]]
"""The rows of the table, from the start, each time it is called."""


class Tally(Struct):
    """How many rows came to which end, and the first ones that were bad."""

    fates: Counter[Fate] = field(default_factory=Counter)
    bad: list[Bad] = field(default_factory=list)

    def count(self, fate: Fate, bad: Bad | None = None) -> None:
        self.fates[fate] += 1
        if bad is not None and len(self.bad) < TOLD:
            self.bad.append(bad)

    @property
    def refused(self) -> int:
        return self.fates[Fate.REFUSED]


async def check(rows: Rows, intake: Intake) -> Tally:
    """What would become of the rows; nothing is stored."""
    return await _run(rows, replace(intake, is_dry=True))


async def run(rows: Rows, intake: Intake) -> Tally:
    """Take all rows that can be taken."""
    return await _run(rows, intake)


async def _run(rows: Rows, intake: Intake) -> Tally:
    tally = Tally()
    for batch in _batches(iter(rows())):
        good = [row for row in batch if isinstance(row, Good)]
        for row in batch:
            if isinstance(row, Bad):
                tally.count(Fate.REFUSED, row)
        outcomes = await intake.take([row.one for row in good])
        for row, outcome in zip(good, outcomes, strict=True):
            is_refused = outcome.fate is Fate.REFUSED
            tally.count(outcome.fate, Bad(row.line, outcome.reason) if is_refused else None)
    return tally


def _batches(rows: Iterator[Good | Bad]) -> Iterator[list[Good | Bad]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
