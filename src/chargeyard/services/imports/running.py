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
"""Refusals that are told one by one."""

Rows = Callable[[], Iterable[Good | Bad]]
"""The rows of the table, from the start, each time it is called."""


class Tally(Struct):
    """How many came to which end, and why the first ones were refused."""

    fates: Counter[Fate] = field(default_factory=Counter)
    reasons: list[str] = field(default_factory=list)

    def count(self, fate: Fate, reason: str = "") -> None:
        """One more; `reason` says which one was refused and why."""
        self.fates[fate] += 1
        if reason and len(self.reasons) < TOLD:
            self.reasons.append(reason)

    @property
    def refused(self) -> int:
        return self.fates[Fate.REFUSED]

    def lines(self) -> list[str]:
        """The reasons, and how many there are besides."""
        more = self.refused - len(self.reasons)
        return [*self.reasons, *([f"… and {more} more"] if more else [])]

    def summary(self, is_stored: bool) -> str:
        taken = f"{self.fates[Fate.TAKEN]} {'taken' if is_stored else 'to be taken'}"
        ended = f", {self.fates[Fate.ENDED]} known and ended since" if self.fates[Fate.ENDED] else ""
        known = f"{self.fates[Fate.KNOWN]} known already and left as they are"
        return f"{taken}{ended}, {known}, {self.refused} refused"


async def check(rows: Rows, intake: Intake) -> Tally:
    """What would become of the rows; nothing is stored."""
    return await run(rows, replace(intake, is_dry=True))


def look_through(rows: Rows) -> Tally:
    """The bad rows alone, as far as they can be told without looking into the database."""
    tally = Tally()
    for row in rows():
        if isinstance(row, Bad):
            tally.count(Fate.REFUSED, f"line {row.line}: {row.reason}")
    return tally


async def run(rows: Rows, intake: Intake) -> Tally:
    """Take all rows that can be taken."""
    tally = Tally()
    for batch in _batches(iter(rows())):
        good = [row for row in batch if isinstance(row, Good)]
        for row in batch:
            if isinstance(row, Bad):
                tally.count(Fate.REFUSED, f"line {row.line}: {row.reason}")
        outcomes = await intake.take([row.one for row in good])
        for row, outcome in zip(good, outcomes, strict=True):
            tally.count(outcome.fate, f"line {row.line}: {outcome.reason}" if outcome.reason else "")
    return tally


def _batches(rows: Iterator[Good | Bad]) -> Iterator[list[Good | Bad]]:
    while batch := list(islice(rows, AT_ONCE)):
        yield batch
